"""Two nbgrader courses with one lesson, one class and one set of answers: ours, and a stock one."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.answers import wrong_answers
from autograder.course_folder import make_course
from autograder.demo import MadeUp, fill
from autograder.source import SOLUTIONS, LessonSource
from tests.benchmarks.measuring import cost_of

LESSON = "lesson3"
NBGRADER = [sys.executable, "-m", "nbgrader"]
_STOCK_CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
_CHECKS = Path(__file__).with_name("plain_checks.py")


@dataclass(frozen=True)
class Standing:
    """What a class has earned, as nbgrader's gradebook holds it."""

    graded: int
    points: float
    possible: float


def our_course(folder: Path, size: int) -> Path:
    """Make a course of ours with `size` submissions, ready to be autograded."""
    make_course(folder, [LESSON])
    cost_of([*NBGRADER, "generate_assignment", LESSON], folder)
    _hand_in(folder, folder / "assignments", size)
    return folder


def stock_course(folder: Path, size: int) -> Path:
    """Make a stock course with the same cells and submissions, whose check cells hold plain asserts."""
    source = folder / "source" / LESSON / f"{LESSON}.ipynb"
    source.parent.mkdir(parents=True)
    source.write_text(json.dumps(_with_plain_checks(json.loads(_lesson().notebook.read_text()))))
    (folder / "nbgrader_config.py").write_text(_STOCK_CONFIG)
    cost_of([*NBGRADER, "generate_assignment", LESSON], folder)
    _hand_in(folder, folder / "release", size)
    return folder


def standing_of(course: Path, course_id: str) -> Standing:
    """Return how the class stands in a course that was autograded."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", course_id) as gradebook:
        submissions = gradebook.assignment_submissions(LESSON)
        points = sum(float(submission.score) for submission in submissions)
        return Standing(len(submissions), points, sum(float(s.max_score) for s in submissions))


def solved_notebook() -> dict[str, Any]:
    """Return the lesson's notebook as a student hands it in who has solved everything."""
    released = json.loads(
        (SOLUTIONS.parent / "assignments" / LESSON / f"{LESSON}.ipynb").read_text()
    )
    return fill(released, _lesson(), MadeUp("student", ""))


def _lesson() -> LessonSource:
    return LessonSource(SOLUTIONS / LESSON)


def _with_plain_checks(notebook: dict[str, Any]) -> dict[str, Any]:
    text = re.split(r"^# %% (\d+-\d+)\n", _CHECKS.read_text(), flags=re.MULTILINE)
    checks = dict(zip(text[1::2], text[2::2], strict=True))
    for cell in notebook["cells"]:
        flags = cell["metadata"].get("nbgrader", {})
        if flags.get("grade"):
            hidden = checks.pop(flags["grade_id"]).strip()
            cell["source"] = f"### BEGIN HIDDEN TESTS\n{hidden}\n### END HIDDEN TESTS"
        else:
            cell["source"] = cell["source"].replace("from course import check", "").strip()
    if checks:
        raise ValueError(f"{LESSON} has no exercises {sorted(checks)}")
    return notebook


def _hand_in(course: Path, released: Path, size: int) -> None:
    """Write `size` submissions: every other one perfect, each of the rest with one wrong answer."""
    lesson = _lesson()
    notebook = json.loads((released / LESSON / f"{LESSON}.ipynb").read_text())
    wrong = wrong_answers(lesson)
    # spread over all exercises, however few submissions there are
    step = next(step for step in (7, 5, 3, 2, 1) if len(wrong) % step)
    for number in range(size):
        answer = wrong[number // 2 * step % len(wrong)]
        answers = {answer.exercise: answer.code} if number % 2 else {}
        student = MadeUp(f"student{number:03}", "", answers)
        folder = course / "submitted" / student.name / LESSON
        folder.mkdir(parents=True)
        (folder / f"{LESSON}.ipynb").write_text(json.dumps(fill(notebook, lesson, student)))
