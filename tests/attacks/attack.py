"""What a hostile submission is: a small notebook, one line on what it tries, and one on what it must get."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ESCAPED, TRIED = "ESCAPED", "TRIED"
"""What an attack prints when it has got at something, and when it has tried all that it can."""

WRONG = {
    "lesson3": {
        "3-1": "def gradient(x, y, w): return 0.0",
        "3-2": "gradient_w1 = gradient_w2 = gradient_b = lambda x, y, w1, w2, b: 0.0",
        "3-3": "def train(xs, ys, w1, w2, b, lr, epochs): return w1, w2, b, [0.0] * epochs",
        "3-4": (
            "def sgd_step(w, grad, lr): return w\n"
            "def momentum_step(w, grad, velocity, lr, momentum): return w, velocity\n"
            "def nesterov_step(w, grad_at, velocity, lr, momentum): return w, velocity\n"
            "def minibatches(xs, ys, batch_size): return []"
        ),
    },
    "lesson9": {
        "9-1": "def softmax(z): return 0 * z\ndef log_softmax(z): return 0 * z",
        "9-2": (
            "def cross_entropy(logits, target): return 0.0\n"
            "def cross_entropy_gradient(logits, target): return logits"
        ),
    },
}
"""Answers that earn nothing, by lesson and exercise; an exercise that is not here is left as it came."""


@dataclass(frozen=True)
class Attack:
    """A hostile submission: what it `tries` and what it must get (`gets`).

    `first` is run before every other cell, `last` after them; `answers` replace the usual wrong ones. All code may use
    what `prelude` defines. It prints `TRIED` where it comes to its end; one that is ended before has `ends`, which is
    found in the reasons that its row gives. `files` lie beside the notebook. `lay`, if there is one, writes the
    submission into its folder in place of all that; it is given the course's folder and the submission's.
    """

    name: str
    tries: str
    gets: str
    first: str = ""
    last: str = ""
    answers: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    lay: Callable[[Path, Path], None] | None = None
    ends: str = ""
    lesson: str = "lesson3"

    def student(self, group: str) -> str:
        """Return the name under which it is handed in."""
        return f"{group}.{re.sub('[^a-z0-9]+', '-', self.name.lower()).strip('-')}"

    def hand_in(self, course: Path, folder: Path, prelude: str) -> None:
        """Write the submission into `folder`."""
        folder.mkdir(parents=True)
        if self.lay is not None:
            self.lay(course, folder)
            return
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        path = course / "assignments" / self.lesson / f"{self.lesson}.ipynb"
        notebook = self.notebook(json.loads(path.read_text()), prelude)
        (folder / path.name).write_text(json.dumps(notebook))

    def notebook(self, released: Mapping[str, Any], prelude: str) -> dict[str, Any]:
        """Return the `released` notebook with the attack in it."""
        notebook: dict[str, Any] = copy.deepcopy(dict(released))
        answers = {**WRONG[self.lesson], **self.answers}
        for cell in notebook["cells"]:
            flags = cell["metadata"].get("nbgrader", {})
            exercise = str(flags.get("grade_id", "")).partition("-solution")[0]
            if flags.get("solution") and exercise in answers:
                cell["source"] = answers[exercise]
        before, after = [prelude, self.first], [self.last]
        notebook["cells"] = [
            *(_cell(f"before-{n}", source) for n, source in enumerate(before) if source),
            *notebook["cells"],
            *(_cell(f"after-{n}", source) for n, source in enumerate(after) if source),
        ]
        return notebook


def _cell(id_: str, source: str) -> dict[str, Any]:
    kind = {"cell_type": "code", "execution_count": None, "metadata": {}, "outputs": []}
    return {**kind, "id": id_, "source": source}
