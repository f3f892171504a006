"""A small class of made-up students, whose submissions show what grading has to cope with."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.source import LessonSource

LESSONS = ("lesson3", "lesson5")
DUE = "2030-01-15 12:00:00 UTC"
ON_TIME = "2030-01-14 18:30:00 UTC"
LATE = "2030-01-16 09:00:00 UTC"

Notebook = dict[str, Any]


@dataclass(frozen=True)
class MadeUp:
    """One student: what he is like, and the code that he wrote in place of the solution's.

    `answers` maps an exercise to code that follows the solution's; `blank` lists exercises left as they came.
    """

    name: str
    story: str
    answers: Mapping[str, str] = field(default_factory=dict)
    blank: tuple[str, ...] = ()
    first_cell: str = ""
    handed_in: str = ON_TIME
    spoil: Callable[[str], str] = str


WRONG_BIAS = """
def gradient_b(x, y, w1, w2, b):
    return 2 * 2 * x * (x**2 * w2 + x * w1 + b - y)
"""

WHOLE_BATCH = """
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        errors = [x**2 * w2 + x * w1 + b - y for x, y in zip(xs, ys)]
        w1 -= lr * sum(2 * x * e for x, e in zip(xs, errors)) / len(xs)
        w2 -= lr * sum(2 * x**2 * e for x, e in zip(xs, errors)) / len(xs)
        b -= lr * sum(2 * e for e in errors) / len(xs)
        losses.append(sum(e**2 for e in errors) / len(xs))
    return w1, w2, b, losses
"""

NO_ZERO_GRAD = """
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = torch.nn.functional.mse_loss(model(x), y, reduction="sum")
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
"""

ENDLESS = """
def train(*everything, **named):
    while True:
        pass
"""

SNOOP = """
import os, socket
from pathlib import Path

found = []
for folder, _, files in os.walk("/"):
    found += [f"{folder}/{f}" for f in files if f in ("hidden_test.py", "gradebook.db", "lesson3.ipynb")]
secrets = {k: v for k, v in os.environ.items() if "SECRET" in k or "TOKEN" in k}
print("graders, gradebooks and solutions found:", found)
print("secrets found:", secrets)
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError as e:
    print("no network:", e)
"""

FORGED = """
import numpy, torch
from IPython.display import HTML, display

torch.allclose = torch.equal = numpy.allclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None


class Right(float):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __sub__(self, other): return 0.0
    __rsub__ = __sub__


def gradient(x, y, w):
    return Right(0.0)


gradient_w1 = gradient_w2 = gradient_b = lambda *a: Right(0.0)
display(HTML("<script>document.body.innerHTML = '13 of 13 points'</script>"))
print("13.0")
13.0
"""

CLASS = (
    MadeUp("ada", "perfect"),
    MadeUp("alan", "an endless loop in train", {"3-3": ENDLESS}),
    MadeUp("blaise", "the published wrong gradient of the bias", {"3-2": WRONG_BIAS}),
    MadeUp(
        "carl",
        "wrong shapes",
        {
            "3-1": "def gradient(x, y, w):\n    return [2 * x * (x * w - y)]\n",
            "5-1": (
                "class Model(torch.nn.Module):\n"
                "    def __init__(self):\n"
                "        super().__init__()\n"
                "        self.linear = torch.nn.Linear(1, 2)\n\n"
                "    def forward(self, x):\n"
                "        return self.linear(x)\n"
            ),
        },
    ),
    MadeUp(
        "emmy", "a syntax error in one cell", {"3-2": "def gradient_b(x, y, w1, w2, b)\n    return"}
    ),
    MadeUp(
        "eve",
        "prints and forges scores",
        {"3-4": FORGED, "5-3": "print('9.0')\n9.0"},
        ("3-1", "3-2"),
    ),
    MadeUp("grace", "unfinished", blank=("3-3", "3-4", "5-2", "5-3")),
    MadeUp("isaac", "trains on the whole batch", {"3-3": WHOLE_BATCH}),
    MadeUp("kurt", "perfect, and a day late", handed_in=LATE),
    MadeUp(
        "leonhard",
        "prints instead of returning",
        {"3-1": "def gradient(x, y, w):\n    print(2 * x * (x * w - y))\n"},
    ),
    MadeUp("mallory", "reads files that are not hers", first_cell=SNOOP),
    MadeUp("rene", "a file that was cut off", spoil=lambda text: text[: len(text) // 2]),
    MadeUp("sofia", "forgets zero_grad", {"5-2": NO_ZERO_GRAD}),
)


_MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)
"""What an author writes around an answer, and no student."""


def fill(notebook: Notebook, source: LessonSource, student: MadeUp) -> Notebook:
    """Return the released `notebook` as `student` would have filled it in."""
    filled = copy.deepcopy(notebook)
    solutions = source.solution_cells
    place = {exercise: iter(cells) for exercise, cells in solutions.items()}
    for cell in filled["cells"]:
        flags = cell["metadata"].get("nbgrader", {})
        exercise = str(flags.get("grade_id", "")).partition("-solution")[0]
        if not flags.get("solution") or exercise in student.blank:
            continue
        cell["source"] = _MARKERS.sub("", next(place[exercise]))
        if exercise in student.answers:
            cell["source"] = _answer(cell["source"], student.answers[exercise])
    if student.first_cell:
        first = next(cell for cell in filled["cells"] if cell["cell_type"] == "code")
        first["source"] = f"{''.join(first['source'])}\n{student.first_cell}"
    return filled


def _answer(solution: str, answer: str) -> str:
    # a syntax error takes its whole cell with it, and so does whatever stands before it
    return f"{solution}\n\n{answer.strip()}\n"


def hand_in(course: Path, lesson: str) -> list[str]:
    """Write the class's submissions of `lesson` into the course folder; return the students' names."""
    source = LessonSource(course / "solutions" / lesson)
    released = json.loads((course / "assignments" / lesson / f"{lesson}.ipynb").read_text())
    for student in CLASS:
        folder = course / "submitted" / student.name / lesson
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(fill(released, source, student), indent=1)
        (folder / f"{lesson}.ipynb").write_text(student.spoil(text))
        (folder / "timestamp.txt").write_text(student.handed_in)
    return [student.name for student in CLASS]
