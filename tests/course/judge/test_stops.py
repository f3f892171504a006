"""An error that a well-known mistake ends in is explained; every other one stays what it is."""

import pytest

from course.faults import StudentFault
from course.judge.failure import Failure
from course.judge.stops import Stop, explaining
from course.submission import LocalSubmission

CLAIM = "root takes any number"
STOPS = (
    Stop("negative", "Negative numbers have no root.", "^ValueError: .*(domain|nonnegative)"),
    Stop("none", "None is no number.", "'NoneType'|not NoneType"),
)
CELLS = [
    "import math",
    "class Odd(Exception):\n    pass",
    "def root(x):\n    if x == 'domain':\n        raise Odd('domain')\n    return math.sqrt(x)",
]


def root(x: object) -> object:
    with explaining(CLAIM, *STOPS):
        return LocalSubmission.of_cells(CELLS).call("root", x)


def test_answer_passes_through() -> None:
    assert root(4.0) == 2.0


@pytest.mark.parametrize(("x", "id_"), [(-1.0, "negative"), (None, "none")])
def test_known_error_is_explained_and_shown(x: object, id_: str) -> None:
    with pytest.raises(Failure) as caught:
        root(x)
    finding = caught.value.finding
    assert (finding.claim, finding.diagnosis) == (CLAIM, id_)
    assert finding.explanation == next(stop.text for stop in STOPS if stop.id == id_)
    assert ": " in finding.came_back  # the error's own words, which hidden feedback leaves out
    assert finding.came_back.startswith(finding.sort_came_back.split(" (")[0])


def test_class_of_the_error_counts_too() -> None:
    with pytest.raises(StudentFault, match="Odd"):
        root("domain")


def test_what_did_not_raise_is_no_stop() -> None:
    missing = LocalSubmission.of_cells(["NoneType = 1"])
    with pytest.raises(StudentFault) as caught, explaining(CLAIM, Stop("any", "Any.", "")):
        missing.call("root", 1.0)
    assert caught.value.fault.kind == "missing"
