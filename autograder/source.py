"""The single source of a lesson: percent cells under solutions/, and the notebook that nbgrader wants of them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from course.lesson import KNOWN_MISTAKES
from course.notebook import Cell, read

CHECKOUT = Path(__file__).parent.parent
SOLUTIONS = CHECKOUT / "solutions"

NOT_FOR_STUDENTS = (
    "lesson*.py",
    "hidden_test.py",
    "right_answers.py",
    "wrong_answers.py",
    "thresholds.toml",
)
"""The files of a lesson that no student receives."""

# Whoever autogrades this notebook without the course's judge gets no score at all: the kernel ends, nbgrader reports
# the submission as failed, and no point is given or taken.
_WITHOUT_JUDGE = """\
### BEGIN HIDDEN TESTS
import os, sys
os.write(2, b"This notebook must be graded by the course's own judge: use its nbgrader_config.py.\\n")
os._exit(1)
raise RuntimeError("not graded")
### END HIDDEN TESTS"""


class SourceError(Exception):
    """A lesson's source breaks a rule of the format; the message says where and which."""


@dataclass(frozen=True)
class LessonSource:
    """A lesson as its author wrote it: one folder under solutions/."""

    folder: Path

    @property
    def name(self) -> str:
        """`lesson3`."""
        return self.folder.name

    @property
    def text(self) -> Path:
        """The percent cells."""
        return self.folder / f"{self.name}.py"

    @property
    def hidden_test(self) -> Path:
        """The graders that decide the points."""
        return self.folder / "hidden_test.py"

    @property
    def public_test(self) -> Path:
        """The self-checks that students receive."""
        return self.folder / "public_test.py"

    @property
    def known_mistakes(self) -> Path:
        """What tells the self-checks a known mistake by its replies; `course mistakes` writes it."""
        return self.folder / KNOWN_MISTAKES

    @property
    def notebook(self) -> Path:
        """nbgrader's source notebook, built anew if the text has changed since."""
        path = self.folder / f"{self.name}.ipynb"
        made_from = max(self.text.stat().st_mtime_ns, Path(__file__).stat().st_mtime_ns)
        if not path.exists() or path.stat().st_mtime_ns < made_from:
            # several processes may find it out of date at once
            part = path.with_name(f".{path.name}.{os.getpid()}")
            part.write_text(_as_json(_build(self.text.read_text(), self.name)))
            part.replace(path)
        return path

    @property
    def handed_out(self) -> dict[str, bytes]:
        """The files that lie beside the notebook that students receive, by name: what its cells may read."""
        kept_back = (*NOT_FOR_STUDENTS, KNOWN_MISTAKES, "*.ipynb", "*.pyc", ".*")
        return {
            path.name: path.read_bytes()
            for path in sorted(self.folder.iterdir())
            if path.is_file() and not any(fnmatch(path.name, name) for name in kept_back)
        }

    @property
    def solution_cells(self) -> dict[str, list[str]]:
        """The code of the solution cells, by exercise."""
        found: dict[str, list[str]] = {}
        for cell in read(self.notebook).cells:
            if cell.flags.get("solution"):
                found.setdefault(exercise_of(cell), []).append(cell.source)
        return found

    @property
    def examples(self) -> frozenset[str]:
        """The code of the cells that students find written."""
        code = read(self.notebook).code
        return frozenset(cell.source.strip() for cell in code if not cell.flags.get("solution"))

    @property
    def import_cells(self) -> list[str]:
        """The cells that hold nothing but imports; solution cells need no others."""
        return [cell.source for cell in read(self.notebook).code if _only_imports(cell.source)]

    def names(self) -> Reference:
        """Return the names that the solution defines: the reference that graders may ask for."""
        sources = [code for group in self.solution_cells.values() for code in group]
        names: dict[str, Any] = {"__name__": self.name}
        for source in self.import_cells + sources:
            exec(compile(source, f"<solution of {self.name}>", "exec"), names)
        return Reference(names)


class Reference:
    """The solution's functions and classes, as attributes."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names

    def __getattr__(self, name: str) -> Any:
        try:
            return self._names[name]
        except KeyError:
            raise AttributeError(f"the solution does not define {name}") from None


def exercise_of(cell: Cell) -> str:
    """Return the exercise that a solution or check cell belongs to, by its grade_id."""
    return str(cell.flags["grade_id"]).partition("-solution")[0]


def lesson_sources(solutions: Path = SOLUTIONS) -> list[LessonSource]:
    """Return every lesson found under `solutions`, by number; none where there is no such folder."""
    folders = [f for f in solutions.glob("lesson*") if re.fullmatch(r"lesson\d+", f.name)]
    found = [LessonSource(folder) for folder in folders if (folder / f"{folder.name}.py").is_file()]
    return sorted(found, key=lambda source: int(source.name.removeprefix("lesson")))


def _only_imports(source: str) -> bool:
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith("#")]
    return bool(lines) and all(re.match(r"(import|from)\s", line) for line in lines)


def _as_json(notebook: dict[str, Any]) -> str:
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def _build(text: str, name: str) -> dict[str, Any]:
    import jupytext

    raw = jupytext.reads(text, fmt="py:percent").cells
    cells = [_cell(cell.cell_type, cell.source, _settings(cell)) for cell in raw]
    _name_solutions(cells, name)
    _give_ids(cells)
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _settings(cell: Any) -> dict[str, Any]:
    # jupytext notes the blank lines around a cell there, too
    return {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}


def _cell(kind: str, source: str, metadata: dict[str, Any]) -> dict[str, Any]:
    cell: dict[str, Any] = {"id": "", "cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    check = Cell(0, kind, source, {}).check  # a check cell is one line, to begin with
    if check is not None:
        cell["source"] = f"{source}\n{_WITHOUT_JUDGE}"
        cell["metadata"] = {"nbgrader": _flags(check, points=float(metadata.pop("points", 0)))}
    elif "### BEGIN SOLUTION" in source:
        cell["metadata"] = {"nbgrader": _flags("")}
    if metadata:
        raise SourceError(f"a cell has unknown settings {sorted(metadata)}: {source[:60]!r}")
    return cell


def _flags(grade_id: str, points: float | None = None) -> dict[str, Any]:
    graded = points is not None
    flags = {
        "grade": graded,
        "grade_id": grade_id,
        "locked": graded,
        "schema_version": 3,
        "solution": not graded,
        "task": False,
    }
    return flags | ({"points": points} if graded else {})


def _name_solutions(cells: list[dict[str, Any]], name: str) -> None:
    """Name each solution cell after the check cell that follows it, and see that all is in order."""
    waiting: list[dict[str, Any]] = []
    seen: set[str] = set()
    for cell in cells:
        flags = cell["metadata"].get("nbgrader")
        if flags is None:
            continue
        if flags["solution"]:
            waiting.append(flags)
            continue
        exercise = flags["grade_id"]
        if exercise in seen or not waiting or not flags["points"] > 0:
            raise SourceError(
                f"{name}: the check of {exercise} needs points above 0, a solution cell before it, and no twin"
            )
        seen.add(exercise)
        for count, solution in enumerate(waiting, start=1):
            suffix = f"-{count}" if len(waiting) > 1 else ""
            solution["grade_id"] = f"{exercise}-solution{suffix}"
        waiting.clear()
    if waiting or not seen:
        raise SourceError(
            f"{name}: every solution cell must be followed by a check cell with points"
        )


def _give_ids(cells: list[dict[str, Any]]) -> None:
    """Give every cell an id that depends on its content alone, so that a rebuild shows no diff."""
    used: set[str] = set()
    for cell in cells:
        base = (
            cell["metadata"].get("nbgrader", {}).get("grade_id")
            or ("text-" if cell["cell_type"] == "markdown" else "code-")
            + hashlib.sha256(cell["source"].encode()).hexdigest()[:8]
        )
        identity, count = base, 2
        while identity in used:
            identity, count = f"{base}-{count}", count + 1
        used.add(identity)
        cell["id"] = identity
