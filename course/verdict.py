"""Verdicts: what one test says about one submission, and what they come to for an exercise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from course.faults import Fault
from course.judge.failure import Finding
from course.lesson import Exercise


class Status(StrEnum):
    """How a test ended; `BLOCKED` is a failure that has its cause in an earlier one."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Verdict:
    """One test's judgement, with what was found if it did not pass.

    `measured` holds what it measured against thresholds, as (name of the threshold, value).
    """

    exercise: str
    title: str
    status: Status
    weight: float = 1.0
    finding: Finding | None = None
    note: str = ""
    measured: tuple[tuple[str, float], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the verdict as a plain dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Verdict:
        """Return the verdict that `as_dict` described."""
        finding = Finding(**data["finding"]) if data["finding"] else None
        measured = tuple((name, value) for name, value in data.get("measured", ()))
        told = {"status": Status(data["status"]), "finding": finding, "measured": measured}
        return cls(**{**data, **told})

    def for_student(self) -> Verdict:
        """Return the verdict without what a hidden test must keep: its inputs and its answers."""
        if self.finding is None:
            return replace(self, measured=())
        told = replace(
            self.finding, called="", came_back=self.finding.sort_came_back, expected="", where=""
        )
        return replace(self, finding=told, measured=())


@dataclass(frozen=True)
class ExerciseResult:
    """All verdicts on one exercise, and the points that they are worth."""

    exercise: Exercise
    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether something was judged and all of it was right."""
        return bool(self.verdicts) and all(v.status is Status.PASSED for v in self.verdicts)

    @property
    def score(self) -> float:
        """The points earned: the share, by weight, of the tests that passed."""
        return self._points(sum(v.weight for v in self.verdicts if v.status is Status.PASSED))

    def worth(self, verdict: Verdict) -> float:
        """Return the points that one of these tests is worth."""
        return self._points(verdict.weight)

    def _points(self, weight: float) -> float:
        total = sum(v.weight for v in self.verdicts)
        return round(self.exercise.points * weight / total, 2) if total else 0.0


@dataclass(frozen=True)
class Report:
    """What is to be said about one submission of a lesson.

    `unreadable` says why nothing of it could be read, where that is so; `notes` what else holds for all of it.
    """

    lesson: str
    results: tuple[ExerciseResult, ...]
    cell_faults: tuple[Fault, ...] = ()
    unreadable: str = ""
    notes: tuple[str, ...] = ()
    sandbox: str = ""
    """The level at which the code was kept in while it was graded; empty where a student checks his own."""

    @property
    def passed(self) -> bool:
        """Whether every exercise was judged and right."""
        return bool(self.results) and all(result.passed for result in self.results)

    @property
    def score(self) -> float:
        """The points earned."""
        return round(sum(result.score for result in self.results), 2)

    @property
    def points(self) -> float:
        """The points that could be earned."""
        return sum(result.exercise.points for result in self.results)

    def result(self, exercise: str) -> ExerciseResult:
        """Return what was found about `exercise`."""
        return next(r for r in self.results if r.exercise.id == exercise)

    def for_student(self) -> Report:
        """Return the report as a student may read it after a hidden grading."""
        results = tuple(
            ExerciseResult(r.exercise, tuple(v.for_student() for v in r.verdicts))
            for r in self.results
        )
        return replace(self, results=results)

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain data, ready for JSON."""
        return {
            "lesson": self.lesson,
            "score": self.score,
            "points": self.points,
            "passed": self.passed,
            "exercises": [
                {
                    **asdict(r.exercise),
                    "score": r.score,
                    "passed": r.passed,
                    "verdicts": [v.as_dict() for v in r.verdicts],
                }
                for r in self.results
            ],
            "cells": [{**f.as_dict(), "sentence": f.sentence()} for f in self.cell_faults],
            "unreadable": self.unreadable,
            "notes": list(self.notes),
            "sandbox": self.sandbox,
        }

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Report:
        """Return the report that `as_dict` described."""
        results = tuple(
            ExerciseResult(
                Exercise(e["id"], e["title"], e["points"]),
                tuple(Verdict.from_dict(v) for v in e["verdicts"]),
            )
            for e in data["exercises"]
        )
        faults = tuple(Fault.from_dict(f) for f in data["cells"])
        return cls(
            data["lesson"],
            results,
            faults,
            data.get("unreadable", ""),
            tuple(data["notes"]),
            data.get("sandbox", ""),
        )


def report_of(
    lesson: str,
    exercises: Sequence[Exercise],
    verdicts: Iterable[Verdict],
    cell_faults: Iterable[Fault] = (),
) -> Report:
    """Return the report on `exercises` that `verdicts` give."""
    found = list(verdicts)
    results = tuple(
        ExerciseResult(e, tuple(v for v in found if v.exercise == e.id)) for e in exercises
    )
    return Report(lesson, results, tuple(cell_faults))
