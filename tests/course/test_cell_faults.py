"""Of a notebook whose cells fail one after another, what is told is where to begin."""

import pytest

from course.cell_faults import worth_telling
from course.faults import Fault
from course.notebook import Cell
from course.responder import Responder

STUB = "class Data:\n    def __init__(self): raise NotImplementedError"


def told(*sources: str) -> list[int]:
    """Run these cells; return the numbers of those whose faults are worth a word."""
    responder = Responder(plots=False)
    found = []
    for number, source in enumerate(sources):
        request = {"op": "cell", "index": number, "source": source, "seconds": 9.0}
        fault = responder.answer(request)["fault"]
        found.append((Cell(number, "code", source, {}), Fault.from_dict(fault) if fault else None))
    return [cell.number for cell, _ in worth_telling(found)]


def test_what_lacks_a_name_that_a_stub_was_to_make_is_no_fault_of_its_own() -> None:
    assert told(STUB, "data = Data()", "n = len(data)", "print(n, data)") == []


def test_root_is_told_and_what_follows_is_not() -> None:
    assert told("a = 1 / 0", "b = a + 1", "print(b)", "1 / 0") == [0, 3]


@pytest.mark.parametrize(
    "broken",
    [
        "def data(x)\n    return x",
        "data = [1, 2",
        "for n, data in 1 / 0: pass",
        "1 / 0\nfrom math import sin, pi as data",
        "1 / 0\nother, data = 1, 2",
        "with open('nowhere'):\n    data = 1",
        "1 / 0\nclass data: pass",
    ],
)
def test_however_the_name_was_to_be_made(broken: str) -> None:
    assert told(broken, "print(data)") == [0]


@pytest.mark.parametrize("later", ["print(dta)", "print(data)", "data.x", "{}['data']"])
def test_any_other_fault_is_told(later: str) -> None:
    assert told("data = 1", "other = 1 / 0", later.replace("data)", "date)")) == [1, 2]


def test_name_that_is_only_used_was_not_to_be_made() -> None:
    assert told("print(data == 1)", "data(3", "print(data)") == [0, 1, 2]
