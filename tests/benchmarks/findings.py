"""What follows from the comparison of graders, line by line."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.results import Results

OURS, STOCK = "this project", "stock nbgrader"
PROMISED, PROMISED_FOR = 25, {f"lesson{number}" for number in range(2, 7)}
"""How many times stock nbgrader's throughput is promised, and for which lessons: those that hardly calculate."""


def ratio(results: Results, lesson: str, peer: str, kind: str = "wall") -> float | None:
    """Return how many times our price of one more submission the peer's is.

    None where one of them is not known, or lost in the noise of classes that are too small.
    """
    prices = [results.price(lesson, grader) for grader in (peer, OURS)]
    each = [float(getattr(price.each, kind)) for price in prices if price is not None]
    return each[0] / each[1] if len(each) == 2 and min(each) > 0 else None


def is_ahead(results: Results) -> bool:
    """Whether one more submission takes us less time than each peer, on every lesson."""
    peers = [grader for grader in results.graders if grader != OURS]
    ratios = [ratio(results, lesson, peer) for lesson in results.lessons for peer in peers]
    return all(times is not None and times > 1 for times in ratios)


def findings(results: Results) -> Iterator[str]:
    """Yield ratios, promises, growth, and which class was not graded as it should be."""
    for lesson in results.lessons:
        if OURS in results.graders:
            yield from _ratios(results, lesson)
            yield from _growth(results, lesson)
    yield from _strays(results)
    if OURS in results.graders:
        yield f"ahead of the others on every lesson: {_holds(is_ahead(results))}"


def _ratios(results: Results, lesson: str) -> Iterator[str]:
    for peer in results.graders:
        if peer == OURS:
            continue
        times, work = (ratio(results, lesson, peer, kind) for kind in ("wall", "processor"))
        if times is None or work is None:
            yield f"{lesson}: the classes are too small to compare with {peer}"
            continue
        yield f"{lesson}: {times:.1f} times the throughput of {peer}, which takes {work:.1f} times our processor time"
        if peer == STOCK and lesson in PROMISED_FOR:
            yield f"{lesson}: at least {PROMISED} times its throughput: {_holds(times >= PROMISED)}"


def _growth(results: Results, lesson: str) -> Iterator[str]:
    """Yield how our price and memory grow from the smallest classes to the largest."""
    by_size, costs = results.of(lesson, OURS), results.costs(lesson, OURS)
    sizes = sorted(costs)
    if len(sizes) < 3:
        return
    said = []
    for small, large in (sizes[:2], sizes[-2:]):
        each = (costs[large].wall - costs[small].wall) / (large - small)
        said.append(f"{each:.3f} s between {small} and {large}")
    least, most = (max(run.peak for run in by_size[n]) / 1e6 for n in (sizes[0], sizes[-1]))
    memory = (
        f"the coordinator's peak is {least:.0f} MB for {sizes[0]} and {most:.0f} for {sizes[-1]}"
    )
    yield f"{lesson}: one more submission takes us {' and '.join(said)}; {memory}"


def _strays(results: Results) -> Iterator[str]:
    for run in results.runs:
        standing = run.standing
        if standing.graded != run.size:
            yield f"{run.lesson}: {run.grader} graded {standing.graded} of {run.size}"
        if standing.accepted != standing.right:
            count = f"{standing.accepted} of {standing.right}"
            yield f"{run.lesson}: {run.grader} gave all points to {count} submissions without a mistake"


def _holds(truth: bool) -> str:
    return "holds" if truth else "does not hold"
