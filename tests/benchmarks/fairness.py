"""Grades the graders: every right and wrong answer, again and again with fresh secrets, as one table.

Run it with `python tests/benchmarks/fairness.py --secrets 100`; it ends with 1 if a right answer was rejected, a wrong
one accepted, any verdict changed with the secret, or grading a solution took more time than it may.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from contextlib import chdir
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from autograder.answers import Answer, cells_with, right_answers, wrong_answers
from autograder.source import LessonSource, lesson_sources
from course.lesson import UnknownLesson, exercise_id, exercises_of, lesson_name
from course.notebook import read

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

LESSON_SECONDS, COURSE_SECONDS = 5.0, 30.0
"""How much processor time grading the solution may take: of one lesson, and of all of them."""


@dataclass
class Tally:
    """What became of one exercise's answers."""

    right: int = 0
    accepted: int = 0
    wrong: int = 0
    rejected: int = 0
    explained: int = 0
    changed: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one answer."""
        if outcome.right:
            self.right += 1
            self.accepted += all(outcome.passed.values())
        else:
            self.wrong += 1
            self.rejected += not any(outcome.passed.values())
            self.explained += all(outcome.explained)
        misjudged = [secret for secret, ok in outcome.passed.items() if ok != outcome.right]
        if 0 < len(misjudged) < len(outcome.passed):
            which = ", ".join(map(str, misjudged))
            self.changed.append(f"{outcome.exercise}: {outcome.text} (misjudged with {which})")

    def row(self) -> list[str]:
        """Return the counts as a row of the table."""
        counts = self.right, self.accepted, self.wrong, self.rejected, self.explained
        return [*map(str, counts), str(len(self.changed))]


@dataclass(frozen=True)
class Outcome:
    """How one answer fared: with which secrets it passed, and with each whether its mistake was named."""

    exercise: str
    text: str
    right: bool
    passed: dict[int, bool]
    explained: list[bool]


Task = tuple[Path, Answer, bool]


def outcome(task: Task, secrets: range) -> Outcome:
    """Grade one answer with each of these secrets."""
    from autograder.grading import import_torch
    from course.grader import examine
    from course.submission import LocalSubmission
    from course.verdict import Status, report_of

    import_torch()  # the time of a cell is not for that
    folder, answer, right = task
    source = LessonSource(folder)
    submission = LocalSubmission.of_cells(cells_with(source, answer), seconds=20.0)
    exercises = exercises_of(read(source.notebook))
    reference = source.names()
    passed, explained = {}, []
    for secret in secrets:
        verdicts = examine(
            source.hidden_test,
            submission,
            seed=f"fairness {secret}",
            reference=reference,
            exercises={answer.exercise},
        )
        report = report_of(source.name, exercises, verdicts)
        passed[secret] = report.result(answer.exercise).passed
        failed = [v.finding for v in verdicts if v.status is Status.FAILED and v.finding]
        explained.append(any(finding.diagnosis for finding in failed))
    return Outcome(answer.exercise, answer.text, right, passed, explained)


def seconds_of(folder: Path) -> tuple[float, float]:
    """Return the processor time of running a lesson's solved notebook, and of grading it.

    That of a submission in a batch: what the sandbox's template has imported is there already, and no picture is drawn
    of a cell that is as it was handed out.
    """
    from autograder.sandbox.inside.template import warm_up
    from course.grader import examine
    from course.responder import Responder
    from course.submission import LocalSubmission

    warm_up()
    source = LessonSource(folder)
    cells, examples = read(source.notebook).code, source.examples
    started = time.process_time()
    responder = Responder()
    with chdir(folder):
        for cell in cells:
            request = {"op": "cell", "index": cell.number, "source": cell.source, "seconds": 60.0}
            responder.answer(request | {"pictures": cell.source.strip() not in examples})
    ran = time.process_time()
    examine(source.hidden_test, LocalSubmission(responder, seconds=20.0), reference=source.names())
    return ran - started, time.process_time() - ran


def tasks_of(source: LessonSource, sort: str) -> list[Task]:
    """Return the answers of a lesson: those that are `right`, those that are `wrong`, or `all`."""
    sorts = ("right", right_answers), ("wrong", wrong_answers)
    return [
        (source.folder, answer, name == "right")
        for name, answers in sorts
        if sort in (name, "all")
        for answer in answers(source)
    ]


def chosen_tasks(wanted: Sequence[str], sort: str) -> dict[LessonSource, list[Task]]:
    """Return the answers of the lessons and exercises that are wanted, by lesson; of all if none is named.

    Raises `UnknownLesson` for a name that is none.
    """
    every = {source: tasks_of(source, sort) for source in lesson_sources()}
    if not wanted:
        return every
    names = {exercise_id(name) or lesson_name(name) for name in wanted}
    known = {source.name for source in every}
    known |= {answer.exercise for tasks in every.values() for _, answer, _ in tasks}
    if names - known:
        raise UnknownLesson(f"there is no {', '.join(sorted(names - known))}")
    chosen = {
        source: [task for task in tasks if {source.name, task[1].exercise} & names]
        for source, tasks in every.items()
    }
    return {source: tasks for source, tasks in chosen.items() if tasks}


def fairness_table(tallies: dict[str, Tally]) -> Table:
    """Return accepted, rejected and explained answers per exercise."""
    from rich.table import Table

    names = "exercise", "right", "accepted", "wrong", "rejected", "explained", "changed"
    table = Table(*names, box=None, min_width=72)
    for exercise, tally in tallies.items():
        table.add_row(exercise, *tally.row())
    return table


def time_table(seconds: dict[str, tuple[float, float]]) -> Table:
    """Return the processor time of the solution of each lesson."""
    from rich.table import Table

    table = Table("lesson", "notebook", "graders", "seconds of processor time", box=None)
    for name, (notebook, graders) in seconds.items():
        table.add_row(name, f"{notebook:.2f}", f"{graders:.2f}", f"{notebook + graders:.2f}")
    table.add_row("all", "", "", f"{sum(map(sum, seconds.values())):.2f}", style="bold")
    return table


@click.command()
@click.argument("wanted", metavar="[LESSON|EXERCISE]...", nargs=-1)
@click.option(
    "--secrets",
    default=100,
    show_default=True,
    type=click.IntRange(min=1),
    help="How often each answer is graded.",
)
@click.option(
    "--first", default=0, show_default=True, help="The first of them: to go on another day."
)
@click.option("--answers", default="all", type=click.Choice(["right", "wrong", "all"]))
@click.option("--jobs", default=os.cpu_count(), show_default=True, help="Processes at a time.")
def main(wanted: tuple[str, ...], secrets: int, first: int, answers: str, jobs: int) -> None:
    """Print accepted, rejected and explained answers per exercise, and the time of each lesson's solution.

    Of all lessons, or of those named, `4` or `lesson4`, or of single exercises, `4-2`.
    """
    from rich.console import Console

    # before torch is imported, and for the processes too
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        tasks = chosen_tasks(wanted, answers)
    except UnknownLesson as e:
        raise click.BadParameter(str(e)) from None
    console = Console()
    with ProcessPoolExecutor(1) as alone:
        folders = [source.folder for source in tasks]
        seconds = {f.name: s for f, s in zip(folders, alone.map(seconds_of, folders), strict=True)}
    console.print(time_table(seconds), "")
    total = Tally()
    with ProcessPoolExecutor(jobs) as pool:
        for source in tasks:  # hours in all: what is known of a lesson is told at once
            tallies: dict[str, Tally] = defaultdict(Tally)
            grade = partial(outcome, secrets=range(first, first + secrets))
            for found in pool.map(grade, tasks[source]):
                tallies[found.exercise].add(found)
                total.add(found)
            console.print(fairness_table(tallies), "")
    console.print(
        fairness_table({"all": total}), f"each graded with {secrets} secrets, from {first} on"
    )
    for text in total.changed:
        console.print(f"changed with the secret: {text}", markup=False)
    fair = total.accepted == total.right and total.rejected == total.wrong and not total.changed
    quick = all(sum(s) <= LESSON_SECONDS for s in seconds.values())
    quick = quick and sum(map(sum, seconds.values())) <= COURSE_SECONDS
    raise SystemExit(0 if fair and quick else 1)


if __name__ == "__main__":
    # a notebook's shell takes the name __main__, where the pool would look for the functions that it is to call
    from fairness import main as run

    run()
