"""Damaged notebooks and made-up bytes: the readers of both understand them, or refuse them in words (P6, P2)."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from fuzz import BYTES, TREES, Fuzzer, Outcome, damaged, told
from hypothesis import given, settings
from hypothesis import strategies as st

from course.notebook import MAX_CELLS, MAX_SOURCE, Notebook, NotebookError, parse, read
from course.values import DTYPES, MAX_SIZE, TENSOR_DTYPES, pack, unpack

NOTEBOOKS = 300
thorough = settings(max_examples=300, deadline=None)


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Fuzzer:
    return Fuzzer(tmp_path_factory.mktemp("fuzz"))


@pytest.fixture(scope="module")
def taken_in(fuzzer: Fuzzer) -> list[Outcome]:
    """Damaged notebooks of all lessons, after intake."""
    return [fuzzer.take_in(number, f"suite:{number}") for number in range(NOTEBOOKS)]


def test_no_damaged_notebook_crashes(taken_in: list[Outcome]) -> None:
    assert not [told(outcome) for outcome in taken_in if outcome.crash]


def test_damage_is_of_every_sort_and_not_always_fatal(
    fuzzer: Fuzzer, taken_in: list[Outcome]
) -> None:
    ways = {way for outcome in taken_in for way in outcome.damage.ways}
    assert ways == {change.__name__ for change in (*BYTES, *TREES)}
    assert {outcome.damage.lesson for outcome in taken_in} == set(fuzzer.notebooks)
    graded = [outcome for outcome in taken_in if outcome.became.startswith("to be graded")]
    assert NOTEBOOKS / 4 < len(graded) < 3 * NOTEBOOKS / 4


def test_damage_can_be_done_again(fuzzer: Fuzzer, taken_in: list[Outcome]) -> None:
    for outcome in taken_in[:20]:
        assert damaged(outcome.damage.seed, fuzzer.notebooks) == outcome.damage


def understood(data: bytes) -> Notebook | None:
    """Return the notebook that `data` holds, or nothing if it is refused; whatever else is raised goes on."""
    try:
        notebook = parse(data)
    except NotebookError as e:
        assert str(e).isprintable() and len(str(e)) < 500
        return None
    assert len(notebook.cells) <= MAX_CELLS
    for cell in notebook.cells:
        assert type(cell.kind) is str and isinstance(cell.flags, dict)
        assert len(cell.source.encode()) <= 4 * MAX_SOURCE
        assert cell.check is None or cell.kind == "code"
    assert all(cell in notebook.cells for cell in notebook.code)
    return notebook


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
NAMES = ("grade", "grade_id", "solution", "language", "kernelspec", "nbgrader", "name", "points")
metadata = json_values | st.recursive(
    json_values, lambda inner: st.dictionaries(st.sampled_from(NAMES), inner), max_leaves=12
)
cells = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(("code", "markdown", "raw")) | json_values,
        "source": st.text() | st.lists(st.text()) | st.just('check("3-1")') | json_values,
        "metadata": metadata,
        "outputs": json_values,
        "attachments": json_values,
    },
)
notebooks = st.fixed_dictionaries(
    {"cells": st.lists(cells | json_values) | json_values},
    optional={
        "metadata": metadata,
        "nbformat": st.integers() | json_values,
        "worksheets": json_values,
    },
)


@thorough
@given(st.binary())
def test_any_bytes_are_a_notebook_or_refused_in_words(data: bytes) -> None:
    understood(data)
    understood(b"\xef\xbb\xbf" + data)


@thorough
@given(json_values, st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-32-be")))
def test_any_json_is_a_notebook_or_refused_in_words(value: Any, encoding: str) -> None:
    understood(json.dumps(value).encode(encoding))


@thorough
@given(notebooks)
def test_whatever_is_like_a_notebook_is_one_or_refused_in_words(tree: dict[str, Any]) -> None:
    notebook = understood(json.dumps(tree).encode())
    if notebook is not None:
        assert len(notebook.cells) == len(tree["cells"])


@thorough
@given(notebooks, st.data())
def test_notebook_that_was_cut_or_changed_is_one_or_refused_in_words(
    tree: dict[str, Any], data: st.DataObject
) -> None:
    whole = bytearray(json.dumps(tree).encode())
    at = data.draw(st.integers(0, len(whole) - 1))
    understood(bytes(whole[:at]))
    whole[at] = data.draw(st.integers(0, 255))
    understood(bytes(whole))


@pytest.mark.parametrize(
    "data",
    [
        # Python refuses to read so many digits, by an error that is not one of JSON
        b'{"cells": [], "a": ' + b"9" * 5000 + b"}",
        b'{"cells": [{"source": ' + b"9" * 5000 + b"}]}",
        b'{"cells": [], "a": ' + b"[" * 990 + b"]" * 990 + b"}",
        b'{"cells": [], "nbformat": -' + b"1" * 4299 + b"}",
        b'{"nbformat": ' + b"1" * 4299 + b"}",
    ],
    ids=["digits", "digits for a source", "deep", "digits that are read", "digits for a format"],
)
def test_what_python_itself_refuses_is_refused_in_words(data: bytes) -> None:
    understood(data)


def test_file_is_read_as_its_bytes_are(tmp_path: Path) -> None:
    path = tmp_path / "lesson3.ipynb"
    for data in (b"\0", b"\xff", b"[" * 10_000, b'{"cells": ' + b"9" * 4000 + b"}"):
        path.write_bytes(data)
        with pytest.raises(NotebookError, match=r"lesson3\.ipynb"):
            read(path)


TAGS = ("float", "tuple", "dict", "bytes", "opaque", "handle", "array", "scalar", "tensor", "code")
sizes = st.integers(-1, 3) | st.sampled_from(
    (8, 16, MAX_SIZE, MAX_SIZE + 1, 2**62, 2**63, True, 1.5)
)
shapes = st.lists(sizes, max_size=9) | st.sampled_from(("ab", {}, None, [[1]]))
dtypes = st.sampled_from(
    (*sorted(TENSOR_DTYPES), "object", "str", "load", "float128", None, ["int8"])
)
trees = st.recursive(
    json_values | st.sampled_from(("nan", "inf", "-inf")),
    lambda inner: (
        st.lists(inner)
        | st.fixed_dictionaries(
            {"t": st.sampled_from(TAGS)},
            optional={
                "v": inner | st.lists(inner) | st.lists(st.lists(inner, min_size=2, max_size=2)),
                "n": sizes | st.integers(0, 64) | inner,
                "type": inner,
                "dtype": dtypes,
                "shape": shapes,
            },
        )
    ),
    max_leaves=8,
)


def unpacked_alike(tree: Any, blob: bytes) -> None:
    """Unpack what a child may send: `ValueError`, or a value that is packed and unpacked again as itself."""
    text = json.dumps(tree).encode()
    try:
        value = unpack(struct.pack("<I", len(text)) + text + blob)
    except ValueError:
        return
    packed = pack(value)
    assert pack(unpack(packed)) == packed
    assert type(unpack(packed)) is type(value)


@thorough
@given(trees, st.binary(max_size=64))
def test_any_tree_is_a_value_or_a_value_error(tree: Any, blob: bytes) -> None:
    unpacked_alike(tree, blob)


@thorough
@given(
    st.sampled_from(("array", "scalar", "tensor")),
    st.sampled_from(sorted(DTYPES)),
    st.lists(st.sampled_from((0, 1, 2, MAX_SIZE)), max_size=8),
    st.binary(max_size=64),
)
def test_any_shape_is_an_array_or_a_value_error(
    tag: str, dtype: str, shape: list[int], blob: bytes
) -> None:
    unpacked_alike({"t": tag, "dtype": dtype, "shape": shape, "n": len(blob)}, blob)


@thorough
@given(st.sampled_from(sorted(TENSOR_DTYPES)), st.integers(0, 4), st.data())
def test_any_bytes_of_a_tensor_stay_as_they_are(
    dtype: str, count: int, data: st.DataObject
) -> None:
    size = count * getattr(torch, dtype).itemsize
    blob = data.draw(st.binary(min_size=size, max_size=size))
    unpacked_alike({"t": "tensor", "dtype": dtype, "shape": [count], "n": len(blob)}, blob)


@pytest.mark.parametrize("digits", [400, 1000, 4000, 5000])
def test_long_number_is_itself_or_a_value_error(digits: int) -> None:
    text = b"9" * digits
    try:
        value = unpack(struct.pack("<I", digits) + text)
    except ValueError:
        return
    # what `pack` would not have written is not read either
    assert unpack(pack(value)) == value
