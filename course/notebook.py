"""A notebook as cells: read strictly, so that whatever is handed in is either understood or refused in words."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MAX_BYTES = 20 * 2**20
MAX_SOURCE = 200_000
_MAX_PARTS = 2_000_000
MAX_CELLS = 2000
_CHECK = re.compile(r"""^\s*check\(\s*["'](\d+-\d+)["']\s*\)\s*$""")


class NotebookError(Exception):
    """The file is not a notebook that can be run; the message says why and what to do."""


@dataclass(frozen=True)
class Cell:
    """One cell; `number` counts from 1 over all cells, as a reader counts them."""

    number: int
    kind: str
    source: str
    metadata: dict[str, Any]

    @property
    def flags(self) -> dict[str, Any]:
        """What nbgrader notes about the cell; empty for a cell of no matter to it."""
        flags = self.metadata.get("nbgrader")
        return flags if isinstance(flags, dict) else {}

    @property
    def place(self) -> str:
        """The cell's number and how it begins, by which a reader finds it: Jupyter shows no such number."""
        begins = next((line.strip() for line in self.source.splitlines() if line.strip()), "")
        begins = begins if len(begins) <= 40 else f"{begins[:40].rstrip()}…"
        return f"cell {self.number} (“{begins}”)"

    @property
    def check(self) -> str | None:
        """The exercise that this cell checks, if it is a check cell."""
        lines = [line for line in self.source.splitlines() if line.strip()]
        found = _CHECK.match(lines[0]) if lines and self.kind == "code" else None
        # a student's own code below a copied check call is still his code, and is run
        return found.group(1) if found and (self.flags.get("grade") or len(lines) == 1) else None


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook, in order."""

    cells: tuple[Cell, ...]

    @property
    def code(self) -> tuple[Cell, ...]:
        """The cells that are executed: code, without the check cells."""
        return tuple(c for c in self.cells if c.kind == "code" and c.check is None)


def read(path: Path) -> Notebook:
    """Read the notebook at `path`; raises `NotebookError`."""
    if path.suffix == ".py":
        raise NotebookError(f"{path.name} is a Python file: the notebook, an .ipynb, is wanted")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NotebookError(
                f"{path.name} is larger than {MAX_BYTES // 2**20} MiB: clear its outputs and save it again"
            )
        data = path.read_bytes()
        if not data:
            raise NotebookError(
                f"{path.name} is empty: rename it, and `course start` gives you a fresh one beside it"
            )
    except FileNotFoundError:
        raise NotebookError(f"there is no notebook at {path}") from None
    except IsADirectoryError:
        raise NotebookError(f"{path} is a folder, not a notebook") from None
    except OSError as e:
        raise NotebookError(f"{path} cannot be read: {e.strerror}") from None
    return parse(data, path.name)


def parse(data: bytes, name: str = "the notebook") -> Notebook:
    """Return the notebook that `data` holds; raises `NotebookError`."""
    try:
        # some editors put a byte order mark before everything
        text = data.decode("utf-8-sig")
        if sum(map(text.count, "[{")) > _MAX_PARTS:
            raise NotebookError(
                f"{name} holds more than any notebook does: clear its outputs and save it again"
            )
        tree = json.loads(text)
    except UnicodeDecodeError:
        raise NotebookError(f"{name} is not UTF-8 text: save it from Jupyter again") from None
    except (ValueError, RecursionError) as e:  # also a number of more digits than Python reads
        line = f" (line {e.lineno}: {e.msg})" if isinstance(e, json.JSONDecodeError) else ""
        raise NotebookError(
            f"{name} is not a notebook: it is not valid JSON{line}; save it from Jupyter again"
        ) from None
    if not isinstance(tree, dict) or "cells" not in tree:
        version = tree.get("nbformat") if isinstance(tree, dict) else None
        older = f" (it says format {version})" if type(version) is int and 0 < version < 100 else ""
        raise NotebookError(
            f"{name} is not a notebook of format 4{older}: open it in Jupyter and save it again"
        )
    _refuse_other_languages(tree, name)
    return Notebook(_cells(tree["cells"], name))


def _refuse_other_languages(tree: dict[str, Any], name: str) -> None:
    metadata = tree.get("metadata")
    kernel = metadata.get("kernelspec") if isinstance(metadata, dict) else None
    language = kernel.get("language", "python") if isinstance(kernel, dict) else "python"
    if str(language).lower() not in ("python", ""):
        raise NotebookError(
            f"{name} is written for the kernel language {str(language)[:40]!r}: choose Kernel > Change "
            "Kernel > Python 3 and save it again"
        )


def _cells(raw: Any, name: str) -> tuple[Cell, ...]:
    if not isinstance(raw, list):
        raise NotebookError(
            f"{name} is not a notebook, it has no list of cells: save it from Jupyter again"
        )
    if len(raw) > MAX_CELLS:
        raise NotebookError(f"{name} holds more than {MAX_CELLS} cells: remove what is not needed")
    return tuple(_cell(number, cell, name) for number, cell in enumerate(raw, start=1))


def _cell(number: int, raw: Any, name: str) -> Cell:
    if not isinstance(raw, dict):
        raise NotebookError(f"cell {number} of {name} is not a cell: save it from Jupyter again")
    source = raw.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise NotebookError(f"cell {number} of {name} holds no text: save it from Jupyter again")
    if len(source) > MAX_SOURCE:
        raise NotebookError(
            f"cell {number} of {name} holds more than {MAX_SOURCE:,} characters: shorten it"
        )
    # a lone surrogate is no character: no compiler and no file takes it
    source = source.encode("utf-8", "replace").decode("utf-8")
    metadata = raw.get("metadata")
    return Cell(
        number, str(raw.get("cell_type")), source, metadata if isinstance(metadata, dict) else {}
    )
