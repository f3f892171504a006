"""A class graded as a batch: on several processes, stopped at any moment, graded again after a change."""

from __future__ import annotations

import fcntl
import io
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from classroom import HIDDEN_TEST, Classroom
from click.testing import CliRunner, Result
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.batch import BatchError, Change, Row, grade_class
from autograder.class_report import change_table, remarks
from autograder.commands.grade import command as grading
from autograder.pipeline import CannotRecord
from autograder.results import Graded
from autograder.sandbox import Level, ladder
from autograder.selection import select
from autograder.work import Work
from autograder.workers import Here, Local, Place, Workers, grade_with

CLASS = {
    "ada": {},
    "carl": {"double": "def double(x):\n    return x * x"},
    "dora": {"halve": "def halve(x):\n    return x / 2"},
    "emil": {"double": "def double(x)\n    return 2 * x"},
    "fay": {"double": "import os\ndef double(x):\n    os._exit(3)"},
    "gus": {},
}
"""What each of a small class answered otherwise than right."""


class Nobody:
    """Where nothing can be graded: what is asked for all the same fails the test."""

    def executor(self) -> Executor:
        return Executor()

    def size(self) -> int:
        return 1

    def grade(self, executor: Executor, work: Work) -> Future[Graded]:
        raise AssertionError("graded although it was graded already")

    def abandon(self) -> None:
        pass


@pytest.fixture
def classroom(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A course with the small class's submissions, none of them graded."""
    made = new_classroom()
    for student, answers in CLASS.items():
        made.hand_in(student, made.filled(**answers))
    return made


def test_processes_grade_as_this_one_does(classroom, new_classroom):
    other = twin(classroom, new_classroom)
    done = classroom.run("course", "grade", "--all", "-j", "2")
    assert done.returncode == 0, done.stderr
    assert "6 of 6 submissions graded" in done.stdout
    grade(other)
    assert held_by(classroom) == held_by(other)
    assert sum(points or 0 for points, _ in held_by(classroom)["ada"].values()) == 5


def test_nbgrader_changes_nothing_afterwards(classroom):
    grade(classroom)
    before = held_by(classroom), files_in(classroom.folder / "autograded")
    assert classroom.run("nbgrader", "autograde", "lesson90").returncode == 0
    assert (held_by(classroom), files_in(classroom.folder / "autograded")) == before


def test_nbgrader_made_to_grade_again_takes_what_is_kept(classroom):
    grade(classroom)
    before, kept = held_by(classroom), files_in(classroom.folder / "results")
    assert classroom.run("nbgrader", "autograde", "lesson90", "--force").returncode == 0
    assert held_by(classroom) == before
    assert files_in(classroom.folder / "results") == kept


def test_what_is_graded_is_passed_over(classroom):
    first = grade(classroom)
    again = grade(classroom, place=Nobody())
    assert again == first


def test_what_was_graded_and_not_recorded_is_recorded(classroom):
    first = grade(classroom)
    before = held_by(classroom)
    for note in classroom.folder.glob("results/*/*/recorded.json"):
        note.unlink()
    (classroom.folder / "gradebook.db").unlink()
    shutil.rmtree(classroom.folder / "autograded")
    assert grade(classroom, place=Nobody()) == first
    assert held_by(classroom) == before


def test_spoilt_result_is_made_again(classroom):
    grade(classroom)
    (kept,) = classroom.folder.glob("results/lesson90/ada/[!r]*.json")
    kept.write_text(kept.read_text()[:100])
    (classroom.folder / "results/lesson90/ada/recorded.json").unlink()
    assert grade(classroom)["ada"].report.score == 5


def test_force_grades_again(classroom):
    grade(classroom)
    with pytest.raises(AssertionError, match="graded already"):
        grade(classroom, place=Nobody(), force=True)
    assert not grade(classroom, force=True)["ada"].changes
    said = typed(classroom, "90", "--student", "ada", "--force").output
    assert "1 graded again: nobody has other points than before" in said
    assert "again" not in typed(classroom, "90", "--student", "ada").output


def test_feedback_of_an_earlier_grading_is_spoken_of(classroom):
    grade(classroom)
    classroom.pipeline.feedback("lesson90")
    assert "earlier grading" not in typed(classroom, "90").output
    said = typed(classroom, "90", "--student", "ada", "--force").output
    assert "1 feedback page is of an earlier grading: nbgrader generate_feedback lesson90" in said
    classroom.pipeline.feedback("lesson90")
    assert "earlier grading" not in typed(classroom, "90").output


def test_handed_in_again(classroom):
    grade(classroom)
    classroom.hand_in("carl", classroom.filled())
    rows = grade(classroom)
    assert rows["carl"].changes == (Change("90-1", 0.0, 2.0, "it was handed in again"),)
    assert not any(row.changes for row in rows.values() if row.student != "carl")


def test_change_of_one_grader_repeats_its_lesson_and_says_what_changed(classroom):
    second_lesson(classroom)
    grade(classroom, lesson="lesson91")
    grade(classroom)
    stricter = HIDDEN_TEST.replace("[8.0, 6.0]), [4.0, 3.0]", "[8.0, 6.0]), [4.0, 3.5]")
    (classroom.folder / "solutions/lesson90/hidden_test.py").write_text(stricter)
    assert not any(
        row.changes for row in grade(classroom, lesson="lesson91", place=Nobody()).values()
    )
    rows = grade(classroom)
    (change,) = rows["ada"].changes
    assert (change.exercise, change.before, change.after) == ("90-2", 3.0, 2.0)
    assert change.why.startswith("the lesson's graders changed; ")
    assert {name for name, row in rows.items() if row.changes} == CLASS.keys() - {"dora"}
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(change_table(list(rows.values())))
    (line,) = [line for line in console.export_text().splitlines() if "ada" in line]
    assert line.split()[:4] == ["ada", "90-2", "3", "2"]


def test_numbers_that_overflow_the_judge_are_not_told_on_the_terminal(classroom):
    overflows = HIDDEN_TEST.replace("import pytest\n", "import numpy\nimport pytest\n")
    overflows += "    numpy.float64(1e300) ** 2\n"
    (classroom.folder / "solutions/lesson90/hidden_test.py").write_text(overflows)
    done = classroom.run("course", "grade", "lesson90", "--student", "ada")
    assert "1 of 1 submissions graded" in done.stdout
    assert "Warning" not in done.stdout + done.stderr


def test_points_and_comments_by_hand_stay(classroom):
    grade(classroom)
    with gradebook(classroom) as book:
        found = book.find_submission_notebook("lesson90", "lesson90", "carl")
        found.grades[0].manual_score = 1.5
        found.comments[0].manual_comment = "seen in the lab"
        book.db.commit()
    row = grade(classroom, force=True)["carl"]
    with gradebook(classroom) as book:
        found = book.find_submission_notebook("lesson90", "lesson90", "carl")
        assert found.grades[0].manual_score == 1.5
        assert found.comments[0].comment == "seen in the lab"
    assert "by hand" in "; ".join(row.notes)
    classroom.hand_in("carl", classroom.filled(halve="def halve(x):\n    return 0"))
    note = grade(classroom)["carl"].notes[-1]
    assert note.endswith("by hand, from before this change: look at it again")


def test_killed_batch_goes_on_where_it_stood(classroom, new_classroom):
    undisturbed = twin(classroom, new_classroom)
    grade(undisturbed)
    command = [undisturbed.programs / "course", "grade", "90", "-j", "2"]
    batch = subprocess.Popen(command, cwd=classroom.folder, stdout=subprocess.DEVNULL)
    wait_until(lambda: len(kept(classroom)) >= 2)
    workers = psutil.Process(batch.pid).children(recursive=True)
    batch.send_signal(signal.SIGKILL)
    batch.wait()
    wait_until(lambda: not any(alive(process) for process in workers))
    before = {path: path.stat().st_mtime_ns for path in kept(classroom)}
    grade(classroom)
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert held_by(classroom) == held_by(undisturbed)
    assert not any(row.changes for row in grade(classroom, place=Nobody()).values())


def test_interrupted_batch_ends_with_a_sentence(classroom):
    # longer at work than the signal takes to come
    classroom.hand_in("zoe", classroom.filled(double="import time\ntime.sleep(600)"))
    batch = subprocess.Popen(
        [classroom.programs / "course", "grade", "90", "-j", "2"],
        cwd=classroom.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        # what a shell has started in the background ignores the signal
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    wait_until(lambda: kept(classroom))
    workers = psutil.Process(batch.pid).children(recursive=True)
    os.killpg(batch.pid, signal.SIGINT)  # as Ctrl-C sends it: to all of a terminal's processes
    said, _ = batch.communicate()
    assert batch.returncode == 130
    assert "the same command goes on from there" in said and "Traceback" not in said
    wait_until(lambda: not any(alive(process) for process in workers))


@dataclass(frozen=True)
class Deadly(Local):
    """Processes of which one ends whenever it is given the submission of "double, deadly"."""

    def grade(self, executor: Executor, work: Work) -> Future[Graded]:
        if any("deadly" in cell.source for cell in work.cells):
            return executor.submit(os._exit, 3)  # type: ignore[arg-type]
        return executor.submit(grade_with, work, self.solutions)


def test_lost_process_costs_nobody_else_anything(classroom):
    classroom.hand_in("carl", classroom.filled(double="def double(x):\n    return 'deadly'"))
    rows = grade(classroom, place=Deadly(classroom.folder / "solutions", 2))
    assert rows.keys() == CLASS.keys()
    assert "ended over it" in rows["carl"].reason
    assert [rows[name].report.score for name in ("ada", "dora", "gus")] == [5, 4, 5]
    # and the next batch grades him as anybody
    assert grade(classroom)["carl"].report.score == 3


def test_two_batches_at_once(classroom):
    with (classroom.folder / ".grading").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        done = typed(classroom, "90")
    assert done.exit_code == 1
    assert "another `course grade` is at work" in done.output
    assert not (classroom.folder / "autograded").exists()


def test_locked_gradebook(classroom):
    grade(classroom, students=["ada"])
    with sqlite3.connect(classroom.folder / "gradebook.db") as connection:
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises((BatchError, CannotRecord), match="is locked by another program"):
            grade(classroom)
        connection.rollback()
    assert grade(classroom)["gus"].report.score == 5


@pytest.mark.skipif(os.getuid() != 0, reason="only root may mount a disk of its own")
@pytest.mark.parametrize(
    ("then", "words"),
    [
        # room for the assignment, not for the class
        ("fallocate -l $(($(df --output=avail -k . | tail -1) - 60))k filler", "o space"),
        ("mount -o remount,ro .", "cannot be written"),
    ],
)
def test_disk_that_takes_no_more(classroom, then, words):
    grade(classroom, students=["ada"])
    grading = f"{classroom.programs}/course grade 90 -j 1 --force"
    script = (
        f"mount -t tmpfs -o size=20m none /mnt && cp -r {classroom.folder}/. /mnt && cd /mnt && "
        f"{then} && {grading}"
    )
    done = classroom.run("unshare", "--mount", "sh", "-c", script)
    assert done.returncode == 1
    assert words in done.stderr and "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["90", "--student", "adda"], "did you mean ada?"),
        (["90", "--since", "tomorrowish"], "is no time"),
        (["90", "--since", "01.02.2027"], "is no time"),
        (["90", "--since", "2099-01-01"], "nobody has handed in anything since"),
        (["--all", "--student", "adda"], "did you mean ada?"),
        (["90", "--scheduler", "10.0.0.5"], "tcp://HOST:8786"),
        ([], "--all"),
        (["90", "--all"], "--all"),
        (["4"], "there is no solutions/lesson4"),
    ],
)
def test_mistyped(classroom, words, said):
    done = typed(classroom, *words)
    assert done.exit_code == 2
    assert said in " ".join(done.output.split())


def test_folder_that_is_no_course(tmp_path):
    done = CliRunner().invoke(grading, ["lesson3", "--course", str(tmp_path)])
    assert done.exit_code == 2
    assert "is it the course folder?" in " ".join(done.output.split())


def test_table_tells_the_first_mistake_by_its_exercise_and_how_many_more(classroom):
    classroom.hand_in("ben", classroom.filled(double="def double(x): return x", halve="halve = 2"))
    classroom.hand_in("cyd", classroom.released())
    rows = grade(classroom, students=["ada", "ben", "cyd"])
    assert remarks(rows["ada"]) == ""
    said = "90-1: Not so yet: double returns twice its argument (and 1 more)"
    assert remarks(rows["ben"]) == said
    assert remarks(rows["cyd"]) == "nothing is written where the answers belong"


def test_lesson_where_a_student_is_expected_is_spoken_of(classroom):
    (classroom.folder / "submitted" / "lesson90" / "kim").mkdir(parents=True)
    said = " ".join(typed(classroom, "90", "--student", "ada").output.split())
    assert "submitted/lesson90 is no student: what lies there is not graded" in said


def test_grade_without_a_sandbox_is_marked_in_every_row_and_never_taken_for_another(
    classroom, monkeypatch
):
    monkeypatch.setattr(ladder, "_without", True)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    row = grade(classroom, students=["ada"])["ada"]
    assert row.report.sandbox == Level.NONE and row.report.score == 5
    assert "graded without a sandbox" in remarks(row)
    classroom.pipeline.feedback(classroom.lesson)
    assert "graded without a sandbox" in classroom.feedback("ada")
    classroom.pipeline.export()
    assert classroom.grades()["ada"]["sandbox"] == "none"
    monkeypatch.undo()
    row = grade(classroom, students=["ada"])["ada"]
    assert row.report.sandbox == Level.FULL and remarks(row) == ""
    classroom.pipeline.export()
    assert classroom.grades()["ada"]["sandbox"] == "full level"


def test_root_and_a_cluster_are_refused_to_grade_without_a_sandbox(classroom, monkeypatch):
    words = ["lesson90", "--unsafe-no-sandbox"]
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    done = typed(classroom, *words)
    assert done.exit_code == 2 and "as root" in done.output
    done = typed(classroom, *words, "--scheduler", "tcp://127.0.0.1:1")
    assert done.exit_code == 2 and "this machine alone" in done.output


def test_only_these_students_and_only_since_then(classroom):
    for student, day in (("ada", 20), ("dora", 20), ("gus", 19)):
        stamp = classroom.submission(student) / "timestamp.txt"
        stamp.write_text(f"2027-01-{day} 12:00:00 UTC")
    since = "2027-01-20 00:00 UTC"
    assert select(classroom.folder, "lesson90", ["ada", "gus"], since) == ["ada"]
    assert select(classroom.folder, "lesson90", [], since) == ["ada", "dora"]
    # by the age of the notebook, where there is no timestamp
    assert "emil" in select(classroom.folder, "lesson90", [], "2020-01-01")


def typed(classroom: Classroom, *words: str) -> Result:
    """Return what `course grade` says to these words."""
    return CliRunner().invoke(grading, [*words, "--course", str(classroom.folder)])


def grade(
    classroom: Classroom,
    *,
    students: Iterable[str] = CLASS,
    lesson: str = "lesson90",
    place: Place | None = None,
    force: bool = False,
) -> dict[str, Row]:
    """Grade the small class, in this process unless another place is named; return the rows by student."""
    with Workers(place or Here(classroom.folder / "solutions")) as workers:
        rows = grade_class(classroom.pipeline, lesson, list(students), workers, force=force)
        return {row.student: row for row in rows}


def gradebook(classroom: Classroom) -> Gradebook:
    return Gradebook(f"sqlite:///{classroom.folder}/gradebook.db")


def held_by(classroom: Classroom) -> dict[str, dict[str, tuple[float | None, str | None]]]:
    """Return what the gradebook holds of each student: points and comments, by cell."""
    held: dict[str, dict[str, tuple[float | None, str | None]]] = {}
    with gradebook(classroom) as book:
        for submission in book.assignment_submissions(classroom.lesson):
            (notebook,) = submission.notebooks
            points = {grade.name: (grade.auto_score, None) for grade in notebook.grades}
            said = {comment.name: (None, comment.auto_comment) for comment in notebook.comments}
            held[submission.student.id] = points | said
    return held


def files_in(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the bytes of every file below `folder`, and when it was written."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): (p.stat().st_mtime_ns, p.read_bytes()) for p in found}


def kept(classroom: Classroom) -> list[Path]:
    """Return the results that are kept."""
    return sorted(classroom.folder.glob("results/*/*/[!r.]*.json"))


def twin(classroom: Classroom, new_classroom: Callable[..., Classroom]) -> Classroom:
    """Return a course with the same submissions and the same secret."""
    (classroom.folder / ".offering_secret").write_text("the same for both")
    other = new_classroom()
    shutil.copytree(classroom.folder, other.folder, dirs_exist_ok=True)
    return other


def second_lesson(classroom: Classroom) -> None:
    """Teach a second lesson, handed in by the same class."""
    solutions = classroom.folder / "solutions"
    shutil.copytree(solutions / "lesson90", solutions / "lesson91")
    for path in (solutions / "lesson91").glob("lesson90.*"):
        path.rename(path.with_stem("lesson91"))
    for path in (solutions / "lesson91").glob("*.py"):
        path.write_text(path.read_text().replace("90-", "91-"))
    (solutions / "lesson91/lesson91.ipynb").unlink(missing_ok=True)
    for student in CLASS:
        folder = classroom.folder / "submitted" / student
        shutil.copytree(folder / "lesson90", folder / "lesson91")
        path = folder / "lesson91/lesson90.ipynb"
        text = path.read_text().replace("90-", "91-")
        path.unlink()
        (folder / "lesson91/lesson91.ipynb").write_text(text)


def alive(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def wait_until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
