"""Times what a student waits for: `course --help`, `course list`, and `course check` of a solved notebook.

    python -m tests.benchmarks.startup --rounds 7

A check may take half as long again as `import torch`, and beside it what the notebook itself takes: its cells, run as a
plain script with `import torch` before them, less that import. That counts the notebook's other imports, such as
matplotlib's, but no drawing: neither the script nor a check draws a plot.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from course.notebook import read
from tests.benchmarks.courses import solved_notebook
from tests.benchmarks.measuring import Cost, Spread, cost_of

LESSON = "lesson3"
AT_ONCE = 0.3
"""Seconds in which help and the list must be there."""
TORCHES = 1.5
"""How many times `import torch` a check may take, beside the notebook's own work."""

_TORCH, _CELLS = "import torch", "import torch, then the cells"
_HELP, _LIST, _CHECK = "course --help", "course list", f"course check {LESSON}"


@click.command()
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(min=1))
def main(rounds: int) -> None:
    """Time the student's commands, and say whether they are as quick as they must be."""
    measured: dict[str, list[Cost]] = {}
    with tempfile.TemporaryDirectory() as folder:
        commands = _commands(Path(folder))
        for command in commands.values():
            cost_of(command, Path(folder))  # files are read from the disk once, and no more
        for _ in range(rounds):
            for name, command in commands.items():
                measured.setdefault(name, []).append(cost_of(command, Path(folder)))
    console = Console(highlight=False)
    console.print(_table(measured, rounds))
    for line in _findings(measured):
        console.print(line)


def _commands(folder: Path) -> dict[str, list[str]]:
    """Write the solved notebook, also as a script, into `folder`; return what is to be timed."""
    notebook = folder / f"{LESSON}.ipynb"
    notebook.write_text(json.dumps(solved_notebook(LESSON)))
    script = folder / "cells.py"
    cells = [cell.source.replace("from course import check", "") for cell in read(notebook).code]
    script.write_text("\n\n".join([_TORCH, "import matplotlib", "matplotlib.use('agg')", *cells]))
    return {
        _HELP: ["course", "--help"],
        _LIST: ["course", "list"],
        _TORCH: [sys.executable, "-c", _TORCH],
        _CELLS: [sys.executable, "-W", "ignore", str(script)],
        _CHECK: ["course", "check", LESSON, str(notebook)],
    }


def _table(measured: dict[str, list[Cost]], rounds: int) -> Table:
    table = Table(title=f"{rounds} rounds: least / median, in seconds")
    for column in ("", "clock", "processor"):
        table.add_column(column, justify="right" if column else "left")
    for name, costs in measured.items():
        spreads = [Spread.of(c.wall for c in costs), Spread.of(c.processor for c in costs)]
        table.add_row(name, *(f"{s.least:.2f} / {s.median:.2f}" for s in spreads))
    return table


def _findings(measured: dict[str, list[Cost]]) -> Iterator[str]:
    for kind in ("wall", "processor"):
        least = {
            n: Spread.of(getattr(c, kind) for c in costs).least for n, costs in measured.items()
        }
        allowed = TORCHES * least[_TORCH] + least[_CELLS] - least[_TORCH]
        limits = {_HELP: AT_ONCE, _LIST: AT_ONCE, _CHECK: allowed}
        for name, limit in limits.items():
            word = "holds" if least[name] <= limit else "does not hold"
            yield f"{name}: {least[name]:.2f} s of {kind} at best, {limit:.2f} allowed: {word}"


if __name__ == "__main__":
    main()
