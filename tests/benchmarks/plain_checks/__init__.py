"""Each lesson's exercises checked by plain asserts, as a cell of a stock nbgrader course and as a test file of otter's.

A file holds a function `check_3_2` for exercise 3-2; its parameters are the names that a student defines there.
"""

from __future__ import annotations

import ast
import inspect
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from textwrap import indent
from types import FunctionType

FOLDER = Path(__file__).parent
LESSONS = sorted(
    (path.stem for path in FOLDER.glob("lesson*.py")),
    key=lambda name: int(name.removeprefix("lesson")),
)


@dataclass(frozen=True)
class PlainCheck:
    """One exercise's asserts: a function of what the student defines, and what its file has beside the checks."""

    exercise: str
    function: FunctionType
    shared: str

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names that it wants of the student."""
        return tuple(inspect.signature(self.function).parameters)

    @property
    def source(self) -> str:
        """The function's text."""
        return inspect.getsource(self.function)

    def cell(self) -> str:
        """Return the code of a check cell."""
        call = f"{self.function.__name__}({', '.join(self.parameters)})"
        # within a function, so that nothing of it stays among the student's names
        body = indent(f"{self.shared}\n\n{self.source}", "    ")
        given = ", ".join(self.parameters)
        return f"def hidden_check({given}):\n{body}\n\n    {call}\n\n\nhidden_check({given})"

    def test_file(self, points: float) -> str:
        """Return a test file in otter's exception-based format."""
        head = "from otter.test_files import test_case\n\nOK_FORMAT = False\n"
        head += f"name, points = {self.exercise!r}, {points!r}\n"
        return f"{head}\n{self.shared}\n\n\n@test_case()\n{self.source}"


def plain_checks(lesson: str) -> dict[str, PlainCheck]:
    """Return the checks of a lesson by exercise."""
    module = import_module(f"{__name__}.{lesson}")
    text = (FOLDER / f"{lesson}.py").read_text()
    functions = {
        name.removeprefix("check_").replace("_", "-"): value
        for name, value in vars(module).items()
        if name.startswith("check_")
    }
    shared = _without_checks(text)
    return {
        exercise: PlainCheck(exercise, function, shared) for exercise, function in functions.items()
    }


def _without_checks(text: str) -> str:
    kept = [
        ast.get_source_segment(text, node) or ""
        for node in ast.parse(text).body[1:]  # the first is the docstring
        if not (isinstance(node, ast.FunctionDef) and node.name.startswith("check_"))
    ]
    return "\n".join(kept)
