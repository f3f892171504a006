"""The steps that put a Report into nbgrader's pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.api import Gradebook
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Float

from autograder.grading import Graded, grade, report_path, seed_of, shared_sandbox
from autograder.intake import files_of
from autograder.running import TimeLimits
from autograder.source import LessonSource
from autograder.submitted_notebook import source_of
from course.feedback import as_html, first_reason, notes_of
from course.notebook import Cell, NotebookError, read
from course.shell import CellResult
from course.verdict import ExerciseResult, Report, Status

Resources = dict[str, Any]

MAX_OUTPUTS = 50
MAX_TEXT = 20_000
MAX_DATA = 2 * 2**20
"""How much of what a cell puts out is kept: so many outputs, characters of a text, bytes of a picture."""


class Judge(NbGraderPreprocessor):
    """Runs the notebook in the sandbox and the hidden graders outside; takes the place of Execute."""

    cell_seconds = Float(30.0, help="How long one cell may run.").tag(config=True)
    call_seconds = Float(10.0, help="How long one call by a grader may take.").tag(config=True)
    submission_seconds = Float(180.0, help="How long a submission may take.").tag(config=True)

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Write each cell's outputs, and into each check cell its score and the reasons."""
        facts = resources["nbgrader"]
        source = source_of(resources)
        course = source.folder.parent.parent
        folder = course / "submitted" / facts["student"] / facts["assignment"]
        name = f"{source.name}.ipynb"
        cells = [
            Cell(number, cell.cell_type, cell.source, cell.metadata)
            for number, cell in enumerate(nb.cells, start=1)
        ]
        graded = grade(
            source,
            cells,
            sandbox=shared_sandbox(),
            seed=seed_of(course, facts["assignment"], facts["student"]),
            # the lesson's own files, which nbgrader has put here, before a student's of the same name
            files=files_of(folder, name) | files_of(Path(resources["metadata"]["path"]), name),
            limits=TimeLimits(self.cell_seconds, self.call_seconds, self.submission_seconds),
        )
        report = replace(graded.report, notes=_why_unreadable(folder, source))
        _write(nb, replace(graded, report=report))
        _keep(course, facts["assignment"], facts["student"], report)
        resources["course_report"] = report
        return nb, resources


def _why_unreadable(folder: Path, source: LessonSource) -> tuple[str, ...]:
    try:
        read(folder / f"{source.name}.ipynb")
    except NotebookError as e:
        return (str(e),)
    return ()


def _keep(course: Path, lesson: str, student: str, report: Report) -> None:
    """Keep the whole report, hidden inputs and all, for the TAs."""
    path = report_path(course, lesson, student)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_dict(), indent=1))


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
            cell.outputs = _outputs(results[number])


def _verdict_output(cell: Any, report: Report, number: int) -> Any:
    """Return the one output from which nbgrader reads the score and its pages show the reasons."""
    exercise = cell.metadata.nbgrader.grade_id
    result = report.result(exercise)
    told = report.for_student().result(exercise)
    if report.notes:
        # nothing could be read, so that nothing is to be said about each function
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


def _outputs(result: CellResult) -> list[Any]:
    """Return a cell's outputs as far as they are well-formed; the sandbox's word is not taken for it."""
    kept = [node for node in map(_output, result.outputs[:MAX_OUTPUTS]) if node is not None]
    more = len(result.outputs) - MAX_OUTPUTS
    if more > 0:
        text = f"... {more} more outputs are not kept ...\n"
        kept.append(nbformat.v4.new_output("stream", name="stdout", text=text))
    return kept


def _output(output: dict[str, Any]) -> Any:
    try:
        node = nbformat.from_dict(output)
        nbformat.validate(node, ref="output", version=4)
        node = _shortened(node)
        # a lone surrogate, or bytes among JSON, could not be written
        json.dumps(node, ensure_ascii=False).encode()
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError):
        return None
    return node


def _shortened(node: Any) -> Any:
    if node.output_type == "stream":
        node.text = _cut(node.text)
    elif node.output_type == "error":
        node.evalue = _cut(node.evalue)
        # nbconvert ends each line itself
        node.traceback = [_cut(line.rstrip("\n")) for line in node.traceback]
    else:
        node.data = {kind: _cut_data(kind, data) for kind, data in node.data.items()}
        node.metadata = {}
    return node


def _cut(text: str) -> str:
    return (
        text
        if len(text) <= MAX_TEXT
        else f"{text[:MAX_TEXT]}\n... {len(text) - MAX_TEXT} more characters ...\n"
    )


def _cut_data(kind: str, data: Any) -> Any:
    """Return one form of an output, short enough to be shown; what cannot be cut is left out in words."""
    limit = MAX_DATA if kind.startswith("image/") else MAX_TEXT * 10
    if kind == "text/plain" and isinstance(data, str):
        return _cut(data)
    return data if len(json.dumps(data)) <= limit else "... too large to be kept ..."


class Comment(NbGraderPreprocessor):
    """Says under a student's answer, in a sentence, what is to be mended first; a TA's own comment wins."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Write the automatic comments; to be run after SaveAutoGrades, which resets them."""
        facts = resources["nbgrader"]
        # by exercise the last of its solution cells, which stands before the check
        answers = {_exercise(cell): cell for cell in nb.cells if is_solution(cell)}
        with Gradebook(facts["db_url"]) as gradebook:
            for cell in filter(is_solution, nb.cells):
                comment = gradebook.find_comment(
                    cell.metadata.nbgrader.grade_id,
                    facts["notebook"],
                    facts["assignment"],
                    facts["student"],
                )
                last = answers[_exercise(cell)] is cell
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
    if report.notes or not last:
        # what holds for the whole notebook is said once, above the first card
        return None
    result = report.result(_exercise(cell))
    return "Nothing is written here yet." if _unwritten(result) else first_reason(result) or None


def _unwritten(result: ExerciseResult) -> bool:
    """Whether nothing fails but for lack of an answer."""
    failed = [v.finding for v in result.verdicts if v.status is Status.FAILED]
    return bool(failed) and all(f is not None and f.diagnosis == "unwritten" for f in failed)
