"""A submitted notebook as nbgrader is to see it: read strictly, with the cells of the source where they belong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from autograder.intake import demand_plain
from autograder.source import LessonSource
from course.notebook import Cell, NotebookError, read

Resources = dict[str, Any]

_UNREADABLE = "**This submission could not be read:**"


class StrictNotebookExporter(NotebookExporter):
    """Reads a submission strictly; what cannot be read becomes an empty notebook that says why."""

    def from_filename(
        self, filename: str, resources: Resources | None = None, **kw: Any
    ) -> tuple[str, Resources]:
        """Convert the notebook in the file called `filename`."""
        path = Path(filename)
        resources = self._init_resources(resources)
        resources["metadata"]["name"] = path.stem
        resources["metadata"]["path"] = str(path.parent)
        converted: tuple[str, Resources] = self.from_notebook_node(_notebook(path), resources, **kw)
        return converted


def _notebook(path: Path) -> Any:
    if path.parents[2].name == "autograded":
        # written by us, in the first of nbgrader's two passes, and larger perhaps than what a student may hand in
        return nbformat.read(path, as_version=4)
    demand_plain(path.parent)
    try:
        cells = [_new_cell(cell) for cell in read(path).cells]
    except NotebookError as e:
        cells = [nbformat.v4.new_markdown_cell(f"{_UNREADABLE} {e}")]
    return nbformat.v4.new_notebook(cells=cells)


def _new_cell(cell: Cell) -> Any:
    # without nbformat's functions, each of which validates the cell that it has just made
    new = NotebookNode(
        id=f"cell-{cell.number}",
        cell_type=cell.kind if cell.kind in ("code", "markdown") else "raw",
        source=cell.source,
        metadata=NotebookNode(),
    )
    if cell.kind == "code":
        new.update(execution_count=None, outputs=[])
    # of a student's metadata only what says which cell it is
    identity = cell.flags.get("grade_id")
    if isinstance(identity, str):
        new.metadata["nbgrader"] = NotebookNode(grade_id=identity)
    return new


def cells_for_nbgrader(path: Path, source: LessonSource) -> list[Cell]:
    """Return the cells of the submission at `path` as they are when nbgrader has them executed."""
    nb = _notebook(path)
    _restore(nb, source)
    return cells_of(nb)


def cells_of(nb: Any) -> list[Cell]:
    """Return the cells of a notebook that nbformat has read."""
    return [
        Cell(number, cell.cell_type, cell.source, cell.metadata)
        for number, cell in enumerate(nb.cells, start=1)
    ]


class RestoreCells(NbGraderPreprocessor):
    """Makes the notebook's nbgrader cells those of the source again, whatever was done to them."""

    def preprocess(self, nb: Any, resources: Resources) -> tuple[Any, Resources]:
        """Give every solution and check cell its flags back; put back those that are missing."""
        _restore(nb, source_of(resources))
        return nb, resources


def _restore(nb: Any, source: LessonSource) -> None:
    own = [c for c in read(source.notebook).cells if c.flags]
    found = _claim(nb.cells, own)
    for cell in nb.cells:
        cell.metadata = nbformat.NotebookNode()
    last: Any = None
    for cell, following in zip(own, [*own[1:], None], strict=True):
        identity = _identity(cell)
        if identity not in found:
            found[identity] = _put_back(cell)
            check = found.get(_identity(following)) if following and not _graded(cell) else None
            nb.cells.insert(_place(nb.cells, before=check, after=last), found[identity])
        last = found[identity]
        last.metadata["nbgrader"] = nbformat.from_dict(cell.flags)
        if _graded(cell):
            last.source = cell.source


def source_of(resources: Resources) -> LessonSource:
    """Return the source of the lesson that is being graded."""
    # nbgrader changes into the course folder for as long as it converts
    return LessonSource(Path.cwd() / "solutions" / resources["nbgrader"]["assignment"])


def _identity(cell: Cell) -> str:
    return str(cell.flags["grade_id"])


def _graded(cell: Cell) -> bool:
    return bool(cell.flags["grade"])


def _claim(cells: list[Any], own: list[Cell]) -> dict[str, Any]:
    """Return, by grade_id, the first cell that says it is that cell, preferring code to text."""
    known = {_identity(cell) for cell in own}
    checks = {cell.check: _identity(cell) for cell in own if cell.check}
    found: dict[str, Any] = {}
    texts = {id(cell): Cell(0, cell.cell_type, cell.source, {}).check for cell in cells}
    # a copy of a check cell in which a student wrote his answer is not the check cell
    for cell in sorted(cells, key=lambda c: (c.cell_type != "code", texts[id(c)] is None)):
        identity = cell.metadata.get("nbgrader", {}).get("grade_id")
        if identity not in known:
            # a check cell whose metadata was lost is known by its text
            identity = checks.get(texts[id(cell)] or "")
        if identity is not None and identity not in found:
            found[identity] = cell
            _make_code(cell)
    return found


def _make_code(cell: Any) -> None:
    """Make a cell code again that was turned into text by a slip of the keyboard."""
    if cell.cell_type != "code":
        cell.cell_type, cell.outputs, cell.execution_count = "code", [], None


def _place(cells: list[Any], *, before: Any, after: Any) -> int:
    """Return where a missing cell belongs: a solution before its check, a check after its solution."""
    for index, cell in enumerate(cells):
        if cell is before:
            return index
    for index, cell in enumerate(cells):
        if cell is after:
            return index + 1
    # nothing that was handed in is known; what it says, such as why it cannot be read, comes first
    return len(cells)


def _put_back(cell: Cell) -> Any:
    text = cell.source if _graded(cell) else "# this cell was missing from the submission"
    return nbformat.v4.new_code_cell(text)
