"""Kills a batch at random moments, lets the next one finish it, and compares what the gradebook then holds.

    python -m tests.benchmarks.kills --submissions 200 --kills 20

Each kill hits a fresh copy of the course; what comes of it must equal what an undisturbed batch leaves: points,
comments, reports and autograded notebooks. It ends with 1 if one differs, or if a result that was there at the kill
was made again.
"""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
from nbgrader.api import Gradebook
from rich.console import Console

from autograder.nbgrader import COURSE_ID
from course.lesson import lesson_name
from tests.benchmarks.courses import our_course


@click.command()
@click.option("--lesson", default="lesson4", show_default=True)
@click.option("--submissions", default=200, show_default=True, type=click.IntRange(min=2))
@click.option("--kills", default=20, show_default=True, type=click.IntRange(min=1))
@click.option("--seed", default=1, show_default=True, help="Decides the moments.")
def main(lesson: str, submissions: int, kills: int, seed: int) -> None:
    """Kill so many batches at random moments, and print what the gradebooks come to."""
    console, moments, lesson = Console(), random.Random(seed), lesson_name(lesson)
    with tempfile.TemporaryDirectory() as name:
        fresh, undisturbed = Path(name) / "fresh", Path(name) / "undisturbed"
        our_course(fresh, lesson, submissions)
        (fresh / ".offering_secret").write_text("the same for all")
        shutil.copytree(fresh, undisturbed)
        started = time.perf_counter()
        _finish(undisturbed, lesson)
        seconds = time.perf_counter() - started
        wanted = contents(undisturbed, lesson)
        console.print(f"undisturbed: {submissions} submissions in {seconds:.0f} s")
        same = made_again = 0
        for number in range(1, kills + 1):
            course = Path(name) / "killed"
            shutil.copytree(fresh, course)
            moment = moments.uniform(0, seconds)
            kept = _killed(course, lesson, moment)
            _finish(course, lesson)
            again = sum(path.stat().st_mtime_ns != when for path, when in kept.items())
            equal = contents(course, lesson) == wanted
            same, made_again = same + equal, made_again + again
            word = "the same" if equal else "another"
            console.print(
                f"kill {number}: after {moment:.1f} s with {len(kept)} graded: {word} gradebook, {again} graded twice"
            )
            shutil.rmtree(course)
    console.print(
        f"{same} of {kills} gradebooks are the same; {made_again} results were made again"
    )
    raise SystemExit(0 if same == kills and not made_again else 1)


def contents(course: Path, lesson: str) -> dict[str, object]:
    """Return what a batch leaves of each student: points and comments by cell, the report, the autograded notebook."""
    found: dict[str, object] = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db", COURSE_ID) as gradebook:
        for submission in gradebook.assignment_submissions(lesson):
            (notebook,), student = submission.notebooks, submission.student.id
            found[student] = [
                sorted((grade.name, grade.auto_score) for grade in notebook.grades),
                sorted((comment.name, comment.auto_comment) for comment in notebook.comments),
                (course / "reports" / lesson / f"{student}.json").read_text(),
                (course / "autograded" / student / lesson / f"{lesson}.ipynb").read_text(),
            ]
    return found


def _command(lesson: str) -> list[str]:
    return [sys.executable, "-m", "course", "grade", lesson]


def _killed(course: Path, lesson: str, moment: float) -> dict[Path, int]:
    """Kill a batch after `moment` seconds; return the results that are kept by then, and when each was made."""
    batch = subprocess.Popen(_command(lesson), cwd=course, stdout=subprocess.DEVNULL)
    try:
        batch.wait(moment)
    except subprocess.TimeoutExpired:
        batch.kill()
        batch.wait()
    return {path: path.stat().st_mtime_ns for path in course.glob("results/*/*/[!r.]*.json")}


def _finish(course: Path, lesson: str) -> None:
    done = subprocess.run(_command(lesson), cwd=course, capture_output=True, text=True)
    if done.returncode:
        raise click.ClickException(done.stderr[-1000:])


if __name__ == "__main__":
    main()
