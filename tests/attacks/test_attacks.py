"""Every attack gets what it must get: no point, no secret, no neighbour's harm, and a row with a reason."""

from __future__ import annotations

import re

import pytest
from attack import ESCAPED, TRIED, Attack
from hostile_class import CANARY, GROUPS, Attacked, attacks

from autograder.source import LessonSource

ALL = [pytest.param(group, attack, id=attack.student(group)) for group, attack in attacks()]


def test_there_are_eighty_attacks_with_names_of_their_own():
    names = [attack.student(group) for group, attack in attacks()]
    assert len(names) == len(set(names)) >= 80
    assert all(module.ATTACKS for module in GROUPS.values())


@pytest.mark.parametrize(("group", "attack"), ALL)
def test_attack_earns_nothing_and_is_a_row_with_a_reason(
    attacked: Attacked, group: str, attack: Attack
):
    student = attack.student(group)
    row = attacked.rows[student]
    assert row.report is None or row.report.score == 0
    reasons = attacked.reasons(student)
    assert reasons.strip()
    if attack.ends:
        assert re.search(attack.ends, reasons), reasons[:2000]
    else:
        assert TRIED in attacked.outputs(student), attacked.outputs(student)[:2000] + reasons[:2000]


@pytest.mark.parametrize(("group", "attack"), ALL)
def test_attack_gets_at_nothing(attacked: Attacked, group: str, attack: Attack):
    student = attack.student(group)
    found = attacked.outputs(student) + attacked.reasons(student)
    secret = (attacked.course / ".offering_secret").read_text().strip()
    source = LessonSource(attacked.course / "solutions" / attack.lesson)
    graders = source.hidden_test.read_text().splitlines()[0]
    for word in (CANARY, secret, graders, "BEGIN SOLUTION", f"'{ESCAPED} ", f"{ESCAPED} "):
        assert word not in found


def test_honest_students_get_what_they_get_alone(attacked: Attacked):
    honest = [row for name, row in attacked.rows.items() if name.startswith("honest.")]
    assert honest
    for row in honest:
        alone = attacked.alone[f"alone.{row.student.split('.')[1]}"]
        assert row.report is not None and alone.report is not None
        assert [(r.exercise.id, r.score) for r in row.report.results] == [
            (r.exercise.id, r.score) for r in alone.report.results
        ]
        assert row.report.cell_faults == ()
