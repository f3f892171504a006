"""Ways out that a canary tries from where student code runs: each must be refused (P1, P3, P4, P5,
P8, P9)."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import kernel

Attempt = Callable[[], object]

_TRACES = (Path("/tmp/trace"), Path("/dev/shm/trace"))
_ABSTRACT_NAME = "\0trace"
_PTRACE_ATTACH = 16
_FAMILIES = ("AF_INET", "AF_INET6", "AF_NETLINK", "AF_PACKET", "AF_VSOCK")
_listening: list[socket.socket] = []


def leave_traces() -> list[str]:
    """Leave what a sibling must not find: files in the shared places, a socket by name."""
    left = [str(trace) for trace in _TRACES if _succeeds(partial(_write, str(trace)))]
    server = socket.socket(socket.AF_UNIX)
    server.bind(_ABSTRACT_NAME)
    server.listen()
    _listening.append(server)
    return left


def escapes(hidden: list[str], processes: int) -> list[str]:
    """Try every way out and return the names of those that are open; `hidden` are paths outside."""
    attempts: dict[str, Attempt] = {f"read {path}": partial(_read, path) for path in hidden}
    attempts |= {f"open a socket of {name}": partial(_socket, name) for name in _FAMILIES}
    attempts |= {f"write {path}": partial(_write, path) for path in _places()}
    attempts |= {
        "resolve a name": lambda: socket.getaddrinfo("example.org", 80),
        "see other processes": lambda: set(_pids()) - {1, os.getpid()},
        "see a sibling's files": lambda: any(trace.exists() for trace in _TRACES),
        "reach a sibling's socket": _sibling_answers,
        "read the overseer's memory": lambda: os.open("/proc/1/mem", os.O_RDONLY),
        "list the overseer's descriptors": lambda: os.listdir("/proc/1/fd"),
        "trace the overseer": lambda: _call("ptrace", _PTRACE_ATTACH, 1, 0, 0),
        "change the overseer's limits": lambda: resource.prlimit(1, resource.RLIMIT_AS, (1, 1)),
        "kill the overseer": _kill_overseer,
        "enter namespaces": lambda: _call("unshare", kernel.CLONE_NEWUSER),
        "mount": lambda: _call("mount", b"none", b"/tmp", b"tmpfs", 0, 0),
        "make memory that nobody counts": lambda: os.memfd_create("trace"),
        "use a capability": _capable,
        "run without a filter": lambda: _status("Seccomp") != "2",
        "gain privileges": lambda: _status("NoNewPrivs") != "1",
        "inherit descriptors": lambda: len(os.listdir("/proc/self/fd")) > 5,
        "fork without end": lambda: _forks(2 * processes) >= processes,
    }
    return [name for name, attempt in attempts.items() if _succeeds(attempt)]


def _succeeds(attempt: Attempt) -> bool:
    try:
        return bool(attempt())
    except (OSError, ValueError):  # how the kernel, and Python's wrappers of it, refuse
        return False


def _read(path: str) -> bool:
    return bool(os.listdir(path) if os.path.isdir(path) else Path(path).read_bytes())


def _write(path: str) -> bool:
    Path(path).write_bytes(b"|trace")
    return True


def _places() -> list[str]:
    """Return paths that a child must not be able to write."""
    machine = ["/proc/sys/kernel/core_pattern", "/proc/sysrq-trigger", "/proc/sys/vm/drop_caches"]
    return [
        *machine,
        "/trace",
        "/dev/trace",
        "/jail/trace",
        str(Path(os.__file__).parent / "trace"),
    ]


def _socket(name: str) -> bool:
    with socket.socket(getattr(socket, name), socket.SOCK_DGRAM):
        return True


def _sibling_answers() -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(_ABSTRACT_NAME)
        return True


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _call(name: str, *args: int | bytes) -> bool:
    return bool(getattr(ctypes.CDLL(None), name)(*args) == 0)


def _kill_overseer() -> bool:
    for number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGINT, signal.SIGTERM):
        os.kill(1, number)
    return False  # had one of them arrived, nobody would be here to say so


def _capable() -> bool:
    return any(int(_status(f"Cap{kind}"), 16) for kind in ("Eff", "Prm", "Inh", "Bnd", "Amb"))


def _status(key: str) -> str:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(f"{key}:"):
            return line.split()[1]
    return ""


def _forks(most: int) -> int:
    """Return how many processes can be had at once, trying for `most`."""
    pids: list[int] = []
    try:
        while len(pids) < most:
            pid = os.fork()
            if pid == 0:
                signal.pause()
            pids.append(pid)
    except OSError:
        pass
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    return len(pids)
