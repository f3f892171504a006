"""Takes thousands of damaged notebooks in, as a batch does: each must end as work or as a row with a reason (P6).

Run from the checkout's root: `python -m tests.attacks.fuzz --notebooks 10000 --seed 1`.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.batch import Row, _Batch, grade_class
from autograder.course_folder import make_course
from autograder.pipeline import Pipeline
from autograder.source import LessonSource, lesson_sources
from autograder.workers import Here, Local, Workers

SLOW = 5.0
"""Seconds of work that taking in one notebook may take."""
_HUGE = "a number of five thousand digits"
"""Stands for one, which `json` does not write."""
_EXCEPTION = re.compile(r"[A-Za-z_.]*(Error|Exception|Warning|Exit|Interrupt)\b:")
_ODD = "".join(chr(c) for c in (0xD800, 0xDFFF, 0, 0x1B, 0x202E, 0xFEFF, 0x2028, 0x1F600, 0xE000))

Tree = dict[str, Any]


@dataclass(frozen=True)
class Damage:
    """One damaged notebook: which lesson's, in which ways, and what it became."""

    seed: str
    lesson: str
    ways: tuple[str, ...]
    data: bytes


@dataclass(frozen=True)
class Outcome:
    """What became of a damaged notebook; `crash` is a trace, or a reason that is no sentence."""

    damage: Damage
    student: str
    became: str
    seconds: float
    crash: str = ""


def _position(rng: random.Random, data: bytes) -> int:
    return rng.randrange(len(data) + 1)


def flip(rng: random.Random, data: bytes) -> bytes:
    """Change a few bytes."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 3, 30))):
        if found:
            found[rng.randrange(len(found))] = rng.randrange(256)
    return bytes(found)


def cut(rng: random.Random, data: bytes) -> bytes:
    """Leave the end, or a piece in the middle, out."""
    begin = _position(rng, data)
    return data[:begin] + data[rng.choice((len(data), begin + rng.randrange(1, 400))) :]


def twice(rng: random.Random, data: bytes) -> bytes:
    """Repeat a piece."""
    begin = _position(rng, data)
    end = min(len(data), begin + rng.choice((1, 20, 5000)))
    return data[:end] + data[begin:end] * rng.choice((1, 2, 50)) + data[end:]


def insert(rng: random.Random, data: bytes) -> bytes:
    """Put something between that JSON, or text, has no place for."""
    pieces = (
        b"\0",
        b"\xff\xfe",
        b"\xed\xa0\x80",
        b"NaN",
        b"[" * 2000,
        b"}",
        b'"',
        b"\\u0000",
        b"1e999",
    )
    begin = _position(rng, data)
    return data[:begin] + rng.choice((*pieces, b"9" * 5000, rng.randbytes(20))) + data[begin:]


def encode(rng: random.Random, data: bytes) -> bytes:
    """Write it in another encoding."""
    names = ("utf-8-sig", "utf-16", "utf-16-be", "utf-32", "utf-7", "latin-1", "cp037", "shift-jis")
    return data.decode(errors="replace").encode(rng.choice(names), "replace")


BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (flip, cut, twice, insert, encode)


def odd_value(rng: random.Random) -> Any:
    """Return a value that a notebook does not hold in most places."""
    depth = rng.choice((3, 90, 400, 800))
    nested: Any = 0
    for _ in range(depth):
        nested = [nested] if rng.random() < 0.5 else {"cells": nested}
    odd: tuple[Any, ...] = (None, True, 0, -1, 10**400, 1e308, float("nan"), float("-inf"))
    odd += (
        "",
        _ODD,
        "x" * 250_000,
        "3-1",
        "3-1-solution",
        "code",
        [],
        [[]],
        [None],
        {},
        {"": {}},
    )
    return rng.choice((*odd, {"grade_id": "3-1", "solution": True, "grade": True}, nested))


def places(tree: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Return every container in `tree`, each with one of its keys."""
    waiting = [tree]
    while waiting:
        at = waiting.pop()
        if isinstance(at, dict | list):
            keys: list[Any] = list(at) if isinstance(at, dict) else list(range(len(at)))
            found += [(at, key) for key in keys]
            waiting += [at[key] for key in keys]
    return found


def _place(rng: random.Random, tree: Tree) -> tuple[Any, Any] | None:
    """Return a place; one near the top as often as one among the thousands of lines."""
    found = places(tree, [])
    near = [(at, key) for at, key in found if isinstance(at, dict) and key != "source"]
    found = rng.choice((found, near))
    return rng.choice(found) if found else None


def drop(rng: random.Random, tree: Tree) -> None:
    """Leave a key or an item out."""
    if place := _place(rng, tree):
        del place[0][place[1]]


def replace(rng: random.Random, tree: Tree) -> None:
    """Put something else in place of a value."""
    if place := _place(rng, tree):
        place[0][place[1]] = odd_value(rng)


def add(rng: random.Random, tree: Tree) -> None:
    """Put a key or an item where there was none."""
    if place := _place(rng, tree):
        at, name = (
            place[0],
            rng.choice(("nbgrader", "language", "cells", "source", "attachments", _ODD)),
        )
        at.append(odd_value(rng)) if isinstance(at, list) else at.update({name: odd_value(rng)})


def rename(rng: random.Random, tree: Tree) -> None:
    """Give a key another's name."""
    if (place := _place(rng, tree)) and isinstance(place[0], dict):
        place[0][rng.choice(("cells", "source", "metadata", "cell_type", _ODD))] = place[0].pop(
            place[1]
        )


def nest(rng: random.Random, tree: Tree) -> None:
    """Put a value into lists or dictionaries of its own."""
    if place := _place(rng, tree):
        value = place[0][place[1]]
        for _ in range(rng.choice((1, 5, 200, 700))):
            value = [value]
        place[0][place[1]] = rng.choice((value, {"nbgrader": value}))


def _cells(tree: Tree) -> list[Any]:
    cells = tree.get("cells")
    return cells if isinstance(cells, list) else []


def shuffle(rng: random.Random, tree: Tree) -> None:
    """Put the cells into another order."""
    rng.shuffle(_cells(tree))


def swap(rng: random.Random, tree: Tree) -> None:
    """Give one cell the metadata, the source or the type of another."""
    cells = [cell for cell in _cells(tree) if isinstance(cell, dict)]
    if len(cells) > 1:
        one, other = rng.sample(cells, 2)
        key = rng.choice(("metadata", "metadata", "source", "cell_type", "outputs"))
        one[key], other[key] = other.get(key), one.get(key)


def repeat(rng: random.Random, tree: Tree) -> None:
    """Hand the same cell in many times."""
    cells = _cells(tree)
    if cells:
        cells += [copy.deepcopy(rng.choice(cells))] * rng.choice((1, 5, 300, 2500))


def respell(rng: random.Random, tree: Tree) -> None:
    """Write odd characters into a cell's source, and join or split its lines."""
    cells = [cell for cell in _cells(tree) if isinstance(cell, dict)]
    if cells:
        cell = rng.choice(cells)
        text = cell.get("source")
        text = text if isinstance(text, str) else "".join(map(str, text or ()))
        at = rng.randrange(len(text) + 1)
        text = text[:at] + rng.choice((*_ODD, "\r", "\x0c", "\x85", 'check("3-1")\n')) + text[at:]
        cell["source"] = rng.choice((text, text.splitlines(keepends=True), list(text)))


TREES: tuple[Callable[[random.Random, Tree], None], ...] = (
    *(drop, replace, add, rename, nest),
    *(shuffle, swap, repeat, respell),
)


@contextmanager
def deep_stack() -> Iterator[None]:
    """Let what is nested more deeply than Python reads be written."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        yield
    finally:
        sys.setrecursionlimit(limit)


@deep_stack()
def damaged(seed: str, notebooks: dict[str, Tree]) -> Damage:
    """Return the notebook that `seed` stands for: always the same one."""
    rng = random.Random(seed)
    lesson = rng.choice(sorted(notebooks))
    tree, ways = copy.deepcopy(notebooks[lesson]), []
    for _ in range(rng.choice((0, 1, 1, 2, 4))):
        change = rng.choice(TREES)
        ways.append(change.__name__)
        change(rng, tree)
    text = json.dumps(tree, ensure_ascii=rng.random() < 0.5).replace(f'"{_HUGE}"', "9" * 5000)
    data = text.encode("utf-8", "surrogatepass")
    for _ in range(rng.choice((0, 0, 1, 2)) if ways else 1):
        corrupt = rng.choice(BYTES)
        ways.append(corrupt.__name__)
        data = corrupt(rng, data)
    return Damage(seed, lesson, tuple(ways), data)


class Fuzzer:
    """A course of real lessons, and what takes submissions in, as a batch does."""

    def __init__(self, folder: Path, lessons: Sequence[str] = ()) -> None:
        names = list(lessons) or [source.name for source in lesson_sources()]
        self.pipeline = Pipeline(make_course(folder / "course", names))
        self.course = self.pipeline.course
        sources = [LessonSource(self.course / "solutions" / name) for name in names]
        self.notebooks = {s.name: json.loads(s.notebook.read_text()) for s in sources}
        self._batches = {name: _Batch(self.pipeline, name, False) for name in names}

    def take_in(self, number: int, seed: str) -> Outcome:
        """Hand one damaged notebook in, and begin to grade it."""
        damage, student = damaged(seed, self.notebooks), f"fuzz.{number}"
        folder = self.course / "submitted" / student / damage.lesson
        folder.mkdir(parents=True)
        (folder / f"{damage.lesson}.ipynb").write_bytes(damage.data)
        began = time.process_time()
        try:
            begun = self._batches[damage.lesson].begin(student)
        # whatever it is, it is what this program looks for
        except BaseException:
            return Outcome(damage, student, "crashed", 0.0, traceback.format_exc())
        seconds = time.process_time() - began
        crash = f"took {seconds:.1f} s" if seconds > SLOW else ""
        if isinstance(begun, Row):
            # a reason that nobody wrote, but Python, is an exception that was caught at last
            crash = crash or (begun.reason if _EXCEPTION.match(begun.reason) else "")
            crash = crash or ("" if begun.reason.strip() else "a row without a reason")
            return Outcome(damage, student, f"not graded: {kind_of(begun.reason)}", seconds, crash)
        return Outcome(damage, student, self._became(damage), seconds, crash)

    def _became(self, damage: Damage) -> str:
        """Return what is to be graded: the cells that were handed in, or the reason why they cannot be read."""
        from course.notebook import NotebookError, parse

        try:
            count = len(parse(damage.data, f"{damage.lesson}.ipynb").code)
        except NotebookError as e:
            return f"unreadable: {kind_of(str(e))}"
        return "to be graded, as handed in" if count else "to be graded, without a cell"

    def grade(self, outcomes: Sequence[Outcome]) -> Iterator[tuple[Outcome, Row | None]]:
        """Have these graded by a whole batch; yield the row of each, or none where there is none."""
        place = Local(self.course / "solutions", os.cpu_count() or 1)
        with Workers(place if len(outcomes) > 1 else Here(place.solutions)) as workers:
            for lesson in sorted({outcome.damage.lesson for outcome in outcomes}):
                chosen = {o.student: o for o in outcomes if o.damage.lesson == lesson}
                rows = {
                    row.student: row
                    for row in grade_class(self.pipeline, lesson, list(chosen), workers)
                }
                yield from ((outcome, rows.get(name)) for name, outcome in chosen.items())
                self.pipeline.feedback(lesson)


def kind_of(reason: str) -> str:
    """Return a reason without what is particular to one notebook."""
    reason = re.sub(r"\(line \d+: .*?\)", "(line …)", reason.partition("\n")[0])
    reason = re.sub(
        r"language ['\"].*['\"]", "language …", re.sub(r"lesson\d+\.ipynb", "the notebook", reason)
    )
    return re.sub(r"\d[\d,]{2,}|(?<=cell )\d+|(?<=format )\S+(?=\))", "…", reason)[:110]


def table(outcomes: Sequence[Outcome]) -> str:
    """Return how many were damaged in which way, what became of them, and which took longest."""
    ways = Counter(way for outcome in outcomes for way in outcome.damage.ways)
    became = Counter(outcome.became for outcome in outcomes)
    slowest = sorted(outcomes, key=lambda outcome: -outcome.seconds)[:3]
    lines = [f"{len(outcomes)} damaged notebooks", "", "in these ways:"]
    lines += [f"  {count:6} {way}" for way, count in ways.most_common()]
    lines += ["", "became:"] + [f"  {count:6} {what}" for what, count in became.most_common()]
    lines += ["", "slowest:"]
    return "\n".join(
        [
            *lines,
            *(
                f"  {o.seconds:6.3f} s  seed {o.damage.seed}: {', '.join(o.damage.ways)}"
                for o in slowest
            ),
        ]
    )


def told(outcome: Outcome) -> str:
    """Return which notebook crashed, and over what."""
    damage = outcome.damage
    return f"CRASH {damage.lesson} seed {damage.seed} ({', '.join(damage.ways)}): {outcome.crash[-1500:]}"


def main() -> int:
    """Take in as many notebooks as are asked for; return 1 if one of them crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notebooks", type=int, default=1000)
    parser.add_argument("--seed", default="1", help="1, or 1:17 for the one notebook that crashed")
    parser.add_argument("--grade", type=int, default=20, help="so many are graded by a whole batch")
    asked = parser.parse_args()
    one = ":" in asked.seed
    seeds = [asked.seed] if one else [f"{asked.seed}:{n}" for n in range(asked.notebooks)]
    with tempfile.TemporaryDirectory() as folder:
        fuzzer = Fuzzer(Path(folder))
        outcomes = [fuzzer.take_in(number, seed) for number, seed in enumerate(seeds)]
        print(table(outcomes))
        count = min(asked.grade, len(outcomes))
        chosen = random.Random(asked.seed).sample(outcomes, count)
        graded = list(fuzzer.grade(chosen))
    crashes = [told(outcome) for outcome in outcomes if outcome.crash]
    ended = Counter("graded" if row and row.report else "not graded" for _, row in graded)
    print(f"\n{count} went through the whole batch: {dict(ended)}")
    for outcome, row in graded:
        if row is None or not (row.report or row.reason):
            crashes.append(f"{told(outcome)} no row, or one without a reason")
        elif row.report is None and _EXCEPTION.match(row.reason):
            crashes.append(f"{told(outcome)} {row.reason}")
    print("\n".join(crashes), f"\n{len(crashes)} crashes")
    return 1 if crashes else 0


if __name__ == "__main__":
    sys.exit(main())
