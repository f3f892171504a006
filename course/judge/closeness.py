"""What makes a value right: its kind, its exact shape, and numbers within the tolerance of their dtype."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from course.judge.kinds import (
    Array,
    as_array,
    dtype_of,
    has_dtype,
    is_array,
    is_number,
    is_sequence,
    is_tensor,
    is_truth,
    numpy_of,
    python_number,
)
from course.judge.mismatches import (
    Kind,
    Mismatch,
    wrong_dtype,
    wrong_length,
    wrong_size,
    wrong_type,
)
from course.judge.tolerance import first_outside, is_close, tolerance_for
from course.judge.wording import describe, key_list, kind_of
from course.values import Value

__all__ = ["Kind", "Mismatch", "describe", "kind_of", "mismatch", "same"]


@dataclass(frozen=True)
class _Rules:
    rtol: float | None
    atol: float | None
    kind_free: bool
    finite: bool


def mismatch(
    actual: Value,
    expected: Value,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    kind_free: bool = True,
) -> Mismatch | None:
    """Return the first way in which `actual` is not `expected`, or None.

    Shapes must be equal, numbers finite and within `torch.testing.assert_close`'s tolerances for the coarser dtype.
    With `kind_free`, Python's, NumPy's and torch's numbers stand for each other, and so do lists and arrays of equal
    shape; without it, container and dtype must be the very same. Raises `ValueError` for an expectation that could
    judge nothing: an empty one, or one that is not finite.
    """
    if any(t is not None and not t >= 0 for t in (rtol, atol)):
        raise ValueError("a tolerance is at least 0")
    _require_judgeable(expected)
    return _compare(actual, expected, "", _Rules(rtol, atol, kind_free, finite=True))


def same(
    actual: Value,
    candidate: Value,
    *,
    rtol: float | None = None,
    atol: float | None = None,
) -> bool:
    """Return whether two values agree, nan with nan and inf with inf: for the results of mistakes."""
    rules = _Rules(rtol, atol, kind_free=True, finite=False)
    return _compare(actual, candidate, "", rules) is None


def _require_judgeable(expected: Value) -> None:
    if isinstance(expected, (list, tuple, dict)):
        for item in expected.values() if isinstance(expected, dict) else expected:
            _require_judgeable(item)
        empty = not expected
    elif is_number(expected) or is_array(expected):
        array = numpy_of(expected)
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            raise ValueError("the expected value is not finite")
        empty = array.size == 0
    else:
        if not (is_truth(expected) or isinstance(expected, (str, bytes, type(None)))):
            raise ValueError(f"{kind_of(expected)} cannot be expected: it is not plain data")
        return
    if empty:
        raise ValueError(f"{kind_of(expected)} cannot be expected: comparing it judges nothing")


def _compare(actual: Value, expected: Value, where: str, rules: _Rules) -> Mismatch | None:
    if not rules.kind_free and (found := _stricter(actual, expected, where)):
        return found
    if isinstance(expected, dict) and isinstance(actual, dict):
        return _dictionaries(actual, expected, where, rules)
    if is_truth(expected) and is_truth(actual):
        return _equal(bool(actual), bool(expected), where)
    if is_number(expected) and is_number(actual):
        return _numbers(actual, expected, where, rules)
    if is_array(expected) or is_sequence(expected):
        return _sequences(actual, expected, where, rules)
    if type(actual) is type(expected) and not has_dtype(expected):
        return _equal(actual, expected, where)
    return wrong_type(actual, expected, where)


def _stricter(actual: Value, expected: Value, where: str) -> Mismatch | None:
    """Return how container or dtype differ where they must be the very same."""
    if not has_dtype(expected):
        alike = type(actual) is type(expected)
    else:
        alike = has_dtype(actual) and is_tensor(actual) == is_tensor(expected)
        if alike and dtype_of(actual) != dtype_of(expected):
            return wrong_dtype(dtype_of(actual), dtype_of(expected), where)
    return None if alike else wrong_type(actual, expected, where)


def _dictionaries(
    actual: dict[Any, Any], expected: dict[Any, Any], where: str, rules: _Rules
) -> Mismatch | None:
    if actual.keys() != expected.keys():
        missing = [key for key in expected if key not in actual]
        mistake = "missing-key" if missing else "extra-key"
        return Mismatch("keys", where, key_list(actual, expected), key_list(expected), mistake)
    for key, due in expected.items():
        inside = f"{where}[{describe(key)}]" if where else f"in [{describe(key)}]"
        if found := _compare(actual[key], due, inside, rules):
            return found
    return None


def _equal(actual: Value, expected: Value, where: str) -> Mismatch | None:
    if actual == expected:
        return None
    return Mismatch("value", where, describe(actual), describe(expected))


def _numbers(actual: Value, expected: Value, where: str, rules: _Rules) -> Mismatch | None:
    a, e = python_number(actual), python_number(expected)
    if isinstance(a, complex) and not isinstance(e, complex):
        return wrong_dtype("complex", "real", where)
    if isinstance(a, float) and isinstance(e, float) and (math.isfinite(a) or not rules.finite):
        # what arrays are asked for below, many times as fast
        tolerance = tolerance_for(actual, expected, rules.rtol, rules.atol)
        return None if is_close(a, e, tolerance) else _far(a, e, where)
    if max((n.bit_length() for n in (a, e) if isinstance(n, int)), default=0) < 64:
        return _close(actual, numpy_of(actual), expected, numpy_of(expected), where, rules)
    # no machine type holds it
    if isinstance(a, int) and isinstance(e, int) and rules.rtol is None and rules.atol is None:
        return _equal(a, e, where)
    if a == e:
        return None
    if isinstance(a, int) and a.bit_length() > 1023:
        return Mismatch("finite", where, describe(a), "a number of usual size", "infinite")
    return _numbers(
        float(a) if isinstance(a, int) else a, float(e) if isinstance(e, int) else e, where, rules
    )


def _sequences(actual: Value, expected: Value, where: str, rules: _Rules) -> Mismatch | None:
    a, e = as_array(actual), as_array(expected)
    if a is None or e is None:
        return _items(actual, expected, where, rules)
    if not a.ndim:
        # one number where several are due
        return wrong_type(actual, expected, where)
    if a.shape != e.shape:
        return wrong_size(actual, a, expected, e, where)
    kinds = [array.dtype.kind.replace("u", "i") for array in (a, e)]
    # a list of numbers has no dtype: 1 in it is as good as 1.0
    dtype_counts = has_dtype(actual) and has_dtype(expected)
    if kinds[0] != kinds[1] and (dtype_counts or not set(kinds) <= {"i", "f"}):
        return wrong_dtype(a.dtype.name, e.dtype.name, where)
    known = [value if has_dtype(value) else array for value, array in ((actual, a), (expected, e))]
    return _close(known[0], a, known[1], e, where, rules)


def _items(actual: Value, expected: Value, where: str, rules: _Rules) -> Mismatch | None:
    if not is_sequence(actual) or not is_sequence(expected):
        return wrong_type(actual, expected, where)
    if len(actual) != len(expected):
        return wrong_length(actual, expected, where)
    for index, (item, due) in enumerate(zip(actual, expected, strict=True)):
        if found := _compare(item, due, _at(where, index), rules):
            return found
    return None


def _close(
    actual: Value, a: Array, expected: Value, e: Array, where: str, rules: _Rules
) -> Mismatch | None:
    """Compare the arrays `a` and `e`, made of `actual` and `expected`, whose dtypes tell the tolerance."""
    if rules.finite and a.dtype.kind in "fc" and not np.isfinite(a).all():
        index = tuple(map(int, np.argwhere(~np.isfinite(a))[0]))
        odd = a[index].item()
        mistake = "nan" if np.isnan(odd) else "infinite"
        return Mismatch("finite", _at(where, *index), describe(odd), "a finite number", mistake)
    found = first_outside(a, e, tolerance_for(actual, expected, rules.rtol, rules.atol))
    if found is None:
        return None
    return _far(a[found].item(), e[found].item(), _at(where, *found))


def _far(actual: Value, expected: Value, where: str) -> Mismatch:
    shown = describe(actual), describe(expected)
    if shown[0] == shown[1]:
        # they differ where `describe` rounds
        shown = repr(actual), repr(expected)
    return Mismatch("value", where, *shown)


def _at(where: str, *index: int) -> str:
    if not index:
        return where
    place = f"[{', '.join(map(str, index))}]"
    return where + place if "at [" in where else f"{where} at {place}".strip()
