#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A second, slow implementation of Sources/Chorus/Chorus.docc/Sketches.md, to test the first by.

    sketch_oracle.py < input.jsonl > output.jsonl
    sketch_oracle.py --check-folds

Written from that page and Tools/unicode/folds.tsv alone; it shares no code with the library. The
Unicode data is that of Debian's package unicode-data, version 15.0, in /usr/share/unicode.

A line of input is an object with text_hex, the bytes of a text as received, and perhaps plan, an
object with parameters that are not the standard ones. Each gives a line of output, all of them at
the end. Text keys and fingerprints are left out. With --check-folds the parts of folds.tsv that
need no skeletons are computed anew; the status is 1 when the table differs from them.
"""

import functools
import json
import pathlib
import sys
from typing import NamedTuple

UNICODE = pathlib.Path("/usr/share/unicode")
UNICODE_VERSION = "15.0.0"
FOLDS = pathlib.Path(__file__).resolve().parent.parent / "unicode" / "folds.tsv"

MASK32 = 2**32 - 1
MASK64 = 2**64 - 1

# The plan: parameter, standard value, range.
PLAN = {
    "shingle_width": (3, range(1, 17)),
    "lane_bits": (4, (4, 8)),
    "anchor_width": (4, range(2, 17)),
    "anchor_window": (1, range(1, 17)),
    "embedding_dimension": (128, (64, 128, 256, 512, 1024, 2048, 4096)),
    "seed": (0x43686F72757331, range(0, 2**64)),
}


# Mixing functions


def mix64(z):
    z = (z + 0x9E3779B97F4A7C15) & MASK64
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK64
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK64
    return z ^ (z >> 31)


def mix32(h):
    h = ((h ^ (h >> 16)) * 0x85EBCA6B) & MASK32
    h = ((h ^ (h >> 13)) * 0xC2B2AE35) & MASK32
    return h ^ (h >> 16)


# Unicode data


def lines_of(name):
    """The fields of each line of a data file, without comments."""
    with open(UNICODE / name, encoding="utf-8") as file:
        for line in file:
            line = line.partition("#")[0].strip()
            if line:
                yield [field.strip() for field in line.split(";")]


def code_points(text):
    """The range of `0041` or `0041..005A`."""
    first, _, last = text.partition("..")
    return range(int(first, 16), int(last or first, 16) + 1)


def with_property(name, *properties):
    """The code points that a data file gives one of the properties."""
    return {
        code_point
        for fields in lines_of(name)
        if fields[1] in properties
        for code_point in code_points(fields[0])
    }


def check_version():
    with open(UNICODE / "Scripts.txt", encoding="utf-8") as file:
        first = file.readline().strip()
    if first != "# Scripts-%s.txt" % UNICODE_VERSION:
        sys.exit("sketch_oracle.py: Unicode %s is needed, not %s" % (UNICODE_VERSION, first))


def unicode_data():
    """Of UnicodeData.txt: general categories, combining classes, canonical decompositions of one
    step, and values of decimal digits. Code points that are not assigned have the category Cn."""
    categories = ["Cn"] * 0x110000
    combining, decompositions, digits = {}, {}, {}
    with open(UNICODE / "UnicodeData.txt", encoding="ascii") as file:
        for line in file:
            fields = line.split(";")
            code_point, name, category = int(fields[0], 16), fields[1], fields[2]
            if name.endswith(", First>"):
                first = code_point
            elif name.endswith(", Last>"):
                categories[first : code_point + 1] = [category] * (code_point + 1 - first)
            categories[code_point] = category
            if fields[3] != "0":
                combining[code_point] = int(fields[3])
            if fields[5] and not fields[5].startswith("<"):
                decompositions[code_point] = [int(part, 16) for part in fields[5].split()]
            if category == "Nd":
                digits[code_point] = int(fields[6])
    return categories, combining, decompositions, digits


CATEGORIES, COMBINING, DECOMPOSITIONS, DIGITS = unicode_data()


def normalization_props():
    """Of DerivedNormalizationProps.txt: Full_Composition_Exclusion, and NFKC_CF as lists."""
    exclusions, casefolds = set(), {}
    for fields in lines_of("DerivedNormalizationProps.txt"):
        if fields[1] == "Full_Composition_Exclusion":
            exclusions.update(code_points(fields[0]))
        elif fields[1] == "NFKC_CF":
            mapped = [int(part, 16) for part in fields[2].split()]
            for code_point in code_points(fields[0]):
                casefolds[code_point] = mapped
    return exclusions, casefolds


EXCLUSIONS, CASEFOLDS = normalization_props()
COMPOSITIONS = {
    tuple(parts): code_point
    for code_point, parts in DECOMPOSITIONS.items()
    if len(parts) == 2 and code_point not in EXCLUSIONS
}


def scripts(*names):
    """The script of each code point that has one of the names by Scripts.txt."""
    return {
        code_point: fields[1]
        for fields in lines_of("Scripts.txt")
        if fields[1] in names
        for code_point in code_points(fields[0])
    }


# NFC: canonical decomposition, ordering and composition (Unicode Standard, section 3.11)

HANGUL_S, HANGUL_L, HANGUL_V, HANGUL_T = 0xAC00, 0x1100, 0x1161, 0x11A7
HANGUL_L_COUNT, HANGUL_V_COUNT, HANGUL_T_COUNT = 19, 21, 28
HANGUL_S_COUNT = HANGUL_L_COUNT * HANGUL_V_COUNT * HANGUL_T_COUNT


def decompose_hangul(syllable):
    lead_vowel, trail = divmod(syllable - HANGUL_S, HANGUL_T_COUNT)
    lead, vowel = divmod(lead_vowel, HANGUL_V_COUNT)
    parts = [HANGUL_L + lead, HANGUL_V + vowel]
    return parts + [HANGUL_T + trail] if trail else parts


def decompose(code_point):
    """The full canonical decomposition of a code point."""
    if HANGUL_S <= code_point < HANGUL_S + HANGUL_S_COUNT:
        return decompose_hangul(code_point)
    if code_point not in DECOMPOSITIONS:
        return [code_point]
    return [last for part in DECOMPOSITIONS[code_point] for last in decompose(part)]


def combining_class(code_point):
    return COMBINING.get(code_point, 0)


def order(sequence):
    """Sorts each run of code points that are no starters by combining class."""
    ordered, run = [], []
    for code_point in sequence:
        if combining_class(code_point) == 0:
            ordered += sorted(run, key=combining_class)
            ordered.append(code_point)
            run = []
        else:
            run.append(code_point)
    return ordered + sorted(run, key=combining_class)


def compose_pair(first, second):
    """The primary composite of two code points, or None."""
    lead, vowel = first - HANGUL_L, second - HANGUL_V
    if 0 <= lead < HANGUL_L_COUNT and 0 <= vowel < HANGUL_V_COUNT:
        return HANGUL_S + (lead * HANGUL_V_COUNT + vowel) * HANGUL_T_COUNT
    syllable, trail = first - HANGUL_S, second - HANGUL_T
    if 0 <= syllable < HANGUL_S_COUNT and syllable % HANGUL_T_COUNT == 0:
        if 0 < trail < HANGUL_T_COUNT:
            return first + trail
    return COMPOSITIONS.get((first, second))


def compose(sequence):
    composed = []
    starter = None  # the index of the last starter in what is composed
    for code_point in sequence:
        own_class = combining_class(code_point)
        if starter is not None:
            # Classes do not fall within a run, so the last code point blocks if any does.
            is_next = starter == len(composed) - 1
            if is_next or combining_class(composed[-1]) < own_class:
                composite = compose_pair(composed[starter], code_point)
                if composite is not None:
                    composed[starter] = composite
                    continue
        if own_class == 0:
            starter = len(composed)
        composed.append(code_point)
    return composed


def nfc(sequence):
    return compose(order([part for code_point in sequence for part in decompose(code_point)]))


# Normaliser

CONTINUATION = range(0x80, 0xC0)


def continuations(lead):
    """What may follow a first byte, by table 3-7 of the Unicode Standard; None for no lead."""
    if lead < 0x80:
        return []
    if 0xC2 <= lead <= 0xDF:
        return [CONTINUATION]
    if 0xE0 <= lead <= 0xEF:
        second = {0xE0: range(0xA0, 0xC0), 0xED: range(0x80, 0xA0)}.get(lead, CONTINUATION)
        return [second, CONTINUATION]
    if 0xF0 <= lead <= 0xF4:
        second = {0xF0: range(0x90, 0xC0), 0xF4: range(0x80, 0x90)}.get(lead, CONTINUATION)
        return [second, CONTINUATION, CONTINUATION]
    return None


def beginning_at(data, start):
    """The length of the longest beginning of a code point at an offset, and if it is whole."""
    following = continuations(data[start])
    if following is None:
        return 1, False
    for count, allowed in enumerate(following, 1):
        if start + count == len(data) or data[start + count] not in allowed:
            return count, False
    return 1 + len(following), True


def well_formed_parts(data):
    """The well-formed parts of the bytes, as strings; maximal subparts stand between them."""
    parts, part_start, at = [], 0, 0
    while at < len(data):
        length, is_whole = beginning_at(data, at)
        if not is_whole:
            parts.append(data[part_start:at].decode("utf-8"))
            part_start = at + length
        at += length
    return parts + [data[part_start:].decode("utf-8")]


def nfkc_casefold(sequence):
    """toNFKC_Casefold (Unicode Standard, section 3.13, R5)."""
    return nfc([part for c in sequence for part in CASEFOLDS.get(c, [c])])


def normalise(data):
    """The normalised text, and the number of U+FFFD that stand for ill-formed sequences."""
    parts = well_formed_parts(data)
    normalised = ["".join(map(chr, nfkc_casefold(map(ord, part)))) for part in parts]
    return "\uFFFD".join(normalised), len(parts) - 1


# Tokeniser

NEWLINE, MARK, SINGLE, WORD, SEPARATOR = "newline", "mark", "single", "word", "separator"

NEWLINES = {0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029}
MARKS = {"Mn", "Mc", "Me"}
LETTERS = {"Lu", "Ll", "Lt", "Lm", "Lo"}
NUMBERS = {"Nd", "Nl", "No"}
SYMBOLS = {"So", "Sk"}

# The scripts without spaces, by the name in Scripts.txt and in ScriptExtensions.txt.
WITHOUT_SPACES = {
    "Han": "Hani",
    "Hiragana": "Hira",
    "Katakana": "Kana",
    "Bopomofo": "Bopo",
    "Thai": "Thai",
    "Lao": "Laoo",
    "Khmer": "Khmr",
    "Myanmar": "Mymr",
    "Tai_Tham": "Lana",
    "New_Tai_Lue": "Talu",
    "Tai_Le": "Tale",
    "Tai_Viet": "Tavt",
    "Javanese": "Java",
    "Balinese": "Bali",
    "Yi": "Yiii",
    "Tangut": "Tang",
    "Nushu": "Nshu",
}


@functools.lru_cache(maxsize=None)
def of_scripts_without_spaces():
    """The code points whose Script_Extensions have a script without spaces."""
    members = set(scripts(*WITHOUT_SPACES))
    for fields in lines_of("ScriptExtensions.txt"):
        has_one = not set(WITHOUT_SPACES.values()).isdisjoint(fields[1].split())
        for code_point in code_points(fields[0]):
            (members.add if has_one else members.discard)(code_point)
    return members


@functools.lru_cache(maxsize=None)
def emoji():
    """Extended_Pictographic, Emoji_Modifier and the regional indicators, ASCII too."""
    emoji_data = "emoji/emoji-data.txt"
    pictographs = with_property(emoji_data, "Extended_Pictographic", "Emoji_Modifier")
    return pictographs | with_property("PropList.txt", "Regional_Indicator")


@functools.lru_cache(maxsize=None)
def class_of(code_point):
    """The class of a code point: the rules in the order of the table."""
    category = CATEGORIES[code_point]
    if code_point in NEWLINES:
        return NEWLINE
    if category in MARKS:
        return MARK
    if category in LETTERS or category == "Nl":
        return SINGLE if code_point in of_scripts_without_spaces() else WORD
    if category in NUMBERS:
        return WORD
    if code_point >= 0x80 and (category in SYMBOLS or code_point in emoji()):
        return SINGLE
    return SEPARATOR


class Span(NamedTuple):
    """A token by the indices of its code points in the normalised text."""

    start: int
    end: int
    starts_line: bool
    is_character: bool


def spans_by_class(code_points_of_text):
    spans, at, new_line = [], 0, True
    while at < len(code_points_of_text):
        own_class = class_of(code_points_of_text[at])
        start = at
        at += 1
        if own_class == NEWLINE:
            new_line = True
        if own_class not in (WORD, SINGLE):
            continue
        following = (WORD, MARK) if own_class == WORD else (MARK,)
        while at < len(code_points_of_text) and class_of(code_points_of_text[at]) in following:
            at += 1
        spans.append(Span(start, at, new_line, own_class == SINGLE))
        new_line = False
    return spans


def spans_without_class(code_points_of_text):
    """The tokens of a text that has none by the classes."""
    spans, new_line = [], True
    for at, code_point in enumerate(code_points_of_text):
        if code_point in (0x0A, 0x0D):
            new_line = True
        if code_point > 0x20 and code_point != 0x7F:
            spans.append(Span(at, at + 1, new_line, True))
            new_line = False
    return spans


# Token hash


@functools.lru_cache(maxsize=None)
def folds():
    """The table of folds: a code point, and the one that stands for it, or None."""
    table = {}
    with open(FOLDS, encoding="ascii") as file:
        for line in file:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                code_point, target = line.split("\t")
                table[int(code_point, 16)] = int(target, 16) if target else None
    return table


def fold_token(text):
    folded = (folds().get(code_point, code_point) for code_point in map(ord, text))
    return "".join(chr(code_point) for code_point in folded if code_point is not None)


def words_of_eight(data):
    return [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data), 8)]


def token_hash(folded):
    words = words_of_eight(folded.encode("utf-8"))
    words += [0] * (2 - len(words))
    more = 0
    for word in words[2:]:
        more = ((more ^ word) * 0xA0761D6478BD642F) & MASK64
        more ^= more >> 32
    h = (words[0] * 0x9E3779B97F4A7C15 + words[1] * 0xD6E8FEB86659FD93 + more) & MASK64
    h = ((h ^ (h >> 32)) * 0xE7037ED1A0B428DB) & MASK64
    return h ^ (h >> 29)


class Token(NamedTuple):
    start: int  # in bytes of the normalised text, as end
    end: int
    starts_line: bool
    is_character: bool
    folded: str
    hash: int


def byte_offsets(text):
    """The offset in UTF-8 of each code point of a text, and that of its end."""
    offsets = [0]
    for character in text:
        offsets.append(offsets[-1] + len(character.encode("utf-8")))
    return offsets


def tokenise(text):
    code_points_of_text = [ord(character) for character in text]
    spans = spans_by_class(code_points_of_text) or spans_without_class(code_points_of_text)
    offsets = byte_offsets(text)
    tokens = []
    for span in spans:
        folded = fold_token(text[span.start : span.end])
        start, end = offsets[span.start], offsets[span.end]
        tokens.append(
            Token(start, end, span.starts_line, span.is_character, folded, token_hash(folded))
        )
    return tokens


# Runs of tokens


def run_from(tokens, first, width):
    """The run of a width from a token, or None. A word counts five fifths, a character three."""
    fifths = 0
    for end in range(first, len(tokens)):
        fifths += 3 if tokens[end].is_character else 5
        if fifths >= 5 * width:
            return tokens[first : end + 1]
    return None


def runs_by_token(tokens, width):
    """The runs of a width, by the index of the token that they are from."""
    runs = {}
    for first in range(len(tokens)):
        run = run_from(tokens, first, width)
        if run is not None:
            runs[first] = run
    if not runs and tokens:
        runs[0] = tokens
    return runs


def sum_of_run(run, start):
    total = start
    for token in run:
        total = (total * 0xD6E8FEB86659FD93 + token.hash) & MASK64
    return total


def hash_of_run(run, seed):
    return mix64(sum_of_run(run, seed))


# Shingles, lanes, signature and band keys


def shingle_set(tokens, plan):
    runs = runs_by_token(tokens, plan["shingle_width"]).values()
    return {max(1, hash_of_run(run, plan["seed"]) >> 32) for run in runs}


@functools.lru_cache(maxsize=None)
def multipliers(seed):
    return [
        mix64((seed + j * 0x9E3779B97F4A7C15) & MASK64) & MASK32 | 1
        for j in range(128)
    ]


def lanes(elements, seed):
    return [min(((a * x) & MASK32 for x in elements), default=MASK32) for a in multipliers(seed)]


def mixed_lanes(lane):
    return [mix32((lane[j] + j * 0x9E3779B9) & MASK32) for j in range(128)]


def signature(mixed, lane_bits):
    if lane_bits == 8:
        return bytes(m & 255 for m in mixed)
    return bytes(mixed[2 * i] & 15 | (mixed[2 * i + 1] & 15) << 4 for i in range(64))


def band_keys(mixed):
    return [
        int.from_bytes(bytes(m >> 24 for m in mixed[4 * b : 4 * b + 4]), "big")
        for b in range(16)
    ]


# Anchors

HEAD, TAIL, LINE = 1, 2, 3


def body_anchors(tokens, plan, flipped_seed):
    runs = runs_by_token(tokens, plan["anchor_width"])
    by_token = {first: hash_of_run(run, flipped_seed) >> 25 for first, run in runs.items()}
    ordered = [by_token[first] for first in sorted(by_token)]
    window = plan["anchor_window"]
    anchors = {min(ordered[i : i + window]) for i in range(len(ordered) - window + 1)}
    anchors.update(ordered[: window - 1])
    anchors.update(ordered[max(0, len(ordered) - (window - 1)) :])
    anchors.update(by_token[i] for i in by_token if tokens[i].starts_line)
    return anchors


def placed_runs(tokens):
    """The place and the tokens of each placed anchor."""
    count = len(tokens)
    for c in (1, 2, 4, 6):
        if c <= count:
            yield HEAD, tokens[:c]
            yield TAIL, tokens[count - c :]
    for first in range(count):
        for c in (2, 4):
            if tokens[first].starts_line and first + c <= count:
                yield LINE, tokens[first : first + c]


def placed_anchor(place, run, flipped_seed):
    salt = (flipped_seed + (16 * place + len(run)) * 0x9E3779B97F4A7C15) & MASK64
    return (1 << 39) + (mix64(sum_of_run(run, 0) ^ salt) >> 25)


def anchors(tokens, plan):
    flipped_seed = plan["seed"] ^ MASK64
    placed = {placed_anchor(place, run, flipped_seed) for place, run in placed_runs(tokens)}
    return body_anchors(tokens, plan, flipped_seed) | placed


# Embedding


def letter_features(folded, seed):
    padded = [0x20] + [ord(character) for character in folded] + [0x20]
    for a, b, c in zip(padded, padded[1:], padded[2:]):
        yield mix64(((a | b << 21 | c << 42) + seed + 0xC2B2AE3D27D4EB4F) & MASK64)


def features(tokens, seed):
    """All features of a text, with their weights."""
    for i, token in enumerate(tokens):
        yield 2, mix64((token.hash + seed) & MASK64)
        if i > 0:
            before = tokens[i - 1].hash + seed + 0x9FB21C651E98DF25
            yield 2, mix64((before * 0xD6E8FEB86659FD93 + token.hash) & MASK64)
        for feature in letter_features(token.folded, seed):
            yield 1, feature


def feature_sums(tokens, plan):
    dimension = plan["embedding_dimension"]
    sums = [0] * dimension
    for weight, feature in features(tokens, plan["seed"]):
        sums[feature % dimension] += -weight if feature >> 63 else weight
    return sums


def embedding(tokens, plan):
    sums = feature_sums(tokens, plan)
    greatest = max(map(abs, sums))
    if greatest == 0:
        return sums
    ratio = (127 << 32) // greatest
    magnitudes = [(abs(s) * ratio + 2**31) >> 32 for s in sums]
    return [-m if s < 0 else m for s, m in zip(sums, magnitudes)]


# A text's numbers


def plan_of(changes):
    plan = {name: standard for name, (standard, _) in PLAN.items()}
    for name, value in changes.items():
        if name not in PLAN or value not in PLAN[name][1]:
            raise ValueError("no such plan: %s = %r" % (name, value))
        plan[name] = value
    return plan


def sketch(data, plan):
    """All that the page derives from the bytes of a text."""
    text, replaced = normalise(data)
    tokens = tokenise(text)
    elements = shingle_set(tokens, plan)
    mixed = mixed_lanes(lanes(elements, plan["seed"]))
    return {
        "normalised": text.encode("utf-8").hex(),
        "replaced": replaced,
        "tokens": [
            [t.start, t.end, t.starts_line, t.is_character, "%016x" % t.hash] for t in tokens
        ],
        "shingle_set": sorted(elements),
        "signature": signature(mixed, plan["lane_bits"]).hex(),
        "band_keys": band_keys(mixed),
        "anchors": sorted(anchors(tokens, plan)),
        "embedding": embedding(tokens, plan),
    }


def sketch_line(line):
    request = json.loads(line)
    plan = plan_of(request.get("plan") or {})
    return json.dumps(sketch(bytes.fromhex(request["text_hex"]), plan))


# Check of the folds

ACCENT_SCRIPTS = ("Inherited", "Hebrew", "Arabic", "Syriac")
BASE_SCRIPTS = ("Latin", "Greek", "Cyrillic")
VOICED_SOUND_MARKS = (0x3099, 0x309A)


class Rules:
    """The rules of the page for folds, as far as they need no skeletons."""

    def __init__(self):
        self.script = scripts(*ACCENT_SCRIPTS, *BASE_SCRIPTS)

    def is_silent(self, code_point):
        return (
            CATEGORIES[code_point] == "Mn"
            and self.script.get(code_point) in ACCENT_SCRIPTS
            and code_point not in VOICED_SOUND_MARKS
        )

    def base_of(self, code_point):
        """The base of an accented letter of class word, or None."""
        if CATEGORIES[code_point] not in LETTERS or class_of(code_point) != WORD:
            return None
        base, *marks = decompose(code_point)
        if CATEGORIES[base] not in LETTERS or self.script.get(base) not in BASE_SCRIPTS:
            return None
        return base if marks and all(map(self.is_silent, marks)) else None

    def fold(self, code_point):
        """What the table must have, as a tuple for a code point that must be in it."""
        if self.is_silent(code_point):
            return (None,)
        if code_point in DIGITS:
            return (ord("0") + DIGITS[code_point],)
        base = self.base_of(code_point)
        if base is None:
            return ()
        # The base may have a look-alike, which needs skeletons; so the table is asked for it.
        return (base if base < 0x80 else folds().get(base, base),)

    def may_look_like(self, code_point, target):
        """Whether a fold that no other rule gives could be one to a look-alike."""
        is_letter = CATEGORIES[code_point] in LETTERS and class_of(code_point) == WORD
        return is_letter and target is not None and chr(target) in (
            "abcdefghijklmnopqrstuvwxyz0123456789"
        )


def left_alone(code_point):
    return nfkc_casefold([code_point]) == [code_point]


def show(code_point):
    return "nothing" if code_point is None else "U+%04X" % code_point


def fold_differences():
    rules, table = Rules(), folds()
    for code_point in range(0x110000):
        if CATEGORIES[code_point] in ("Cn", "Cs", "Co") and code_point not in table:
            continue
        is_folded = code_point in table
        target = table.get(code_point)
        if code_point < 0x80 or not left_alone(code_point):
            if is_folded:
                reason = "ASCII" if code_point < 0x80 else "not left alone by NFKC_Casefold"
                yield "%s is in the table but %s" % (show(code_point), reason)
            continue
        expected = rules.fold(code_point)
        actual = (target,) if is_folded else ()
        if expected and actual != expected:
            has = "has " + show(target) if is_folded else "lacks it"
            yield "%s folds to %s; the table %s" % (show(code_point), show(expected[0]), has)
        elif not expected and is_folded and not rules.may_look_like(code_point, target):
            yield "%s has %s by no rule" % (show(code_point), show(target))


def check_folds():
    differences = list(fold_differences())
    for difference in differences:
        print(difference)
    return 1 if differences else 0


def main(arguments):
    check_version()
    if arguments == ["--check-folds"]:
        return check_folds()
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    output = [sketch_line(line) for line in sys.stdin]
    sys.stdout.write("".join(line + "\n" for line in output))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
