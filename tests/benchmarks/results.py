"""What the comparison of graders measured, as it is kept in a file, and the prices that follow from it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.courses import Standing
from tests.benchmarks.measuring import Cost


@dataclass(frozen=True)
class Run:
    """One class of `size` submissions, graded once. `peak`: bytes that the command's own process held at most."""

    lesson: str
    grader: str
    size: int
    cost: Cost
    peak: int
    standing: Standing


@dataclass(frozen=True)
class Price:
    """What a class costs: once, before the first submission, and for each one more."""

    start: Cost
    each: Cost


@dataclass
class Results:
    """All runs, and what has to be known about them: `about` holds the jobs, the cores and the versions."""

    about: dict[str, Any]
    runs: list[Run] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write everything as JSON."""
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> Results:
        """Return what `write` has written."""
        found = json.loads(path.read_text())
        runs = [
            Run(**run | {"cost": Cost(**run["cost"]), "standing": Standing(**run["standing"])})
            for run in found["runs"]
        ]
        return cls(found["about"], runs)

    @property
    def lessons(self) -> list[str]:
        """The lessons, in the order in which they were graded."""
        return list(dict.fromkeys(run.lesson for run in self.runs))

    @property
    def graders(self) -> list[str]:
        """The graders, in the order in which they graded."""
        return list(dict.fromkeys(run.grader for run in self.runs))

    def of(self, lesson: str, grader: str) -> dict[int, list[Run]]:
        """Return the runs of one grader on one lesson, by size from the smallest."""
        found: dict[int, list[Run]] = {}
        for run in sorted(self.runs, key=lambda run: run.size):
            if (run.lesson, run.grader) == (lesson, grader):
                found.setdefault(run.size, []).append(run)
        return found

    def costs(self, lesson: str, grader: str) -> dict[int, Cost]:
        """Return what a class of each size cost: the median of its rounds."""
        return {
            size: _median(run.cost for run in runs)
            for size, runs in self.of(lesson, grader).items()
        }

    def price(self, lesson: str, grader: str) -> Price | None:
        """Return the price by the smallest class and the largest; None of fewer than two sizes."""
        costs = self.costs(lesson, grader)
        if len(costs) < 2:
            return None
        small, large = min(costs), max(costs)
        each = (costs[large] - costs[small]) / (large - small)
        return Price(costs[small] - each * small, each)


def _median(costs: Iterable[Cost]) -> Cost:
    listed = list(costs)
    return Cost(median(c.wall for c in listed), median(c.processor for c in listed))
