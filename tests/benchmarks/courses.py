"""One class with one set of answers, in three courses: ours, a stock nbgrader course and a stock otter course."""

from __future__ import annotations

import copy
import json
import shutil
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import Any

from autograder.answers import Answer, wrong_answers
from autograder.course_folder import make_course
from autograder.demo import MadeUp, fill
from autograder.source import CHECKOUT, SOLUTIONS, LessonSource
from course.lesson import KNOWN_MISTAKES
from tests.benchmarks.measuring import cost_of
from tests.benchmarks.plain_checks import plain_checks

NBGRADER = [sys.executable, "-m", "nbgrader"]
STOCK_ID = "stock"
_STOCK_CONFIG = f'c = get_config()\nc.CourseDirectory.course_id = "{STOCK_ID}"\n'

LEFT_OUT = {"endless", "always-the-same", "reads-per-item"}
"""Diagnoses of wrong answers that nobody hands in here: a loop over these datasets of lesson 8 never ends, or reads the
file for each item, and what a time limit costs is not what is compared.
"""


@dataclass(frozen=True)
class Standing:
    """What a class has earned: how many were graded, of the right submissions how many have all points, of the wrong
    ones how many have not.
    """

    graded: int
    right: int
    accepted: int
    wrong: int
    rejected: int

    @classmethod
    def of(cls, scores: Mapping[str, tuple[float, float]], size: int) -> Standing:
        """Return the standing of a class of `size`, of which each graded student has (points, of so many)."""
        full = {name for name, (points, possible) in scores.items() if points > possible - 1e-6 > 0}
        right = {name_of(number) for number in range(0, size, 2)}
        wrong = {name_of(number) for number in range(1, size, 2)}
        rejected = wrong & scores.keys() - full
        return cls(len(scores), len(right), len(right & full), len(wrong), len(rejected))


def name_of(number: int) -> str:
    """Return the name of a student; those with even numbers hand in what is right."""
    return f"student{number:04}"


def our_course(folder: Path, lesson: str, size: int) -> None:
    """Make a course of ours with `size` submissions, ready to be graded."""
    make_course(folder, [lesson])
    cost_of([*NBGRADER, "generate_assignment", lesson], folder)
    _hand_in(folder, lesson, _notebook(folder / "assignments", lesson), size)


def stock_course(folder: Path, lesson: str, size: int) -> None:
    """Make a stock nbgrader course with the same submissions, whose check cells hold plain asserts."""
    source = folder / "source" / lesson / f"{lesson}.ipynb"
    source.parent.mkdir(parents=True)
    notebook = json.loads(LessonSource(SOLUTIONS / lesson).notebook.read_text())
    checks = {exercise: check.cell() for exercise, check in plain_checks(lesson).items()}
    hidden = {e: f"### BEGIN HIDDEN TESTS\n{c}\n### END HIDDEN TESTS" for e, c in checks.items()}
    source.write_text(json.dumps(_with_checks(notebook, hidden)))
    for file in data_files(lesson):
        shutil.copy(file, source.parent)
    (folder / "nbgrader_config.py").write_text(_STOCK_CONFIG)
    cost_of([*NBGRADER, "generate_assignment", lesson], folder)
    _hand_in(folder, lesson, _notebook(folder / "release", lesson), size)


def otter_course(folder: Path, lesson: str, size: int) -> None:
    """Make a course for otter with the same submissions and asserts: an autograder.zip, and a list of who handed in."""
    released = _notebook(SOLUTIONS.parent / "assignments", lesson)
    checks = plain_checks(lesson)
    points = {
        flags["grade_id"]: flags["points"]
        for cell in released["cells"]
        if (flags := cell["metadata"].get("nbgrader", {})).get("grade")
    }
    folder.mkdir(parents=True)
    with zipfile.ZipFile(folder / "autograder.zip", "w") as autograder:
        autograder.writestr("otter_config.json", json.dumps({"lang": "python"}))
        for exercise, check in checks.items():
            autograder.writestr(f"tests/{exercise}.py", check.test_file(points[exercise]))
        for file in data_files(lesson):
            autograder.write(file, f"files/{file.name}")
    cells = {exercise: f'grader.check("{exercise}")' for exercise in checks}
    notebook = _with_checks(released, cells)
    first = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    first["source"] = f"import otter\n\ngrader = otter.Notebook()\n\n{''.join(first['source'])}"
    _hand_in(folder, lesson, notebook, size)
    names = "".join(f"{name_of(number)}\n" for number in range(size))
    (folder / "students.txt").write_text(names)


def gradebook_standing(course: Path, lesson: str, size: int, course_id: str) -> Standing:
    """Return how the class stands in nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", course_id) as gradebook:
        return Standing.of(
            {
                submission.student_id: (float(submission.score), float(submission.max_score))
                for submission in gradebook.assignment_submissions(lesson)
                if not submission.needs_manual_grade
            },
            size,
        )


def otter_standing(course: Path, size: int) -> Standing:
    """Return how the class stands by the results that `otter run` left beside the submissions."""
    scores: dict[str, tuple[float, float]] = {}
    for path in course.glob("submitted/*/results.json"):
        tests = [test for test in json.loads(path.read_text())["tests"] if "score" in test]
        if tests:  # what went wrong with otter itself is a test without a score
            points = sum(test["score"] for test in tests)
            scores[path.parent.name] = points, sum(test["max_score"] for test in tests)
    return Standing.of(scores, size)


def solved_notebook(lesson: str) -> dict[str, Any]:
    """Return the lesson's notebook as a student hands it in who has solved everything."""
    released = _notebook(SOLUTIONS.parent / "assignments", lesson)
    return fill(released, LessonSource(SOLUTIONS / lesson), MadeUp("student", ""))


def data_files(lesson: str) -> list[Path]:
    """Return what students get beside the notebook and the self-checks."""
    folder = CHECKOUT / "assignments" / lesson
    files = [p for p in folder.iterdir() if p.is_file() and p.name != KNOWN_MISTAKES]
    return [p for p in files if p.suffix not in (".ipynb", ".py")]


def submitted_answers(lesson: str) -> list[Answer]:
    """Return the wrong answers that are handed in, spread over all exercises however few are taken."""
    wrong = wrong_answers(LessonSource(SOLUTIONS / lesson))
    wrong = [answer for answer in wrong if answer.diagnosis not in LEFT_OUT]
    # in steps of the golden section, none is met twice before all were, and neighbours lie far apart
    least = round(len(wrong) * 0.382)
    step = next(step for step in range(least, 2 * len(wrong)) if gcd(step, len(wrong)) == 1)
    return [wrong[number * step % len(wrong)] for number in range(len(wrong))]


def _notebook(released: Path, lesson: str) -> dict[str, Any]:
    notebook: dict[str, Any] = json.loads((released / lesson / f"{lesson}.ipynb").read_text())
    return notebook


def _with_checks(notebook: dict[str, Any], checks: Mapping[str, str]) -> dict[str, Any]:
    """Return the notebook with other code in its check cells, and without our own `check`."""
    changed = copy.deepcopy(notebook)
    for cell in changed["cells"]:
        flags = cell["metadata"].get("nbgrader", {})
        if flags.get("grade"):
            cell["source"] = checks[flags["grade_id"]]
        else:
            cell["source"] = "".join(cell["source"]).replace("from course import check", "").strip()
    return changed


def _hand_in(course: Path, lesson: str, notebook: dict[str, Any], size: int) -> None:
    """Write `size` submissions: every other one perfect, each of the rest with one wrong answer."""
    source = LessonSource(SOLUTIONS / lesson)
    wrong = submitted_answers(lesson)
    for number in range(size):
        answer = wrong[number // 2 % len(wrong)]
        answers = {answer.exercise: answer.code} if number % 2 else {}
        name = name_of(number)
        # no two are the same, so that nobody's result can be another's
        student = MadeUp(name, "", answers, first_cell=f'handed_in_by = "{name}"')
        folder = course / "submitted" / name / lesson
        folder.mkdir(parents=True)
        (folder / f"{lesson}.ipynb").write_text(json.dumps(fill(notebook, source, student)))
