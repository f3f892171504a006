"""A folder that is an nbgrader course of its own: a checkout, or one beside it for a term, for the demo, for tests."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.source import SOLUTIONS
from course.verdict import Report

_CONFIG = '''\
"""An nbgrader course with the graders of the auto-graded PyTorch course."""

from pathlib import Path

from autograder.nbgrader import configure

configure(get_config(), Path(__file__).parent)
'''


def make_course(folder: Path, lessons: Iterable[str]) -> Path:
    """Make `folder` an nbgrader course that holds `lessons`; what is there already is kept."""
    (folder / "submitted").mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(_CONFIG)
    for lesson in lessons:
        shutil.copytree(
            SOLUTIONS / lesson,
            folder / "solutions" / lesson,
            ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
            dirs_exist_ok=True,
        )
    return folder


class NotAvailable(Exception):
    """The course folder cannot be had for a batch; the message says why."""


@contextlib.contextmanager
def only_batch(course: Path) -> Iterator[None]:
    """Hold the course folder for one batch; raises `NotAvailable` while another one holds it."""
    try:
        file = (course / ".grading").open("a")
    except OSError as e:
        raise NotAvailable(f"{course} cannot be written: {e.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotAvailable(
                f"another `course grade` is at work in {course}: wait until it is done, and grade again"
            ) from None
        yield


def report_path(course: Path, lesson: str, student: str) -> Path:
    """Return where a submission's whole report is kept, hidden inputs and all, for the TAs."""
    return course / "reports" / lesson / f"{student}.json"


def kept_report(course: Path, lesson: str, student: str) -> Report:
    """Return the whole report that grading a submission left for the TAs."""
    return Report.from_dict(json.loads(report_path(course, lesson, student).read_text()))


def is_by_hand(points: float, report: Report) -> bool:
    """Whether the gradebook's points are not those of the judge, so that a TA gave some of them."""
    return abs(points - report.score) > 0.005


def has_handed_in(course: Path, lesson: str) -> list[str]:
    """Return the names of those who handed in `lesson`, in order."""
    return sorted(path.parent.name for path in (course / "submitted").glob(f"*/{lesson}"))


def has_old_feedback(course: Path, lesson: str, student: str) -> bool:
    """Whether the student's feedback page is of an earlier grading than the one that is kept."""
    pages, notebooks = (course / top / student / lesson for top in ("feedback", "autograded"))
    page, notebook = pages / f"{lesson}.html", notebooks / f"{lesson}.ipynb"
    if not (page.exists() and notebook.exists()):
        return False
    return page.stat().st_mtime < notebook.stat().st_mtime


def seed_of(course: Path, lesson: str, student: str) -> str:
    """Return the seed of a student's hidden inputs: fresh for each offering, the same at every regrade."""
    message = f"{lesson}\0{student}".encode()
    return hmac.new(_offering_secret(course), message, hashlib.sha256).hexdigest()


def _offering_secret(course: Path) -> bytes:
    """Return this offering's secret, made when first asked for and readable by its owner alone."""
    path = course / ".offering_secret"
    if not path.exists():
        part = course / f"{path.name}.{os.getpid()}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        # whole or not at all, and never over one that another process was quicker to make
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(part)
        part.unlink()
    return path.read_bytes()
