"""A course with something to steal in it, its cheats and its honest students."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import exfiltrate
import exhaust
import forge
import inject
import malformed
import persist
from attack import ESCAPED, TRIED, Attack
from nbgrader.api import Gradebook

from autograder.batch import Row
from autograder.course_folder import make_course
from autograder.demo import WRONG_BIAS, MadeUp, fill
from autograder.pipeline import Pipeline
from autograder.source import LessonSource

CANARY = os.urandom(16).hex()
"""What no submission may see: in this process, in the gradebook, in another submission."""

# before any sandbox or worker is started
os.environ["COURSE_TEST_CANARY"] = CANARY

GROUPS: dict[str, ModuleType] = {
    module.__name__: module for module in (exfiltrate, forge, exhaust, persist, malformed, inject)
}
HONEST = (MadeUp("perfect", ""), MadeUp("biased", "", {"3-2": WRONG_BIAS}))
LIMITS = {"cell_seconds": 3.0, "call_seconds": 2.0, "submission_seconds": 8.0}
EVERY = 5
"""After so many cheats comes an honest student."""


def attacks() -> list[tuple[str, Attack]]:
    """Return every attack with its group."""
    return [(group, attack) for group, module in GROUPS.items() for attack in module.ATTACKS]


def prelude(course: Path) -> str:
    """Return the cell that tells an attack where to look and what for, without telling it the canary itself."""
    half = len(CANARY) // 2
    victim = course / "submitted" / "victim" / "lesson3" / "lesson3.ipynb"
    solutions = course / "solutions" / "lesson3"
    hidden = [
        course / "gradebook.db",
        course / ".offering_secret",
        victim,
        solutions / "hidden_test.py",
    ]
    hidden += [solutions / "lesson3.py", course / "results", course / "reports", Path(__file__)]
    return f"""
HIDDEN = {[str(path) for path in hidden]!r}
FIRST, BACK = {CANARY[:half]!r}, {CANARY[half:][::-1]!r}
def got(what): print({ESCAPED!r}, what)
def tried(): print({TRIED!r})
"""


@dataclass(frozen=True)
class Attacked:
    """A course after a batch in which every attack was graded, honest students among them."""

    course: Path
    rows: dict[str, Row]
    alone: dict[str, Row]
    """The honest students' rows, graded before any attack was there."""

    def outputs(self, student: str) -> str:
        """Return all that the student's cells put out, as text."""
        files = (self.course / "results").glob(f"*/{student}/*.json")
        cells = [
            c for f in files for c in json.loads(f.read_text()).get("graded", {}).get("cells", [])
        ]
        return "\n".join(str(output) for cell in cells for output in cell["outputs"])

    def reasons(self, student: str) -> str:
        """Return all that the student's row says, as text."""
        row = self.rows[student]
        report = row.report.as_dict() if row.report else {}
        cells = [fault["sentence"] for fault in report.get("cells", [])]
        verdicts = [str(v) for e in report.get("exercises", []) for v in e["verdicts"]]
        said = [row.reason, *row.notes, report.get("unreadable", ""), *report.get("notes", [])]
        return "\n".join([*said, *cells, *verdicts])


def hand_in_honestly(course: Path, kind: MadeUp, name: str) -> str:
    """Hand in as an honest student would; return his name."""
    source = LessonSource(course / "solutions" / "lesson3")
    released = json.loads((course / "assignments" / "lesson3" / "lesson3.ipynb").read_text())
    folder = course / "submitted" / name / "lesson3"
    folder.mkdir(parents=True)
    (folder / "lesson3.ipynb").write_text(json.dumps(fill(released, source, kind)))
    return name


def new_course(folder: Path, lessons: Sequence[str]) -> Pipeline:
    """Found a course with something to steal in it."""
    course = make_course(folder, lessons)
    pipeline = Pipeline(course, Judge=LIMITS)
    for lesson in lessons:
        pipeline.release(lesson)
    hand_in_honestly(course, MadeUp("victim", "", first_cell=f"# {CANARY}"), "victim")
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("victim", first_name=CANARY)
    return pipeline
