"""Whatever lies in a submission's folder: it ends as a row, nothing is followed, nobody else's file is copied."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from classroom import SOLUTION, Classroom

from autograder.intake import IntakeError, demand_plain, take_in

PRIVATE = "another student's private words"
UNREADABLE = {
    "not-json": "this is no notebook",
    "empty": "",
    "cut-off": '{"cells": [{"cell_type": "code", "source": "x = ',
    "a-list": "[]",
    "format-3": json.dumps(
        {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": []}]}
    ),
    "cells-a-string": json.dumps(
        {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "none"}
    ),
    "odd-bytes": b"\xff\xfe\x00\x01",
    "too-deep": "[" * 100_000,
    "too-large": " " * (21 * 2**20),
}


def linked_notebook(room: Classroom, folder: Path) -> None:
    (folder / "lesson90.ipynb").unlink()
    (folder / "lesson90.ipynb").symlink_to(room.submission("victim") / "lesson90.ipynb")


def linked_files(room: Classroom, folder: Path) -> None:
    (folder / "grades.txt").symlink_to(room.folder / "gradebook.db")
    (folder / "others").symlink_to(room.submission("victim"))
    (folder / "secret.txt").symlink_to(room.folder / ".offering_secret")


def hard_links(room: Classroom, folder: Path) -> None:
    os.link(room.submission("victim") / "private.txt", folder / "mine.txt")


def devices(room: Classroom, folder: Path) -> None:
    os.mkfifo(folder / "endless.txt")
    (folder / "below").mkdir()
    os.mkfifo(folder / "below" / "endless.csv")


def pages(room: Classroom, folder: Path) -> None:
    for name in ("page.html", "PAGE.HTM", "picture.svg", "script.js", "data.xml", "page.xhtml"):
        (folder / name).write_text("<script>alert(1)</script>")


def odd_names(room: Classroom, folder: Path) -> None:
    for name in ("new\nline.txt", "esc\x1b[31m.txt", "\u202egpj.exe", "-" * 200, "a;b.txt"):
        (folder / name).write_text("odd")
    (folder / "café 学习.txt").write_text("not odd")


def graders_names(room: Classroom, folder: Path) -> None:
    (folder / "hidden_test.py").write_text("def test_everything_is_fine(): pass")
    (folder / "nbgrader_config.py").write_text("raise SystemExit('loaded')")
    (folder / "conftest.py").write_text("raise SystemExit('loaded')")
    (folder / "course").mkdir()
    (folder / "course" / "__init__.py").write_text("raise SystemExit('loaded')")


def deep_folders(room: Classroom, folder: Path) -> None:
    for _ in range(300):
        folder = folder / "d"
        folder.mkdir()


def bad_timestamp(room: Classroom, folder: Path) -> None:
    (folder / "timestamp.txt").write_text("yesterday, I think")


def endless_timestamp(room: Classroom, folder: Path) -> None:
    (folder / "timestamp.txt").write_text("9" * 100_000)


def renamed(room: Classroom, folder: Path) -> None:
    (folder / "lesson90.ipynb").rename(folder / "Lesson 90 (final) - copy.ipynb")


FOLDERS = {
    "linked-files": linked_files,
    "hard-links": hard_links,
    "devices": devices,
    "pages": pages,
    "odd-names": odd_names,
    "graders-names": graders_names,
    "deep-folders": deep_folders,
    "bad-timestamp": bad_timestamp,
    "endless-timestamp": endless_timestamp,
    "renamed": renamed,
}
"""What may lie around a right notebook without costing it a point."""


@pytest.fixture(scope="session")
def taken_in(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A class that handed in folders of every sort, around right notebooks and unreadable ones."""
    room = new_classroom()
    (room.hand_in("victim", room.filled()) / "private.txt").write_text(PRIVATE)
    room.grade("victim")
    for name, change in FOLDERS.items():
        change(room, room.hand_in(name, room.filled()))
    for name, text in UNREADABLE.items():
        room.hand_in(name, text)
    linked_notebook(room, room.hand_in("linked-notebook", room.filled()))
    room.submission("empty-folder")
    room.hand_in("two-notebooks", room.filled())
    (room.submission("two-notebooks") / "lesson90.ipynb").rename(
        room.submission("two-notebooks") / "a.ipynb"
    )
    (room.submission("two-notebooks") / "b.ipynb").write_text("{}")
    (room.folder / "submitted" / "linked-folder").symlink_to(room.folder / "submitted" / "victim")
    (room.submission("a-folder") / "lesson90.ipynb").mkdir()
    handed_in = sorted(path.name for path in (room.folder / "submitted").iterdir())
    room.grade(*handed_in, force=True)
    room.pipeline.feedback(room.lesson)
    return room


@pytest.mark.parametrize("name", FOLDERS)
def test_what_lies_around_costs_no_points(taken_in: Classroom, name: str) -> None:
    assert taken_in.scores(name) == {"90-1": 2.0, "90-2": 3.0}, taken_in.rows[name]


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_notebook_is_a_zero_that_says_why(taken_in: Classroom, name: str) -> None:
    report = taken_in.rows[name].report
    assert report is not None and report.score == 0
    assert "lesson90.ipynb" in report.unreadable
    assert taken_in.scores(name) == {"90-1": 0.0, "90-2": 0.0}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("linked-notebook", "not a regular file"),
        ("linked-folder", "link to another folder"),
        ("empty-folder", "there is no lesson90.ipynb"),
        ("two-notebooks", "there is no lesson90.ipynb"),
        ("a-folder", "there is no lesson90.ipynb"),
    ],
)
def test_what_is_no_submission_is_not_graded(taken_in: Classroom, name: str, says: str) -> None:
    row = taken_in.rows[name]
    assert row.report is None and says in row.reason


def test_every_submission_became_a_row(taken_in: Classroom) -> None:
    assert set(taken_in.rows) == {path.name for path in (taken_in.folder / "submitted").iterdir()}


@pytest.mark.parametrize(
    "name", ["linked-files", "hard-links", "devices", "pages", "odd-names", "deep-folders"]
)
def test_what_is_refused_is_named_and_kept(taken_in: Classroom, name: str) -> None:
    assert "set aside" in " ".join(taken_in.rows[name].notes)
    assert any((taken_in.folder / "refused" / name).iterdir())


def published(room: Classroom) -> list[Path]:
    return [p for root in ("autograded", "feedback") for p in (room.folder / root).rglob("*")]


def test_nothing_published_is_a_link_a_device_or_a_page_of_the_students(
    taken_in: Classroom,
) -> None:
    for path in published(taken_in):
        assert path.is_dir() or (path.is_file() and not path.is_symlink()), path
        assert path.suffix.lower() not in {".htm", ".svg", ".js", ".xml", ".xhtml", ".db"}, path
        assert path.suffix != ".html" or path.name == "lesson90.html", path


def test_nothing_of_another_student_or_of_the_course_is_published(taken_in: Classroom) -> None:
    secret = (taken_in.folder / ".offering_secret").read_bytes()
    for path in published(taken_in):
        if path.is_file() and "victim" not in path.parts:
            data = path.read_bytes()
            assert PRIVATE.encode() not in data, path
            assert b"SQLite format 3" not in data and secret not in data, path
            assert SOLUTION.encode() not in data, path


def test_students_grader_is_never_loaded(taken_in: Classroom) -> None:
    published_files = {path.name for path in published(taken_in)}
    assert "hidden_test.py" not in published_files
    assert taken_in.scores("graders-names") == {"90-1": 2.0, "90-2": 3.0}


def test_renamed_notebook_is_said_to_be_so(taken_in: Classroom) -> None:
    assert "was graded as lesson90.ipynb" in taken_in.rows["renamed"].notes[0]


def hand_in(folder: Path, **files: str) -> dict[str, str]:
    """Put notebooks into a submission's folder, take it in, and return what its notebooks are then."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.ipynb").write_text(text)
    take_in(folder)
    return {path.stem: path.read_text() for path in folder.glob("*.ipynb")}


def test_renamed_notebook_that_is_handed_in_again_takes_the_place_of_its_elder(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "submitted" / "ada" / "lesson90"
    assert hand_in(folder, mine="first") == {"lesson90": "first"}
    assert hand_in(folder, mine="second") == {"lesson90": "second"}
    # whatever else lies beside is no later version of it
    assert hand_in(folder, draft="third") == {"lesson90": "second", "draft": "third"}
    (folder / "draft.ipynb").unlink()
    assert hand_in(folder, lesson90="by its name") == {"lesson90": "by its name"}
    assert hand_in(folder, mine="fourth") == {"lesson90": "by its name", "mine": "fourth"}


def test_notebook_whose_name_ends_in_capitals_is_one(tmp_path: Path) -> None:
    folder = tmp_path / "submitted" / "ada" / "lesson90"
    folder.mkdir(parents=True)
    (folder / "LESSON90.IPYNB").write_text("mine")
    assert hand_in(folder) == {"lesson90": "mine"}


def test_notebook_of_another_lesson_is_said_to_be_one(taken_in: Classroom) -> None:
    foreign = json.dumps(taken_in.filled()).replace('"90-', '"91-').replace("def ", "def other_")
    taken_in.hand_in("foreign", foreign)
    report = taken_in.grade("foreign")["foreign"].report
    assert report is not None and report.score == 0
    assert (
        report.unreadable == "lesson90.ipynb is the notebook of lesson91: hand in that of lesson90"
    )


def test_where_the_only_notebook_went_is_said_again(taken_in: Classroom) -> None:
    reason = taken_in.grade("linked-notebook")["linked-notebook"].reason
    assert str(taken_in.folder / "refused" / "linked-notebook" / "lesson90") in reason
    assert "but a.ipynb, b.ipynb" in taken_in.grade("two-notebooks")["two-notebooks"].reason


@pytest.mark.parametrize("force", [False, True])
def test_what_was_done_to_a_submission_is_said_again(taken_in: Classroom, force: bool) -> None:
    told = {name: taken_in.rows[name].notes for name in ("renamed", "hard-links")}
    taken_in.grade(*told, force=force)
    assert {name: taken_in.rows[name].notes for name in told} == told


def test_what_is_refused_twice_is_kept_twice(tmp_path: Path) -> None:
    folder = tmp_path / "submitted" / "ada" / "lesson90"
    folder.mkdir(parents=True)
    for text in ("first", "second"):
        (folder / "page.html").write_text(text)
        take_in(folder)
    kept = sorted((tmp_path / "refused").rglob("page.html"))
    assert [path.read_text() for path in kept] == ["first", "second"]


def test_folder_that_was_not_taken_in_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to("/etc/passwd")
    with pytest.raises(IntakeError, match=r"link\.txt"):
        demand_plain(tmp_path)
