"""Submissions that are no notebook, or no plain file: each is a row with a reason (P6)."""

from pathlib import Path

from attack import Attack


def _another_students(course: Path, folder: Path) -> None:
    (folder / "lesson3.ipynb").symlink_to(course / "submitted/victim/lesson3/lesson3.ipynb")


ATTACKS = [
    Attack(
        "a link to another student's notebook",
        tries="to hand in what somebody else wrote",
        gets="no grade, since links are not followed",
        lay=_another_students,
        ends="not a regular file",
    ),
]
