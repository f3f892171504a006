"""Which faults of a notebook's cells are worth a word: not that a name is lacking which a failed cell was to make."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from course.faults import Fault
from course.notebook import Cell

_LACKING = re.compile(r"name '(\w+)' is not defined")
_MAKES = re.compile(r"^(?:def|class) (\w+)|^(\w+) *=(?!=)", re.MULTILINE)
"""How a line begins that defines or assigns a name, in a cell that is no Python."""


def worth_telling(cells: Iterable[tuple[Cell, Fault | None]]) -> list[tuple[Cell, Fault]]:
    """Return the faults that a student can mend where they are, given what became of each executed cell, in order.

    A stub that nobody has written yet is none, and no more is what follows from an earlier cell's failure.
    """
    told = []
    lost: set[str] = set()
    for cell, fault in cells:
        if fault is None:
            continue
        lacking = _LACKING.match(fault.message) if fault.detail == "NameError" else None
        follows = lacking is not None and lacking[1] in lost
        if fault.kind != "unwritten" and not follows:
            told.append((cell, fault))
        lost |= _made_by(cell.source)
    return told


def _made_by(source: str) -> set[str]:
    """Return the names that a cell defines or assigns, at whatever depth."""
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return {name for names in _MAKES.findall(source) for name in names if name}
    made = {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    made |= {node.name for node in nodes if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    imports = (node for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)))
    return made | {
        (alias.asname or alias.name).partition(".")[0] for i in imports for alias in i.names
    }
