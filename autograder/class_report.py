"""The class at a glance: who earned what, and which mistakes were made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from autograder.batch import Row
from autograder.sandbox import Level
from course.feedback import first_reason, notes_of, printable
from course.verdict import Report, Status


def grade_table(lesson: str, rows: Sequence[Row]) -> RenderableType:
    """Return the class's scores as a table, with a word on each submission that needs one."""
    table = Table(title=lesson, title_justify="left", box=None, header_style="bold")
    table.add_column("student")
    exercises = next((row.report.results for row in rows if row.report), ())
    for result in exercises:
        table.add_column(result.exercise.id, justify="right")
    for name in ("points", "remarks"):
        table.add_column(name, justify="right" if name == "points" else "left")
    for row in rows:
        student = Text(printable(row.student))
        if row.report is None:
            blanks = [""] * len(exercises)
            reason = Text(f"not graded: {printable(row.reason)}", style="red")
            table.add_row(student, *blanks, "", reason)
            continue
        scores = [_score(r.score, r.exercise.points) for r in row.report.results]
        total = f"{row.report.score:g} of {row.report.points:g}"
        table.add_row(student, *scores, total, Text(printable(remarks(row)), style="dim"))
    return Group(table, mistakes(rows))


def _score(score: float, points: float) -> Text:
    style = "green" if score == points else "red" if score == 0 else "yellow"
    return Text(f"{score:g}", style=style)


def remarks(row: Row) -> str:
    """Return the most telling thing about a submission in a line."""
    said = list(row.notes)
    if row.report is not None:
        if row.report.sandbox == Level.NONE:
            said.append("graded without a sandbox")
        # of the rest the row's notes have told, and shorter
        report = replace(row.report, sandbox="", notes=())
        said += [report.unreadable] if report.unreadable else _first_reason(report)
    return "; ".join(said)


def _first_reason(report: Report) -> list[str]:
    """Return why points were lost, the most helpful reason, and how many exercises there is more to say about."""
    lost = [result for result in report.results if not result.passed]
    failed = [v for r in lost for v in r.verdicts if v.status is Status.FAILED]
    findings = [(v.exercise, v.finding) for v in failed if v.finding]
    found = [(e, finding) for e, finding in findings if finding.diagnosis != "unwritten"]
    begun = {exercise for exercise, _ in found}
    # explained mistakes, then what stopped a cell
    reasons = [
        *(f"{exercise}: {each.explanation}" for exercise, each in found if each.explanation),
        *notes_of(report),
        *(f"{r.exercise.id}: {first_reason(r)}" for r in lost if r.exercise.id in begun),
    ]
    if not reasons:
        untouched = lost == list(report.results)
        return ["nothing is written where the answers belong"] if untouched else []
    others = begun - {reasons[0].partition(":")[0]}
    more = f" (and {len(others)} more)" if others else ""
    return [f"{reasons[0].rstrip('.')}{more}"]


def mistakes(rows: Sequence[Row]) -> RenderableType:
    """Return the mistakes that the class made, the most frequent first."""
    found: Counter[str] = Counter()
    for row in rows:
        if row.report is not None:
            found.update(
                {
                    f"{v.exercise} {v.finding.diagnosis}"
                    for r in row.report.results
                    for v in r.verdicts
                    if v.status is Status.FAILED
                    and v.finding is not None
                    and v.finding.diagnosis not in ("", "unwritten", "missing")
                }
            )
    if not found:
        return Text()
    lines = [f"  {count} × {name}" for name, count in found.most_common(8)]
    return Text("\n".join(["most frequent mistakes:", *lines]))


def change_table(rows: Sequence[Row]) -> RenderableType:
    """Return whose points are others than at the last grading, from what to what, and why."""
    table = Table(title="changed", title_justify="left", box=None, header_style="bold")
    for name in ("student", "exercise", "from", "to", "why"):
        table.add_column(name, justify="right" if name in ("from", "to") else "left")
    for row in rows:
        for change in row.changes:
            points = f"{change.before:g}", f"{change.after:g}"
            why = Text(printable(change.why), style="dim")
            table.add_row(Text(printable(row.student)), change.exercise, *points, why)
    return table
