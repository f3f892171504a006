"""The laws that hold for every lesson that is found."""

from __future__ import annotations

import ast

import pytest

from autograder.answers import Answer, cells_with, right_answers, wrong_answers
from autograder.source import LessonSource, lesson_sources
from course.grader import examine
from course.lesson import Exercise, exercises_of
from course.notebook import read
from course.submission import LocalSubmission
from course.verdict import Report, report_of

LESSONS = lesson_sources()
ODD = [
    "None",
    "'text'",
    "float('nan')",
    "[]",
    "{}",
    "()",
    "object()",
    "__import__('torch').zeros(0)",
    "__import__('numpy').array(['a'])",
    "10**400",
    "[[1.0], [2.0, 3.0]]",
    "(1.0, 2.0)",
    "[None, None, None, None]",
    "lambda *a: 0",
]


def exercises(source: LessonSource) -> tuple[Exercise, ...]:
    return exercises_of(read(source.notebook))


def graded(
    source: LessonSource, cells: list[str], seed: str = "a law", grader: str = "hidden"
) -> Report:
    submission = LocalSubmission.of_cells(cells, seconds=20.0)
    test = source.hidden_test if grader == "hidden" else source.public_test
    verdicts = examine(test, submission, seed=seed, reference=source.names())
    return report_of(source.name, exercises(source), verdicts)


def failures(report: Report) -> str:
    return "\n".join(
        f"{v.exercise} {v.title}: {v.status} {v.finding} {v.note}"
        for r in report.results
        for v in r.verdicts
        if v.status != "passed"
    )


def all_answers(kind: str) -> list[object]:
    read_answers = right_answers if kind == "right" else wrong_answers
    return [
        pytest.param(source, answer, id=f"{answer.exercise}: {answer.text}")
        for source in LESSONS
        for answer in read_answers(source)
    ]


each_lesson = pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.name)


@each_lesson
@pytest.mark.parametrize("grader", ["hidden", "public"])
def test_solution_earns_every_point(source: LessonSource, grader: str) -> None:
    report = graded(source, cells_with(source), grader=grader)
    assert report.passed, failures(report)


@each_lesson
def test_verdicts_on_the_solution_do_not_depend_on_the_secret(source: LessonSource) -> None:
    for secret in range(20):
        report = graded(source, cells_with(source), seed=f"secret {secret}")
        assert report.passed, failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("right"))
def test_right_answer_earns_every_point(source: LessonSource, answer: Answer) -> None:
    report = graded(source, cells_with(source, answer))
    assert report.passed, failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("right"))
def test_right_answer_passes_the_self_checks(source: LessonSource, answer: Answer) -> None:
    report = graded(source, cells_with(source, answer), grader="public")
    assert report.passed, failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("wrong"))
def test_wrong_answer_loses_its_exercise_and_no_other(source: LessonSource, answer: Answer) -> None:
    report = graded(source, cells_with(source, answer))
    lost = [r.exercise.id for r in report.results if not r.passed]
    assert lost == [answer.exercise], failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("wrong"))
def test_wrong_answer_is_explained(source: LessonSource, answer: Answer) -> None:
    if answer.diagnosis is None:
        return
    report = graded(source, cells_with(source, answer))
    verdicts = report.result(answer.exercise).verdicts
    found = [v.finding.diagnosis for v in verdicts if v.finding is not None]
    assert answer.diagnosis in found, failures(report)


@each_lesson
def test_untouched_assignment_earns_nothing(source: LessonSource) -> None:
    from course.lesson import find_lesson

    lesson = find_lesson(source.name)
    cells = [cell.source for cell in read(lesson.notebook_path).code]
    report = graded(source, cells)
    assert report.score == 0 < report.points, failures(report)


@each_lesson
def test_every_exercise_is_judged_by_both_graders(source: LessonSource) -> None:
    for grader in ("hidden", "public"):
        report = graded(source, cells_with(source), grader=grader)
        assert all(result.verdicts for result in report.results)


@each_lesson
def test_every_exercise_has_right_and_wrong_answers(source: LessonSource) -> None:
    for exercise in exercises(source):
        right = [a for a in right_answers(source) if a.exercise == exercise.id]
        wrong = [a for a in wrong_answers(source) if a.exercise == exercise.id]
        assert len(right) >= 2 and len(wrong) >= 4, exercise.id


def defined_names(source: LessonSource) -> dict[str, type[ast.AST]]:
    code = "\n".join(code for cells in source.solution_cells.values() for code in cells)
    return {
        node.name: type(node)
        for node in ast.parse(code).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and not node.name.startswith("_")
    }


@each_lesson
@pytest.mark.parametrize("odd", ODD)
def test_odd_values_lose_points_and_never_break_a_grader(source: LessonSource, odd: str) -> None:
    replaced = []
    for name, kind in defined_names(source).items():
        method = f"def {name}(*_, **__): return {odd}"
        if kind is ast.ClassDef:
            method = (
                f"class {name}(__import__('torch').nn.Module):\n"
                f"    def __init__(self, *_, **__): super().__init__()\n"
                f"    def forward(self, *_, **__): return {odd}\n"
                f"    def backward(self, *_, **__): return {odd}\n"
            )
        replaced.append(method)
    for grader in ("hidden", "public"):
        report = graded(source, [*cells_with(source), *replaced], grader=grader)
        assert not any(result.passed for result in report.results), odd
