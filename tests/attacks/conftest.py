"""A class of cheats and honest students, graded once by the batch that a TA runs."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest
from attack import Attack
from hostile_class import (
    EVERY,
    HONEST,
    Attacked,
    attacks,
    hand_in_honestly,
    new_course,
    prelude,
)

from autograder.batch import grade_class
from autograder.grading import shared_sandbox
from autograder.sandbox import SandboxUnavailable
from autograder.workers import Local, Workers


def _asked_for(session: pytest.Session) -> list[tuple[str, Attack]]:
    """Return the attacks that the tests to be run are about."""
    calls = [item.callspec.params for item in session.items if hasattr(item, "callspec")]
    names = {c["attack"].student(c["group"]) for c in calls if {"attack", "group"} <= c.keys()}
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
