"""Each layer that keeps a forged point away, proved: without it, an attack earns what it should not (P2, P4)."""

from __future__ import annotations
import __future__

import inspect
import json
import pickle
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import forge
import pytest
from attack import WRONG, Attack
from hostile_class import new_course

from autograder import running, submitted_notebook, work
from autograder.course_folder import make_course
from autograder.grading import shared_sandbox
from autograder.running import RunningNotebook, TimeLimits
from autograder.sandbox import Child, ChildMisbehaved, ChildTimedOut, Sandbox, SandboxUnavailable
from autograder.sandbox import channel as channel_module
from autograder.sandbox import child as child_module
from autograder.source import SOLUTIONS
from course import values
from course.grader import GraderError, examine
from course.judge import closeness
from course.judge import expect as expect_module
from course.notebook import Cell
from course.submission import LocalSubmission, Submission
from course.values import pack
from course.verdict import Status

LIMITS = TimeLimits(cell=5.0, call=2.0, submission=20.0)
HIDDEN = SOLUTIONS / "lesson3" / "hidden_test.py"
PRELUDE = "def got(what): print(what)\ndef tried(): pass"
# a right answer that is known beforehand, so that a forged one can be right
KNOWN = """
import pytest
from course.judge.expect import expect_close

@pytest.mark.exercise("3-1")
def test_gradient_is_known(submission):
    expect_close(submission.call("gradient", 1.0, 2.0, 3.0), 42.0, claim="gradient is 42")
"""


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    try:
        return shared_sandbox()
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")


@pytest.fixture
def known(tmp_path: Path) -> Path:
    grader = tmp_path / "known_test.py"
    grader.write_text(KNOWN)
    return grader


def attack_named(name: str) -> Attack:
    return next(attack for attack in forge.ATTACKS if attack.name == name)


def cells_of(attack: Attack) -> list[str]:
    """Return the cells that matter: the attack's, and its answers or wrong ones."""
    answers = {**WRONG[attack.lesson], **attack.answers}
    return [PRELUDE, attack.first, *answers.values(), attack.last]


def passed(
    sandbox: Sandbox,
    cells: Sequence[str],
    grader: Path = HIDDEN,
    *,
    seed: str = "any",
    exercises: Sequence[str] = ("3-1",),
) -> list[str]:
    """Return the titles of the tests that a notebook passes in the sandbox."""
    code = [Cell(n, "code", source, {}) for n, source in enumerate(cells, start=1)]
    with RunningNotebook(sandbox, code, limits=LIMITS) as notebook:
        submission = Submission(notebook.ask, seconds=LIMITS.call)
        verdicts = examine(grader, submission, seed=seed, exercises=exercises)
    return [verdict.title for verdict in verdicts if verdict.status is Status.PASSED]


def without(
    monkeypatch: pytest.MonkeyPatch,
    owner: Any,
    name: str,
    *changes: tuple[str, str],
) -> None:
    """Let `owner` have the function `name` as it is but for `changes`, each (what is there, what is there instead)."""
    function = getattr(owner, name)
    source = textwrap.dedent(inspect.getsource(function))
    for old, new in changes:
        assert old in source, f"{name} does not hold {old!r} any more"
        source = source.replace(old, new)
    code = compile(source, name, "exec", flags=__future__.annotations.compiler_flag)
    scope: dict[str, Any] = {}
    exec(code, function.__globals__, scope)  # noqa: S102 - our own source, less one line
    monkeypatch.setattr(owner, name, scope[name])


def without_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(channel_module, "_expect_silence", lambda sock: None)


# --- the judge is in another process -----------------------------------------------------------------------------

IN_ONE_PROCESS = """
import json, sys
from pathlib import Path
from course.grader import examine
import course.judge.expect, torch  # the judge is there before the student's code
from course.submission import LocalSubmission
cells = json.load(sys.stdin)
verdicts = examine(Path(sys.argv[1]), LocalSubmission.of_cells(cells), seed="any", exercises=["3-1"])
sys.__stdout__.write(json.dumps([verdict.status for verdict in verdicts]))
"""


@pytest.mark.parametrize(
    "name",
    [
        "builtins that lie",
        "arithmetic that finds nothing wrong",
        "hooks on every frame",
        "a look into the caller's frames",
        "other code for all that compares",
        "a hook on every import",
        "inputs drawn from a known seed",
    ],
)
def test_judge_in_the_process_of_the_attack_is_deceived(name: str):
    """A self-check runs in this way, which is why it is never a grade; the attack's row says what it gets otherwise."""
    line = [sys.executable, "-W", "ignore", "-c", IN_ONE_PROCESS, str(HIDDEN)]
    cells = json.dumps(cells_of(attack_named(name)))
    done = subprocess.run(line, input=cells, capture_output=True, text=True, timeout=120)
    assert done.stdout.endswith('["passed"]'), done.stdout + done.stderr


# --- one reply to one request ------------------------------------------------------------------------------------


def ahead(number: str) -> list[str]:
    """Return cells that leave a right answer in the channel, as that to request `number`, and a wrong function."""
    last = f"""
{forge._SERVICE}
def ahead(sock, number, data):
    honest_send(sock, number, data)
    honest_send(sock, {number}, packed({{"t": "dict", "v": [["value", 42.0]]}}))
wire.send_frame = ahead
"""
    # the cell after it is the first whose answer goes out in the new way
    return ["def gradient(x, y, w): return 0.0", last, "pass"]


def test_without_the_silence_between_requests_an_answer_waits_for_its_question(
    sandbox: Sandbox, known: Path, monkeypatch: pytest.MonkeyPatch
):
    cells = ahead("number + 1")
    assert passed(sandbox, cells, known) == []
    without_silence(monkeypatch)
    assert passed(sandbox, cells, known) == ["gradient is known"]


def test_without_the_number_of_its_request_any_frame_is_an_answer(
    sandbox: Sandbox, known: Path, monkeypatch: pytest.MonkeyPatch
):
    """What comes before the question is caught by the silence first, so that is taken away from the beginning."""
    cells = ahead("99")
    without_silence(monkeypatch)
    assert passed(sandbox, cells, known) == []
    checked = "if number != self._number:"
    without(monkeypatch, channel_module.Receiver, "_take_header", (checked, "if False:"))
    assert passed(sandbox, cells, known) == ["gradient is known"]


# --- replies are data --------------------------------------------------------------------------------------------


def test_where_pickles_are_read_an_answer_runs_in_the_judge(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    cells = cells_of(attack_named("a pickle for an answer"))
    # what the attack replaces, put back afterwards
    monkeypatch.setattr(expect_module, "mismatch", expect_module.mismatch)
    assert passed(sandbox, cells) == []

    def lenient(payload: bytes) -> Any:
        return pickle.loads(payload) if payload[:1] == b"\x80" else values.unpack(payload)

    monkeypatch.setattr(child_module, "unpack", lenient)
    assert passed(sandbox, cells) == ["gradient matches autograd"]


def forged_tensor(dtype: str, shape: list[int], size: int) -> list[str]:
    first = f"""
{forge._SERVICE}
tensor = {{"t": "tensor", "dtype": {dtype!r}, "shape": {shape!r}, "n": {size}}}
answering(packed({{"t": "dict", "v": [["value", tensor]]}}, bytes({size})))
"""
    return [first, "def gradient(x, y, w): return 0.0"]


@pytest.mark.parametrize(
    ("cells", "layer"),
    [
        (
            forged_tensor("float32", [3], 4),
            ("if math.prod(shape) * itemsize != len(data):", "if False:"),
        ),
        (forged_tensor("float", [1], 8), ("if name not in dtypes:", "if False:")),
        (forged_tensor("float32", [-2, -2], 16), ("0 <= n <= MAX_SIZE", "n <= MAX_SIZE")),
    ],
    ids=["sizes", "dtypes", "dimensions"],
)
def test_without_the_strictness_of_unpacking_a_reply_breaks_the_judge(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    cells: list[str],
    layer: tuple[str, str],
):
    """No forged size or dtype earns a point: torch refuses it. But it does so in the judge, whose fault it then is if
    unpacking takes torch's refusal for none of the reply's.
    """
    assert passed(sandbox, cells) == []
    without(monkeypatch, values, "_shape_and_bytes", layer)
    without(monkeypatch, values, "unpack", ("RuntimeError,", ""))
    monkeypatch.setattr(child_module, "unpack", values.unpack)
    with pytest.raises(GraderError, match="RuntimeError"):
        passed(sandbox, cells)


def test_without_a_bound_on_items_a_small_reply_is_a_large_value(monkeypatch: pytest.MonkeyPatch):
    reply = pack([[0] * 1000 for _ in range(90)])
    assert len(values.unpack(reply)) == 90
    forged = values._HEADER.pack(4_000_002) + b"[" + b"[]," * 1_333_333 + b"0]"
    with pytest.raises(ValueError, match="too many items"):
        values.unpack(forged)
    without(monkeypatch, values._Blobs, "items", ("if self._left < 0:", "if False:"))
    assert len(values.unpack(forged)) == 1_333_334


# --- the notebook's cells are the source's -----------------------------------------------------------------------


def test_without_the_sources_cells_a_student_grades_himself(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Four layers: of a cell's flags only its name is read, cells are restored, nbgrader overwrites locked ones, and
    the judge alone writes scores.
    """
    from nbgrader.api import Gradebook

    from autograder import preprocessors

    attack = attack_named("the grade on another cell")

    def score(folder: Path, steps: list[str] | None) -> float:
        pipeline = new_course(folder / "course", ["lesson3"])
        if steps is not None:
            pipeline._config.Autograde.sanitize_preprocessors = steps
        attack.hand_in(pipeline.course, pipeline.course / "submitted/cheat/lesson3", "")
        pipeline.autograde("lesson3", "cheat", force=True)
        with Gradebook(f"sqlite:///{pipeline.course}/gradebook.db") as gradebook:
            return float(gradebook.find_submission("lesson3", "cheat").score)

    assert score(tmp_path / "with", None) == 0
    monkeypatch.setattr(submitted_notebook, "_restore", lambda nb, source: None)
    flags = "NotebookNode(grade_id=identity)", "nbformat.from_dict(cell.flags)"
    without(monkeypatch, submitted_notebook, "_new_cell", flags)
    written = "cell.outputs = [_verdict_output(cell, graded.report, number)]"
    own = "cell.outputs = nbformat.from_dict(results[number].outputs)"
    without(monkeypatch, preprocessors, "_write", (written, own))
    steps = ["ClearOutput", "DeduplicateIds"]
    assert score(tmp_path / "without", [f"nbgrader.preprocessors.{s}" for s in steps]) == 13


# --- a number is finite, a shape is right ------------------------------------------------------------------------


def judged(attack: Attack, exercises: Sequence[str]) -> list[str]:
    """Return the titles of the tests that an attack passes that patches nothing, judged in this process."""
    local = LocalSubmission.of_cells(cells_of(attack))
    grader = SOLUTIONS / attack.lesson / "hidden_test.py"
    verdicts = examine(grader, local, seed="any", exercises=exercises)
    return [verdict.title for verdict in verdicts if verdict.status is Status.PASSED]


def test_without_the_check_of_shapes_nothing_is_close_to_everything(
    monkeypatch: pytest.MonkeyPatch,
):
    attack = attack_named("shapes that hold nothing")
    assert judged(attack, ["9-1"]) == []
    without(monkeypatch, closeness, "_sequences", ("if a.shape != e.shape:", "if False:"))
    assert "softmax makes probabilities of each row" in judged(attack, ["9-1"])


def test_without_the_check_of_finite_numbers_nan_is_close_to_everything(
    monkeypatch: pytest.MonkeyPatch,
):
    """A number counts only if it is found close, and nan never is: so both that and the check are taken away."""
    from course.judge import tolerance

    attack = attack_named("numbers that compare with nothing")
    assert judged(attack, ["3-1"]) == []
    without(monkeypatch, closeness, "_numbers", ("math.isfinite(a) or not rules.finite", "True"))
    assert judged(attack, ["3-1"]) == []
    asked = "math.isnan(actual) or not math.isfinite(expected)"
    far = ("abs(actual - expected) <= tolerance", "not abs(actual - expected) > tolerance")
    without(monkeypatch, tolerance, "is_close", (asked, "False"), far)
    monkeypatch.setattr(closeness, "is_close", tolerance.is_close)
    assert judged(attack, ["3-1"]) == ["gradient matches autograd"]


# --- hidden inputs are fresh -------------------------------------------------------------------------------------


def learnt_by_heart(seed: str) -> str:
    """Return a `gradient` that knows the inputs which `seed` draws, and calculates nothing."""
    asked: list[tuple[float, ...]] = []

    def ask(request: Any, seconds: float) -> Any:
        asked.append(tuple(request["args"]))
        return {"value": 0.0}

    examine(HIDDEN, Submission(ask), seed=seed, exercises=["3-1"])
    table = {(x, y, w): 2 * x * (x * w - y) for x, y, w in asked}
    return f"TABLE = {table!r}\ndef gradient(*given): return TABLE.get(given, 0.0)"


def test_without_fresh_inputs_answers_are_learnt_by_heart(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    course = make_course(tmp_path, ["lesson3"])

    def seed(student: str) -> str:
        (course / "submitted" / student / "lesson3").mkdir(parents=True, exist_ok=True)
        options: Any = {"limits": LIMITS, "device": "cpu", "draw_examples": False}
        return work.work_of(course, "lesson3", student, [], **options).seed

    cells = [learnt_by_heart(seed("friend"))]
    assert passed(sandbox, cells, seed=seed("friend")) == ["gradient matches autograd"]
    assert passed(sandbox, cells, seed=seed("cheat")) == []
    monkeypatch.setattr(work, "seed_of", lambda course, lesson, student: "the same for all")
    cells = [learnt_by_heart(seed("friend"))]
    assert passed(sandbox, cells, seed=seed("cheat")) == ["gradient matches autograd"]


# --- a reply has a size, and an end ------------------------------------------------------------------------------


def cell(source: str, seconds: float = 5.0) -> dict[str, Any]:
    return {"op": "cell", "index": 0, "name": "cell 0", "source": source, "seconds": seconds}


def call(name: str, seconds: float = 5.0) -> dict[str, Any]:
    return {"op": "call", "name": name, "args": (), "kwargs": {}, "seconds": seconds}


def test_without_its_bound_a_reply_fills_the_judges_memory(sandbox: Sandbox):
    def reply(child: Child) -> Any:
        child.ask(cell("def go(): return bytes(100 << 20)"), 30.0)
        return child.ask(call("go"), 30.0)

    with sandbox.open() as child, pytest.raises(ChildMisbehaved, match="too large a reply"):
        reply(child)
    with sandbox.open() as child:
        child._limits = replace(child._limits, reply=1 << 30)
        assert len(reply(child)["value"]) == 100 << 20


DEAF = """
import signal, time
def go():
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    while True: time.sleep(9)
"""


def test_without_the_deadline_outside_code_that_is_deaf_is_waited_for(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    def seconds(exchange: Callable[..., bytes]) -> float:
        monkeypatch.setattr(child_module, "exchange", exchange)
        with sandbox.open() as child:
            child.ask(cell(DEAF), 30.0)
            began = time.monotonic()
            with pytest.raises(ChildTimedOut):
                child.ask(call("go", 0.2), 0.5)
            return time.monotonic() - began

    honest = child_module.exchange

    def patient(sock: Any, watch: Any, request: bytes, receiver: Any, seconds: float) -> bytes:
        # not for ever, so that this ends
        return honest(sock, watch, request, receiver, seconds + 6.0)

    assert seconds(honest) < 6.0 <= seconds(patient)


def test_without_the_grace_a_slow_cell_costs_the_names_of_its_process(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    def fault() -> Any:
        slow = Cell(1, "code", "def gradient(): return 1.0\nwhile True: pass", {})
        limits = TimeLimits(cell=1.5, call=2.0, submission=30.0)
        with RunningNotebook(sandbox, [slow], limits=limits) as notebook:
            assert notebook.results[0].fault is not None
            return notebook.ask(call("gradient"), 2.0).get("fault")

    assert fault() is None
    monkeypatch.setattr(running, "_GRACE", -0.5)
    assert fault()["kind"] == "missing"
