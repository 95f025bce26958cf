#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sketching side by side: one run, one thread, the same real prompts.

    pip install rensa==0.5.0 datasketch==2.0.0 gaoya
    sketch.py --make ascii.jsonl --corpus DIR --ascii-only
    sketch.py --prompts ascii.jsonl --chorus .build/release/chorus

The first form writes prompts from the *.jsonl.zst files of a folder; the second measures. Every
sketch has 128 lanes over word 3-grams. A time is the best of five passes in a row over all prompts.
"x chorus" is the time over that of Chorus's signature and anchors, so above 1 is slower than Chorus.

"error" is the mean absolute error of the estimated Jaccard similarity over 2,000 prompts and copies
in which 10 to 50 % of the words were replaced, one by one or in runs, with 0.1 <= J <= 0.9. "shift"
is the same for copies with one word put in front. MinHash of 128 lanes has an error near 0.03 in
the first and almost none in the second. A sketch that reads only some of the tokens, and chooses
them by position, does not: that is what rensa's rho pays for its speed, and why rho is no peer.

What is unfair, and to whom:
- To Chorus: the rows "tokens" and "token hashes" begin with finished shingles, which nobody has.
  Chorus begins with UTF-8 and normalises, tokenises, shingles, sketches, keys its bands and chooses
  anchors in the time shown. Set it against the rows "text".
- To the peers: the rows "text" of rensa are mostly Python's regular expression and string building,
  which is what its users run but no fault of rensa. Chorus is compiled code without a language
  boundary; rensa reads every token from a Python object (not in "token hashes", where hashing the
  tokens is left out too), datasketch hashes each in Python, gaoya returns lists of Python integers.
- To the peers: only they keep their result (rensa a matrix, the others objects); Chorus discards.
- To rensa: it would use more threads. It is held to one by its own two settings, since by default a
  second thread does a good part of the work unseen by the clock of the first.
- Not the same work: Chorus folds case and look-alikes by Unicode and keeps 4 bits a lane, the peers
  32; gaoya's "text" splits at ASCII white space and punctuation, and knows no others; anchors and
  embeddings have no counterpart.
- Not the same clock: peers are timed by their thread's CPU time, Chorus by its own clock. On a busy
  machine that is to the disadvantage of Chorus.
The errors of Chorus are not measured here.
"""
import argparse
import collections
import functools
import gc
import importlib.metadata
import json
import os
import pathlib
import platform
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib

for name in [name for name in os.environ if name.startswith("RENSA_")]:
    del os.environ[name]
os.environ["RENSA_PIPELINE_QUEUE_CAP"] = "0"
for name in ("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
# The libraries read these once, so numpy and the peers are imported after them.
import numpy  # noqa: E402

LANES = 128
WIDTH = 3
SEED = 42
ROUNDS = 5
PAIRS = 2000
PAIR_SEED = 7
# Shorter prompts have too few shingles for 10 % to mean anything.
PAIR_WORDS = 20
TEXT_BYTES = range(20, 20001)
# rho marks a lane that no token fell into by this value.
EMPTY = 2 ** 32 - 1
WORD = re.compile(r"\w+")
# gaoya splits at ASCII white space and punctuation; these stand for the two that shingles have.
GLUE = {ord(" "): "\x01", ord("_"): "\x02"}

# `source` names the property of Corpus that is ready before the clock starts.
Peer = collections.namedtuple("Peer", "name package parameters source sketch lanes")


def shingles(text):
    words = WORD.findall(text.lower())
    return [" ".join(run) for run in zip(*(words[i:] for i in range(WIDTH)))] or [" ".join(words)]


class Corpus:
    """Texts and what the peers want made of them beforehand, each made once."""

    def __init__(self, texts):
        self.texts = texts
        self.byte_count = sum(len(text.encode()) for text in texts)

    @functools.cached_property
    def shingles(self):
        return [list(dict.fromkeys(shingles(text))) for text in self.texts]

    @functools.cached_property
    def encoded(self):
        return [[shingle.encode() for shingle in row] for row in self.shingles]

    @functools.cached_property
    def joined(self):
        return [" ".join(shingle.translate(GLUE) for shingle in row) for row in self.shingles]

    @functools.cached_property
    def hashes(self):
        from rensa import RMinHash
        rows = RMinHash.hash_token_sets(self.shingles)
        offsets = numpy.cumsum([0] + [len(row) for row in rows]).astype(numpy.uint64)
        return numpy.fromiter((value for row in rows for value in row), numpy.uint64), offsets


def rensa_peers():
    from rensa import RMinHash
    plain = RMinHash.digest_matrix_from_token_sets
    plain_hashes = RMinHash.digest_matrix_from_flat_token_hashes
    rho = RMinHash.digest_matrix_from_token_sets_rho
    rho_hashes = RMinHash.digest_matrix_from_flat_token_hashes_rho

    def peer(name, parameters, source, sketch):
        return Peer(name, "rensa", parameters, source, sketch, lambda matrix: matrix.to_rows())

    return [
        peer("rensa", "R-MinHash, tokens", "shingles", lambda rows: plain(rows, LANES, SEED)),
        peer("rensa", "R-MinHash, token hashes", "hashes",
             lambda flat: plain_hashes(*flat, LANES, SEED)),
        peer("rensa", "R-MinHash, text", "texts",
             lambda texts: plain((shingles(text) for text in texts), LANES, SEED)),
        peer("rensa rho", "4 probes, tokens", "shingles", lambda rows: rho(rows, LANES, SEED)),
        peer("rensa rho", "4 probes, token hashes", "hashes",
             lambda flat: rho_hashes(*flat, LANES, SEED)),
    ]


def datasketch_peers():
    from datasketch import MinHash

    # generator() shares the permutations between prompts and calls update_batch() for each.
    return [Peer("datasketch", "datasketch", "affine32, tokens", "encoded",
                 lambda rows: list(MinHash.generator(rows, num_perm=LANES)),
                 lambda made: [minhash.hashvalues for minhash in made])]


def gaoya_peers():
    from gaoya.gaoya import minhash

    # The index classes are the only way to gaoya's MinHash; nothing is inserted into them. Shingles
    # joined by spaces are the only way to hand it tokens without paying for the index too.
    def sketcher(width):
        index = minhash.MinHash32StringIntIndexVec(
            0.5, LANES // 4, 4, None, "word", False, (width, width))
        return index.tokenize_and_minhash

    tokens, text = sketcher(1), sketcher(WIDTH)
    return [
        Peer("gaoya", "gaoya", "32 bits, tokens", "joined",
             lambda rows: [tokens(row) for row in rows], lambda made: made),
        Peer("gaoya", "gaoya", "32 bits, text", "texts",
             lambda rows: [text(row.lower()) for row in rows], lambda made: made),
    ]


def available_peers():
    peers, missing = [], []
    for name, make in [("rensa", rensa_peers), ("datasketch", datasketch_peers),
                       ("gaoya", gaoya_peers)]:
        try:
            peers += make()
        except (ImportError, AttributeError) as error:
            missing.append({"name": name, "parameters": f"not available: {error}"})
    return peers, missing


def timed(sketch, source):
    """Returns CPU seconds and the result: of this thread, or of all if others did work as well."""
    thread, process = time.thread_time(), time.process_time()
    result = sketch(source)
    thread, process = time.thread_time() - thread, time.process_time() - process
    return (process if process > 1.03 * thread else thread), result


def lane_array(peer, result):
    return numpy.asarray(peer.lanes(result), dtype=numpy.uint32)


def best_of_rounds(peer, source):
    """Returns the least CPU seconds and a check value of the result.

    The passes follow each other and each result is dropped before the next pass, outside the time:
    turn and turn about, or with results kept, every pass would pay for fresh pages of memory.
    """
    seconds, result = [], None
    gc.collect()
    gc.disable()
    for _ in range(ROUNDS):
        result = None
        once, result = timed(peer.sketch, source)
        seconds.append(once)
    gc.enable()
    return min(seconds), f"{zlib.crc32(lane_array(peer, result).tobytes()):08x}"


def edited(words, vocabulary, generator):
    count = round(generator.uniform(0.1, 0.5) * len(words))
    run = generator.choice((1, 2, 4, 8, 16, len(words)))
    places = set()
    while len(places) < count:
        start = generator.randrange(len(words))
        end = min(start + min(run, count - len(places)), len(words))
        places.update(range(start, end))
    return [generator.choice(vocabulary) if place in places else word
            for place, word in enumerate(words)]


def jaccard(lhs, rhs):
    lhs, rhs = set(lhs), set(rhs)
    return len(lhs & rhs) / len(lhs | rhs)


def edited_pairs(texts):
    """Returns three corpora: prompts, their edited copies, their copies with a word in front."""
    generator = random.Random(PAIR_SEED)
    sources = [words for words in (WORD.findall(text.lower()) for text in texts)
               if len(words) >= PAIR_WORDS]
    if not sources:
        return None
    vocabulary = sorted({word for words in sources for word in words})
    made = []
    for _ in range(50 * PAIRS):
        words = generator.choice(sources)
        copy = edited(words, vocabulary, generator)
        triple = tuple(map(" ".join, (words, copy, [generator.choice(vocabulary), *words])))
        if 0.1 <= jaccard(shingles(triple[0]), shingles(triple[1])) <= 0.9:
            made.append(triple)
        if len(made) == PAIRS:
            return [Corpus(list(side)) for side in zip(*made)]
    return None


def exact_jaccard(lhs, rhs):
    return numpy.array([jaccard(*pair) for pair in zip(lhs.shingles, rhs.shingles)])


def estimated_jaccard(lhs, rhs):
    empty = (lhs == EMPTY) & (rhs == EMPTY)
    return ((lhs == rhs) & ~empty).sum(axis=1) / numpy.maximum(1, (~empty).sum(axis=1))


def errors(peer, pairs):
    if pairs is None:
        return {}
    sides = [lane_array(peer, peer.sketch(getattr(side, peer.source))) for side in pairs]
    found = {}
    for name, side in (("error", 1), ("shift_error", 2)):
        exact = exact_jaccard(pairs[0], pairs[side])
        found[name] = float(abs(estimated_jaccard(sides[0], sides[side]) - exact).mean())
    return found


def peer_rows(corpus, pairs):
    peers, missing = available_peers()
    rows = []
    for peer in peers:
        seconds, check = best_of_rounds(peer, getattr(corpus, peer.source))
        rows.append({
            "name": peer.name, "version": importlib.metadata.version(peer.package),
            "parameters": peer.parameters, "seconds": seconds, "check": check,
            **errors(peer, pairs)})
    return rows + missing


def chorus_version(program):
    run = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return run.stdout.strip() if run.returncode == 0 else "-"


def chorus_rows(program, lines, corpus):
    rows = []
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(lines)
        file.flush()
        for parts, threads in [("signature,anchors", 1), ("signature,anchors,embedding", 1),
                               ("signature,anchors", 2)]:
            run = subprocess.run(
                [program, "sketch", "--discard", "--json", "--threads", str(threads),
                 "--parts", parts, "--repeat", str(ROUNDS), file.name],
                stdout=subprocess.PIPE, text=True, check=True)
            answer = json.loads(run.stdout)
            found = (answer["prompts"], answer["text_bytes"], answer["threads"])
            wanted = (len(corpus.texts), corpus.byte_count, threads)
            if found != wanted:
                sys.exit(f"{program} reports prompts, bytes and threads {found} where the file has "
                         f"{wanted}: see whether it rejects any.")
            rows.append({
                "name": "chorus", "version": chorus_version(program),
                "parameters": f"{parts}, {threads} thread{'s' * (threads > 1)}",
                "seconds": answer["sketch_seconds"], "check": str(answer["check"]),
                "tokens": answer["tokens"], "anchors": answer["anchors"]})
    return rows


def complete(rows, corpus):
    own = next((row["seconds"] for row in rows if row["name"] == "chorus"), None)
    for row in rows:
        if "seconds" in row:
            row["ns_per_prompt"] = row["seconds"] * 1e9 / len(corpus.texts)
            row["ns_per_byte"] = row["seconds"] * 1e9 / corpus.byte_count
            row["times_chorus"] = row["seconds"] / own if own else None


def show_table(rows):
    columns = [("name", "name", ""), ("version", "version", ""), ("parameters", "parameters", ""),
               ("ns/prompt", "ns_per_prompt", ",.0f"), ("ns/byte", "ns_per_byte", ".2f"),
               ("x chorus", "times_chorus", ".2f"), ("error", "error", ".3f"),
               ("shift", "shift_error", ".3f"), ("check", "check", "")]
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


def describe(corpus, pairs):
    count = len(corpus.texts)
    wide = sum(len(character.encode()) for text in corpus.texts if not text.isascii()
               for character in text if not character.isascii())
    facts = {
        "prompts": count, "text_bytes": corpus.byte_count,
        "bytes_per_prompt": corpus.byte_count / count,
        "shingles_per_prompt": sum(map(len, corpus.shingles)) / count,
        "non_ascii_share": wide / corpus.byte_count,
        "processor": processor(), "python": platform.python_version(), "rounds": ROUNDS}
    if pairs is not None:
        deciles = numpy.quantile(exact_jaccard(pairs[0], pairs[1]), [0.1, 0.5, 0.9])
        facts["pair_deciles"] = [float(decile) for decile in deciles]
    return facts


def show_facts(path, facts):
    print(f"{path}: {facts['prompts']:,} prompts of {facts['bytes_per_prompt']:.1f} bytes, "
          f"{facts['non_ascii_share']:.1%} of them not ASCII, "
          f"with {facts['shingles_per_prompt']:.1f} distinct word {WIDTH}-grams.")
    print(f"{facts['processor']}, Python {facts['python']}, one thread, best of {ROUNDS}.")
    if "pair_deciles" in facts:
        low, median, high = facts["pair_deciles"]
        print(f"{PAIRS:,} edited pairs: exact Jaccard {low:.2f}, {median:.2f}, {high:.2f} "
              "at the deciles 1, 5, 9.")
    print()


def measure(arguments):
    with open(arguments.prompts, encoding="utf-8") as file:
        lines = [line for _, line in zip(range(arguments.limit), file)]
    corpus = Corpus([json.loads(line)["text"] for line in lines])
    if not lines:
        sys.exit(f"{arguments.prompts} has no prompts: make one with --make.")
    pairs = edited_pairs(corpus.texts)
    facts = describe(corpus, pairs)
    rows = peer_rows(corpus, pairs)
    if arguments.chorus:
        rows += chorus_rows(arguments.chorus, lines, corpus)
    complete(rows, corpus)
    if arguments.json:
        for row in rows:
            print(json.dumps({**row, **facts}))
    else:
        show_facts(arguments.prompts, facts)
        show_table(rows)


def corpus_texts(folder):
    for path in sorted(pathlib.Path(folder).glob("*.jsonl.zst")):
        run = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True)
        for line in run.stdout.splitlines():
            text = json.loads(line)["text"]
            try:
                byte_count = len(text.encode())
            except UnicodeEncodeError:
                continue
            if byte_count in TEXT_BYTES:
                yield text


def make(arguments):
    texts = list(corpus_texts(arguments.corpus))
    if arguments.ascii_only or arguments.non_ascii_only:
        texts = [text for text in texts if text.isascii() == arguments.ascii_only]
    generator = random.Random(arguments.seed)
    texts = generator.sample(texts, min(arguments.limit, len(texts)))
    moment = 1_780_272_000  # 2026-06-01T00:00:00Z
    with open(arguments.make, "w", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            moment += generator.randrange(10)
            file.write(json.dumps({
                "id": f"p{number:07}", "account": f"a{generator.randrange(1000):04}",
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment)),
                "text": text}, ensure_ascii=False) + "\n")
    print(f"{arguments.make}: {len(texts):,} prompts", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    job = parser.add_mutually_exclusive_group(required=True)
    job.add_argument("--prompts", metavar="FILE", help="measure on these JSON Lines with a text")
    job.add_argument("--make", metavar="FILE", help="write such a file from --corpus")
    parser.add_argument("--limit", type=int, default=20000, metavar="N", help="default 20000")
    parser.add_argument("--chorus", metavar="PATH", help="the program chorus, to measure it too")
    parser.add_argument("--json", action="store_true", help="one JSON object a row, no table")
    parser.add_argument("--corpus", metavar="DIR", help="the folder of *.jsonl.zst for --make")
    parser.add_argument("--seed", type=int, default=1, help="what --make chooses; default 1")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--ascii-only", action="store_true", help="only prompts all ASCII")
    kind.add_argument("--non-ascii-only", action="store_true", help="only the others")
    arguments = parser.parse_args()
    if arguments.make and not arguments.corpus:
        parser.error("--make needs --corpus DIR")
    if arguments.make:
        make(arguments)
    else:
        measure(arguments)


if __name__ == "__main__":
    main()
