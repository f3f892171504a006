"""A notebook in the sandbox: what one cell or call does to the process costs that cell or call alone."""

import time
from collections.abc import Iterator, Mapping

import pytest

from autograder.running import RunningNotebook, TimeLimits
from autograder.sandbox import Child, Sandbox, SandboxUnavailable
from course.faults import StudentFault
from course.notebook import Cell
from course.submission import Submission


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    try:
        with Sandbox() as sandbox:
            yield sandbox
    except SandboxUnavailable as e:
        pytest.skip(str(e))


def cells(*sources: str) -> list[Cell]:
    return [Cell(number, "code", source, {}) for number, source in enumerate(sources, start=1)]


LIMITS = TimeLimits(cell=0.5, call=0.5, submission=20.0)


def said(running: RunningNotebook) -> list[str]:
    return [result.fault.sentence() if result.fault else "" for result in running.results]


@pytest.mark.parametrize(
    ("deadly", "says"),
    [
        ("import os; os._exit(0)", "ended itself"),
        ("import ctypes; ctypes.string_at(0)", "signal 11"),
        ("while True: pass", "did not finish"),
        (
            "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True: pass",
            "did not finish",
        ),
    ],
)
def test_deadly_cell_costs_only_itself(sandbox: Sandbox, deadly: str, says: str) -> None:
    sources = cells("def f(): return 1", deadly, "def g(): return f() + 1")
    with RunningNotebook(sandbox, sources, limits=LIMITS) as running:
        assert said(running)[1:2] != ["", "", ""]
        assert says in said(running)[1] and said(running)[0] == said(running)[2] == ""
        assert Submission(running.ask).call("g") == 2


def test_start_of_a_sandbox_takes_none_of_a_submissions_time(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    opens = sandbox.open

    def slowly(*files: Mapping[str, bytes]) -> Child:
        time.sleep(1.0)
        return opens(*files)

    monkeypatch.setattr(sandbox, "open", slowly)
    limits = TimeLimits(cell=0.9, call=0.9, submission=0.9)
    with RunningNotebook(sandbox, cells("def f(): return 1"), limits=limits) as running:
        assert Submission(running.ask).call("f") == 1


def test_deadly_call_costs_only_itself(sandbox: Sandbox) -> None:
    sources = cells("import os\ndef die(): os._exit(0)\ndef live(): return 1")
    with RunningNotebook(sandbox, sources, limits=LIMITS) as running:
        submission = Submission(running.ask)
        with pytest.raises(StudentFault, match="ended itself"):
            submission.call("die")
        assert submission.call("live") == 1


def test_object_that_died_with_its_process_is_said_to_be_gone(sandbox: Sandbox) -> None:
    sources = cells("import os\nclass A:\n    def v(self): return 1\ndef die(): os._exit(0)")
    with RunningNotebook(sandbox, sources, limits=LIMITS) as running:
        submission = Submission(running.ask)
        thing = submission.new("A")
        with pytest.raises(StudentFault):
            submission.call("die")
        with pytest.raises(StudentFault, match="process ended"):
            thing.call("v")


def test_submission_has_a_time_limit_of_its_own(sandbox: Sandbox) -> None:
    limits = TimeLimits(cell=5.0, call=5.0, submission=1.0)
    slow = cells("import time\ntime.sleep(0.7)", "time.sleep(0.7)", "time.sleep(0.7)")
    with RunningNotebook(sandbox, slow, limits=limits) as running:
        assert "did not finish" in said(running)[-1]
        with pytest.raises(StudentFault, match="that a submission has"):
            Submission(running.ask).call("anything")


def test_files_beside_the_notebook_can_be_read(sandbox: Sandbox) -> None:
    reading = cells("text = open('data.csv').read()\ndef f(): return text")
    with RunningNotebook(sandbox, reading, files={"data.csv": b"1,2"}) as running:
        assert Submission(running.ask).call("f") == "1,2"


def test_plots_come_back_as_pictures(sandbox: Sandbox) -> None:
    plot = cells("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")
    with RunningNotebook(sandbox, plot) as running:
        (output,) = running.results[0].outputs
        assert "image/png" in output["data"]


def test_picture_that_is_not_drawn_comes_back_as_text(sandbox: Sandbox) -> None:
    plot = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    with RunningNotebook(sandbox, cells(plot, plot, plot), undrawn={1, 3}) as running:
        (undrawn,), (drawn,), (again,) = (result.outputs for result in running.results)
    assert undrawn["data"].keys() == {"text/plain"}
    assert undrawn["data"]["text/plain"].startswith("(a picture of the lesson's own example")
    assert again["data"] == undrawn["data"]
    assert "image/png" in drawn["data"]


@pytest.mark.parametrize(
    "fault", ["{}", "{'kind': 'died', 'name': 'f', 'detail': 'told 42'}", "{'kind': 'nonsense'}"]
)
def test_fault_that_the_child_invents_is_no_answer(sandbox: Sandbox, fault: str) -> None:
    patch = (
        "import course.responder\n"
        f"course.responder.Responder.answer = lambda self, request: {{'fault': {fault}}}"
    )
    with RunningNotebook(sandbox, cells(patch), limits=LIMITS) as running:
        reply = running.ask({"op": "call", "name": "f"}, 0.5)
    assert reply["fault"]["kind"] == "died" and "42" not in str(reply)


@pytest.mark.parametrize("line", ["!pip install numpy", "%pip install numpy", "files = !ls"])
def test_line_for_a_shell_costs_nothing(sandbox: Sandbox, line: str) -> None:
    with RunningNotebook(sandbox, cells(f"{line}\ndef f(): return 5")) as running:
        assert said(running) == [""]
        assert "not run" in running.results[0].outputs[0]["text"]
        assert running.ask({"op": "call", "name": "f"}, 5.0)["value"] == 5


def test_fault_is_nowhere_but_in_the_notebook(sandbox: Sandbox) -> None:
    source = "from course.faults import Fault, StudentFault\ndef f(cell, line):\n"
    source += "    raise StudentFault(Fault('raised', 'f', 'ValueError', '', cell, line))"
    with RunningNotebook(sandbox, cells("x = 1", source)) as running:
        for cell, line, told in [(2, 3, (2, 3)), (2, 4, (None, None)), (10**900, 1, (None, None))]:
            request = {"op": "call", "name": "f", "args": (cell, line)}
            fault = running.ask(request, 5.0)["fault"]
            assert (fault["cell"], fault["line"]) == told


def test_fault_is_told_in_our_words(sandbox: Sandbox) -> None:
    leak = (
        "from course.faults import Fault, StudentFault\n"
        "def f(x): raise StudentFault(Fault({}, str(x), str(x)))"
    )
    for kind in ("timeout", "flood", "arguments", "missing", "not-callable"):
        sources = cells(leak.format(repr(kind)))
        with (
            RunningNotebook(sandbox, sources, limits=LIMITS) as running,
            pytest.raises(StudentFault) as caught,
        ):
            Submission(running.ask).call("f", 123456)
        assert "123456" not in caught.value.fault.sentence(quote=False)
