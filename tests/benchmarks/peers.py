"""Grades the same classes with stock nbgrader, with otter-grader and with this project, and compares what it costs.

    python -m tests.benchmarks.peers --peer-sizes 4,12 --sizes 10,100,1000 --json peers.json

The peers check with plain asserts (see plain_checks/), in the student's own process. Every other submission of a class
is perfect, the rest have one wrong answer each. The smallest class and the largest give the price of one more; what is
left is the start. It ends with 1 if this project is not ahead of the others on every lesson.

`--grader autograde` takes `nbgrader autograde` with our judge into the comparison.
"""

from __future__ import annotations

import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, TimeElapsedColumn

from course.lesson import lesson_name
from tests.benchmarks.findings import findings, is_ahead
from tests.benchmarks.graders import Grader, graders
from tests.benchmarks.measuring import usage_of
from tests.benchmarks.otter_environment import OTTER, cache_folder
from tests.benchmarks.peer_tables import growth_table, price_table
from tests.benchmarks.plain_checks import LESSONS
from tests.benchmarks.results import Results, Run


def numbers(_: click.Context, __: click.Parameter, value: str) -> list[int]:
    """Return the sizes in `10,100,1000`; there must be two at least, or nothing can be said about their growth."""
    try:
        sizes = sorted({int(part) for part in value.split(",")})
    except ValueError:
        raise click.BadParameter("numbers with commas between them are expected") from None
    if len(sizes) < 2 or sizes[0] < 1:
        raise click.BadParameter("two sizes at least are needed, of 1 or more")
    return sizes


@click.command()
@click.option("--lesson", "lessons", multiple=True, default=LESSONS, show_default=True)
@click.option("--sizes", default="10,100", show_default=True, callback=numbers, help="Our classes.")
@click.option(
    "--peer-sizes",
    default="4,12",
    show_default=True,
    callback=numbers,
    help="The peers' classes: multiples of --jobs, or otter ends with a core idle.",
)
@click.option("--rounds", default=1, show_default=True, type=click.IntRange(min=1))
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(min=1))
@click.option(
    "--threads",
    default=1,
    show_default=True,
    type=click.IntRange(min=1),
    help="How many threads torch has with the peers; several are slow where cores are busy.",
)
@click.option(
    "--grader",
    "chosen",
    multiple=True,
    type=click.Choice(["nbgrader", "otter", "ours", "autograde"]),
    default=["nbgrader", "otter", "ours"],
    show_default=True,
)
@click.option("--json", "kept", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--cache",
    type=click.Path(path_type=Path, file_okay=False),
    default=cache_folder,
    help="Where otter's environment is kept; it is made on first use, with pip.",
)
def main(
    lessons: tuple[str, ...],
    sizes: list[int],
    peer_sizes: list[int],
    rounds: int,
    jobs: int,
    threads: int,
    chosen: tuple[str, ...],
    kept: Path | None,
    cache: Path,
) -> None:
    """Compare what grading a class costs. About 3 s for each submission, peer and round, on a quiet machine."""
    names = [lesson_name(lesson) for lesson in lessons]
    if unknown := set(names) - set(LESSONS):
        raise click.UsageError(f"there are no plain checks of {', '.join(sorted(unknown))}")
    known = graders(jobs, threads, cache.resolve())
    sides = [grader for name, grader in known.items() if name in chosen]
    for side in sides:
        side.command(names[0])  # what has to be installed for it is installed now
    plan = [
        (lesson, side, size)
        for lesson in names
        for _ in range(rounds)
        for side in sides  # one after the other, so that a busy minute hits all
        for size in (peer_sizes if side.peer else sizes)
    ]
    console = Console(highlight=False)
    console.width = max(console.width, 110)
    results = measured(plan, Results(_about(jobs, threads, rounds)), kept, console)
    console.print(price_table(results), "", growth_table(results), "")
    for line in findings(results):
        console.print(line, soft_wrap=True)
    raise SystemExit(0 if "ours" not in chosen or is_ahead(results) else 1)


def measured(
    plan: list[tuple[str, Grader, int]], results: Results, kept: Path | None, console: Console
) -> Results:
    """Grade what is planned, show how far it is, and return the results with all of it added."""
    columns = (*Progress.get_default_columns(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=sum(size for *_, size in plan))
        for lesson, side, size in plan:
            progress.update(task, description=f"{lesson}, {size} by {side.name}")
            results.runs.append(graded(side, lesson, size))
            progress.advance(task, size)
            if kept:
                results.write(kept)  # each time, so that nothing is lost where it is broken off
    return results


def graded(side: Grader, lesson: str, size: int) -> Run:
    """Grade a class in a new course folder."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder, "course")
        side.make(course, lesson, size)
        # 1: some submissions could not be graded, which their number shows
        usage = usage_of(side.command(lesson), course, expected=(0, 1))
        return Run(
            lesson, side.name, size, usage.cost, usage.peak, side.standing(course, lesson, size)
        )


def _about(jobs: int, threads: int, rounds: int) -> dict[str, object]:
    versions = {name: version(name) for name in ("torch", "nbgrader", "ipykernel")}
    versions |= {"Python": platform.python_version(), "otter-grader": OTTER.rpartition("==")[2]}
    counts = {"jobs": jobs, "threads": threads, "rounds": rounds, "cores": os.cpu_count()}
    return {**counts, "versions": versions}


if __name__ == "__main__":
    main()
