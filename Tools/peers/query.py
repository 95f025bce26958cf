#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Similarity queries side by side: one run, one machine, the same prompts and queries.

    pip install faiss-cpu==1.15.1 usearch==2.26.6 datasketch==2.0.0 numpy
    query.py PROMPTS.jsonl QUERIES.jsonl --chorus .build-release/release/chorus

PROMPTS has what 'chorus index' reads, with texts that are strings: id, account, time and text. Of
QUERIES the id and the text are used. Each query asks for the --limit prompts most similar to it.

The truth is brute force: the exact Jaccard similarity J, of the sets of word 3-grams in lower case,
of every query with every prompt. A true pair has at least the --threshold.

build       seconds to make the index
load        seconds to read it from a file that is in memory; of Chorus, a run of the program
            with one query
MiB         what the process grows by while it is built; of Chorus, the most that the process of
            the queries had in memory
median, p99 milliseconds of a query, one after the other, in the best of --rounds rounds behind
            one that is not timed
batch/s     queries a second when asked all at once, on all cores, where there is a way to
recall      of queries with at most --limit true pairs: the share of these that was returned
crowded     of queries with more: the share of the --limit places that true pairs were given
top 10      of the ten most similar true pairs of each query, ties included, the share returned
precision   of what was returned: the share that are true pairs

What is unfair, and to whom:
- To Chorus: faiss and usearch are given finished signatures, those of Chorus itself, for the
  prompts and for the queries. What making them takes is printed, and is in no row of theirs. Chorus
  begins with JSON Lines to build and with text to ask.
- To Chorus: only it and datasketch compare texts. faiss and usearch return the nearest signatures,
  whether or not they are similar: what they return beyond the threshold is in the precision, and
  would still have to be sorted out.
- To Chorus: its index is on disk, durable when it is built, compressed, and has the texts, the
  accounts and times, and what 'contains' and families need. The peers know numbers of rows.
- To Chorus: the truth is that of Python's words. Chorus folds look-alikes, splits at underscores,
  and counts five characters of a script without spaces for a shingle, so that its own similarity
  can be on the other side of the threshold. Of pairs that it missed it is said how many.
- To Chorus: with more matches than the limit, it returns the best by its score, which is only 4/5
  of the similarity, and not by J.
- To faiss and usearch: signatures are not made for the Hamming distance. A lane has 4 bits; one
  that agrees adds 0 to it, one that does not about 2, by chance. Chorus counts lanes that agree,
  which is less noisy.
- To faiss and usearch: a call from Python is in each time, some microseconds. The rest of them is
  compiled code.
- To datasketch: it is Python, its queries too. The time has words, 3-grams, MinHash, look-up, and
  the exact J of each candidate, from sets of numbers that are kept in memory for it. It compares
  all candidates, however many.
- To datasketch, and a little to faiss: Chorus and usearch build on all cores, they on one. On two
  cores that is at most a factor of two.
- Not the same memory: that of Chorus has the program and the pages of the index that were read.

Each setting stands in a row of its own; one should compare those of about the same recall. faiss
and usearch are also asked for k nearest signatures that are a multiple of the limit, as Chorus
compares four times as many texts as the limit: by the signature alone, near pairs and others mix. "ef"
is that of adding and that of searching.
"""
import argparse
import collections
import functools
import gc
import importlib
import importlib.metadata
import json
import math
import multiprocessing
import os
import pathlib
import pickle
import platform
import re
import subprocess
import sys
import tempfile
import time

import numpy

BITS = 512
LANES = 128
WIDTH = 3
TOP = 10
# What a pair exactly on the threshold is found with at least; Chorus promises the same.
LEAST_RECALL = 0.95
MIB = 2 ** 20
WORD = re.compile(r"\w+")

# How one setting of a built index is asked: `single` takes the number of a query and `batch`, if
# any, takes nothing; both return numbers of prompts.
Variant = collections.namedtuple("Variant", "parameters single batch")


def shingles(text):
    words = WORD.findall(text.lower())
    runs = [" ".join(run) for run in zip(*(words[i:] for i in range(WIDTH)))]
    return set(runs or [" ".join(words)] * bool(words))


def numbers(text):
    """Stands for the shingles of a text, within one process."""
    return frozenset(map(hash, shingles(text)))


def jaccard(lhs, rhs):
    shared = len(lhs & rhs)
    return shared / max(1, len(lhs) + len(rhs) - shared)


class Data:
    """What the peers are given, read where it is asked for."""

    def __init__(self, folder, arguments):
        self.folder = pathlib.Path(folder)
        self.threshold = arguments.threshold
        self.limit = arguments.limit
        self.rounds = arguments.rounds

    def save(self, prompts, queries):
        for name, records in (("prompts", prompts), ("queries", queries)):
            vectors = [record["signature"] for record in records]
            numpy.save(self.folder / f"{name}.npy", numpy.stack(vectors))
            texts = json.dumps([record["text"] for record in records])
            (self.folder / f"{name}.json").write_text(texts, encoding="utf-8")

    @functools.cached_property
    def vectors(self):
        return numpy.load(self.folder / "prompts.npy"), numpy.load(self.folder / "queries.npy")

    @functools.cached_property
    def texts(self):
        return [json.loads((self.folder / f"{name}.json").read_text(encoding="utf-8"))
                for name in ("prompts", "queries")]


class Faiss:
    package, module = "faiss-cpu", "faiss"
    source = "vectors"

    def __init__(self, kind, arguments=(), described="", flips=(None,), depths=(1,)):
        self.name = f"faiss {kind}"
        self.kind = kind
        self.arguments = arguments
        self.described = described
        self.flips = flips
        self.depths = depths

    def build(self, data):
        import faiss
        self.index = getattr(faiss, self.kind)(BITS, *self.arguments)
        self.index.add(data.vectors[0])

    def load(self, path):
        import faiss
        faiss.write_index_binary(self.index, path)
        start = time.perf_counter()
        faiss.read_index_binary(path)
        return time.perf_counter() - start

    def variants(self, data):
        import faiss
        queries = data.vectors[1]
        rows = [queries[i:i + 1] for i in range(len(queries))]

        def single(count, number):
            return self.index.search(rows[number], count)[1][0]

        def batch(count):
            faiss.omp_set_num_threads(os.cpu_count())
            found = self.index.search(queries, count)[1]
            faiss.omp_set_num_threads(1)
            return found

        faiss.omp_set_num_threads(1)
        for flip in self.flips:
            if flip is not None:
                self.index.nflip = flip
            for depth in self.depths:
                count = depth * data.limit
                parts = [self.described, "" if flip is None else f"nflip {flip}", f"k {count}"]
                yield Variant(", ".join(filter(None, parts)), functools.partial(single, count),
                              functools.partial(batch, count))


class USearch:
    name = "usearch"
    package, module = "usearch", "usearch.index"
    source = "vectors"

    def __init__(self, connectivity, expansion, settings):
        self.connectivity = connectivity
        self.expansion = expansion
        # Pairs of the effort to search and how many times the limit is asked for.
        self.settings = settings

    def build(self, data):
        from usearch.index import Index, MetricKind, ScalarKind
        vectors = data.vectors[0]
        self.index = Index(ndim=BITS, metric=MetricKind.Hamming, dtype=ScalarKind.B1,
                           connectivity=self.connectivity, expansion_add=self.expansion)
        self.index.add(numpy.arange(len(vectors)), vectors)

    def load(self, path):
        from usearch.index import Index
        self.index.save(path)
        start = time.perf_counter()
        Index.restore(path)
        return time.perf_counter() - start

    def variants(self, data):
        queries = data.vectors[1]

        def single(count, number):
            return self.index.search(queries[number], count, threads=1).keys

        def batch(count):
            return self.index.search(queries, count).keys

        for effort, depth in self.settings:
            self.index.expansion_search = effort
            count = depth * data.limit
            yield Variant(f"M {self.connectivity}, ef {self.expansion} / {effort}, k {count}",
                          functools.partial(single, count), functools.partial(batch, count))


class Datasketch:
    name = "datasketch MinHashLSH"
    package, module = "datasketch", "datasketch"
    source = "texts"

    def __init__(self, tuned):
        self.tuned = tuned

    def build(self, data):
        from datasketch import MinHash, MinHashLSH
        before = resident()
        # The shape of the buckets: datasketch's own choice, or that of the fewest candidates that
        # finds enough.
        shape = None
        if self.tuned:
            enough = [rows for rows in range(1, LANES + 1)
                      if 1 - (1 - data.threshold ** rows) ** (LANES // rows) >= LEAST_RECALL]
            shape = (LANES // max(enough, default=1), max(enough, default=1))
        self.index = MinHashLSH(threshold=data.threshold, num_perm=LANES, params=shape)
        self.empty = MinHash(num_perm=LANES)
        self.sets = [numbers(text) for text in data.texts[0]]
        self.set_bytes = resident() - before
        tokens = ([shingle.encode() for shingle in shingles(text)] for text in data.texts[0])
        for row, minhash in enumerate(MinHash.generator(tokens, num_perm=LANES)):
            self.index.insert(row, minhash)

    def load(self, path):
        with open(path, "wb") as file:
            pickle.dump((self.index, self.sets), file, protocol=5)
        start = time.perf_counter()
        with open(path, "rb") as file:
            pickle.load(file)
        return time.perf_counter() - start

    def variants(self, data):
        texts = data.texts[1]

        def single(number):
            found = shingles(texts[number])
            minhash = self.empty.copy()
            minhash.update_batch([shingle.encode() for shingle in found])
            query = frozenset(map(hash, found))
            scored = [(jaccard(query, self.sets[row]), row) for row in self.index.query(minhash)]
            scored = sorted((pair for pair in scored if pair[0] >= data.threshold), reverse=True)
            return [row for _, row in scored[:data.limit]]

        yield Variant(f"{self.index.b} bands of {self.index.r}; {self.set_bytes / MIB:.0f} MiB "
                      "of it sets", single, None)


def peers():
    return [
        Faiss("IndexBinaryFlat", depths=(1, 2, 5)),
        Faiss("IndexBinaryHash", (16,), "b 16", flips=(2, 4)),
        Faiss("IndexBinaryHash", (16,), "b 16", flips=(6,), depths=(1, 5)),
        Faiss("IndexBinaryMultiHash", (42, 12), "42 of 12 bits", depths=(1, 5)),
        USearch(16, 128, ((64, 1), (1024, 1), (64, 5), (1024, 5))),
        USearch(32, 512, ((1024, 5),)),
        Datasketch(tuned=False),
        Datasketch(tuned=True),
    ]


def resident():
    pages = pathlib.Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def percentile(values, share):
    """The same place that 'chorus query --timing' takes."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def median_and_p99(rounds):
    """Of the times of several rounds, in seconds, those of the fastest, in milliseconds."""
    best = min(rounds, key=lambda times: percentile(times, 0.5))
    return {"median_ms": percentile(best, 0.5) * 1e3, "p99_ms": percentile(best, 0.99) * 1e3}


def timed_variant(variant, data, query_count):
    found = [numpy.asarray(variant.single(number)).tolist() for number in range(query_count)]
    rounds = []
    gc.collect()
    gc.disable()
    for _ in range(data.rounds):
        times = []
        for number in range(query_count):
            start = time.perf_counter()
            variant.single(number)
            times.append(time.perf_counter() - start)
        rounds.append(times)
    gc.enable()
    row = {"parameters": variant.parameters, "found": found, **median_and_p99(rounds)}
    if variant.batch:
        seconds = []
        for _ in range(data.rounds):
            start = time.perf_counter()
            variant.batch()
            seconds.append(time.perf_counter() - start)
        row["batch_per_second"] = query_count / min(seconds)
    return row


def measured(peer, data):
    """Measures one peer; in a process of its own, so that its memory is its own as well."""
    try:
        version = importlib.metadata.version(peer.package)
        query_count = len(getattr(data, peer.source)[1])
        # What the library itself takes is not the index's.
        importlib.import_module(peer.module)
        gc.disable()
        before = resident()
        start = time.perf_counter()
        peer.build(data)
        common = {"name": peer.name, "version": version,
                  "build_seconds": time.perf_counter() - start,
                  "mib": (resident() - before) / MIB}
        common["load_seconds"] = peer.load(str(data.folder / "peer.index"))
        gc.enable()
        gc.freeze()
        return [{**common, **timed_variant(variant, data, query_count)}
                for variant in peer.variants(data)]
    except (ImportError, AttributeError) as error:
        return [{"name": peer.name, "parameters": f"not available: {error}"}]


def in_new_process(function, *arguments):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(function, arguments)


def peer_rows(data):
    rows = []
    for peer in peers():
        print(f"query.py: {peer.name}", file=sys.stderr)
        rows += in_new_process(measured, peer, data)
    return rows


def run_chorus(program, *arguments):
    """Returns standard output, standard error, seconds, and the most memory in bytes."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        start = time.perf_counter()
        process = subprocess.Popen([program, *map(str, arguments)], stdout=output, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, messages):
            file.seek(0)
            texts.append(file.read().decode())
    # 3 is done with rejects.
    if process.returncode not in (0, 3):
        sys.exit(f"{program} {arguments[0]} ended with {process.returncode}: {texts[1]}")
    return texts[0], texts[1], seconds, usage.ru_maxrss * 1024


def number_in(pattern, text, group=1):
    match = re.search(pattern, text)
    return float(match.group(group).replace(",", "")) if match else None


def chorus_row(arguments, prompts, data):
    """Measures Chorus; the row also has what it returned as triples."""
    program = arguments.chorus
    print("query.py: chorus", file=sys.stderr)
    index = data.folder / "index"
    _, _, build, _ = run_chorus(program, "index", "--quiet", index, arguments.prompts)
    disk = sum(file.stat().st_size for file in index.rglob("*") if file.is_file())
    loads = [run_chorus(program, "query", index, "word " * WIDTH)[2] for _ in range(3)]
    ask = ("query", index, "--batch", arguments.queries, "--json", "--limit", data.limit,
           "--threshold", data.threshold)
    # The most memory counts from before the program takes over its process: a small one, then.
    runs = [in_new_process(run_chorus, program, *ask, "--timing") for _ in range(data.rounds)]
    times = [[number_in(r"99th percentile: ([\d.,]+) / ([\d.,]+) ms", messages, group)
              for group in (1, 2)] for _, messages, _, _ in runs]
    median, high = min(times)
    batches = [number_in(r"([\d,]+) texts/s", run_chorus(program, *ask)[1])
               for _ in range(data.rounds)]
    rows = {prompt["id"]: row for row, prompt in enumerate(prompts)}
    answers = collections.defaultdict(dict)
    for line in runs[0][0].splitlines():
        match = json.loads(line)
        answers[match["query"]][rows[match["id"]]] = match["similarity"]
    return {
        "name": "chorus", "version": run_chorus(program, "--version")[0].strip(),
        "parameters": f"{disk / MIB:.0f} MiB on disk, with texts",
        "build_seconds": build, "load_seconds": min(loads),
        "mib": max(memory for _, _, _, memory in runs) / MIB,
        "median_ms": median, "p99_ms": high, "batch_per_second": max(batches),
        "truncated": int(number_in(r"for ([\d,]+) of them more texts", runs[0][1]) or 0),
    }, answers


def sketched(program, folder, records):
    """Gives each record its signature, and returns those that have one, and the seconds it took."""
    path = pathlib.Path(folder) / "sketch.jsonl"
    with open(path, "w", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps({
                "id": record["id"], "account": "a", "time": "2026-01-01T00:00:00Z",
                "text": record["text"]}, ensure_ascii=False) + "\n")
    output = run_chorus(program, "sketch", "--parts", "signature", path)[0]
    signatures = {}
    for line in output.splitlines():
        answer = json.loads(line)
        raw = bytes.fromhex(answer["signature"])
        signatures[answer["id"]] = numpy.frombuffer(raw, dtype=numpy.uint8)
    output = run_chorus(program, "sketch", "--parts", "signature", "--discard", "--json",
                        "--repeat", 5, path)[0]
    kept = {}
    for record in records:
        if record["id"] in signatures:
            kept.setdefault(record["id"], {**record, "signature": signatures[record["id"]]})
    return list(kept.values()), json.loads(output)["sketch_seconds"]


def exact_pairs(prompts, queries, threshold):
    """Returns the true pairs of each query, as a dictionary from rows to J, by brute force."""
    sets = [numpy.fromiter(found, numpy.int64, len(found))
            for found in (numbers(prompt["text"]) for prompt in prompts)]
    sizes = numpy.array([len(found) for found in sets])
    shingle_of = numpy.concatenate(sets)
    order = numpy.argsort(shingle_of, kind="stable")
    shingle_of = shingle_of[order]
    row_of = numpy.repeat(numpy.arange(len(sets)), sizes)[order]
    truth = []
    for query in queries:
        found = numpy.array(sorted(numbers(query["text"])), dtype=numpy.int64)
        starts = numpy.searchsorted(shingle_of, found, "left")
        ends = numpy.searchsorted(shingle_of, found, "right")
        places = [row_of[start:end] for start, end in zip(starts, ends)]
        shared = numpy.bincount(numpy.concatenate([*places, row_of[:0]]), minlength=len(sets))
        similarity = shared / numpy.maximum(1, sizes + len(found) - shared)
        true = numpy.flatnonzero((similarity >= threshold) & (shared > 0))
        truth.append(dict(zip(true.tolist(), similarity[true].tolist())))
    return truth


def quality(found, truth, limit):
    """Compares what was returned, a list of rows for each query, with the true pairs."""
    few, crowded, top, precise = ([0, 0] for _ in range(4))

    def count(share, hits, total):
        share[0] += hits
        share[1] += total

    for returned, true in zip(found, truth):
        returned = set(returned) - {-1}
        hits = [true[row] for row in returned if row in true]
        count(precise, len(hits), len(returned))
        places = min(len(true), limit)
        count(crowded if len(true) > limit else few, min(len(hits), places), places)
        best = sorted(true.values(), reverse=True)[:TOP]
        if best:
            count(top, min(len(best), sum(hit >= best[-1] for hit in hits)), len(best))
    names = ("recall", "crowded", "top", "precision")
    return {name: hits / total if total else None
            for name, (hits, total) in zip(names, (few, crowded, top, precise))}


def own_jaccard():
    """Returns what computes Chorus's own similarity of two texts, slowly, or None."""
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "oracle"))
    try:
        import sketch_oracle
        plan = sketch_oracle.plan_of({})

        @functools.lru_cache(maxsize=None)
        def elements(text):
            normalised = sketch_oracle.normalise(text.encode())[0]
            return frozenset(sketch_oracle.shingle_set(sketch_oracle.tokenise(normalised), plan))

        elements("hello world")
        return lambda lhs, rhs: jaccard(elements(lhs), elements(rhs))
    except (ImportError, OSError, SystemExit):
        return None


def missed_pairs(found, truth, prompts, queries, limit):
    """The true pairs that were not returned, of queries that have at most as many as the limit."""
    own = own_jaccard()
    missed = []
    for number, (returned, true) in enumerate(zip(found, truth)):
        if len(true) > limit:
            continue
        for row in sorted(set(true) - set(returned)):
            pair = {"query": queries[number]["id"], "id": prompts[row]["id"],
                    "jaccard": true[row]}
            if own:
                pair["own_jaccard"] = own(queries[number]["text"], prompts[row]["text"])
            missed.append(pair)
    return missed


def show_table(rows):
    columns = [("system", "name", ""), ("version", "version", ""), ("parameters", "parameters", ""),
               ("build s", "build_seconds", ".2f"), ("load s", "load_seconds", ".3f"),
               ("MiB", "mib", ",.0f"), ("median ms", "median_ms", ",.3f"),
               ("p99 ms", "p99_ms", ",.3f"), ("batch/s", "batch_per_second", ",.0f"),
               ("recall", "recall", ".3f"), ("crowded", "crowded", ".3f"),
               ("top 10", "top", ".3f"), ("precision", "precision", ".3f")]
    table = [[title for title, _, _ in columns]]
    for row in rows:
        cells = [(row.get(key), form) for _, key, form in columns]
        table.append(["-" if value is None else format(value, form) for value, form in cells])
    widths = [max(map(len, column)) for column in zip(*table)]
    for cells in table:
        print("  ".join(
            cell.rjust(width) if form else cell.ljust(width)
            for cell, width, (_, _, form) in zip(cells, widths, columns)).rstrip())


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def show_facts(facts):
    threshold, limit = facts["threshold"], facts["limit"]
    print(f"{facts['processor']}, {facts['cores']} cores, Python {facts['python']}; "
          f"threshold {threshold}, limit {limit}, best of {facts['rounds']} rounds.")
    print(f"{facts['prompts']:,} prompts, {facts['queries']:,} queries, {facts['true_pairs']:,} "
          f"true pairs; {facts['crowded_queries']:,} queries have more than {limit}, and "
          f"{facts['lonely_queries']:,} none.")
    print("Signatures, which faiss and usearch are given: "
          f"{facts['prompt_sketch_seconds']:.2f} s for the prompts, "
          f"{facts['query_sketch_seconds'] / facts['queries'] * 1e3:.4f} ms a query, one thread.")


def show_chorus(facts):
    print(f"Chorus: {facts['truncated']:,} answers truncated. Of {facts['returned']:,} similarities"
          f" {facts['unlike']:,} differ from J by more than 0.01.")
    text = f"Chorus: {facts['missed']:,} of {facts['few_pairs']:,} true pairs missed"
    if facts["missed_own"] is not None:
        text += (f", {facts['missed_own']:,} of them with {facts['threshold']} and more by its own "
                 "shingles too")
    print(text + ".")


def records(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def measure(arguments, folder):
    prompts, prompt_seconds = sketched(arguments.chorus, folder, records(arguments.prompts))
    queries, query_seconds = sketched(arguments.chorus, folder, records(arguments.queries))
    if not prompts or not queries:
        sys.exit("query.py: no prompts or no queries that Chorus takes.")
    data = Data(folder, arguments)
    data.save(prompts, queries)
    print("query.py: brute force", file=sys.stderr)
    truth = exact_pairs(prompts, queries, arguments.threshold)

    own, answers = chorus_row(arguments, prompts, data)
    own["found"] = [list(answers[query["id"]]) for query in queries]
    rows = [own, *peer_rows(data)]
    for row in rows:
        if "found" in row:
            row.update(quality(row["found"], truth, arguments.limit))

    missed = missed_pairs(own["found"], truth, prompts, queries, arguments.limit)
    similarities = [
        (similarity, jaccard(numbers(query["text"]), numbers(prompts[row]["text"])))
        for query in queries for row, similarity in answers[query["id"]].items()]
    counts = [len(true) for true in truth]
    few = [count for count in counts if count <= arguments.limit]
    facts = {
        "processor": processor(), "cores": os.cpu_count(), "python": platform.python_version(),
        "threshold": arguments.threshold, "limit": arguments.limit, "rounds": arguments.rounds,
        "prompts": len(prompts), "queries": len(queries), "true_pairs": sum(counts),
        "few_pairs": sum(few), "crowded_queries": len(counts) - len(few),
        "lonely_queries": counts.count(0),
        "prompt_sketch_seconds": prompt_seconds, "query_sketch_seconds": query_seconds,
        "truncated": own.pop("truncated"), "returned": len(similarities),
        "unlike": sum(not math.isclose(lhs, rhs, abs_tol=0.01) for lhs, rhs in similarities),
        "missed": len(missed),
        "missed_own": sum(pair["own_jaccard"] >= arguments.threshold for pair in missed)
        if all("own_jaccard" in pair for pair in missed) else None}
    if arguments.misses:
        with open(arguments.misses, "w", encoding="utf-8") as file:
            file.writelines(json.dumps(pair) + "\n" for pair in missed)
    for row in rows:
        row.pop("found", None)
    if arguments.json:
        for row in rows:
            print(json.dumps({**row, **facts}))
        return
    show_facts(facts)
    print()
    show_table(rows)
    print()
    show_chorus(facts)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", metavar="PROMPTS.jsonl")
    parser.add_argument("queries", metavar="QUERIES.jsonl")
    parser.add_argument("--threshold", type=float, default=0.5, help="default 0.5")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="default 100")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="default 3")
    parser.add_argument("--chorus", metavar="PATH", help="default .build-release/release/chorus",
                        default=".build-release/release/chorus")
    parser.add_argument("--misses", metavar="FILE",
                        help="write the true pairs that Chorus missed, as JSON Lines")
    parser.add_argument("--json", action="store_true", help="one JSON object a row, no table")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="chorus-query-") as folder:
        measure(arguments, folder)


if __name__ == "__main__":
    main()
