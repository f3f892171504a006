"""The steps that put a Report into nbgrader's pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Enum, Float

from autograder.course_folder import report_path
from autograder.intake import others_beside
from autograder.results import Graded, Results, write_whole
from autograder.running import TimeLimits
from autograder.source import LessonSource
from autograder.submitted_notebook import cells_of, source_of
from autograder.work import Work, work_of
from autograder.workers import grade_with
from course.feedback import as_html, first_reason, notes_of
from course.lesson import exercise_id
from course.notebook import Cell, Notebook, NotebookError, read
from course.verdict import ExerciseResult, Report, Status

Resources = dict[str, Any]


class Judge(NbGraderPreprocessor):
    """Runs the notebook in the sandbox and the hidden graders outside; takes the place of Execute."""

    cell_seconds = Float(30.0, help="How long one cell may run.").tag(config=True)
    call_seconds = Float(10.0, help="How long one call by a grader may take.").tag(config=True)
    submission_seconds = Float(180.0, help="How long a submission may take.").tag(config=True)
    device = Enum(("cpu", "cuda"), "cpu", help="The device to grade on.").tag(config=True)

    pictures = Enum(
        ("own", "all"),
        "own",
        help="Draw the pictures of the cells that the student wrote in, or also those of the lesson's examples.",
    ).tag(config=True)

    def work_of(self, course: Path, lesson: str, student: str, cells: Sequence[Cell]) -> Work:
        """Return what is to be graded of a submission, in the way that is configured."""
        limits = TimeLimits(self.cell_seconds, self.call_seconds, self.submission_seconds)
        drawn = self.pictures == "all"
        return work_of(
            *(course, lesson, student, cells),
            limits=limits,
            device=self.device,
            draw_examples=drawn,
        )

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Write each cell's outputs, and into each check cell its score and the reasons."""
        facts = resources["nbgrader"]
        source = source_of(resources)
        solutions, course = source.folder.parent, source.folder.parent.parent
        lesson, student = facts["assignment"], facts["student"]
        work = self.work_of(course, lesson, student, cells_of(nb))
        graded = _graded(work, Results.of(course, lesson, student), solutions)
        notebook = course / "submitted" / student / lesson / f"{lesson}.ipynb"
        report = replace(
            graded.report,
            unreadable=_why_unreadable(notebook, source, graded.report),
            notes=others_beside(notebook),
        )
        _write(nb, replace(graded, report=report))
        write_whole(report_path(course, lesson, student), report.as_dict(), indent=1)
        resources["course_report"] = report
        return nb, resources


def _graded(work: Work, results: Results, solutions: Path) -> Graded:
    """Return the result that a batch has kept; where there is none, grade the submission here and now."""
    graded = results.get(work.key)
    if graded is None:
        graded = grade_with(work, solutions)
        results.put(work.key, graded)
    return graded


def _why_unreadable(notebook: Path, source: LessonSource, report: Report) -> str:
    """Return why nothing could be judged, if that is so: no notebook, or that of another lesson."""
    try:
        found = _exercises_in(read(notebook))
    except NotebookError as e:
        return str(e)
    others = {exercise.partition("-")[0] for exercise in found}
    if report.score or found & _exercises_in(read(source.notebook)) or len(others) != 1:
        return ""
    return f"{notebook.name} is the notebook of lesson{others.pop()}: hand in that of {source.name}"


def _exercises_in(notebook: Notebook) -> set[str]:
    """Return the exercises whose check cells a notebook holds."""
    found = (exercise_id(str(cell.flags.get("grade_id"))) for cell in notebook.cells)
    return {exercise for exercise in found if exercise}


def _write(nb: Any, graded: Graded) -> None:
    results = {result.index: result for result in graded.results}
    for number, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != "code":
            continue
        # the number by which a report speaks of the cell
        cell.execution_count = number
        if is_grade(cell):
            cell.outputs = [_verdict_output(cell, graded.report, number)]
        elif number in results:
            cell.outputs = nbformat.from_dict(results[number].outputs)


def _verdict_output(cell: Any, report: Report, number: int) -> Any:
    """Return the one output from which nbgrader reads the score and its pages show the reasons."""
    exercise = cell.metadata.nbgrader.grade_id
    result = report.result(exercise)
    told = report.for_student().result(exercise)
    if report.unreadable:
        # there is nothing to be said about each function
        result = told = replace(told, verdicts=())
    notes = notes_of(report) if report.results[0].exercise.id == exercise else []
    return nbformat.v4.new_output(
        "execute_result",
        data={
            "text/plain": repr(float(report.result(exercise).score)),
            "text/html": as_html(told, notes=notes),
        },
        metadata={"course": {"for_graders": as_html(told, notes=notes, whole=result)}},
        execution_count=number,
    )


class Comment(NbGraderPreprocessor):
    """Says under a student's answer, in a sentence, what is to be mended first; a TA's own comment wins."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Write the automatic comments; to be run after SaveAutoGrades, which resets them."""
        facts = resources["nbgrader"]
        # by exercise the last of its solution cells, which stands before the check
        answers = {_exercise(cell): cell for cell in nb.cells if is_solution(cell)}
        with Gradebook(facts["db_url"]) as gradebook:
            submitted = gradebook.find_submission_notebook(
                facts["notebook"], facts["assignment"], facts["student"]
            )
            comments = {comment.name: comment for comment in submitted.comments}
            for cell in filter(is_solution, nb.cells):
                last = answers[_exercise(cell)] is cell
                comment = comments[cell.metadata.nbgrader.grade_id]
                comment.auto_comment = _comment(resources["course_report"], cell, last)
            gradebook.db.commit()
        return nb, resources


def _exercise(cell: Any) -> str:
    return str(cell.metadata.nbgrader.grade_id).partition("-solution")[0]


def _comment(report: Report, cell: Any, last: bool) -> str | None:
    """Return what is to be said under one answer: why its own cell stopped, or what to mend first."""
    for fault in report.cell_faults:
        if fault.name == f"cell {cell.execution_count}":
            return fault.sentence()
    if report.unreadable or not last:
        # what holds for the whole notebook is said once, above the first card
        return None
    result = report.result(_exercise(cell))
    return "Nothing is written here yet." if _unwritten(result) else first_reason(result) or None


def _unwritten(result: ExerciseResult) -> bool:
    """Whether nothing fails but for lack of an answer."""
    failed = [v.finding for v in result.verdicts if v.status is Status.FAILED]
    return bool(failed) and all(f is not None and f.diagnosis == "unwritten" for f in failed)
