"""A class of submissions, graded one after another through nbgrader's own pipeline."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from autograder.grading import report_path
from autograder.intake import IntakeError, take_in
from autograder.pipeline import Pipeline, PipelineError
from course.verdict import Report

_STUDENT = re.compile(r"[\w.@+-]+")


class BatchError(Exception):
    """The batch cannot begin; the message says why and what to do."""


@dataclass(frozen=True)
class Row:
    """What became of one submission: a report, or the reason why there is none; never neither."""

    student: str
    report: Report | None
    reason: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0


def students_of(course: Path, lesson: str) -> list[str]:
    """Return who handed in `lesson`; raises `BatchError` if nobody did."""
    submitted = course / "submitted"
    if not (course / "solutions" / lesson).is_dir():
        raise BatchError(f"{course} holds no solutions/{lesson}: is it the course folder?")
    found = sorted(path.parent.name for path in submitted.glob(f"*/{lesson}"))
    odd = [name for name in found if not _STUDENT.fullmatch(name)]
    if odd:
        raise BatchError(
            f"a student's folder may hold letters, digits and ._@+- only, not {odd[0]!r}"
        )
    if not found:
        raise BatchError(
            f"nobody has handed in {lesson}: submissions are expected in {submitted}/STUDENT/{lesson}/"
        )
    return found


def grade_class(
    pipeline: Pipeline, lesson: str, students: Sequence[str], *, force: bool = False
) -> Iterator[Row]:
    """Yield a row for each of `students`, as soon as it is graded."""
    pipeline.ensure_released(lesson)
    for student in students:
        started = time.perf_counter()
        row = _grade(pipeline, lesson, student, force)
        yield replace(row, seconds=time.perf_counter() - started)


def _grade(pipeline: Pipeline, lesson: str, student: str, force: bool) -> Row:
    folder = pipeline.course / "submitted" / student / lesson
    notes: tuple[str, ...] = ()
    try:
        notes = tuple(take_in(folder))
        if not (folder / f"{lesson}.ipynb").is_file():
            why = "; ".join([f"there is no {lesson}.ipynb in {folder}", *notes])
            return Row(student, None, why, notes)
        # nbgrader passes over what it has graded already; without the report that is half the result
        lost = not report_path(pipeline.course, lesson, student).exists()
        pipeline.autograde(lesson, student, force=force or lost)
    except (PipelineError, IntakeError, OSError) as e:
        return Row(student, None, str(e), notes)
    late = pipeline.seconds_late(lesson, student)
    if late:
        notes += (f"late by {timedelta(seconds=round(late))}",)
    return Row(student, kept_report(pipeline.course, lesson, student), "", notes)


def kept_report(course: Path, lesson: str, student: str) -> Report:
    """Return the whole report that grading a submission left for the TAs."""
    return Report.from_dict(json.loads(report_path(course, lesson, student).read_text()))
