"""course grade: grades a whole class."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from course.lesson import UnknownLesson, lesson_name

if TYPE_CHECKING:
    from rich.console import Console

    from autograder.batch import Row
    from autograder.pipeline import Pipeline
    from autograder.workers import Place, Workers


class _Stopped(click.ClickException):
    exit_code = 130  # as shells have it for what Ctrl-C has ended


@click.command("grade")
@click.argument("lesson", required=False)
@click.option("--all", "every", is_flag=True, help="Grade every lesson that somebody handed in.")
@click.option(
    "--course",
    "folder",
    default=".",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The nbgrader course folder (default: here).",
)
@click.option(
    "-j",
    "--jobs",
    type=click.IntRange(min=1),
    help="Grade so many submissions at a time (default: as many as there are cores).",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Grade on the Dask cluster whose scheduler this is: tcp://10.0.0.5:8786.",
)
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    help="Grade on this device (default: the configuration's, or cpu).",
)
@click.option("--student", "only", multiple=True, help="Grade only this student.")
@click.option("--since", help='Grade only what was handed in since then: "2027-01-20 12:00 UTC".')
@click.option("--force", is_flag=True, help="Grade again what has been graded already.")
@click.option(
    "--unsafe-no-sandbox",
    "unsafe",
    is_flag=True,
    help="Run student code as you, who can do all that you can; every row says so. Not as root, not on a cluster.",
)
def command(
    lesson: str | None,
    every: bool,
    folder: Path,
    jobs: int | None,
    scheduler: str | None,
    device: str | None,
    only: tuple[str, ...],
    since: str | None,
    force: bool,
    unsafe: bool,
) -> None:
    """Grade every submission of LESSON, and record the points in nbgrader's gradebook.

    What is graded already is passed over: after a stop, the same command goes on where it stood.

    Ends with 0 if every submission was graded, 1 if some could not be, 2 for a usage error, 130 if it was stopped.
    """
    from rich.console import Console

    from autograder.batch import BatchError
    from autograder.course_folder import NotAvailable, only_batch
    from autograder.pipeline import Pipeline, PipelineError
    from autograder.selection import SelectionError, choose, lessons_for_students, lessons_handed_in
    from autograder.workers import Workers, WorkersUnavailable

    folder = folder.resolve()
    if every == (lesson is not None):
        raise click.UsageError(
            "name a lesson, or --all for every lesson that was handed in" + ", not both" * every
        )
    try:
        names = [lesson_name(lesson)] if lesson else lessons_handed_in(folder)
        chosen = choose(folder, names, only, since)
    except (UnknownLesson, SelectionError) as e:
        raise click.UsageError(str(e)) from None
    console = Console()
    rows: list[Row] = []
    if unsafe:
        _do_without_sandbox(scheduler)
    try:
        pipeline = Pipeline(folder, Judge={"device": device} if device else {})
        place = _place(folder, jobs, scheduler, pipeline.device)
        with only_batch(folder), Workers(place) as workers:
            for name, students in chosen.items():
                rows += _grade(console, pipeline, name, students, workers, force)
    except (BatchError, NotAvailable, PipelineError, WorkersUnavailable) as e:
        raise click.ClickException(str(e)) from None
    except KeyboardInterrupt:
        raise _Stopped(
            "stopped; what was graded is kept, and the same command goes on from there"
        ) from None
    for name in lessons_for_students(folder):
        console.print(
            f"submitted/{name} is no student: what lies there is not graded; "
            f"submissions are expected in submitted/STUDENT/{name}/",
            soft_wrap=True,
        )
    graded = sum(row.report is not None for row in rows)
    console.print(
        f"{graded} of {len(rows)} submissions graded; the points are in {pipeline.gradebook}",
        soft_wrap=True,
    )
    raise SystemExit(0 if graded == len(rows) else 1)


def _do_without_sandbox(scheduler: str | None) -> None:
    from autograder.sandbox import SandboxUnavailable
    from autograder.sandbox.ladder import do_without

    if scheduler is not None:
        raise click.UsageError(
            "--unsafe-no-sandbox is for this machine alone: leave --scheduler out"
        )
    try:
        do_without()
    except SandboxUnavailable as e:
        raise click.UsageError(str(e)) from None
    click.secho(
        "No sandbox: each submission can read and change all that you can, other submissions and grades too.",
        fg="red",
        err=True,
    )


def _place(folder: Path, jobs: int | None, scheduler: str | None, device: str) -> Place:
    """Return where submissions are to be graded."""
    from autograder.workers import Local

    if scheduler is None:
        # of two that use one GPU at a time neither would have the memory that it needs
        cores = 1 if device == "cuda" else os.cpu_count() or 1
        return Local(folder / "solutions", jobs or cores)
    if "://" not in scheduler:
        raise click.UsageError(f"{scheduler!r} is no address: write it as tcp://HOST:8786")
    if jobs is not None:
        raise click.UsageError(
            "with --scheduler the cluster's workers decide how many: leave -j out"
        )
    try:
        from autograder.cluster import Cluster
    except ImportError:
        raise click.UsageError(
            'a cluster needs the package distributed: pip install -e ".[cluster]"'
        ) from None
    return Cluster(scheduler, device)


def _grade(
    console: Console,
    pipeline: Pipeline,
    lesson: str,
    students: list[str],
    workers: Workers,
    force: bool,
) -> list[Row]:
    """Grade these submissions of one lesson, show how it goes and what came of it."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from autograder.batch import grade_class
    from autograder.class_report import change_table, grade_table
    from autograder.course_folder import has_old_feedback

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[failed]}", style="red"),
    )
    rows: list[Row] = []
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"grading {lesson}", total=len(students), rate="", failed="")
        for row in grade_class(pipeline, lesson, students, workers, force=force):
            rows.append(row)
            failed = sum(row.report is None for row in rows)
            speed = progress.tasks[task].finished_speed or progress.tasks[task].speed
            progress.update(
                task,
                advance=1,
                rate=f"{speed * 60:.0f} a minute" if speed else "",
                failed=f"{failed} not graded" if failed else "",
            )
    rows.sort(key=lambda row: row.student)
    console.print(grade_table(lesson, rows))
    if any(row.changes for row in rows):
        console.print("", change_table(rows))
    elif again := sum(row.again for row in rows):
        console.print(f"{again} graded again: nobody has other points than before")
    if old := sum(has_old_feedback(pipeline.course, lesson, row.student) for row in rows):
        pages = "1 feedback page is" if old == 1 else f"{old} feedback pages are"
        renew = f"nbgrader generate_feedback {lesson} --force"
        console.print(f"{pages} of an earlier grading: {renew}", soft_wrap=True)
    return rows
