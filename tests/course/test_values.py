"""Plain data over bytes: what goes in comes out, and nothing malformed gets through."""

import contextlib
import enum
import json
import math
import struct
import tracemalloc
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course.values import Handle, Opaque, pack, unpack

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**80), 2**80)
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(plain)
def test_plain_data_survives(value: object) -> None:
    assert unpack(pack(value)) == value


@given(st.binary())
def test_any_other_bytes_raise_value_error(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data + b"\0")


@given(plain, st.data())
def test_cut_or_changed_bytes_are_refused_or_plain(value: object, data: st.DataObject) -> None:
    packed = bytearray(pack(value))
    packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ValueError):
        unpack(packed)


@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.bfloat16, torch.int64, torch.bool]
)
def test_tensor_keeps_shape_and_dtype(dtype: torch.dtype) -> None:
    turned = torch.ones(3, 2).T
    for tensor in (turned.T, torch.zeros(0, 4), torch.tensor(1.0), turned, turned[0][:1]):
        back = unpack(pack(tensor.to(dtype)))
        assert back.dtype == dtype and torch.equal(back, tensor.to(dtype))


@pytest.mark.parametrize("array", [np.arange(6).reshape(2, 3).T, np.float32(1.5), np.array(True)])
def test_array_keeps_shape_and_dtype(array: np.ndarray) -> None:
    back = unpack(pack(array))
    assert back.dtype == array.dtype and type(back) is type(array) and np.array_equal(back, array)


def test_gradient_bookkeeping_stays_behind() -> None:
    assert unpack(pack(torch.nn.Parameter(torch.ones(2)))).requires_grad is False


def test_not_a_number_survives() -> None:
    back = unpack(pack([math.nan, math.inf, -math.inf]))
    assert math.isnan(back[0]) and back[1:] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    "value", [object(), lambda: 0, torch.nn.Linear(1, 1), np.array(["a"]), 10**4000]
)
def test_what_is_not_data_becomes_opaque(value: object) -> None:
    assert isinstance(unpack(pack(value)), Opaque)


def test_endless_structure_becomes_opaque_at_its_depth() -> None:
    value: list[object] = []
    value.append(value)
    assert "opaque" in pack(value).decode(errors="replace")


def test_handle_survives() -> None:
    assert unpack(pack(Handle(3))) == Handle(3)


class Liar(float):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_subclass_arrives_as_the_plain_type() -> None:
    assert type(unpack(pack(Liar(2.0)))) is float


class Device(str, enum.Enum):  # noqa: UP042 (a StrEnum is written as its value)
    CPU = "cpu"


@pytest.mark.parametrize(
    ("value", "worth"),
    [
        (np.str_("cpu"), "cpu"),
        (Device.CPU, "cpu"),  # equal to "cpu", though str() writes Device.CPU
        ({np.str_("w"): 1, np.str_("b"): 2}, {"w": 1, "b": 2}),
        (Fraction(3, 4), 0.75),
        (Decimal("0.5"), 0.5),
        (np.longdouble(1.5), 1.5),
        (np.uint32(7), 7),
    ],
)
def test_unusual_text_or_number_arrives_as_what_it_is_worth(value: object, worth: object) -> None:
    assert unpack(pack(value)) == worth


def test_array_of_an_unusual_dtype_arrives_as_numbers() -> None:
    back = unpack(pack(np.array([1, 2], dtype=np.longdouble)))
    assert back.dtype == np.float64 and back.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("value", [Fraction(10**400), Decimal("sNaN")])
def test_number_that_is_no_float_becomes_opaque(value: object) -> None:
    assert isinstance(unpack(pack(value)), Opaque)


@pytest.mark.parametrize(
    "tree",
    [
        b'{"t":"array","dtype":"object","shape":[1],"n":8}',
        b'{"t":"array","dtype":"float64","shape":[2],"n":8}',
        b'{"t":"array","dtype":"float64","shape":[-1],"n":8}',
        b'{"t":"tensor","dtype":"load","shape":[1],"n":8}',
        b'{"t":"bytes","n":9}',
        b'{"t":"bytes","n":true}',
        b'{"t":"code"}',
        b'{"t":"dict","v":[[[],1]]}',
        b"[" * 100000,
    ],
)
def test_malformed_tree_is_refused(tree: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(struct.pack("<I", len(tree)) + tree + b"\0" * 8)


@pytest.mark.parametrize(
    "huge", [[0] * 1_000_000, [[0] * 60_000, [0] * 60_000], {i: i for i in range(200_000)}]
)
def test_structure_of_too_many_items_is_not_sent(huge: object) -> None:
    assert "too many items" in str(unpack(pack(huge)))


def test_many_empty_lists_take_no_memory_to_be_refused() -> None:
    tree = b"[" + b"[]," * (5 << 20) + b"[]]"
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match="too many"):
            unpack(struct.pack("<I", len(tree)) + tree)
        assert tracemalloc.get_traced_memory()[1] < 3 * len(tree)
    finally:
        tracemalloc.stop()


def test_structure_of_too_many_items_is_not_read() -> None:
    tree = json.dumps([0] * 200_000).encode()
    with pytest.raises(ValueError, match="too many items"):
        unpack(struct.pack("<I", len(tree)) + tree)


def test_dictionary_of_many_keys_that_are_no_strings_is_neither_sent_nor_read() -> None:
    """Those of equal hashes would each be compared with all others."""
    assert isinstance(unpack(pack(dict.fromkeys(range(2_000), 0))), Opaque)
    named = {f"n{number}": number for number in range(2_000)}
    assert unpack(pack(named)) == named
    tree = json.dumps({"t": "dict", "v": [[n * (2**61 - 1), 0] for n in range(2_000)]}).encode()
    with pytest.raises(ValueError, match="no strings"):
        unpack(struct.pack("<I", len(tree)) + tree)


def test_shape_beyond_all_measure_is_not_read() -> None:
    with pytest.raises(ValueError, match="impossible shape"):
        unpack(pack(torch.empty(0, 2**62)))
