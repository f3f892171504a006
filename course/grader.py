"""Runs one grader, a plain pytest file, against one submission and returns its verdicts."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from course.examination import Examination
from course.submission import Submission
from course.verdict import Verdict

CONFIGURATION = Path(__file__).with_name("grader.cfg")
# unraisableexception walks all of torch's objects for garbage: half a second a run
_UNUSED = (
    "cacheprovider terminal logging warnings unraisableexception threadexception junitxml pastebin "
    "doctest debugging faulthandler setuponly setupplan stepwise tmpdir monkeypatch recwarn unittest"
).split()
_WISHES = "PYTEST_ADDOPTS", "PYTEST_PLUGINS"


class GraderError(Exception):
    """The grader itself broke: our fault, never the student's."""


def examine(
    grader: Path,
    submission: Submission,
    *,
    seed: str = "public",
    exercises: Collection[str] | None = None,
    titles: Collection[str] | None = None,
    reference: Any = None,
) -> list[Verdict]:
    """Return the verdicts of `grader` on `submission`, in the order of its tests.

    `seed` decides the inputs that the tests draw; `exercises` and `titles` limit the tests to those of these exercises
    and those with these titles; `reference` is handed to the tests that ask for it. Raises `GraderError` if the grader
    broke or judged nothing.
    """
    plugin = Examination(submission, seed, exercises, titles, reference)
    arguments = [
        f"--config-file={CONFIGURATION}",
        f"--rootdir={grader.parent}",
        # or every folder above the grader is read through, as far as the one that `course` is in
        f"--confcutdir={grader.parent}",
        "--noconftest",
        "--disable-plugin-autoload",
        "--import-mode=importlib",
        "--assert=plain",
        "--strict-markers",
        *(f"-pno:{name}" for name in _UNUSED),
        "-s",
        str(grader),
    ]
    try:
        with _without_wishes():
            code = pytest.main(arguments, plugins=[plugin])
    finally:
        _forget(grader)
    if plugin.broken:
        raise GraderError("; ".join(plugin.broken))
    unjudged = plugin.collected - plugin.judged
    if unjudged or not plugin.verdicts:
        names = ", ".join(sorted(unjudged)) or f"no test at all (pytest ended with {code!r})"
        raise GraderError(f"{grader.name} did not judge {names}")
    return plugin.verdicts


@contextmanager
def _without_wishes() -> Iterator[None]:
    """Keep from pytest what whoever called us wishes of his own runs: options and plugins in the environment."""
    wishes = {name: os.environ.pop(name) for name in _WISHES if name in os.environ}
    try:
        yield
    finally:
        os.environ.update(wishes)


def _forget(grader: Path) -> None:
    """Let the next grader be read anew: each has the same module name, and this one may be edited."""
    for name in [name for name in sys.modules if name.endswith(grader.stem)]:
        # not by getattr: a lazy module would import itself to answer
        if vars(sys.modules[name]).get("__file__") == str(grader):
            del sys.modules[name]
