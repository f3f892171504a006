"""What counts as right: kinds, shapes, dtypes and tolerances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from course.judge.closeness import describe, kind_of, mismatch, same
from course.judge.tolerance import Tolerance, first_outside, is_close
from course.values import Opaque


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (0.5, 0.5),
        (np.float64(0.5), 0.5),
        (torch.tensor(0.5), 0.5),
        (2, 2.0),
        (2.0, 2),
        (-0.0, 0.0),
        (2**70, 2**70),
        (10**20, 1e20),
        ([1, 2.0], torch.tensor([1.0, 2.0])),
        ((1.0, 2.0), [1.0, 2.0]),
        (np.array([1.0, 2.0]), [1.0, 2.0]),
        ([torch.tensor(1.0), 2.0], np.array([1.0, 2.0])),
        ([[1, 2], [3, 4]], np.array([[1.0, 2.0], [3.0, 4.0]])),
        ({"w": 1.0, "b": torch.tensor(2.0)}, {"b": 2.0, "w": 1.0}),
        ((1.0, [2.0, 3.0]), (1.0, [2.0, 3.0])),
        ("ihello", "ihello"),
        (torch.tensor(True), True),
        (None, None),
    ],
)
def test_equal_values_in_any_form_are_right(actual: Any, expected: Any) -> None:
    assert mismatch(actual, expected) is None


@pytest.mark.parametrize(
    ("actual", "expected", "kind", "mistake"),
    [
        (None, 0.5, "type", "forgot-return"),
        ({"w": None}, {"w": 1.0}, "type", "none-inside"),
        ("0.5", 0.5, "type", "string-for-number"),
        (True, 1.0, "type", "bool-for-number"),
        (1.0, True, "type", "wrong-type"),
        ([0.5], 0.5, "shape", "one-element"),
        (torch.tensor([0.5]), 0.5, "shape", "one-element"),
        ((0.5,), 0.5, "shape", "trailing-comma"),
        (torch.ones(3), 1.0, "shape", "not-reduced"),
        ((1.0, 2.0), 1.0, "shape", "several-returned"),
        (1.0, torch.ones(3), "shape", "reduced-too-far"),
        (1.0, (1.0, 2.0), "shape", "one-of-several"),
        ((1.0, 2.0), {"w": 1.0}, "type", "sequence-for-dict"),
        ({"w": 1.0}, [1.0, 2.0], "type", "dict-for-sequence"),
        (Opaque("function"), 1.0, "type", "function-returned"),
        (Opaque("type"), 1.0, "type", "class-returned"),
        (Opaque("Linear"), torch.ones(1), "type", "module-returned"),
        (Opaque("generator"), [1.0], "type", "iterator-returned"),
        (Opaque("set"), [1.0], "type", "set-returned"),
        (Opaque("set"), {"w": 1.0}, "type", "sequence-for-dict"),
        (Opaque("Axes"), 1.0, "type", "object-returned"),
        (torch.ones(3, 1), torch.ones(3), "shape", "extra-dimension"),
        (torch.ones(3), torch.ones(3, 1), "shape", "missing-dimension"),
        (torch.ones(3, 2), torch.ones(2, 3), "shape", "transposed-shape"),
        (torch.ones(3, 3), torch.ones(3, 1), "shape", "broadcast"),
        ([[1.0] * 3] * 3, [1.0] * 3, "shape", "wrong-shape"),
        (torch.ones(6), torch.ones(2, 3), "shape", "flattened"),
        (torch.ones(2, 4), torch.ones(2, 3), "shape", "size-off-by-one"),
        (torch.ones(2, 7), torch.ones(2, 3), "shape", "wrong-shape"),
        ([], [1.0], "length", "empty-result"),
        ([1.0], [1.0, 2.0], "length", "one-too-few"),
        ([1.0, 2.0, 3.0], [1.0, 2.0], "length", "one-too-many"),
        ({"w": 1.0}, {"w": 1.0, "b": 2.0}, "keys", "missing-key"),
        ({"w": 1.0, "b": 2.0}, {"w": 1.0}, "keys", "extra-key"),
        (math.nan, 1.0, "finite", "nan"),
        (-math.inf, 1.0, "finite", "infinite"),
        (10**400, 1.0, "finite", "infinite"),
        (10**400, np.float64(1.0), "finite", "infinite"),
        (1 + 0j, 1.0, "dtype", "complex-dtype"),
        (torch.tensor([1, 2]), torch.tensor([1.0, 2.0]), "dtype", "int-dtype"),
        (torch.tensor([True]), torch.tensor([1.0]), "dtype", "bool-dtype"),
        (0.6, 0.5, "value", None),
        ("ab", "abc", "value", None),
        (2**70, 2**70 + 1, "value", None),
        ([True, False], [True, True], "value", None),
    ],
)
def test_a_difference_is_named(actual: Any, expected: Any, kind: str, mistake: str | None) -> None:
    found = mismatch(actual, expected)
    assert found is not None
    assert (found.kind, found.diagnosis_id) == (kind, mistake)


def test_the_place_of_a_difference_is_told() -> None:
    due = {"losses": [1.0, 2.0], "grid": np.ones((2, 2))}
    wrong = mismatch({"losses": [1.0, 2.5], "grid": np.ones((2, 2))}, due)
    assert wrong is not None and wrong.where == "in ['losses'] at [1]"
    assert (wrong.came_back, wrong.expected) == ("2.5", "2")
    wrong = mismatch({"losses": [1.0, 2.0], "grid": np.eye(2)}, due)
    assert wrong is not None and wrong.where == "in ['grid'] at [0, 1]"


def test_what_is_not_due_is_told_roughly() -> None:
    """A length, a shape or a key can carry what the function was given."""
    assert kind_of([0.0] * 1_000) == "a list of 1000 numbers"
    assert kind_of([0.0] * 1_234) == "a list of more than 1,000 numbers"
    assert kind_of(np.zeros((64, 784))) == "an array of shape (64, 784), float64"
    assert kind_of(np.zeros((1_234_567, 0))) == "an array of a large shape, float64"
    found = mismatch({"w": 1.0, "0.7361": 1.0, 0.7361: 1.0}, {"w": 1.0, "b": 1.0})
    assert found is not None
    assert found.came_back == "a dictionary with 'w' and 2 entries of other names"


def test_a_near_miss_is_shown_with_all_its_digits() -> None:
    found = mismatch(1.0000009, 1.0)
    assert found is not None and found.came_back == "1.0000009"


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_tolerances_are_those_of_torch(dtype: torch.dtype) -> None:
    due = torch.linspace(0.5, 3.0, 7, dtype=torch.float64)
    for error in 10.0 ** np.arange(-9.0, 0.0, 0.25):
        actual = (due * (1 + error)).to(dtype)
        try:
            torch.testing.assert_close(actual, due.to(dtype))
            right = True
        except AssertionError:
            right = False
        assert (mismatch(actual, due.to(dtype)) is None) is right


@given(st.floats(), st.floats(), st.floats(0.0), st.sampled_from([0.0, 1e-7, 0.5, math.inf]))
def test_a_number_is_as_close_as_an_array_of_it(
    expected: float, error: float, rtol: float, atol: float
) -> None:
    for actual in (expected, error, expected + error, expected * (1 + error)):
        alone = is_close(actual, expected, Tolerance(rtol, atol))
        outside = first_outside(np.array([actual]), np.array([expected]), Tolerance(rtol, atol))
        assert alone == (outside is None)


def test_a_float32_result_is_judged_as_float32_even_as_a_python_float() -> None:
    assert mismatch(torch.tensor(0.1).item(), 0.1) is None
    assert mismatch(0.1 + 2e-7, 0.1) is not None


def test_zero_for_a_small_number_is_wrong_in_float64() -> None:
    assert mismatch(0.0, 5e-6) is not None


def test_without_kind_free_container_and_dtype_count() -> None:
    assert mismatch([1.0], [1.0], kind_free=False) is None
    for actual, expected, kind in [
        ((1.0,), [1.0], "type"),
        (np.float64(1.0), 1.0, "type"),
        (np.ones(2), torch.ones(2), "type"),
        (torch.ones(2).double(), torch.ones(2), "dtype"),
    ]:
        found = mismatch(actual, expected, kind_free=False)
        assert found is not None and found.kind == kind


@pytest.mark.parametrize(
    "expected", [[], {}, torch.ones(0), math.nan, [math.inf], Opaque("Model"), {"losses": []}]
)
def test_an_expectation_that_judges_nothing_is_refused(expected: Any) -> None:
    with pytest.raises(ValueError, match="expected"):
        mismatch(1.0, expected)


def test_a_given_tolerance_replaces_the_default() -> None:
    assert mismatch(1.05, 1.0, rtol=0.1) is None
    assert mismatch(3, 4, atol=1.0) is None
    assert mismatch(math.inf, 0.0, rtol=0.0, atol=math.inf) is not None
    with pytest.raises(ValueError, match="tolerance"):
        mismatch(1.0, 1.0, rtol=math.nan)


def test_results_of_mistakes_may_be_infinite_or_nan() -> None:
    assert same([math.nan, math.inf], [math.nan, math.inf])
    assert not same([math.nan, math.inf], [math.nan, -math.inf])
    assert not same(1.0, math.inf)


@pytest.mark.parametrize(
    ("value", "shown", "kind"),
    [
        (0.5, "0.5", "a number"),
        (-0.0, "0", "a number"),
        (True, "True", "True or False"),
        (None, "None", "None"),
        ("hi\x1b[2J", "'hi\\x1b[2J'", "a string"),
        ([1, 2.5], "the list [1, 2.5]", "a list of 2 numbers"),
        ([0.0] * 30, "a list of 30 numbers", "a list of 30 numbers"),
        (torch.tensor([1.0, 2.0]), "the tensor [1, 2], float32", "a tensor of shape (2,), float32"),
        (np.ones((3, 1)), "an array of shape (3, 1), float64", "an array of shape (3, 1), float64"),
        ({"w": 1.0}, "a dictionary of 1 entry", "a dictionary of 1 entry"),
        (Opaque("function"), "a function", "a function"),
        (Opaque("Linear"), "a Linear object", "a Linear object"),
        (10**400, "an integer of 1329 bits", "a number"),
    ],
)
def test_values_are_described_with_and_without_what_they_hold(
    value: Any, shown: str, kind: str
) -> None:
    assert (describe(value), kind_of(value)) == (shown, kind)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(plain, plain)
def test_any_two_values_can_be_compared_and_described(actual: Any, expected: Any) -> None:
    assert describe(actual) and kind_of(actual)
    assert isinstance(same(actual, expected), bool)
    assert same(actual, actual)
    try:
        mismatch(actual, expected)
    except ValueError as refused:
        assert "expected" in str(refused)
