"""What the self-checks are to know of a lesson's wrong answers is found by putting them before both graders."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

import autograder.commands.mistakes as mistakes
from autograder import lesson_argument
from autograder.answers import Answer, wrong_answers
from autograder.known_mistakes import Met, _sentence, meet, told_apart
from autograder.source import SOLUTIONS, LessonSource
from course.judge.diagnosis import Diagnosis


def met(diagnosis: str, *replies: str) -> Met:
    answer = Answer("3-1", diagnosis, "", diagnosis)
    return Met(answer, True, False, replies, Diagnosis(diagnosis, f"it is {diagnosis}"))


def test_replies_in_common_tell_no_mistake() -> None:
    found = told_apart([met("ascent", "a", "c"), met("no-step", "b", "c")])
    assert found == {
        "a": Diagnosis("ascent", "it is ascent"),
        "b": Diagnosis("no-step", "it is no-step"),
    }


def test_replies_in_common_tell_the_mistake_that_is_the_same() -> None:
    assert told_apart([met("ascent", "a"), met("ascent", "a")]).keys() == {"a"}


def test_mistake_that_nobody_explains_is_not_known() -> None:
    unexplained = Met(Answer("3-1", "odd", "", None), True, False, ("a",), None)
    assert told_apart([unexplained]) == {}
    assert told_apart([met("ascent", "a"), unexplained]) == {}


def test_wrong_answer_is_met_by_both_graders() -> None:
    source = LessonSource(SOLUTIONS / "lesson3")
    uphill = next(
        a for a in wrong_answers(source) if (a.exercise, a.diagnosis) == ("3-3", "ascent")
    )
    found = meet(source, uphill)
    assert found.seen and not found.named and found.replies
    assert found.diagnosis is not None and "uphill" in found.diagnosis.text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Your mse is half the right one on all 12 inputs.", "Your mse is half the right one."),
        ("The gradient is 2·x times too large.", "The gradient is 2·x times too large."),
        ("The 7919 samples are summed.", ""),
    ],
)
def test_sentence_about_hidden_inputs_is_not_passed_on(said: str, told: str) -> None:
    assert _sentence(said, LessonSource(SOLUTIONS / "lesson3")) == told


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LessonSource:
    """Lesson 3 with three of its wrong answers, in a folder of its own."""
    folder = shutil.copytree(SOLUTIONS / "lesson3", tmp_path / "lesson3")
    text = (folder / "wrong_answers.py").read_text()
    first, *blocks = text.split("# %% ")
    kept = [block for block in blocks if "ascent" in block or "sum-for-mean" in block]
    (folder / "wrong_answers.py").write_text("# %% ".join([first, *kept]))
    (folder / "known_mistakes.json").unlink()
    source = LessonSource(folder)
    monkeypatch.setattr(lesson_argument, "lesson_sources", lambda: [source])
    return source


def test_command_notes_what_is_known(lesson: LessonSource) -> None:
    done = CliRunner().invoke(mistakes.command, ["3", "-j", "1"])
    assert done.exit_code == 0, done.output
    noted = json.loads(lesson.known_mistakes.read_text())["mistakes"]
    assert {mistake["diagnosis"] for mistake in noted} == {"ascent", "sum-for-mean"}
    # of hidden inputs nothing is told
    assert not any("inputs" in mistake["explanation"] for mistake in noted)


def test_unknown_lesson_is_told_in_words() -> None:
    done = CliRunner().invoke(mistakes.command, ["99"])
    assert done.exit_code == 2 and "there is no solutions/lesson99" in done.output
