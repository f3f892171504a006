"""What verdicts come to: points by weight, and what a student may read of them."""

from course.faults import Fault
from course.judge.failure import Finding
from course.lesson import Exercise
from course.verdict import Report, Status, Verdict, report_of

EXERCISE = Exercise("1-1", "Doubling", 6.0)
SECRET = Finding(
    "it doubles", "double(x=0.123)", "0.456", "a number", "0.246", "at [0]", "id", "why", "hint"
)


def verdict(status: Status, weight: float, finding: Finding | None = None) -> Verdict:
    return Verdict("1-1", "doubles", status, weight, finding)


def test_points_are_shared_by_weight() -> None:
    found = [verdict(Status.PASSED, 2), verdict(Status.FAILED, 1)]
    assert report_of("lesson1", [EXERCISE], found).score == 4.0


def test_blocked_test_earns_nothing() -> None:
    found = [verdict(Status.PASSED, 1), verdict(Status.BLOCKED, 1)]
    assert report_of("lesson1", [EXERCISE], found).score == 3.0


def test_nothing_judged_is_nothing_passed() -> None:
    report = report_of("lesson1", [EXERCISE], [])
    assert (report.passed, report.score, report.points) == (False, 0.0, 6.0)
    assert not report_of("lesson1", [], []).passed


def test_student_reads_the_mistake_but_no_hidden_value() -> None:
    report = report_of("lesson1", [EXERCISE], [verdict(Status.FAILED, 1, SECRET)])
    told = str(report.for_student().as_dict())
    assert "why" in told and "hint" in told and "a number" in told
    assert not any(hidden in told for hidden in ("0.123", "0.456", "0.246"))


def test_report_survives_json() -> None:
    faults = [Fault("raised", "cell 3", "ValueError", "text", 3, 1)]
    report = report_of("lesson1", [EXERCISE], [verdict(Status.FAILED, 1, SECRET)], faults)
    assert Report.from_dict(report.as_dict()) == report
