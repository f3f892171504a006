"""Attacks on those who come after: what one submission leaves behind for another (P3, P5)."""

from dataclasses import dataclass, replace

from attack import Attack

MARK = "left-behind"
"""What all that is left here is called."""
KEY = 0x1EF7BE41
"""The number of what has no name."""
_LIBC = f"""
import ctypes, ctypes.util, os, platform
MARK, KEY = {MARK!r}, {KEY}
libc = ctypes.CDLL(None, use_errno=True)
"""
_KEYS = '\nadd_key = 248 if platform.machine() == "x86_64" else 217\n'


@dataclass(frozen=True)
class Trace:
    """Something to leave behind, and how one who comes later looks for it."""

    look: str
    leave: str


def _twice(attack: Attack, trace: Trace) -> Attack:
    """Have `attack` look, then leave its trace, then kill its process: the one that replaces it, by the same
    template, looks again."""
    first = f"{_LIBC}{trace.look}\n{trace.leave}\ntried()"
    last = attack.last or "os._exit(7)"
    return replace(attack, first=first, last=last, ends=r"ended itself \(exit code 7\)")


_DAEMON = Trace(
    look="""
for pid in filter(str.isdigit, os.listdir("/proc")):
    try: name = open(f"/proc/{pid}/comm").read().strip()
    except OSError: continue
    if name == MARK: got(pid)
""",
    leave="""
import time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        libc.prctl(15, MARK.encode(), 0, 0, 0)
        while True: time.sleep(1)
    os._exit(0)
""",
)
_DEAF = Trace(
    look=_DAEMON.look,
    leave="""
import signal
if os.fork() == 0:
    libc.prctl(15, MARK.encode(), 0, 0, 0)
    libc.prctl(1, 0, 0, 0, 0)  # no signal when its parent ends
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try: signal.signal(number, signal.SIG_IGN)
        except OSError: pass
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True:
        if os.fork(): os._exit(0)  # never twice the same number
        signal.sigtimedwait([signal.SIGUSR1], 0.05)
""",
)
_FILES = Trace(
    look="""
import sys
places = ["/", "/tmp", "/dev", "/dev/shm", "/dev/mqueue", "/var/tmp", "/run", "/jail", "/etc", "/home", *sys.path]
places += [f"/proc/{pid}/{way}" for pid in (1, os.getppid()) for way in ("root/tmp", "cwd", "root/dev/shm")]
for place in places:
    if os.path.lexists(f"{place}/{MARK}"): got(place)
""",
    leave="""
for place in places:
    try: open(f"{place}/{MARK}", "w").write(MARK)
    except OSError: pass
""",
)
_MODULES = Trace(
    look="""
import builtins, site, sys
try: import wave  # a module that nobody has imported yet
except ImportError: pass
if hasattr(builtins, "left_behind"): got(builtins.left_behind)
""",
    leave="""
places = {*sys.path, os.getcwd(), "/tmp", site.getusersitepackages(), sys.prefix, os.path.dirname(os.__file__)}
code = "import builtins; builtins.left_behind = __name__; raise ImportError"
names = ("sitecustomize.py", "usercustomize.py", "conftest.py", "torch.py", "wave.py", "left-behind.pth")
for place in places:
    for name in names:
        try:
            os.makedirs(place, exist_ok=True)
            open(f"{place}/{name}", "w").write(code)
        except OSError: pass
""",
)
_SETTINGS = Trace(
    look="""
import matplotlib
home, rc = os.path.expanduser("~"), "lines.linewidth: 77"
if "left_behind" in globals() or matplotlib.rcParams["lines.linewidth"] == 77: got("settings")
for folder in (os.environ["IPYTHONDIR"], os.environ["MPLCONFIGDIR"], home + "/.config"):
    for at, _, names in os.walk(folder):
        if any(MARK in open(os.path.join(at, n), errors="replace").read() for n in names): got(at)
""",
    leave="""
files = {"profile_default/startup/00-left-behind.py": f"left_behind = {MARK!r}",
         "profile_default/ipython_config.py": f"get_config().InteractiveShellApp.exec_lines = ['# {MARK}']",
         "profile_default/history.sqlite": MARK, "matplotlibrc": f"{rc}  # {MARK}"}
for folder in (os.environ["IPYTHONDIR"], os.environ["MPLCONFIGDIR"], home + "/.config/matplotlib", os.getcwd()):
    for name, text in files.items():
        os.makedirs(os.path.dirname(f"{folder}/{name}"), exist_ok=True)
        open(f"{folder}/{name}", "w").write(text)
""",
)
_DATA = Trace(
    look='if open("points.csv").read() != "1,2\\n": got(open("points.csv").read())',
    leave="""
open("points.csv", "w").write(MARK)
for folder in ("..", "/tmp/.work", "/jail", os.path.dirname(os.__file__)):
    try: os.replace("points.csv", f"{folder}/points.csv")
    except OSError: pass
open("points.csv", "w").write(MARK)
""",
)
_SYSTEM_V = Trace(
    look="""
libc.shmat.restype = ctypes.c_void_p
for name, arguments in (("shmget", (KEY, 0, 0)), ("semget", (KEY, 0, 0)), ("msgget", (KEY, 0))):
    if getattr(libc, name)(*arguments) >= 0: got(name)
for path in ("/proc/sysvipc/shm", "/proc/sysvipc/sem", "/proc/sysvipc/msg"):
    if str(KEY) in open(path).read(): got(path)
if libc.mq_open(b"/" + MARK.encode(), os.O_RDONLY) >= 0: got("mq_open")
""",
    leave="""
create = 0o1666
libc.shmget(KEY, 4096, create), libc.semget(KEY, 1, create), libc.msgget(KEY, create)
libc.mq_open(b"/" + MARK.encode(), os.O_CREAT | os.O_RDWR, 0o666, None)
""",
)
_RING = Trace(
    look=_KEYS
    + """
if libc.syscall(add_key + 1, b"user", MARK.encode(), None, 0) >= 0: got("the key itself")
try: names = open("/proc/keys").read()
except PermissionError: names = ""
if MARK in names: got("the name of a key")
""",
    leave="""
for ring in (-3, -4, -5):  # the session's, the user's, the user's session's
    libc.syscall(add_key, b"user", MARK.encode(), MARK.encode(), len(MARK), ring)
libc.syscall(add_key + 2, 1, MARK.encode())  # a session by name, which others may join
libc.syscall(add_key, b"user", MARK.encode(), MARK.encode(), len(MARK), -3)
""",
)
_SOCKET = Trace(
    look="""
import socket
client = socket.socket(socket.AF_UNIX)
try: got(client.connect("\\0" + MARK) or "a socket")
except OSError: pass
""",
    leave="""
if os.fork() == 0:
    os.setsid()
    if os.fork(): os._exit(0)
    server = socket.socket(socket.AF_UNIX)
    server.bind("\\0" + MARK)
    server.listen()
    while True: server.accept()
""",
)
_MAILBOX = Trace(
    look="""
for number in range(64):
    for read in (lambda: os.pread(number, 4096, 0), lambda: open(f"/proc/self/fd/{number}", "rb").read(4096)):
        try:
            if os.path.isfile(f"/proc/self/fd/{number}") and MARK.encode() in read(): got(number)
        except OSError: pass
""",
    leave="""
for number in (0, 1, 2):
    try: os.write(number, MARK.encode())
    except OSError: pass
""",
)
_PATCHES = Trace(
    look="""
import builtins, numpy, sys, torch
for module in (builtins, numpy, torch, sys.modules["inside.service"], sys.modules["course.responder"]):
    if hasattr(module, "left_behind"): got(module)
if torch.ones(2).sum() != 2 or numpy.mean([1, 1]) != 1 or sys.getswitchinterval() > 0.01: got("a patch")
""",
    leave="""
for module in (builtins, numpy, torch, sys.modules["inside.service"], sys.modules["course.responder"]):
    module.left_behind = True
torch.Tensor.sum = numpy.mean = lambda *a, **k: 3
sys.setswitchinterval(9)
""",
)
_SEEDS = Trace(
    look="""
import random, numpy, torch
same = torch.Generator().manual_seed(0)
if random.random() != random.Random(0).random(): got("random")
if numpy.random.rand() != numpy.random.RandomState(0).rand(): got("numpy")
if torch.rand(1) != torch.rand(1, generator=same): got("torch")
if torch.get_default_dtype() != torch.float32 or torch.get_num_threads() != 1: got("settings of torch")
""",
    leave="""
random.seed(1), numpy.random.seed(1), torch.manual_seed(1)
torch.set_default_dtype(torch.float64), torch.set_num_threads(2)
""",
)
_STATE = Trace(
    look="""
import resource
if MARK in os.environ.values() or os.umask(0o22) != 0o22 or os.getcwd() != "/tmp/.work": got("state")
if os.getpriority(os.PRIO_PROCESS, 0) != os.getpriority(os.PRIO_PROCESS, 1): got("priority")
if os.sched_getaffinity(0) != os.sched_getaffinity(1): got("affinity")
if resource.getrlimit(resource.RLIMIT_NOFILE)[0] < 64: got("limits")
""",
    leave="""
os.environ["LEFT"] = os.environ["PYTHONPATH"] = MARK
os.umask(0o777)
os.chdir("/")
for change in (lambda: os.setpriority(os.PRIO_USER, 0, 19), lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
               lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
               lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))):
    try: change()
    except OSError: pass
""",
)
_BELOW = Trace(
    look="""
def below():
    for place in (b"/tmp", b"/dev/shm"): libc.umount2(place, 2)
    return [place for place in ("/tmp", "/dev/shm") if os.path.exists(f"{place}/{MARK}")]
# at last in a namespace of its own, where it may mount what it wants
if found := below() or libc.unshare(0x10000000 | 0x20000) == 0 and below(): got(found)
""",
    leave="""
for place in ("/tmp", "/dev/shm"):
    try: open(f"{place}/{MARK}", "w").write(MARK)
    except OSError: pass
""",
)
TRACES = {
    "a daemon": _DAEMON,
    "a process that hears no signal": _DEAF,
    "files wherever they can be written": _FILES,
    "modules that Python imports by itself": _MODULES,
    "settings of IPython and matplotlib": _SETTINGS,
    "System V and POSIX objects": _SYSTEM_V,
    "keys": _RING,
    "a server without a file": _SOCKET,
    "a letter in an open file": _MAILBOX,
    "patched libraries": _PATCHES,
    "random numbers": _SEEDS,
    "limits and priorities": _STATE,
    "below its own folders": _BELOW,
}
"""Each trace by the name of the attack that leaves it."""

ATTACKS = [
    _twice(
        Attack(
            "a daemon",
            tries="to leave a process that outlives its notebook",
            gets="a process that ends with it",
        ),
        _DAEMON,
    ),
    _twice(
        Attack(
            "a process that hears no signal",
            tries="to leave a process that ignores all signals and changes its number all the time",
            gets="an end by the namespace's, which needs no signal",
        ),
        _DEAF,
    ),
    _twice(
        Attack(
            "files wherever they can be written",
            tries="to leave files in every folder of the sandbox",
            gets="folders of its own, gone with it",
        ),
        _FILES,
    ),
    _twice(
        Attack(
            "modules that Python imports by itself",
            tries="to leave modules that the next process would import in place of torch, or at its start",
            gets="no folder that another imports from",
        ),
        _MODULES,
    ),
    _twice(
        Attack(
            "settings of IPython and matplotlib",
            tries="to leave startup files, a history and a matplotlibrc",
            gets="a home of its own, gone with it",
        ),
        _SETTINGS,
    ),
    _twice(
        Attack(
            "data beside the notebook",
            tries="to change the file that every student reads his data from",
            gets="a copy of its own",
            files={"points.csv": b"1,2\n"},
        ),
        _DATA,
    ),
    _twice(
        Attack(
            "System V and POSIX objects",
            tries="to leave shared memory, semaphores and queues, which belong to no process",
            gets="calls that are refused, in a namespace of its own",
        ),
        _SYSTEM_V,
    ),
    _twice(
        Attack(
            "keys",
            tries="to leave a note in the kernel's keyrings",
            gets="calls that are refused",
        ),
        _RING,
    ),
    _twice(
        Attack(
            "a server without a file",
            tries="to leave a server that others reach by an abstract name",
            gets="a network of its own, gone with it",
        ),
        _SOCKET,
    ),
    _twice(
        Attack(
            "a letter in an open file",
            tries="to leave a note in a file that all children have inherited",
            gets="no file in place of the standard streams",
        ),
        _MAILBOX,
    ),
    _twice(
        Attack(
            "patched libraries",
            tries="to have the next process find torch, NumPy and the responder patched",
            gets="a change of its own copy",
        ),
        _PATCHES,
    ),
    _twice(
        Attack(
            "random numbers",
            tries="to choose the random numbers and the precision of the next process",
            gets="a next process that is seeded alike",
        ),
        _SEEDS,
    ),
    _twice(
        Attack(
            "limits and priorities",
            tries="to leave the next process a small limit, a low priority and another environment",
            gets="limits of its own, gone with it",
        ),
        _STATE,
    ),
    _twice(
        Attack(
            "below its own folders",
            tries="to take its own /tmp away, and to leave a file in the one below that all share",
            gets="no namespace and no capability to unmount",
        ),
        _BELOW,
    ),
    _twice(
        Attack(
            "last wills",
            tries="to act when nobody looks: at exit, when an object dies, from a thread that waits",
            gets="an end without last words",
            last="import atexit\natexit._run_exitfuncs()\nos._exit(7)",
        ),
        Trace(
            look=_FILES.look + "\nif 'willed' in dir(__import__('builtins')): got('a will')",
            leave="""
import atexit, builtins, threading, time, weakref
def will():
    builtins.willed = True
    for place in ("/tmp", "/dev/shm", "/", *sys.path):
        try: open(f"{place}/{MARK}", "w").write(MARK)
        except OSError: pass
class Dying:
    def __del__(self): will()
dying = Dying()
weakref.finalize(dying, will), atexit.register(will)
def wait():
    while True:
        time.sleep(0.1)
        will()
threading.Thread(target=wait, daemon=False).start()
""",
        ),
    ),
    Attack(
        "the machine itself",
        tries="to change the clock, the name, the kernel's settings and the priority of its watcher",
        gets="not one of them, and no capability",
        first=_LIBC
        + """
import resource, time
now = time.time()
attempts = {
    "name": lambda: __import__("socket").sethostname(MARK),
    "clock": lambda: time.clock_settime(time.CLOCK_REALTIME, now),
    "the watcher's priority": lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
    "the watcher's scheduling": lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0)),
    "the watcher's cores": lambda: os.sched_setaffinity(1, os.sched_getaffinity(1)),
    "the watcher's limits": lambda: resource.prlimit(1, resource.RLIMIT_RTTIME, (1, 1)),
    "the numbers of processes": lambda: os.write(os.open("/proc/sys/kernel/ns_last_pid", os.O_WRONLY), b"300"),
    "the watcher's place in want of memory": lambda: open("/proc/1/oom_score_adj", "w").write("1000"),
}
# opened and not written: this machine is not the one to try it on
for path in ("kernel/core_pattern", "kernel/hostname", "kernel/modprobe", "vm/drop_caches", "net/ipv4/ip_forward",
             "kernel/randomize_va_space"):
    attempts[path] = lambda path=path: open(f"/proc/sys/{path}", "r+").close()
attempts["sysrq"] = lambda: open("/proc/sysrq-trigger", "w").close()
for name, attempt in attempts.items():
    try: attempt()
    except OSError: continue
    got(name)
tried()
""",
    ),
    Attack(
        "memory that belongs to nobody",
        tries="to hold memory without a mapping, and to lock the machine's cache of a library",
        gets="no memory file, and no locked page",
        first=_LIBC
        + """
import mmap, torch
try: got(os.write(os.memfd_create(MARK), bytes(1 << 20)))
except OSError: pass
if libc.syscall(447, 0) >= 0: got("secret memory")
library = open(next(line.split()[-1] for line in open("/proc/self/maps") if "libtorch_cpu" in line), "rb")
with mmap.mmap(library.fileno(), 1 << 16, prot=mmap.PROT_READ) as view:
    libc.mlock.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
    import numpy
    if libc.mlock(numpy.frombuffer(view, dtype=numpy.uint8).ctypes.data, 1 << 16) == 0: got("locked pages")
    import gc; gc.collect()
tried()
""",
    ),
    Attack(
        "what all others have left",
        tries="to find whatever one of the attacks before it has left",
        gets="nothing of theirs",
        first=_LIBC + "\n".join(trace.look for trace in TRACES.values()) + "\ntried()",
    ),
]
