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
from autograder.source import lesson_sources
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
    known = [source.name for source in lesson_sources(course / "solutions")]
    if not known:
        raise BatchError(f"{course} holds no solutions/: is it the course folder?")
    if lesson not in known:
        raise BatchError(f"there is no solutions/{lesson}; there are {', '.join(known)}")
    found = sorted(path.parent.name for path in submitted.glob(f"*/{lesson}"))
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
    if not _STUDENT.fullmatch(student):
        why = (
            "a student's folder may hold letters, digits and ._@+- only: rename it, and grade again"
        )
        return Row(student, None, why)
    try:
        notes = tuple(take_in(folder))
        if not (folder / f"{lesson}.ipynb").is_file():
            why = "; ".join([f"there is no {lesson}.ipynb in {folder}", *notes])
            return Row(student, None, why, notes)
        notes += _others_beside(folder / f"{lesson}.ipynb")
        report = report_path(pipeline.course, lesson, student)
        # nbgrader passes over what it has graded already; without the report that is half the result
        stale = not report.exists() or _changed_since(report, folder / f"{lesson}.ipynb")
        pipeline.autograde(lesson, student, force=force or stale)
    except (PipelineError, IntakeError, OSError) as e:
        return Row(student, None, str(e), notes)
    late = pipeline.seconds_late(lesson, student)
    if late:
        notes += (f"late by {timedelta(seconds=round(late))}",)
    kept = kept_report(pipeline.course, lesson, student)
    points = pipeline.score(lesson, student)
    if points is not None and abs(points - kept.score) > 0.005:
        notes += (f"{points:g} in the gradebook, by hand",)
    return Row(student, kept, "", notes)


def _changed_since(report: Path, notebook: Path) -> bool:
    """Whether the notebook was handed in again after its report was written."""
    return notebook.stat().st_mtime > report.stat().st_mtime


def _others_beside(notebook: Path) -> tuple[str, ...]:
    """Return a note on other notebooks in a submission: which one was meant is the student's to say."""
    others = sorted(path.name for path in notebook.parent.glob("*.ipynb") if path != notebook)
    return (
        (f"{', '.join(others)[:80]} was not graded: it lies beside {notebook.name}",)
        if others
        else ()
    )


def kept_report(course: Path, lesson: str, student: str) -> Report:
    """Return the whole report that grading a submission left for the TAs."""
    return Report.from_dict(json.loads(report_path(course, lesson, student).read_text()))
