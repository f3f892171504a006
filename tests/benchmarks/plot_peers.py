"""Draws what tests/benchmarks/peers.py measured: seconds for a class against its size, a panel for each lesson.

python -m tests.benchmarks.plot_peers peers.json docs/benchmark.svg
"""

from __future__ import annotations

from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import click

from tests.benchmarks.findings import OURS, STOCK
from tests.benchmarks.results import Price, Results

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {OURS: "#0072b2", STOCK: "#d55e00", "otter run": "#8a6d00"}
PANELS = 4
"""How many stand side by side."""
MARKERS = {OURS: "o", STOCK: "s", "otter run": "^"}


@click.command()
@click.argument(
    "measured",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.argument("picture", type=click.Path(path_type=Path, dir_okay=False))
def main(measured: tuple[Path, ...], picture: Path) -> None:
    """Draw MEASURED, JSON files of one machine, into PICTURE, an SVG or PNG file."""
    import matplotlib

    # the same numbers give the same file
    matplotlib.use("agg")
    matplotlib.rcParams |= {"svg.hashsalt": "benchmark", "font.size": 10}
    from matplotlib import pyplot

    results, *others = map(Results.read, measured)
    for other in others:
        results.runs += other.runs
    lessons = sorted(results.lessons, key=lambda lesson: int(lesson.removeprefix("lesson")))
    columns = min(len(lessons), PANELS)
    rows = -(-len(lessons) // columns)
    figure, axes = pyplot.subplots(
        rows,
        columns,
        # the legend and the note are as wide as two panels
        figsize=(0.6 + 2.9 * max(columns, 2), 0.8 + 3.1 * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.flat[len(lessons) :]:
        ax.set_axis_off()
    for lesson, ax in zip(lessons, axes.flat, strict=False):
        draw(ax, results, lesson)
    for ax in axes.flat[len(lessons) - columns : len(lessons)]:
        ax.tick_params(labelbottom=True)  # none stands below it
    figure.supxlabel("submissions", fontsize=10)
    figure.supylabel("seconds for the class", fontsize=10)
    low, high = axes[0][0].get_ylim()
    axes[0][0].set_ylim(low, high * 6)  # room for the prices
    handles, labels = axes[0][0].get_legend_handles_labels()
    figure.legend(handles, labels, ncols=len(labels), loc="outside upper center", frameon=False)
    jobs, cores = results.about["jobs"], results.about["cores"]
    note = f"{cores} cores; {jobs} submissions at a time, but one with stock nbgrader, which has no choice. "
    note += "Dotted: larger classes at the price of one more submission."
    figure.text(
        0.5,
        -0.01,
        fill(note, 38 * max(columns, 2)),
        ha="center",
        va="top",
        fontsize=8.5,
        color="0.35",
    )
    metadata = {"Date": None} if picture.suffix == ".svg" else None
    figure.savefig(picture, dpi=150, facecolor="white", metadata=metadata, bbox_inches="tight")


def draw(ax: Axes, results: Results, lesson: str) -> None:
    """Draw one lesson: a line for each grader, dotted beyond the largest class that it was given."""
    largest = max(run.size for run in results.runs)
    smallest = min(run.size for run in results.runs)
    for place, grader in enumerate(results.graders):
        costs, price = results.costs(lesson, grader), results.price(lesson, grader)
        if price is None:
            continue
        colour, marker = COLOURS.get(grader, "0.4"), MARKERS.get(grader, "d")
        seconds = [cost.wall for cost in costs.values()]
        ax.plot(list(costs), seconds, color=colour, marker=marker, label=grader, markersize=5)
        size = max(costs)
        ax.plot(
            [size, largest], [costs[size].wall, _after(price, largest)], ":", color=colour, lw=1.5
        )
        ax.text(
            0.03,
            0.98 - 0.075 * place,
            f"{price.each.wall:.2g} s for one more",
            transform=ax.transAxes,
            va="top",
            fontsize=9,
            color=colour,
        )
    ax.set(xscale="log", yscale="log", title=lesson.replace("lesson", "lesson "))
    ax.set_xlim(smallest / 1.4, largest * 1.4)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,g}")
        axis.set_minor_formatter("")
    ax.grid(which="major", color="0.9")
    ax.spines[["top", "right"]].set_visible(False)


def _after(price: Price, size: int) -> float:
    return price.start.wall + size * price.each.wall


if __name__ == "__main__":
    main()
