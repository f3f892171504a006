"""What a command costs: seconds by the clock, and seconds of processor by everything that it starts."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sysconfig
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_PR_SET_CHILD_SUBREAPER = 36


class CommandFailed(Exception):
    """A command under measurement ended with an error; the message is the end of what it printed."""


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and seconds of processor."""

    wall: float
    processor: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.processor - other.processor)

    def __truediv__(self, count: float) -> Cost:
        return Cost(self.wall / count, self.processor / count)


@dataclass(frozen=True)
class Spread:
    """The least and the median of several measurements of one thing."""

    least: float
    median: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Return the spread of `values`."""
        listed = list(values)
        return cls(min(listed), median(listed))


def cost_of(command: Sequence[str], folder: Path, *, expected: Sequence[int] = (0,)) -> Cost:
    """Run `command` in `folder` and return what it cost; raises `CommandFailed`."""
    _adopt_orphans()
    before, started = _processor_seconds(), time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=_activated(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    wall = time.perf_counter() - started
    if done.returncode not in expected:
        raise CommandFailed(f"{' '.join(command)}: {done.stdout.decode(errors='replace')[-1500:]}")
    return Cost(wall, _processor_seconds() - before)


def _activated() -> dict[str, str]:
    """Return the environment of a shell in which this Python's virtual environment is activated."""
    programs = sysconfig.get_path("scripts")
    return {**os.environ, "PATH": os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])}


def _adopt_orphans() -> None:
    # what a command's children leave running becomes ours to wait for, and so to count
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def _processor_seconds() -> float:
    """Return the processor time of every process that was started here and has ended."""
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            break
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
