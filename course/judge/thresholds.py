"""How good a trained model must be: limits that were measured, and stand beside the lesson they belong to."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

FILE = "thresholds.toml"
Side = Literal["below", "above"]

_measured: ContextVar[list[tuple[str, float]] | None] = ContextVar("_measured", default=None)


@dataclass(frozen=True)
class Threshold:
    """One limit: a measured number must be `side` (below or above) `limit`.

    `starts` is how often a test trains a model, each time from another start, before it rejects it.
    """

    name: str
    side: Side
    limit: float
    starts: int = 1

    def holds(self, value: float) -> bool:
        """Return whether `value` is on the right side; what is not a number never is."""
        return value < self.limit if self.side == "below" else value > self.limit


def thresholds(grader: str | Path) -> Mapping[str, Threshold]:
    """Return the limits in the table beside `grader` (a grader passes its own `__file__`) by name.

    Each is a section `["final loss"]` with a line `below = 0.2` or `above = 0.9`, and `starts = 3` where a model may be
    trained more than once; what else stands there is the record of its measurement, which `course calibrate` writes.
    Raises `ValueError` where a section has neither or both, or not even one start.
    """
    path = Path(grader).with_name(FILE)
    return {name: _threshold(name, entry, path) for name, entry in table(path).items()}


def table(path: Path) -> dict[str, dict[str, Any]]:
    """Return the whole table at `path`; raises `ValueError` where it is not TOML."""
    try:
        return tomllib.loads(path.read_text())
    except tomllib.TOMLDecodeError as e:
        raise ValueError(f"{path} is not TOML: {e}") from e


def _threshold(name: str, entry: dict[str, Any], path: Path) -> Threshold:
    sides: list[Side] = [side for side in ("below", "above") if side in entry]
    if len(sides) != 1:
        raise ValueError(f"{path}: [{name!r}] needs a line `below = …` or one `above = …`")
    starts = entry.get("starts", 1)
    if not isinstance(starts, int) or starts < 1:
        raise ValueError(f"{path}: [{name!r}] needs a whole number of `starts`, at least 1")
    return Threshold(name, sides[0], float(entry[sides[0]]), starts)


def measure(threshold: Threshold, value: float) -> None:
    """Note what was measured against `threshold`, where somebody is listening."""
    heard = _measured.get()
    if heard is not None:
        heard.append((threshold.name, value))


@contextmanager
def measuring() -> Iterator[list[tuple[str, float]]]:
    """Collect (name, value) of all that is measured against thresholds within the block."""
    heard: list[tuple[str, float]] = []
    token = _measured.set(heard)
    try:
        yield heard
    finally:
        _measured.reset(token)
