"""course mistakes: lets a lesson's self-checks know the mistakes that its wrong answers make."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from autograder.lesson_argument import source_of
from autograder.source import LessonSource, lesson_sources

if TYPE_CHECKING:
    from autograder.answers import Answer
    from autograder.known_mistakes import Met


@click.command("mistakes")
@click.argument("lessons", nargs=-1, type=source_of)
@click.option(
    "-j", "--jobs", type=click.IntRange(min=1), help="So many processes (default: the cores)."
)
def command(lessons: tuple[LessonSource, ...], jobs: int | None) -> None:
    """Put the wrong answers of LESSONS (default: all) before the self-checks and the hidden graders, and note in
    solutions/LESSON/known_mistakes.json what they reply and what they are, for `course check` to tell.

    Build the assignment afterwards: course release LESSON.
    """
    # before torch is imported, and for the processes too
    os.environ["OMP_NUM_THREADS"] = "1"
    from concurrent.futures import ProcessPoolExecutor

    from autograder.answers import wrong_answers
    from autograder.known_mistakes import write_known

    with ProcessPoolExecutor(jobs) as pool:
        for source in lessons or lesson_sources():
            met = list(pool.map(_meet, [(source, answer) for answer in wrong_answers(source)]))
            path = write_known(source, met)
            click.echo(f"{source.name}: {_summary(met)}; noted in {path.name}")


def _summary(met: list[Met]) -> str:
    from autograder.known_mistakes import told_apart

    apart = told_apart(met).keys()
    seen = sum(each.seen for each in met)
    named = sum(each.named for each in met)
    known = sum(not each.named and not apart.isdisjoint(each.replies) for each in met)
    return (
        f"{len(met)} wrong answers, {seen} of them seen by the self-checks: "
        f"{named} are named by these themselves, {known} more are known by their replies"
    )


def _meet(task: tuple[LessonSource, Answer]) -> Met:
    from autograder.grading import import_torch
    from autograder.known_mistakes import meet

    import_torch()  # the time of a cell is not for that
    return meet(*task)
