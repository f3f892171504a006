"""Answers that are right for other arguments: exchanged ones, one left out, or another axis of the same input."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from course.judge.evidence import Said, alike, everywhere, relative_tolerance
from course.judge.kinds import Array, as_array, has_dtype, is_number, is_sequence
from course.values import Value

Inputs = Mapping[str, Value]
Answers = Sequence[Value]

# what a reference may say to arguments that it was never meant for
_REFUSALS = (ArithmeticError, ValueError, TypeError, IndexError, RuntimeError)


def other_arguments(
    reference: Callable[..., Value], inputs: Sequence[Inputs], actual: Answers, expected: Answers
) -> Said | None:
    """Speak of arguments that are exchanged, or of one that is not used, negated or transposed."""
    names = list(inputs[0])
    for a, b in combinations(names, 2):
        exchanged = [{**case, a: case[b], b: case[a]} for case in inputs]
        if _gives(reference, exchanged, actual, expected):
            return (
                "swapped-arguments",
                f"is right for {a} and {b} exchanged {everywhere(len(inputs))}",
            )
    for name in names:
        for id_, words, change in _CHANGES:
            changed = [{**case, name: change(case[name])} for case in inputs]
            if all(case[name] is not None for case in changed) and _gives(
                reference, changed, actual, expected
            ):
                said = f"is what it would be if {name} were {words}"
                return id_, f"{said} {everywhere(len(inputs))}"
    return None


def _scaled(value: Value, by: float, plus: float = 0.0) -> Value:
    """Return `by` times a number or an array, plus `plus`; None for anything else."""
    if is_number(value) or (has_dtype(value) and value.ndim > 0):
        return value * by + plus
    array = as_array(value)
    return None if array is None or not is_sequence(value) else (array * by + plus).tolist()


def _transposed(value: Value) -> Value:
    square = has_dtype(value) and value.ndim == 2 and value.shape[0] == value.shape[1]
    return value.T if square else None


_CHANGES: tuple[tuple[str, str, Callable[[Value], Value]], ...] = (
    ("ignored-argument", "left out", lambda value: _scaled(value, 0.0)),
    ("ignored-argument", "always 1", lambda value: _scaled(value, 0.0, 1.0)),
    ("negated-argument", "of the opposite sign", lambda value: _scaled(value, -1.0)),
    ("transposed-argument", "transposed", _transposed),
)


def _gives(
    reference: Callable[..., Value], inputs: Sequence[Inputs], actual: Answers, expected: Answers
) -> bool:
    """Return whether the reference gives what came back for these inputs, and not always what is right."""
    rtol = relative_tolerance([*actual, *expected])
    told = False
    for case, came_back, right in zip(inputs, actual, expected, strict=True):
        try:
            with np.errstate(all="ignore"):
                candidate = as_array(reference(**case))
        except _REFUSALS:
            return False
        a, e = as_array(came_back), as_array(right)
        if candidate is None or a is None or e is None or not alike(a, candidate, rtol):
            return False
        told = told or not alike(e, candidate, rtol)
    return told


def wrong_axis(inputs: Sequence[Inputs], actual: Answers, expected: Answers) -> Said | None:
    """Speak of an input that is summed, averaged … along another axis, or averaged where it is to be summed."""
    right = [array for value in expected if (array := as_array(value)) is not None]
    answers = [array for value in actual if (array := as_array(value)) is not None]
    if not len(right) == len(answers) == len(inputs):
        return None
    rtol = relative_tolerance([*actual, *expected])
    for name in inputs[0]:
        given = [a for case in inputs if (a := as_array(case[name])) is not None and a.ndim > 1]
        if len(given) < len(inputs):
            continue
        meant = [key for key, made in _reductions(given) if _all_alike(right, made, rtol)]
        shown = [key for key, made in _reductions(given) if _all_alike(answers, made, rtol)]
        for how, axis in meant:
            if shown and (how, axis) not in shown and shown[0][1] != axis:
                said = f"reduces {name} along another axis than it should"
                return "wrong-axis", f"{said} {everywhere(len(inputs))}"
    return None


def _reductions(given: list[Array]) -> Iterator[tuple[tuple[str, int | None], list[Array]]]:
    axes: list[int | None] = [None, *range(min(array.ndim for array in given))]
    for how in (np.sum, np.mean, np.max, np.min, np.argmax, np.argmin):
        for axis in axes:
            yield (how.__name__, axis), [np.asarray(how(array, axis=axis)) for array in given]


def _all_alike(found: list[Array], made: list[Array], rtol: float) -> bool:
    return all(alike(a, b, rtol) for a, b in zip(found, made, strict=True))
