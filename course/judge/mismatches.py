"""How a value misses the expected one, and the mistake that makes its kind, shape or length wrong."""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import Any, Literal

from course.judge.kinds import (
    Array,
    as_array,
    has_dtype,
    is_array,
    is_number,
    is_sequence,
    is_truth,
)
from course.judge.wording import kind_of, object_name, shape_of
from course.values import Handle, Opaque, Value

Kind = Literal["type", "shape", "dtype", "length", "keys", "finite", "value"]


@dataclass(frozen=True)
class Mismatch:
    """Why a value is not the expected one: the first difference that was met.

    `came_back` and `expected` show values where `kind` is "value"; otherwise they speak of kinds and shapes only.
    """

    kind: Kind
    where: str
    came_back: str
    expected: str
    diagnosis_id: str | None = None


SENTENCES = {
    "forgot-return": "{name} returned None: is there a return on every way through it?",
    "none-inside": "{name} came back as None: was that value ever calculated?",
    "function-returned": "{name} returned a function, not its result: call it, with parentheses.",
    "class-returned": "{name} returned a class, not an object or a value: call it, with parentheses.",
    "module-returned": "{name} returned {came_back}, not what it calculates: call the module with its input.",
    "iterator-returned": "{name} returned {came_back}, which gives its values only when asked: "
    "make a list of it.",
    "set-returned": "{name} returned a set, which has no order: return a list.",
    "object-returned": "{name} returned {came_back} where {expected} is due.",
    "string-for-number": "{name} returned a string where {expected} is due: "
    "leave out the quotes, str() or the f-string.",
    "bool-for-number": "{name} returned True or False where {expected} is due: "
    "is there a comparison in place of a calculation?",
    "trailing-comma": "{name} returned a tuple of one value: is there a comma at the end of the return?",
    "one-element": "{name} returned {came_back}, with a single element, where one number is due: "
    "take it out with [0] or .item().",
    "not-reduced": "{name} returned {came_back} where one number is due: is a mean or a sum missing, or an index?",
    "several-returned": "{name} returned {came_back} where one number is due: return that one alone.",
    "reduced-too-far": "{name} returned one number where {expected} is due: "
    "it sums or averages too much, or returns one of several results.",
    "one-of-several": "{name} returned one value where {expected} is due: "
    "return all of them, separated by commas.",
    "sequence-for-dict": "{name} returned {came_back} where a dictionary is due: "
    "give each value its name, {{'name': value}}.",
    "dict-for-sequence": "{name} returned a dictionary where {expected} is due.",
    "wrong-type": "{name} returned {came_back} where {expected} is due.",
    "extra-dimension": "{name} has a dimension of size 1 too many: {came_back}, where {expected} is due.",
    "missing-dimension": "{name} lacks a dimension of size 1: {came_back}, where {expected} is due.",
    "transposed-shape": "{name} has its dimensions in reverse order: {came_back}, where {expected} is due.",
    "broadcast": "{name} came back as {came_back}, where {expected} is due: that happens when a column (n, 1) "
    "meets a row (n,), and each element is combined with every other.",
    "flattened": "{name} lost its dimensions: {came_back}, where {expected} is due.",
    "size-off-by-one": "{name} is one element too large or too small in one dimension: {came_back}, "
    "where {expected} is due.",
    "wrong-shape": "{name} has the wrong shape: {came_back}, where {expected} is due.",
    "empty-result": "{name} returned {came_back}: is nothing ever put into it, or does a slice or a "
    "condition take nothing?",
    "one-too-few": "{name} returned {came_back}, one too few.",
    "one-too-many": "{name} returned {came_back}, one too many.",
    "wrong-length": "{name} returned {came_back} where {expected} is due.",
    "missing-key": "{name} returned {came_back}; due is {expected}.",
    "extra-key": "{name} returned {came_back}; due is {expected}.",
    "nan": "{name} is nan, not a number: look for 0/0, inf - inf, the logarithm or the root of a negative number.",
    "infinite": "{name} is infinite: look for a division by 0, log(0) or an exp that overflows.",
    "int-dtype": "{name} holds integers ({came_back}), where {expected} is due.",
    "bool-dtype": "{name} holds True and False, where {expected} is due.",
    "complex-dtype": "{name} holds complex numbers, where {expected} is due.",
    "wrong-dtype": "{name} holds {came_back}, where {expected} is due.",
}
"""What is said of each mistake; {name} stands for what was asked, {came_back} and {expected} for kinds, not values."""

_ITERATORS = {"generator", "map", "filter", "zip", "range", "enumerate", "reversed"} | {
    "dict_keys",
    "dict_values",
    "dict_items",
}
_FUNCTIONS = {"function", "method", "builtin_function_or_method", "partial"}


def wrong_type(actual: Value, expected: Value, where: str) -> Mismatch:
    """Return the mismatch of a value that is of another kind than the expected one."""
    mistake = _type_mistake(actual, expected, inside=bool(where))
    a, e = as_array(actual), as_array(expected)
    shapes = a is not None and e is not None and a.shape != e.shape and not is_truth(actual)
    kind: Kind = "shape" if shapes else "type"
    return Mismatch(kind, where, kind_of(actual), kind_of(expected), mistake)


def wrong_dtype(actual: str, expected: str, where: str) -> Mismatch:
    """Return the mismatch of two dtypes."""
    mistake = next((name for name in ("complex", "int", "bool") if name in actual), "wrong")
    return Mismatch("dtype", where, f"dtype {actual}", f"dtype {expected}", f"{mistake}-dtype")


def wrong_length(actual: Any, expected: Any, where: str) -> Mismatch:
    """Return the mismatch of two lists of different length."""
    off = len(actual) - len(expected)
    mistake = {-1: "one-too-few", 1: "one-too-many"}.get(off, "wrong-length")
    mistake = mistake if len(actual) else "empty-result"
    return Mismatch("length", where, kind_of(actual), kind_of(expected), mistake)


def wrong_size(actual: Value, a: Array, expected: Value, e: Array, where: str) -> Mismatch:
    """Return the mismatch of `actual` and `expected`, which as arrays are `a` and `e` of different shape."""
    if is_sequence(actual) and is_sequence(expected) and a.ndim == e.ndim == 1:
        return wrong_length(actual, expected, where)
    said = [
        kind_of(value)
        if has_dtype(value)
        else f"a {type(value).__name__} of {shape_of(array.shape)}"
        for value, array in ((actual, a), (expected, e))
    ]
    mistake = _shape_mistake(a.shape, e.shape, broadcasts=is_array(actual))
    return Mismatch("shape", where, said[0], said[1], mistake)


def _type_mistake(actual: Value, expected: Value, *, inside: bool) -> str:
    if actual is None:
        return "none-inside" if inside else "forgot-return"
    if isinstance(actual, (Opaque, Handle)):
        mistake = _object_mistake(actual)
        named = mistake == "set-returned" and isinstance(expected, dict)
        return "sequence-for-dict" if named else mistake
    numeric = as_array(expected) is not None and not is_truth(expected)
    if numeric and isinstance(actual, str):
        return "string-for-number"
    if numeric and is_truth(actual):
        return "bool-for-number"
    if not is_sequence(expected) and isinstance(actual, tuple) and len(actual) == 1:
        return "trailing-comma"
    if is_number(expected) and (is_array(actual) or as_array(actual) is not None):
        array = as_array(actual)
        if isinstance(actual, tuple) and len(actual) > 1:
            return "several-returned"
        return "one-element" if array is not None and array.size == 1 else "not-reduced"
    if isinstance(expected, tuple) and not is_sequence(actual) and not isinstance(actual, dict):
        return "one-of-several"
    if numeric and is_number(actual):
        return "reduced-too-far"
    if isinstance(expected, dict) and is_sequence(actual):
        return "sequence-for-dict"
    return (
        "dict-for-sequence" if isinstance(actual, dict) and is_sequence(expected) else "wrong-type"
    )


def _object_mistake(actual: Opaque | Handle) -> str:
    name = object_name(actual)
    if name in _FUNCTIONS:
        return "function-returned"
    if name in ("type", "ABCMeta"):
        return "class-returned"
    if name in ("set", "frozenset"):
        return "set-returned"
    if name in _ITERATORS:
        return "iterator-returned"
    torch = sys.modules.get("torch")
    known = name in ("Model", "Net", "RNN") or (torch is not None and hasattr(torch.nn, name))
    return "module-returned" if known and name[:1].isupper() else "object-returned"


def _shape_mistake(actual: tuple[int, ...], expected: tuple[int, ...], *, broadcasts: bool) -> str:
    alike = [n for n in actual if n != 1] == [n for n in expected if n != 1]
    if alike and len(actual) != len(expected):
        return "extra-dimension" if len(actual) > len(expected) else "missing-dimension"
    if actual == expected[::-1]:
        return "transposed-shape"
    n = actual[0] if actual else 0
    if broadcasts and n > 1 and actual == (n, n) and expected in ((n,), (n, 1), (1, n)):
        return "broadcast"
    if len(actual) == 1 and actual[0] == math.prod(expected):
        return "flattened"
    if len(actual) == len(expected):
        differences = [abs(a - e) for a, e in zip(actual, expected, strict=True) if a != e]
        return "size-off-by-one" if set(differences) == {1} else "wrong-shape"
    return "wrong-shape"
