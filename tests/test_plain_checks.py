"""The plain asserts that other graders are timed with tell right from wrong, in every lesson that they check."""

import pytest

from autograder.answers import Answer, cells_with, wrong_answers
from autograder.source import SOLUTIONS, LessonSource
from course.shell import Shell
from tests.benchmarks.courses import data_files
from tests.benchmarks.plain_checks import LESSONS, PlainCheck, plain_checks

# a student's code may warn; only our own must not
pytestmark = pytest.mark.filterwarnings("ignore")

CHECKS = [
    pytest.param(lesson, check, id=exercise)
    for lesson in LESSONS
    for exercise, check in plain_checks(lesson).items()
]


def passes(lesson: str, check: PlainCheck, answer: Answer | None = None) -> bool:
    """Return whether the check cell runs to its end after the solution, or after an answer in its place."""
    shell = Shell(plots=False)
    *_, checked = [
        shell.run(number, cell, 30.0)
        for number, cell in enumerate(
            [*cells_with(LessonSource(SOLUTIONS / lesson), answer), check.cell()]
        )
    ]
    return checked.fault is None


@pytest.mark.parametrize(("lesson", "check"), CHECKS)
def test_plain_check_accepts_the_solution(lesson: str, check: PlainCheck) -> None:
    assert passes(lesson, check)


@pytest.mark.parametrize(("lesson", "check"), CHECKS)
def test_plain_check_rejects_a_wrong_answer(lesson: str, check: PlainCheck) -> None:
    answers = wrong_answers(LessonSource(SOLUTIONS / lesson))
    first = next(answer for answer in answers if answer.exercise == check.exercise)
    assert not passes(lesson, check, first)


def test_students_get_the_data_beside_the_notebook() -> None:
    assert [file.name for file in data_files("lesson8")] == ["diabetes.csv.gz"]
