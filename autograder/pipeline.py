"""nbgrader's own commands, run in this process on a course folder."""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any

from autograder.nbgrader import configure
from autograder.running import TimeLimits
from autograder.source import LessonSource


class PipelineError(Exception):
    """nbgrader could not do it; the message is the last reason that its log gives."""


class Pipeline:
    """nbgrader on the course in the folder `course`; `settings` are added to the configuration by section."""

    def __init__(self, course: Path, **settings: dict[str, Any]) -> None:
        from nbgrader.apps import NbGraderAPI
        from traitlets.config import Config

        self.course = course
        self._config = Config()
        configure(self._config, course)
        for section, values in settings.items():
            self._config[section].update(values)
        self._api: Any = NbGraderAPI(config=self._config)

    def release(self, lesson: str) -> Path:
        """Build assignments/<lesson> from solutions/<lesson>; what was there stays if it cannot be built."""
        _ = LessonSource(self.course / "solutions" / lesson).notebook  # what nbgrader reads
        released = self.course / "assignments" / lesson
        with tempfile.TemporaryDirectory() as folder:
            if released.exists():
                shutil.copytree(released, Path(folder) / lesson)
            # nbgrader removes the old one first, and leaves nothing behind where it fails
            result = self._api.generate_assignment(lesson, force=True, create=True)
            if not result["success"] and (Path(folder) / lesson).exists():
                shutil.copytree(Path(folder) / lesson, released, dirs_exist_ok=True)
        _demand(result)
        return released

    def ensure_released(self, lesson: str) -> None:
        """Build the assignment unless the gradebook knows it already."""
        if lesson not in self._api.get_released_assignments() or not self._in_gradebook(lesson):
            self.release(lesson)

    def set_due(self, lesson: str, due: str) -> None:
        """Set when `lesson` is due, as nbgrader reads dates: `2030-01-15 12:00:00 UTC`."""
        with self._api.gradebook as gradebook:
            gradebook.update_or_create_assignment(lesson, duedate=due)

    @property
    def gradebook(self) -> str:
        """Where the points are, in words: a file, or the address of a database without its password."""
        from sqlalchemy import make_url

        url = make_url(self._api.coursedir.db_url)
        file = url.drivername == "sqlite" and url.database
        return file or url.render_as_string(hide_password=True)

    @property
    def limits(self) -> TimeLimits:
        """How long student code may take, as the configuration says."""
        from autograder.preprocessors import Judge

        return Judge(config=self._config).limits

    def students_graded(self, lesson: str) -> set[str]:
        """Return whose submissions the gradebook holds points for."""
        with self._api.gradebook as gradebook:
            return {
                submission.student.id for submission in gradebook.assignment_submissions(lesson)
            }

    def standing(self, lesson: str, student: str) -> tuple[float | None, float]:
        """Return the points that the gradebook holds, a TA's own among them, and how many seconds late it was.

        `None` and 0 where nothing is known.
        """
        from nbgrader.api import MissingEntry

        with self._api.gradebook as gradebook:
            try:
                found = gradebook.find_submission(lesson, student)
            except MissingEntry:
                return None, 0.0
            return float(found.score), float(found.total_seconds_late)

    def autograde(self, lesson: str, student: str, *, force: bool) -> None:
        """Grade one submission and record its points."""
        _demand(self._api.autograde(lesson, student, force=force, create=True))

    def feedback(self, lesson: str) -> Path:
        """Write the feedback pages of everybody who was graded."""
        _demand(self._api.generate_feedback(lesson, force=True))
        return self.course / "feedback"

    def export(self) -> Path:
        """Write all grades as CSV."""
        from autograder.export import CsvGrades

        path = self.course / "grades.csv"
        plugin = CsvGrades(config=self._config)
        plugin.to = str(path)
        with self._api.gradebook as gradebook:
            plugin.export(gradebook)
        return path

    def _in_gradebook(self, lesson: str) -> bool:
        """Whether the gradebook knows what is graded; an assignment that only has a due date holds no notebook yet."""
        from nbgrader.api import MissingEntry

        with self._api.gradebook as gradebook, contextlib.suppress(MissingEntry):
            return bool(gradebook.find_assignment(lesson).notebooks)
        return False


def _demand(result: dict[str, Any]) -> None:
    if not result["success"]:
        raise PipelineError(_reason(result))


def _reason(result: dict[str, Any]) -> str:
    """Return the last error that nbgrader's log speaks of, without the trace that led to it."""
    # nbgrader ends by pointing at what it said before
    general = "NbGraderException: Please see"
    log = f"{result.get('error') or ''}\n{result.get('log') or ''}"
    sort = r"\w+(?:Error|Exception|Unavailable|Warning)"
    errors = re.findall(rf"^\s*(?:[\w.]+\.)?({sort}: .+)$", log, re.M)
    errors = [error for error in errors if not error.startswith(general)]
    logged = re.findall(r"^\[ERROR\] (.+)$", log, re.M)
    found = errors or logged or ["nbgrader stopped without giving a reason"]
    return str(found[-1])
