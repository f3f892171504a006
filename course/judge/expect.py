"""What a grader may say: each `expect_…` proves one sentence about a submission or raises a `Failure`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from course.judge.closeness import Mismatch, describe, kind_of, mismatch
from course.judge.diagnosis import Diagnosis, Mistake, explain, wrong_kind
from course.judge.failure import Failure, Finding
from course.judge.thresholds import Side, Threshold, measure
from course.values import Value

Inputs = Mapping[str, Value]
"""The arguments of one call by name, in the order of the signature."""


class Named(Protocol):
    """Something of the student's that can be called."""

    __name__: str

    def __call__(self, *args: Value, **kwargs: Value) -> Value: ...


def expect(
    held: bool,
    claim: str,
    *,
    came_back: Value = None,
    expected: str = "",
    diagnosis: Diagnosis | None = None,
    hint: str = "",
) -> None:
    """Expect that `claim` held."""
    if held is not True:
        shown = (describe(came_back), kind_of(came_back)) if came_back is not None else ("", "")
        raise Failure(
            Finding(
                claim,
                came_back=shown[0],
                sort_came_back=shown[1],
                expected=expected,
                diagnosis=diagnosis.id if diagnosis else "",
                explanation=diagnosis.text if diagnosis else "",
                hint=hint,
            )
        )


def expect_close(
    actual: Value,
    expected: Value,
    *,
    claim: str,
    subject: str = "your code",
    hint: str = "",
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Expect `actual` to be `expected` within the tolerance of its dtype, in shape and in kind."""
    found = mismatch(actual, expected, rtol=rtol, atol=atol)
    if found is not None:
        raise Failure(_finding(found, actual, claim, subject, hint))


def expect_values(
    function: Named,
    right: Callable[..., Value],
    inputs: Sequence[Inputs],
    *,
    claim: str = "",
    mistakes: Sequence[Mistake] = (),
    because: Mapping[str, str] | None = None,
    wrt: str | None = None,
    hint: str = "",
    rtol: float | None = None,
    atol: float | None = None,
) -> None:
    """Expect `function` to return what `right` returns for each of `inputs`.

    When it does not, the mistake that reproduces every answer is looked for: first `mistakes`, the lesson's own, then
    the general ones. `because` says why a factor of that input does not belong there; `wrt` names the variable of a
    derivative.
    """
    name = function.__name__
    claim = claim or f"{name} returns the right value"
    expected = [right(**given) for given in inputs]
    actual = [function(*given.values()) for given in inputs]
    misses = [mismatch(a, e, rtol=rtol, atol=atol) for a, e in zip(actual, expected, strict=True)]
    first = next((i for i, miss in enumerate(misses) if miss is not None), None)
    if first is None:
        return
    miss = misses[first]
    assert miss is not None
    diagnosis = explain(
        name,
        inputs,
        actual,
        expected,
        mistakes=mistakes,
        wrt=wrt,
        because=because or {},
    )
    called = f"{name}({', '.join(f'{k}={describe(v)}' for k, v in inputs[first].items())})"
    raise Failure(_finding(miss, actual[first], claim, name, hint, called, diagnosis))


def _finding(
    miss: Mismatch,
    actual: Value,
    claim: str,
    subject: str,
    hint: str,
    called: str = "",
    diagnosis: Diagnosis | None = None,
) -> Finding:
    if diagnosis is None and miss.kind != "value":
        diagnosis = wrong_kind(subject, miss)
    return Finding(
        claim,
        called=called,
        came_back=miss.came_back,
        sort_came_back=kind_of(actual),
        expected=miss.expected,
        where=miss.where,
        diagnosis=diagnosis.id if diagnosis else "",
        explanation=diagnosis.text if diagnosis else "",
        hint=hint,
    )


def derivative(of: Callable[..., Any], wrt: str) -> Callable[..., float]:
    """Return the derivative of `of` with respect to its argument `wrt`, by autograd in float64."""

    def by_autograd(**given: Value) -> float:
        import torch

        tensors = {
            name: torch.tensor(float(value), dtype=torch.float64, requires_grad=name == wrt)
            for name, value in given.items()
        }
        (gradient,) = torch.autograd.grad(of(**tensors), tensors[wrt])
        return float(gradient)

    return by_autograd


def expect_gradient(
    function: Named,
    of: Callable[..., Any],
    wrt: str,
    inputs: Sequence[Inputs],
    **options: Any,
) -> None:
    """Expect `function` to be the derivative of `of` with respect to `wrt`, as autograd finds it."""
    options.setdefault("claim", f"{function.__name__} is the derivative with respect to {wrt}")
    expect_values(function, derivative(of, wrt), inputs, wrt=wrt, **options)


def expect_below(
    value: Value,
    limit: Threshold | float,
    *,
    claim: str,
    hint: str = "",
    diagnosis: Diagnosis | None = None,
) -> None:
    """Expect a finite number below `limit`."""
    _expect_beyond(value, _limit(limit, "below"), claim, hint, diagnosis)


def expect_above(
    value: Value,
    limit: Threshold | float,
    *,
    claim: str,
    hint: str = "",
    diagnosis: Diagnosis | None = None,
) -> None:
    """Expect a finite number above `limit`."""
    _expect_beyond(value, _limit(limit, "above"), claim, hint, diagnosis)


def _limit(limit: Threshold | float, side: Side) -> Threshold:
    threshold = limit if isinstance(limit, Threshold) else Threshold("", side, limit)
    if threshold.side != side:
        raise ValueError(f"the threshold {threshold.name!r} is for values {threshold.side} it")
    return threshold


def _expect_beyond(
    value: Value, threshold: Threshold, claim: str, hint: str, diagnosis: Diagnosis | None
) -> None:
    number = _number(value, claim, hint)
    measure(threshold, number)
    expect(
        math.isfinite(number) and threshold.holds(number),
        claim,
        came_back=number,
        expected=f"{'less' if threshold.side == 'below' else 'more'} than {threshold.limit:g}",
        hint=hint,
        diagnosis=diagnosis,
    )


def _number(value: Value, claim: str, hint: str) -> float:
    miss = mismatch(value, 0.0, rtol=0.0, atol=math.inf)
    if miss is not None and miss.kind != "value":
        raise Failure(_finding(miss, value, claim, "your code", hint))
    return float(value)


def expect_parts(value: Value, parts: Sequence[str], *, subject: str) -> list[Value]:
    """Expect a tuple (or list) with one item for each of `parts`, and return the items."""
    if isinstance(value, (tuple, list)) and len(value) == len(parts):
        return list(value)
    due = f"({', '.join(parts)})"
    came = kind_of(value)
    text = f"{subject} returned {came}; it returns {len(parts)} things, {due}."
    expect(
        False,
        f"{subject} returns {due}",
        came_back=value,
        diagnosis=Diagnosis("wrong-parts", text),
    )
    raise AssertionError("unreachable")


def expect_number(value: Value, *, claim: str, hint: str = "") -> float:
    """Expect one finite number and return it as a float."""
    number = _number(value, claim, hint)
    expect(math.isfinite(number), claim, came_back=value, expected="a finite number", hint=hint)
    return number
