"""Once the class is graded, nothing that an attack wanted to leave is on the machine (P5)."""

from __future__ import annotations

import ctypes
import os
import signal
import site
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import persist
import psutil
import pytest
from attack import Attack
from hostile_class import Attacked

_LIBC = ctypes.CDLL(None, use_errno=True)
_PLACES = ("/", "/tmp", "/dev/shm", "/dev/mqueue", "/var/tmp", "/run", *site.getsitepackages())
_MODULES = ("sitecustomize.py", "usercustomize.py", f"{persist.MARK}.pth")


def mounts() -> set[str]:
    """Return where something is mounted, but for the folders of other tests."""
    points = {line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()}
    return {point for point in points if not point.startswith(("/tmp/", "/dev/shm/"))}


MOUNTED = mounts()
"""What was mounted before any test ran."""


def traces(mark: str, key: int) -> Iterator[str]:
    """Yield all on this machine that is called `mark` or has the number `key`."""
    for process in psutil.process_iter(["name"]):
        if process.info["name"] == mark:
            yield f"process {process.pid}"
    yield from (f"file {place}/{mark}" for place in _PLACES if Path(place, mark).exists())
    for table, word in _tables(mark, key).items():
        if any(word in line.split() for line in _lines(table)):
            yield f"{word} in {table}"
    if socket.gethostname() == mark:
        yield "the name of the machine"


def _tables(mark: str, key: int) -> dict[str, str]:
    kinds = {f"/proc/sysvipc/{kind}": str(key) for kind in ("shm", "sem", "msg")}
    return {**kinds, "/proc/net/unix": f"@{mark}", "/proc/keys": f"{mark}:"}


def _lines(table: str) -> list[str]:
    path = Path(table)
    return path.read_text().splitlines() if path.exists() else []


@pytest.mark.parametrize(
    ("group", "attack"),
    [pytest.param("persist", attack, id=attack.student("persist")) for attack in persist.ATTACKS],
)
def test_attack_leaves_nothing_on_the_machine(attacked: Attacked, group: str, attack: Attack):
    student = attack.student(group)
    assert attacked.rows[student].report is not None
    assert list(traces(persist.MARK, persist.KEY)) == []
    assert mounts() <= MOUNTED
    handed_in = {path.name for path in (attacked.course / "submitted" / student).rglob("*.*")}
    assert handed_in <= {"lesson3.ipynb", "timestamp.txt", *attack.files}


def test_interpreter_and_home_are_as_they_were():
    folders = [*sys.path, *site.getsitepackages(), site.getusersitepackages(), str(Path.home())]
    found = [Path(folder, name) for folder in folders for name in _MODULES]
    code = [path.read_text() for path in found if path.is_file()]
    assert not any("left_behind" in text for text in code)
    settings = [
        Path.home() / ".ipython/profile_default/startup",
        Path.home() / ".config/matplotlib",
    ]
    written = [path for folder in settings if folder.is_dir() for path in folder.iterdir()]
    assert not any(persist.MARK in path.name for path in written)


def test_whatever_is_left_would_be_seen():
    """The look for traces finds each kind, left here by this very test under another name."""
    mark, key = f"lb-{os.urandom(4).hex()}", int.from_bytes(os.urandom(3)) + 1
    with ExitStack() as undo:
        pid = os.fork()
        if pid == 0:
            _LIBC.prctl(15, mark.encode(), 0, 0, 0)
            while True:
                signal.pause()
        undo.callback(os.waitpid, pid, 0)
        undo.callback(os.kill, pid, signal.SIGKILL)
        file = Path("/dev/shm", mark)
        file.touch()
        undo.callback(file.unlink)
        shared = _LIBC.shmget(key, 4096, 0o1600)
        undo.callback(_LIBC.shmctl, shared, 0, None)
        server = undo.enter_context(socket.socket(socket.AF_UNIX))
        server.bind(f"\0{mark}")
        for _ in range(100):
            if any(trace.startswith("process") for trace in traces(mark, key)):
                break
        kinds = {trace.split()[0] for trace in traces(mark, key)}
    assert kinds == {"process", "file", str(key), f"@{mark}"}
    assert list(traces(mark, key)) == []
