"""Each layer of the sandbox proved: an attack that it stops succeeds as soon as it is taken away.

Where two layers hold the same attack, both must be taken away; the test's own sentence says which.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import exfiltrate
import persist
import pytest
from attack import ESCAPED, TRIED, Attack
from hostile_class import CANARY, attacks, prelude

from autograder.sandbox import Child, ChildDied, Limits, Sandbox, SandboxUnavailable, jail
from autograder.sandbox import sandbox as starting
from autograder.sandbox.inside.settings import Layers
from autograder.source import LessonSource
from course.grader import examine
from course.responder import Responder
from course.submission import LocalSubmission

MIB = 1 << 20
LIMITS = Limits(memory=1024 * MIB, processes=24)
CHECKOUT = Path(__file__).parents[2]
OURS = {attack.name: attack for _, attack in attacks()}
OURS |= {
    attack.name: attack
    for attack in (
        Attack(
            "memory of many processes",
            tries="to use more memory than it may, in processes that each stay within their limit",
            gets="an end",
            first="""
import os, time
full, filled = os.pipe()
for _ in range(8):
    if os.fork() == 0:
        hoard = bytearray(b"x") * (150 << 20)
        os.write(filled, b"1")
        time.sleep(60)
for _ in range(8): os.read(full, 1)
time.sleep(2)
got("1200 MiB")
tried()
""",
        ),
        Attack(
            "many processes",
            tries="to have twice as many processes as it may",
            gets="no more than it may",
            first=f"""
import os, signal
pids = []
try:
    while len(pids) < {2 * LIMITS.processes}:
        pid = os.fork()
        if pid == 0: signal.pause()
        pids.append(pid)
except OSError: pass
if len(pids) >= {LIMITS.processes}: got(len(pids))
for pid in pids:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
tried()
""",
        ),
    )
}
Edit = Callable[[list[str]], list[str]]


# what attacks a sandbox has no need of torch, and most tests here start one of their own
lean = partial(Sandbox, LIMITS, torch=False)


@pytest.fixture(scope="module")
def course() -> Iterator[Path]:
    """Make a folder with a secret in it, where every user of the machine may read, and no child has a folder."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.chmod(0o755)
    (folder / "gradebook.db").write_text(CANARY)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def strong() -> Iterator[Sandbox]:
    """Start the sandbox as it is, for all tests here."""
    try:
        with Sandbox(LIMITS) as sandbox:
            yield sandbox
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")


def escapes(sandbox: Sandbox, course: Path, name: str, *, together: bool = False) -> str:
    """Return what an attack gets at in two children, or why a child ended.

    The second begins when the first has ended, or, `together`, while it is still there.
    """
    attack, told = OURS[name], ""
    # some traces stay for a while where a layer is missing, and others look for them by that name
    mark = f"lb-{os.urandom(4).hex()}"
    cells = [prelude(course), attack.first.replace(persist.MARK, mark)]
    if not attack.ends:
        cells.append(attack.last)
    with ExitStack() as children:
        for _ in range(2):
            child = children.enter_context(sandbox.open(attack.files))
            try:
                told += "".join(printed(child, source) for source in cells)
            except ChildDied as e:
                return e.reason
            if not together:
                child.close()
    assert TRIED in told
    return "\n".join(line for line in told.splitlines() if line.startswith(ESCAPED))


def printed(child: Child, source: str) -> str:
    """Return what a cell prints; it must come to its end."""
    request = {"op": "cell", "index": 0, "source": source, "seconds": 60.0}
    reply = child.ask(request, 90.0)
    assert reply["fault"] is None, reply
    return "".join(output.get("text", "") for output in reply["outputs"])


def weakened(monkeypatch: pytest.MonkeyPatch, edit: Edit, **layers: bool) -> Sandbox:
    """Start a sandbox whose bubblewrap has the options that `edit` leaves, and without some `layers`."""
    bwrap = jail._bwrap
    monkeypatch.setattr(jail, "_bwrap", lambda *args: edit(bwrap(*args)))
    return lean(layers=Layers(**layers))


def without(*options: str) -> Edit:
    """Return an edit that drops this sequence of options wherever it stands; it must stand somewhere."""

    def edit(line: list[str]) -> list[str]:
        size = len(options)
        places = [at for at in range(len(line)) if line[at : at + size] == [*options]]
        assert places, options
        dropped = {at + offset for at in places for offset in range(size)}
        return [option for at, option in enumerate(line) if at not in dropped]

    return edit


def with_network_of_the_machine(line: list[str]) -> list[str]:
    return [line[0], *line[1:-4], "--share-net", *line[-4:]]


# --- one layer of a child at a time ------------------------------------------------------------------------------

ALONE = [
    ("descriptors", "inherited descriptors", "(deleted)"),
    ("descriptors", "a letter in an open file", ESCAPED),
    ("namespaces", "a daemon", ESCAPED),
    ("namespaces", "a process that hears no signal", ESCAPED),
    ("namespaces", "a server without a file", "a socket"),
    ("mounts", "files wherever they can be written", "/tmp"),
    ("mounts", "settings of IPython and matplotlib", ESCAPED),
    ("undumpable", "the memory of the first process", ESCAPED),
    ("watchdog", "memory of many processes", "1200 MiB"),
    ("limits", "many processes", ESCAPED),
    ("limits", "memory that belongs to nobody", "locked pages"),
    ("capabilities", "the machine itself", "net/ipv4/ip_forward"),
    ("capabilities", "the machine itself", "the numbers of processes"),
    ("system_calls", "the machine itself", "the watcher's scheduling"),
    ("system_calls", "memory that belongs to nobody", "ESCAPED 1048576"),
    ("system_calls", "sockets of every other kind", ESCAPED),
    ("seeds", "random numbers", "random"),
]
# they import torch, and its build for CUDA is more than a child may map by itself
WITH_TORCH = {"memory that belongs to nobody", "random numbers"}


@pytest.fixture(scope="module")
def lacking() -> Iterator[Callable[..., Sandbox]]:
    """Return a function that starts a sandbox without some layers, once for each choice."""
    started: dict[tuple[tuple[str, ...], bool], Sandbox] = {}
    with ExitStack() as sandboxes:

        def start(*layers: str, torch: bool = False) -> Sandbox:
            if (layers, torch) not in started:
                sandbox = lean(layers=Layers(**dict.fromkeys(layers, False)), torch=torch)
                started[layers, torch] = sandboxes.enter_context(sandbox)
            return started[layers, torch]

        yield start


@pytest.mark.parametrize(("layer", "name", "found"), ALONE)
def test_layer_stops_an_attack_that_no_other_stops(
    strong: Sandbox,
    lacking: Callable[..., Sandbox],
    course: Path,
    layer: str,
    name: str,
    found: str,
):
    weak = lacking(layer, torch=name in WITH_TORCH)
    assert found in escapes(weak, course, name)
    assert ESCAPED not in escapes(strong, course, name)


def test_every_layer_is_proved():
    """Alone, or as the session is, which bubblewrap's --new-session makes a second time."""
    assert {layer for layer, _, _ in ALONE} | {"session"} == {
        field.name for field in fields(Layers)
    }


# --- what two layers hold ----------------------------------------------------------------------------------------

TOGETHER = [
    # a call that is refused, of a process whose memory is closed to it
    ({"system_calls", "undumpable"}, "a debugger", "seized"),
    # a call that is refused, in a namespace where nobody else's objects are
    ({"system_calls", "namespaces"}, "System V and POSIX objects", "shmget"),
    ({"system_calls", "namespaces"}, "keys", "the key itself"),
    # a call that is refused, to a process without the capability for it
    ({"system_calls", "capabilities"}, "below its own folders", ESCAPED),
]


@pytest.mark.parametrize(("layers", "name", "found"), TOGETHER)
def test_two_layers_stop_an_attack_each_by_itself(
    strong: Sandbox,
    lacking: Callable[[str], Sandbox],
    course: Path,
    layers: set[str],
    name: str,
    found: str,
):
    with lean(layers=Layers(**dict.fromkeys(layers, False))) as weak:
        assert found in escapes(weak, course, name)
    for sandbox in (strong, *map(lacking, sorted(layers))):
        assert found not in escapes(sandbox, course, name)


def test_names_of_keys_are_stopped_by_the_filter_and_by_a_cover(
    strong: Sandbox, lacking: Callable[..., Sandbox], course: Path
):
    """No namespace hides them from another process of the same user: /proc/keys is the machine's, and is covered."""
    found = "the name of a key"
    assert found in escapes(lacking("system_calls", "mounts"), course, "keys", together=True)
    assert found not in escapes(lacking("system_calls"), course, "keys", together=True)
    assert escapes(strong, course, "keys", together=True) == ""


# --- what bubblewrap gives ---------------------------------------------------------------------------------------


@pytest.fixture
def servers() -> Iterator[dict[str, str]]:
    """Start two servers of the machine; return by which word an attack tells that it has reached each."""
    name = f"course-{os.urandom(4).hex()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as local:
        local.bind(f"\0{name}")
        local.listen(64)
        yield {"TCP": f"raddr=('127.0.0.1', {server.getsockname()[1]})", "unix": name}


HOLDERS = ("namespaces", "system_calls", "bubblewrap")


@pytest.mark.parametrize("holders", [(), *((holder,) for holder in HOLDERS)], ids=" ".join)
def test_network_is_out_of_reach_three_times(
    strong: Sandbox,
    course: Path,
    servers: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    holders: tuple[str, ...],
):
    """TCP is stopped by the child's own network, by the filter, and by bubblewrap's; unix servers without a file by
    the two networks, since the filter lets AF_UNIX pass."""
    edit = list if "bubblewrap" in holders else with_network_of_the_machine
    layers = {layer: layer in holders for layer in ("namespaces", "system_calls")}
    with weakened(monkeypatch, edit, **layers) as weak:
        told = escapes(weak, course, "services of this machine")
    reached = {kind for kind, word in servers.items() if word in told}
    assert reached == {(): {"TCP", "unix"}, ("system_calls",): {"unix"}}.get(holders, set())
    assert escapes(strong, course, "services of this machine") == ""


def test_processes_of_the_machine_are_hidden_twice(
    strong: Sandbox, course: Path, monkeypatch: pytest.MonkeyPatch
):
    """A child has process numbers of its own, within bubblewrap's: both must be off to see who grades.

    So must the watchdog, which would take the memory of the whole machine for the submission's.
    """

    def edit(line: list[str]) -> list[str]:
        others = [f"--unshare-{kind}" for kind in ("ipc", "net", "uts", "cgroup-try")]
        return [*line[:1], *others, *without("--unshare-all")(line)[1:]]

    name = "environments and command lines"
    with weakened(monkeypatch, edit, namespaces=False, watchdog=False) as weak:
        assert "pytest" in escapes(weak, course, name)
    assert escapes(strong, course, name) == ""


@pytest.mark.parametrize("emptied", ["by us", "by bubblewrap", ""])
def test_environment_is_emptied_twice(
    strong: Sandbox, course: Path, monkeypatch: pytest.MonkeyPatch, emptied: str
):
    """Bubblewrap is started with a search path alone, and clears even that: the canary shows when both are off."""
    real = subprocess.Popen

    def popen(*args: Any, env: Mapping[str, str], **options: Any) -> subprocess.Popen[bytes]:
        return real(*args, env=env if emptied == "by us" else None, **options)

    monkeypatch.setattr(starting.subprocess, "Popen", popen)
    edit = list if emptied == "by bubblewrap" else without("--clearenv")
    with weakened(monkeypatch, edit) as weak:
        told = escapes(weak, course, "environments and command lines")
    assert (CANARY in told) is (not emptied)
    assert escapes(strong, course, "environments and command lines") == ""


def test_files_are_shown_one_by_one(strong: Sandbox, course: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder that is bound whole shows its secrets."""
    binds = jail.binds
    monkeypatch.setattr(jail, "binds", lambda: {course: course, **binds()})
    for name in (
        "hidden files by their names",
        "hidden files by other doors",
        "a walk through all folders",
    ):
        assert escapes(strong, course, name) == ""
    with lean() as weak:
        for name in ("hidden files by their names", "hidden files by other doors"):
            assert CANARY in escapes(weak, course, name)
        assert "gradebook.db" in escapes(weak, course, "a walk through all folders")


def test_checkout_is_not_shown(strong: Sandbox, course: Path, monkeypatch: pytest.MonkeyPatch):
    """Of the checkout nothing is bound but the package `course` and our own inside; all of it may not be bound."""
    binds, graders = jail.binds, CHECKOUT / "solutions"
    name = "the checkout of an editable install"
    monkeypatch.setattr(jail, "binds", lambda: {CHECKOUT: CHECKOUT, **binds()})
    with pytest.raises(SandboxUnavailable, match="the course lies in it"):
        lean()
    monkeypatch.setattr(jail, "binds", lambda: {**binds(), graders: graders})
    with lean() as weak:
        assert "hidden_test" in escapes(weak, course, "a walk through all folders")
        assert "expect_gradient" in escapes(weak, course, name)
    assert escapes(strong, course, name) == ""


def test_root_and_devices_are_read_only(
    strong: Sandbox, course: Path, monkeypatch: pytest.MonkeyPatch
):
    def edit(line: list[str]) -> list[str]:
        return without("--remount-ro", "/")(without("--remount-ro", "/dev")(line))

    files, modules = "files wherever they can be written", "modules that Python imports by itself"
    with weakened(monkeypatch, edit) as weak:
        found = escapes(weak, course, files).splitlines()
        assert f"{ESCAPED} wave" in escapes(weak, course, modules)
    assert {f"{ESCAPED} {place}" for place in ("/", "/dev", "/jail")} <= set(found)
    assert escapes(strong, course, files) == escapes(strong, course, modules) == ""


@pytest.mark.parametrize("bind", ["--ro-bind", "--bind"])
def test_what_is_shown_is_read_only(
    course: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, bind: str
):
    """Packages are bound read-only, which matters where they are the grader's own, or anybody's."""
    packages = course / "packages"
    packages.mkdir(exist_ok=True)
    packages.chmod(0o777)
    binds, place = jail.binds, Path("/etc/packages")
    monkeypatch.setattr(jail, "binds", lambda: {**binds(), place: packages})
    monkeypatch.setitem(OURS, "a package", _write_to(place))

    def edit(line: list[str]) -> list[str]:
        return [bind if option == "--ro-bind" else option for option in line]

    with weakened(monkeypatch, edit) as weak:
        assert (ESCAPED in escapes(weak, course, "a package")) is (bind == "--bind")
    assert (packages / "torch.py").exists() is (bind == "--bind")


def _write_to(place: Path) -> Attack:
    code = f"""
try: got(open("{place}/torch.py", "x"))
except FileExistsError: got("there already")
except OSError: pass
tried()
"""
    return Attack("a package", tries="to write a module to it", gets="no file", first=code)


AT_A_TERMINAL = """
import fcntl, sys, termios
from autograder.sandbox import Sandbox, jail
from autograder.sandbox.inside.settings import Layers
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
bwrap = jail._bwrap
jail._bwrap = lambda *args: [word for word in bwrap(*args) if word not in sys.argv]
source = "open('/dev/tty', 'w').write('what a student wants you to read')"
with Sandbox(layers=Layers(session="session" not in sys.argv), torch=False) as sandbox:
    with sandbox.open() as child:
        reply = child.ask({"op": "cell", "index": 0, "source": source, "seconds": 5.0}, 5.0)
print(reply["fault"] is None)
"""


@pytest.mark.parametrize("off", ["", "session", "--new-session", "session --new-session"])
def test_terminal_is_out_of_reach_twice(strong: Sandbox, off: str):
    """Sessions of their own, the child's and bubblewrap's, keep a student from writing to the terminal of a TA."""
    assert writes_to_terminal(*off.split()) is (off == "session --new-session")


def writes_to_terminal(*off: str) -> bool:
    """Return whether a student's code can write to the terminal of the process that grades it."""
    ours, theirs = os.openpty()
    line = [sys.executable, "-c", AT_A_TERMINAL, *off]
    try:
        done = subprocess.run(
            line, stdin=theirs, stdout=subprocess.PIPE, start_new_session=True, check=True
        )
    finally:
        os.close(theirs)
        os.close(ours)
    return done.stdout == b"True\n"


def test_judge_is_covered(strong: Sandbox, course: Path, monkeypatch: pytest.MonkeyPatch):
    judge = "/jail/course/judge"
    name = "an import of the judge"
    with weakened(monkeypatch, without("--tmpfs", judge, "--remount-ro", judge)) as weak:
        assert "course.judge.replay" in escapes(weak, course, name)
    assert escapes(strong, course, name) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives itself up")
def test_root_gives_itself_up(
    strong: Sandbox,
    lacking: Callable[[str], Sandbox],
    course: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Of the kernel's user 0 no processes are counted.

    A present kernel lets a child be user 0 only with CAP_SETFCAP, which bubblewrap drops with all others, and refuses
    it a /proc of its own: these two must be off, too, and without them there is no sandbox rather than a weak one.
    """

    def edit(line: list[str]) -> list[str]:
        at = line.index("--cap-drop") + 2
        return [*line[:at], "--cap-add", "CAP_SETFCAP", *line[at:]]

    name = "many processes"
    assert ESCAPED not in escapes(strong, course, name)
    assert ESCAPED not in escapes(lacking("mounts"), course, name)
    monkeypatch.setattr(jail, "_as_nobody", lambda: ["--reuid", "0", "--"])
    with pytest.raises(SandboxUnavailable):
        lean()
    with weakened(monkeypatch, edit, mounts=False) as weak:
        assert ESCAPED in escapes(weak, course, name)


# --- a process of its own ----------------------------------------------------------------------------------------


def test_judge_is_in_another_process():
    """Beside the graders, as in a student's own check, the same code reads what they expect."""
    source = LessonSource(CHECKOUT / "solutions" / "lesson3")
    stack, text = (
        OURS[name].answers for name in ("a walk up the stack", "the text around a probe")
    )
    submission = LocalSubmission.of_cells([stack["3-1"], text["3-3"]])
    verdicts = examine(source.hidden_test, submission, seed=1, reference=source.names())
    assert any(v.exercise == "3-1" and v.status.name == "PASSED" for v in verdicts)
    assert any(v.exercise == "3-3" and ESCAPED in str(v) for v in verdicts)


def test_search_of_memory_finds_what_is_there(course: Path):
    """In this process, which holds the canary, the same search finds it."""
    responder = Responder(plots=False)
    told = ""
    for source in (prelude(course), exfiltrate._SEARCH, *_cells("a search of its own memory")):
        reply = responder.answer({"op": "cell", "index": 0, "source": source, "seconds": 60.0})
        told += "".join(output.get("text", "") for output in reply["outputs"])
    assert ESCAPED in told


def _cells(name: str) -> tuple[str, str]:
    return OURS[name].first.replace("1.5", "60"), OURS[name].last
