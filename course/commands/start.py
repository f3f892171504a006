"""course start: copies a lesson's notebook here, to work on."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import click

from course.lesson import UnknownLesson, find_lesson


@click.command("start")
@click.argument("lesson")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
def command(lesson: str, folder: Path | None) -> None:
    """Copy LESSON's notebook and data into FOLDER (default: a folder named like the lesson).

    What is already there is never overwritten.
    """
    try:
        found = find_lesson(lesson)
    except UnknownLesson as e:
        raise click.UsageError(str(e)) from None
    _expect_no_lesson(folder, found.name)
    # whoever types it again in the lesson's own folder has it here
    is_here = Path(found.notebook_path.name).exists()
    target = folder or (Path() if is_here else Path(found.name))
    files = [file for file in sorted(found.folder.iterdir()) if file.is_file()]
    kept = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            if (target / file.name).exists():
                kept.append(file.name)
            else:
                shutil.copyfile(file, target / file.name)
    except OSError as e:
        raise click.ClickException(f"{target} cannot be written: {e.strerror}") from None
    for name in kept:
        click.echo(f"kept your {target / name}")
    notebook = target / found.notebook_path.name
    if len(kept) < len(files):
        click.echo(f"{found.title} is in {target}")
    click.echo(f"Open {notebook} in Jupyter; see how you stand with: course check {notebook}")


def _expect_no_lesson(folder: Path | None, started: str) -> None:
    """Refuse a folder whose name is another lesson's: who types `course start 3 4` means two lessons."""
    with contextlib.suppress(UnknownLesson):
        if folder is not None and (other := find_lesson(folder.name).name) != started:
            raise click.UsageError(
                f"one lesson at a time: course start {started}, then course start {other} (FOLDER may have any name "
                "that is not another lesson's)"
            )
