"""What hostile code gets: an end within its limits, a reason in words, and no effect on anybody
else (P3, P4, P5).

Each bomb that there is, graded as a submission, is in tests/attacks.
"""

from __future__ import annotations

import subprocess
import sys
import time

import psutil
import pytest
from submitted import process_names

from autograder.sandbox import ChildDied, ChildMisbehaved, ChildTimedOut, Limits, Sandbox
from autograder.sandbox.inside.wire import HEADER
from course.values import pack

MIB = 1 << 20
LIMIT = 1.0

ENDLESS = {
    "a loop that holds the interpreter": (
        "import collections, itertools\ndef go(): collections.deque(itertools.repeat(0), maxlen=0)"
    ),
    "forks without end": (
        "import os\n"
        "def go():\n"
        "    while True:\n"
        "        try: os.fork()\n"
        "        except OSError: pass"
    ),
}
DEADLY = {
    "import os\ndef go(): os._exit(0)": r"ended itself \(exit code 0\)",
    "import os\ndef go(): os._exit(3)": r"ended itself \(exit code 3\)",
    "import ctypes\ndef go(): ctypes.string_at(0)": r"signal 11 \(segmentation fault\)",
    "import os\ndef go(): os.abort()": r"signal 6 \(abort\)",
    "import os, signal\ndef go(): os.kill(os.getpid(), signal.SIGKILL)": r"signal 9 \(kill\)",
    # getpid in the manner of a 32-bit program, past a filter that knows 64-bit calls only
    "import ctypes, mmap\n"
    "code = mmap.mmap(-1, 4096, prot=7)\n"
    "code.write(bytes.fromhex('b814000000cd80c3'))\n"
    "address = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
    "go = lambda: ctypes.CFUNCTYPE(ctypes.c_int)(address)()": r"signal 31 \(bad system call\)",
    "import threading, os, time\n"
    "threading.Timer(0.3, os._exit, (7,)).start()\n"
    "def go(): time.sleep(9)": r"ended itself \(exit code 7\)",
}
HOGS = {
    "many processes": (
        "import os, time\n"
        "def go():\n"
        "    for _ in range(8):\n"
        "        if os.fork() == 0:\n"
        "            hoard = [bytearray(os.urandom(1 << 20)) for _ in range(150)]\n"
        "            time.sleep(30)\n"
        "    time.sleep(30)"
    ),
    "unreadable processes": (
        "import ctypes, os, time\n"
        "def go():\n"
        "    for _ in range(8):\n"
        "        if os.fork() == 0:\n"
        "            ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)\n"
        "            hoard = [bytearray(os.urandom(1 << 20)) for _ in range(150)]\n"
        "            time.sleep(30)\n"
        "    time.sleep(30)"
    ),
}
WRITES = """
import os
def big():
    total = 0
    try:
        with open("big", "wb", buffering=0) as file:
            while True: total += file.write(b"x" * 65536)
    except OSError: return total
def shared():
    total = 0
    for number in range(9):
        try:
            with open(f"/dev/shm/{number}", "wb", buffering=0) as file:
                while True: total += file.write(b"x" * 65536)
        except OSError: continue
    return total
def many():
    count = 0
    try:
        while True:
            open(f"n{count}", "w").close()
            count += 1
    except OSError: return count
"""
HONEST = "def double(x): return 2 * x"


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS)
def test_endless_code_ends_at_the_deadline(start, source: str):
    endless = start(source)
    began = time.monotonic()
    with pytest.raises(ChildTimedOut, match="within 1 s"):
        endless.call("go", seconds=LIMIT, soft=99.0)
    assert time.monotonic() - began < LIMIT + 1.0
    assert start(HONEST).call("double", 4) == 8


@pytest.mark.parametrize(("source", "reason"), DEADLY.items())
def test_death_is_told_in_words(start, source: str, reason: str):
    deadly = start(source)
    with pytest.raises(ChildDied, match=reason):
        deadly.call("go")
    with pytest.raises(ChildDied, match=reason):
        deadly.call("go")


@pytest.mark.parametrize("source", HOGS.values(), ids=HOGS)
def test_memory_of_all_processes_is_bounded(start, source: str):
    with pytest.raises(ChildDied, match=r"used more than 0.5 GiB of memory"):
        start(source).call("go")


@pytest.mark.parametrize("place", ["big", "shared"])
def test_disk_is_bounded(start, place: str):
    assert 1 * MIB < start(WRITES).call(place) <= 32 * MIB


def test_number_of_files_is_bounded(start):
    assert 100 < start(WRITES).call("many") <= 500


def test_number_of_processes_is_bounded(start):
    source = """
import os, signal
def go():
    count = 0
    try:
        while count < 99:
            if os.fork() == 0: signal.pause()
            count += 1
    except OSError: pass
    return count
"""
    assert 4 < start(source).call("go") < 24


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_cell_that_prints_without_end_is_stopped_and_the_next_one_runs(start, stream: str):
    flood = start(f"import sys\nwhile True: print('x' * 99, file=sys.{stream})")
    assert flood.ran["fault"]["kind"] == "flood"
    assert sum(len(output.get("text", "")) for output in flood.ran["outputs"]) < 2 * MIB
    following = {"op": "cell", "index": 1, "source": "print(5)", "seconds": 9}
    assert flood.child.ask(following, 9)["outputs"][0]["text"] == "5\n"


def test_flood_of_the_descriptors_goes_nowhere(start):
    source = (
        "import os\ndef go(much): return [os.write(n, much) for n in (1, 2) for _ in range(99)]"
    )
    assert start(source).call("go", b"x" * MIB) == [MIB] * 198


def test_too_large_a_reply_is_refused(start):
    with pytest.raises(ChildMisbehaved, match=r"too large a reply \(9 MiB; at most 8 MiB"):
        start("def go(): return bytes(9 << 20)").call("go")


def test_nothing_can_be_read_from_standard_input(start):
    assert start("def go(): return input()").call("go")["kind"] == "raised"


def _forger(frame: bytes) -> str:
    return f"""
import os, socket
def go():
    for number in range(3, 64):
        try: os.write(number, {frame!r})
        except OSError: continue
    os.write(1, b"done")
    return 1
"""


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (HEADER.pack(4, 3) + b"\0\0\0\0", "not data"),
        (HEADER.pack(1 << 60, 3), "too large a reply"),
        (HEADER.pack(8, 99) + b"\0" * 8, "another request"),
        (HEADER.pack(len(pack([])), 3) + pack([]), "of another form"),
    ],
)
def test_malformed_reply_ends_the_child(start, frame: bytes, reason: str):
    forger = start(_forger(frame))
    with pytest.raises(ChildMisbehaved, match=reason):
        forger.call("go")


def test_surplus_reply_ends_the_child(start):
    payload = pack({"value": 1})
    forger = start(_forger(HEADER.pack(len(payload), 3) + payload))
    assert forger.call("go") == 1  # the forged reply says what an honest one would
    time.sleep(0.1)
    with pytest.raises(ChildMisbehaved, match="without being asked"):
        forger.call("go")


def test_closed_channel_ends_the_child(start):
    closer = start("import os, time\ndef go():\n    os.closerange(3, 99)\n    time.sleep(9)")
    with pytest.raises(ChildMisbehaved, match="closed its channel"):
        closer.call("go")


def test_daemon_does_not_outlive_its_child(start):
    daemon = start("""
import ctypes, os, time
def go():
    named, name = os.pipe()
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            ctypes.CDLL(None).prctl(15, b"outliving", 0, 0, 0)
            os.write(name, b".")
            while True: time.sleep(1)
        os._exit(0)
    os.read(named, 1)
""")
    daemon.call("go")
    assert "outliving" in process_names()
    daemon.child.close()
    assert "outliving" not in process_names()


def test_daemon_does_not_outlive_its_parent(start):
    daemon = start("""
import ctypes, os, time
def go():
    named, name = os.pipe()
    if os.fork() == 0:
        os.setsid()
        ctypes.CDLL(None).prctl(15, b"orphaned", 0, 0, 0)
        os.write(name, b".")
        while True: time.sleep(1)
    os.read(named, 1)
    os._exit(0)
""")
    with pytest.raises(ChildDied):
        daemon.call("go")
    assert "orphaned" not in process_names()


def test_honest_child_beside_attackers_is_unaffected(start):
    honest = start(HONEST)
    attackers = [start(source) for source in (ENDLESS["forks without end"], HOGS["many processes"])]
    for attacker in attackers:
        with pytest.raises((ChildTimedOut, ChildDied)):
            attacker.call("go", seconds=0.5, soft=99.0)
        assert honest.call("double", 3) == 6


TRUSTED = """
import sys, time
import psutil
from autograder.sandbox import Sandbox, jail
given, without, frozen = jail._bwrap, sys.argv[1], sys.argv[2] == "frozen"
jail._bwrap = lambda *args: [word for word in given(*args) if word != without]
sandbox = Sandbox(torch=False)
child = sandbox.open()
source = "import ctypes; ctypes.CDLL(None).prctl(15, b'abandoned', 0, 0, 0)"
child.ask({"op": "cell", "index": 0, "source": source, "seconds": 5}, 5.0)
for process in psutil.Process(sandbox._process.pid).children(recursive=True) if frozen else ():
    process.suspend()
print(sandbox._process.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize(
    ("without", "template", "outlives"),
    [
        ("nothing", "running", False),
        ("nothing", "frozen", False),
        ("--die-with-parent", "frozen", True),
    ],
)
def test_nothing_outlives_the_trusted_process(without: str, template: str, outlives: bool):
    """The template ends when nobody is there to ask it; one that cannot is ended by the kernel."""
    line = [sys.executable, "-c", TRUSTED, without, template]
    with subprocess.Popen(line, stdout=subprocess.PIPE) as trusted:
        assert trusted.stdout is not None
        outermost = psutil.Process(int(trusted.stdout.readline()))
        sandboxed = [outermost, *outermost.children(recursive=True)]
        assert "abandoned" in [process.name() for process in sandboxed]
        trusted.kill()
    time.sleep(0.5)
    # whoever inherits what has ended may be slow to notice it
    left = [p for p in sandboxed if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    for process in left:
        process.kill()
    assert bool(left) is outlives


def test_lifetime_is_bounded_and_a_lost_template_is_our_fault():
    from autograder.sandbox import SandboxUnavailable

    with Sandbox(Limits(lifetime=0.3), torch=False) as sandbox:
        with sandbox.open() as child:
            time.sleep(0.5)
            with pytest.raises(ChildDied, match=r"lived longer than 0\.3 s"):
                child.ask({"op": "defined", "name": "x"}, 1.0)
        sandbox._process.kill()
        sandbox._process.wait()
        with pytest.raises(SandboxUnavailable, match="start another"):
            sandbox.open()
