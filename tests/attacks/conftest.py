"""A class of cheats and honest students, graded once by the batch that a TA runs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import exfiltrate
import exhaust
import forge
import inject
import malformed
import persist
import pytest
from attack import ESCAPED, TRIED, Attack

from autograder.batch import Row, grade_class
from autograder.course_folder import make_course
from autograder.demo import WRONG_BIAS, MadeUp, fill
from autograder.grading import shared_sandbox
from autograder.pipeline import Pipeline
from autograder.sandbox import SandboxUnavailable
from autograder.source import LessonSource
from autograder.workers import Local, Workers

CANARY = os.urandom(16).hex()
"""What no submission may see: in this process, in the gradebook, in another submission."""

# before any sandbox or worker is started
os.environ["COURSE_TEST_CANARY"] = CANARY

GROUPS: dict[str, ModuleType] = {
    module.__name__: module for module in (exfiltrate, forge, exhaust, persist, malformed, inject)
}
HONEST = (MadeUp("perfect", ""), MadeUp("biased", "", {"3-2": WRONG_BIAS}))
LIMITS = {"cell_seconds": 3.0, "call_seconds": 2.0, "submission_seconds": 12.0}
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
        return "\n".join([row.reason, *row.notes, *report.get("notes", []), *cells, *verdicts])


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
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("victim", first_name=CANARY)
    return pipeline


def _asked_for(session: pytest.Session) -> list[tuple[str, Attack]]:
    """Return the attacks that the tests to be run are about."""
    calls = [item.callspec.params for item in session.items if hasattr(item, "callspec")]
    names = {call["attack"].student(call["group"]) for call in calls if "attack" in call}
    return [(group, attack) for group, attack in attacks() if attack.student(group) in names]


@pytest.fixture(scope="session")
def attacked(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Attacked]:
    """Grade every attack that is asked for, honest students among them."""
    try:
        shared_sandbox()
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")
    folder = tmp_path_factory.mktemp("attacked") / "course"
    chosen = _asked_for(request.session)
    pipeline = new_course(folder, sorted({"lesson3", *(attack.lesson for _, attack in chosen)}))
    course = pipeline.course
    with Workers(Local(course / "solutions", os.cpu_count() or 1)) as workers:
        before = [hand_in_honestly(course, kind, f"alone.{kind.name}") for kind in HONEST]
        alone = {row.student: row for row in grade_class(pipeline, "lesson3", before, workers)}
        by_lesson: dict[str, list[str]] = {}
        for number, (group, attack) in enumerate(chosen):
            name = attack.student(group)
            attack.hand_in(course, course / "submitted" / name / attack.lesson, prelude(course))
            students = by_lesson.setdefault(attack.lesson, [])
            students.append(name)
            if attack.lesson == "lesson3" and number % EVERY == 0:
                kind = HONEST[number // EVERY % len(HONEST)]
                students.append(hand_in_honestly(course, kind, f"honest.{kind.name}.{number}"))
        rows = {
            row.student: row
            for lesson, students in by_lesson.items()
            for row in grade_class(pipeline, lesson, students, workers)
        }
    for lesson in by_lesson:
        pipeline.feedback(lesson)
    pipeline.export()
    yield Attacked(course, rows, alone)
    shutil.rmtree(folder)
