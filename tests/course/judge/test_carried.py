"""What builds on earlier exercises passes with functions of ours or with the student's own, whichever is right."""

import pytest

from course.faults import Fault, StudentFault
from course.judge.carried import ours_or_own
from course.judge.failure import Failure, Finding

OURS, OWN = Failure(Finding("with ours")), Failure(Finding("with own"))
STOPPED = StudentFault(Fault("raised", "f", "TypeError"))


def judged(with_ours: Exception | None, with_own: Exception | None) -> list[bool]:
    """Return in which order a submission was judged that fails so with our functions, and so with its own."""
    asked: list[bool] = []

    def judge(ours: bool) -> None:
        asked.append(ours)
        if error := with_ours if ours else with_own:
            raise error

    ours_or_own(judge)
    return asked


def test_right_with_ours_is_right() -> None:
    assert judged(None, OWN) == [True]


@pytest.mark.parametrize("with_ours", [OURS, STOPPED])
def test_right_with_the_students_own_is_right(with_ours: Exception) -> None:
    assert judged(with_ours, None) == [True, False]


@pytest.mark.parametrize(
    ("with_ours", "with_own", "raised"),
    [(OURS, OWN, OURS), (STOPPED, OWN, OWN), (OURS, STOPPED, OURS)],
)
def test_wrong_with_both_says_what_the_judge_found(
    with_ours: Exception, with_own: Exception, raised: Exception
) -> None:
    with pytest.raises(type(raised)) as caught:
        judged(with_ours, with_own)
    assert caught.value is raised
