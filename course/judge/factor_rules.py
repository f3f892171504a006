"""Answers that are the right ones times something: a sign, a number, a length, or inputs that do not belong there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations

import numpy as np

from course.judge.evidence import Evidence, Said, distinct
from course.judge.kinds import Array

# a match with a number less simple than these says little
_SIMPLE = sorted(
    {Fraction(p, q) for p in range(1, 5) for q in range(1, 5)}
    | {Fraction(n) for n in (5, 6, 8, 9, 10, 12, 16, 100, 1000)}
    | {Fraction(1, n) for n in (5, 6, 8, 9, 10, 12, 16, 100, 1000)}
)
_SIMPLE_VALUES = np.array([float(number) for number in _SIMPLE])
_MOST = 8
"""No simple number beside inputs is larger than this, nor smaller than one over it."""

Powers = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Factor:
    """A number times powers of inputs: 2·x, x²/y, -1/2."""

    number: Fraction
    powers: Powers = ()

    @property
    def words(self) -> str:
        """The factor as a formula."""
        above = [name + "²" * (p == 2) for name, p in self.powers if p > 0]
        below = [name + "²" * (p == -2) for name, p in self.powers if p < 0]
        size = abs(self.number)
        above[:0] = [str(size.numerator)] if size.numerator != 1 or not above else []
        below[:0] = [str(size.denominator)] if size.denominator != 1 else []
        under = f"/({'·'.join(below)})" if below[1:] else "".join(f"/{name}" for name in below)
        return f"{'-' if self.number < 0 else ''}{'·'.join(above)}{under}"


def wrong_number(evidence: Evidence) -> Said | None:
    """Speak of an answer that is a simple number times the right one."""
    number = _number(evidence, np.ones_like(evidence.actual))
    if number in (None, 1):
        return None
    if number == -1:
        return "wrong-sign", f"has the wrong sign {evidence.everywhere}"
    words = "half" if number == Fraction(1, 2) else f"{Factor(number).words} times"
    return "constant-factor", f"is {words} the right one {evidence.everywhere}"


def wrong_length(evidence: Evidence) -> Said | None:
    """Speak of a sum for a mean, a mean for a sum, and a division by n - 1."""
    for words, n in evidence.sizes.items():
        if distinct(n) == 1 and n[0] == 2:
            # a factor of 2 has likelier causes
            continue
        if evidence.shows(evidence.expected * n):
            said = f"is {words} times the right one {evidence.everywhere}"
            return "sum-for-mean", f"{said}, as where a sum stands for a mean"
        if evidence.shows(evidence.expected / n):
            said = f"is the right one divided by {words} {evidence.everywhere}"
            return "mean-for-sum", f"{said}, as where a mean stands for a sum"
        if (n >= 4).all() or (distinct(n) > 1 and (n > 1).all()):
            if evidence.shows(evidence.expected * n / (n - 1)):
                return "n-minus-one", f"divides by n - 1 where n is due; n is {words}"
            if evidence.shows(evidence.expected * (n - 1) / n):
                return "n-minus-one", f"divides by n where n - 1 is due; n is {words}"
    return None


def wrong_inputs(evidence: Evidence) -> Said | None:
    """Speak of inputs that are a factor of the answer too often, or not often enough.

    Where two different inputs would explain it alike, nobody can tell which it was, and nothing is said.
    """
    for family in (_single, _pairs):
        found = [
            f for powers, values in family(evidence) if (f := _factor(evidence, powers, values))
        ]
        if found:
            return _said(evidence, found[0]) if len(found) == 1 else None
    return None


def any_number(evidence: Evidence) -> Said | None:
    """Speak of an answer that is always the same number times the right one, whichever."""
    if evidence.variety < 4:
        return None
    ratio = float(
        np.median(evidence.actual[evidence.countable] / evidence.expected[evidence.countable])
    )
    if abs(ratio) < 1e-6 or not evidence.shows(evidence.expected * ratio):
        return None
    said = f"is a constant, about {ratio:.4g}, times the right one {evidence.everywhere}"
    return "constant-factor", said


def _number(evidence: Evidence, values: Array) -> Fraction | None:
    """Return the simple number that, times `values`, is the ratio of what came back and what is right."""
    at = _sample(evidence, values)
    ratios = evidence.actual[at] / evidence.expected[at] / values[at]
    ratio = float(np.median(ratios))
    nearest = _SIMPLE[int(np.argmin(np.abs(_SIMPLE_VALUES - abs(ratio))))]
    number = nearest if ratio > 0 else -nearest
    if not np.isclose(ratios, float(number), rtol=0.01).mean() > 0.5:
        return None
    return number if evidence.shows(evidence.expected * values * float(number)) else None


def _sample(evidence: Evidence, values: Array) -> Array:
    """Return where ratios can be taken; a few places are enough to find a candidate."""
    return np.flatnonzero(evidence.countable & (values != 0))[:64]


def _factor(evidence: Evidence, powers: Powers, values: Array) -> Factor | None:
    if not np.isfinite(values).all() or distinct(values[_sample(evidence, values)]) < 3:
        return None
    number = _number(evidence, values)
    if number is None or not Fraction(1, _MOST) <= abs(number) <= _MOST:
        return None
    return Factor(number, powers)


def _single(evidence: Evidence) -> Iterator[tuple[Powers, Array]]:
    with np.errstate(all="ignore"):
        for name, column in evidence.columns.items():
            for power in (1, -1, 2, -2):
                yield ((name, power),), column ** float(power)


def _pairs(evidence: Evidence) -> Iterator[tuple[Powers, Array]]:
    if evidence.variety < 4:
        return
    with np.errstate(all="ignore"):
        for (x, xs), (y, ys) in combinations(evidence.columns.items(), 2):
            for p, q in ((1, 1), (1, -1), (-1, 1), (-1, -1), (2, 1), (1, 2), (2, -1), (-1, 2)):
                yield ((x, p), (y, q)), xs ** float(p) * ys ** float(q)


def _said(evidence: Evidence, factor: Factor) -> Said:
    extra = tuple((name, power) for name, power in factor.powers if power > 0)
    missing = tuple((name, -power) for name, power in factor.powers if power < 0)
    times = f"is {factor.words} times the right one {evidence.everywhere}"
    if extra and missing:
        return (
            "wrong-factor",
            f"{times}: {_formula(extra)} stands where {_formula(missing)} belongs",
        )
    if extra:
        return "extra-factor", f"{times}: {_why_extra(evidence, extra)}"
    if (1 / factor.number).denominator != 1 or factor.number < 0:
        return "wrong-factor", f"{times}: {factor.number} stands where {_formula(missing)} belongs"
    divisor = Factor(1 / factor.number, missing).words
    said = f"is the right one divided by {divisor} {evidence.everywhere}"
    needs = f"the derivative with respect to {evidence.wrt} needs" if evidence.wrt else "it needs"
    return "missing-factor", f"{said}: {needs} the factor {divisor}"


def _why_extra(evidence: Evidence, powers: Powers) -> str:
    reasons = [evidence.because[name] for name, _ in powers if name in evidence.because]
    if reasons:
        return "; ".join(reason.rstrip(".") for reason in reasons)
    if evidence.wrt:
        of = f"the derivative with respect to {evidence.wrt}"
        return f"{of} does not contain that {_formula(powers)}"
    return f"that {_formula(powers)} does not belong there"


def _formula(powers: Powers) -> str:
    return Factor(Fraction(1), powers).words
