"""All grades as CSV, by nbgrader's own columns and two more: what is not graded is no zero, no cell is a formula."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import CsvExportPlugin

from autograder.course_folder import has_handed_in, is_by_hand, kept_report, report_path
from autograder.results import Results
from course.feedback import first_reason, late_by, printable
from course.verdict import Report

_PERSON = "last_name", "first_name", "email"
COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    *_PERSON,
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "sandbox",
    "remarks",
)


class CsvGrades(CsvExportPlugin):
    """Takes the place of nbgrader's exporter, with its options.

    Whoever handed in nothing has a score of 0, as with nbgrader's; whose submission could not be graded has none.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the file that `--to` names, or grades.csv."""
        path = Path(self.to or "grades.csv")
        self.log.info("Exporting grades to %s", path)
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for row in self._rows(gradebook):
                writer.writerow([inert(row[column]) for column in COLUMNS])

    def _rows(self, gradebook: Gradebook) -> Iterator[dict[str, Any]]:
        course = Path(self.config.CourseDirectory.root)
        assignments = {str(name) for name in self.assignment}
        wanted = {str(name) for name in self.student}
        known = {student.id: student for student in gradebook.students}
        for assignment in gradebook.assignments:
            if assignments and assignment.name not in assignments:
                continue
            handed_in = has_handed_in(course, assignment.name)
            for name in dict.fromkeys([*known, *handed_in]):
                if not wanted or name in wanted:
                    who = {column: getattr(known.get(name), column, None) for column in _PERSON}
                    row = _row(course, gradebook, assignment, name, name in handed_in)
                    yield row | who


def _row(
    course: Path, gradebook: Gradebook, assignment: Any, student: str, handed_in: bool
) -> dict[str, Any]:
    row = {
        "assignment": assignment.name,
        "duedate": assignment.duedate,
        "timestamp": None,
        "student_id": student,
        "raw_score": 0.0,
        "late_submission_penalty": 0.0,
        "score": 0.0,
        "max_score": assignment.max_score,
        "sandbox": None,
        "remarks": None,
    }
    no_score = dict.fromkeys(("raw_score", "late_submission_penalty", "score"))
    no_score["remarks"] = f"handed in and not graded: course grade {assignment.name} says why"
    try:
        submission = gradebook.find_submission(assignment.name, student)
    except MissingEntry:
        return row | (no_score if handed_in else {"remarks": "not handed in"})
    row["timestamp"] = submission.timestamp
    if not graded(submission):
        return row | no_score
    penalty = submission.late_submission_penalty or 0.0
    row |= {
        "raw_score": submission.score,
        "late_submission_penalty": penalty,
        "score": max(0.0, submission.score - penalty),
    }
    if not report_path(course, assignment.name, student).exists():  # graded by hand alone
        return row
    report = kept_report(course, assignment.name, student)
    said = Results.of(course, assignment.name, student).recorded.get("intake", [])
    if is_by_hand(submission.score, report):
        said = [f"points by hand: the judge gave {report.score:g}", *said]
    if submission.total_seconds_late:
        said = [late_by(submission.total_seconds_late), *said]
    return row | {
        "sandbox": report.sandbox,
        "remarks": "; ".join([*said, *report.notes, *_lost(report)]),
    }


def _lost(report: Report) -> Iterator[str]:
    """Yield why points were lost: what stopped cells first, which other reasons follow from."""
    if report.unreadable:
        yield report.unreadable
        return
    lost = [f"{r.exercise.id}: {first_reason(r)}" for r in report.results if not r.passed]
    if lost:
        yield from (" ".join(printable(fault.sentence()).split()) for fault in report.cell_faults)
    yield from lost


def graded(submission: Any) -> bool:
    """Whether somebody, the judge or a TA, has given points for every check cell of a submission."""
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    return all(g.auto_score is not None or g.manual_score is not None for g in grades)


def inert(value: Any) -> str:
    """Return a cell's text so that no spreadsheet takes it for a formula, and no terminal obeys it."""
    text = "" if value is None else printable(str(value))
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
