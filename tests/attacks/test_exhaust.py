"""Each bomb by itself: it ends within its limit, and takes no more of the machine than a submission may (P4)."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import exhaust
import psutil
import pytest
from attack import ESCAPED, TRIED, Attack

from autograder.grading import shared_sandbox
from autograder.running import RunningNotebook, TimeLimits
from autograder.sandbox import Sandbox, SandboxUnavailable
from course.notebook import MAX_SOURCE, Cell

MIB = 1 << 20
LIMITS = TimeLimits(cell=2.0, call=2.0, submission=8.0)
GRACE = 1.0
OVERSHOOT = 512 * MIB
"""What processes take between two looks of the overseer, and of ours."""
JUDGES_OWN = 512 * MIB
"""What the judge's process may take for one reply of 64 MiB, its copies among it."""
NOISE = 200 * MIB
"""What others write and remove meanwhile; a submission may write 256 MiB to each of its disks."""

PRELUDE = f"def got(what): print({ESCAPED!r}, what)\ndef tried(): print({TRIED!r})"
ALONE = [a for a in exhaust.ATTACKS if a.lay is None and len(a.first) <= MAX_SOURCE]

CROWD = """
import os
begin, wait = os.pipe()[::-1]
hoard = b"x" * (1 << 28)
for _ in range(60):
    try:
        if os.fork() == 0:
            os.close(begin)
            os.read(wait, 1)  # until all are there: one that counts would let no other begin
            while True: pass
    except OSError: break
os.close(begin)
"""
# a process of its own: a judge that is busy with a reply lets no thread of its process run
LATENESS = """
import select, sys, time
worst = 0.0
while not select.select([sys.stdin], [], [], 0)[0]:
    began = time.monotonic()
    sum(range(20_000))
    time.sleep(0.01)
    worst = max(worst, time.monotonic() - began - 0.01)
print(worst)
"""


class Timed(RunningNotebook):
    """Notes of each cell and call how long it was allowed to take, took, and took the kernel to end, if it did."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self.taken: list[tuple[str, float, float, float]] = []
        super().__init__(*args, **options)

    def _exchange(self, request: Any, seconds: float, name: str) -> Any:
        allowed, began = min(seconds, max(self._left(), 0.1)), time.monotonic()
        child, ending = self._child, 0.0
        assert child is not None
        kill = child._kill

        def timed() -> None:
            nonlocal ending
            since = time.monotonic()
            kill()
            ending += time.monotonic() - since

        child._kill = timed
        try:
            return super()._exchange(request, seconds, name)
        finally:
            child._kill = kill
            took = time.monotonic() - began - ending
            self.taken.append((name, allowed, took, ending))


@dataclass
class Watched:
    """What the machine was seen to give while an attack ran."""

    late: float = 0.0
    """Seconds by which a harmless process beside it was late at worst."""
    memory: int = 0
    judge: int = 0
    """Bytes of memory at worst, of the sandbox and of this process, beyond what they had before."""
    disk: dict[str, int] = field(default_factory=dict)
    """Bytes by which each of the machine's disks was fuller at worst."""


def _sandboxs(sandbox: Sandbox) -> int:
    """Return the bytes of all processes in the sandbox, each with its part of what they share."""
    total = 0
    for process in psutil.Process(sandbox._process.pid).children(recursive=True):
        try:
            total += process.memory_full_info().pss
        except psutil.Error:  # it has ended meanwhile
            continue
    return total


@contextmanager
def watching(sandbox: Sandbox) -> Iterator[Watched]:
    """Watch the machine from beside whatever runs within the block."""
    seen, over = Watched(disk=dict.fromkeys(("/tmp", "/dev/shm"), 0)), threading.Event()
    this = psutil.Process()
    before, own = _sandboxs(sandbox), this.memory_info().rss
    free = {place: shutil.disk_usage(place).free for place in seen.disk}

    def look() -> None:
        while not over.wait(0.1):
            seen.memory = max(seen.memory, _sandboxs(sandbox) - before)
            seen.judge = max(seen.judge, this.memory_info().rss - own)
            for place, had in free.items():
                used = had - shutil.disk_usage(place).free
                seen.disk[place] = max(seen.disk[place], used)

    thread = threading.Thread(target=look)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-I", "-c", LATENESS], **pipes) as beside:
        thread.start()
        try:
            yield seen
        finally:
            over.set()
            thread.join()
            seen.late = float(beside.communicate(b"\n")[0])


def _asked(attack: Attack) -> list[tuple[str, int]]:
    """Return the functions that the attack's answers define, each with the number of its arguments."""
    found = []
    for node in [node for source in attack.answers.values() for node in ast.parse(source).body]:
        if isinstance(node, ast.FunctionDef):
            found.append((node.name, len(node.args.args) or 3))
        elif isinstance(node, ast.Assign):
            found += [(name.id, 3) for name in node.targets if isinstance(name, ast.Name)]
    return found


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    try:
        return shared_sandbox()
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")


@pytest.fixture(scope="module")
def to_end(sandbox: Sandbox) -> float:
    """Return the seconds that this machine takes, as busy as it is, to end a crowd that keeps it busy."""
    with sandbox.open() as child:
        request = {"op": "cell", "index": 0, "name": "cell 0", "source": CROWD, "seconds": 30.0}
        child.ask(request, 60.0)
        began = time.monotonic()
    return time.monotonic() - began


@pytest.mark.parametrize("attack", ALONE, ids=lambda attack: attack.name.replace(" ", "-"))
def test_bomb_ends_in_time_and_takes_no_more_than_its_share(
    sandbox: Sandbox, to_end: float, attack: Attack
):
    """The grace is the whole second. What the kernel takes to end the processes comes on top, and is compared with
    what it takes, just as busy, to end a crowd that does nothing worse than to count."""
    sources = [PRELUDE, attack.first, *attack.answers.values(), attack.last]
    cells = [Cell(n, "code", source, {}) for n, source in enumerate(sources, 1) if source]
    with (
        watching(sandbox) as seen,
        Timed(sandbox, cells, files=attack.files, limits=LIMITS) as running,
    ):
        for name, count in _asked(attack):
            request = {"op": "call", "name": name, "args": (1.0,) * count, "kwargs": {}}
            running.ask(request, LIMITS.call)
    assert ESCAPED not in str([result.outputs for result in running.results])
    assert seen.memory < sandbox.limits.memory + OVERSHOOT
    assert max(seen.disk.values()) < NOISE
    assert seen.judge < JUDGES_OWN
    for name, allowed, took, ending in running.taken:
        assert took < allowed + GRACE + 2 * seen.late + 0.2, (name, running.taken, seen)
        assert ending < 1.0 + 1.5 * to_end, (name, running.taken, seen)
