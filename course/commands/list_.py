"""course list: the lessons, their exercises and points, and how you stand."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from course.lesson import Lesson, UnknownLesson, find_lesson, lessons
from course.standing import standing


@click.command("list")
@click.argument("lesson", required=False)
def command(lesson: str | None) -> None:
    """List the lessons, their exercises and points, and how your last check went.

    LESSON: show only this one (lesson4, lesson04 or 4).
    """
    try:
        shown = [find_lesson(lesson)] if lesson else lessons()
    except UnknownLesson as e:
        raise click.UsageError(str(e)) from None
    passed = standing()
    console = Console()
    for each in shown:
        table = Table(title=f"{each.name}  {each.title}", title_justify="left", box=None)
        for column, justify in (("", "left"), ("exercise", "left"), ("points", "right")):
            table.add_column(column, justify=justify)  # type: ignore[arg-type]
        table.add_column("your last check")
        for exercise in each.exercises:
            state = {True: "[green]passes[/]", False: "[red]not yet[/]", None: "[dim]–[/]"}
            mark = state[passed.get(exercise.id)]
            table.add_row(exercise.id, exercise.title, f"{exercise.points:g}", mark)
        console.print(table, "")
    if not lesson and shown:
        left = [each for each in shown if not _done(each, passed)] or shown[-1:]
        # what was begun before what was not
        name = next((each.name for each in left if _begun(each, passed)), left[0].name)
        console.print(
            f"Go on with [bold]course start {name}[/], then [bold]course check {name}[/]."
        )


def _begun(lesson: Lesson, passed: dict[str, bool]) -> bool:
    return any(exercise.id in passed for exercise in lesson.exercises)


def _done(lesson: Lesson, passed: dict[str, bool]) -> bool:
    return all(passed.get(exercise.id) for exercise in lesson.exercises)
