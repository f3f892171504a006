"""The laws leave out no exercise that an answer can change."""

import pytest
from reach import reached

from autograder.answers import Answer
from autograder.source import SOLUTIONS, LessonSource

LESSON = LessonSource(SOLUTIONS / "lesson5")
MODEL = "class Model(nn.Module): pass"
EVERYTHING = {"5-1", "5-2", "5-3"}


@pytest.mark.parametrize(
    ("exercise", "code", "reach"),
    [
        # the race of 5-3 makes a Model for each optimizer
        ("5-1", MODEL, {"5-1", "5-3"}),
        ("5-3", "def compare_optimizers(*race): return {}", {"5-3"}),
        ("5-3", "from random import random\ndef compare_optimizers(*race): return {}", {"5-3"}),
        ("5-3", "def compare_optimizers(*race)\n    return {}", {"5-3"}),
        # a name of another exercise
        ("5-2", f"{MODEL}\ndef train(*everything): return []", EVERYTHING),
        # what this does cannot be seen from its names
        ("5-2", "import torch\ntorch.set_default_dtype(torch.float64)", EVERYTHING),
    ],
)
def test_answer_reaches_what_speaks_of_its_names(exercise: str, code: str, reach: set[str]) -> None:
    assert reached(LESSON, Answer(exercise, "an answer", code, None)) == reach
