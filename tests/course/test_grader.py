"""The grader turns a plain pytest file into verdicts, and tells its own faults from the student's."""

import json
import os
import textwrap
from pathlib import Path

import pytest

from course.grader import GraderError, examine
from course.responder import Reply, Request
from course.submission import LocalSubmission, Submission
from course.verdict import Status, Verdict

RIGHT = "def double(x): return 2 * x\ndef triple(x): return 3 * x"
HEADER = """
import pytest
from course.judge.expect import expect, expect_close, expect_values
"""


def verdicts(tmp_path: Path, tests: str, code: str = RIGHT, **options: object) -> list[Verdict]:
    grader = tmp_path / "hidden_test.py"
    grader.write_text(HEADER + textwrap.dedent(tests))
    return examine(grader, LocalSubmission.of_cells([code], seconds=0.3), **options)  # type: ignore[arg-type]


DOUBLE = """
@pytest.mark.exercise("1-1", weight=3)
def test_doubles_two(submission):
    expect_close(submission.call("double", 2.0), 4.0, claim="double(2) is 4")
"""
TRIPLE = """
@pytest.mark.exercise("1-2")
def test_triples_two(submission):
    expect_close(submission.call("triple", 2.0), 6.0, claim="triple(2) is 6")
"""


def test_right_answer_passes_with_its_weight(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, DOUBLE)
    assert verdict == Verdict("1-1", "doubles two", Status.PASSED, 3.0)


def test_wrong_answer_fails_with_its_finding(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, DOUBLE, "def double(x): return x")
    assert verdict.status is Status.FAILED
    assert verdict.finding is not None
    assert (verdict.finding.claim, verdict.finding.came_back) == ("double(2) is 4", "2")


def test_only_the_wanted_exercises_are_examined(tmp_path: Path) -> None:
    found = verdicts(tmp_path, DOUBLE + TRIPLE, exercises={"1-2"})
    assert [verdict.exercise for verdict in found] == ["1-2"]


def test_only_the_wanted_titles_are_examined(tmp_path: Path) -> None:
    found = verdicts(tmp_path, DOUBLE + TRIPLE, titles={"doubles two"})
    assert [verdict.title for verdict in found] == ["doubles two"]


MEASURED = """
from course.judge.expect import expect_below
from course.judge.thresholds import Threshold

@pytest.mark.exercise("1-1")
def test_double_is_low(submission):
    expect_below(submission.call("double", 2.0), Threshold("height", "below", 3.0), claim="it is low")
"""


def test_what_a_test_measured_stands_in_its_verdict(tmp_path: Path) -> None:
    (verdict,) = verdicts(tmp_path, MEASURED)
    assert verdict.measured == (("height", 4.0),)
    assert Verdict.from_dict(json.loads(json.dumps(verdict.as_dict()))) == verdict
    assert verdict.for_student().measured == ()


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS"])
def test_wishes_of_the_caller_change_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "--no-such-option")
    (verdict,) = verdicts(tmp_path, DOUBLE)
    assert verdict.status is Status.PASSED
    assert os.environ[name] == "--no-such-option"


def test_one_missing_function_is_told_once(tmp_path: Path) -> None:
    again = DOUBLE.replace("doubles_two", "doubles_three")
    first, second = verdicts(tmp_path, DOUBLE + again, "x = 1")
    assert (first.status, second.status) == (Status.FAILED, Status.BLOCKED)
    assert "doubles two" in second.note


CHAIN = (
    DOUBLE
    + """
@pytest.mark.exercise("1-1", after="test_doubles_two")
def test_doubles_ten(submission):
    expect_close(submission.call("double", 10.0), 20.0, claim="double(10) is 20")
"""
)


def test_what_follows_from_a_failure_is_not_a_second_one(tmp_path: Path) -> None:
    found = verdicts(tmp_path, CHAIN, "def double(x): return x")
    assert [v.status for v in found] == [Status.FAILED, Status.BLOCKED]


def test_what_raises_because_of_a_failure_is_not_a_second_one(tmp_path: Path) -> None:
    code = "def double(x): return x if x < 5 else 1 / 0"
    assert [v.status for v in verdicts(tmp_path, CHAIN, code)] == [Status.FAILED, Status.BLOCKED]


def test_what_is_right_in_spite_of_an_earlier_failure_still_counts(tmp_path: Path) -> None:
    found = verdicts(tmp_path, CHAIN, "def double(x): return 2 * x if x > 5 else 0.0")
    assert [v.status for v in found] == [Status.FAILED, Status.PASSED]


def test_endless_function_is_not_waited_for_again_and_again(tmp_path: Path) -> None:
    tests = "".join(DOUBLE.replace("doubles_two", f"doubles_{n}") for n in "abcd")
    found = verdicts(tmp_path, tests, "def double(x):\n    while True: pass")
    assert not any(v.status is Status.PASSED for v in found)


def test_inputs_depend_on_the_seed_and_on_nothing_else(tmp_path: Path) -> None:
    draws = """
    @pytest.mark.exercise("1-1")
    def test_draws(submission, rng):
        expect(False, str(rng.random()))
    """
    claims = [verdicts(tmp_path, draws, seed=seed)[0].finding for seed in ("a", "a", "b")]
    assert claims[0] == claims[1] != claims[2]


@pytest.mark.parametrize(
    ("tests", "says"),
    [
        ("import nothing_of_this_name", "cannot be read"),
        ("def test_unmarked(): pass", "has no exercise"),
        ("", "no test at all"),
        (DOUBLE.replace("expect_close(", "undefined("), r"_test\.py:\d+: test_.*NameError"),
        (DOUBLE.replace("(submission)", "(no_such_fixture)"), "no_such_fixture"),
        (
            DOUBLE.replace("    expect_close", "    pytest.skip('later')\n    expect_close"),
            "test_doubles_two",
        ),
        (
            '@pytest.mark.xfail\n@pytest.mark.exercise("1-1")\ndef test_it():\n    assert False',
            "test_it",
        ),
    ],
)
def test_broken_grader_is_our_fault(tmp_path: Path, tests: str, says: str) -> None:
    with pytest.raises(GraderError, match=says):
        verdicts(tmp_path, tests)


def test_conftest_beside_the_grader_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text("raise SystemExit('read')")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --collect-only")
    assert verdicts(tmp_path, DOUBLE)[0].status is Status.PASSED


def test_what_one_submission_did_says_nothing_of_the_next(tmp_path: Path) -> None:
    alone = verdicts(tmp_path, CHAIN)
    verdicts(tmp_path, CHAIN, "def double(x): raise SystemExit")
    verdicts(tmp_path, CHAIN, "x = 1")
    assert verdicts(tmp_path, CHAIN) == alone


@pytest.mark.parametrize("file", ["hidden_test.py", "thresholds.toml"])
def test_grader_that_was_edited_is_read_anew(tmp_path: Path, file: str) -> None:
    tests = """
    from course.judge.expect import expect_below
    from course.judge.thresholds import thresholds

    LIMIT = thresholds(__file__)["height"]

    @pytest.mark.exercise("1-1")
    def test_double_is_low(submission):
        expect_below(submission.call("double", 2.0), LIMIT, claim="it is low")
    """
    limits = tmp_path / "thresholds.toml"
    limits.write_text("[height]\nbelow = 5.0\n")
    assert verdicts(tmp_path, tests)[0].status is Status.PASSED
    if file == limits.name:
        limits.write_text("[height]\nbelow = 3.0\n")
    else:
        tests = tests.replace('"double", 2.0', '"double", 9.0')
    assert verdicts(tmp_path, tests)[0].status is Status.FAILED


def test_examination_that_was_interrupted_leaves_the_grader_as_it_was(tmp_path: Path) -> None:
    def interrupted(_request: Request, _seconds: float) -> Reply:
        raise KeyboardInterrupt

    assert verdicts(tmp_path, CHAIN)[0].status is Status.PASSED
    with pytest.raises(KeyboardInterrupt):
        examine(tmp_path / "hidden_test.py", Submission(interrupted))
    assert verdicts(tmp_path, CHAIN)[0].status is Status.PASSED
