"""A class of submissions: graded many at once, recorded one by one through nbgrader's own pipeline.

What grading gives is kept by what it was made from (`autograder.results`) before the gradebook hears of it, and noted
as recorded after: whatever ends a batch in between, the next goes on where it stood.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from errno import EDQUOT, ENOSPC, EROFS
from typing import Any

from autograder.course_folder import is_by_hand, kept_report, report_path
from autograder.intake import IntakeError, missing, others_beside, take_in
from autograder.pipeline import CannotRecord, Pipeline, PipelineError
from autograder.results import Graded, Results
from autograder.sandbox import SandboxUnavailable
from autograder.source import LessonSource
from autograder.submitted_notebook import cells_for_nbgrader
from autograder.versions import OtherVersion
from autograder.work import Work
from autograder.workers import Workers, WorkersUnavailable
from course.device import DeviceError
from course.feedback import first_reason, late_by
from course.verdict import ExerciseResult, Report

_STUDENT = re.compile(r"[\w.@+'-]([\w.@+' -]*[\w.@+'-])?")
_WHY = {
    "notebook": "it was handed in again",
    "files": "the files beside the notebook changed",
    "graders": "the lesson's graders changed",
    "judge": "the judge changed",
    "secret": "the course has another secret",
    "limits": "the limits, the device or the sandbox changed",
}


class BatchError(Exception):
    """The batch cannot begin or go on; the message says why and what to do."""


@dataclass(frozen=True)
class Change:
    """An exercise whose points are others than at the last grading, and why."""

    exercise: str
    before: float
    after: float
    why: str


@dataclass(frozen=True)
class Row:
    """What became of one submission: a report, or the reason why there is none; never neither.

    `again` says that it had been graded before, and was now; `changes` what that made of its points.
    """

    student: str
    report: Report | None
    reason: str = ""
    notes: tuple[str, ...] = ()
    again: bool = False
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class _Submission:
    """A submission that was taken in and is to be graded or recorded.

    `notes` are about it as it lies there now; `intake` is what was done to it before, which leaves no trace in it.
    """

    student: str
    work: Work
    results: Results
    notes: tuple[str, ...]
    intake: tuple[str, ...]


def grade_class(
    pipeline: Pipeline,
    lesson: str,
    students: Sequence[str],
    workers: Workers,
    *,
    force: bool = False,
) -> Iterator[Row]:
    """Yield a row for each of `students`, as soon as the workers have graded it and the gradebook holds it.

    What is graded and recorded already is passed over, unless `force`. Raises `BatchError` if the batch cannot go on.
    """
    pipeline.ensure_released(lesson)
    batch = _Batch(pipeline, lesson, force)
    waiting: dict[str, _Submission] = {}
    for student in students:
        begun = batch.begin(student)
        if isinstance(begun, Row):
            yield begun
            continue
        if begun.results.get(begun.work.key):
            yield batch.record(begun)
            continue
        waiting[student] = begun
        workers.submit(student, begun.work)
        ready = workers.finished(wait_for_one=workers.busy)
        yield from (batch.take(waiting.pop(name), graded) for name, graded in ready)
    while waiting:
        ready = workers.finished(wait_for_one=True)
        yield from (batch.take(waiting.pop(name), graded) for name, graded in ready)


class _Batch:
    """One lesson's submissions on their way into the gradebook."""

    def __init__(self, pipeline: Pipeline, lesson: str, force: bool) -> None:
        self._pipeline = pipeline
        self._course = pipeline.course
        self._lesson = lesson
        self._force = force
        self._source = LessonSource(pipeline.course / "solutions" / lesson)
        self._known = pipeline.students_graded(lesson)

    def begin(self, student: str) -> _Submission | Row:
        """Take a submission in; return what is to be done with it, or its row if there is nothing to do."""
        if not _STUDENT.fullmatch(student):
            return Row(
                student,
                None,
                "the name of a student's folder may hold letters, digits, ._@+'- and spaces within: rename it, and "
                "grade again",
            )
        folder = self._course / "submitted" / student / self._lesson
        notebook = folder / f"{self._lesson}.ipynb"
        intake: tuple[str, ...] = ()
        try:
            intake = tuple(take_in(folder))
            if not notebook.is_file():
                return Row(student, None, "; ".join([*intake, missing(notebook)]), intake)
            cells = cells_for_nbgrader(notebook, self._source)
            work = self._pipeline.work_of(self._lesson, student, cells)
        except (IntakeError, OSError) as e:
            _stop_if_full(e)
            return Row(student, None, str(e), intake)
        except (
            Exception
        ) as e:  # whatever somebody's files make of it costs him a row, not the class its batch
            return Row(student, None, f"{type(e).__name__}: {e}", intake)
        results = Results.of(self._course, self._lesson, student)
        intake = (*_told_before(results.recorded, work), *intake)
        notes = intake + others_beside(notebook)
        submission = _Submission(student, work, results, notes, intake)
        if self._force:
            submission.results.forget(work.key)
        elif self._is_recorded(submission):
            return self._row(submission)
        return submission

    def take(self, submission: _Submission, graded: Graded | BaseException) -> Row:
        """Keep what grading gave, and record it."""
        if isinstance(graded, SandboxUnavailable | OtherVersion | DeviceError | WorkersUnavailable):
            raise BatchError(str(graded))
        if isinstance(graded, BaseException):
            why = f"{type(graded).__name__}: {graded}"
            return Row(submission.student, None, why, submission.notes)
        with _writing():
            submission.results.put(submission.work.key, graded)
        return self.record(submission)

    def record(self, submission: _Submission) -> Row:
        """Have nbgrader record the result that is kept."""
        try:
            # the pipeline passes over what it knows, and would keep an older result
            self._pipeline.autograde(self._lesson, submission.student, force=True)
        except CannotRecord as e:
            raise BatchError(str(e)) from None
        except PipelineError as e:
            return Row(submission.student, None, str(e), submission.notes)
        row = self._row(submission, submission.results.recorded)
        assert row.report is not None
        facts = {
            "key": submission.work.key,
            "parts": submission.work.parts,
            "scores": {r.exercise.id: r.score for r in row.report.results},
            "autograded": self._stamp(submission.student),
            "intake": submission.intake,
        }
        with _writing():
            submission.results.note_recorded(facts)
        return row

    def _is_recorded(self, submission: _Submission) -> bool:
        """Whether the gradebook holds this very result, and nothing has been done to it since."""
        recorded, student = submission.results.recorded, submission.student
        return (
            recorded.get("key") == submission.work.key
            and recorded.get("autograded") == self._stamp(student)
            and student in self._known
            and report_path(self._course, self._lesson, student).exists()
        )

    def _stamp(self, student: str) -> list[int]:
        """Return what tells whether nbgrader has written a submission's autograded notebook anew."""
        folder = self._course / "autograded" / student / self._lesson
        try:
            facts = (folder / f"{self._lesson}.ipynb").stat()
        except FileNotFoundError:
            return []
        return [facts.st_mtime_ns, facts.st_size]

    def _row(self, submission: _Submission, recorded: dict[str, Any] | None = None) -> Row:
        report = kept_report(self._course, self._lesson, submission.student)
        changes = _changes(recorded, submission.work.parts, report) if recorded else ()
        notes = submission.notes + self._notes_of_gradebook(submission.student, report, changes)
        return Row(submission.student, report, "", notes, bool(recorded), changes)

    def _notes_of_gradebook(
        self, student: str, report: Report, changes: tuple[Change, ...]
    ) -> tuple[str, ...]:
        points, late = self._pipeline.standing(self._lesson, student)
        notes: tuple[str, ...] = ()
        if late:
            notes += (late_by(late),)
        if points is not None and is_by_hand(points, report):
            again = ", from before this change: look at it again" if changes else ""
            notes += (f"{points:g} in the gradebook, by hand{again}",)
        return notes


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as e:
        _stop_if_full(e)
        raise


def _stop_if_full(error: Exception) -> None:
    """Raise `BatchError` for an error of the disk itself, which everybody else's submission would meet as well."""
    if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EROFS):
        raise BatchError(
            f"{error.filename or 'the course folder'} cannot be written ({error.strerror}): mend that, then run the "
            "same command again; what was graded is kept"
        ) from None


def _changes(recorded: dict[str, Any], parts: dict[str, str], report: Report) -> tuple[Change, ...]:
    """Return which exercises have other points than when `recorded` was noted, and why."""
    why = [_WHY[name] for name, part in parts.items() if recorded["parts"].get(name) != part]
    scores = recorded["scores"]
    return tuple(
        Change(
            result.exercise.id,
            scores.get(result.exercise.id, 0.0),
            result.score,
            "; ".join([*(why or ["it was graded again"]), *_reason(result)]),
        )
        for result in report.results
        if scores.get(result.exercise.id) != result.score
    )


def _reason(result: ExerciseResult) -> list[str]:
    return [] if result.passed else [first_reason(result)]


def _told_before(recorded: dict[str, Any], work: Work) -> tuple[str, ...]:
    """Return what was done to a submission at an earlier grading, if it is the very same since."""
    before, now = recorded.get("parts", {}), work.parts
    same = all(before.get(part) == now[part] for part in ("notebook", "files"))
    return tuple(recorded.get("intake", ())) if same else ()
