"""The first process of a child's namespaces: it reaps, counts memory, and when it ends all else in
there ends (P4, P5).

It runs none of the student's code. The kernel lets nothing inside the namespace kill, stop or trace
it, and the system-call filter keeps its limits and its priority out of reach. Memory is held by
this watch and by the kernel's limit on each process's address space: a cgroup would also count what
the kernel keeps for a process, but no grading machine can be relied on to let us make one.
"""

from __future__ import annotations

import os
import re
import select
import socket
import time
from pathlib import Path
from typing import NoReturn

from .settings import Limits, Settings

_INTERVAL = 0.04
_RESIDENT = re.compile(rb"^Rss(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)
_SOCKETS = re.compile(rb"^sockets: used (\d+)$", re.MULTILINE)
_BYTES_OF_A_SOCKET = 256 << 10
"""What may wait in one socket; the system-call filter lets nobody raise it."""
_FOLDERS = "/tmp", "/dev/shm"
_SHARED_FAIRLY = re.compile(rb"^Pss_(?:Anon|Shmem):\s+(\d+) kB$", re.MULTILINE)


def oversee(student: int, watch: socket.socket, settings: Settings) -> NoReturn:
    """Watch over the process `student` until it ends, does too much, or the trusted process lets
    go."""
    end = time.monotonic() + settings.limits.lifetime
    own = _resident(os.getpid())
    poller = select.poll()
    poller.register(watch, select.POLLIN)
    poller.register(os.pidfd_open(student), select.POLLIN)
    # a handle on this process, by which the trusted side can end it whatever becomes of the
    # template
    socket.send_fds(watch, [b"ready"], [os.pidfd_open(os.getpid())])
    verdict = ""
    while not verdict:
        events = poller.poll(_INTERVAL * 1000)
        verdict = _ending(student)
        if any(number == watch.fileno() for number, _ in events):
            os._exit(0)
        if not verdict and settings.layers.watchdog:
            verdict = _excess(settings, own)
        if not verdict and time.monotonic() > end:
            verdict = "lifetime"
    watch.send(verdict.encode())
    os._exit(0)


def _excess(settings: Settings, own: int) -> str:
    """Return of what all processes in here use too much, if of anything."""
    if _too_much(settings.limits, own):
        return "memory"
    # a child's own file systems count their files themselves
    if settings.single and any(_files(folder) > settings.limits.inodes for folder in _FOLDERS):
        return "files"
    return ""


def _files(folder: str) -> int:
    figures = os.statvfs(folder)
    return figures.f_files - figures.f_ffree


def _ending(student: int) -> str:
    """Reap whatever has ended; return how the student's process did, if it is among them."""
    verdict = ""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return verdict or "exit 0"
        if pid == 0:
            return verdict
        if pid == student:
            code = os.waitstatus_to_exitcode(status)
            verdict = f"exit {code}" if code >= 0 else f"signal {-code}"


def _too_much(limits: Limits, own: int) -> bool:
    """Return whether all processes in here together use more memory than they may.

    Adding up what each has counts shared pages more than once; only when that sum is too much are
    the shares asked for, which takes the kernel longer.
    """
    pids = [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]
    waiting = _in_sockets()
    if waiting + sum(_resident(pid) for pid in pids) - own <= limits.memory:
        return False
    total = waiting
    for pid in pids:
        total += _fair_share(pid)
        if total > limits.memory:
            return True
    return False


def _in_sockets() -> int:
    """Return the bytes that sockets may hold, which no process is charged for."""
    used = _SOCKETS.search(Path("/proc/net/sockstat").read_bytes())
    return int(used[1]) * _BYTES_OF_A_SOCKET if used else 0


def _resident(pid: int) -> int:
    return _counted(pid, "status", _RESIDENT)


def _fair_share(pid: int) -> int:
    """Return a process's own memory with its part of what it shares, or all of both if that is not
    told."""
    try:
        return _counted(pid, "smaps_rollup", _SHARED_FAIRLY) or _resident(pid)
    except PermissionError:  # it has made itself unreadable
        return _resident(pid)


def _counted(pid: int, name: str, pattern: re.Pattern[bytes]) -> int:
    """Return the bytes of a process that `pattern` finds in its /proc file; a process that has
    ended has none."""
    try:
        text = Path(f"/proc/{pid}/{name}").read_bytes()
    except (FileNotFoundError, ProcessLookupError):  # it has ended
        return 0
    return sum(int(kib) for kib in pattern.findall(text)) * 1024
