"""What a submission finds when it looks everywhere: nothing of the trusted side (P1, P8)."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from planted import SECRET

CHECKOUT = Path(__file__).parents[3]
SEARCH = """
import os
def files(needles):
    found = []
    for folder, folders, names in os.walk("/"):
        folders[:] = [n for n in folders if os.path.join(folder, n) not in ("/proc", "/sys")]
        path = [os.path.join(folder, n) for n in names]
        found += [p for p in path if any(needle in p for needle in needles)]
    return found
def outside_of_the_packages(skipped):
    found = []
    for folder, folders, names in os.walk("/"):
        folders[:] = [n for n in folders if os.path.join(folder, n) not in skipped]
        found += [os.path.join(folder, n) for n in names]
    return found
def memory(first, second_reversed):
    second, hits, read = second_reversed[::-1], 0, 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            span, mode = line.split()[:2]
            if mode[0] != "r" or "[v" in line: continue
            start, end = (int(x, 16) for x in span.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except (OSError, OverflowError): continue
            read += len(data)
            at = data.find(first)
            while at >= 0:
                hits += data[at + len(first):][:len(second)] == second
                at = data.find(first, at + 1)
    return hits, read
def proc(needle_reversed):
    needle, hits, pids = needle_reversed[::-1], [], []
    for pid in os.listdir("/proc"):
        if not pid.isdigit(): continue
        pids.append(int(pid))
        for name in ("environ", "cmdline", "maps", "mountinfo"):
            try: data = open(f"/proc/{pid}/{name}", "rb").read()
            except OSError: continue
            if needle in data: hits.append(f"{pid}/{name}")
    return pids, hits
def descriptors():
    found = {}
    for number in os.listdir("/proc/self/fd"):
        try: found[int(number)] = os.readlink(f"/proc/self/fd/{number}")
        except OSError: continue
    return found
def reads(path):
    try: return open(path, "rb").read()
    except OSError: return None
def knock(name):
    import socket
    with socket.socket(socket.AF_UNIX) as client:
        try: client.connect(name)
        except OSError: return False
        return True
"""


@pytest.fixture
def spy(start):
    return start(SEARCH)


def test_no_file_of_the_trusted_side_is_there(spy):
    needles = ["autograder/", "/solutions/", "hidden_test", "wrong_answers", "gradebook"]
    others = ("nbgrader", "site-packages")  # nbgrader's own package has files of such names
    found = [
        path for path in spy.call("files", needles) if not any(name in path for name in others)
    ]
    assert found == []


def test_nothing_but_packages_is_there(spy):
    skipped = ["/proc", "/sys", "/dev", "/usr", "/lib", "/lib64", "/jail", "/tmp"]
    skipped += _roots_of_packages()
    allowed = {"/etc/ld.so.cache", str(Path(os.sys.prefix) / "pyvenv.cfg"), os.sys.executable}
    assert set(spy.call("outside_of_the_packages", skipped)) <= allowed


def _roots_of_packages() -> list[str]:
    prefixes = (os.sys.prefix, os.sys.base_prefix)
    return [f"{prefix}/{name}" for prefix in prefixes for name in ("lib", "lib64")]


def test_memory_holds_no_secret(spy):
    half = len(SECRET) // 2
    hits, read = spy.call("memory", SECRET[:half].encode(), SECRET[half:].encode()[::-1])
    assert read > 50 << 20  # it did look
    assert hits == 0


def test_memory_search_would_find_a_secret(spy, start):
    source = SEARCH + f"\nkept = bytearray({SECRET.encode()!r})"
    half = len(SECRET) // 2
    found = start(source).call("memory", SECRET[:half].encode(), SECRET[half:].encode()[::-1])
    assert found[0] > 0


def test_processes_of_others_are_not_seen(spy):
    pids, hits = spy.call("proc", SECRET.encode()[::-1])
    assert len(pids) == 2
    assert hits == []


def test_descriptors_are_the_channel_and_nothing_else(spy):
    found = spy.call("descriptors")
    names = sorted(name.split(":")[0] for name in found.values())
    assert names == ["/dev/null", "/dev/null", "/dev/null", "socket"]


@pytest.mark.parametrize(
    "path",
    ["setup.cfg", "autograder/sandbox/jail.py", "solutions/lesson3/lesson3.py", ".git/HEAD"],
)
def test_checkout_is_out_of_reach(spy, path: str):
    assert spy.call("reads", str(CHECKOUT / path)) is None
    assert spy.call("reads", f"/proc/1/root{CHECKOUT / path}") is None


def test_planted_file_is_out_of_reach(spy, tmp_path: Path):
    (tmp_path / "hidden").write_text(SECRET)
    assert spy.call("reads", str(tmp_path / "hidden")) is None


def test_secrets_of_the_machine_are_out_of_reach(spy):
    assert spy.call("reads", "/etc/passwd") is None
    assert spy.call("reads", "/etc/shadow") is None
    assert spy.call("reads", "/proc/1/environ") is None


@pytest.mark.parametrize("abstract", [True, False])
def test_socket_of_the_machine_is_out_of_reach(spy, tmp_path: Path, abstract: bool):
    name = f"\0{SECRET}" if abstract else str(tmp_path / "socket")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(name)
        server.listen()
        assert spy.call("knock", name) is False


def test_judge_cannot_be_asked(start):
    """The student's side holds training loops and mistakes, which would answer some exercises."""
    fault = start("def go():\n    from course.judge.replay import replay").call("go")
    assert fault["detail"] in ("ModuleNotFoundError", "ImportError")


def test_trusted_packages_cannot_be_imported(start):
    fault = start("def go(): import autograder").call("go")
    assert fault["detail"] == "ModuleNotFoundError"


def test_nothing_outside_its_own_folders_is_writable(start):
    spy = start("""
import os
def writable():
    found = []
    for folder, folders, names in os.walk("/"):
        folders[:] = [n for n in folders if not os.path.join(folder, n).startswith("/proc/")
                      or os.path.join(folder, n).startswith("/proc/sys")]
        for path in [folder, *(os.path.join(folder, n) for n in names)]:
            if not os.path.islink(path) and os.access(path, os.W_OK): found.append(path)
    return found
""")
    found = [path for path in spy.call("writable") if not path.startswith(("/tmp", "/dev/shm"))]
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty")}
    # of its own namespace, and its mode promises more than the kernel grants without a capability
    covered = {"/proc/keys", "/proc/key-users"}  # by /dev/null
    assert set(found) <= devices | covered | {"/proc/sys/kernel/ns_last_pid"}
