"""How far a number may be from the right one: the tolerances of torch.testing.assert_close."""

from __future__ import annotations

import ctypes
import math
from dataclasses import dataclass

import numpy as np

from course.judge.kinds import Array, dtype_of, numpy_of
from course.values import Value

# (rtol, atol) by dtype, coarsest first
_DEFAULTS = {
    "bfloat16": (1.6e-2, 1e-5),
    "float16": (1e-3, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "complex64": (1.3e-6, 1e-5),
    "single": (1.3e-6, 1e-7),
    "float64": (1e-7, 1e-7),
    "complex128": (1e-7, 1e-7),
}
_EXACT = (0.0, 0.0)


@dataclass(frozen=True)
class Tolerance:
    """A number is close when it is within `atol + rtol * |expected|`."""

    rtol: float
    atol: float


def tolerance_for(
    actual: Value, expected: Value, rtol: float | None = None, atol: float | None = None
) -> Tolerance:
    """Return the tolerance for the coarser dtype of two numbers or arrays, unless told otherwise."""
    names = (precision(actual), dtype_of(expected))
    least_rtol, least_atol = max(_DEFAULTS.get(name, _EXACT) for name in names)
    return Tolerance(
        least_rtol if rtol is None else rtol,
        least_atol if atol is None else atol,
    )


def precision(actual: Value) -> str:
    """Return the dtype that a result was calculated in, "single" where only its digits tell.

    A float32 tensor's `.item()` is a Python float, with float32's error: it is known by fitting float32 without loss,
    as one float64 of 500 million does by chance.
    """
    if type(actual) is float:
        return "single" if actual == ctypes.c_float(actual).value else "float64"
    name = dtype_of(actual)
    if name != "float64":
        return name
    wide = numpy_of(actual)
    with np.errstate(over="ignore", under="ignore"):
        return "single" if (wide.astype(np.float32) == wide).all() else name


def is_close(actual: float, expected: float, tolerance: Tolerance) -> bool:
    """Return whether a number is close; nan is close to nan, inf to inf."""
    if actual == expected:
        return True
    if not (tolerance.rtol or tolerance.atol):
        return False
    if math.isnan(actual) or not math.isfinite(expected):
        return math.isnan(actual) and math.isnan(expected)
    return abs(actual - expected) <= tolerance.atol + tolerance.rtol * abs(expected)


def first_outside(actual: Array, expected: Array, tolerance: Tolerance) -> tuple[int, ...] | None:
    """Return the index of the first number that is not close, or None; nan is close to nan, inf to inf.

    The shapes are equal; whether a number has to be finite is for the caller to say.
    """
    with np.errstate(all="ignore"):
        outside = ~np.equal(actual, expected)
        if (tolerance.rtol or tolerance.atol) and actual.dtype.kind != "b":
            kind = np.complex128 if "c" in actual.dtype.kind + expected.dtype.kind else np.float64
            a, e = actual.astype(kind), expected.astype(kind)
            close = abs(a - e) <= tolerance.atol + tolerance.rtol * abs(e)
            outside &= ~(close & np.isfinite(e)) & ~(np.isnan(a) & np.isnan(e))
    index = np.argwhere(outside)
    return tuple(map(int, index[0])) if len(index) else None
