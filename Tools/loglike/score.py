#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares families with the templates that lines were made from, as log parsers are compared.

    chorus members INDEX --json | score.py TRUTH.jsonl --floor 10 [--details] [--json]

Grouping accuracy (GA): a line counts when the lines of its group are exactly those of its template.
Pairwise F1: of the pairs of lines in one group, and of those of one template. Both are given over
all lines and over the lines of templates that have at least --floor lines: a template of fewer can
be no family. The groups stay those of all lines.

A line in no family is a group of its own, so a template of one line is right when it is left alone.
With --unassigned text, lines in no family that are equal byte for byte are one group; this needs
--lines. With --unassigned one, all of them are.
"""
import argparse
import collections
import json
import sys


def pairs(counts):
    return sum(count * (count - 1) // 2 for count in counts)


def measure(groups, templates):
    """GA and pairwise precision, recall and F1, of (template, group) by id."""
    group_sizes = collections.Counter(groups.values())
    template_sizes = collections.Counter(templates[line] for line in groups)
    both = collections.Counter((templates[line], group) for line, group in groups.items())
    exact = {
        template for (template, group), count in both.items()
        if count == group_sizes[group] == template_sizes[template]
    }
    return exact, template_sizes, group_sizes, both


def figures(lines, groups, templates, exact):
    right = sum(templates[line] in exact for line in lines)
    shared = pairs(collections.Counter((templates[line], groups[line]) for line in lines).values())
    grouped = pairs(collections.Counter(groups[line] for line in lines).values())
    true = pairs(collections.Counter(templates[line] for line in lines).values())
    precision = shared / grouped if grouped else 1.0
    recall = shared / true if true else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {
        "lines": len(lines), "ga": right / len(lines) if lines else 1.0,
        "precision": precision, "recall": recall, "f1": f1,
    }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth")
    parser.add_argument("members", nargs="?", help="default: standard input")
    parser.add_argument("--floor", type=int, default=10, help="the fewest lines of a family")
    parser.add_argument("--unassigned", choices=["own", "text", "one"], default="own")
    parser.add_argument("--lines", help="the records, for --unassigned text")
    parser.add_argument("--details", action="store_true", help="list templates that are not right")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.unassigned == "text" and not options.lines:
        parser.error("--unassigned text needs --lines")

    with open(options.truth) as file:
        templates = {row["id"]: row["template"] for row in map(json.loads, file)}
    with open(options.members) if options.members else sys.stdin as file:
        families = {row["id"]: row["family"] for row in map(json.loads, file)}
    texts = {}
    if options.lines:
        with open(options.lines) as file:
            texts = {row["id"]: row["text"] for row in map(json.loads, file)}
    groups = {}
    for line in templates:
        if line in families:
            groups[line] = ("family", families[line])
        elif options.unassigned == "own":
            groups[line] = ("line", line)
        elif options.unassigned == "text":
            groups[line] = ("text", texts[line])
        else:
            groups[line] = ("rest", "")

    exact, template_sizes, group_sizes, both = measure(groups, templates)
    large = [line for line in templates if template_sizes[templates[line]] >= options.floor]
    result = {
        "templates": len(template_sizes),
        "large_templates": sum(size >= options.floor for size in template_sizes.values()),
        "right_templates": len(exact),
        "families": len(set(families.values())),
        "unassigned": len(templates) - len(families),
        "all": figures(list(templates), groups, templates, exact),
        "large": figures(large, groups, templates, exact),
    }
    wrong = []
    for template, size in template_sizes.most_common():
        if template in exact:
            continue
        parts = {group: count for (name, group), count in both.items() if name == template}
        inside = [group for group in parts if group[0] == "family"]
        wrong.append({
            "template": template, "lines": size,
            "unassigned": sum(parts[group] for group in parts if group[0] != "family"),
            "families": {group[1]: parts[group] for group in inside},
            "merged_with": {
                name: count for (name, group), count in both.items()
                if group in inside and name != template
            },
        })
    if options.details:
        result["wrong"] = wrong
    if options.json:
        print(json.dumps(result))
        return
    for name in ("all", "large"):
        part = result[name]
        print(f"{name:5} {part['lines']:6} lines  GA {part['ga']:.4f}  F1 {part['f1']:.4f}  "
              f"precision {part['precision']:.4f}  recall {part['recall']:.4f}")
    print(f"{result['templates']} templates, {result['large_templates']} of at least "
          f"{options.floor} lines, {result['right_templates']} right; {result['families']} "
          f"families, {result['unassigned']} lines in none")
    for row in wrong if options.details else []:
        print(f"\n{row['lines']} lines: {row['template']}")
        split = ", ".join(f"{name} {count}" for name, count in row["families"].items())
        print(f"  in no family {row['unassigned']}" + (f"; in {split}" if split else ""))
        for name, count in row["merged_with"].items():
            print(f"  with {count} of: {name}")


if __name__ == "__main__":
    main()
