#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How well the sketches of disguised prompts agree with those of the originals.

    measure.py --chorus .build/release/chorus [--corpus DIR] [--prompts N] [--json]

Takes prompts by language from the *.jsonl.zst files of a folder (objects with "text" and "lang"),
disguises each in a way that a script could, sketches both with 'chorus sketch', and prints the mean
similarity that the signatures say, by language and disguise. The disguises:

case, spacing, zero width, homoglyphs, nonce, punctuation: what the first scripts do, in English
    prompts' letters; the homoglyphs are Cyrillic for Latin letters.
mixed: letters replaced by look-alikes of another script, whichever letters have one: Greek, Cyrillic
    and Armenian for Latin, Latin for Cyrillic and Greek; full-width forms and mathematical letters.
marks: an accent put on every tenth letter, which a reader sees through.
width: ASCII in full-width forms.
invisible: soft hyphens, variation selectors, bidirectional controls and tags among the letters.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import statistics
import subprocess
import tempfile

CYRILLIC = {"a": "\u0430", "e": "\u0435", "o": "\u043e", "p": "\u0440", "c": "\u0441",
            "x": "\u0445", "i": "\u0456"}
LOOK_ALIKES = [
    ("Aa", "\u0410\u0430\u0391\u03b1"), ("Bb", "\u0412\u0392"), ("Cc", "\u0421\u0441\u03f2"),
    ("dd", "\u0501"), ("Ee", "\u0415\u0435\u0395"), ("Hh", "\u041d\u0397\u04bb"),
    ("Ii", "\u0406\u0456\u0399\u03b9"), ("Jj", "\u0408\u0458"), ("Kk", "\u041a\u039a\u03ba"),
    ("Mm", "\u041c\u039c"), ("Oo", "\u041e\u043e\u039f\u03bf\u0585"), ("Pp", "\u0420\u0440\u03a1"),
    ("qq", "\u051b"), ("Ss", "\u0405\u0455"), ("Tt", "\u0422\u03a4"), ("uu", "\u057d"),
    ("vv", "\u03bd\u0475"), ("ww", "\u051d"), ("Xx", "\u0425\u0445\u03a7"),
    ("yy", "\u0443\u04af"), ("Zz", "\u0396"), ("gg", "\u0581"), ("nn", "\u0578"),
]
NONCE = "abcdefghijklmnopqrstuvwxyz0123456789"
INVISIBLE = "\u00ad\ufe0f\u202a\u202c\U000e0041\u2063\u180e"


def look_alike_table():
    """Maps each letter to letters of other scripts that look like it."""
    table = collections.defaultdict(list)
    for latin, others in LOOK_ALIKES:
        for other in others:
            is_upper = other.isupper()
            letter = latin[0] if is_upper else latin[1]
            if letter.isupper() != is_upper and letter.isalpha():
                continue
            table[letter].append(other)
            table[other].append(letter)
    return table


MIXED = look_alike_table()


def fancy(rng, character):
    if not (character.isascii() and character.isalpha()):
        return None
    base = rng.choice([0xFF21, 0x1D400, 0x1D5A0])
    offset = ord(character.lower()) - ord("a")
    if base == 0xFF21:
        return chr(base + offset + (0 if character.isupper() else 0x20))
    return chr(base + offset + (0 if character.isupper() else 26))


def mixed(rng, text):
    made = []
    for character in text:
        choices = MIXED.get(character, [])
        if choices and rng.random() < 0.2:
            made.append(rng.choice(choices))
        elif rng.random() < 0.03 and (other := fancy(rng, character)):
            made.append(other)
        else:
            made.append(character)
    return "".join(made)


def nonce(rng, text):
    made = "".join(rng.choices(NONCE, k=rng.randint(6, 16)))
    return rng.choice([f"[{made}] {text}", f"{text}\n\nref: {made}", f"{made}\n{text}"])


def sprinkle(rng, text, characters, share):
    return "".join(c + (rng.choice(characters) if rng.random() < share else "") for c in text)


def spacing(rng, text):
    return "".join(c if c != " " else rng.choice([" ", "  ", "\t", " \n", "\u00a0"]) for c in text)


def punctuation(rng, text):
    return "".join(
        c if c not in ".,;:" else rng.choice([c, c, " " + c, c + c, ""]) for c in text)


def accents(rng, text):
    return "".join(
        c + (rng.choice("\u0301\u0300\u0302\u0316\u0334") if c.isalpha() and rng.random() < 0.1
             and ord(c) < 0x530 else "") for c in text)


def full_width(rng, text):
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


DISGUISES = {
    "case": lambda rng, text: rng.choice([str.upper, str.lower, str.title, str.swapcase])(text),
    "spacing": spacing,
    "zero width": lambda rng, text: sprinkle(rng, text, "\u200b\u200c\u200d\u2060", 0.08),
    "homoglyphs": lambda rng, text: "".join(
        CYRILLIC.get(c, c) if rng.random() < 0.15 else c for c in text),
    "nonce": nonce,
    "punctuation": punctuation,
    "mixed": mixed,
    "marks": accents,
    "width": full_width,
    "invisible": lambda rng, text: sprinkle(rng, text, INVISIBLE, 0.1),
}


def prompts_by_language(folder, most, generator):
    by_language = collections.defaultdict(dict)
    for path in sorted(pathlib.Path(folder).glob("*.jsonl.zst")):
        run = subprocess.run(["zstd", "-dc", path], stdout=subprocess.PIPE, check=True)
        for line in run.stdout.splitlines():
            record = json.loads(line)
            text = record["text"]
            if not any(0xD800 <= ord(c) < 0xE000 for c in text) and len(text) <= 20000:
                by_language[record.get("lang") or "?"][text] = None
    return {
        language: generator.sample(list(texts), min(most, len(texts)))
        for language, texts in by_language.items() if len(texts) >= 20}


def sketches(chorus, texts):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for number, text in enumerate(texts):
            record = {"id": str(number), "account": "a", "time": 0, "text": text}
            file.write(json.dumps(record) + "\n")
        file.flush()
        run = subprocess.run(
            [chorus, "sketch", "--parts", "signature,anchors", file.name],
            stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in run.stdout.splitlines()]


def similarity(lhs, rhs):
    """The unbiased estimate from signatures of four bits a lane; 1 for equal ones."""
    agreeing = sum(a == b for a, b in zip(lhs["signature"], rhs["signature"]))
    return (agreeing / 128 - 1 / 16) / (15 / 16)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chorus", required=True, metavar="PATH", help="the program chorus")
    parser.add_argument("--corpus", required=True, metavar="DIR", help="*.jsonl.zst with texts")
    parser.add_argument("--prompts", type=int, default=300, metavar="N", help="a language")
    parser.add_argument("--json", action="store_true", help="one JSON object a language")
    arguments = parser.parse_args()
    generator = random.Random(11)
    by_language = prompts_by_language(arguments.corpus, arguments.prompts, generator)
    names = list(DISGUISES)
    if not arguments.json:
        print("lang  prompts  words  " + "  ".join(f"{name:>11}" for name in names))
    for language in sorted(by_language, key=lambda name: -len(by_language[name])):
        texts = by_language[language]
        plain = sketches(arguments.chorus, texts)
        row = {}
        for name in names:
            disguised = sketches(
                arguments.chorus, [DISGUISES[name](generator, text) for text in texts])
            row[name] = statistics.mean(map(similarity, plain, disguised))
            if name == "nonce":
                longer = [similarity(a, b) for a, b in zip(plain, disguised) if a["tokens"] > 20]
                row["nonce, over 20 words"] = statistics.mean(longer) if longer else None
        words = statistics.median(sketch["tokens"] for sketch in plain)
        if arguments.json:
            print(json.dumps({"lang": language, "prompts": len(texts), "words": words, **row}))
        else:
            print(f"{language:4}  {len(texts):7}  {words:5.0f}  "
                  + "  ".join(f"{row[name]:11.3f}" for name in names))


if __name__ == "__main__":
    main()
