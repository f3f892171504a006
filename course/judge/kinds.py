"""What kind of thing a value is: a number, an array, a list of numbers, or none of these."""

from __future__ import annotations

import sys
from typing import Any, TypeGuard

import numpy as np

from course.values import Value

Array = np.ndarray[Any, Any]

_NESTED = 8
"""No list of numbers is deeper than the dimensions that a value can have."""

_NUMBERS = "int", "uint", "float", "complex", "bfloat"
"""How the names of dtypes of numbers begin."""


def is_tensor(value: Value) -> bool:
    """Return whether `value` is a torch tensor, without importing torch for it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def has_dtype(value: Value) -> bool:
    """Return whether `value` is an array, a tensor or a NumPy number."""
    return isinstance(value, (np.ndarray, np.generic)) or is_tensor(value)


def numpy_of(value: Value) -> Array:
    """Return an array, a tensor, a NumPy number or a plain number as a NumPy array."""
    if not is_tensor(value):
        return np.asarray(value)
    # NumPy has no bfloat16
    plain = value.float() if dtype_of(value) == "bfloat16" else value
    array: Array = plain.numpy(force=True)
    return array


def dtype_of(value: Value) -> str:
    """Return the name of the dtype of an array or a tensor; that of a plain number is NumPy's for it."""
    if type(value) is float:
        return "float64"
    if is_tensor(value):
        return str(value.dtype).removeprefix("torch.")
    return str(np.asarray(value).dtype.name)


def is_truth(value: Value) -> bool:
    """Return whether `value` is True or False, in whichever library's form."""
    if isinstance(value, bool):
        return True
    return has_dtype(value) and value.ndim == 0 and dtype_of(value) == "bool"


def is_number(value: Value) -> bool:
    """Return whether `value` is one number: Python's, NumPy's or a 0-d tensor. True is none."""
    if isinstance(value, (int, float, complex)):
        return not isinstance(value, bool)
    return has_dtype(value) and value.ndim == 0 and dtype_of(value).startswith(_NUMBERS)


def is_array(value: Value) -> bool:
    """Return whether `value` is an array or a tensor of at least one dimension."""
    return has_dtype(value) and value.ndim > 0


def is_sequence(value: Value) -> TypeGuard[list[Any] | tuple[Any, ...]]:
    """Return whether `value` is a list or a tuple."""
    return isinstance(value, (list, tuple))


def as_array(value: Value) -> Array | None:
    """Return numbers in whichever form (one, an array, nested lists of equal length) as an array, else None."""
    return _stack(value, _NESTED)


def _stack(value: Value, depth: int) -> Array | None:
    if is_number(value) or is_truth(value) or is_array(value):
        array = numpy_of(value)
        # of dtype object are integers that fit no machine type
        return array if array.dtype.kind in "biufc" else None
    if not is_sequence(value) or not value or depth == 0:
        return None
    if all(type(item) in (int, float) for item in value):
        flat = np.asarray(value)
        return flat if flat.dtype.kind in "if" else None
    parts: list[Array] = []
    for item in value:
        part = _stack(item, depth - 1)
        if part is None or (parts and part.shape != parts[0].shape):
            return None
        parts.append(part)
    if len({part.dtype.kind == "b" for part in parts}) > 1:
        return None
    return np.stack(parts)


def python_number(value: Value) -> int | float | complex:
    """Return one number in whichever form as Python's own."""
    if isinstance(value, (int, float, complex)) and not has_dtype(value):
        return value
    # NumPy's float64 is a float, too, but cannot be compared with an integer beyond its range
    number: int | float | complex = numpy_of(value).item()
    return number
