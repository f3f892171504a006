"""Limits are read from the table beside a grader, and what is measured against them can be listened to."""

import math
from pathlib import Path

import pytest

from course.judge.expect import expect_above, expect_below
from course.judge.failure import Failure
from course.judge.thresholds import FILE, Threshold, measuring, thresholds

LOSS, ACCURACY = Threshold("final loss", "below", 0.2), Threshold("accuracy", "above", 0.9)


def read(folder: Path, text: str) -> dict[str, Threshold]:
    (folder / FILE).write_text(text)
    return dict(thresholds(folder / "hidden_test.py"))


def test_limits_are_read_from_the_table_beside_the_grader(tmp_path: Path) -> None:
    text = '["final loss"]\nbelow = 0.2\nseeds = 50\n[accuracy]\nabove = 0.9\n'
    assert read(tmp_path, text) == {"final loss": LOSS, "accuracy": ACCURACY}


def test_a_model_may_have_several_starts(tmp_path: Path) -> None:
    assert read(tmp_path, "[loss]\nbelow = 1\nstarts = 3\n")["loss"].starts == 3
    assert read(tmp_path, "[loss]\nbelow = 1\n")["loss"].starts == 1


@pytest.mark.parametrize("starts", ["0", "'3'", "1.5"])
def test_starts_are_a_whole_number_of_at_least_one(tmp_path: Path, starts: str) -> None:
    with pytest.raises(ValueError, match="starts"):
        read(tmp_path, f"[loss]\nbelow = 1\nstarts = {starts}\n")


@pytest.mark.parametrize("text", ["[loss]\n", "[loss]\nbelow = 1\nabove = 0\n", "below = \n"])
def test_table_without_one_limit_each_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ValueError, match=FILE):
        read(tmp_path, text)


@pytest.mark.parametrize("value", [0.2, 0.3, math.nan, math.inf])
def test_number_that_is_not_below_fails(value: float) -> None:
    expect_below(0.1, LOSS, claim="the loss is low")
    with pytest.raises(Failure):
        expect_below(value, LOSS, claim="the loss is low")


@pytest.mark.parametrize("value", [0.9, 0.5, math.nan, math.inf])
def test_number_that_is_not_above_fails(value: float) -> None:
    expect_above(0.95, ACCURACY, claim="most are right")
    with pytest.raises(Failure):
        expect_above(value, ACCURACY, claim="most are right")


def test_threshold_for_the_other_side_is_the_graders_mistake() -> None:
    with pytest.raises(ValueError, match="accuracy"):
        expect_below(0.1, ACCURACY, claim="the loss is low")


def test_what_is_measured_is_heard_whether_it_holds_or_not() -> None:
    with measuring() as heard:
        expect_below(0.1, LOSS, claim="the loss is low")
        with pytest.raises(Failure):
            expect_above(0.5, ACCURACY, claim="most are right")
    expect_below(0.15, LOSS, claim="the loss is low")
    assert heard == [("final loss", 0.1), ("accuracy", 0.5)]
