"""Answers made of the right ones some other way: the square, the root, rounded, always the same, off by a term."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from course.judge.evidence import Evidence, Said, alike, distinct
from course.judge.kinds import Array

_TRANSFORMS: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("absolute-value", "is the absolute value of the right one", np.abs),
    (
        "clipped",
        "is 0 wherever the right one is negative, and right elsewhere",
        lambda e: e.clip(0),
    ),
    ("square", "is the square of the right one", np.square),
    ("square-root", "is the square root of the right one", np.sqrt),
    ("complement", "is 1 minus the right one", lambda e: 1 - e),
    ("reciprocal", "is 1 divided by the right one", lambda e: 1 / e),
    ("logarithm", "is the logarithm of the right one", np.log),
    ("negative-logarithm", "is minus the logarithm of the right one", lambda e: -np.log(e)),
    ("exponential", "is exp of the right one", np.exp),
)
_BACK: tuple[tuple[str, str, Callable[[Array], Array]], ...] = (
    ("missing-absolute-value", "is right but for its sign: the absolute value is missing", np.abs),
    ("missing-square", "is the root of the right one: the square is missing", np.square),
)
_ROUNDED: tuple[tuple[str, Callable[[Array], Array]], ...] = (
    ("rounded to whole numbers", np.round),
    ("rounded down to whole numbers: // instead of /, perhaps, or int(…)", np.floor),
    ("cut down to whole numbers: int(…), perhaps", np.trunc),
    ("rounded up to whole numbers", np.ceil),
    ("rounded to 1 decimal", lambda e: np.round(e, 1)),
    ("rounded to 2 decimals", lambda e: np.round(e, 2)),
    ("rounded to 3 decimals", lambda e: np.round(e, 3)),
    ("rounded to 4 decimals", lambda e: np.round(e, 4)),
)


_EXACT = 1e-6
"""A rounded number is met exactly, but for its dtype."""


def always_the_same(evidence: Evidence) -> Said | None:
    """Speak of an answer that does not depend on the input."""
    if not evidence.actual.any():
        return "always-zero", f"is 0 {evidence.everywhere}"
    if evidence.inputs < 3 or distinct(evidence.actual) > 1:
        return None
    if not evidence.shows(np.full_like(evidence.actual, evidence.actual[0])):
        return None
    return "always-the-same", f"is the same {evidence.everywhere}: it does not depend on its inputs"


def an_input(evidence: Evidence) -> Said | None:
    """Speak of an answer that is one of the inputs, or minus one."""
    for name, column in evidence.columns.items():
        if distinct(column) >= 3:
            if evidence.shows(column):
                return "returns-input", f"is {name} itself {evidence.everywhere}"
            if evidence.shows(-column):
                return "returns-input", f"is minus {name} {evidence.everywhere}"
    return None


def transformed(evidence: Evidence) -> Said | None:
    """Speak of a square, a root, an absolute value, a logarithm … too many or too few."""
    with np.errstate(all="ignore"):
        for name, words, apply in _TRANSFORMS:
            if evidence.shows(apply(evidence.expected)):
                return name, f"{words} {evidence.everywhere}"
        for name, words, apply in _BACK:
            if alike(apply(evidence.actual), evidence.expected, evidence.rtol):
                return name, f"{words} ({evidence.everywhere})"
    return None


def rounded(evidence: Evidence) -> Said | None:
    """Speak of an answer that is the right one, rounded."""
    if evidence.shows(np.round(evidence.expected)) and not np.mod(evidence.expected, 1).any():
        return None
    for words, apply in _ROUNDED:
        candidate = apply(evidence.expected)
        # a result rounded to nothing but zeros could be anything small
        if distinct(candidate) >= 2 and alike(
            evidence.actual, candidate, min(_EXACT, 0.01 * evidence.rtol)
        ):
            return "rounded", f"is the right one {words} ({evidence.everywhere})"
    return None


def off_by_an_input(evidence: Evidence) -> Said | None:
    """Speak of a term too many or too few; nothing where two inputs would explain it alike."""
    difference = evidence.actual - evidence.expected
    found = []
    for name, column in evidence.columns.items():
        for times in (1, -1, 2, -2):
            term = column * times
            # the difference itself must be met, not only what came back: large answers hide small terms
            if distinct(column) >= 3 and alike(difference, term, evidence.rtol):
                found.append((name, times))
    if len(found) != 1:
        return None
    name, times = found[0]
    words = name if abs(times) == 1 else f"2·{name}"
    sort, word = ("extra-term", "plus") if times > 0 else ("missing-term", "minus")
    return sort, f"is the right one {word} {words} {evidence.everywhere}"


def off_by_a_constant(evidence: Evidence) -> Said | None:
    """Speak of an answer that is too large or too small by the same amount everywhere."""
    if evidence.variety < 3:
        return None
    difference = evidence.actual - evidence.expected
    offset = float(np.median(difference))
    if not alike(difference, np.full_like(difference, offset), evidence.rtol):
        return None
    word = "large" if offset > 0 else "small"
    whole = not np.mod(evidence.expected, 1).any()
    if whole and abs(abs(offset) - 1) < 1e-9:
        return "off-by-one", f"is 1 too {word} {evidence.everywhere}"
    amount = f"{abs(offset):.4g}"
    return "constant-offset", f"is too {word} by the same amount, {amount}, {evidence.everywhere}"
