"""Grading one submission: its cells run in the sandbox, the hidden graders judge what comes back, a Report."""

from __future__ import annotations

import atexit
import functools
import gc
import hashlib
import hmac
import os
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograder.running import RunningNotebook, TimeLimits
from autograder.sandbox import Sandbox, SandboxUnavailable, self_test
from autograder.source import LessonSource
from course.grader import examine
from course.lesson import exercises_of
from course.notebook import Cell, Notebook, read
from course.shell import CellResult
from course.submission import Submission
from course.verdict import Report, report_of


@dataclass(frozen=True)
class Graded:
    """A submission's report, and what each of its cells put out."""

    report: Report
    results: tuple[CellResult, ...]


def grade(
    source: LessonSource,
    cells: Sequence[Cell],
    *,
    sandbox: Sandbox,
    seed: str,
    files: Mapping[str, bytes] | None = None,
    limits: TimeLimits = TimeLimits(),
) -> Graded:
    """Grade the code in `cells` against the hidden graders of `source`.

    `seed` decides the hidden inputs; `files` lie beside the notebook. Raises `GraderError` if the judge broke.
    """
    code = Notebook(tuple(cells)).code
    with RunningNotebook(sandbox, code, files=files, limits=limits) as running:
        submission = Submission(running.ask, seconds=limits.call)
        verdicts = examine(source.hidden_test, submission, seed=seed, reference=source.names())
    exercises = exercises_of(read(source.notebook))
    report = report_of(source.name, exercises, verdicts, running.faults)
    return Graded(report, tuple(running.results))


def report_path(course: Path, lesson: str, student: str) -> Path:
    """Return where a submission's whole report is kept, hidden inputs and all, for the TAs."""
    return course / "reports" / lesson / f"{student}.json"


@functools.cache
def shared_sandbox() -> Sandbox:
    """Return this process's one sandbox: started and attacked when first asked for, stopped with the process.

    Raises `SandboxUnavailable` if it cannot be had or does not hold.
    """
    # this process will need what the template is importing: both at once, while a start-up is waited for
    imports = threading.Thread(target=_import_torch)
    imports.start()
    sandbox = Sandbox()
    atexit.register(sandbox.close)
    if succeeded := self_test(sandbox):
        raise SandboxUnavailable(f"the sandbox does not hold here: {', '.join(succeeded)}")
    imports.join()
    # all that is here by now stays; each look for garbage would walk through it
    gc.freeze()
    return sandbox


def _import_torch() -> None:
    """Import what the first grader would wait for: torch, and as much again by the first optimizer."""
    import torch

    torch.optim.SGD([torch.zeros(1)])


def seed_of(course: Path, lesson: str, student: str) -> str:
    """Return the seed of a student's hidden inputs: fresh for each offering, the same at every regrade."""
    message = f"{lesson}\0{student}".encode()
    return hmac.new(_offering_secret(course), message, hashlib.sha256).hexdigest()


def _offering_secret(course: Path) -> bytes:
    """Return this offering's secret, made when first asked for and readable by its owner alone."""
    path = course / ".offering_secret"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_bytes()
    with os.fdopen(descriptor, "wb") as file:
        secret = secrets.token_hex(32).encode()
        file.write(secret)
    return secret
