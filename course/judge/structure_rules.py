"""Arrays and lists that hold the right numbers in the wrong order, shape or quantity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from course.judge.evidence import Said, alike, distinct, everywhere, real, relative_tolerance
from course.judge.kinds import Array, as_array
from course.values import Value

Maker = Callable[[Array, Array], Array | None]
"""Makes of the right array, and the one that came back, what the mistake would have made; None if it cannot."""


def misplaced(actual: Sequence[Value], expected: Sequence[Value]) -> Said | None:
    """Return what is said of answers whose numbers are right but for their arrangement."""
    answers = [array for value in actual if (array := as_array(value)) is not None and real(array)]
    right = [array for value in expected if (array := as_array(value)) is not None and real(array)]
    if not len(answers) == len(right) == len(actual):
        return None
    if all(a.size < 2 and e.size < 2 for a, e in zip(answers, right, strict=True)):
        return None
    if max(distinct(array) for array in (*answers, *right)) < 3:
        return None
    rtol = relative_tolerance([*actual, *expected])
    for name, words, make in _RULES:
        if _explains(make, answers, right, rtol):
            return name, f"{words} {everywhere(len(actual))}"
    return None


def _explains(make: Maker, answers: list[Array], right: list[Array], rtol: float) -> bool:
    """Return whether the mistake gives what came back every time, and not always what is right."""
    told = False
    for a, e in zip(answers, right, strict=True):
        candidate = make(e, a)
        if candidate is None or not alike(candidate, a, rtol):
            return False
        told = told or not alike(candidate, e, rtol)
    return told


def _of_right(change: Callable[[Array], Array | None], dimensions: int = 1) -> Maker:
    return lambda e, a: change(e) if e.ndim >= dimensions else None


def _reshaped(e: Array, a: Array) -> Array | None:
    squeezed = [n for n in a.shape if n != 1] == [n for n in e.shape if n != 1]
    return e.reshape(a.shape) if squeezed and a.shape != e.shape else None


def _against_itself(e: Array, a: Array) -> Array | None:
    """Return what came back if its diagonal is right, as where a column met a row."""
    n = e.size
    if n < 2 or a.shape != (n, n) or max(e.shape) != n:
        return None
    return a if alike(np.diagonal(a), e.ravel(), 1e-4) else None


def _shifted(e: Array, a: Array) -> Array | None:
    """Return the right numbers moved by one place, with whatever came back where that leaves a gap."""
    if a.shape != e.shape or not e.ndim or len(e) < 4:
        return None
    later, earlier = np.concatenate([a[:1], e[:-1]]), np.concatenate([e[1:], a[-1:]])
    return later if alike(a, later, 1e-6) else earlier


def _one_more(e: Array, a: Array) -> Array | None:
    if a.ndim != e.ndim or not e.ndim or len(a) != len(e) + 1:
        return None
    return np.concatenate([e, a[-1:]]) if a.shape[1:] == e.shape[1:] else None


def _one_before(e: Array, a: Array) -> Array | None:
    if a.ndim != e.ndim or not e.ndim or len(a) != len(e) + 1:
        return None
    return np.concatenate([a[:1], e]) if a.shape[1:] == e.shape[1:] else None


def _reduced(
    how: Callable[..., Array], axis: int | None, keepdims: bool, e: Array, a: Array
) -> Array | None:
    return np.asarray(how(e, axis=axis, keepdims=keepdims)) if e.ndim else None


def _unreduced(how: Callable[..., Array], axis: int | None, e: Array, a: Array) -> Array | None:
    """Return what came back if, once reduced, it is right."""
    return a if a.ndim and alike(np.asarray(how(a, axis=axis)), e, 1e-4) else None


def _with_dimensions(more: bool) -> Maker:
    return lambda e, a: _reshaped(e, a) if (a.ndim > e.ndim) == more else None


_RULES: tuple[tuple[str, str, Maker], ...] = (
    ("transposed", "is transposed", _of_right(lambda e: e.swapaxes(-1, -2), 2)),
    ("extra-dimension", "has a dimension of size 1 too many", _with_dimensions(True)),
    ("missing-dimension", "lacks a dimension of size 1", _with_dimensions(False)),
    ("flattened", "has the right numbers in a single dimension", _of_right(np.ravel, 2)),
    (
        "broadcast",
        "combines each element with every other, as when a column (n, 1) meets a row (n,),",
        _against_itself,
    ),
    ("reversed", "is in reverse order", _of_right(lambda e: np.flip(e, 0))),
    ("reversed", "is in reverse order in each row", _of_right(lambda e: np.flip(e, -1), 2)),
    ("shifted", "is moved by one place, end to start,", _of_right(lambda e: np.roll(e, 1, 0))),
    ("shifted", "is moved by one place, start to end,", _of_right(lambda e: np.roll(e, -1, 0))),
    ("shifted", "is moved by one place", _shifted),
    ("last-missing", "lacks the last value", _of_right(lambda e: e[:-1])),
    ("first-missing", "lacks the first value", _of_right(lambda e: e[1:])),
    ("one-too-many", "has one value too many at the end", _one_more),
    ("one-too-many", "has one value too many at the start", _one_before),
    ("sorted", "is sorted, not in the order asked for,", _of_right(lambda e: np.sort(e, 0))),
    ("sorted", "is sorted downwards", _of_right(lambda e: np.flip(np.sort(e, 0), 0))),
    ("accumulated", "is a running sum of the right one", _of_right(lambda e: np.cumsum(e, 0))),
    *(
        ("reduced-too-far", f"is {word} once too often", partial(_reduced, how, axis, keepdims))
        for how, word in ((np.sum, "summed"), (np.mean, "averaged"))
        for axis in (None, 0, -1)
        for keepdims in (False, True)
    ),
    *(
        ("not-reduced", f"is not {word}", partial(_unreduced, how, axis))
        for how, word in ((np.sum, "summed"), (np.mean, "averaged"))
        for axis in (None, 0, -1)
    ),
)
