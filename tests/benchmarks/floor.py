"""How near `course grade` is to its floor: the students' own cells and calls, without all that is around them.

    python -m tests.benchmarks.floor --lesson lesson5 --lesson lesson10 --submissions 50

The same submissions are run by the batch, and in processes forked from one that has imported everything, where only
what a notebook does itself is counted: as the batch runs it, and with the plots of its unchanged examples, too, which
the batch does not draw. All have so many jobs at a time. What the smallest class costs, the start, is left out.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from contextlib import chdir
from functools import partial
from itertools import product
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import click
from rich.console import Console
from rich.table import Table

from autograder.running import TimeLimits
from autograder.selection import students_of
from autograder.source import LessonSource
from autograder.work import Work, work_of
from course.lesson import lesson_name
from course.notebook import read
from tests.benchmarks.graders import graders
from tests.benchmarks.measuring import Cost, usage_of
from tests.benchmarks.otter_environment import cache_folder

START = 10
"""The size of the class whose cost is left out."""


class Own(NamedTuple):
    """Seconds of processor of a submission's own work: as the batch runs it, and with every plot drawn."""

    graded: float
    drawn: float


def own_work(work: Work, drawn: bool, source: LessonSource) -> float:
    """Return the seconds of processor that a submission's cells take, and the calls that its graders ask for.

    With `drawn` its unchanged examples draw their plots.
    """
    from course.grader import examine
    from course.responder import Reply, Request, Responder
    from course.submission import LocalSubmission

    class Timed(Responder):
        used = 0.0

        def answer(self, request: Request) -> Reply:
            began = time.process_time()
            reply = super().answer(request)
            self.used += time.process_time() - began
            return reply

    responder = Timed()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        for name, data in work.files.items():
            Path(name).write_bytes(data)
        for cell in work.cells:
            request = {"op": "cell", "index": cell.number, "source": cell.source, "seconds": 60.0}
            responder.answer({**request, "pictures": drawn or cell.number not in work.undrawn})
        submission = LocalSubmission(responder, seconds=20.0)
        examine(source.hidden_test, submission, seed=work.seed, reference=source.names())
    return responder.used


def floor_of(course: Path, lesson: str, jobs: int) -> Own:
    """Return the mean of `own_work` over the class, but for the first students."""
    source = LessonSource(course / "solutions" / lesson)
    works = [
        work_of(
            *(course, lesson, student),
            read(course / "submitted" / student / lesson / f"{lesson}.ipynb").cells,
            limits=TimeLimits(),
            device="cpu",
            draw_examples=False,
        )
        for student in students_of(course, lesson)[START:]
    ]
    measure = partial(own_work, source=source)
    # a process each, as in the sandbox
    with multiprocessing.get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        used = pool.starmap(measure, product(works, (False, True)), chunksize=1)
    return Own(mean(used[::2]), mean(used[1::2]))


def measured(lesson: str, size: int, jobs: int) -> tuple[Own, Cost]:
    """Return the students' own work and what the batch takes, both for one more submission.

    Their own work is measured before the batch and after it, since a machine's speed changes within minutes.
    """
    ours = graders(jobs, 1, cache_folder())["ours"]
    own, costs = [], {}
    for count in (START, size):
        with tempfile.TemporaryDirectory() as folder:
            course = Path(folder, "course")
            ours.make(course, lesson, count)
            if count == size:
                own.append(floor_of(course, lesson, jobs))
            costs[count] = usage_of(ours.command(lesson), course, expected=(0, 1)).cost
            if count == size:
                own.append(floor_of(course, lesson, jobs))
    before, after = own
    each = Own(mean([before.graded, after.graded]), mean([before.drawn, after.drawn]))
    return each, (costs[size] - costs[START]) / (size - START)


@click.command()
@click.option("--lesson", "lessons", multiple=True, required=True)
@click.option("--submissions", default=50, show_default=True, type=click.IntRange(min=START + 1))
@click.option("--rounds", default=3, show_default=True, type=click.IntRange(min=1))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1))
def main(lessons: tuple[str, ...], submissions: int, rounds: int, jobs: int) -> None:
    """Print, for each lesson, the students' own work and what the batch takes for it: the medians of all rounds.

    How many times the own work that is, is told for it as it is graded, and with every plot.
    """
    os.environ["OMP_NUM_THREADS"] = "1"
    from autograder.sandbox.inside.template import warm_up

    names = "lesson", "own work", "with plots", "the batch", "times own", "times with plots"
    table = Table(*names, "cores busy", box=None)
    table.title = f"seconds of processor for one more submission, {jobs} at a time"
    warm_up()
    for lesson in map(lesson_name, lessons):
        found = [measured(lesson, submissions, jobs) for _ in range(rounds)]
        rows = [
            (*own, each.processor, *(each.processor / o for o in own), each.processor / each.wall)
            for own, each in found
        ]
        table.add_row(lesson, *(f"{median(column):.2f}" for column in zip(*rows, strict=True)))
    Console().print(table)


if __name__ == "__main__":
    # a notebook's shell takes the name __main__, where the pool would look for the functions that it is to call
    from tests.benchmarks.floor import main as run

    run()
