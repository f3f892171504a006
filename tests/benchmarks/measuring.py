"""What a command costs: seconds by the clock, and seconds of processor by everything that it starts."""

from __future__ import annotations

import contextlib
import os
import resource
import subprocess
import sysconfig
import tempfile
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

_INTERVAL = 0.05


class CommandFailed(Exception):
    """A command under measurement ended with an error; the message is the end of what it printed."""


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and seconds of processor."""

    wall: float
    processor: float

    def __sub__(self, other: Cost) -> Cost:
        return Cost(self.wall - other.wall, self.processor - other.processor)

    def __mul__(self, count: float) -> Cost:
        return Cost(self.wall * count, self.processor * count)

    def __truediv__(self, count: float) -> Cost:
        return Cost(self.wall / count, self.processor / count)


@dataclass(frozen=True)
class Usage:
    """What a command cost, and the most memory (bytes) that it held itself, without the processes that it started."""

    cost: Cost
    peak: int


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
    return usage_of(command, folder, expected=expected).cost


def usage_of(command: Sequence[str], folder: Path, *, expected: Sequence[int] = (0,)) -> Usage:
    """Run `command` in `folder` and return what it cost and held; raises `CommandFailed`."""
    reaped, started = _reaped(), time.perf_counter()
    with tempfile.TemporaryFile() as printed:
        process = subprocess.Popen(
            command, cwd=folder, env=_activated(folder), stdout=printed, stderr=subprocess.STDOUT
        )
        with Processor(process.pid) as processor:
            code = process.wait()
        wall = time.perf_counter() - started
        if code not in expected:
            printed.seek(0)
            raise CommandFailed(f"{' '.join(command)}: {printed.read().decode()[-1500:]}")
    # neither misses what the other counts but for moments, or for processes that were killed with their namespace
    return Usage(Cost(wall, max(processor.seconds, _reaped() - reaped)), processor.peak)


def _reaped() -> float:
    """Return the processor time of every process that was waited for, by this one or by another that was."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


class Processor:
    """Adds up, while it is entered, the processor time of a process and of all that descend from it.

    It looks twenty times a second, since the kernel tells nobody what a process used that was killed with its
    namespaces, as the sandbox's are; what ends between two looks loses its last twentieth of a second. The root's peak
    of resident memory is the kernel's own count, in bytes, as of the last look.
    """

    def __init__(self, root: int) -> None:
        self._root = root
        self._used: dict[int, float] = {}
        self.peak = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Processor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    @property
    def seconds(self) -> float:
        """What has been used so far."""
        return sum(self._used.values())

    def _watch(self) -> None:
        while not self._over.wait(_INTERVAL):
            self.peak = max(self.peak, _peak_of(self._root))
            waiting = [self._root]
            while waiting:
                pid = waiting.pop()
                with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended
                    self._used[pid] = _used_by(pid)
                    waiting += _children_of(pid)


def _used_by(pid: int) -> float:
    # after the name, which may hold anything in parentheses: state is the first field, utime the 12th
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    # a process that has ended, and is yet to be waited for, holds nothing any more
    _, found, rest = status.partition("VmHWM:")
    return int(rest.split()[0]) * 1024 if found else 0


def _children_of(pid: int) -> list[int]:
    lists = (task / "children" for task in Path(f"/proc/{pid}/task").iterdir())
    return [int(child) for one in lists for child in one.read_text().split()]


def _activated(folder: Path) -> dict[str, str]:
    """Return the environment of a shell in which this Python's virtual environment is activated."""
    programs = sysconfig.get_path("scripts")
    path = os.pathsep.join([programs, os.environ.get("PATH", os.defpath)])
    # what is checked here is not how the student stands
    return {**os.environ, "PATH": path, "XDG_STATE_HOME": str(folder)}
