#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes one labelled stream of traffic: ordinary prompts, look-alikes, and one slow campaign.

    generate.py OUT_DIR --accounts A --days D --camouflage C [--prompts-per-account-day 3]
        [--templates 4] [--rate all|campaign] [--load robin|random|people] [--hours flat|people]
        [--hand-over DAYS] [--hard] [--ordinary 20000] [--people 2000] [--seed N]

Writes

    OUT_DIR/traffic.jsonl   id, account, time, text: what a detector may see
    OUT_DIR/truth.jsonl     account, kind, campaign: the campaign's name, or null for the innocent
    OUT_DIR/labels.jsonl    id, template: the name of the template that a prompt was cut from

The campaign: A accounts (none with 0) take turns, in a new order each round, day and night. With
'--rate all', which is the default, an account sends R prompts a day in all, of which the share C is
ordinary; with '--rate campaign' it sends R of the campaign and the ordinary ones come on top.
With '--hand-over H' an account is used for H days, and another takes its place. '--load' and
'--hours' let it hide: accounts drawn at random, or some busy and some not, and awake by day.

The ordinary traffic: the accounts are busy as a log-normal law has it, each has a time zone and
habits, writes in sessions and sleeps. The look-alikes are innocent: public templates that unrelated
accounts use, wrappers that a library adds for its customers, teams that share templates in office
hours, customers with a batch. '--hard' adds look-alikes that break a null model: a class of
students who all do the same exercises, a team from all over the world, people whose tool runs once
a day, newcomers with a tutorial, a service of one firm for its tenants. Words are made of syllables
and have Zipf's law; sentences often begin with one of a few set phrases.
"""
import argparse
import datetime
import itertools
import json
import math
import pathlib
import random

START = 1776816000  # 2026-04-22, a Wednesday
DAY = 86400
ZONES = {-8: 12, -6: 12, -5: 20, -3: 5, 0: 12, 1: 20, 2: 6, 5.5: 8, 8: 5, 9: 5}
KINDS = ["ordinary", "public", "sdk", "team", "batch", "class", "worldwide", "tutorial", "digest",
         "service"]


class Prose:
    """Text over words made of syllables."""

    def __init__(self, rng, count=8000):
        self.rng = rng
        syllables = [c + v for c in "b ch d f g h j k l m n p r s st t tr v w z".split() for v in
                     "a e i o u ai en or".split()]
        words = {}
        while len(words) < count:
            words["".join(rng.choices(syllables, k=rng.choice([1, 2, 2, 3, 3, 4])))] = None
        # The commonest are the shortest, as in any language.
        self.words = sorted(words, key=lambda word: len(word) + 3 * rng.random())
        self.weights = list(itertools.accumulate(1 / (rank + 3) for rank in range(count)))
        common = self.words[:150]
        self.phrases = [" ".join(rng.choices(common, k=rng.choice([2, 2, 3, 3, 4])))
                        for _ in range(60)]
        self.phrase_weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(60)))

    def some(self, count):
        return self.rng.choices(self.words, cum_weights=self.weights, k=count)

    def sentence(self, count):
        words = self.some(count)
        if self.rng.random() < 0.3:
            words.insert(0, self.rng.choices(self.phrases, cum_weights=self.phrase_weights)[0])
        if count > 9:
            words[count // 2] += ","
        return " ".join(words).capitalize() + self.rng.choice(["."] * 7 + ["?"] * 2 + ["!"])

    def prompt(self):
        """About 30 words, few or many."""
        left = max(3, min(400, round(self.rng.lognormvariate(3.3, 0.8))))
        parts = []
        while left > 0:
            size = min(left, self.rng.randint(4, 18))
            parts.append(self.sentence(size))
            left -= size
        return " ".join(parts)

    def template(self, fewest=12, most=60):
        """Fixed words with one to three slots: strings and sizes of slots."""
        fixed = self.rng.randint(fewest, most)
        slots = self.rng.randint(1, 3)
        cuts = sorted(self.rng.sample(range(3, fixed), slots))
        parts = []
        for first, last in zip([0] + cuts, cuts + [fixed]):
            if parts:
                parts.append(self.rng.choice([(1, 4), (5, 20), (10, 60)]))
            # Instructions are not made of the commonest words alone.
            words = [self.rng.choice(self.words[:1500]) if self.rng.random() < 0.3 else word
                     for word in self.some(last - first)]
            parts.append(" ".join(words).capitalize())
        return parts

    def fill(self, template):
        text = []
        for part in template:
            if isinstance(part, str):
                text.append(part)
            else:
                size = self.rng.randint(*part)
                text.append(" ".join(self.some(size)) if size < 5 else self.sentence(size))
        return "\n".join(text)


class Person:
    """An account with a time zone and habits."""

    def __init__(self, rng, name, zone=None):
        self.rng = rng
        self.name = name
        self.zone = zone if zone is not None else rng.choices(list(ZONES), ZONES.values())[0]
        self.noon = rng.gauss(14.5, 1.5)
        self.width = rng.uniform(2.5, 4.5)

    def hour(self):
        """An hour of the local day at which a person writes."""
        return self.rng.gauss(self.noon, self.width)

    def office_hour(self):
        return self.rng.choice([self.rng.uniform(9, 12.5), self.rng.uniform(13, 17.5)])

    def times(self, count, days, office=False):
        """Times of so many prompts: sessions with minutes between prompts."""
        times = []
        while len(times) < count:
            day = self.rng.randrange(days)
            weekend = (datetime.date(2026, 4, 22).weekday() + day) % 7 >= 5
            if weekend and self.rng.random() < (1 if office and days > 4 else 0.5):
                continue
            hour = self.office_hour() if office else self.hour()
            moment = day * DAY + (hour - self.zone) * 3600
            for _ in range(min(count - len(times), 1 + int(self.rng.expovariate(0.6)))):
                # What falls off an end of the stream comes in at the other: each day is whole.
                times.append(START + moment % (days * DAY))
                moment += 20 + self.rng.expovariate(1 / 180)
        return times


class Stream:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.prose = Prose(random.Random(seed + 1))
        self.rows = []
        self.kinds = {}

    def person(self, zone=None):
        return Person(self.rng, f"acct-{self.rng.getrandbits(48):012x}", zone)

    def add(self, person, time, text, template=None, kind="ordinary"):
        self.rows.append((time, person.name, text, template))
        if KINDS.index(kind) >= KINDS.index(self.kinds.get(person.name, "ordinary")):
            self.kinds[person.name] = kind

    def counts(self, total, weights):
        """So many prompts drawn by weights, at least one each while there are enough."""
        counts = [1] * len(weights)
        extra = max(0, total - len(weights))
        for place in self.rng.choices(range(len(weights)), weights, k=extra):
            counts[place] += 1
        return counts

    def group(self, people, total, templates, days, kind, spread, office=False):
        """People who use templates, some much and some little."""
        weights = [self.rng.lognormvariate(0, spread) for _ in people]
        for person, count in zip(people, self.counts(total, weights)):
            for time in person.times(count, days, office):
                name = self.rng.choice(list(templates))
                self.add(person, time, self.prose.fill(templates[name]), name, kind)

    def templates(self, name, count, fewest=12, most=60):
        return {f"{name}-{i}": self.prose.template(fewest, most) for i in range(count)}


def ordinary(stream, people_count, total, days):
    rng = stream.rng
    people = [stream.person() for _ in range(people_count)]
    weights = [rng.lognormvariate(0, 1.4) for _ in people]
    first = len(stream.rows)
    scale = total / 20000
    for i in range(6):
        crowd = {p.name: p for p in rng.choices(people, weights, k=rng.randint(60, 120))}
        count = len(crowd) + round(120 * scale)
        stream.group(list(crowd.values()), count, stream.templates(f"public-{i}", 1), days,
                     "public", 1.3)
    for i in range(2):
        crowd = rng.sample(people, min(250, people_count))
        stream.group(crowd, round(600 * scale), stream.templates(f"sdk-{i}", 1, 30), days, "sdk", 1)
    rest = people[:]
    for i, size in enumerate([12, 16, 24]):
        zone = rng.choice(list(ZONES))
        team, rest = rest[:size], rest[size:]
        for person in team:
            person.zone = zone
        stream.group(team, round(15 * size * scale), stream.templates(f"team-{i}", 4), days, "team",
                     0.9, office=True)
    for i in range(4):
        template = stream.templates(f"batch-{i}", 1)
        stream.group([rest.pop()], round(150 * scale), template, days, "batch", 0)
    left = max(0, total - (len(stream.rows) - first))
    for person, count in zip(people, stream.counts(left, weights)):
        for time in person.times(count, days):
            stream.add(person, time, stream.prose.prompt())
    return people


def hard(stream, people, days):
    """Innocent groups that break a null model: even load, all hours, or both."""
    rng = stream.rng
    # Each student does each exercise of the week, in the evening.
    students = rng.sample(people, 30)
    exercises = stream.templates("class", 5)
    for person in students:
        for name, template in exercises.items():
            count = 1 + (rng.random() < 0.3)
            for time in person.times(count, days):
                stream.add(person, time, stream.prose.fill(template), name, "class")
    team = rng.sample([p for p in people if p not in students], 40)
    stream.group(team, 600, stream.templates("worldwide", 5), days, "worldwide", 0.9)
    # Unrelated people have the same tool run once a day, each at an hour of their own.
    digest = stream.templates("digest", 1)["digest-0"]
    for person in rng.sample(people, 60):
        hour = rng.random() * 24
        for day in range(days):
            time = START + day * DAY + (hour * 3600 + rng.uniform(0, 60)) % DAY
            stream.add(person, time, stream.prose.fill(digest), "digest-0", "digest")
    # Newcomers go through a tutorial of two steps in one sitting, and most do no more.
    steps = stream.templates("tutorial", 2)
    for _ in range(80):
        person = stream.person()
        time = person.times(1, days)[0]
        for place, (name, template) in enumerate(steps.items()):
            stream.add(person, time + 300 * place, stream.prose.fill(template), name, "tutorial")
        for later in person.times(rng.choice([0, 0, 0, 1, 3]), days):
            stream.add(person, later, stream.prose.prompt())
    # A firm runs an account for each of its tenants; its machine calls them in turn.
    tenants = [stream.person() for _ in range(25)]
    service = stream.templates("service", 3)
    for i in range(400):
        time = START + (i + rng.random()) / 400 * days * DAY
        name = rng.choice(list(service))
        stream.add(tenants[i % 25], time, stream.prose.fill(service[name]), name, "service")


def campaign(stream, a):
    rng = stream.rng
    templates = stream.templates("campaign", a.templates)
    people = [stream.person() for _ in range(a.accounts)]
    share = 1 - a.camouflage if a.rate == "all" else 1
    length = a.hand_over or a.days
    generations = max(1, math.ceil(a.days / length))
    total = round(a.accounts * a.prompts_per_account_day * a.days * share)
    weights = [rng.lognormvariate(0, 1) for _ in people]
    turn = []
    used = {}
    last = 0
    for i in range(total):
        moment = (i + rng.random()) / total * a.days
        generation = min(int(moment / length), generations - 1)
        if generation != last:
            people = [stream.person() for _ in range(a.accounts)]
            turn = []
            last = generation
        if a.load == "robin":
            turn = turn or rng.sample(people, a.accounts)
            person = turn.pop()
        elif a.load == "random":
            person = rng.choice(people)
        else:
            person = rng.choices(people, weights)[0]
        used[person.name] = (person, generation)
        name = rng.choice(list(templates))
        time = START + moment * DAY
        if a.hours == "people":
            time = person.times(1, max(1, round(length)))[0] + generation * length * DAY
        stream.add(person, time, stream.prose.fill(templates[name]), name)
    for person, generation in used.values():
        days = min(length, a.days - generation * length)
        ratio = a.camouflage if a.rate == "all" else a.camouflage / (1 - a.camouflage)
        mean = a.prompts_per_account_day * days * ratio
        count = int(mean) + (rng.random() < mean % 1)
        for time in person.times(count, max(1, round(days))):
            stream.add(person, time + generation * length * DAY, stream.prose.prompt())
    return set(used)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--prompts-per-account-day", type=float, default=3)
    parser.add_argument("--days", type=int, default=3)
    parser.add_argument("--camouflage", type=float, default=0)
    parser.add_argument("--templates", type=int, default=4)
    parser.add_argument("--rate", choices=["all", "campaign"], default="all")
    parser.add_argument("--load", choices=["robin", "random", "people"], default="robin")
    parser.add_argument("--hours", choices=["flat", "people"], default="flat")
    parser.add_argument("--hand-over", type=float, default=0)
    parser.add_argument("--ordinary", type=int, default=20000)
    parser.add_argument("--people", type=int, default=2000)
    parser.add_argument("--hard", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    a = parser.parse_args()
    stream = Stream(a.seed)
    people = ordinary(stream, a.people, a.ordinary, a.days)
    if a.hard:
        hard(stream, people, a.days)
    accounts = campaign(stream, a) if a.accounts else set()
    stream.rows.sort()
    a.out.mkdir(parents=True, exist_ok=True)
    with open(a.out / "traffic.jsonl", "w", encoding="utf-8") as traffic, \
            open(a.out / "labels.jsonl", "w", encoding="utf-8") as labels:
        for number, (time, account, text, template) in enumerate(stream.rows):
            name = f"r{number:07d}"
            stamp = datetime.datetime.fromtimestamp(time, datetime.timezone.utc)
            stamp = stamp.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            row = {"id": name, "account": account, "time": stamp, "text": text}
            traffic.write(json.dumps(row) + "\n")
            if template:
                labels.write(json.dumps({"id": name, "template": template}) + "\n")
    with open(a.out / "truth.jsonl", "w", encoding="utf-8") as truth:
        for account, kind in sorted(stream.kinds.items()):
            is_in = account in accounts
            row = {"account": account, "kind": "campaign" if is_in else kind,
                   "campaign": "campaign" if is_in else None}
            truth.write(json.dumps(row) + "\n")


if __name__ == "__main__":
    main()
