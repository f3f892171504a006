"""course check: runs a notebook and its self-checks."""

from __future__ import annotations

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from course.lesson import Lesson, UnknownLesson, exercise_id, find_lesson, lesson_name
from course.notebook import Notebook, NotebookError, read


@click.command("check")
@click.argument("lesson")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--exercise", "-e", "exercises", multiple=True, help="Check only this one, like 4-2.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
def command(
    lesson: str, path: Path | None, exercises: tuple[str, ...], as_json: bool, device: str
) -> None:
    """Run LESSON's notebook, then its self-checks, and say how it stands.

    PATH: the notebook, or the folder it is in; by default it is looked for here. LESSON may also be the
    notebook's path itself, or an exercise such as 3-2. Ends with 0 if all passed, 1 if some failed, 2 if there was
    nothing to check.
    """
    if exercise := exercise_id(lesson):  # it says its lesson
        lesson, exercises = exercise.partition("-")[0], (*exercises, exercise)
    try:
        lesson, path = _lesson_and_path(lesson, path)
        found = find_lesson(lesson)
        wanted = {found.exercise(e).id for e in exercises} or None
        notebook_path = _locate(found, path)
        notebook = read(notebook_path)
        _expect_lesson(notebook, found, notebook_path)
    except (UnknownLesson, NotebookError) as e:
        raise click.UsageError(str(e)) from None
    if not notebook.code:
        raise click.UsageError(f"{notebook_path} has no code cells")
    # the first import of torch: a usage error was told without it
    from course.device import DeviceError, require

    try:
        require(device)
    except DeviceError as e:
        raise click.UsageError(str(e)) from None
    # a fifth of all the time went into looking for garbage among what torch has brought, which stays
    gc.freeze()
    from course.self_check import check_notebook
    from course.standing import remember

    with _sign_of_life(f"running {notebook_path} and its self-checks …"):
        report = check_notebook(found, notebook, wanted, folder=notebook_path.parent, device=device)
    remember(report)
    if as_json:
        click.echo(json.dumps(report.as_dict(), indent=1))
    else:
        from rich.console import Console

        from course.feedback import as_text, summary

        console = Console(highlight=False)
        title = f"{found.name}: {found.title} ({notebook_path})"
        console.print(as_text(report, title=title), "", summary(report))
    raise SystemExit(0 if report.passed else 1)


@contextlib.contextmanager
def _sign_of_life(text: str) -> Iterator[None]:
    """Show `text` in a terminal within the block."""
    if not sys.stderr.isatty():
        yield
        return
    click.echo(text, nl=False, err=True)
    try:
        yield
    finally:
        click.echo(f"\r{' ' * len(text)}\r", nl=False, err=True)


def _lesson_and_path(lesson: str, path: Path | None) -> tuple[str, Path | None]:
    """Take `course check lesson4/lesson4.ipynb` as well: the file's name says the lesson."""
    if path is not None or not (lesson.endswith(".ipynb") or "/" in lesson):
        return lesson, path
    path = Path(lesson)
    try:
        return lesson_name(path.stem), path
    except UnknownLesson:
        raise UnknownLesson(
            f"the name {path.name!r} does not tell the lesson: write it before the path, "
            f"course check LESSON '{path}'"
        ) from None


def _expect_lesson(notebook: Notebook, lesson: Lesson, path: Path) -> None:
    """Raise `NotebookError` if all check cells of `notebook` are those of another lesson."""
    checks = {cell.check for cell in notebook.cells if cell.check}
    known = {exercise.id for exercise in lesson.exercises}
    if checks and not checks & known:
        other = min(checks).partition("-")[0]
        raise NotebookError(
            f"{path} looks like the notebook of lesson{other}, not of {lesson.name}: "
            f"course check lesson{other} '{path}'"
        )


def _locate(lesson: Lesson, path: Path | None) -> Path:
    name = lesson.notebook_path.name
    if path is not None:
        return path / name if path.is_dir() else path
    places = [Path(name), Path(lesson.name) / name]
    for place in places:
        if place.is_file():
            return place
    raise NotebookError(
        f"there is no {name} here or in ./{lesson.name}; begin with `course start {lesson.name}`, or name "
        f"the notebook: course check {lesson.name} PATH"
    )
