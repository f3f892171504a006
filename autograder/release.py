"""Builds what students receive: nbgrader's own generate_assignment, run on a lesson's source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from autograder.nbgrader import configure


class ReleaseError(Exception):
    """nbgrader could not build the assignment; the message is its log."""


def nbgrader_api(course: Path, **settings: Any) -> Any:
    """Return nbgrader's API for the course in the folder `course`."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    config = Config()
    configure(config, course)
    for section, values in settings.items():
        config[section].update(values)
    return NbGraderAPI(config=config)


def release(course: Path, lesson: str) -> Path:
    """Build assignments/<lesson> from solutions/<lesson>; raises `ReleaseError`."""
    result = nbgrader_api(course).generate_assignment(lesson, force=True, create=True)
    if not result["success"]:
        raise ReleaseError(result.get("log") or result.get("error") or "nbgrader gave no reason")
    return course / "assignments" / lesson
