"""course release: builds what students receive from the lessons' sources."""

from __future__ import annotations

import click

from autograder.lesson_argument import source_of
from autograder.source import CHECKOUT, LessonSource, SourceError, lesson_sources


@click.command("release")
@click.argument("lessons", nargs=-1, type=source_of)
def command(lessons: tuple[LessonSource, ...]) -> None:
    """Build assignments/LESSON from solutions/LESSON (default: all), with nbgrader's own generate_assignment."""
    from autograder.pipeline import Pipeline, PipelineError

    try:
        pipeline = Pipeline(CHECKOUT)
        for source in lessons or lesson_sources():
            click.echo(f"{source.name}: {pipeline.release(source.name).relative_to(CHECKOUT)}")
    except (PipelineError, SourceError) as e:
        raise click.ClickException(f"not built: {e}") from None
