#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Log-like lines with known templates, as JSON Lines.

    generate.py SET LINES.jsonl TRUTH.jsonl [--lines 2000] [--seed 1] [--accounts each] [--header]
    generate.py --list

SET is a file of sets/ without its ending. LINES gets records (id, account, time, text), TRUTH gets
(id, template). The same arguments give the same bytes.

In a template, <name> is a slot of a kind below, <a|b|c> is one of these texts, slots in them
included, and every other character is itself; <, > and | stand nowhere else but as " > " and "->".
How often templates come falls off with their rank, to the power that the set gives; at least once.
Which template has which rank is drawn. Half of the hosts, addresses and users come again and again.

With --accounts each, every line has an account of its own; with a number, each line one of so many,
by a hash of its id. With --header each line begins with what its set's programs put there.
"""
import argparse
import hashlib
import json
import math
import pathlib
import random
import re

FOLDER = pathlib.Path(__file__).parent / "sets"
WORDS = """amber anchor basin beacon birch bridge candle canyon cedar cobalt copper coral delta
    ember falcon fern flint garnet harbour heron indigo iris juniper kestrel lagoon larch linden
    maple marble meadow mesa nectar onyx opal orchid osprey pebble pine quartz raven reef saffron
    sierra spruce summit tern thistle topaz tundra umber velvet walnut willow zephyr""".split()
USERS = """root admin test guest oracle postgres backup deploy alice bruno chen dora emil fatima
    goran hanna ivan jonas kofi lena marta nadia otto paula quinn rosa sven tomas ursula""".split()
ERRORS = [
    "connection reset by peer", "no route to host", "permission denied", "operation timed out",
    "no space left on device", "end of file reached before <int> bytes", "too many open files",
    "certificate has expired", "invalid argument", "checksum mismatch at offset <int>",
    "the other side does not speak this version", "unknown error <int>", "stale handle",
    "java.io.IOException: stream is closed", "lock is held by process <int>", "broken pipe",
    "cannot allocate memory", "name <host> could not be resolved", "interrupted",
]
AGENTS = [
    "Mozilla/5.0 (X11; Linux x86_64) Engine/<int>.0 Browser/<int>.0", "curl/7.<int>.0",
    "Mozilla/5.0 (Phone; OS 17_<int> like Desk) Engine/605.1", "crawler/2.<int> (+<url>)",
]
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class Lines:
    """Fills templates."""

    def __init__(self, generator):
        self.generator = generator
        self.address_pool = [self.address() for _ in range(12)]
        self.kinds = {
            "int": self.integer, "ints": lambda: self.several(self.integer, " "),
            "float": lambda: f"{self.integer()}.{self.digits(generator.randint(1, 3))}",
            "ip": self.known_address, "ipport": lambda: f"{self.known_address()}:{self.integer()}",
            "prefix": self.prefix, "mac": lambda: ":".join(self.hex(2) for _ in range(6)),
            "hex4": lambda: "0x" + self.hex(4), "hex8": lambda: self.hex(8),
            "hex16": lambda: self.hex(16), "block": self.block, "uuid": self.uuid,
            "letter": lambda: generator.choice("abcdefgh"), "word": self.word,
            "words": lambda: self.several(self.word, ", "), "user": lambda: self.often(USERS),
            "host": self.host, "file": self.file, "path": self.path, "url": self.url,
            "class": self.class_name, "interface": self.interface, "duration": self.duration,
            "size": self.size,
            "month": lambda: generator.choice(MONTHS), "day": lambda: str(generator.randint(1, 28)),
            "time": self.clock, "date": self.date,
            "error": lambda: self.fill(self.often(ERRORS)),
            "agent": lambda: self.fill(self.often(AGENTS)),
        }

    def fill(self, template):
        """Fills the slots, from the outer ones in."""
        filled = []
        place = 0
        while place < len(template):
            if self.opens(template, place):
                end = self.closing(template, place)
                filled.append(self.slot(template[place + 1:end]))
                place = end + 1
            else:
                filled.append(template[place])
                place += 1
        return "".join(filled)

    @staticmethod
    def opens(template, place):
        return template[place] == "<" and template[place + 1:place + 2] not in ("", "-", "=")

    def closing(self, template, place):
        depth = 0
        for at in range(place, len(template)):
            if self.opens(template, at):
                depth += 1
            elif template[at] == ">":
                depth -= 1
                if depth == 0:
                    return at
        raise ValueError(f"a slot without an end: {template}")

    def slot(self, inside):
        if "|" in inside:
            return self.fill(self.generator.choice(inside.split("|")))
        return self.kinds[inside]()

    # Kinds of slots.

    def often(self, values):
        """The first ones come more often."""
        rank = int(len(values) ** self.generator.random()) - 1
        return values[rank]

    def digits(self, count):
        return "".join(self.generator.choice("0123456789") for _ in range(count))

    def integer(self):
        return str(int(math.exp(self.generator.uniform(0, math.log(100_000)))))

    def several(self, make, separator):
        return separator.join(make() for _ in range(self.generator.randint(1, 5)))

    def hex(self, count):
        return "".join(self.generator.choice("0123456789abcdef") for _ in range(count))

    def address(self):
        return ".".join(str(self.generator.randint(1, 254)) for _ in range(4))

    def known_address(self):
        return self.often(self.address_pool) if self.generator.random() < 0.5 else self.address()

    def prefix(self):
        network = ".".join(str(self.generator.randint(1, 223)) for _ in range(3))
        return f"{network}.0/{self.generator.randint(16, 28)}"

    def block(self):
        return f"blk_{self.generator.choice(['', '-'])}{self.digits(19)}"

    def uuid(self):
        return "-".join(self.hex(count) for count in (8, 4, 4, 4, 12))

    def word(self):
        return self.generator.choice(WORDS)

    def host(self):
        if self.generator.random() < 0.5:
            return self.often(["mail", "db-1", "db-2", "cache-7", "edge-3"])
        return f"{self.word()}-{self.integer()}.{self.word()}.example"

    def file(self):
        return f"{self.word()}{self.generator.choice(['', '_' + self.digits(2)])}." \
            + self.generator.choice(["so", "log", "bin", "scala", "png"])

    def path(self):
        parts = [self.word() for _ in range(self.generator.randint(1, 4))]
        tail = self.generator.choice(["", f"/{self.file()}", f"/{self.integer()}"])
        return "/" + "/".join(parts) + tail

    def url(self):
        return f"https://{self.word()}.example{self.path()}"

    def class_name(self):
        return f"org.{self.word()}.{self.word()}.{self.word().capitalize()}Manager"

    def interface(self):
        return f"{self.generator.choice(['eth', 'ge-0/', 'xe-1/'])}{self.generator.randint(0, 9)}"

    def duration(self):
        unit = self.generator.choice([" ms", "ms", " s", "s"])
        return f"{self.integer()}{unit}"

    def size(self):
        return f"{self.integer()}.{self.digits(1)} {self.generator.choice(['KB', 'MB', 'GB'])}"

    def clock(self):
        return f"{self.generator.randint(0, 23):02}:{self.generator.randint(0, 59):02}:" \
            f"{self.generator.randint(0, 59):02}"

    def date(self):
        return f"2026-{self.generator.randint(1, 12):02}-{self.generator.randint(1, 28):02} " \
            + self.clock()


def read_set(name):
    """Returns the power, the header and the templates of a set."""
    power, header, templates = 1.0, "", []
    for line in (FOLDER / f"{name}.txt").read_text().splitlines():
        if line.startswith("# ") or not line:
            continue
        if not templates and line.startswith("zipf "):
            power = float(line.removeprefix("zipf "))
        elif not templates and line.startswith("header "):
            header = line.removeprefix("header ") + " "
        else:
            templates.append(line)
    return power, header, templates


def zipf(count, power, total):
    """So many whole numbers, falling, at least 1 each, of that sum."""
    low, high = 0.0, float(total)
    for _ in range(60):
        middle = (low + high) / 2
        counts = [max(1, int(middle / rank ** power)) for rank in range(1, count + 1)]
        low, high = (middle, high) if sum(counts) < total else (low, middle)
    counts = [max(1, int(low / rank ** power)) for rank in range(1, count + 1)]
    counts[0] += total - sum(counts)
    return counts


def account(number, identifier, accounts):
    if accounts == "each":
        return f"line-{number:06}"
    digest = hashlib.blake2b(identifier.encode(), digest_size=8).digest()
    return f"account-{int.from_bytes(digest, 'little') % int(accounts)}"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("set", nargs="?")
    parser.add_argument("lines_file", nargs="?")
    parser.add_argument("truth_file", nargs="?")
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--accounts", default="each", help="a number, or 'each'")
    parser.add_argument("--header", action="store_true")
    parser.add_argument("--list", action="store_true", help="print the names of the sets")
    options = parser.parse_args()
    if options.list:
        print("\n".join(sorted(path.stem for path in FOLDER.glob("*.txt"))))
        return
    if not options.truth_file:
        parser.error("a set and two files are needed")
    if options.accounts != "each" and not re.fullmatch("[1-9][0-9]*", options.accounts):
        parser.error("--accounts takes a number or 'each'")
    power, header, templates = read_set(options.set)
    # Strings seed the same way in every version of Python.
    generator = random.Random(f"{options.seed} {options.set}")
    generator.shuffle(templates)
    order = []
    for template, count in zip(templates, zipf(len(templates), power, options.lines)):
        order += [template] * count
    generator.shuffle(order)
    lines = Lines(generator)
    with open(options.lines_file, "w") as output, open(options.truth_file, "w") as truth:
        for number, template in enumerate(order):
            identifier = f"{options.set}-{number:06}"
            text = lines.fill(template)
            if options.header:
                text = lines.fill(header) + text
            record = {
                "id": identifier,
                "account": account(number, identifier, options.accounts),
                "time": 1_770_000_000 + number,
                "text": text,
            }
            output.write(json.dumps(record) + "\n")
            truth.write(json.dumps({"id": identifier, "template": template}) + "\n")


if __name__ == "__main__":
    main()
