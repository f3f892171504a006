"""What is known of a wrong answer: every number that came back, the right one, and the inputs beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from course.judge.kinds import Array, as_array, has_dtype
from course.judge.tolerance import precision
from course.values import Value

# how well a mistake's result must be met; a student's rounding errors are magnified where terms cancel
_RELATIVE = {"bfloat16": 2e-2, "float16": 5e-3, "float32": 1e-4, "single": 1e-4}
_DOUBLE = 1e-7
_MANY = 4000
"""Of more numbers than these a part is looked at first."""


Said = tuple[str, str]
"""The id of a mistake, and what is said of the function that makes it."""


@dataclass(frozen=True)
class Evidence:
    """Answers to several inputs, laid end to end so that one rule can be tried on all of them at once.

    `columns` holds the inputs that have one number for each number of the answer, `sizes` the lengths of the others.
    """

    inputs: int
    actual: Array
    expected: Array
    columns: Mapping[str, Array]
    sizes: Mapping[str, Array]
    rtol: float
    wrt: str | None = None
    because: Mapping[str, str] = field(default_factory=dict)

    def shows(self, candidate: Array) -> bool:
        """Return whether `candidate` is what came back, everywhere."""
        return alike(self.actual, candidate, self.rtol)

    @cached_property
    def countable(self) -> Array:
        """Where the right number is not 0, so that what came back can be divided by it."""
        size = np.abs(self.expected)
        return np.asarray(size > 1e-6 * size.max())

    @cached_property
    def variety(self) -> int:
        """How many different right numbers other than 0 there are: fewer than three prove nothing."""
        return distinct(self.expected[self.countable])

    def thinned(self) -> Evidence:
        """Return a part of the evidence that is quick to look through; all of it, where there is little."""
        step = self.actual.size // _MANY + 1
        if step == 1:
            return self
        columns = {name: column[::step] for name, column in self.columns.items()}
        sizes = {words: n[::step] for words, n in self.sizes.items()}
        actual, expected = self.actual[::step], self.expected[::step]
        return replace(self, actual=actual, expected=expected, columns=columns, sizes=sizes)

    @property
    def everywhere(self) -> str:
        """The words for all inputs that were tried."""
        return everywhere(self.inputs)


def everywhere(inputs: int) -> str:
    """Return the words for all of so many inputs."""
    return {1: "on the input tried", 2: "on both inputs"}.get(inputs, f"on all {inputs} inputs")


def alike(a: Array, b: Array, rtol: float) -> bool:
    """Return whether `a` is `b`: equal in shape, and its numbers within `rtol` of theirs and of the largest."""
    if a.shape != b.shape or a.dtype.kind not in "iuf" or b.dtype.kind not in "iuf":
        return False
    wide, other = a.astype(np.float64), b.astype(np.float64)
    if not (np.isfinite(wide).all() and np.isfinite(other).all()):
        return False
    size = np.abs(other)
    near = np.abs(wide - other) <= rtol * (size + 0.1 * np.max(size, initial=0.0))
    return bool(near.all())


def distinct(numbers: Array) -> int:
    """Return how many clearly different numbers there are, or how many in a part of very many."""
    if not numbers.size:
        return 0
    some = numbers.ravel()[:: numbers.size // _MANY + 1]
    scale = float(np.max(np.abs(some))) or 1.0
    return len(np.unique(np.round(some / scale, 5)))


def gather(
    inputs: Sequence[Mapping[str, Value]],
    actual: Sequence[Value],
    expected: Sequence[Value],
    wrt: str | None = None,
    because: Mapping[str, str] | None = None,
) -> Evidence | None:
    """Return the evidence, or None unless all answers are finite real numbers of the right shape."""
    answers, right = _arrays(actual), _arrays(expected)
    if answers is None or right is None or [a.shape for a in answers] != [e.shape for e in right]:
        return None
    columns: dict[str, Array] = {}
    sizes: dict[str, Array] = {}
    for name in inputs[0]:
        given = [case.get(name) for case in inputs]
        column = [_beside(value, e) for value, e in zip(given, right, strict=True)]
        found = [part for part in column if part is not None]
        if len(found) == len(given):
            columns[name] = np.concatenate(found)
        sizes |= _sizes(name, given, right)
    return Evidence(
        len(inputs),
        _flat(answers),
        _flat(right),
        columns,
        sizes,
        relative_tolerance([*actual, *expected]),
        wrt,
        because or {},
    )


def _arrays(values: Sequence[Value]) -> list[Array] | None:
    arrays = [array for value in values if (array := as_array(value)) is not None and real(array)]
    return arrays if len(arrays) == len(values) else None


def relative_tolerance(values: Sequence[Value]) -> float:
    """Return how far, relatively, results of the coarsest precision among `values` may be off."""
    known = [value if has_dtype(value) else as_array(value) for value in values]
    return max(
        (_RELATIVE.get(precision(v), _DOUBLE) for v in known if v is not None), default=_DOUBLE
    )


def real(array: Array) -> bool:
    """Return whether `array` holds finite real numbers, and at least one."""
    return array.dtype.kind in "iuf" and array.size > 0 and bool(np.isfinite(array).all())


def _flat(arrays: Sequence[Array]) -> Array:
    return np.concatenate([np.asarray(array, dtype=np.float64).ravel() for array in arrays])


def _beside(value: Value, answer: Array) -> Array | None:
    """Return an input as one number for each number of the answer, if it is that."""
    array = as_array(value)
    if array is None or not real(array):
        return None
    if array.shape == answer.shape:
        return np.asarray(array, dtype=np.float64).ravel()
    return np.full(answer.size, float(array)) if array.ndim == 0 else None


def _sizes(name: str, given: Sequence[Value], expected: Sequence[Array]) -> dict[str, Array]:
    """Return the lengths by which a sum over an input and its mean differ, in words and for each answer."""
    arrays = [array for value in given if (array := as_array(value)) is not None and array.ndim]
    if len(arrays) < len(given):
        return {}
    told = {f"the length of {name}": [len(array) for array in arrays]}
    if max(array.ndim for array in arrays) > 1:
        told[f"the number of elements in {name}"] = [array.size for array in arrays]
        told[f"the number of columns of {name}"] = [array.shape[-1] for array in arrays]
    repeats = [array.size for array in expected]
    return {words: np.repeat(np.asarray(n, dtype=np.float64), repeats) for words, n in told.items()}
