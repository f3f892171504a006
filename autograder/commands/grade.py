"""course grade: grades a whole class of one lesson."""

from __future__ import annotations

from pathlib import Path

import click

from course.lesson import UnknownLesson, lesson_name


@click.command("grade")
@click.argument("lesson")
@click.option(
    "--course",
    "folder",
    default=".",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The nbgrader course folder (default: here).",
)
@click.option("--student", "only", multiple=True, help="Grade only this student.")
@click.option("--force", is_flag=True, help="Grade again what has been graded already.")
def command(lesson: str, folder: Path, only: tuple[str, ...], force: bool) -> None:
    """Grade every submission of LESSON and record the points in nbgrader's gradebook.

    Ends with 0 if every submission was graded, 1 if some could not be, 2 for a usage error.
    """
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    from autograder.batch import BatchError, grade_class, students_of
    from autograder.class_report import grade_table
    from autograder.grading import shared_sandbox
    from autograder.pipeline import Pipeline, PipelineError
    from autograder.sandbox import SandboxUnavailable

    console = Console()
    folder = folder.resolve()
    try:
        name = lesson_name(lesson)
        known = students_of(folder, name)
        unknown = set(only) - set(known)
        if unknown:
            raise BatchError(f"{sorted(unknown)[0]!r} has not handed in {name}")
        shared_sandbox()
    except (UnknownLesson, BatchError) as e:
        raise click.UsageError(str(e)) from None
    except SandboxUnavailable as e:
        raise click.ClickException(str(e)) from None
    students = [student for student in known if not only or student in only]
    rows = []
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(f"grading {name}", total=len(students))
        try:
            for row in grade_class(Pipeline(folder), name, students, force=force):
                rows.append(row)
                progress.advance(task)
        except PipelineError as e:
            raise click.ClickException(str(e)) from None
    console.print(grade_table(name, rows))
    graded = sum(row.report is not None for row in rows)
    console.print(
        f"{graded} of {len(rows)} submissions graded; the points are in {folder / 'gradebook.db'}"
    )
    raise SystemExit(0 if graded == len(rows) else 1)
