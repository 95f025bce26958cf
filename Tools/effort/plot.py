#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws how often p-values of innocent groups are at most so small, as 'calibrate' left them.

    plot.py GROUPS.jsonl PICTURE.svg      needs matplotlib

A signal is calibrated where its line is on the diagonal and careful where it is below; above it,
it speaks oftener than it says.
"""
import collections
import json
import sys

import matplotlib

matplotlib.use("Agg")
matplotlib.rcParams["svg.hashsalt"] = "chorus"
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plot


def main(source, picture):
    bits = collections.defaultdict(list)
    with open(source, encoding="utf-8") as file:
        for line in file:
            for name, value in json.loads(line)["bits"].items():
                bits[name].append(value)
    figure, axes = plot.subplots(figsize=(6, 4.5))
    levels = [level / 4 for level in range(0, 49)]
    for name, style in [("load", "-"), ("clock", "--"), ("rest", "-."), ("portfolio", ":")]:
        values = bits[name]
        shares = [sum(v >= level for v in values) / len(values) for level in levels]
        axes.plot(levels, [share or float("nan") for share in shares], style, label=name)
    axes.plot(levels, [2 ** -level for level in levels], color="grey", label="as claimed")
    axes.axvline(8, color="grey", linewidth=0.5)
    axes.set_yscale("log", base=2)
    axes.set_xlabel("bits of evidence (speaks from 8 on)")
    axes.set_ylabel("share of innocent groups with as many")
    axes.set_title(f"{len(bits['load'])} groups of streams without a campaign")
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(*sys.argv[1:])
