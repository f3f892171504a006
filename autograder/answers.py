"""Right and wrong answers that an author writes beside a lesson, so that its graders are themselves graded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from autograder.source import LessonSource, SourceError

_HEADER = re.compile(r"^# %% (?P<exercise>\d+-\d+)(?: \[(?P<diagnosis>[\w-]+)\])?: (?P<text>.+)$")


@dataclass(frozen=True)
class Answer:
    """One way to answer an exercise: code that takes the place of the solution's.

    `diagnosis` is the id that a wrong answer must be explained by; none where only its rejection is asked for.
    """

    exercise: str
    text: str
    code: str
    diagnosis: str | None


def right_answers(source: LessonSource) -> list[Answer]:
    """Return the answers that must earn every point of their exercise."""
    return _read(source.folder / "right_answers.py")


def wrong_answers(source: LessonSource) -> list[Answer]:
    """Return the answers that must lose points in their exercise, and in no other."""
    return _read(source.folder / "wrong_answers.py")


def _read(path: Path) -> list[Answer]:
    """Read cells headed `# %% 3-2 [extra-factor]: what it is`."""
    if not path.exists():
        return []
    found: list[Answer] = []
    for block in re.split(r"^(?=# %%)", path.read_text(), flags=re.MULTILINE)[1:]:
        head, _, code = block.partition("\n")
        match = _HEADER.match(head)
        if match is None:
            raise SourceError(
                f"{path.name}: a cell must begin like `# %% 3-2 [diagnosis-id]: text`, not {head!r}"
            )
        found.append(Answer(match["exercise"], match["text"], code.strip(), match["diagnosis"]))
    return found


def cells_with(source: LessonSource, answer: Answer | None = None) -> list[str]:
    """Return the solution's code cells with `answer` in place of the cells of its exercise."""
    imports = source.import_cells
    replaced = answer.exercise if answer else None
    cells: list[str] = []
    for exercise, code in source.solution_cells.items():
        cells += code
        if exercise == replaced and answer is not None:
            # after the solution, so that an answer may change one function of several
            cells.append(answer.code)
    return imports + cells
