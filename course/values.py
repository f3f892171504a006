"""Plain data as bytes: the only form in which anything leaves or reaches student code.

A packed value is a length-prefixed JSON tree followed by the raw bytes of its arrays. Nothing is ever pickled, so
that unpacking what a hostile process sent can at worst raise `ValueError`.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

Value = Any
"""None, bool, int, float, str, bytes, list, tuple, dict, numpy array or scalar, torch tensor, Opaque or Handle."""

MAX_DEPTH = 32
MAX_DIMENSIONS = 8
MAX_DIGITS = 1000
MAX_SIZE = 2**31
"""No dimension is larger, not even that of a tensor that repeats one number or holds none."""
MAX_ITEMS = 100_000
"""So many values at most make up one: judging them one by one takes the judge's own time."""
MAX_ODD_KEYS = 1_000
"""So many keys of a dictionary may be other than strings, whose hashes nobody can choose."""
DTYPES = frozenset(
    "bool uint8 int8 int16 int32 int64 float16 float32 float64 complex64 complex128".split()
)
TENSOR_DTYPES = DTYPES | {"bfloat16"}
_MAX_MARKS = 4 << 20
"""So many brackets, braces and commas at most has the tree's text, those within strings among them: each may cost some
sixty bytes of memory to read, before it can be known how many items there are."""
_HEADER = struct.Struct("<I")


@dataclass(frozen=True)
class Opaque:
    """Stands for a value that is not plain data: all that is told of it is its type's name."""

    type_name: str


@dataclass(frozen=True)
class Handle:
    """Stands for an object that stays where the student's code is."""

    number: int


def pack(value: Value) -> bytes:
    """Return `value` as bytes; what is not plain data becomes `Opaque`.

    A number of another kind becomes the nearest that there is: a `Fraction`, a `Decimal` and NumPy's `longdouble` a
    float, `uint32` an `int64`.
    """
    blobs = _Written()
    tree = json.dumps(_encode(value, blobs, MAX_DEPTH), allow_nan=False).encode()
    return b"".join([_HEADER.pack(len(tree)), tree, *blobs])


def unpack(data: bytes | bytearray | memoryview, *, device: str = "cpu") -> Value:
    """Return the value packed in `data`, its tensors on `device`.

    Raises `ValueError` for anything that `pack` would not have written.
    """
    view = memoryview(data)
    try:
        (size,) = _HEADER.unpack_from(view)
        reader = _Blobs(view[_HEADER.size :])
        tree = json.loads(_readable(reader.take(size)).decode(), parse_int=_integer)
        value = _decode(tree, reader, MAX_DEPTH, device)
    except (
        struct.error,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
    ) as e:
        raise ValueError(f"not a packed value ({type(e).__name__})") from None
    if reader.rest:
        raise ValueError(f"{len(reader.rest)} bytes too many behind a packed value")
    return value


def _readable(text: bytearray) -> bytearray:
    """Return the tree's text if reading it takes no more memory than it may."""
    if len(text) > _MAX_MARKS and sum(map(text.count, (b"[", b"{", b","))) > _MAX_MARKS:
        raise ValueError("a packed value has too many parts")
    return text


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS or (number := int(digits)).bit_length() >= 3 * MAX_DIGITS:
        raise ValueError("a packed number has too many digits")
    return number


class _Written(list[bytes]):
    """Collects the raw bytes behind the tree, and knows how many more items the tree may have."""

    left = MAX_ITEMS

    def has_room(self, count: int) -> bool:
        if count > self.left:
            return False
        self.left -= count
        return True


class _Blobs:
    """Hands out the raw bytes behind the tree in order, and no more than there are."""

    def __init__(self, view: memoryview) -> None:
        self.rest = view
        self._left = MAX_ITEMS

    def items(self, items: Any) -> Any:
        """Return `items` if there may be as many."""
        self._left -= len(items)
        if self._left < 0:
            raise ValueError("a packed value has too many items")
        return items

    def take(self, size: int) -> bytearray:
        if type(size) is not int or not 0 <= size <= len(self.rest):
            raise ValueError("an array's bytes are missing")
        taken, self.rest = self.rest[:size], self.rest[size:]
        return bytearray(taken)


def _encode(value: Value, blobs: _Written, depth: int) -> Any:
    if depth == 0:
        return {"t": "opaque", "type": "a structure nested too deeply"}
    kind = type(value)
    if value is None or kind is bool or kind is str:
        return value
    if kind is int:
        short = value.bit_length() < 3 * MAX_DIGITS
        return value if short else {"t": "opaque", "type": "a huge int"}
    if kind is float:
        return value if math.isfinite(value) else {"t": "float", "v": repr(value)}
    if isinstance(value, Opaque):
        return {"t": "opaque", "type": value.type_name}
    if isinstance(value, Handle):
        return {"t": "handle", "n": value.number}
    if isinstance(value, dict) and _has_odd_keys(value):
        return {"t": "opaque", "type": "a structure of too many items"}
    if isinstance(value, (list, tuple, dict)) and not blobs.has_room(len(value)):
        return {"t": "opaque", "type": "a structure of too many items"}
    if isinstance(value, list):
        return [_encode(item, blobs, depth - 1) for item in value]
    if isinstance(value, tuple):
        return {"t": "tuple", "v": [_encode(item, blobs, depth - 1) for item in value]}
    if isinstance(value, dict):
        pairs = value.items()
        return {
            "t": "dict",
            "v": [[_encode(k, blobs, depth - 1), _encode(v, blobs, depth - 1)] for k, v in pairs],
        }
    if isinstance(value, bytes):
        blobs.append(value)
        return {"t": "bytes", "n": len(value)}
    # what a subclass of a plain type is worth, as the plain type itself; NumPy has such of str and float
    if issubclass(kind, str):
        return _encode(str.__str__(value), blobs, depth)
    if isinstance(value, (np.ndarray, np.generic)):
        return _encode_array(value, blobs)
    if issubclass(kind, int):
        return _encode(int.__int__(value), blobs, depth)
    if issubclass(kind, float):
        return _encode(float.__float__(value), blobs, depth)
    if isinstance(value, (Fraction, Decimal)):
        return _encode_rational(value, blobs, depth)
    torch = sys.modules.get("torch")
    if torch is not None and isinstance(value, torch.Tensor):
        return _encode_tensor(value, blobs)
    return {"t": "opaque", "type": kind.__name__[:80]}


def _encode_rational(value: Fraction | Decimal, blobs: _Written, depth: int) -> Any:
    try:
        return _encode(float(value), blobs, depth)
    except (ArithmeticError, ValueError):  # larger than any float; a signalling nan
        return {"t": "opaque", "type": type(value).__name__[:80]}


def _encode_array(value: np.ndarray[Any, Any] | np.generic, blobs: list[bytes]) -> Any:
    if value.dtype == np.longdouble:
        value = value.astype(np.float64)
    elif value.dtype in (np.uint16, np.uint32):
        value = value.astype(np.int64)
    name = value.dtype.name
    if name not in DTYPES or value.ndim > MAX_DIMENSIONS:
        return {"t": "opaque", "type": f"{type(value).__name__} of dtype {name[:40]}"}
    data = np.ascontiguousarray(value, dtype=value.dtype.newbyteorder("<")).tobytes()
    blobs.append(data)
    tag = "array" if isinstance(value, np.ndarray) else "scalar"
    return {"t": tag, "dtype": name, "shape": list(value.shape), "n": len(data)}


def _encode_tensor(value: torch.Tensor, blobs: list[bytes]) -> Any:
    import torch

    name = str(value.dtype).removeprefix("torch.")
    if name not in TENSOR_DTYPES or value.ndim > MAX_DIMENSIONS or value.layout != torch.strided:
        return {"t": "opaque", "type": f"Tensor of dtype {name[:40]}"}
    plain = value.detach().cpu().resolve_conj().resolve_neg()
    # a copy even of what is contiguous: a single number may have kept the stride of the column it was taken from
    plain = plain.clone(memory_format=torch.contiguous_format).reshape(-1)
    data = plain.view(torch.uint8).numpy().tobytes() if plain.numel() else b""
    blobs.append(data)
    return {"t": "tensor", "dtype": name, "shape": list(value.shape), "n": len(data)}


def _decode(tree: Any, blobs: _Blobs, depth: int, device: str) -> Value:
    if depth == 0:
        raise ValueError("a packed value is nested too deeply")
    if tree is None or isinstance(tree, (bool, int, float, str)):
        return tree
    if isinstance(tree, list):
        return [_decode(item, blobs, depth - 1, device) for item in blobs.items(tree)]
    tag = tree["t"]
    if tag == "float":
        return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[tree["v"]]
    if tag == "tuple":
        return tuple(_decode(item, blobs, depth - 1, device) for item in blobs.items(tree["v"]))
    if tag == "dict":
        pairs = [
            (_decode(k, blobs, depth - 1, device), _decode(v, blobs, depth - 1, device))
            for k, v in blobs.items(tree["v"])
        ]
        if _has_odd_keys(key for key, _ in pairs):
            raise ValueError("a packed dictionary has too many keys that are no strings")
        return dict(pairs)
    if tag == "bytes":
        return bytes(blobs.take(tree["n"]))
    if tag == "opaque":
        return Opaque(str(tree["type"])[:120])
    if tag == "handle":
        return Handle(int(tree["n"]))
    if tag in ("array", "scalar"):
        shape, data = _shape_and_bytes(tree, blobs, DTYPES)
        array = np.frombuffer(_tidy(data, tree["dtype"]), np.dtype(tree["dtype"])).reshape(shape)
        return array if tag == "array" else array[()]
    if tag == "tensor":
        return _decode_tensor(tree, blobs, device)
    raise ValueError(f"a packed value of an unknown kind {str(tag)[:40]!r}")


def _has_odd_keys(keys: Iterable[Any]) -> bool:
    """Whether so many keys are no strings that a choice of equal hashes would keep the judge busy."""
    return sum(type(key) is not str for key in keys) > MAX_ODD_KEYS


def _decode_tensor(tree: Any, blobs: _Blobs, device: str) -> torch.Tensor:
    import torch

    shape, data = _shape_and_bytes(tree, blobs, TENSOR_DTYPES)
    dtype = getattr(torch, tree["dtype"])
    data = _tidy(data, tree["dtype"])
    flat = torch.frombuffer(data, dtype=dtype) if data else torch.empty(0, dtype=dtype)
    return flat.reshape(shape).to(device)


def _shape_and_bytes(
    tree: Any, blobs: _Blobs, dtypes: frozenset[str]
) -> tuple[tuple[int, ...], bytearray]:
    shape, name = tree["shape"], tree["dtype"]
    if name not in dtypes:
        raise ValueError(f"a packed array has the unknown dtype {str(name)[:40]!r}")
    sizes = all(type(n) is int and 0 <= n <= MAX_SIZE for n in shape)
    # an empty array, too, has strides
    if len(shape) > MAX_DIMENSIONS or not sizes or math.prod(n for n in shape if n) > MAX_SIZE:
        raise ValueError("a packed array has an impossible shape")
    itemsize = 2 if name == "bfloat16" else np.dtype(name).itemsize
    data = blobs.take(tree["n"])
    if math.prod(shape) * itemsize != len(data):
        raise ValueError("a packed array's shape does not fit its bytes")
    return tuple(shape), data


def _tidy(data: bytearray, dtype: str) -> bytearray:
    # a bool whose byte is neither 0 nor 1 is both true and false to different kernels
    return bytearray(np.frombuffer(data, np.uint8) != 0) if dtype == "bool" else data
