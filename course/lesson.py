"""The catalogue: lessons and their exercises, read from the lesson folders themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from pathlib import Path

from course.notebook import Notebook, read

_SPELLINGS = re.compile(r"(?:lesson)?[\s_-]*0*(\d+)", re.IGNORECASE)
_EXERCISE = re.compile(r"(\d+)[-._](\d+)")
_TITLE = re.compile(r"^#+\s+(?:Lesson|Exercise)\s+([\d-]+)\s*[:.]\s*(.+?)\s*$", re.MULTILINE)

KNOWN_MISTAKES = "known_mistakes.json"
"""The file beside a lesson's self-checks by which they know mistakes."""


class UnknownLesson(Exception):
    """There is no such lesson or exercise; the message says which there are."""


@dataclass(frozen=True)
class Exercise:
    """One exercise: `4-1`, what it is about, and the points in its check cell."""

    id: str
    title: str
    points: float


@dataclass(frozen=True)
class Lesson:
    """One lesson as students receive it: a folder with a notebook, public checks and data."""

    name: str
    folder: Path

    @property
    def number(self) -> int:
        """The 4 of lesson4."""
        return int(self.name.removeprefix("lesson"))

    @property
    def notebook_path(self) -> Path:
        """The notebook that students receive."""
        return self.folder / f"{self.name}.ipynb"

    @property
    def public_test(self) -> Path:
        """The self-checks that students receive."""
        return self.folder / "public_test.py"

    @property
    def known_mistakes(self) -> Path:
        """What tells the self-checks a known mistake by its replies."""
        return self.folder / KNOWN_MISTAKES

    @cached_property
    def _notebook(self) -> Notebook:
        return read(self.notebook_path)

    @property
    def title(self) -> str:
        """What the lesson is about."""
        return _titles(self._notebook).get(str(self.number), self.name)

    @property
    def exercises(self) -> tuple[Exercise, ...]:
        """The exercises, in the order of their check cells."""
        return exercises_of(self._notebook)

    def exercise(self, spelling: str) -> Exercise:
        """Return the exercise called `4-1`, `4.1` or `4_1`; raises `UnknownLesson`."""
        wanted = exercise_id(spelling)
        for exercise in self.exercises:
            if exercise.id == wanted:
                return exercise
        known = ", ".join(exercise.id for exercise in self.exercises)
        raise UnknownLesson(f"{self.name} has no exercise {spelling!r}; it has {known}")


def exercise_id(spelling: str) -> str:
    """Return `4-1` for `4-1`, `4.1` and `4_1`; nothing for what is no exercise's number."""
    found = _EXERCISE.fullmatch(spelling.strip())
    return f"{found[1]}-{found[2]}" if found else ""


def exercises_of(notebook: Notebook) -> tuple[Exercise, ...]:
    """Return the exercises whose check cells `notebook` holds."""
    titles = _titles(notebook)
    points = {c.check: float(c.flags["points"]) for c in notebook.cells if c.check and c.flags}
    return tuple(Exercise(id, titles.get(id, id), worth) for id, worth in points.items())


def _titles(notebook: Notebook) -> dict[str, str]:
    text = "\n".join(cell.source for cell in notebook.cells if cell.kind == "markdown")
    return dict(_TITLE.findall(text))


def released() -> Path:
    """Return the folder that holds the lessons as students receive them."""
    return Path(str(resources.files("assignments")))


def lessons(root: Path | None = None) -> list[Lesson]:
    """Return every lesson found under `root` (default: the released ones), by number."""
    root = root or released()
    found = [
        Lesson(folder.name, folder)
        for folder in root.iterdir()
        if re.fullmatch(r"lesson\d+", folder.name) and (folder / f"{folder.name}.ipynb").is_file()
    ]
    return sorted(found, key=lambda lesson: lesson.number)


def lesson_name(spelling: str) -> str:
    """Return `lesson4` for `lesson4`, `lesson04`, `Lesson 4`, `4` and a folder's `lesson4/`; raises `UnknownLesson`."""
    found = _SPELLINGS.fullmatch(spelling.strip().rstrip("/"))
    if found is None:
        raise UnknownLesson(
            f"{spelling!r} is not a lesson; write `lesson` and its number, or the number alone"
        )
    return f"lesson{found.group(1)}"


def find_lesson(spelling: str, root: Path | None = None) -> Lesson:
    """Return the lesson that is called `spelling`; raises `UnknownLesson`."""
    name = lesson_name(spelling)
    known = lessons(root)
    for lesson in known:
        if lesson.name == name:
            return lesson
    names = ", ".join(lesson.name for lesson in known) or "none at all"
    raise UnknownLesson(f"there is no {name}; the lessons are {names}")
