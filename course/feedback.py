"""Verdicts as terminal text and as HTML; both are inert, whatever a student's text contains."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from course.faults import Fault
from course.verdict import ExerciseResult, Report, Status, Verdict

MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.BLOCKED: "–"}
_STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.BLOCKED: "dim"}
_COLORS = {Status.PASSED: "#1a7f37", Status.FAILED: "#b3261e", Status.BLOCKED: "#6e7781"}

SELF_CHECK_CAVEAT = (
    "These are self-checks. Hidden graders, with inputs that you have not seen, "
    "decide the points when you hand in."
)


def printable(text: str) -> str:
    """Return `text` without what could steer a terminal or reorder a line: controls, escapes, bidi marks."""
    kept = (c if c == "\n" or unicodedata.category(c)[0] != "C" else "�" for c in text)
    return "".join(kept)


def parts(verdict: Verdict) -> Iterator[tuple[str, str]]:
    """Yield what a verdict has to say as (label, text), the most useful first."""
    if verdict.note:
        yield "", verdict.note
    finding = verdict.finding
    if finding is None or verdict.status is Status.BLOCKED:
        return
    if finding.claim and finding.claim != verdict.title:
        yield "", finding.claim
    if finding.called:
        yield "called", finding.called
    if finding.came_back:
        place = f" {finding.where}" if finding.where else ""
        yield f"came back{place}", finding.came_back
    if finding.expected:
        yield "expected", finding.expected
    if finding.explanation:
        yield "why", finding.explanation
    if finding.hint:
        yield "hint", finding.hint


def as_text(report: Report, *, title: str = "") -> RenderableType:
    """Return the report for a terminal."""
    lines: list[RenderableType] = [Text(printable(title), style="bold")] if title else []
    lines += [_cell_fault(fault) for fault in report.cell_faults]
    for result in report.results:
        lines.append(exercise_text(result))
    return Group(*lines)


def exercise_text(result: ExerciseResult) -> RenderableType:
    """Return one exercise's verdicts for a terminal: one line if all is well, the reasons if not."""
    status = Status.PASSED if result.passed else Status.FAILED
    head = Text(f"{MARKS[status]} {result.exercise.id}  ", style=_STYLES[status])
    head.append(printable(result.exercise.title), style="bold")
    if result.passed:
        return head
    return Group(head, *(Padding(_verdict_text(v), (0, 0, 0, 4)) for v in result.verdicts))


def _verdict_text(verdict: Verdict) -> RenderableType:
    head = Text(f"{MARKS[verdict.status]} {printable(verdict.title)}", _STYLES[verdict.status])
    told = []
    for label, text in parts(verdict):
        line = Text(f"{label}: " if label else "", style="dim")
        line.append(printable(text), style="yellow" if label == "why" else "default")
        told.append(Padding(line, (0, 0, 0, 3)))
    return Group(head, *told)


def _cell_fault(fault: Fault) -> Text:
    return Text(f"! {printable(fault.sentence())}", style="yellow")


def notes_of(report: Report) -> list[str]:
    """Return what is to be said about the submission as a whole, quoting nothing of the student's."""
    return [*report.notes, *(fault.sentence(quote=False) for fault in report.cell_faults)]


def summary(report: Report) -> Text:
    """Return the closing lines of a self-check, which promise no more than was checked."""
    done = sum(result.passed for result in report.results)
    total = len(report.results)
    style = "green" if report.passed else "default"
    text = Text(f"{done} of {total} exercise{'s' * (total != 1)} pass. ", style=f"bold {style}")
    return text.append(SELF_CHECK_CAVEAT, style="not bold dim")


def as_html(result: ExerciseResult, *, notes: Iterable[str] = (), caveat: str = "") -> str:
    """Return one exercise's verdicts as a card: text in tags, no script, no link, no style sheet."""
    color = _COLORS[Status.PASSED if result.passed else Status.FAILED]
    rows = "".join(_verdict_html(v) for v in result.verdicts)
    above = "".join(_paragraph(note, "#9a6700") for note in notes)
    score = "" if caveat else f" &mdash; {result.score:g} of {result.exercise.points:g} points"
    head = f"<b>{_escape(result.exercise.id)} {_escape(result.exercise.title)}</b>{score}"
    foot = _paragraph(caveat, "#6e7781") if caveat else ""
    return (
        f'<div style="border-left: 4px solid {color}; padding: 4px 12px; margin: 4px 0">'
        f"<div>{head}</div>{above}{rows}{foot}</div>"
    )


def _verdict_html(verdict: Verdict) -> str:
    color = _COLORS[verdict.status]
    told = "".join(
        _paragraph(
            f"{label}: {text}" if label else text, "#9a6700" if label == "why" else "#57606a"
        )
        for label, text in parts(verdict)
    )
    head = f'<span style="color: {color}">{MARKS[verdict.status]}</span> {_escape(verdict.title)}'
    return f'<div style="margin: 6px 0">{head}{told}</div>'


def _paragraph(text: str, color: str) -> str:
    return f'<div style="margin-left: 20px; color: {color}">{_escape(text)}</div>'


def _escape(text: str) -> str:
    return html.escape(printable(text))
