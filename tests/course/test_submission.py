"""What a check may ask of student code, and what it hears when the code does not answer."""

import contextlib
from typing import Any

import numpy as np
import pytest
import torch

from course.faults import Fault, StudentFault
from course.submission import LocalSubmission


def submission(code: str, seconds: float = 5.0) -> LocalSubmission:
    return LocalSubmission.of_cells([code], seconds=seconds)


def fault(code: str, *args: object, name: str = "f", seconds: float = 0.3) -> Fault:
    with pytest.raises(StudentFault) as caught:
        submission(code, seconds).call(name, *args)
    return caught.value.fault


def test_call_returns_what_the_function_returns() -> None:
    assert submission("def f(a, b=1): return a + b").call("f", 2, b=3) == 5


def test_input_is_a_copy() -> None:
    given = np.zeros(2)
    submission("def f(a): a += 1").call("f", given)
    assert given.tolist() == [0.0, 0.0]


def test_object_stays_where_it_is_and_answers() -> None:
    counter = submission(
        "class Counter:\n    n = 0\n    def up(self, by):\n        self.n += by\n        return self.n"
    ).new("Counter")
    counter.call("up", 2)
    assert counter.call("up", 3) == 5


def test_object_may_be_an_argument() -> None:
    both = submission("class A:\n    v = 7\ndef f(a): return a.v")
    assert both.call("f", both.new("A")) == 7


def double_all(student: Any, values: list[float]) -> dict[str, object]:
    return {"doubled": [student.double(v) for v in values], "sum": torch.tensor(values).sum()}


def test_probe_runs_beside_the_code() -> None:
    found = submission("def double(v): return 2 * v").run(double_all, [1.0, 2.0])
    assert found == {"doubled": [2.0, 4.0], "sum": torch.tensor(3.0)}


def test_probe_speaks_of_the_function_it_probes() -> None:
    probe = submission("def double(v): return 1 / 0").probe(double_all, of="double")
    with pytest.raises(StudentFault, match="double raised ZeroDivisionError"):
        probe([1.0])


def with_another(student: Any) -> list[int]:
    with student.replacing(inner=lambda: 2):
        seen = student.outer()
    return [seen, student.outer()]


def test_probe_may_replace_a_name_for_a_while() -> None:
    code = "def inner(): return 1\ndef outer(): return inner()"
    assert submission(code).run(with_another) == [2, 1]


@pytest.mark.parametrize(
    ("code", "kind", "says"),
    [
        ("x = 1", "missing", "f is not defined"),
        ("def F(): pass", "missing", "f is not defined, F is: is it misspelt?"),
        ("def f(): raise NotImplementedError", "unwritten", "f is not written yet"),
        ("f = 3", "not-callable", "f is an int"),
        ("def f(a): pass", "arguments", "it takes (a) but is given 0 arguments"),
        ("def f():\n    return 1 / 0", "raised", "division by zero (cell 0, line 2)"),
        ("def f():\n    raise SystemExit(0)", "raised", "raised SystemExit"),
        ("def f(): return input('w? ')", "raised", "nobody is there to answer input()"),
        ("def f():\n    f()", "raised", "RecursionError"),
        ("def f():\n    while True: pass", "timeout", "did not finish within 0.3 s"),
    ],
)
def test_fault_says_what_happened(code: str, kind: str, says: str) -> None:
    found = fault(code)
    assert found.kind == kind
    assert says in found.sentence()


@pytest.mark.parametrize(
    ("name", "told"),
    [("gradient_W2", True), ("gradientw2", True), ("gradeint_w2", True), ("gradient_w1", False)],
)
def test_misspelt_name_is_told(name: str, told: bool) -> None:
    with pytest.raises(StudentFault) as caught:
        submission(f"def {name}(): pass").call("gradient_w2")
    fault = caught.value.fault
    assert (f"{name} is" in fault.sentence()) == told and name not in fault.sentence(quote=False)


def test_name_of_another_exercise_is_no_slip() -> None:
    assert (
        fault("def f_b(): pass\ndef F_(): pass").sentence()
        == "f is not defined, F_ is: is it misspelt?"
    )
    with pytest.raises(StudentFault) as caught:
        submission("def gradient_b(): pass").call("gradient")
    assert caught.value.fault.sentence() == "gradient is not defined"


def test_stub_is_told_from_who_calls_it() -> None:
    stub = "def g(): raise NotImplementedError\n"
    found = fault(f"{stub}def f(): return g()")
    assert found.sentence() == "g is not written yet, and f needs it"
    assert found.sentence(quote=False) == "what it calls is not written yet, and f needs it"
    own = fault("class f:\n    def __init__(self): raise NotImplementedError")
    assert own.sentence() == "f is not written yet"


def test_words_of_torch_are_not_taken_for_a_stub() -> None:
    integers = fault("import torch\ndef f(): return torch.softmax(torch.tensor([1, 2]), 0)")
    assert integers.kind == "raised" and "not implemented for" in integers.sentence()


def test_time_runs_out_even_where_everything_is_caught() -> None:
    stubborn = "def f():\n while True:\n  try:\n   while True: pass\n  except BaseException: pass"
    assert fault(stubborn).kind == "timeout"


def test_hidden_feedback_does_not_quote_the_students_text() -> None:
    leaking = fault("def f(x): raise ValueError(f'the input was {x}')", 42.0)
    assert "42" in leaking.sentence() and "42" not in leaking.sentence(quote=False)


def test_fault_is_of_a_name_that_was_asked_for() -> None:
    def probe(student, hidden):  # type: ignore[no-untyped-def]
        return student.f(hidden)

    stolen = "from course.faults import Fault, StudentFault\n"
    stolen += "def f(hidden): raise StudentFault(Fault('raised', {!r}, 'ValueError'))"
    for name, told in [("f", "f"), ("return student", "g"), ("hidden", "g"), ("t", "g")]:
        with pytest.raises(StudentFault) as caught:
            submission(stolen.format(name)).probe(probe, of="g")(1.0)
        assert caught.value.fault.name == told


def test_prints_are_kept_from_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    submission("def f(): print('noise')").call("f")
    assert capsys.readouterr().out == ""


def test_random_draws_are_the_same_at_every_request() -> None:
    drawing = submission("import torch\ndef f(): return torch.rand(1)")
    assert torch.equal(drawing.call("f"), drawing.call("f"))


SETTINGS = "return torch.is_grad_enabled(), str(torch.get_default_dtype()), np.geterr()['invalid']"


@pytest.mark.parametrize(
    "change",
    [
        "torch.set_grad_enabled(False)",
        "torch.set_default_dtype(torch.float64)",
        "np.seterr(all='raise')",
        "torch.set_grad_enabled(False); raise ValueError",
    ],
)
def test_settings_that_a_request_changes_are_those_before_at_the_next(change: str) -> None:
    code = f"import numpy as np, torch\ndef f(): {change}\ndef g(): {SETTINGS}"
    changed = submission(code)
    before = changed.call("g")
    with contextlib.suppress(StudentFault):
        changed.call("f")
    assert changed.call("g") == before


def test_settings_that_the_notebook_chooses_stay() -> None:
    code = "import numpy as np, torch\ntorch.set_default_dtype(torch.float64)\ndef g(): " + SETTINGS
    try:
        assert submission(code).call("g")[1] == "torch.float64"
    finally:
        torch.set_default_dtype(torch.float32)


def test_failed_cell_does_not_take_the_others_with_it() -> None:
    cells = ["def f(): return 1", "def g(:", "raise ValueError", "def h(): return 2"]
    both = LocalSubmission.of_cells(cells)
    assert (both.call("f"), both.call("h")) == (1, 2)


def doubled(number: float) -> float:
    return 2 * number


def doubled_twice(student: Any, number: float) -> Any:
    return student.f(doubled(doubled(number)))


def test_functions_that_a_probe_uses_travel_along() -> None:
    probe = submission("def f(x): return x").probe(doubled_twice, of="f", using=[doubled])
    assert probe(1.0) == 4.0


def call_with_one(student: Any) -> Any:
    return student.f(1)


@pytest.mark.parametrize("code", ["def f(a, b): ...", "def f(): ...", "def f(*, a): ..."])
def test_arguments_refused_to_a_probe_are_a_fault_of_their_own(code: str) -> None:
    with pytest.raises(StudentFault) as caught:
        submission(code).probe(call_with_one, of="f")()
    assert caught.value.fault.kind == "arguments"


def test_type_error_inside_of_student_code_stays_what_it_is() -> None:
    wrong_inside = "def g(a, b): ...\ndef f(a): g(a)"
    with pytest.raises(StudentFault) as caught:
        submission(wrong_inside).probe(call_with_one, of="f")()
    assert caught.value.fault.kind == "raised"
