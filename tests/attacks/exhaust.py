"""Attacks on the machine: time, memory, processes, disk, output without end (P4)."""

from __future__ import annotations

import gzip

from attack import Attack

_NO_TIME = "did not finish within"
_NO_MEMORY = "GiB of memory|MemoryError"
_SHARED_OUT = f"GiB of memory|{_NO_TIME}"  # the time may be up before all processes have theirs
_UNREADABLE = "reply that is not data"

_BOMB = gzip.compress(bytes(16 << 20), 9) * 512
"""Eight gibibytes of zeros, in eight mebibytes."""

_FORGED = """
import json, struct, sys
wire = sys.modules["inside.service"]
def reply(tree, blob=b""):
    # one frame in place of the answer to a grader, as large as a reply may be
    frame = sys._getframe()
    while frame.f_code.co_name != "serve": frame = frame.f_back
    payload = struct.pack("<I", len(tree)) + tree + blob
    wire.send_frame(frame.f_locals["channel"], frame.f_locals["number"], payload)
"""


ATTACKS = [
    Attack(
        "a loop without end",
        tries="to keep a core busy for ever",
        gets="an end at the cell's time limit",
        first="while True: pass",
        ends="did not finish within 3 s",
    ),
    Attack(
        "a loop that holds the interpreter",
        tries="to loop where Python handles no signal",
        gets="an end from outside, a second after the cell's time limit",
        first="import collections, itertools\ncollections.deque(itertools.repeat(0), maxlen=0)",
        ends="did not finish within 3 s",
    ),
    Attack(
        "signals that are swallowed",
        tries="to block each signal, and to go on whatever is raised",
        gets="an end from outside: a kill cannot be blocked",
        first="""
import signal, time
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
while True:
    try: time.sleep(9)
    except BaseException: pass
""",
        ends="did not finish within 3 s",
    ),
    Attack(
        "a deadlock in C",
        tries="to wait, outside of Python, for a lock that it holds itself",
        gets="an end from outside",
        first="""
import ctypes
libc, mutex = ctypes.PyDLL(None), ctypes.create_string_buffer(64)
libc.pthread_mutex_lock(mutex)
libc.pthread_mutex_lock(mutex)
""",
        ends="did not finish within 3 s",
    ),
    Attack(
        "a process that stops itself",
        tries="to stand still, and so to be waited for",
        gets="an end from outside",
        first="import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)",
        ends="did not finish within 3 s",
    ),
    Attack(
        "a regular expression that tries everything",
        tries="to spend hours in one match",
        gets="an end at the cell's time limit",
        first='import re\nre.match("(a|aa)+$", "a" * 200 + "b")',
        ends="did not finish within 3 s",
    ),
    Attack(
        "a number of a billion digits",
        tries="to spend hours in one multiplication and its text",
        gets="an end from outside",
        first="import sys\nsys.set_int_max_str_digits(0)\nlen(str(10 ** 10**9))",
        ends=_NO_TIME,
    ),
    Attack(
        "forks without end",
        tries="to fill the machine with processes",
        gets="some sixty processes, and an end for all of them",
        first="""
import os
while True:
    try: os.fork()
    except OSError: pass
""",
        ends=_NO_TIME,
    ),
    Attack(
        "threads without end",
        tries="to fill the machine with threads",
        gets="some sixty of them, and an end at the cell's time limit",
        first="""
import threading, time
while True:
    try: threading.Thread(target=time.sleep, args=(99,), daemon=True).start()
    except RuntimeError: pass
""",
        ends=_NO_TIME,
    ),
    Attack(
        "memory of its own",
        tries="to use all memory, by Python, NumPy and torch",
        gets="a MemoryError, or an end",
        first="""
import numpy, torch
hoard = []
for make in (bytes, lambda size: numpy.ones(size, numpy.uint8), lambda size: torch.ones(size, dtype=torch.uint8)):
    try:
        while True: hoard.append(make(64 << 20))
    except (MemoryError, RuntimeError): hoard.pop()
    try: got(make(3 << 30))
    except (MemoryError, RuntimeError): pass
raise MemoryError
""",
        ends=_NO_MEMORY,
    ),
    Attack(
        "memory of many processes",
        tries="to have each of many processes use what one may use",
        gets="an end: all of them are counted together",
        first="""
import os, time
for _ in range(4):
    if os.fork() == 0:
        hoard = b"x" * (900 << 20)
        while True: time.sleep(9)
time.sleep(30)
""",
        ends=_SHARED_OUT,
    ),
    Attack(
        "memory that is shared",
        tries="to map memory that belongs to no process alone",
        gets="an end: shared memory counts as well",
        first="""
import mmap, os, time
for _ in range(4):
    if os.fork() == 0:
        hoard = mmap.mmap(-1, 900 << 20)
        for _ in range(90): hoard.write(b"x" * (10 << 20))
        while True: time.sleep(9)
time.sleep(30)
""",
        ends=_SHARED_OUT,
    ),
    Attack(
        "memory in sockets",
        tries="to leave gigabytes in sockets that nobody reads",
        gets="an end: each socket counts for what it may hold",
        first="""
import os, socket, time
for _ in range(50):
    if os.fork() == 0:
        pairs = []
        try:
            while True: pairs.append(socket.socketpair())
        except OSError: pass
        time.sleep(1)  # until all are there
        for one in sum(pairs, ()):
            one.setblocking(False)
            try: one.send(bytes(1 << 20))
            except BlockingIOError: pass
        while True: time.sleep(9)
time.sleep(30)
""",
        ends=_SHARED_OUT,
    ),
    Attack(
        "memory without a name",
        tries="to make files in memory that no limit of a disk counts",
        gets="no such system call",
        first="""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
for make in (os.memfd_create, lambda name: libc.syscall(447, 0), lambda name: libc.shmget(0, 1 << 40, 0o1600)):
    try:
        if make("hoard") >= 0: got("memory that nobody counts")
    except OSError: pass
tried()
""",
    ),
    Attack(
        "a full disk",
        tries="to fill every place that can be written, with bytes and with holes",
        gets="no space left, after what a submission may use",
        first="""
import os
total = 0
for folder in (".", "/tmp", "/var/tmp", "/dev/shm", "/dev", "/run"):
    for number in range(9):
        try:
            with open(f"{folder}/hoard{number}", "wb", buffering=0) as file:
                while True: total += file.write(bytes(1 << 20))
        except OSError: pass
    try:
        os.truncate(f"{folder}/hoard0", 1 << 50)
        got("a file of a pebibyte")
    except OSError: pass
if total > 600 << 20: got("more than two file systems hold")
tried()
""",
    ),
    Attack(
        "files without number",
        tries="to use up the inodes, and to nest folders deeper than a path can name",
        gets="no space left, after some thousands",
        first="""
import os
count = 0
for folder in ("/tmp/many", "/dev/shm/many"):
    try:
        os.mkdir(folder)
        while True:
            os.mkdir(f"{folder}/{count}")
            count += 1
    except OSError: pass
    for number in range(count):
        try: os.rmdir(f"{folder}/{number}")
        except OSError: pass
try:
    os.chdir("/tmp")
    while True:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        count += 1
except OSError: pass
if count > 30_000: got("files without number")
tried()
""",
    ),
    Attack(
        "printing without end",
        tries="to fill memory, and the log, with lines",
        gets="an end at a million characters",
        first='while True: print("x" * 99)',
        ends="printed more than 1,000,000 characters",
    ),
    Attack(
        "writing to the descriptors without end",
        tries="to fill whatever the standard streams lead to",
        gets="an end at the cell's time limit: they lead nowhere",
        first="""
import os
while True: os.write(1, bytes(1 << 20)) + os.write(2, bytes(1 << 20))
""",
        ends=_NO_TIME,
    ),
    Attack(
        "pictures and pages without end",
        tries="to put out rich outputs until memory is full, past the bound on what is printed",
        gets="an end: such a reply is too large, or takes too much time or memory",
        first="""
from IPython.display import HTML, display
while True: display(HTML("<b>" * (1 << 20)))
""",
        ends=f"too large a reply|{_NO_TIME}|{_NO_MEMORY}|exit code 1",
    ),
    Attack(
        "one huge text",
        tries="to put out, and to raise, texts of a hundred megabytes",
        gets="texts that are cut, or an end",
        first="""
class Huge:
    def __repr__(self): return "x" * (100 << 20)
    __str__ = __repr__
Huge()
""",
        answers={"3-1": "def gradient(x, y, w): raise ValueError(Huge())"},
        last="tried()",
        ends="too large a reply",
    ),
    Attack(
        "recursion without end",
        tries="to run out of the stack, in Python and in C",
        gets="a dead process of its own",
        first="""
import ast, json, pickle, sys
for nest in (lambda: json.loads("[" * 10**6), lambda: ast.parse("(" * 10**5), lambda: eval("-" * 10**6 + "1")):
    try: nest()
    except (RecursionError, MemoryError, SyntaxError): pass
sys.setrecursionlimit(10**9)
def deeper(): return sorted([0], key=lambda _: deeper())
deeper()
""",
        ends="segmentation fault|" + _NO_MEMORY,
    ),
    Attack(
        "faults of the processor",
        tries="to end the process by a fault, so that whoever waits for it waits for ever",
        gets="a reason in words, and the other cells' names",
        first="import ctypes\nctypes.string_at(0)",
        answers={"3-1": "import os\ndef gradient(x, y, w): os.abort()"},
        last="tried()",
        ends=r"segmentation fault(.|\n)*signal 6 \(abort\)",
    ),
    Attack(
        "answers beyond measure",
        tries="to return more than a reply may hold",
        gets="an end, or the name of a type",
        answers={
            "3-1": "def gradient(x, y, w): return bytes(100 << 20)",
            "3-2": """
def gradient_w1(*a): return [0.0] * 10_000_000
def gradient_w2(*a):
    nest = []
    for _ in range(10**6): nest = [nest]
    return nest
def gradient_b(*a): return bytes(1 << 30)
""",
        },
        last="tried()",
        ends=r"too large a reply \(100 MiB(.|\n)*too many items",
    ),
    Attack(
        "a reply of nothing but brackets",
        tries="to have the judge make twenty million lists of one small reply",
        gets="an end, at the price of a reply",
        first=_FORGED,
        answers={
            "3-1": 'def gradient(x, y, w): reply(b"[" + b"[]," * (20 << 20) + b"0]")',
        },
        last="tried()",
        ends=_UNREADABLE,
    ),
    Attack(
        "a reply of sixty million truths",
        tries="to have the judge look at each byte of a tensor",
        gets="a wrong answer, at the price of a reply",
        answers={
            "3-1": "import torch\ndef gradient(x, y, w): return torch.ones(60 << 20, dtype=torch.bool)"
        },
        last="tried()",
    ),
    Attack(
        "keys of one hash",
        tries="to have the judge compare each key of a dictionary with all others",
        gets="an end: so many keys have to be strings",
        answers={
            "3-1": """
class Liar(dict):
    def __iter__(self): return iter(())
    def __len__(self): return 1
    def items(self): return [(n * (2**61 - 1), 0) for n in range(1, 99_000)]
def gradient(x, y, w): return Liar()
"""
        },
        last="tried()",
    ),
    Attack(
        "twenty thousand tensors",
        tries="to have the judge look for a mistake in each of them",
        gets="a wrong answer: it is far too long to be explained",
        answers={
            "3-1": "import torch\ndef gradient(x, y, w): return [torch.ones(1)] * 20_000",
        },
        last="tried()",
    ),
    Attack(
        "calls that never return",
        tries="to have a grader wait at each call",
        gets="an end at the time limit of a call, twice for each name",
        answers={
            "3-1": "def gradient(x, y, w):\n    while True: pass",
            "3-2": """
import time
def gradient_w1(*a):
    while True:
        try: time.sleep(9)
        except BaseException: pass
gradient_w2 = gradient_b = gradient_w1
""",
        },
        last="tried()",
        ends="gradient did not finish within 2 s",
    ),
    Attack(
        "calls just under the limit",
        tries="to be slow where a grader calls, and only there",
        gets="an end at the time limit of the submission",
        first="""
import sys, time
def slowly(*a):
    frame = sys._getframe()
    while frame.f_back: frame = frame.f_back
    if frame.f_code.co_name != "run_code": time.sleep(1.9)
    return 0.0
""",
        answers={
            "3-1": "gradient = slowly",
            "3-2": "gradient_w1 = gradient_w2 = gradient_b = slowly",
        },
        last="gradient(1.0, 2.0, 3.0)\ntried()",
        ends="the 8 s that a submission has",
    ),
    Attack(
        "a process killed at each call",
        tries="to have its notebook run again for each call of a grader",
        gets="a fresh process twice, then no more calls of that name",
        answers={
            "3-1": "import os, signal\ndef gradient(x, y, w): os.kill(os.getpid(), signal.SIGKILL)",
            "3-2": "gradient_w1 = gradient_w2 = gradient_b = gradient",
            "3-4": "sgd_step = momentum_step = nesterov_step = minibatches = lambda *a: gradient(0, 0, 0)",
        },
        last="tried()",
        ends=r"signal 9 \(kill\)",
    ),
    Attack(
        "a source of five million lines",
        tries="to have the compiler use up time and memory",
        gets="an end",
        first='exec("x = 1\\n" * 5_000_000)',
        ends=f"{_NO_TIME}|{_NO_MEMORY}",
    ),
    Attack(
        "a cell of five million lines",
        tries="to have whoever reads the notebook use up time and memory",
        gets="a notebook that is not read",
        first="x=1\n" * 3_000_000,
        ends="more than 200,000 characters",
    ),
    Attack(
        "names without number",
        tries="to make each look at the notebook's names a long one",
        gets="names of its own",
        first='globals().update(dict.fromkeys(map("name{}".format, range(10**5))))\ntried()',
    ),
    Attack(
        "a bomb in a file",
        tries="to unpack eight mebibytes into eight gibibytes",
        gets="a MemoryError, or an end",
        files={"data.gz": _BOMB},
        first='import gzip\ndata = gzip.open("data.gz").read()',
        ends=f"{_NO_MEMORY}|{_NO_TIME}",
    ),
]
