"""The laws that hold for every lesson that is found."""

from __future__ import annotations

import ast
import json
import math
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path

import pytest
import torch
from reach import reached

from autograder.answers import Answer, cells_with, right_answers, wrong_answers
from autograder.course_folder import make_course
from autograder.grading import shared_sandbox
from autograder.known_mistakes import made_from
from autograder.nbgrader import NOT_FOR_STUDENTS
from autograder.pipeline import Pipeline
from autograder.running import RunningNotebook, TimeLimits
from autograder.sandbox import SandboxUnavailable
from autograder.source import LessonSource, lesson_sources
from course.grader import examine
from course.known_mistakes import known_mistakes
from course.lesson import Exercise, exercises_of, find_lesson
from course.notebook import read
from course.submission import LocalSubmission
from course.verdict import Report, report_of

# a student's code may warn; only our own must not
pytestmark = pytest.mark.filterwarnings("ignore")

LESSONS = lesson_sources()
RecordProperty = Callable[[str, object], None]
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
    source: LessonSource,
    cells: list[str],
    seed: str = "a law",
    grader: str = "hidden",
    only: Collection[str] | None = None,
    device: str = "cpu",
) -> Report:
    submission = LocalSubmission.of_cells(cells, seconds=20.0, device=device)
    test = source.hidden_test if grader == "hidden" else source.public_test
    wanted = [e for e in exercises(source) if only is None or e.id in only]
    # as students ask it
    explain = known_mistakes(source.known_mistakes) if grader == "public" else None
    verdicts = examine(
        test, submission, seed=seed, exercises=only, reference=source.names(), explain=explain
    )
    return report_of(source.name, wanted, verdicts)


def failures(report: Report) -> str:
    return "\n".join(
        f"{v.exercise} {v.title}: {v.status} {v.finding} {v.note}"
        for r in report.results
        for v in r.verdicts
        if v.status != "passed"
    )


def all_answers(kind: str, soon: float = math.inf) -> list[object]:
    """Return the right or the wrong answers; those that are not among the first `soon` of an exercise are `slow`."""
    read_answers = right_answers if kind == "right" else wrong_answers
    nth: Counter[str] = Counter()
    params = []
    for source in LESSONS:
        for answer in read_answers(source):
            nth[answer.exercise] += 1
            marks = [pytest.mark.slow] if nth[answer.exercise] > soon else []
            name = f"{answer.exercise}: {answer.text}"
            params.append(pytest.param(source, answer, id=name, marks=marks))
    return params


each_lesson = pytest.mark.parametrize("source", LESSONS, ids=lambda source: source.name)


@each_lesson
@pytest.mark.parametrize("grader", ["hidden", "public"])
def test_solution_earns_every_point(source: LessonSource, grader: str) -> None:
    report = graded(source, cells_with(source), grader=grader)
    assert report.passed, failures(report)


@each_lesson
def test_verdicts_on_the_solution_do_not_depend_on_the_secret(source: LessonSource) -> None:
    # tests/benchmarks/fairness.py does it for every answer, a hundred times
    for secret in range(3):
        report = graded(source, cells_with(source), seed=f"secret {secret}")
        assert report.passed, failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("right"))
def test_right_answer_earns_every_point(
    source: LessonSource, answer: Answer, record_property: RecordProperty
) -> None:
    record_property("right", answer.exercise)
    for grader in ("hidden", "public"):
        cells = cells_with(source, answer)
        report = graded(source, cells, grader=grader, only=reached(source, answer))
        assert report.passed, failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("wrong"))
def test_wrong_answer_is_rejected_and_explained(
    source: LessonSource, answer: Answer, record_property: RecordProperty
) -> None:
    record_property("wrong", answer.exercise)
    report = graded(source, cells_with(source, answer), only={answer.exercise})
    assert not report.passed, failures(report)
    verdicts = report.result(answer.exercise).verdicts
    found = [v.finding.diagnosis for v in verdicts if v.finding is not None]
    if any(found):
        record_property("explained", answer.exercise)
    assert answer.diagnosis is None or answer.diagnosis in found, failures(report)


@pytest.mark.parametrize(("source", "answer"), all_answers("wrong", soon=8))
def test_wrong_answer_loses_no_other_exercise(source: LessonSource, answer: Answer) -> None:
    # what builds on an exercise is judged with that one made right, whatever the mistake, and may be an honest training
    if others := reached(source, answer) - {answer.exercise}:
        report = graded(source, cells_with(source, answer), only=others)
        assert report.passed, failures(report)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU here")
@each_lesson
def test_verdicts_on_a_gpu_are_those_on_the_cpu(source: LessonSource) -> None:
    for answer in (None, *right_answers(source), *wrong_answers(source)):
        cells, only = cells_with(source, answer), answer and {answer.exercise}
        on_cpu, on_gpu = (
            graded(source, cells, only=only, device=device) for device in ("cpu", "cuda")
        )
        found = [
            [(v.title, v.status) for result in report.results for v in result.verdicts]
            for report in (on_cpu, on_gpu)
        ]
        assert found[0] == found[1], f"{answer and answer.text}: {failures(on_gpu)}"


@each_lesson
def test_untouched_assignment_earns_nothing(source: LessonSource) -> None:
    lesson = find_lesson(source.name)
    cells = [cell.source for cell in read(lesson.notebook_path).code]
    report = graded(source, cells)
    assert report.score == 0 < report.points, failures(report)


@each_lesson
def test_every_exercise_has_enough_answers_most_of_them_explained(source: LessonSource) -> None:
    for exercise in exercises(source):
        right = [a for a in right_answers(source) if a.exercise == exercise.id]
        wrong = [a for a in wrong_answers(source) if a.exercise == exercise.id]
        explained = [a for a in wrong if a.diagnosis is not None]
        assert len(right) >= 4 and len(wrong) >= 8, exercise.id
        assert len(explained) >= 0.75 * len(wrong), exercise.id


@each_lesson
def test_self_checks_name_known_mistakes(source: LessonSource) -> None:
    known = json.loads(source.known_mistakes.read_text())
    assert known["made from"] == made_from(source), "run `course mistakes` and `course release`"
    # three of them: all were met when the file was written
    for mistake in (known["mistakes"][place] for place in (0, len(known["mistakes"]) // 2, -1)):
        makers = [a for a in wrong_answers(source) if a.diagnosis == mistake["diagnosis"]]
        assert any(mistake["explanation"] in whys(source, maker) for maker in makers), mistake


def whys(source: LessonSource, answer: Answer) -> list[str]:
    """Return what the self-checks say is behind a wrong answer."""
    cells = cells_with(source, answer)
    report = graded(source, cells, seed="public", grader="public", only={answer.exercise})
    verdicts = report.result(answer.exercise).verdicts
    return [v.finding.explanation for v in verdicts if v.finding]


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


HUGE = """
def _huge(value):
    import torch
    if isinstance(value, (list, tuple)):
        return type(value)(map(_huge, value))
    number = isinstance(value, float) or torch.is_tensor(value) and value.is_floating_point()
    return value * 1e300 if number else value


def _with_huge_results(function):
    import functools
    return functools.wraps(function)(lambda *given, **named: _huge(function(*given, **named)))
"""


@each_lesson
def test_numbers_beyond_all_bounds_never_break_a_grader(source: LessonSource) -> None:
    # as of a training whose steps are far too long; Python's own ** raises where NumPy and torch go on with inf
    functions = [name for name, kind in defined_names(source).items() if kind is ast.FunctionDef]
    replaced = [f"{name} = _with_huge_results({name})" for name in functions]
    for grader in ("hidden", "public"):
        report = graded(source, [*cells_with(source), HUGE, *replaced], grader=grader)
        assert not functions or not report.passed


@each_lesson
def test_release_equals_a_fresh_build(source: LessonSource, tmp_path: Path) -> None:
    course = make_course(tmp_path, [source.name])
    built = Pipeline(course).release(source.name)
    released = find_lesson(source.name).folder
    assert contents(built) == contents(released), "run `course release` and commit assignments/"


def contents(folder: Path) -> dict[str, bytes]:
    files = [p for p in folder.rglob("*") if p.is_file() and p.parent.name != "__pycache__"]
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@each_lesson
def test_release_holds_no_word_of_the_solution(source: LessonSource) -> None:
    notebook = find_lesson(source.name).notebook_path.read_text()
    for banned in ("BEGIN SOLUTION", "END SOLUTION", "HIDDEN TESTS", "_exit"):
        assert banned not in notebook


@each_lesson
def test_release_holds_nothing_but_what_students_may_have(source: LessonSource) -> None:
    names = {path.name for path in find_lesson(source.name).folder.iterdir()}
    private = {*NOT_FOR_STUDENTS, f"{source.name}.py"}
    assert {f"{source.name}.ipynb", "public_test.py"} <= names
    assert not names & private


@each_lesson
def test_solved_notebook_runs_from_top_to_bottom_where_it_is_graded(source: LessonSource) -> None:
    try:
        sandbox = shared_sandbox()
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")
    limits = TimeLimits(cell=60.0)
    cells = read(source.notebook).code
    with RunningNotebook(sandbox, cells, files=source.handed_out, limits=limits) as running:
        assert [fault.sentence() for fault in running.faults] == []
