"""A class of cheats and honest students, graded once by the batch that a TA runs."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from attack import Attack
from hostile_class import (
    CANARY,
    EVERY,
    GROUPS,
    HONEST,
    attacks,
    hand_in_honestly,
    new_course,
    prelude,
)

from autograder.batch import Row, grade_class
from autograder.grading import shared_sandbox
from autograder.sandbox import SandboxUnavailable
from autograder.workers import Local, Workers

__all__ = ["CANARY", "GROUPS", "attacks"]


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
