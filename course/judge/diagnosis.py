"""Which mistake made a value wrong: the author's own guesses first, then the general ones, silent when in doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from course.judge import factor_rules, value_rules
from course.judge.argument_rules import other_arguments, wrong_axis
from course.judge.closeness import mismatch, same
from course.judge.evidence import Evidence, Said, alike, gather, relative_tolerance
from course.judge.kinds import as_array, is_sequence
from course.judge.mismatches import SENTENCES, Mismatch
from course.judge.structure_rules import misplaced
from course.values import Value

Inputs = Mapping[str, Value]


@dataclass(frozen=True)
class Diagnosis:
    """The mistake behind a wrong answer: an id to count it by, and a sentence for whoever made it."""

    id: str
    text: str


@dataclass(frozen=True)
class Mistake:
    """A mistake that the author of a lesson foresees; `formula` returns what it makes of the same arguments."""

    id: str
    text: str
    formula: Callable[..., Value]


_MORE = 1_000
"""So many items more than are due are too many for an honest mistake."""

# in the order of simplicity: where two of them hold, the first is the likelier
_RULES: tuple[Callable[[Evidence], Said | None], ...] = (
    value_rules.always_the_same,
    factor_rules.wrong_length,
    factor_rules.wrong_number,
    value_rules.an_input,
    value_rules.transformed,
    value_rules.rounded,
    factor_rules.wrong_inputs,
    value_rules.off_by_an_input,
    value_rules.off_by_a_constant,
    factor_rules.any_number,
)


def explain(
    subject: str,
    inputs: Sequence[Inputs],
    actual: Sequence[Value],
    expected: Sequence[Value],
    *,
    mistakes: Sequence[Mistake] = (),
    wrt: str | None = None,
    because: Mapping[str, str] = MappingProxyType({}),
    reference: Callable[..., Value] | None = None,
) -> Diagnosis | None:
    """Return the mistake that gives `actual` for every one of `inputs`, or None when nothing explains it.

    `inputs` name the arguments in the order of the signature. `wrt` is the variable of a derivative, `because` says
    why an input is no factor of the answer, and `reference` (called with the arguments by name) lets arguments be
    exchanged or left out. Right answers are never explained.
    """
    if not len(inputs) == len(actual) == len(expected) or not inputs:
        raise ValueError("each input needs what came back and what was expected")
    if _all_right(actual, expected) or any(map(_is_overlong, actual, expected)):
        return None
    for mistake in mistakes:
        if _reproduces(mistake.formula, inputs, actual, expected):
            return Diagnosis(mistake.id, mistake.text)
    if parts := _parts(actual, expected):
        return _explain_parts(subject, inputs, actual, expected, parts, because)
    said = _general(inputs, actual, expected, wrt, because, reference)
    return Diagnosis(said[0], f"Your {subject} {said[1]}.") if said else None


def _is_overlong(actual: Value, expected: Value) -> bool:
    """Whether an answer has so many more items than the right one that to look through it would take long."""
    return _items(actual) > 2 * _items(expected) + _MORE


def _items(value: Value) -> int:
    if not isinstance(value, (list, tuple, dict)):
        return 0
    parts = value.values() if isinstance(value, dict) else value
    return len(value) + sum(map(_items, parts))


def wrong_kind(subject: str, found: Mismatch) -> Diagnosis:
    """Return the mistake behind a value that is not even of the right kind, shape or length."""
    name = f"{subject} ({found.where})" if found.where else subject
    sentence = SENTENCES.get(found.diagnosis_id or "", "{name} returned another value than is due.")
    text = sentence.format(name=name, came_back=found.came_back, expected=found.expected)
    return Diagnosis(found.diagnosis_id or f"wrong-{found.kind}", text)


def _reproduces(
    formula: Callable[..., Value],
    inputs: Sequence[Inputs],
    actual: Sequence[Value],
    expected: Sequence[Value],
) -> bool:
    """Return whether `formula` gives what came back every time, and not always what is right."""
    told = False
    for given, a, e in zip(inputs, actual, expected, strict=True):
        try:
            with np.errstate(all="ignore"):
                candidate = formula(*given.values())
        except (ArithmeticError, LookupError, RuntimeError, ValueError):
            # what cannot be worked out on these arguments gave no answer, so it is not the one that came back
            return False
        rtol, atol = _leeway(a, candidate)
        if not same(a, candidate, rtol=rtol, atol=atol):
            return False
        told = told or not same(e, candidate, rtol=rtol, atol=atol)
    return told


def _leeway(actual: Value, candidate: Value) -> tuple[float | None, float | None]:
    """Return the tolerance for a mistake's result: rounding errors grow where terms cancel, tiny numbers stay apart."""
    array = as_array(candidate)
    if array is None or array.dtype.kind not in "iuf" or as_array(actual) is None:
        return None, None
    finite = np.abs(array[np.isfinite(array)].astype(np.float64))
    rtol = relative_tolerance([actual, candidate])
    return rtol, 0.1 * rtol * float(np.max(finite, initial=0.0))


def _general(
    inputs: Sequence[Inputs],
    actual: Sequence[Value],
    expected: Sequence[Value],
    wrt: str | None,
    because: Mapping[str, str],
    reference: Callable[..., Value] | None,
) -> Said | None:
    evidence = gather(inputs, actual, expected, wrt, because)
    if evidence is not None:
        if alike(evidence.actual, evidence.expected, evidence.rtol):
            # too close to the right answer for any mistake to be told
            return None
        part = evidence.thinned()
        for rule in _RULES if part.variety >= 3 else ():
            said = rule(part)
            if said and (part is evidence or rule(evidence) == said):
                return said
    if said := misplaced(actual, expected) or wrong_axis(inputs, actual, expected):
        return said
    return other_arguments(reference, inputs, actual, expected) if reference else None


def _parts(actual: Sequence[Value], expected: Sequence[Value]) -> list[str | int]:
    """Return the names of the parts of a result that has several: a dictionary's keys, a tuple's places."""
    if all(isinstance(value, dict) for value in (*actual, *expected)):
        names = list(expected[0])
        alike_keys = all(set(value) == set(names) for value in (*actual, *expected))
        return names if alike_keys else []
    if all(isinstance(e, tuple) for e in expected) and all(is_sequence(a) for a in actual):
        sizes = {len(value) for value in (*actual, *expected)}
        return list(range(sizes.pop())) if len(sizes) == 1 else []
    return []


def _explain_parts(
    subject: str,
    inputs: Sequence[Inputs],
    actual: Sequence[Value],
    expected: Sequence[Value],
    parts: list[str | int],
    because: Mapping[str, str],
) -> Diagnosis | None:
    """Return the first explanation of a part of the results that is wrong, or that two of them are exchanged."""
    came_back = {part: [value[part] for value in actual] for part in parts}
    right = {part: [value[part] for value in expected] for part in parts}
    wrong = [part for part in parts if not _all_right(came_back[part], right[part])]
    names = {part: f"'{part}'" if isinstance(part, str) else f"result {part + 1}" for part in parts}
    if len(wrong) == 2 and all(
        _all_right(came_back[a], right[b]) for a, b in (wrong, reversed(wrong))
    ):
        text = f"Your {subject} has {names[wrong[0]]} and {names[wrong[1]]} exchanged."
        return Diagnosis("swapped-results", text)
    for part in wrong:
        whole = (
            f"{subject}[{names[part]}]" if isinstance(part, str) else f"{subject} ({names[part]})"
        )
        if found := explain(whole, inputs, came_back[part], right[part], because=because):
            return found
    return None


def _all_right(actual: Sequence[Value], expected: Sequence[Value]) -> bool:
    return all(mismatch(a, e) is None for a, e in zip(actual, expected, strict=True))
