"""The graders that are compared: for each its command, the course folder that it wants, and where its results are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.nbgrader import COURSE_ID
from tests.benchmarks import courses
from tests.benchmarks.courses import NBGRADER, Standing
from tests.benchmarks.otter_environment import otter_command

JOBS = "-j"
"""The option by which `course grade` is told how many submissions to grade at a time."""


@dataclass(frozen=True)
class Grader:
    """One way to grade a class.

    `make` fills a new folder with a course of one lesson and so many submissions; `command`, run in that folder, grades
    them all; `standing` says what came of it.
    """

    name: str
    make: Callable[[Path, str, int], None]
    command: Callable[[str], list[str]]
    standing: Callable[[Path, str, int], Standing]
    peer: bool = False


def graders(jobs: int, threads: int, cache: Path) -> dict[str, Grader]:
    """Return all graders by the names of the option that chooses them.

    `jobs` submissions at a time are graded by those who can do that; peers let torch have so many `threads` for each,
    while our workers have always one. otter's environment is made, under `cache`, when its command is asked for.
    """
    limited = ["env", f"OMP_NUM_THREADS={threads}"]
    return {
        "nbgrader": Grader(
            "stock nbgrader",
            courses.stock_course,
            # one submission after another: it has no choice
            lambda lesson: [*limited, *NBGRADER, "autograde", lesson],
            lambda *which: courses.gradebook_standing(*which, course_id=courses.STOCK_ID),
            peer=True,
        ),
        "otter": Grader(
            "otter run",
            courses.otter_course,
            lambda lesson: [*limited, *_otter_run(otter_command(cache), lesson, jobs)],
            lambda course, _, size: courses.otter_standing(course, size),
            peer=True,
        ),
        "ours": Grader(
            "this project",
            courses.our_course,
            lambda lesson: ["course", "grade", lesson, "--course", ".", JOBS, str(jobs)],
            lambda *which: courses.gradebook_standing(*which, course_id=COURSE_ID),
        ),
        "autograde": Grader(
            "this project by nbgrader's command",
            courses.our_course,
            lambda lesson: [*NBGRADER, "autograde", lesson],
            lambda *which: courses.gradebook_standing(*which, course_id=COURSE_ID),
        ),
    }


def _otter_run(otter: Path, lesson: str, jobs: int) -> list[str]:
    """Return the command that runs otter for each student in students.txt: it takes one submission at a time."""
    each = [str(otter), "run", "--autograder", "autograder.zip", "--no-logo"]
    each += ["--output-dir", "submitted/{}", f"submitted/{{}}/{lesson}/{lesson}.ipynb"]
    return ["xargs", "--arg-file=students.txt", f"--max-procs={jobs}", "-I{}", *each]
