#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Families by the usual way, for comparison: MinHash of word n-grams, LSH, union-find.

    pip install datasketch
    minhash_lsh.py traffic.jsonl --threshold 0.3 > members.jsonl

Prints {"id", "family"} for every prompt in a cluster of at least --min-accounts accounts.
"""
import argparse
import collections
import json
import re
import sys

import datasketch


def shingles(text, width):
    words = re.findall(r"\w+", text.lower())
    if len(words) < width:
        return {" ".join(words).encode()}
    return {" ".join(words[i:i + width]).encode() for i in range(len(words) - width + 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traffic")
    parser.add_argument("--threshold", type=float, default=0.3)
    parser.add_argument("--width", type=int, default=5)
    parser.add_argument("--min-accounts", type=int, default=10)
    arguments = parser.parse_args()

    with open(arguments.traffic, encoding="utf-8") as lines:
        prompts = [json.loads(line) for line in lines]
    signatures = datasketch.MinHash.generator(
        [shingles(prompt["text"], arguments.width) for prompt in prompts], num_perm=128)
    index = datasketch.MinHashLSH(threshold=arguments.threshold, num_perm=128)
    parent = list(range(len(prompts)))

    def find(node):
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for number, signature in enumerate(signatures):
        for other in index.query(signature):
            low, high = sorted((find(number), find(other)))
            parent[high] = low
        index.insert(number, signature)

    accounts = collections.defaultdict(set)
    for number, prompt in enumerate(prompts):
        accounts[find(number)].add(prompt["account"])
    for number, prompt in enumerate(prompts):
        root = find(number)
        if len(accounts[root]) >= arguments.min_accounts:
            json.dump({"id": prompt["id"], "family": f"c{root}"}, sys.stdout)
            print()


if __name__ == "__main__":
    main()
