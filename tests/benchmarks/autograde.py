"""Times `nbgrader autograde` with our judge against stock nbgrader, on the same class in the same run.

    python -m tests.benchmarks.autograde --submissions 60 --rounds 3

Each round grades one submission and then the whole class, with either side from a fresh copy of its course. The
difference, divided by the submissions that it is about, is the price of one more; what is left of the single one is
start-up.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from autograder.nbgrader import COURSE_ID
from tests.benchmarks.courses import (
    LESSON,
    NBGRADER,
    Standing,
    our_course,
    standing_of,
    stock_course,
)
from tests.benchmarks.measuring import Cost, Spread, cost_of

PROMISED, HOPED = 1 / 8, 1 / 20
"""How small a part of stock nbgrader's seconds per submission ours must be, and had better be."""


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: how its course is made, and under which name it keeps grades."""

    name: str
    make: Callable[[Path, int], Path]
    course_id: str


@dataclass(frozen=True)
class Round:
    """What grading one submission, and then a class, cost once."""

    one: Cost
    all: Cost
    size: int
    standing: Standing

    @property
    def each(self) -> Cost:
        """One more submission."""
        return (self.all - self.one) / (self.size - 1)

    @property
    def start(self) -> Cost:
        """What has to be paid before the first submission."""
        return self.one - self.each


STOCK = Side("stock nbgrader", stock_course, "stock")
OURS = Side("this project", our_course, COURSE_ID)


@click.command()
@click.option("--submissions", default=60, show_default=True, type=click.IntRange(min=2))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
def main(submissions: int, rounds: int) -> None:
    """Grade the same class with stock nbgrader and with this project, and compare. About 3 s a submission and round."""
    console = Console()
    sides = (STOCK, OURS)
    measured: dict[Side, list[Round]] = {side: [] for side in sides}
    with tempfile.TemporaryDirectory() as folder:
        courses = {side: _courses(side, Path(folder), submissions) for side in sides}
        for number in range(1, rounds + 1):
            for side in sides:  # one after the other, so that a busy minute hits both
                measured[side].append(_round(side, *courses[side], submissions))
                console.print(f"round {number}: {side.name}: {measured[side][-1].all.wall:.1f} s")
    for line in _table(measured, submissions, rounds), *_standings(measured), *_findings(measured):
        console.print(line)


def _courses(side: Side, folder: Path, size: int) -> tuple[Path, Path]:
    name = side.course_id
    return side.make(folder / f"{name}-one", 1), side.make(folder / f"{name}-all", size)


def _round(side: Side, one: Path, everybody: Path, size: int) -> Round:
    first, _ = _autograded(one, side)
    cost, standing = _autograded(everybody, side)
    if standing.graded != size:
        raise click.ClickException(f"{side.name} graded {standing.graded} of {size}")
    return Round(first, cost, size, standing)


def _autograded(course: Path, side: Side) -> tuple[Cost, Standing]:
    """Autograde a fresh copy of `course`; return what it cost and what came of it."""
    copy = course.with_name(f"{course.name}-copy")
    shutil.copytree(course, copy)
    try:
        cost = cost_of([*NBGRADER, "autograde", LESSON], copy)
        return cost, standing_of(copy, side.course_id)
    finally:
        shutil.rmtree(copy)


def _table(measured: dict[Side, list[Round]], size: int, rounds: int) -> Table:
    table = Table(
        title=f"{size} submissions of {LESSON}, {rounds} rounds: least / median, in seconds"
    )
    for column in ("", "start-up", "each", "its processor", "class"):
        table.add_column(column, justify="right" if column else "left")
    for side, results in measured.items():
        columns = [[r.start.wall for r in results], *_each(results), [r.all.wall for r in results]]
        spreads = [Spread.of(column) for column in columns]
        table.add_row(side.name, *(f"{s.least:.2f} / {s.median:.2f}" for s in spreads))
    ratios = [
        _ratio(stock, ours) for stock, ours in zip(*map(_each, measured.values()), strict=True)
    ]
    table.add_row("ratio", "", *(f"1/{1 / s.least:.1f} / 1/{1 / s.median:.1f}" for s in ratios))
    return table


def _each(results: list[Round]) -> tuple[list[float], list[float]]:
    return [r.each.wall for r in results], [r.each.processor for r in results]


def _ratio(stock: list[float], ours: list[float]) -> Spread:
    theirs, own = Spread.of(stock), Spread.of(ours)
    return Spread(own.least / theirs.least, own.median / theirs.median)


def _standings(measured: dict[Side, list[Round]]) -> Iterator[str]:
    for side, results in measured.items():
        s = results[-1].standing
        yield f"{side.name}: {s.graded} graded, {s.points:g} of {s.possible:g} points"


def _findings(measured: dict[Side, list[Round]]) -> Iterator[str]:
    ratio = _ratio(*(_each(results)[0] for results in measured.values())).median
    for limit in (PROMISED, HOPED):
        word = "holds" if ratio <= limit else "does not hold"
        yield f"at most 1/{1 / limit:g} of stock's seconds for each submission: {word}"


if __name__ == "__main__":
    main()
