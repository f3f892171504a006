"""The steps that put a Report into nbgrader's pipeline."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade
from traitlets import Float

from autograder.grading import Graded, grade, seed_of, shared_sandbox
from autograder.intake import files_of
from autograder.running import TimeLimits
from autograder.source import LessonSource
from course.feedback import as_html, notes_of
from course.notebook import Cell, NotebookError, read
from course.shell import CellResult
from course.verdict import Report

Resources = dict[str, Any]


class StrictNotebookExporter(NotebookExporter):
    """Reads a submission strictly; what cannot be read becomes an empty notebook that says why."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Convert the notebook in the file called `filename`."""
        cells = _cells_of(Path(filename))
        notebook = nbformat.v4.new_notebook(cells=cells)
        resources = self._init_resources(resources)
        resources["metadata"]["name"] = Path(filename).stem
        resources["metadata"]["path"] = str(Path(filename).parent)
        converted: tuple[str, Resources] = self.from_notebook_node(notebook, resources, **kw)
        return converted


def _cells_of(path: Path) -> list[Any]:
    try:
        cells = read(path).cells
    except NotebookError as e:
        return [nbformat.v4.new_markdown_cell(f"{_UNREADABLE} {e}")]
    return [_new_cell(cell) for cell in cells]


_UNREADABLE = "**This submission could not be read:**"


def _new_cell(cell: Cell) -> Any:
    make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
    new = make.get(cell.kind, nbformat.v4.new_raw_cell)(cell.source)
    # of a student's metadata only what says which cell it is, and what our own first pass wrote
    flags = cell.flags
    if isinstance(flags.get("grade_id"), str):
        new.metadata["nbgrader"] = nbformat.from_dict(flags)
    return new


class RestoreCells(NbGraderPreprocessor):
    """Makes the notebook's nbgrader cells those of the source again, whatever was done to them."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Give every solution and check cell its flags back; put back those that are missing."""
        source = _source(resources)
        own = [c for c in read(source.notebook).cells if c.flags]
        found = _claim(nb.cells, own)
        for cell in nb.cells:
            cell.metadata = nbformat.NotebookNode()
        position = 0
        for cell in own:
            identity = str(cell.flags["grade_id"])
            if identity not in found:
                found[identity] = _put_back(cell)
                nb.cells.insert(position, found[identity])
            place = found[identity]
            place.metadata["nbgrader"] = nbformat.from_dict(cell.flags)
            if cell.flags["grade"]:
                place.source = cell.source
            position = next(i for i, c in enumerate(nb.cells) if c is place) + 1
        return nb, resources


def _claim(cells: list[Any], own: list[Cell]) -> dict[str, Any]:
    """Return, by grade_id, the first code cell that says it is that cell."""
    known = {str(cell.flags["grade_id"]) for cell in own}
    checks = {cell.check: str(cell.flags["grade_id"]) for cell in own if cell.check}
    found: dict[str, Any] = {}
    for cell in cells:
        if cell.cell_type != "code":
            continue
        identity = cell.metadata.get("nbgrader", {}).get("grade_id")
        # a check cell whose metadata was lost is known by its text
        identity = identity or checks.get(Cell(0, "code", cell.source, {}).check or "")
        if identity in known:
            found.setdefault(identity, cell)
    return found


def _put_back(cell: Cell) -> Any:
    if cell.flags["grade"]:
        return nbformat.v4.new_code_cell(cell.source)
    return nbformat.v4.new_code_cell("# this cell was missing from the submission")


class Judge(NbGraderPreprocessor):
    """Runs the notebook in the sandbox and the hidden graders outside; takes the place of Execute."""

    cell_seconds = Float(30.0, help="How long one cell may run.").tag(config=True)
    call_seconds = Float(10.0, help="How long one call by a grader may take.").tag(config=True)
    submission_seconds = Float(180.0, help="How long a submission may take.").tag(config=True)

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Write each cell's outputs, and into each check cell its score and the reasons."""
        facts = resources["nbgrader"]
        source = _source(resources)
        course = source.folder.parent.parent
        folder = course / "submitted" / facts["student"] / facts["assignment"]
        cells = [
            Cell(number, cell.cell_type, cell.source, cell.metadata)
            for number, cell in enumerate(nb.cells, start=1)
        ]
        graded = grade(
            source,
            cells,
            sandbox=shared_sandbox(),
            seed=seed_of(course, facts["assignment"], facts["student"]),
            files=files_of(folder, f"{source.name}.ipynb"),
            limits=TimeLimits(self.cell_seconds, self.call_seconds, self.submission_seconds),
        )
        graded = replace(
            graded, report=replace(graded.report, notes=_why_unreadable(folder, source))
        )
        _write(nb, graded)
        _keep(course, facts["assignment"], facts["student"], graded.report)
        return nb, resources


def _why_unreadable(folder: Path, source: LessonSource) -> tuple[str, ...]:
    try:
        read(folder / f"{source.name}.ipynb")
    except NotebookError as e:
        return (str(e),)
    return ()


def _source(resources: Resources) -> LessonSource:
    # nbgrader changes into the course folder for as long as it converts
    return LessonSource(Path.cwd() / "solutions" / resources["nbgrader"]["assignment"])


def _keep(course: Path, lesson: str, student: str, report: Report) -> None:
    """Keep the whole report, hidden inputs and all, for the TAs."""
    path = course / "reports" / lesson / f"{student}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(report.as_dict(), indent=1))


def _write(nb: Any, graded: Graded) -> None:
    results = {result.index: result for result in graded.results}
    for number, cell in enumerate(nb.cells, start=1):
        if cell.cell_type != "code":
            continue
        cell.execution_count = number
        if is_grade(cell):
            cell.outputs = [_verdict_output(cell, graded.report, number)]
        elif number in results:
            cell.outputs = _outputs(results[number])


def _verdict_output(cell: Any, report: Report, number: int) -> Any:
    """Return the one output from which nbgrader reads the score and its pages show the reasons."""
    exercise = cell.metadata.nbgrader.grade_id
    result = report.result(exercise)
    first = report.results[0].exercise.id == exercise
    notes = notes_of(report) if first else []
    told = report.for_student().result(exercise)
    return nbformat.v4.new_output(
        "execute_result",
        data={
            "text/plain": repr(float(result.score)),
            "text/html": as_html(told, notes=notes),
        },
        metadata={"course": {"for_graders": as_html(result, notes=notes)}},
        execution_count=number,
    )


def _outputs(result: CellResult) -> list[Any]:
    """Return a cell's outputs as far as they are well-formed; the sandbox's word is not taken for it."""
    kept = []
    for output in result.outputs:
        try:
            node = nbformat.from_dict(output)
            nbformat.validate(nbformat.v4.new_notebook(cells=[_holding(node)]))
        except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError):
            continue
        kept.append(node)
    return kept


def _holding(output: Any) -> Any:
    return nbformat.v4.new_code_cell(outputs=[output])


class HideHiddenTests(NbGraderPreprocessor):
    """Shows a check cell as students know it, without the region that guards it."""

    def preprocess_cell(self, cell: Any, resources: Resources, index: int) -> tuple[Any, Resources]:
        """Cut the hidden region off."""
        if cell.cell_type == "code" and "### BEGIN HIDDEN TESTS" in cell.source:
            cell.source = cell.source.partition("### BEGIN HIDDEN TESTS")[0].rstrip()
        return cell, resources


class ShowToGraders(NbGraderPreprocessor):
    """Shows the TA in formgrader what the feedback keeps from the student: hidden inputs and answers."""

    def preprocess_cell(self, cell: Any, resources: Resources, index: int) -> tuple[Any, Resources]:
        """Put the graders' version in place of the student's, on formgrader's own pages only."""
        if cell.cell_type != "code" or "submission_id" not in resources:
            return cell, resources
        for output in cell.outputs:
            whole = output.get("metadata", {}).get("course", {}).get("for_graders")
            if whole and is_grade(cell):
                output.data["text/html"] = whole
        return cell, resources
