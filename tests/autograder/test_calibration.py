"""Thresholds are measured on right and wrong answers alike, by the graders' own tests, and noted in a table."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from autograder.calibration import Calibration, Series, calibrate, misses
from autograder.commands.calibrate import command
from autograder.source import LessonSource
from autograder.threshold_table import write_table
from course.judge.thresholds import Threshold

LESSON = """
# %% [markdown]
# # Lesson 90: Levels
#
# ## Exercise 90-1: A level

# %%
import torch

# %%
def level(x):
    ### BEGIN SOLUTION
    return x
    ### END SOLUTION

# %% points=1
check("90-1")
"""
GRADER = """
import pytest
from course.judge.expect import expect, expect_below
from course.judge.thresholds import thresholds

LIMITS = thresholds(__file__)

@pytest.mark.exercise("90-1")
def test_level_is_positive(submission):
    expect(submission.call("level", 1.0) > 0, "the level is positive")

@pytest.mark.exercise("90-1")
def test_level_is_low(submission, rng):
    expect_below(submission.call("level", float(rng.lognormal(-2, 0.1))), LIMITS["level"], claim="it is low")
"""
RIGHT = "# %% 90-1: a tenth higher\ndef level(x):\n    return 1.1 * x\n"
WRONG = """
# %% 90-1: far too high
def level(x):
    return 10 * x

# %% 90-1: turned round, and caught by another test
def level(x):
    return -x

# %% 90-1: nothing at all
def level(x):
    pass
"""


@pytest.fixture
def source(tmp_path: Path) -> LessonSource:
    folder = tmp_path / "lesson90"
    folder.mkdir()
    for name, text in {
        "lesson90.py": LESSON,
        "hidden_test.py": GRADER,
        "right_answers.py": RIGHT,
        "wrong_answers.py": WRONG,
        "thresholds.toml": '["level"]\nbelow = 0.5\n',
    }.items():
        (folder / name).write_text(text)
    return LessonSource(folder)


def test_right_and_wrong_answers_are_measured_by_the_graders_own_test(source: LessonSource) -> None:
    (found,) = calibrate(source, 4)
    assert [series.text for series in found.right] == ["the solution", "a tenth higher"]
    solution, higher = found.right
    assert np.allclose(np.array(higher.values) / solution.values, 1.1)
    assert len(set(solution.values)) == 4
    assert found.rejected == 0 and found.false_rejection < 1e-2
    # "nothing at all" never comes as far as to be measured
    assert [series.text for series in found.wrong] == [
        "far too high",
        "turned round, and caught by another test",
    ]


def test_wrong_answer_that_reaches_the_limit_needs_another_test(source: LessonSource) -> None:
    (found,) = calibrate(source, 4)
    assert [series.caught for series in found.wrong] == ["", "level is positive"]
    assert found.let_through == []
    grader = source.hidden_test
    grader.write_text(grader.read_text().replace("> 0", "> -9"))
    (found,) = calibrate(source, 4)
    assert [series.text for series in found.let_through] == [
        "turned round, and caught by another test"
    ]


def test_threshold_that_a_test_measures_against_twice_has_one_section(source: LessonSource) -> None:
    line = '    expect_below(submission.call("level", 0.1), LIMITS["level"], claim="it is low")\n'
    source.hidden_test.write_text(source.hidden_test.read_text() + line)
    (found,) = calibrate(source, 4)
    assert len(found.right[0].values) == 8
    assert list(tomllib.loads(write_table(source, [found]).read_text())) == ["level"]


def test_proposed_limit_lies_between_right_and_wrong(source: LessonSource) -> None:
    (found,) = calibrate(source, 8)
    worst = max(value for series in found.right for value in series.values)
    assert worst < found.proposed < min(found.wrong[0].values)


def test_table_notes_what_was_measured_and_keeps_the_limit(source: LessonSource) -> None:
    path = write_table(source, list(calibrate(source, 4)))
    (entry,) = tomllib.loads(path.read_text()).values()
    assert (entry["below"], entry["exercise"], entry["seeds"]) == (0.5, "90-1", 4)
    assert entry["torch"].startswith("2.") and entry["date"].year >= 2026
    assert [row["answer"] for row in entry["right"]] == ["the solution", "a tenth higher"]
    least, median, most = entry["right"][0]["measured"]
    assert least <= median <= most
    assert entry["wrong"][1]["caught_by"] == "level is positive"


def test_table_keeps_what_the_author_wrote(source: LessonSource) -> None:
    table = source.hidden_test.with_name("thresholds.toml")
    remark = "# half as long, it ends between 0.3 and 0.4\nnear = [\n    { answer = 'one step', seeds = 7 },\n]\n"
    table.write_text('# The lesson of levels.\n\n["level"]\n' + remark + "below = 0.5\nseeds = 1\n")
    found = list(calibrate(source, 4))
    for _ in range(2):
        text = write_table(source, found).read_text()
        assert text.startswith("# The lesson of levels.\n\n[") and remark in text
        assert tomllib.loads(text)["level"]["seeds"] == 4


def test_threshold_that_no_test_measures_against_is_refused(source: LessonSource) -> None:
    table = source.hidden_test.with_name("thresholds.toml")
    table.write_text(table.read_text() + '["spare"]\nabove = 1\n')
    with pytest.raises(ValueError, match="spare"):
        list(calibrate(source, 2))


def test_estimate_agrees_with_the_share_that_is_drawn() -> None:
    drawn = np.random.default_rng(0).lognormal(0.0, 1.0, 4000)
    limit = Threshold("loss", "below", float(np.exp(2.0)))
    assert misses(limit, list(drawn)) == pytest.approx(float(np.mean(drawn > limit.limit)), rel=0.2)


@pytest.mark.parametrize(("value", "missed"), [(0.2, 0.0), (0.9, 1.0)])
def test_value_that_never_changes_is_on_one_side(value: float, missed: float) -> None:
    assert misses(Threshold("loss", "below", 0.5), [value] * 5) == missed


def test_accuracy_is_missed_from_below() -> None:
    accuracy = Threshold("accuracy", "above", 0.9)
    high, low = [0.97, 0.98, 0.96] * 5, [0.7, 0.8, 0.75] * 5
    assert misses(accuracy, high) < 0.01 < 0.99 < misses(accuracy, low)
    found = Calibration(
        accuracy, "90-1", 15, (Series("r", True, tuple(high)), Series("w", False, tuple(low)))
    )
    assert max(low) < found.proposed < min(high)


@pytest.mark.parametrize(
    ("lesson", "says"), [("99", "there is no solutions/lesson99"), ("x", "is not a lesson")]
)
def test_unknown_lesson_is_a_usage_error(lesson: str, says: str) -> None:
    result = CliRunner().invoke(command, [lesson])
    assert result.exit_code == 2 and says in result.output


def test_several_starts_must_all_miss() -> None:
    losses = Series("r", True, tuple(np.random.default_rng(0).lognormal(0.0, 1.0, 50)))
    one, three = (
        Calibration(Threshold("loss", "below", 2.0, starts), "90-1", 50, (losses,))
        for starts in (1, 3)
    )
    assert three.false_rejection == pytest.approx(one.false_rejection**3)
    assert three.proposed < one.proposed
