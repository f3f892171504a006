"""Which faults of a notebook's cells are worth a word: not that a name is lacking which a failed cell was to make."""

from __future__ import annotations

import re
from collections.abc import Iterable

from course.faults import Fault
from course.notebook import Cell

_LACKING = re.compile(r"name '(\w+)' is not defined")
_MAKES = re.compile(
    r"(?:async )?(?:def|class) (\w+)|for ([\w, ]+) in\b|(?:from [\w.]+ )?import ([\w., ]+)|(\w[\w, ]*)=(?!=)"
)
"""How a line begins that defines, assigns or imports names."""


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
    """Return the names that a cell's lines define or assign.

    By their first words: a judge does not parse what a student wrote, which costs whatever he likes in memory.
    """
    found = (_MAKES.match(line.strip()) for line in source.splitlines())
    names = (group for match in found if match for group in match.groups() if group)
    return {name for group in names for name in re.findall(r"\w+", group)}
