"""The argument of an author's commands: a lesson of solutions/, in any spelling."""

from __future__ import annotations

import click

from autograder.source import LessonSource, lesson_sources
from course.lesson import UnknownLesson, lesson_name


def source_of(lesson: str) -> LessonSource:
    """Return the source of `4`, `lesson4` or `lesson_04`; raises `click.BadParameter`, telling which there are."""
    known = {source.name: source for source in lesson_sources()}
    try:
        name = lesson_name(lesson)
    except UnknownLesson as e:
        raise click.BadParameter(str(e)) from None
    if name not in known:
        raise click.BadParameter(f"there is no solutions/{name}; there are {', '.join(known)}")
    return known[name]
