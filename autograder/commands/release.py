"""course release: builds what students receive from the lessons' sources."""

from __future__ import annotations

import click

from autograder.source import CHECKOUT, SourceError, lesson_sources
from course.lesson import UnknownLesson, lesson_name


@click.command("release")
@click.argument("lessons", nargs=-1)
def command(lessons: tuple[str, ...]) -> None:
    """Build assignments/LESSON from solutions/LESSON (default: all), with nbgrader's own generate_assignment."""
    known = [source.name for source in lesson_sources()]
    try:
        wanted = [lesson_name(lesson) for lesson in lessons] or known
    except UnknownLesson as e:
        raise click.UsageError(str(e)) from None
    for name in wanted:
        if name not in known:
            raise click.UsageError(f"there is no solutions/{name}; there are {', '.join(known)}")
    from autograder.pipeline import Pipeline, PipelineError

    try:
        pipeline = Pipeline(CHECKOUT)
        for name in wanted:
            click.echo(f"{name}: {pipeline.release(name).relative_to(CHECKOUT)}")
    except (PipelineError, SourceError) as e:
        raise click.ClickException(f"not built: {e}") from None
