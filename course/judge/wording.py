"""The words for a value: what it is, and what it holds where that is short."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Collection, Sequence
from typing import Any

from course.judge.kinds import (
    dtype_of,
    is_array,
    is_number,
    is_sequence,
    is_tensor,
    is_truth,
    numpy_of,
    python_number,
)
from course.values import Handle, Opaque, Value

_KNOWN_MODULES = (
    *("builtins", "collections", "types", "itertools", "numpy", "torch", "torch.nn", "torch.optim"),
    *("torch.utils.data", "matplotlib.figure", "matplotlib.axes", "matplotlib.lines"),
)
_NAMES = {
    *(
        "Model",
        "Net",
        "RNN",
        "a structure nested too deeply",
        "a structure of too many items",
        "a huge int",
    ),
    *(
        "list_iterator",
        "tuple_iterator",
        "generator",
        "coroutine",
        "dict_keys",
        "dict_values",
        "dict_items",
    ),
}
_OF_DTYPE = re.compile(r"(ndarray|Tensor) of dtype [a-z]{1,12}\d{0,3}")
_SHOWN = 4
"""So many numbers are short enough to be read."""
_MANY = 1_000
_LARGE = 100_000
"""A length above the one, a shape of more than the other is not told: it could carry what a function was given."""


def kind_of(value: Value) -> str:
    """Return what `value` is, in words that tell nothing of what it holds: "a list of 3 numbers"."""
    for holds, words in ((is_truth, "True or False"), (is_number, "a number")):
        if holds(value):
            return words
    if value is None:
        return "None"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, bytes):
        return "bytes"
    if is_array(value):
        sort = "a tensor" if is_tensor(value) else "an array"
        return f"{sort} of {shape_of(value.shape)}, {dtype_of(value)}"
    if is_sequence(value):
        return _kind_of_sequence(value)
    if isinstance(value, dict):
        return "an empty dictionary" if not value else f"a dictionary of {_count(value, 'entry')}"
    return _kind_of_object(value)


def _kind_of_sequence(value: list[Any] | tuple[Any, ...]) -> str:
    name = "list" if isinstance(value, list) else "tuple"
    if not value:
        return f"an empty {name}"
    for holds, word in (
        (is_number, "number"),
        (lambda v: isinstance(v, str), "string"),
    ):
        if all(map(holds, value)):
            return f"a {name} of {_count(value, word)}"
    return f"a {name} of {_count(value, 'value')}"


def _count(values: Any, word: str) -> str:
    plural = word.removesuffix("y") + "ies" if word.endswith("y") else word + "s"
    if len(values) > _MANY:
        return f"more than {_MANY:,} {plural}"
    return f"{len(values)} {word if len(values) == 1 else plural}"


def shape_of(shape: Sequence[int]) -> str:
    """Return a shape in words: "shape (2, 3)"."""
    if len(shape) > _SHOWN or math.prod(max(size, 1) for size in shape) > _LARGE:
        return "a large shape"
    return f"shape {tuple(shape)}"


def _kind_of_object(value: Value) -> str:
    if isinstance(value, Handle):
        return "an object"
    name = object_name(value)
    if name in ("function", "method", "builtin_function_or_method"):
        return "a function"
    if name == "type":
        return "a class"
    if not _is_known(name):
        return "an object"
    article = "an" if name[:1].lower() in tuple("aeiou") else "a"
    return f"{article} {name} object" if name.isidentifier() else name


def _is_known(name: str) -> bool:
    """Whether a type's name is not of the student's making: that could carry what he was called with."""
    if name in _NAMES or _OF_DTYPE.fullmatch(name):
        return True
    # only those that are imported already: a value of any other cannot be here
    modules = (sys.modules.get(module) for module in _KNOWN_MODULES)
    return any(isinstance(getattr(module, name, None), type) for module in modules if module)


def object_name(value: Value) -> str:
    """Return the name of the type of something that is not plain data."""
    name = value.type_name if isinstance(value, Opaque) else type(value).__name__
    return printable(name.rpartition(".")[2] if name.replace(".", "_").isidentifier() else name)


def describe(value: Value) -> str:
    """Return what `value` is, shown where it is small: "0.5", "the list [1, 2]", "a list of 30 numbers"."""
    if is_truth(value):
        return str(bool(value))
    if is_number(value):
        return _number(python_number(value))
    if isinstance(value, str):
        return printable(repr(value))
    if is_sequence(value) and 0 < len(value) <= _SHOWN and all(map(is_number, value)):
        shown = ", ".join(_number(python_number(item)) for item in value)
        return f"the list [{shown}]" if isinstance(value, list) else f"the tuple ({shown})"
    if is_array(value) and value.ndim == 1 and 0 < len(value) <= _SHOWN:
        array = numpy_of(value)
        shown = ", ".join(str(x) if array.dtype == bool else _number(x.item()) for x in array)
        return f"the {'tensor' if is_tensor(value) else 'array'} [{shown}], {dtype_of(value)}"
    return kind_of(value)


def _number(value: complex) -> str:
    if isinstance(value, complex):
        return f"{value:.6g}"
    if isinstance(value, int):
        # writing out a huge integer takes long, and Python refuses it
        return (
            str(value) if value.bit_length() <= 64 else f"an integer of {value.bit_length()} bits"
        )
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    # adding 0 makes -0 plain
    return f"{value + 0.0:.6g}"


def printable(text: str, limit: int = 60) -> str:
    """Return `text` short, on one line and without characters that a terminal would obey."""
    clean = "".join(c if c.isprintable() else "�" for c in text[: limit + 1])
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def key_list(value: dict[Any, Any], known: Collection[Any] | None = None) -> str:
    """Return a dictionary's keys in words: "a dictionary with 'w' and 'b'"; those that are not `known` by number."""
    if not value:
        return "an empty dictionary"
    names = [describe(key) for key in value if known is None or key in known]
    others = len(value) - len(names)
    shown = names if len(names) <= 16 else [*names[:16], f"{len(names) - 16} more"]
    if others:
        shown.append(f"{_count(range(others), 'entry')} of other names")
    return f"a dictionary with {', '.join(shown[:-1])}{' and ' if shown[1:] else ''}{shown[-1]}"
