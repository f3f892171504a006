"""Which submissions a batch is to grade: of which lessons, by whom, handed in since when."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import UTC, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import cast

from nbgrader.utils import parse_utc

from autograder.course_folder import has_handed_in
from autograder.source import lesson_sources

_DAY = re.compile(r"\d{4}-\d\d-\d\d\b")


class SelectionError(Exception):
    """Nothing can be graded of what was asked for; the message says why and what there is."""


def students_of(course: Path, lesson: str) -> list[str]:
    """Return who handed in `lesson`; raises `SelectionError` if nobody did."""
    known = [source.name for source in lesson_sources(course / "solutions")]
    if not known:
        raise SelectionError(f"{course} holds no solutions/: is it the course folder?")
    if lesson not in known:
        raise SelectionError(f"there is no solutions/{lesson}; there are {', '.join(known)}")
    found = has_handed_in(course, lesson)
    if not found:
        raise SelectionError(
            f"nobody has handed in {lesson}: submissions are expected in {course / 'submitted'}/STUDENT/{lesson}/"
        )
    return found


def lessons_for_students(course: Path) -> list[str]:
    """Return the folders in submitted/ that are named as a lesson is, where students are expected."""
    known = [source.name for source in lesson_sources(course / "solutions")]
    return [name for name in known if (course / "submitted" / name).is_dir()]


def lessons_handed_in(course: Path) -> list[str]:
    """Return every lesson of the course that somebody handed in; raises `SelectionError` if there is none."""
    known = [source.name for source in lesson_sources(course / "solutions")]
    found = [name for name in known if has_handed_in(course, name)]
    if not found:
        raise SelectionError(f"nobody has handed in anything in {course / 'submitted'}")
    return found


def choose(
    course: Path, lessons: Collection[str], only: Collection[str], since: str | None
) -> dict[str, list[str]]:
    """Return whose submissions are to be graded, by lesson; of several lessons a student need have handed in one.

    Raises `SelectionError` as `select` does, and if there is nobody at all since then.
    """
    having = {n: [s for s in only if (course / "submitted" / s / n).exists()] for n in lessons}
    unknown = [s for s in only if not any(s in students for students in having.values())]
    chosen = {
        name: select(course, name, [*students, *unknown], since)
        for name, students in having.items()
        if students or unknown or not only
    }
    if since is not None and not any(chosen.values()):
        who = "of these students nobody" if only else "nobody"
        raise SelectionError(f"{who} has handed in anything since {since}")
    return chosen


def select(course: Path, lesson: str, only: Collection[str], since: str | None) -> list[str]:
    """Return who handed in `lesson`: of these students if any are named, since then if a time is.

    Raises `SelectionError` if one of them did not, or if `since` is no time.
    """
    known = students_of(course, lesson)
    for student in only:
        if student not in known:
            near = get_close_matches(student, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise SelectionError(f"“{student}” has not handed in {lesson}{hint}")
    chosen = [student for student in known if not only or student in only]
    if since is None:
        return chosen
    begin = _time(since)
    if begin is None:
        raise SelectionError(f"{since!r} is no time; write it as 2027-01-20 12:00 UTC")
    return [s for s in chosen if _handed_in(course / "submitted" / s / lesson, lesson) >= begin]


def _time(text: str) -> datetime | None:
    """Return a time that begins with year, month and day, as UTC; nothing of any other, which would be guessed."""
    try:
        return cast(datetime, parse_utc(text)) if _DAY.match(text) else None
    except (ValueError, OverflowError):
        return None


def _handed_in(folder: Path, lesson: str) -> datetime:
    """Return when a submission was handed in, in UTC: by its timestamp, or by the age of its notebook."""
    try:
        stamped = parse_utc((folder / "timestamp.txt").read_text().strip())
    except (OSError, ValueError, OverflowError):
        stamped = None
    if stamped is not None:
        return cast(datetime, stamped)
    notebook = folder / f"{lesson}.ipynb"
    newest = (notebook if notebook.exists() else folder).lstat().st_mtime
    return datetime.fromtimestamp(newest, UTC).replace(tzinfo=None)
