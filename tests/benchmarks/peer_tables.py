"""What the comparison of graders measured, as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.table import Table

from tests.benchmarks.results import Results


def price_table(results: Results) -> Table:
    """Return what each grader costs on each lesson: once, and for one more submission."""
    about = results.about
    title = f"seconds, {about['jobs']} at a time where possible, {about['cores']} cores"
    table = Table("lesson", "grader", title=title)
    for column in ("start", "one more", "its processor", "classes", "graded", "right", "wrong"):
        table.add_column(column, justify="right")
    for lesson in results.lessons:
        for grader in results.graders:
            table.add_row(lesson, grader, *_price_cells(results, lesson, grader))
        table.add_section()
    table.caption = "right: submissions with all points, of those without a mistake; wrong: without all, of the others"
    return table


def _price_cells(results: Results, lesson: str, grader: str) -> Iterator[str]:
    price = results.price(lesson, grader)
    by_size = results.of(lesson, grader)
    if price is None or not by_size:
        return
    yield from (f"{v:.3f}" for v in (price.start.wall, price.each.wall, price.each.processor))
    yield ", ".join(map(str, by_size))
    standing = by_size[max(by_size)][-1].standing
    yield str(standing.graded)
    yield f"{standing.accepted}/{standing.right}"
    yield f"{standing.rejected}/{standing.wrong}"


def growth_table(results: Results) -> Table:
    """Return how cost and memory grow with the class."""
    table = Table("lesson", "grader", title="as the class grows")
    for column in ("class", "seconds", "each", "processor", "each", "peak MB"):
        table.add_column(column, justify="right")
    for lesson in results.lessons:
        for grader in results.graders:
            for size, cost in results.costs(lesson, grader).items():
                peak = max(run.peak for run in results.of(lesson, grader)[size]) / 1e6
                values = (cost.wall, cost.wall / size, cost.processor, cost.processor / size)
                table.add_row(
                    lesson, grader, str(size), *(f"{v:.2f}" for v in values), f"{peak:.0f}"
                )
        table.add_section()
    table.caption = "peak MB: of the process that was started, without those that it starts itself"
    return table
