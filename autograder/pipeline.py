"""nbgrader's own commands, run in this process on a course folder."""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.gradebook import one_transaction
from autograder.nbgrader import JUDGE, configure
from autograder.source import LessonSource
from autograder.work import Work
from course.notebook import Cell

if TYPE_CHECKING:
    from autograder.preprocessors import Judge


class PipelineError(Exception):
    """nbgrader could not do it; the message is the last reason that its log gives."""


class CannotRecord(PipelineError):
    """Nothing can be recorded, of nobody: the gradebook or the disk does not take it; the message says what to do."""


class Pipeline:
    """nbgrader on the course in the folder `course`; `settings` are added to the configuration by section."""

    def __init__(self, course: Path, **settings: dict[str, Any]) -> None:
        from nbgrader.apps import NbGraderAPI

        self.course = course
        # what nbgrader logs of a gradebook that fails is a trace; its reason is in the error that comes of it
        logging.getLogger("tornado.application").addHandler(logging.NullHandler())
        self._config = _config_of(course)
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
        self._demand(result)
        return released

    def ensure_released(self, lesson: str) -> None:
        """Build the assignment unless the gradebook knows it already."""
        with self._gradebook():
            released = lesson in self._api.get_released_assignments()
        if not released or not self._in_gradebook(lesson):
            self.release(lesson)

    def set_due(self, lesson: str, due: str) -> None:
        """Set when `lesson` is due, as nbgrader reads dates: `2030-01-15 12:00:00 UTC`."""
        with self._gradebook() as gradebook:
            gradebook.update_or_create_assignment(lesson, duedate=due)

    @property
    def gradebook(self) -> str:
        """Where the points are, in words: a file, or the address of a database without its password."""
        from sqlalchemy import make_url

        url = make_url(self._api.coursedir.db_url)
        file = url.drivername == "sqlite" and url.database
        return file or url.render_as_string(hide_password=True)

    @functools.cached_property
    def _judge(self) -> Judge:
        """The judge as it is configured, for what it says of the work; nbgrader makes its own for each notebook."""
        from autograder.preprocessors import Judge

        return Judge(config=self._config)

    @property
    def device(self) -> str:
        """The device that is configured to grade on."""
        return str(self._judge.device)

    def work_of(self, lesson: str, student: str, cells: Sequence[Cell]) -> Work:
        """Return what is to be graded of a submission, within the limits, on the device that are configured."""
        return self._judge.work_of(self.course, lesson, student, cells)

    def students_graded(self, lesson: str) -> set[str]:
        """Return whose submissions the gradebook holds points for."""
        with self._gradebook() as gradebook:
            return {
                submission.student.id for submission in gradebook.assignment_submissions(lesson)
            }

    def standing(self, lesson: str, student: str) -> tuple[float | None, float]:
        """Return the points that the gradebook holds, a TA's own among them, and how many seconds late it was.

        `None` and 0 where nothing is known.
        """
        from nbgrader.api import MissingEntry

        with self._gradebook() as gradebook:
            try:
                found = gradebook.find_submission(lesson, student)
            except MissingEntry:
                return None, 0.0
            return float(found.score), float(found.total_seconds_late)

    def autograde(self, lesson: str, student: str, *, force: bool) -> None:
        """Grade one submission and record its points, all of them or, if something comes between, none."""
        with self._said(), self._transaction():
            self._demand(self._api.autograde(lesson, student, force=force, create=True))

    def feedback(self, lesson: str) -> Path:
        """Write the feedback pages of everybody who was graded."""
        self._demand(self._api.generate_feedback(lesson, force=True))
        return self.course / "feedback"

    def export(self) -> Path:
        """Write all grades as CSV."""
        from autograder.export import CsvGrades

        path = self.course / "grades.csv"
        plugin = CsvGrades(config=self._config)
        plugin.to = str(path)
        with self._gradebook() as gradebook:
            plugin.export(gradebook)
        return path

    def _in_gradebook(self, lesson: str) -> bool:
        """Whether the gradebook knows what is graded; an assignment that only has a due date holds no notebook yet."""
        from nbgrader.api import MissingEntry

        with self._gradebook() as gradebook, contextlib.suppress(MissingEntry):
            return bool(gradebook.find_assignment(lesson).notebooks)
        return False

    @contextlib.contextmanager
    def _gradebook(self) -> Iterator[Any]:
        """Open the gradebook."""
        with self._said(), self._api.gradebook as gradebook:
            yield gradebook

    @contextlib.contextmanager
    def _said(self) -> Iterator[None]:
        """Say in a sentence what is wrong with the gradebook, if something is."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as e:
            raise CannotRecord(self._why_not_recorded(str(e).splitlines()[0])) from None

    def _transaction(self) -> AbstractContextManager[None]:
        return one_transaction(self._api.coursedir.db_url, self._api.coursedir.course_id)

    def _demand(self, result: dict[str, Any]) -> None:
        if not result["success"]:
            if "KeyboardInterrupt" in str(result.get("error")):
                # nbgrader's API takes Ctrl-C for a failure of this submission
                raise KeyboardInterrupt
            reason = _reason(result)
            if re.search(r"DatabaseError|OperationalError|\[Errno (28|30|122)\]", reason):
                raise CannotRecord(self._why_not_recorded(reason))
            raise PipelineError(reason)

    def _why_not_recorded(self, reason: str) -> str:
        after = "then run the same command again: what was graded is kept"
        if "locked" in reason:
            return (
                f"the gradebook {self.gradebook} is locked by another program: close what has it open "
                f"(formgrader, a database browser), {after}"
            )
        if "is full" in reason or "No space" in reason or "quota" in reason:
            return f"there is no space left for {self.course}: free some, {after}"
        if "readonly" in reason or "Read-only" in reason or "unable to open" in reason:
            return f"{self.gradebook} or its folder cannot be written: allow it, {after}"
        return f"the gradebook {self.gradebook} cannot be used ({reason[:200]})"


def _config_of(course: Path) -> Any:
    """Return what the course's own nbgrader_config.py says, its database for one; ours where there is none."""
    from traitlets.config import Config, PyFileConfigLoader

    path = course / "nbgrader_config.py"
    if not path.exists():
        config = Config()
        configure(config, course)
        return config
    try:
        config = PyFileConfigLoader(path.name, path=str(course)).load_config()
    except Exception as e:  # whatever a file of somebody's own may raise
        raise PipelineError(f"{path} cannot be read: {type(e).__name__}: {e}") from None
    if JUDGE not in config.Autograde.autograde_preprocessors:
        raise PipelineError(
            f"{path} leaves the judging to somebody else: call autograder.nbgrader.configure in it"
        )
    return config


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
