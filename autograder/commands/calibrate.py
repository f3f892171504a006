"""course calibrate: measures a lesson's thresholds on its right and wrong answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from autograder.lesson_argument import source_of

if TYPE_CHECKING:
    from rich.table import Table

    from autograder.calibration import Calibration
    from autograder.source import LessonSource


@click.command("calibrate")
@click.argument("source", metavar="LESSON", type=source_of)
@click.option(
    "--seeds",
    default=50,
    show_default=True,
    type=click.IntRange(min=10),
    help="How often each answer is measured.",
)
@click.option(
    "--write", is_flag=True, help="Note what was measured in the lesson's thresholds.toml."
)
def command(source: LessonSource, seeds: int, write: bool) -> None:
    """Train the solution of LESSON, and every right and wrong answer, over many seeds; print for each threshold how the
    measured values lie, how often an honest solution would miss it, and the limit that they propose.
    """
    from rich.console import Console

    from autograder.calibration import calibrate
    from autograder.threshold_table import write_table
    from course.grader import GraderError
    from course.judge.thresholds import FILE

    if not source.hidden_test.with_name(FILE).exists():
        raise click.ClickException(f"{source.name} has no thresholds: there is no {FILE}")
    console = Console(highlight=False)
    done = []
    try:
        for calibration in calibrate(source, seeds):
            console.print(_table(calibration), _summary(calibration), "", sep="\n")
            done.append(calibration)
    except (ValueError, GraderError) as e:
        raise click.ClickException(str(e)) from None
    if write:
        path = write_table(source, done)
        console.print(f"noted in {path.relative_to(path.parents[2])}")
    if any(found.let_through or found.rejected for found in done):
        raise SystemExit(1)


def _table(found: Calibration) -> Table:
    from rich.table import Table
    from rich.text import Text

    limit = found.threshold
    title = f"{found.exercise} {limit.name}: {limit.side} {limit.limit:g}, {found.seeds} seeds each"
    table = Table(title=title, title_justify="left", box=None)
    table.add_column("answer", max_width=52)
    for heading in ("least", "median", "most"):
        table.add_column(heading, justify="right")
    table.add_column("beyond", justify="right")
    table.add_column("otherwise caught by")
    for series in sorted(found.series, key=lambda s: (not s.right, s.spread[1])):
        beyond = sum(not limit.holds(value) for value in series.values)
        table.add_row(
            Text(series.text, style="" if series.right else "dim"),
            *(f"{value:.4g}" for value in series.spread),
            f"{beyond}/{len(series.values)}",
            series.caught,
        )
    return table


def _summary(found: Calibration) -> str:
    said = (
        f"an honest solution misses it once in {_times(found.false_rejection)} runs, as estimated"
    )
    through = "; ".join(series.text for series in found.let_through)
    return (
        f"{said}; proposed: {found.threshold.side} {found.proposed:g}"
        + (f"\nRIGHT ANSWERS MISSED IT {found.rejected} times" if found.rejected else "")
        + (f"\nLET THROUGH: {through}" if through else "")
    )


def _times(probability: float) -> str:
    return f"{1 / probability:,.0f}" if probability > 1e-12 else "more than a million million"
