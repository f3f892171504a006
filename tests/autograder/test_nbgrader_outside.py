"""Notebooks that nobody here wrote, nbgrader's own samples of odd and hostile ones, handed in as lesson 3."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbgrader
import pytest
from classroom import Classroom

PACKAGE = Path(nbgrader.__file__).parent
FOLDERS = ("tests/apps/files", "tests/preprocessors/files", "docs/source/user_guide/submitted")
SAMPLES = sorted(path for folder in FOLDERS for path in (PACKAGE / folder).rglob("*.ipynb"))


def name_of(sample: Path) -> str:
    return "-".join(sample.relative_to(PACKAGE).with_suffix("").parts[-4:])


@pytest.fixture(scope="module")
def strangers(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A class that handed in the samples."""
    room = new_classroom(Judge={"cell_seconds": 1.0, "submission_seconds": 10.0})
    room.take("lesson3")
    for sample in SAMPLES:
        room.hand_in(name_of(sample), sample.read_bytes())
    room.grade(*map(name_of, SAMPLES))
    return room


def test_there_are_samples() -> None:
    assert len(SAMPLES) > 40


@pytest.mark.parametrize("student", [name_of(sample) for sample in SAMPLES])
def test_sample_ends_as_a_row_without_points(strangers: Classroom, student: str) -> None:
    row = strangers.rows[student]
    if row.report is None:
        assert row.reason
        return
    assert row.report.score == 0 < row.report.points
    assert set(strangers.scores(student).values()) == {0.0}
    assert row.report.unreadable or all(
        v.finding or v.note for r in row.report.results for v in r.verdicts
    )


def test_feedback_is_written_for_all_of_them(strangers: Classroom) -> None:
    strangers.pipeline.feedback(strangers.lesson)
    graded = [student for student, row in strangers.rows.items() if row.report]
    assert all("lesson3 (Score: 0.0" in strangers.feedback(student) for student in graded)
