#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scores lists of campaigns against the truth, and prints tables in Markdown.

    score.py cell FOLDER            one run as a JSON object: FOLDER has truth, labels, found,
                                    members and named (.jsonl), as Tools/effort/run writes them
    score.py table RUNS.jsonl       the table of many runs, one JSON object a line
    score.py groups FOLDER          what kind of accounts each group has: groups.jsonl too
    score.py calibration GROUPS.jsonl    how often signals speak of these groups
"""
import collections
import json
import pathlib
import statistics
import sys


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def cell(folder):
    truth = {row["account"]: row for row in lines(folder / "truth.jsonl")}
    guilty = {account for account, row in truth.items() if row["campaign"]}
    found = collections.defaultdict(set)
    for row in lines(folder / "found.jsonl"):
        found[row["campaign"]].add(row["account"])
    named = {row["campaign"]: row for row in lines(folder / "named.jsonl")}
    # The reported campaign that shares most accounts with the true one.
    best = max(found, key=lambda name: (len(found[name] & guilty), name), default=None)
    hit = len(found[best] & guilty) if best else 0
    precision = hit / len(found[best]) if hit else 0
    recall = hit / len(guilty) if guilty else 0
    innocent = set().union(*found.values()) - guilty
    labels = {row["id"]: row["template"] for row in lines(folder / "labels.jsonl")}
    prompts = collections.Counter(t for t in labels.values() if t.startswith("campaign-"))
    mined = collections.Counter()
    for row in lines(folder / "members.jsonl"):
        mined[labels.get(row["id"], "")] += 1
    signals = named[best]["signals"] if hit else []
    return {
        "found": precision >= 0.5 and recall >= 0.5,
        "precision": precision,
        "recall": recall,
        "prompts": sum(prompts.values()),
        "templates": len(prompts),
        "families": sum(2 * mined[name] >= count for name, count in prompts.items()),
        "innocent": len(innocent),
        "kinds": collections.Counter(truth[account]["kind"] for account in innocent),
        "campaigns": len(found),
        "signals": {signal["name"]: signal["p_value"] for signal in signals},
    }


def table(path):
    cells = collections.defaultdict(list)
    for row in lines(path):
        cells[row["accounts"], row["camouflage"], row["days"]].append(row)
    print("| accounts | camouflage | days | campaign prompts | an account | families | found "
          "| precision | recall | innocents |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for (accounts, camouflage, days), runs in sorted(cells.items()):
        prompts = statistics.mean(run["prompts"] for run in runs)
        hits = [run for run in runs if run["found"]]

        def mean(key):
            return f"{statistics.mean(run[key] for run in hits):.3f}" if hits else ""

        families = statistics.mean(run["families"] for run in runs)
        print(f"| {accounts} | {camouflage:.0%} | {days} | {prompts:,.0f} "
              f"| {prompts / accounts:.1f} | {families:.1f} | {len(hits)} of {len(runs)} "
              f"| {mean('precision')} | {mean('recall')} "
              f"| {sum(run['innocent'] for run in runs)} |")


def groups(folder):
    template = {row["id"]: row["template"] for row in lines(folder / "labels.jsonl")}
    kinds = collections.defaultdict(collections.Counter)
    for row in lines(folder / "members.jsonl"):
        kinds[row["family"]][template.get(row["id"], "ordinary").split("-")[0]] += 1
    for group in lines(folder / "groups.jsonl"):
        kind = sum((kinds[name] for name in group["families"]), collections.Counter())
        yield group | {"kind": kind.most_common(1)[0][0],
                       "bits": {signal["name"]: signal["bits"] for signal in group["signals"]}}


def calibration(path):
    rows = lines(path)
    levels = [0, 1, 2, 3, 4, 5, 6, 8, 10]
    print("| kind | groups | signal | " + " | ".join(f"{b} bits" if b else "any" for b in levels)
          + " | most | named |")
    print("|:--|--:|:--|" + "--:|" * (len(levels) + 2))
    for kind in [None] + sorted({row["kind"] for row in rows}):
        some = [row for row in rows if kind in (None, row["kind"])]
        for signal in ["portfolio", "load", "clock", "rest"]:
            bits = [row["bits"][signal] for row in some]
            counts = [sum(b > 0 if level == 0 else b >= level for b in bits) for level in levels]
            print(f"| {kind or 'all'} | {len(some)} | {signal} | "
                  + " | ".join(map(str, counts))
                  + f" | {max(bits):.1f} | {sum(row['named'] for row in some)} |")
    claimed = [len(rows) * 2 ** -level for level in levels]
    print(f"| claimed | {len(rows)} | at most | " + " | ".join(f"{c:.1f}" for c in claimed)
          + " | | |")


if __name__ == "__main__":
    command, path = sys.argv[1:]
    if command == "cell":
        print(json.dumps(cell(pathlib.Path(path))))
    elif command == "groups":
        for group in groups(pathlib.Path(path)):
            print(json.dumps(group))
    elif command == "calibration":
        calibration(path)
    else:
        table(path)
