"""Grading one submission: its cells run in the sandbox, the hidden graders judge what comes back, a Report."""

from __future__ import annotations

import atexit
import functools
import gc
import platform
import threading
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from autograder.outputs import kept
from autograder.results import Graded
from autograder.running import RunningNotebook
from autograder.sandbox import AnySandbox, NoSandbox, SandboxUnavailable, best_sandbox
from autograder.sandbox.jail import nvidia_devices
from autograder.sandbox.ladder import gpu_sandbox
from autograder.source import LessonSource, Reference
from autograder.versions import OtherVersion, graders_version, judge_version
from autograder.work import Work
from course.device import DeviceError
from course.grader import examine
from course.lesson import Exercise, exercises_of
from course.notebook import read
from course.submission import Submission
from course.verdict import report_of

_one_at_a_time = threading.Lock()


def grade_work(work: Work, solutions: Path) -> Graded:
    """Grade one submission by the lessons in the folder `solutions`, in this process's one sandbox.

    Raises `GraderError` if the judge broke, `SandboxUnavailable` if there is no sandbox, `DeviceError` if it has
    not the device, `OtherVersion` if the graders here are not those that `work` asks for.
    """
    source = LessonSource(solutions / work.lesson)
    _demand_versions(work, source)
    with _one_at_a_time:  # a cluster's worker may have several threads
        try:
            return _grade_work(work, source)
        except SandboxUnavailable:
            # the template may have been killed, by the machine in want of memory for one
            close_sandbox()
            return _grade_work(work, source)


def _grade_work(work: Work, source: LessonSource) -> Graded:
    sandbox = _sandbox_for(work)
    reference, exercises = _lesson(source, work.graders)
    with (
        # of numbers that overflow where they are judged: nothing for a TA's terminal
        warnings.catch_warnings(action="ignore"),
        RunningNotebook(
            sandbox, work.cells, files=work.files, limits=work.limits, undrawn=work.undrawn
        ) as running,
    ):
        submission = Submission(running.ask, device=work.device, seconds=work.limits.call)
        verdicts = examine(source.hidden_test, submission, seed=work.seed, reference=reference)
    report = report_of(source.name, exercises, verdicts, running.faults)
    report = replace(report, sandbox=str(sandbox.level))
    # what the sandbox says is put out may be anything
    results = tuple(replace(result, outputs=kept(result.outputs)) for result in running.results)
    return Graded(report, results)


def _sandbox_for(work: Work) -> AnySandbox:
    if not work.confined:
        return NoSandbox()
    return shared_gpu_sandbox() if work.device == "cuda" else shared_sandbox()


@functools.lru_cache(maxsize=32)
def _lesson(source: LessonSource, _version: str) -> tuple[Reference, Sequence[Exercise]]:
    """Return what a lesson's solution defines and its exercises, made once for each version of the lesson."""
    return source.names(), exercises_of(read(source.notebook))


def _demand_gpu(sandbox: AnySandbox) -> None:
    """Raise `DeviceError` unless code in the sandbox can use a CUDA device."""
    look = "import torch\nassert torch.cuda.is_available()"
    with sandbox.open() as child:
        request = {"op": "cell", "name": "cell 0", "index": 0, "source": look, "seconds": 60.0}
        if child.ask(request, 60.0).get("fault") is not None:
            raise _no_gpu()


def _no_gpu() -> DeviceError:
    return DeviceError(
        f"no CUDA device can be used from inside the sandbox on {platform.node()}: grade on the CPU"
    )


def _demand_versions(work: Work, source: LessonSource) -> None:
    if not source.folder.is_dir():
        raise OtherVersion(f"there is no {work.lesson} on {platform.node()}")
    if (graders_version(source), judge_version()) != (work.graders, work.judge):
        raise OtherVersion(
            f"the graders on {platform.node()} are not those of this machine: bring its checkout and its "
            "environment to the same version"
        )


@functools.cache
def shared_gpu_sandbox() -> AnySandbox:
    """Return what lets submissions use a GPU; raises `DeviceError` if code in there cannot, `SandboxUnavailable`."""
    if not nvidia_devices():  # seen at once, where the attack on the sandbox takes a minute
        raise _no_gpu()
    sandbox = gpu_sandbox()
    _demand_gpu(sandbox)
    return sandbox


@functools.cache
def shared_sandbox() -> AnySandbox:
    """Return this process's one sandbox: started and attacked when first asked for, stopped with the process.

    Raises `SandboxUnavailable` if it cannot be had or does not hold.
    """
    # this process will need what the template is importing: both at once, while a start-up is waited for
    imports = threading.Thread(target=import_torch)
    imports.start()
    try:
        sandbox = best_sandbox()
    finally:
        imports.join()
    atexit.register(sandbox.close)
    # all that is here by now stays; each look for garbage would walk through it
    gc.freeze()
    return sandbox


def close_sandbox() -> None:
    """End this process's sandbox, if it has one; the next that is asked for is a new one."""
    if shared_sandbox.cache_info().currsize:
        shared_sandbox().close()
        shared_sandbox.cache_clear()


def import_torch() -> None:
    """Import what the first grader would wait for: torch, and as much again by the first optimizer."""
    import torch

    torch.optim.SGD([torch.zeros(1)])
