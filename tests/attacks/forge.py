"""Attacks on the points: whatever is patched or pretended, wrong values stay wrong (P2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attack import TRIED, Attack

Cells = list[dict[str, Any]]

_SERVICE = """
import json, struct, sys
wire, values = sys.modules["inside.service"], sys.modules["course.values"]
Responder = sys.modules["course.responder"].Responder
honest_answer, honest_send, asked = Responder.answer, wire.send_frame, {"op": "cell"}
def noting(self, request):
    asked.update(request)
    return honest_answer(self, request)
Responder.answer = noting
def packed(tree, blob=b""):
    text = json.dumps(tree).encode()
    return struct.pack("<I", len(text)) + text + blob
def answering(payload):
    # only what a grader asks: a forged answer to a cell ends all before there is anything to win
    wire.send_frame = lambda sock, number, data: honest_send(sock, number, data if asked["op"] == "cell" else payload)
"""
"""How a cell takes over the loop that serves it, and has other bytes sent for every answer to a grader."""

_NO_LOSS = {"9-2": "cross_entropy = cross_entropy_gradient = lambda logits, target: None"}

_PASS_ALL = b"""
import pytest
@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem): return True
"""
_SHADOW = b"""
import sys
for module in list(sys.modules.values()):
    for name in ("mismatch", "allclose", "first_outside"):
        if hasattr(module, name): setattr(module, name, lambda *a, **k: None)
"""


def _rewritten(change: Callable[[Cells], None]) -> Callable[[Path, Path], None]:
    """Return what hands in wrong answers in a notebook whose cells went through `change`."""

    def lay(course: Path, folder: Path) -> None:
        released = json.loads((course / "assignments/lesson3/lesson3.ipynb").read_text())
        notebook = Attack("", "", "", first=f"print({TRIED!r})").notebook(released, "")
        change(notebook["cells"])
        (folder / "lesson3.ipynb").write_text(json.dumps(notebook))

    return lay


def _checks(cells: Cells) -> Cells:
    return [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade")]


def _scoring(number: int, points: float) -> dict[str, Any]:
    """Return a cell of a student's own that says it has been graded, and how well."""
    flags = {"grade": True, "grade_id": f"bonus-{number}", "locked": True, "points": points}
    flags |= {"schema_version": 3, "solution": False, "task": False, "cell_type": "code"}
    score = {"output_type": "execute_result", "execution_count": 1, "metadata": {}}
    score["data"] = {"text/plain": str(points)}
    kind = {"cell_type": "code", "execution_count": 1, "id": f"bonus-{number}"}
    return {**kind, "metadata": {"nbgrader": flags}, "source": f"{points}", "outputs": [score]}


def _worth_a_thousand(cells: Cells) -> None:
    for cell in _checks(cells):
        cell["metadata"]["nbgrader"].update(points=1000, locked=False, checksum="0" * 32)
        cell["source"] = "1000.0"
        cells.append({**cell, "id": cell["id"] + "-again"})


def _flags_moved(cells: Cells) -> None:
    for cell in _checks(cells):
        flags = cell["metadata"].pop("nbgrader")
        cell["source"] = "# nothing is checked here"
        answer = {"nbgrader": {**flags, "locked": False}}
        cells.append(
            {**cell, "id": flags["grade_id"], "metadata": answer, "source": str(flags["points"])}
        )


def _graded_by_himself(cells: Cells) -> None:
    checks = [cell["id"] for cell in _checks(cells)]
    cells[:] = [cell for cell in cells if cell["id"] not in checks]
    cells += [_scoring(number, 13.0) for number in range(4)]


ATTACKS = [
    Attack(
        "comparisons that are always true",
        tries="to make every comparison of torch and NumPy say yes",
        gets="nothing: the judge compares in another process",
        first="""
import numpy, torch
torch.allclose = torch.equal = numpy.allclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
tried()
""",
    ),
    Attack(
        "builtins that lie",
        tries="to have every difference be 0",
        gets="nothing: the judge has builtins of its own",
        last="""
import builtins
builtins.abs = lambda number: 0.0
tried()
""",
    ),
    Attack(
        "arithmetic that finds nothing wrong",
        tries="to leave NumPy unable to find a number that is not close, or not finite",
        gets="nothing: the judge has a NumPy of its own",
        first="""
import math, numpy
numpy.argwhere = lambda array: []
numpy.isfinite = numpy.equal = lambda *a, **k: numpy.array(True)
math.isfinite = math.isnan = lambda number: True
tried()
""",
    ),
    Attack(
        "a number that equals everything",
        tries="to return an object that agrees with whatever it is compared with",
        gets="its value as a plain number",
        answers={
            "3-1": """
class Agreeing(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    def __rsub__(self, other): return 0.0
    def __abs__(self): return self
    def __le__(self, other): return True
    def __float__(self): return self
    def __array__(self, *a, **k): return self
    def __repr__(self): return "expected"
    __lt__ = __gt__ = __ge__ = __bool__ = __le__
    __hash__ = float.__hash__
def gradient(x, y, w): return Agreeing(0)
"""
        },
        last="tried()",
    ),
    Attack(
        "an array that equals everything",
        tries="to have NumPy ask the array itself whether it is right",
        gets="its bytes, of which another array is made",
        answers={
            "3-4": """
import numpy
class Agreeing(numpy.ndarray):
    def __array_ufunc__(self, ufunc, method, *a, **k): return numpy.zeros(self.shape, bool)
    def __array_function__(self, function, types, a, k): return numpy.zeros((0, 1), int)
    def __array__(self, *a, **k): return self
    def __iter__(self): return iter(())
    def tobytes(self, *a): return b"expected"
def sgd_step(w, grad, lr): return numpy.array(0.0).view(Agreeing)
def momentum_step(w, grad, velocity, lr, momentum): return sgd_step(w, grad, lr), velocity
def nesterov_step(w, grad_at, velocity, lr, momentum): return sgd_step(w, 0, lr), velocity
def minibatches(xs, ys, batch_size): return numpy.zeros(1).view(Agreeing)
"""
        },
        last="tried()",
    ),
    Attack(
        "a tensor that answers for torch",
        tries="to take over every function of torch that is given the tensor",
        gets="an end: its bytes are too few for the shape that it claims",
        answers={
            **_NO_LOSS,
            "9-1": """
import torch
class Agreeing(torch.Tensor):
    shape = property(lambda self: torch.Size([3, 4]))
    @classmethod
    def __torch_function__(cls, function, types, args=(), kwargs=None):
        name = getattr(function, "__name__", "")
        if name in ("allclose", "equal", "eq", "isclose", "all", "isfinite"): return True
        with torch._C.DisableTorchFunctionSubclass(): return function(*args, **(kwargs or {}))
    def numpy(self, *a, **k): return self
def softmax(z): return torch.zeros(1).as_subclass(Agreeing)
log_softmax = softmax
""",
        },
        last="tried()",
        ends="sent a reply that is not data",
        lesson="lesson9",
    ),
    Attack(
        "a pickle for an answer",
        tries="to have the judge run code as it unpacks an answer",
        gets="an end: a pickle is not data",
        first=f"""
{_SERVICE}
import pickle
WORDS = "import course.judge.expect as e; e.mismatch = lambda *a, **k: None"
class Payload:
    def __reduce__(self): return exec, (WORDS,)
answering(pickle.dumps({{"value": Payload()}}))
tried()
""",
        ends="sent a reply that is not data",
    ),
    Attack(
        "replies that are verdicts",
        tries="to say in the reply itself how many points it is worth",
        gets="nothing: of a reply only the value and the fault are read",
        first=f"""
{_SERVICE}
verdict = {{"passed": True, "status": "passed", "score": 2.0, "points": 2.0, "weight": 1000.0,
           "exercise": "3-1", "finding": None, "fault": None, "verdicts": [], "measured": [],
           "expected": 0.0, "rtol": 1e9}}
pairs = [[key, value] for key, value in verdict.items()]
answering(packed({{"t": "dict", "v": [*pairs, ["value", {{"t": "dict", "v": pairs}}]]}}))
tried()
""",
    ),
    Attack(
        "handles that were never given",
        tries="to return a handle on an object of the judge's",
        gets="nothing: a handle is a number and no object",
        first=f"""
{_SERVICE}
def forged(self, request):
    reply = noting(self, request)
    return reply if request["op"] == "cell" else {{"value": values.Handle(-1)}}
Responder.answer = forged
tried()
""",
    ),
    Attack(
        "faults that there are not",
        tries="to report that a function passed, as if that were a fault",
        gets="an end: such a reply is none",
        first=f"""
{_SERVICE}
fault = {{"t": "dict", "v": [["kind", "passed"], ["name", "gradient"], ["score", 2.0]]}}
answering(packed({{"t": "dict", "v": [["fault", fault], ["value", 0.0]]}}))
tried()
""",
        ends="a fault that there is not",
    ),
    Attack(
        "faults raised by hand",
        tries="to raise the service's own exceptions, with a fault that says passed",
        gets="the faults that they are",
        answers={
            "3-1": """
from course.faults import Fault, StudentFault
from course.deadline import TimeUp
def gradient(x, y, w): raise StudentFault(Fault("passed", "gradient"))
""",
            "3-2": """
def gradient_w1(*a): raise TimeUp
def gradient_w2(*a): raise StudentFault(Fault("died", "gradient_w1", "was right"))
def gradient_b(*a): raise type("Passed", (BaseException,), {"__class__": property(lambda self: StudentFault)})
""",
        },
        last="tried()",
        ends="a fault that there is not",
    ),
    Attack(
        "shapes beyond all bounds",
        tries="to break the judge with a shape whose product no machine word holds",
        gets="an end: such a reply is not data",
        first=f"""
{_SERVICE}
tensor = {{"t": "tensor", "dtype": "float32", "shape": [2**31] * 7 + [0], "n": 0}}
answering(packed({{"t": "dict", "v": [["value", tensor]]}}))
tried()
""",
        ends="sent a reply that is not data",
    ),
    Attack(
        "two answers to a question",
        tries="to write an answer of its own into the channel, before the one that is due",
        gets="an end: what is left over was not asked for",
        first=_SERVICE,
        answers={
            "3-1": """
def gradient(x, y, w):
    frame = sys._getframe()
    while frame.f_code.co_name != "serve": frame = frame.f_back
    payload = packed({"t": "dict", "v": [["value", 0.0]]})
    wire.send_frame(frame.f_locals["channel"], frame.f_locals["number"], payload)
    return 0.0
"""
        },
        last="tried()",
        ends="without being asked|answered another request",
    ),
    Attack(
        "answers ahead of the questions",
        tries="to have answers wait in the channel before anything is asked",
        gets="an end: nobody asked",
        last=f"""
{_SERVICE}
def ahead(sock, number, data):
    honest_send(sock, number, data)
    for later in range(number + 1, number + 99):
        honest_send(sock, later, packed({{"t": "dict", "v": [["value", 0.0]]}}))
wire.send_frame = ahead
tried()
""",
        ends="without being asked|answered another request|before it was asked",
    ),
    Attack(
        "earlier answers again",
        tries="to answer each question with the frame that answered the first",
        gets="an end: each answer has the number of its question",
        first=f"""
{_SERVICE}
kept = []
def again(sock, number, data):
    if asked["op"] == "cell": return honest_send(sock, number, data)
    kept.append((number, data))
    honest_send(sock, *kept[0])
wire.send_frame = again
tried()
""",
        ends="answered another request",
    ),
    Attack(
        "hooks on every frame",
        tries="to copy what is expected over what came back, by a trace of all that runs",
        gets="nothing: no expected value is ever in its process",
        first="""
import sys, threading
def follow(frame, event, argument):
    here = frame.f_locals
    if type(here.get("expected")) is list and type(here.get("actual")) is list:
        if frame.f_code.co_name == "expect_values": here["actual"][:] = here["expected"]
    return follow
tried()
for at in (sys, threading):
    at.settrace(follow)
    at.setprofile(follow)
frame = sys._getframe()
while frame: frame.f_trace, frame = follow, frame.f_back
""",
    ),
    Attack(
        "a look into the caller's frames",
        tries="to find the expected values among the local names of whoever calls",
        gets="the frames of the sandbox alone",
        answers={
            "3-1": """
import sys
calls = [0]
def gradient(x, y, w):
    calls[0] += 1
    frame = sys._getframe()
    while frame:
        due = frame.f_locals.get("expected")
        if type(due) is list: return due[calls[0] - 1]
        frame = frame.f_back
    return 0.0
"""
        },
        last="tried()",
    ),
    Attack(
        "other code for all that compares",
        tries="to replace the code of every function that compares, wherever it is",
        gets="nothing: none of them is in its process",
        first="""
import gc, types
blind = {"mismatch": lambda *a, **k: None, "first_outside": lambda *a, **k: None,
         "_compare": lambda *a, **k: None, "_reject": lambda self, item, finding: self._accept(item)}
for thing in gc.get_objects():
    if isinstance(thing, types.FunctionType) and thing.__name__ in blind and not thing.__closure__:
        if "judge" in thing.__module__ or "examination" in thing.__module__:
            thing.__code__ = blind[thing.__name__].__code__
tried()
""",
    ),
    Attack(
        "a hook on every import",
        tries="to put a judge that says yes in the place of the one that is imported",
        gets="nothing: the judge is imported elsewhere",
        first="""
import builtins, importlib.abc, importlib.machinery, sys
honest = builtins.__import__
def blinded(module):
    for name in ("mismatch", "first_outside", "expect", "expect_close", "expect_values"):
        if hasattr(module, name) and "judge" in module.__name__:
            setattr(module, name, lambda *a, **k: None)
def importing(*a, **k):
    module = honest(*a, **k)
    for known in list(sys.modules.values()):
        if getattr(known, "__name__", "").startswith("course.judge"): blinded(known)
    return module
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path, target=None):
        if name.startswith("course.judge"): return importlib.machinery.ModuleSpec(name, self)
    def create_module(self, spec): return None
    def exec_module(self, module): module.__getattr__ = lambda name: (lambda *a, **k: None)
sys.meta_path.insert(0, Finder())
builtins.__import__ = importing
tried()
""",
    ),
    Attack(
        "files with the names of libraries",
        tries="to have pytest, Python or the graders read files that lie beside the notebook",
        gets="files in the sandbox, where no judge looks for any",
        files={
            "conftest.py": _PASS_ALL,
            "pytest.ini": b"[pytest]\naddopts = -p conftest\n",
            "hidden_test.py": b"import pytest\n@pytest.mark.exercise('3-1')\ndef test_all(): pass\n",
            **{
                f"{name}.py": _SHADOW
                for name in (
                    *("sitecustomize", "usercustomize", "torch", "numpy", "course", "judge"),
                    *("pytest", "nbgrader_config", "lesson3"),
                )
            },
        },
        first="tried()",
    ),
    Attack(
        "other probes than those that were sent",
        tries="to run a probe of its own, which says that all is well",
        gets="nothing: what a probe returns is judged as any value",
        first="""
import functools, inspect, sys
responder = sys.modules["course.responder"]
def yes(student, *a, **k): return True
responder._compile_probe = lambda source, name: yes
responder._expect_callable_with = lambda *a: None
inspect.getsource = lambda thing: "def probe(student, *a): return True"
functools.partial = lambda function, *a, **k: yes
tried()
""",
    ),
    Attack(
        "pytest replaced",
        tries="to put a pytest and an examination in place of those that run the graders",
        gets="nothing: pytest runs elsewhere",
        first="""
import sys, types
class Stub(types.ModuleType):
    def __getattr__(self, name): return Stub(name)
    def __call__(self, *a, **k): return 0
for name in ("pytest", "_pytest", "_pytest.outcomes", "_pytest.runner", "course.grader", "course.examination",
             "course.verdict", "course.judge", "course.judge.expect", "course.judge.closeness", "autograder"):
    sys.modules[name] = Stub(name)
if "course.examination" in sys.modules:
    sys.modules["course.examination"].Examination = Stub("Examination")
tried()
""",
    ),
    Attack(
        "hooks of IPython",
        tries="to rewrite, as IPython runs them, the cells that give points",
        gets="nothing: no cell that is run gives points",
        first="""
import ast, sys
shell = get_ipython()
class Rewritten(ast.NodeTransformer):
    def visit_Assert(self, node): return None
    def visit_Raise(self, node): return ast.copy_location(ast.Pass(), node)
def full_points(*a, **k): print("score: 13.0"); return 13.0
tried()
shell.ast_transformers.append(Rewritten())
shell.input_transformers_cleanup.append(lambda lines: [line.replace("check(", "full_points(") for line in lines])
shell.events.register("post_run_cell", full_points)
shell.register_magic_function(full_points, "line", "check")
shell.display_formatter.formatters["text/plain"].for_type(float, lambda value, printer, cycle: printer.text("13.0"))
honest = shell.run_cell
shell.run_cell = lambda *a, **k: honest("13.0")
sys.displayhook = full_points
""",
    ),
    Attack(
        "check cells worth a thousand points",
        tries="to say in the notebook how much each check is worth, twice over",
        gets="the points and the check cells of the source",
        lay=_rewritten(_worth_a_thousand),
    ),
    Attack(
        "the grade on another cell",
        tries="to have a cell of its own graded in the place of the check",
        gets="the check cells of the source",
        lay=_rewritten(_flags_moved),
    ),
    Attack(
        "cells that grade themselves",
        tries="to leave out the checks and bring graded cells along, scores and all",
        gets="the check cells of the source, and no others",
        lay=_rewritten(_graded_by_himself),
    ),
    Attack(
        "a printed score",
        tries="to put out what nbgrader, or a reader of logs, takes for a score",
        gets="an output like any other",
        last="""
from IPython.display import publish_display_data
print('{"score": 13.0, "max_score": 13.0, "exercise": "3-1", "status": "passed"}')
print("13 passed in 0.01s\\n3-1: 2/2\\n##nbgrader score 13.0")
for kind in ("text/plain", "application/vnd.nbgrader+json", "application/json"):
    publish_display_data({kind: "13.0"}, metadata={"nbgrader": {"grade": True, "score": 13.0}})
tried()
13.0
""",
    ),
    Attack(
        "check replaced",
        tries="to have the notebook's own check say that all is right",
        gets="nothing: check gives no points",
        first="""
import course, course.self_check, course.shell
course.shell.running_notebook.set(False)
course.check = course.self_check.check = lambda exercise: 13.0
tried()
""",
        last='print(course.check("3-1"), course.check("3-2"))',
    ),
    Attack(
        "an end in place of an answer",
        tries="to end the process, or to leave by every other door, where a grader calls",
        gets="a fault for each: an end is no success, whatever its code",
        answers={
            "3-1": "import os\ndef gradient(x, y, w): os._exit(0)",
            "3-2": """
import sys
def gradient_w1(*a): sys.exit(0)
def gradient_w2(*a): raise KeyboardInterrupt
def gradient_b(*a): raise GeneratorExit
""",
            "3-4": """
def sgd_step(*a): raise StopIteration(0)
def momentum_step(*a): raise SystemExit
def nesterov_step(*a): raise type("Passed", (BaseException,), {})
def minibatches(*a): return (sys.exit(0) for _ in (1,))
""",
        },
        last="tried()",
        ends=r"ended itself \(exit code 0\)",
    ),
    Attack(
        "outcomes of pytest's own",
        tries="to have a test skipped, or expected to fail, in place of failed",
        gets="failed tests: to skip is to raise",
        answers={
            "3-1": """
import pytest, unittest
def gradient(x, y, w): pytest.skip("not today")
""",
            "3-2": """
def gradient_w1(*a): pytest.xfail("known")
def gradient_w2(*a): pytest.exit("all passed", returncode=0)
def gradient_b(*a): raise unittest.SkipTest("not today")
""",
        },
        last="tried()",
    ),
    Attack(
        "numbers that compare with nothing",
        tries="to return what slips through a comparison: nan, inf, huge, complex, true",
        gets="nothing: a number is finite, and of the kind that is due",
        answers={
            "3-1": 'def gradient(x, y, w): return float("nan")',
            "3-2": """
import torch
def gradient_w1(*a): return float("inf")
def gradient_w2(*a): return complex("nan+nanj")
def gradient_b(*a): return torch.tensor(float("nan"), requires_grad=True)
""",
            "3-3": 'def train(*a): return float("nan"), -float("inf"), 10**999, [True] * a[-1]',
            "3-4": """
def sgd_step(*a): return -(10**400)
def momentum_step(*a): return float("nan"), float("nan")
def nesterov_step(*a): return True, False
def minibatches(*a): return [([float("nan")], [float("nan")])] * 3
""",
        },
        last="tried()",
    ),
    Attack(
        "shapes that hold nothing",
        tries="to return tensors that a comparison broadcasts, down to nothing to compare",
        gets="nothing: a shape is right or wrong",
        answers={
            "9-1": """
import torch
def softmax(z): return torch.zeros(0, *z.shape)
def log_softmax(z): return torch.zeros(())
""",
            "9-2": """
def cross_entropy(logits, target): return torch.zeros(0)
def cross_entropy_gradient(logits, target): return torch.zeros(0, *logits.shape)
""",
        },
        last="tried()",
        lesson="lesson9",
    ),
    Attack(
        "answers made when they are looked at",
        tries="to return an object that makes up its answer once it is compared",
        gets="nothing: what is not data is told as the name of its type",
        answers={
            "3-1": """
import types
class Later:
    def __getattr__(self, name): return lambda *a, **k: True
    def __eq__(self, other): return True
    def __float__(self): return 0.0
    def __iter__(self): yield from (self,)
    __index__ = lambda self: 0
def gradient(x, y, w): return Later()
""",
            "3-2": """
def gradient_w1(*a): return (number for number in (0.0,))
def gradient_w2(*a): return types.SimpleNamespace(dtype="float64", shape=(), ndim=0)
async def gradient_b(*a): return 0.0
""",
        },
        last="tried()",
    ),
    Attack(
        "right where the examples are public",
        tries="to know the answers to the public checks, and nothing else",
        gets="nothing: hidden graders ask for other inputs",
        answers={
            "3-1": """
def gradient(x, y, w):
    return {(1.0, 2.0, 1.0): -2.0, (3.0, 6.0, 0.5): -27.0, (-2.0, 1.0, 1.5): 16.0}.get((x, y, w), 0.0)
""",
            "3-4": """
def sgd_step(w, grad, lr): return 0.6 if (w, grad, lr) == (1.0, 4.0, 0.1) else w
def momentum_step(w, grad, velocity, lr, momentum):
    return (0.5, 5.0) if (w, grad, velocity) == (1.0, 4.0, 2.0) else (w, velocity)
def nesterov_step(w, grad_at, velocity, lr, momentum):
    return (0.72, 2.8) if (w, velocity) == (1.0, 2.0) else (w, velocity)
def minibatches(xs, ys, batch_size):
    return [([1, 2], [4, 5]), ([3], [6])] if xs == [1, 2, 3] else []
""",
        },
        last="tried()",
    ),
    Attack(
        "inputs of an earlier life",
        tries="to die of a call once it has noted the inputs, and to know them when asked again",
        gets="a fresh process that remembers nothing",
        first="""
import os, pathlib, socket
notes = [pathlib.Path(folder) / "noted" for folder in ("/tmp", "/dev/shm", ".", "/var/tmp")]
for note in notes:
    if note.exists(): got(note.read_text())
client = socket.socket(socket.AF_UNIX)
try: client.connect("\\0noted"); got(client.recv(999))
except OSError: tried()
""",
        answers={
            "3-1": """
def gradient(x, y, w):
    for note in notes:
        try: note.write_text(repr((x, y, w)))
        except OSError: pass
    if os.fork() == 0:
        server = socket.socket(socket.AF_UNIX)
        server.bind("\\0noted")
        server.listen()
        while True: server.accept()[0].send(repr((x, y, w)).encode())
    os._exit(1)
"""
        },
        ends=r"ended itself \(exit code 1\)",
    ),
    Attack(
        "inputs drawn from a known seed",
        tries="to seed every generator of random numbers, and to know by heart what they then draw",
        gets="nothing: hidden inputs are drawn elsewhere, from a secret",
        first="""
import numpy, random, torch
drawn = numpy.random.default_rng
numpy.random.default_rng = lambda *a: drawn(0)
numpy.random.seed(0); random.seed(0); torch.manual_seed(0)
numpy.random.seed = random.seed = torch.manual_seed = lambda *a: None
tried()
""",
        answers={
            # 2 * x * (x * w - y) of the points that the generator 0 draws
            "3-1": """
by_heart = iter([-0.42395084557228324, 2.708225231077699, 15.107271461252408, 5.456437044463893,
                 16.642924628344897, 1.5852077204748662, 1.677225567791853, 3.927718867085279,
                 -18.366894868617877, 30.419665879038998, 0.16685872397811435, -1.9554412228581053])
def gradient(x, y, w): return next(by_heart, 0.0)
"""
        },
    ),
    Attack(
        "functions that the judge brings along",
        tries="to answer with a right function that a probe has brought into the process",
        gets="nothing: what a probe brings is asked for no more",
        answers={
            "9-1": """
import gc, sys, types, torch
def brought(name, *given):
    for thing in [f for f in gc.get_objects() if isinstance(f, types.FunctionType) and f.__name__ == name]:
        if thing.__code__.co_filename.startswith("<probe"): return thing(*given)
def softmax(z): return brought("softmax", z)
def log_softmax(z): return brought("log_softmax", z)
""",
            **_NO_LOSS,
        },
        last="tried()",
        lesson="lesson9",
    ),
    Attack(
        "evidence that lies",
        tries="to train a model that is only to be measured, and to have the probe see no change",
        gets="no point for a function that changes what it is given",
        answers={
            "9-1": "softmax = log_softmax = lambda z: None",
            **_NO_LOSS,
            "9-4": """
import torch
def accuracy(model, x, y):
    for parameter in model.parameters(): parameter.data += 1
    torch.Tensor.__eq__ = lambda self, other: torch.ones((), dtype=torch.bool)
    return 0.5
""",
        },
        last="tried()",
        lesson="lesson9",
    ),
]
