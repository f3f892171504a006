"""Runs a grader, a plain pytest file, against one submission after another and returns the verdicts."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from _pytest.config import _prepareconfig

from course.examination import Examination, exercise_of, title_of
from course.judge.thresholds import FILE
from course.known_mistakes import Explain
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
    explain: Explain | None = None,
) -> list[Verdict]:
    """Return the verdicts of `grader` on `submission`, in the order of its tests.

    `seed` decides the inputs that the tests draw; `exercises` and `titles` limit the tests to those of these exercises
    and those with these titles; `reference` is handed to the tests that ask for it; `explain` names the mistake where a
    test does not. Raises `GraderError` if the grader broke or judged nothing.
    """
    examination = Examination(submission, seed, reference, explain)
    try:
        collected = _collected(grader, _content(grader))
        items = [
            item
            for item in collected.items
            if (exercises is None or exercise_of(item) in exercises)
            and (titles is None or title_of(item) in titles)
        ]
        collected.run(items, examination)
    except BaseException:
        # interrupted in the middle of a test, it would not begin the next one cleanly
        _collected.cache_clear()
        raise
    if examination.broken:
        raise GraderError("; ".join(examination.broken))
    unjudged = {item.name for item in items} - examination.judged
    if unjudged or not items:
        names = ", ".join(sorted(unjudged)) or "anything: there is no test at all"
        raise GraderError(f"{grader.name} did not judge {names}")
    return examination.verdicts


class _Grader:
    """The pytest plugin that collects one grader's tests, once, and runs them for each submission."""

    def __init__(self, grader: Path) -> None:
        self.items: list[pytest.Item] = []
        self._broken: list[str] = []
        self._examination: Examination | None = None
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
            # pytest.main forgets what it collected; in these steps pytest-xdist's workers keep it, too
            with _without_wishes():
                config = _prepareconfig(arguments, [self])
            config._do_configure()
            session = pytest.Session.from_config(config)
            config.hook.pytest_sessionstart(session=session)
            config.hook.pytest_collection(session=session)
        except pytest.UsageError as e:
            self._broken.append(f"the grader cannot be read: {e}")
        finally:
            _forget(grader)
        if self._broken:
            raise GraderError("; ".join(self._broken))
        self.items = session.items

    def run(self, items: Sequence[pytest.Item], examination: Examination) -> None:
        """Run some of the tests on one submission."""
        self._examination = examination
        for item, following in zip_longest(items, items[1:]):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        self._examination = None

    @property
    def _current(self) -> Examination:
        assert self._examination is not None
        return self._examination

    @pytest.fixture
    def submission(self) -> Submission:
        return self._current.submission

    @pytest.fixture
    def device(self) -> str:
        return self._current.submission.device

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        return self._current.rng_of(request.node)

    @pytest.fixture
    def reference(self) -> Any:
        return self._current.reference

    @pytest.hookimpl
    def pytest_configure(self, config: pytest.Config) -> None:
        # nobody sees the trace of a failed test, and pytest's own, with source and values, take 12 ms each
        config.option.tbstyle = "native"

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self._broken += [f"{item.name} has no exercise" for item in items if not exercise_of(item)]

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            # of pytest's report its last word, such as the error that an import ended with
            said = [
                line[1:].strip() for line in report.longreprtext.splitlines() if line[:2] == "E "
            ]
            self._broken.append(f"the grader cannot be read: {(said or [report.longreprtext])[-1]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        with self._current.measuring(item):
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if call.when == "call":
            self._current.judge(item, call.excinfo.value if call.excinfo else None)
        elif call.excinfo is not None:
            self._current.broken.append(f"{item.name}: {call.excinfo.exconly()}")
        return report


# by content: whoever writes a grader runs it again and again from one process
@functools.lru_cache(maxsize=16)
def _collected(grader: Path, _content: bytes) -> _Grader:
    return _Grader(grader)


def _content(grader: Path) -> bytes:
    """Return a digest of all that a grader reads: itself, and its lesson's thresholds."""
    files = grader, grader.with_name(FILE)
    parts = [file.read_bytes() if file.is_file() else b"" for file in files]
    return hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).digest()


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
