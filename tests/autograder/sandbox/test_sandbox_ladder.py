"""The rungs below the full level: which is taken where, and what each still holds (P9, P10)."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from submitted import Submitted, process_names

from autograder.sandbox import (
    ChildDied,
    ChildTimedOut,
    Level,
    Limits,
    NoSandbox,
    Sandbox,
    SandboxEach,
    SandboxUnavailable,
    best_sandbox,
    jail,
    ladder,
    self_test,
)

MIB = 1 << 20
LIMITS = Limits(memory=512 * MIB, processes=24, disk=32 * MIB, inodes=500)
DAEMON = """
import ctypes, os, time
def go():
    named, name = os.pipe()
    if os.fork() == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(15, b"lingering", 0, 0, 0)
        os.write(name, b".")
        while True: time.sleep(1)
    os.read(named, 1)
"""


@pytest.fixture(scope="module")
def each(sandbox: Sandbox) -> SandboxEach:
    return SandboxEach(LIMITS, torch=False)


@pytest.fixture
def nested_refused(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel refuse namespaces within bubblewrap, as some machines do."""
    bwrap = jail._bwrap

    def refusing(*given: Any) -> list[str]:
        first, *others = bwrap(*given)
        return [first, "--disable-userns", *others]

    monkeypatch.setattr(jail, "_bwrap", refusing)


def test_canary_finds_no_way_out_of_a_sandbox_of_its_own(each: SandboxEach):
    assert self_test(each) == []


def test_machine_that_refuses_nested_namespaces_gives_each_submission_a_sandbox(
    nested_refused: None,
):
    with closing(best_sandbox()) as sandbox:
        assert isinstance(sandbox, SandboxEach) and sandbox.level == Level.SINGLE
        assert "could not be confined" in sandbox.why_not_full
        with sandbox.open({"data.txt": b"5"}) as child:
            honest = Submitted(child, "def double(): return 2 * int(open('data.txt').read())")
            assert honest.call("double") == 10


def test_what_one_leaves_another_does_not_find(each: SandboxEach):
    leave = "import os\nfor place in ('/tmp', '/dev/shm'): open(place + '/left', 'w').write('x')"
    look = "import os\ndef go(): return [os.path.exists(p + '/left') for p in ('/tmp', '/dev/shm')]"
    with each.open() as first, each.open() as second:
        assert Submitted(first, leave).ran["fault"] is None
        assert Submitted(second, look).call("go") == [False, False]


def test_nothing_outlives_its_child(each: SandboxEach):
    with each.open() as child:
        Submitted(child, DAEMON).call("go")
        assert "lingering" in process_names()
    assert "lingering" not in process_names()


def test_nothing_outlives_the_trusted_process(sandbox: Sandbox):
    script = f"""
import time
from autograder.sandbox import SandboxEach
child = SandboxEach(torch=False).open()
child.ask({{"op": "cell", "index": 0, "source": {DAEMON + "go()"!r}, "seconds": 9}}, 9.0)
print("ready", flush=True)
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as trusted:
        assert trusted.stdout is not None and trusted.stdout.readline() == b"ready\n"
        assert "lingering" in process_names()
        trusted.kill()
    time.sleep(0.5)
    assert "lingering" not in process_names()


@pytest.mark.parametrize("number", ["SIGKILL", "SIGSTOP"])
def test_overseer_is_out_of_reach(each: SandboxEach, number: str):
    source = f"""
import os, signal
def go(): os.kill(1, signal.{number})
def stay():
    while True: pass
"""
    with each.open() as child:
        hostile = Submitted(child, source)
        assert hostile.call("go") is None
        with pytest.raises(ChildTimedOut):
            hostile.call("stay", seconds=0.5, soft=99.0)


def test_memory_is_bounded(each: SandboxEach):
    source = """
import os, time
def go():
    for _ in range(8):
        if os.fork() == 0:
            hoard = [bytearray(os.urandom(1 << 20)) for _ in range(150)]
            time.sleep(30)
    time.sleep(30)
"""
    with each.open() as child, pytest.raises(ChildDied, match=r"used more than 0.5 GiB of memory"):
        Submitted(child, source).call("go")


def test_files_and_disk_are_bounded(each: SandboxEach):
    many = "import time\ndef go():\n    for n in range(9999): open(f'n{n}', 'w').close()\n    time.sleep(9)"
    with each.open() as child, pytest.raises(ChildDied, match="made more than 500 files"):
        Submitted(child, many).call("go")
    big = """
def go():
    total = 0
    try:
        with open("big", "wb", buffering=0) as file:
            while True: total += file.write(b"x" * 65536)
    except OSError: return total
"""
    with each.open() as child:
        assert 1 * MIB < Submitted(child, big).call("go") <= 32 * MIB


def test_where_no_rung_holds_the_best_one_says_why(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(SandboxUnavailable, match="bwrap is missing: sudo apt-get install"):
        best_sandbox()


def test_sandbox_that_does_not_hold_is_not_replaced_by_a_lesser_one(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ladder, "self_test", lambda _: ["read the gradebook"])
    with pytest.raises(SandboxUnavailable, match=r"does not hold .*read the gradebook"):
        best_sandbox()


def test_nothing_is_run_without_a_sandbox_as_root(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(SandboxUnavailable, match="as root"):
        NoSandbox()


def test_code_without_a_sandbox_can_do_what_the_user_can(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    (tmp_path / "hidden").write_text("open")
    with NoSandbox().open({"data.txt": b"5"}) as child:
        bare = Submitted(child, "import os\ndef read(path): return open(path).read()")
        assert bare.call("read", "data.txt") == "5"
        assert bare.call("read", str(tmp_path / "hidden")) == "open"
        folder = Submitted(child, "def where(): return os.getcwd()").call("where")
    assert not Path(folder).exists()
