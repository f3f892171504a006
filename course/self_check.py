"""Self-checks: the public graders against a student's own code, in the notebook or from the command line."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from course.cell_faults import worth_telling
from course.faults import Fault
from course.lesson import Lesson, UnknownLesson, exercise_id, find_lesson
from course.notebook import Notebook
from course.responder import Responder
from course.shell import running_notebook
from course.submission import LocalSubmission

if (
    TYPE_CHECKING
):  # the judge is not there when a notebook is graded, and its cells import `check` all the same
    from course.verdict import Report

CELL_SECONDS = 60.0
CALL_SECONDS = 20.0


def check(exercise: str) -> None:
    """Check one exercise, such as "4-1", against the public graders and show what they find.

    Runs in the notebook, on the names that its cells have defined so far. Passing is no grade: hidden graders with
    other inputs run when the notebook is handed in.
    """
    if running_notebook.get():
        return
    if not isinstance(exercise, str):
        print('write the exercise in quotes: check("3-2")')
        return
    if not exercise_id(exercise):
        print(f'{exercise!r} is no exercise; write its number: check("3-2")')
        return
    try:
        lesson = find_lesson(exercise_id(exercise).partition("-")[0])
        exercise = lesson.exercise(exercise).id
    except UnknownLesson as e:
        print(e)
        return
    responder = Responder(_names_of_caller())
    _show(check_names(lesson, responder, {exercise}))


def _names_of_caller() -> dict[str, Any]:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    names: dict[str, Any] = shell.user_ns if shell else sys._getframe(2).f_globals
    return names


def check_names(
    lesson: Lesson,
    responder: Responder,
    exercises: Collection[str] | None = None,
    *,
    device: str = "cpu",
    cell_faults: Collection[Fault] = (),
) -> Report:
    """Return what the public graders of `lesson` say about the code that `responder` holds."""
    from course.grader import examine
    from course.known_mistakes import known_mistakes
    from course.verdict import report_of

    wanted = [e for e in lesson.exercises if exercises is None or e.id in exercises]
    submission = LocalSubmission(responder, device=device, seconds=CALL_SECONDS)
    verdicts = examine(
        lesson.public_test,
        submission,
        exercises={e.id for e in wanted},
        explain=known_mistakes(lesson.known_mistakes),
    )
    return report_of(lesson.name, wanted, verdicts, cell_faults)


def check_notebook(
    lesson: Lesson,
    notebook: Notebook,
    exercises: Collection[str] | None = None,
    *,
    folder: Path,
    device: str = "cpu",
) -> Report:
    """Run the cells of `notebook` in `folder`, then the public graders of `lesson`."""
    responder = Responder(plots=False)
    found = []
    # a notebook's files are beside it: the one place where the working directory is the student's
    with contextlib.chdir(folder):
        for cell in notebook.code:
            reply = responder.answer(
                {"op": "cell", "index": cell.number, "source": cell.source, "seconds": CELL_SECONDS}
            )
            found.append((cell, Fault.from_dict(reply["fault"]) if reply["fault"] else None))
        faults = [replace(fault, name=cell.place) for cell, fault in worth_telling(found)]
        return check_names(lesson, responder, exercises, device=device, cell_faults=faults)


def _show(report: Report) -> None:
    ipython = sys.modules.get("IPython")
    from course.feedback import SELF_CHECK_CAVEAT, as_html, exercise_text

    if ipython and ipython.get_ipython() and ipython.get_ipython().has_trait("kernel"):
        from IPython.display import HTML, display

        for result in report.results:
            display(HTML(as_html(result, caveat=SELF_CHECK_CAVEAT)))
        return
    from rich.console import Console

    console = Console()
    for result in report.results:
        console.print(exercise_text(result))
    console.print(SELF_CHECK_CAVEAT, style="dim")
