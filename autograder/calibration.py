"""How far a lesson's thresholds are from what right answers reach, and from what wrong ones do, as measured."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from autograder.answers import Answer, cells_with, right_answers, wrong_answers
from autograder.source import LessonSource
from course.grader import examine
from course.judge.thresholds import Threshold, thresholds
from course.submission import LocalSubmission
from course.verdict import Status, Verdict

CALL_SECONDS = 20.0
ACCEPTABLE = 1e-4
"""How often an honest solution may miss a threshold that is proposed: well under once in a thousand."""


@dataclass(frozen=True)
class Series:
    """What one answer measured against one threshold, over the seeds.

    `caught` is the title of another test that failed it, if one did each time that the threshold held.
    """

    text: str
    right: bool
    values: tuple[float, ...]
    caught: str = ""

    @property
    def spread(self) -> tuple[float, float, float]:
        """The smallest value, the median and the largest."""
        return min(self.values), float(np.median(self.values)), max(self.values)


@dataclass(frozen=True)
class Calibration:
    """All that was measured against one threshold."""

    threshold: Threshold
    exercise: str
    seeds: int
    series: tuple[Series, ...]

    @property
    def right(self) -> list[Series]:
        """The reference and the right answers."""
        return [series for series in self.series if series.right]

    @property
    def wrong(self) -> list[Series]:
        """The wrong answers that came as far as to be measured."""
        return [series for series in self.series if not series.right]

    @property
    def false_rejection(self) -> float:
        """How often the answer that comes nearest would miss the threshold, as estimated from its values.

        Of a test that gives a model several starts, which are taken as independent, each value is that of one.
        """
        one_start = max(misses(self.threshold, series.values) for series in self.right)
        return one_start**self.threshold.starts

    @property
    def rejected(self) -> int:
        """How many right answers missed the threshold in the runs themselves."""
        return sum(not self.threshold.holds(v) for series in self.right for v in series.values)

    @property
    def let_through(self) -> list[Series]:
        """The wrong answers that reached the threshold and that no other test caught."""
        reach = (s for s in self.wrong if any(map(self.threshold.holds, s.values)))
        return [series for series in reach if not series.caught]

    @property
    def proposed(self) -> float:
        """The limit half-way between what right answers hardly ever miss and what the nearest wrong one reached."""
        sign = 1.0 if self.threshold.side == "below" else -1.0
        tail = ACCEPTABLE ** (1 / self.threshold.starts)
        outermost = max(sign * _quantile(self.threshold, s.values, tail) for s in self.right)
        stopped_here = [s for s in self.wrong if not s.caught]
        nearest = min(
            (sign * _scaled(self.threshold, v) for s in stopped_here for v in s.values),
            default=outermost,
        )
        middle = (outermost + nearest) / 2 if nearest > outermost else outermost
        return float(f"{_unscaled(self.threshold, sign * middle):.2g}")


def misses(threshold: Threshold, values: Sequence[float]) -> float:
    """Return the probability that one more value would miss `threshold`.

    The values are taken as normal on a scale where that is plausible (a loss by its logarithm, a share by its logit),
    so that one more value, standardised by theirs, follows Student's t: Hahn and Meeker, "Statistical intervals"
    (1991), on prediction intervals for a single future observation.
    """
    from scipy import stats

    n, mean, deviation = _distribution(threshold, values)
    distance = _scaled(threshold, threshold.limit) - mean
    distance = distance if threshold.side == "below" else -distance
    if deviation < 1e-12:
        return 0.0 if distance > 0 else 1.0
    return float(stats.t.sf(distance / deviation, n - 1))


def _quantile(threshold: Threshold, values: Sequence[float], tail: float) -> float:
    """Return the scaled value that one more would exceed, on the wrong side, with the probability `tail`."""
    from scipy import stats

    n, mean, deviation = _distribution(threshold, values)
    reach = float(stats.t.isf(tail, max(n - 1, 1))) * deviation
    return mean + (reach if threshold.side == "below" else -reach)


def _distribution(threshold: Threshold, values: Sequence[float]) -> tuple[int, float, float]:
    """Return how many values there are, and the mean and deviation, scaled, of one more of them."""
    scaled = np.array([_scaled(threshold, value) for value in values])
    n = len(scaled)
    deviation = float(scaled.std(ddof=1)) if n > 1 else 0.0
    return n, float(scaled.mean()), deviation * math.sqrt(1 + 1 / n)


def _scaled(threshold: Threshold, value: float) -> float:
    if threshold.side == "below":
        return math.log(max(value, 1e-12))
    share = min(max(value, 1e-3), 1 - 1e-3)
    return math.log(share / (1 - share))


def _unscaled(threshold: Threshold, value: float) -> float:
    return math.exp(value) if threshold.side == "below" else 1 / (1 + math.exp(-value))


def calibrate(source: LessonSource, seeds: int) -> Iterator[Calibration]:
    """Yield what the solution and every answer measure against each threshold of a lesson.

    The solution and the right answers are measured `seeds` times, a wrong answer a fifth as often, ten times at least.
    Raises `ValueError` for a threshold that no test measures against.
    """
    limits = thresholds(source.hidden_test)
    places = _places(source)
    if unused := limits.keys() - {name for names in places.values() for name in names}:
        raise ValueError(f"no test of {source.hidden_test.name} measures against {unused.pop()!r}")
    for place, names in places.items():
        measured = [
            _measured(source, place, limits, answer, seeds)
            for answer in (None, *_answers(source, place.exercise))
        ]
        for name in names:
            series = tuple(found[name] for found in measured if name in found)
            yield Calibration(limits[name], place.exercise, seeds, series)


@dataclass(frozen=True)
class _Place:
    """The test that measures: its exercise and its title."""

    exercise: str
    title: str


def _places(source: LessonSource) -> dict[_Place, list[str]]:
    """Return the names of the thresholds that each test measures against, each with the first test that does."""
    places: dict[_Place, list[str]] = {}
    seen: set[str] = set()
    for verdict in _verdicts(source, None, "where"):
        # a test may measure against the same one again and again
        names = list(dict.fromkeys(name for name, _ in verdict.measured if name not in seen))
        seen.update(names)
        if names:
            places[_Place(verdict.exercise, verdict.title)] = names
    return places


def _answers(source: LessonSource, exercise: str) -> list[Answer]:
    both = [*right_answers(source), *wrong_answers(source)]
    return [answer for answer in both if answer.exercise == exercise]


def _measured(
    source: LessonSource,
    place: _Place,
    limits: Mapping[str, Threshold],
    answer: Answer | None,
    seeds: int,
) -> dict[str, Series]:
    """Return what `answer`, or the solution, measures against each threshold that it comes to."""
    right = answer is None or answer in right_answers(source)
    values: dict[str, list[float]] = defaultdict(list)
    caught: dict[str, list[set[str]]] = defaultdict(list)
    for number in range(seeds if right else max(seeds // 5, min(seeds, 10))):
        seed = f"calibration {number}"
        heard = [
            (name, value)
            for verdict in _verdicts(source, answer, seed, place.exercise, place.title)
            for name, value in verdict.measured
        ]
        reached = [name for name, value in heard if not right and limits[name].holds(value)]
        others = _verdicts(source, answer, seed, place.exercise) if reached else []
        for name, value in heard:
            values[name].append(value)
        for name in reached:
            # the test that measures may catch it, too, by another of its claims
            caught[name].append({v.title for v in others if v.status is Status.FAILED})
        if not heard and number == 2:
            # it does not come as far
            break
    text = answer.text if answer else "the solution"
    always = {name: sorted(set.intersection(*each)) for name, each in caught.items()}
    return {
        name: Series(text, right, tuple(found), next(iter(always.get(name, [])), ""))
        for name, found in values.items()
    }


@lru_cache(maxsize=1)
def _submission(source: LessonSource, answer: Answer | None) -> LocalSubmission:
    return LocalSubmission.of_cells(cells_with(source, answer), seconds=CALL_SECONDS)


def _verdicts(
    source: LessonSource,
    answer: Answer | None,
    seed: str,
    exercise: str | None = None,
    title: str | None = None,
) -> list[Verdict]:
    return examine(
        source.hidden_test,
        _submission(source, answer),
        seed=seed,
        exercises=None if exercise is None else {exercise},
        titles=None if title is None else {title},
        reference=source.names(),
    )
