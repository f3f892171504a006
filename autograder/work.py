"""What is to be graded of one submission, as data that can go to another process or another machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from autograder.course_folder import seed_of
from autograder.intake import files_of
from autograder.running import TimeLimits
from autograder.sandbox.ladder import is_done_without
from autograder.source import LessonSource
from autograder.versions import graders_version, judge_version
from course.notebook import Cell, Notebook


@dataclass(frozen=True)
class Work:
    """All that a submission's grade depends on: what is executed, and by what it is judged.

    `cells` are those that are executed, `undrawn` the numbers of those whose pictures are not drawn; `files` lie beside
    the notebook; `seed` decides the hidden inputs; `graders` and `judge` are the versions (`autograder.versions`) by
    which it is to be judged. Only a TA who asks for it by name has it not `confined` to a sandbox.
    """

    lesson: str
    cells: tuple[Cell, ...]
    undrawn: frozenset[int]
    files: Mapping[str, bytes]
    seed: str
    limits: TimeLimits
    device: str
    graders: str
    judge: str
    confined: bool = True

    @property
    def parts(self) -> dict[str, str]:
        """What the grade depends on, each part as a digest, by what a TA calls it."""
        cells = [[cell.number, cell.source, cell.number in self.undrawn] for cell in self.cells]
        files = {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}
        return {
            "notebook": _digest(cells),
            "files": _digest(files),
            "graders": self.graders,
            "judge": self.judge,
            "secret": _digest(self.seed),
            "limits": _digest([asdict(self.limits), self.device, self.confined]),
        }

    @property
    def key(self) -> str:
        """One digest of all the parts."""
        return _digest(self.parts)


def work_of(
    course: Path,
    lesson: str,
    student: str,
    cells: Sequence[Cell],
    *,
    limits: TimeLimits,
    device: str,
    draw_examples: bool,
) -> Work:
    """Return what is to be graded of a student's submission, whose notebook holds `cells` for nbgrader.

    The pictures of the lesson's own example cells are the same for everybody and half of what many a notebook costs:
    they are drawn only if `draw_examples`, or where the student changed the cell.
    """
    source = LessonSource(course / "solutions" / lesson)
    submitted = course / "submitted" / student / lesson
    name = f"{lesson}.ipynb"
    # of a cell no more than what is executed: its metadata decides nothing
    executed = tuple(Cell(c.number, c.kind, c.source, {}) for c in Notebook(tuple(cells)).code)
    examples = frozenset() if draw_examples else source.examples
    return Work(
        lesson,
        executed,
        frozenset(cell.number for cell in executed if cell.source.strip() in examples),
        # the lesson's own files before a student's of the same name
        files_of(submitted, name) | source.handed_out,
        seed_of(course, lesson, student),
        limits,
        device,
        graders_version(source),
        judge_version(),
        confined=not is_done_without(),
    )


def _digest(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
