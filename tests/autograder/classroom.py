"""A real nbgrader course with a small lesson of two exercises, and submissions of it."""

from __future__ import annotations

import copy
import csv
import json
import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.batch import Row, grade_class
from autograder.course_folder import make_course
from autograder.grading import shared_sandbox
from autograder.pipeline import Pipeline
from autograder.sandbox import SandboxUnavailable
from autograder.source import LessonSource
from autograder.workers import Here, Workers

Notebook = dict[str, Any]
PROGRAMS = Path(sysconfig.get_path("scripts"))

# what no student may read anywhere: the solution, a hidden input, an expected value, the grader's own text
SOLUTION, INPUT, EXPECTED, GRADER = (
    "x + x + 0 * 31337",
    "271.828",
    "543.656",
    "only the judge reads this",
)
SECRETS = (SOLUTION, INPUT, EXPECTED, GRADER, "BEGIN HIDDEN", "BEGIN SOLUTION", "for graders only")

LESSON = f'''\
# %% [markdown]
# # Lesson 90: Small things
#
# The smallest $x < y$ there is, in `a < b`.

# %%
import math

from course import check

# %%
print("an example:", math.sqrt(16.0))

# %% [markdown]
# ## Exercise 90-1: Doubling

# %%
def double(x):
    """Return twice x."""
    ### BEGIN SOLUTION
    return {SOLUTION}
    ### END SOLUTION


# %% points=2
check("90-1")

# %% [markdown]
# ## Exercise 90-2: Halving

# %%
def halve(x):
    """Return half of x, of a list the half of each item."""
    ### BEGIN SOLUTION
    return [halve(item) for item in x] if isinstance(x, list) else x / 2
    ### END SOLUTION


# %% points=3
check("90-2")
'''

HIDDEN_TEST = f'''\
"""{GRADER}"""

import pytest

from course.judge.expect import expect_close


@pytest.mark.exercise("90-1")
def test_doubles_a_number(submission):
    expect_close(submission.call("double", {INPUT}), {EXPECTED}, claim="double returns twice its argument")


@pytest.mark.exercise("90-2", weight=2)
def test_halves_a_number(submission):
    expect_close(submission.call("halve", 8.0), 4.0, claim="halve returns half of its argument")


@pytest.mark.exercise("90-2")
def test_halves_a_list(submission):
    expect_close(submission.call("halve", [8.0, 6.0]), [4.0, 3.0], claim="halve takes lists, too")
'''

DOUBLE = "def double(x):\n    return 2 * x"
HALVE = "def halve(x):\n    return [v / 2 for v in x] if isinstance(x, list) else x / 2"


class Classroom:
    """An nbgrader course in a folder of its own."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = make_course(folder, [])
        self.lesson = "lesson90"
        solutions = folder / "solutions" / self.lesson
        solutions.mkdir(parents=True)
        (solutions / f"{self.lesson}.py").write_text(LESSON)
        (solutions / "hidden_test.py").write_text(HIDDEN_TEST)
        (solutions / "public_test.py").write_text('"""What students check for themselves."""\n')
        (solutions / "data.csv").write_text("the lesson's own data\n")
        self.pipeline = Pipeline(folder, **settings)
        self.programs = PROGRAMS
        self.rows: dict[str, Row] = {}
        self.typed: dict[str, subprocess.CompletedProcess[str]] = {}

    def take(self, lesson: str) -> None:
        """Teach a real lesson instead of the small one."""
        make_course(self.folder, [lesson])
        self.lesson = lesson

    @property
    def source(self) -> LessonSource:
        return LessonSource(self.folder / "solutions" / self.lesson)

    def released(self) -> Notebook:
        path = self.folder / "assignments" / self.lesson / f"{self.lesson}.ipynb"
        if not path.exists():
            self.pipeline.release(self.lesson)
        notebook: Notebook = json.loads(path.read_text())
        return notebook

    def filled(self, double: str = DOUBLE, halve: str = HALVE) -> Notebook:
        """Return the assignment with these answers in it."""
        notebook = copy.deepcopy(self.released())
        cell_of(notebook, "90-1-solution")["source"] = double
        cell_of(notebook, "90-2-solution")["source"] = halve
        return notebook

    def submission(self, student: str) -> Path:
        folder = self.folder / "submitted" / student / self.lesson
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def hand_in(self, student: str, notebook: Notebook | str | bytes) -> Path:
        """Put a notebook where nbgrader looks for it; return the folder."""
        folder = self.submission(student)
        text = json.dumps(notebook) if isinstance(notebook, dict) else notebook
        data = text.encode() if isinstance(text, str) else text
        (folder / f"{self.lesson}.ipynb").write_bytes(data)
        return folder

    def grade(self, *students: str, force: bool = False) -> dict[str, Row]:
        """Grade these submissions in this process."""
        with Workers(Here(self.folder / "solutions")) as workers:
            rows = grade_class(self.pipeline, self.lesson, students, workers, force=force)
            self.rows |= {row.student: row for row in rows}
        return self.rows

    def scores(self, student: str) -> dict[str, float | None]:
        """Return what the gradebook holds, by check cell."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as gradebook:
            found = gradebook.find_submission_notebook(self.lesson, self.lesson, student)
            return {grade.name: grade.auto_score for grade in found.grades}

    def comments(self, student: str) -> dict[str, str | None]:
        """Return what nbgrader shows under a student's answers."""
        from nbgrader.api import Gradebook

        with Gradebook(f"sqlite:///{self.folder}/gradebook.db") as gradebook:
            found = gradebook.find_submission_notebook(self.lesson, self.lesson, student)
            return {comment.name: comment.comment for comment in found.comments}

    def autograded(self, student: str) -> Notebook:
        path = self.folder / "autograded" / student / self.lesson / f"{self.lesson}.ipynb"
        notebook: Notebook = json.loads(path.read_text())
        return notebook

    def feedback(self, student: str) -> str:
        path = self.folder / "feedback" / student / self.lesson / f"{self.lesson}.html"
        return path.read_text()

    def grades(self) -> dict[str, dict[str, str]]:
        with (self.folder / "grades.csv").open(newline="") as file:
            return {row["student_id"]: row for row in csv.DictReader(file)}

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program as a TA does, in the course folder."""
        variables = {**os.environ, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", **environment}
        return subprocess.run(
            command, cwd=self.folder, env=variables, capture_output=True, text=True, timeout=120
        )


def cell_of(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    """Return the cell of that name."""
    found: dict[str, Any] = next(
        c
        for c in notebook["cells"]
        if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )
    return found


@pytest.fixture(scope="session")
def real_sandbox() -> None:
    """Skip where no sandbox can be had."""
    try:
        shared_sandbox()
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")


@pytest.fixture(scope="session")
def new_classroom(
    real_sandbox: None, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Classroom]:
    """Return a function that founds a course."""

    def found(**settings: Any) -> Classroom:
        return Classroom(tmp_path_factory.mktemp("course"), **settings)

    return found
