"""nbgrader's own commands, as a TA types them, on a course of ours: whole, and with something of ours broken."""

from __future__ import annotations

import html
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from classroom import Classroom

from autograder.pipeline import PipelineError

ALL = {"90-1": 2.0, "90-2": 3.0}
NONE = {"90-1": 0.0, "90-2": 0.0}


def said(done: subprocess.CompletedProcess[str]) -> str:
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def typed(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A course on which a TA typed release, autograde, feedback and export, one after another."""
    room = new_classroom()

    def run(name: str, *options: str) -> None:
        room.typed[name] = room.run("nbgrader", name, *options)

    run("generate_assignment", room.lesson)
    room.hand_in("perfect", room.filled())
    room.hand_in("partial", room.filled(halve="def halve(x):\n    return x / 2"))
    room.hand_in("untouched", room.released())
    room.hand_in("unreadable", "{")
    folder = room.hand_in("renamed", room.filled())
    (folder / "lesson90.ipynb").rename(folder / "homework.ipynb")
    folder = room.hand_in("linked", room.filled())
    (folder / "lesson90.ipynb").unlink()
    (folder / "lesson90.ipynb").symlink_to(room.submission("perfect") / "lesson90.ipynb")
    (folder / "loot.txt").symlink_to(room.folder / "gradebook.db")
    (room.folder / "submitted" / "linked-folder").symlink_to(room.folder / "submitted" / "perfect")
    room.submission("empty-folder")
    folder = room.hand_in("bad-timestamp", room.filled())
    (folder / "timestamp.txt").write_text("soon")
    run("autograde", room.lesson)
    run("generate_feedback", room.lesson)
    run("export")
    return room


def outcome(room: Classroom, command: str) -> subprocess.CompletedProcess[str]:
    return room.typed[command]


@pytest.mark.parametrize("command", ["generate_assignment", "generate_feedback", "export"])
def test_command_succeeds(typed: Classroom, command: str) -> None:
    assert outcome(typed, command).returncode == 0, said(outcome(typed, command))[-2000:]


@pytest.mark.parametrize(
    ("student", "scores"),
    [
        ("perfect", ALL),
        ("partial", {"90-1": 2.0, "90-2": 2.0}),
        ("untouched", NONE),
        ("unreadable", NONE),
        ("renamed", ALL),
        ("bad-timestamp", ALL),
    ],
)
def test_scores_are_in_the_gradebook_and_in_the_export(
    typed: Classroom, student: str, scores: dict[str, float]
) -> None:
    assert typed.scores(student) == scores
    assert typed.grades()[student]["score"] == str(sum(scores.values()))
    assert typed.grades()[student]["max_score"] == "5.0"
    remarks = typed.grades()[student]["remarks"]
    if student == "unreadable":
        assert "not valid JSON" in remarks
        return
    assert {exercise for exercise in scores if f"{exercise}: " in remarks} == {
        exercise for exercise, score in scores.items() if score < ALL[exercise]
    }


@pytest.mark.parametrize("student", ["linked", "linked-folder"])
def test_link_is_not_graded_and_no_zero(typed: Classroom, student: str) -> None:
    assert outcome(typed, "autograde").returncode == 1
    assert f"for student '{student}'" in said(outcome(typed, "autograde"))
    assert set(typed.scores(student).values()) == {None}
    assert typed.grades()[student]["score"] == ""


def test_nothing_behind_a_link_is_copied(typed: Classroom) -> None:
    for root in ("autograded", "feedback"):
        assert not [p for p in (typed.folder / root).glob("linked*/**/*") if p.is_file()]


def test_others_are_graded_all_the_same(typed: Classroom) -> None:
    assert "No notebooks were matched" in said(outcome(typed, "autograde"))  # the empty folder
    assert (typed.folder / "feedback" / "renamed" / "lesson90" / "lesson90.html").is_file()


def test_what_is_done_to_a_submission_is_in_the_log(typed: Classroom) -> None:
    log = said(outcome(typed, "autograde"))
    assert "renamed: homework.ipynb was graded as lesson90.ipynb" in log
    assert "bad-timestamp: timestamp.txt was set aside: it holds no date" in log


def test_log_is_calm(typed: Classroom) -> None:
    """No warning of libraries, and no alarm about cells that are as they should be."""
    for command in ("generate_assignment", "generate_feedback", "export"):
        assert "Warning" not in said(outcome(typed, command))
    for alarm in ("SAWarning", "has changed!", "not recognized"):
        assert alarm not in said(outcome(typed, "autograde"))


def test_submission_is_graded_once_unless_forced(typed: Classroom) -> None:
    done = typed.run("nbgrader", "autograde", typed.lesson, "--student", "perfect")
    assert done.returncode == 0 and "Skipping existing assignment" in said(done)


@pytest.fixture(scope="module")
def room(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A course for all that follows, each test with a student of its own; who is late loses everything."""
    room = new_classroom(LateSubmissionPlugin={"penalty_method": "zero"})
    room.pipeline.release(room.lesson)
    room.pipeline.set_due(room.lesson, "2030-01-02 12:00:00 UTC")
    return room


@pytest.fixture
def broken_grader(room: Classroom) -> Iterator[str]:
    """Break the hidden grader; what its error speaks of."""
    text = room.source.hidden_test.read_text()
    room.source.hidden_test.write_text("import a_module_that_is_missing\n")
    yield "a_module_that_is_missing"
    room.source.hidden_test.write_text(text)


def assert_not_graded(room: Classroom, student: str) -> None:
    assert set(room.scores(student).values()) == {None}
    assert not (room.folder / "autograded" / student / room.lesson).exists()
    room.pipeline.export()
    assert room.grades()[student]["score"] == ""


def test_broken_grader_gives_no_points_and_a_reason(room: Classroom, broken_grader: str) -> None:
    room.hand_in("new", room.filled())
    done = room.run("nbgrader", "autograde", room.lesson, "--student", "new")
    assert done.returncode == 1 and broken_grader in said(done)
    assert_not_graded(room, "new")


def test_broken_grader_leaves_an_earlier_score(
    room: Classroom, request: pytest.FixtureRequest
) -> None:
    room.hand_in("earlier", room.filled())
    room.grade("earlier")
    reason = request.getfixturevalue("broken_grader")
    row = room.grade("earlier", force=True)["earlier"]
    assert row.report is None and reason in row.reason
    assert room.scores("earlier") == ALL


def test_sandbox_that_cannot_be_had_gives_no_points_and_a_reason(
    room: Classroom, tmp_path: Path
) -> None:
    room.hand_in("unlucky", room.filled())
    broken = tmp_path / "bwrap"
    broken.write_text(
        "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"
    )
    broken.chmod(0o755)
    tools = f"{tmp_path}:{room.programs}:/usr/sbin:/usr/bin:/sbin:/bin"
    done = room.run("nbgrader", "autograde", room.lesson, "--student", "unlucky", PATH=tools)
    assert done.returncode == 1 and "SandboxUnavailable" in said(done)
    assert_not_graded(room, "unlucky")


def test_without_our_judge_nobody_gets_points(new_classroom: Callable[..., Classroom]) -> None:
    """Stock nbgrader on our generated source, as if its configuration had been lost."""
    room = new_classroom()
    room.hand_in("honest", room.filled())
    trick = "import os\nos._exit = lambda code: None"
    room.hand_in("tricky", room.filled(double=f"{trick}\ndef double(x):\n    return 2 * x"))
    (room.folder / "nbgrader_config.py").write_text(
        "c = get_config()\n"
        "c.CourseDirectory.source_directory = 'solutions'\n"
        "c.CourseDirectory.release_directory = 'assignments'\n"
    )
    done = room.run("nbgrader", "autograde", room.lesson)
    assert done.returncode == 1
    assert "must be graded by the course's own judge" in said(done)
    assert_not_graded(room, "honest")
    assert set(room.scores("tricky").values()) <= {0.0, None}


def test_manual_score_and_comment_survive_a_regrade(room: Classroom) -> None:
    from nbgrader.api import Gradebook

    room.hand_in("ada", room.filled(double="def double(x):\n    return x"))
    room.grade("ada")
    with Gradebook(f"sqlite:///{room.folder}/gradebook.db") as gradebook:
        place = (room.lesson, room.lesson, "ada")
        gradebook.find_grade("90-1", *place).manual_score = 1.5
        gradebook.find_comment("90-1-solution", *place).manual_comment = "Nearly: ask me about it."
        gradebook.db.commit()
    room.grade("ada", force=True)
    room.pipeline.feedback(room.lesson)
    room.pipeline.export()
    assert room.scores("ada")["90-1"] == 0.0 and room.grades()["ada"]["score"] == "4.5"
    assert room.grades()["ada"]["remarks"].startswith("points by hand: the judge gave 3; 90-1: ")
    assert room.comments("ada")["90-1-solution"] == "Nearly: ask me about it."
    assert "Nearly: ask me about it." in room.feedback("ada")


def test_late_submission_is_noted_and_costs_its_penalty(room: Classroom) -> None:
    for student, time in [
        ("early", "2030-01-01 12:00:00 UTC"),
        ("late", "2030-01-03 12:00:00 UTC"),
    ]:
        (room.hand_in(student, room.filled()) / "timestamp.txt").write_text(time)
    rows = room.grade("early", "late")
    room.pipeline.export()
    assert "late by 1 day" in rows["late"].notes[-1] and not rows["early"].notes
    late = room.grades()["late"]
    assert "late by" in late["remarks"] and "late" not in room.grades()["early"]["remarks"]
    assert (late["raw_score"], late["late_submission_penalty"], late["score"]) == (
        "5.0",
        "5.0",
        "0.0",
    )
    assert room.grades()["early"]["score"] == "5.0"


def test_who_handed_in_nothing_is_told_from_who_earned_nothing(room: Classroom) -> None:
    room.hand_in("nobody", room.filled())
    room.grade("nobody")
    assert room.run("nbgrader", "db", "student", "add", "absent").returncode == 0
    room.pipeline.export()
    assert room.grades()["absent"]["score"] == "0.0"
    assert room.grades()["absent"]["remarks"] == "not handed in"
    assert room.grades()["nobody"]["remarks"] == ""


def test_export_holds_no_formula(room: Classroom) -> None:
    from nbgrader.api import Gradebook

    room.hand_in("@SUM", room.filled())
    room.grade("@SUM")
    with Gradebook(f"sqlite:///{room.folder}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("@SUM", last_name="=1+1", first_name='a,"b"')
    room.pipeline.export()
    row = room.grades()["'@SUM"]
    assert (row["last_name"], row["first_name"], row["score"]) == ("'=1+1", 'a,"b"', "5.0")


def test_regrade_repeats_the_verdict(room: Classroom) -> None:
    room.hand_in("again", room.filled(halve="def halve(x):\n    return x"))
    first = room.grade("again")["again"].report
    assert room.grade("again", force=True)["again"].report == first


def test_lost_report_is_made_again(room: Classroom) -> None:
    room.hand_in("lost", room.filled())
    room.grade("lost")
    (room.folder / "reports" / room.lesson / "lost.json").unlink()
    report = room.grade("lost")["lost"].report
    assert report is not None and report.score == 5.0


def test_notebook_that_is_handed_in_again_is_graded_again(room: Classroom) -> None:
    room.hand_in("twice", room.filled(halve="def halve(x):\n    return x"))
    room.grade("twice")
    room.hand_in("twice", room.filled())
    row = room.grade("twice")["twice"]
    assert row.report is not None and row.report.score == 5.0
    assert room.scores("twice") == ALL


def test_points_given_by_hand_are_spoken_of(room: Classroom) -> None:
    from nbgrader.api import Gradebook

    room.hand_in("emmy", room.filled(double="def double(x):\n    return x"))
    assert not room.grade("emmy")["emmy"].notes
    with Gradebook(f"sqlite:///{room.folder}/gradebook.db") as gradebook:
        gradebook.find_grade("90-1", room.lesson, room.lesson, "emmy").manual_score = 2.0
        gradebook.db.commit()
    assert room.grade("emmy")["emmy"].notes == ("5 in the gradebook, by hand",)


def test_folder_with_a_space_stops_nobody_else(room: Classroom) -> None:
    names = "Anna Maria", "Zoë O'Brien", "otto"
    for student in names:
        room.hand_in(student, room.filled())
    rows = room.grade(*names)
    room.pipeline.export()
    for student in names:
        assert rows[student].report is not None and rows[student].report.passed, rows[student]
        assert room.grades()[student]["score"] == "5.0"


@pytest.mark.parametrize("odd", [" leading", "a*", "a[b]", "new\nline", "trailing "])
def test_folder_of_an_odd_name_is_no_zero(room: Classroom, odd: str) -> None:
    room.hand_in(odd, room.filled())
    row = room.grade(odd)[odd]
    assert row.report is None and "rename it" in row.reason
    room.pipeline.export()
    assert room.grades()[odd]["score"] == "" and "not graded" in room.grades()[odd]["remarks"]


def test_due_date_may_come_first(room: Classroom, new_classroom: Callable[..., Classroom]) -> None:
    """As in a fresh clone: the release is there, and the gradebook knows nothing of it yet."""
    fresh = new_classroom()
    due = "--duedate=2030-01-02 12:00:00 UTC"
    assert fresh.run("nbgrader", "db", "assignment", "add", fresh.lesson, due).returncode == 0
    released = f"assignments/{room.lesson}"
    shutil.copytree(room.folder / released, fresh.folder / released)
    fresh.hand_in("first", fresh.filled())
    row = fresh.grade("first")["first"]
    assert row.report is not None and row.report.passed, row.reason


def test_release_that_fails_leaves_the_one_before(new_classroom: Callable[..., Classroom]) -> None:
    room = new_classroom()
    room.hand_in("ada", room.filled())
    room.grade("ada")
    released = room.folder / "assignments" / room.lesson / f"{room.lesson}.ipynb"
    before = released.read_bytes()
    text = room.source.text.read_text()
    # a check cell more, which nbgrader does not allow once somebody has handed in
    more = text.replace("90-2", "90-3").partition("# ## Exercise 90-3")[2]
    room.source.text.write_text(f"{text}\n# %% [markdown]\n# ## Exercise 90-3{more}")
    with pytest.raises(PipelineError):
        room.pipeline.release(room.lesson)
    assert released.read_bytes() == before


def test_byte_order_mark_costs_nothing(room: Classroom) -> None:
    text = json.dumps(room.filled())
    room.hand_in("windows", b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    row = room.grade("windows")["windows"]
    assert row.report is not None and row.report.passed, row.report


def test_other_notebook_beside_is_spoken_of(room: Classroom) -> None:
    folder = room.hand_in("two", room.released())
    (folder / "lesson90-Copy1.ipynb").write_text(json.dumps(room.filled()))
    notes = room.grade("two")["two"].notes
    told = "lesson90-Copy1.ipynb was not graded: it lies beside lesson90.ipynb"
    assert notes == (told,)
    room.pipeline.feedback(room.lesson)
    assert told in room.feedback("two")
    room.pipeline.export()
    assert room.grades()["two"]["remarks"].startswith(told)


def test_package_that_is_not_installed_is_named(room: Classroom) -> None:
    room.hand_in("modern", room.filled(double="import not_installed\ndef double(x): ..."))
    room.grade("modern")
    room.pipeline.feedback(room.lesson)
    assert "No module named 'not_installed'" in html.unescape(room.feedback("modern"))


@pytest.mark.parametrize(
    "shown",
    [
        r"print('\ud800')",
        "from IPython.display import display\ndisplay({'application/json': b'x'}, raw=True)",
        r"from IPython.display import display" + "\n" + r"display({'x\ud800': 'b'}, raw=True)",
    ],
)
def test_output_that_cannot_be_written_costs_nothing(room: Classroom, shown: str) -> None:
    room.hand_in("odd-output", room.filled(double=f"{shown}\ndef double(x):\n    return 2 * x"))
    row = room.grade("odd-output", force=True)["odd-output"]
    assert row.report is not None and row.report.passed, row.reason
