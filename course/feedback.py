"""Verdicts as terminal text and as HTML; both are inert, whatever a student's text contains."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import timedelta

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from course.faults import FAULTS, Fault
from course.judge.failure import Finding
from course.verdict import ExerciseResult, Report, Status, Verdict

MARKS = {Status.PASSED: "✓", Status.FAILED: "✗", Status.BLOCKED: "–"}
_STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.BLOCKED: "dim"}
# readable on Jupyter's light and on its dark background; the text itself keeps the page's own colour
_COLORS = {Status.PASSED: "#2da44e", Status.FAILED: "#d1453b", Status.BLOCKED: "#848d97"}
_AMBER = "#bf8700"

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
    if finding.came_back and finding.diagnosis in FAULTS:
        yield "", finding.came_back
    elif finding.came_back and not _said_already(finding):
        place = f" {finding.where}" if finding.where else ""
        yield f"came back{place}", finding.came_back
    if finding.expected:
        yield "expected", finding.expected
    if finding.explanation:
        yield "why", finding.explanation
    elif finding.hint:  # where the mistake is known, a guess at it is in the way
        yield "hint", finding.hint


def _said_already(finding: Finding) -> bool:
    """Whether the explanation tells more than that something of this sort came back."""
    return bool(finding.explanation) and finding.came_back == finding.sort_came_back


def first_reason(result: ExerciseResult) -> str:
    """Return the first thing to mend in a sentence, quoting nothing hidden; nothing if all is well."""
    told = (v.for_student() for v in result.verdicts if v.status is Status.FAILED)
    for verdict in told:
        finding = verdict.finding
        if finding is None:
            return verdict.title
        fault = finding.came_back if finding.diagnosis in FAULTS else ""
        return finding.explanation or fault or f"Not so yet: {finding.claim or verdict.title}"
    return ""


def late_by(seconds: float) -> str:
    """Return how late a submission was, in words."""
    return f"late by {timedelta(seconds=round(seconds))}"


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
    unwritten = still_unwritten(result)
    if unwritten:
        return head.append(f" – still to be written: {', '.join(unwritten)}", style="not bold dim")
    return Group(head, *(Padding(_verdict_text(v), (0, 0, 0, 4)) for v in result.verdicts))


def still_unwritten(result: ExerciseResult) -> list[str]:
    """Return the names that are still stubs, if that is all there is to say about the exercise."""
    findings = [v.finding for v in result.verdicts if v.status is Status.FAILED]
    if not all(f is not None and f.diagnosis == "unwritten" for f in findings):
        return []
    names = (f.came_back.partition(" ")[0] for f in findings if f is not None)
    return [printable(name) for name in dict.fromkeys(names)]


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


_NOT_KEPT_IN = "This was graded without a sandbox: whatever the code did, nothing held it."


def notes_of(report: Report) -> list[str]:
    """Return what is to be said about the submission as a whole, quoting nothing of the student's."""
    return [
        *([report.unreadable] if report.unreadable else []),
        *report.notes,
        *([_NOT_KEPT_IN] if report.sandbox == "none" else []),
        # no cell has seen a hidden input: what its exception says is the student's to read
        *(fault.sentence() for fault in report.cell_faults),
    ]


def summary(report: Report) -> Text:
    """Return the closing lines of a self-check, which promise no more than was checked."""
    done = sum(result.passed for result in report.results)
    total = len(report.results)
    style = "green" if report.passed else "default"
    text = Text(
        f"{done} of {total} exercise{'s pass' if total != 1 else ' passes'}. ",
        style=f"bold {style}",
    )
    return text.append(SELF_CHECK_CAVEAT, style="not bold dim")


def as_html(
    result: ExerciseResult,
    *,
    notes: Iterable[str] = (),
    caveat: str = "",
    whole: ExerciseResult | None = None,
) -> str:
    """Return one exercise's verdicts as a card: text in tags, no script, no link, no style sheet.

    `notes` are about the notebook as a whole and stand above the card. With `whole`, the same result before anything
    was left out of it, the card is one for graders: it shows what is hidden from the student, and says so.
    """
    status = Status.PASSED if result.passed else Status.FAILED
    title = f"{result.exercise.id} {result.exercise.title}"
    score = "" if caveat else f"{result.score:g} of {result.exercise.points:g} points"
    kept = whole.verdicts if whole else (None,) * len(result.verdicts)
    rows = [
        _verdict_html(told, hidden, "" if caveat else _points_of(result, told))
        for told, hidden in zip(result.verdicts, kept, strict=True)
    ]
    body = _card_head(status, title, score) + "".join(rows)
    foot = _line(caveat, "font-size: 90%; margin-top: 6px") if caveat else ""
    return _notes_html(notes) + _box(_COLORS[status], body + foot)


def _points_of(result: ExerciseResult, verdict: Verdict) -> str:
    worth = result.worth(verdict)
    return f"{worth if verdict.status is Status.PASSED else 0:g} of {worth:g}"


def _card_head(status: Status, title: str, score: str) -> str:
    return f"<div>{_at_the_right(score, 'bold')}{_mark(status)} <b>{_escape(title)}</b></div>"


def _notes_html(notes: Iterable[str]) -> str:
    told = "".join(_line(note) for note in notes)
    return _box(_AMBER, f"<div><b>About the whole notebook</b></div>{told}") if told else ""


def _verdict_html(told: Verdict, whole: Verdict | None, points: str) -> str:
    lines = "".join(_part_html(label, text) for label, text in parts(told))
    title = f"{_at_the_right(points)}{_mark(told.status)} {_escape(told.title)}"
    head = f'<div style="margin-top: 8px">{title}</div>'
    return f"{head}{lines}{_hidden_html(whole) if whole else ''}"


def _part_html(label: str, text: str) -> str:
    if label == "why":
        return _line(text, "font-weight: bold")
    return _line(text, label=label)


def _hidden_html(verdict: Verdict) -> str:
    """Return what a student is not told about `verdict`, marked as such."""
    finding = verdict.finding
    if finding is None:
        return ""
    place = f" {finding.where}" if finding.where else ""
    facts = [
        ("called", finding.called),
        (f"came back{place}", finding.came_back),
        ("expected", finding.expected),
    ]
    lines = "".join(_line(f"{label}: {text}", _MONOSPACE) for label, text in facts if text)
    return _box(
        _COLORS[Status.BLOCKED], f"<div><i>for graders only</i></div>{lines}", "2px 0 2px 22px"
    )


_MONOSPACE = "font-family: monospace; white-space: pre-wrap"


def _box(color: str, body: str, margin: str = "6px 0") -> str:
    style = f"border-left: 4px solid {color}; padding: 4px 12px; margin: {margin}; line-height: 1.5"
    return f'<div style="{style}">{body}</div>'


def _mark(status: Status) -> str:
    return f'<span style="color: {_COLORS[status]}; font-weight: bold">{MARKS[status]}</span>'


def _at_the_right(text: str, weight: str = "normal") -> str:
    style = f"float: right; font-weight: {weight}"
    return f'<span style="{style}">{_escape(text)}</span>' if text else ""


def _line(text: str, style: str = "", label: str = "") -> str:
    before = f'<span style="opacity: 0.7">{_escape(label)}: </span>' if label else ""
    return f'<div style="margin-left: 22px; {style}">{before}{_escape(text)}</div>'


def _escape(text: str) -> str:
    return html.escape(printable(text))
