"""Which mistake made a list of losses wrong, for loops that are written by hand as well as for torch's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.evidence import Said
from course.judge.kinds import Array, as_array, numpy_of
from course.values import Value

# runs of the same training differ in their last digits, and each epoch magnifies that
_RTOL = 1e-4


def explain_curve(
    subject: str,
    observed: Sequence[float],
    candidates: Sequence[Mistake] = (),
    *,
    right: Sequence[float],
) -> Diagnosis | None:
    """Return the mistake that gives the losses `observed` where `right` are right, or None.

    A candidate's `formula` takes no argument and returns the losses of the loop that makes that mistake.
    """
    seen, due = curve(observed), curve(right)
    if seen is None or due is None or curves_agree(seen, due):
        return None
    for mistake in candidates:
        with np.errstate(all="ignore"):
            replayed = curve(mistake.formula())
        if replayed is None:
            continue
        if curves_agree(seen, replayed) and not curves_agree(due, replayed):
            return Diagnosis(mistake.id, mistake.text)
    said = _arrangement(seen, due)
    return Diagnosis(said[0], sentence(subject, said[1])) if said else None


def noted_wrongly(subject: str, losses: Sequence[float], right: Sequence[float]) -> list[Mistake]:
    """Return the mistakes of noting the losses of a training that is right itself."""
    told = (
        (
            "first-loss-only",
            "returns the loss of the first epoch only, though it goes through all: one is due for each epoch",
            right[:1],
        ),
        (
            "losses-left-out",
            "notes the loss in every other epoch only: one is due for each epoch",
            right[::2],
        ),
        (
            "losses-cut-short",
            "returns losses that end before its epochs do: is there a break in the loop, or a condition on noting "
            "them?",
            right[: max(1, min(len(losses), len(right) - 1))],
        ),
        (
            "reversed",
            "returns the losses from the last to the first: append each to those before it",
            right[::-1],
        ),
        (
            "smallest-so-far",
            "returns the smallest loss so far: the one of each epoch is due, whether it falls or rises",
            np.minimum.accumulate(np.asarray(right, float)),
        ),
    )
    return [Mistake(id_, sentence(subject, said), partial(list, due)) for id_, said, due in told]


def sentence(subject: str, said: str) -> str:
    """Return what is said of `subject` as a sentence, ended by its own question mark if it asks something."""
    return f"Your {subject} {said}" + ("" if said.endswith("?") else ".")


def curve(losses: Value) -> Array | None:
    """Return losses as an array of one dimension, or None if they are no such thing."""
    array = as_array(losses)
    if array is None or array.ndim != 1 or array.dtype.kind not in "iuf":
        return None
    return array.astype(np.float64)


def curves_agree(a: Array, b: Array) -> bool:
    """Return whether two lists of losses are those of the same training, also where it diverges."""
    if a.shape != b.shape:
        return False
    first = abs(float(b[0])) if b.size and np.isfinite(b[0]) else 0.0
    return bool(np.isclose(a, b, rtol=_RTOL, atol=1e-7 * first, equal_nan=True).all())


def tensors_agree(a: Any, b: Any) -> bool:
    """Return whether two parameters are those of the same training."""
    left, right = numpy_of(a).astype(np.float64), numpy_of(b).astype(np.float64)
    if left.shape != right.shape:
        return False
    size = np.abs(right[np.isfinite(right)])
    near = np.isclose(
        left, right, rtol=_RTOL, atol=_RTOL * 0.1 * np.max(size, initial=0.0), equal_nan=True
    )
    return bool(near.all())


def _arrangement(seen: Array, due: Array) -> Said | None:
    """Return what is said where the right losses are there, but too few, too many, too late or rescaled."""
    epochs = len(due)
    if epochs < 3 or not len(seen):
        return None
    if len(seen) == 1:
        if curves_agree(seen, due[-1:]):
            return (
                "only-last-loss",
                "returns the last loss only, not the list of one loss per epoch",
            )
        if curves_agree(seen, due[:1]):
            return (
                "return-inside-loop",
                "returns the loss of the first epoch only: is the return inside the loop?",
            )
    if curves_agree(seen, due[:-1]):
        return "one-epoch-short", "trains one epoch too few"
    if curves_agree(seen[:-1], due):
        return "one-epoch-long", "trains one epoch too many"
    if len(seen) % epochs == 0 and len(seen) > epochs:
        return (
            "loss-per-step",
            f"returns {len(seen) // epochs} losses for each epoch instead of one",
        )
    if len(seen) != epochs:
        return None
    if curves_agree(seen, np.full(epochs, due[0])):
        return "no-update", "never changes the weights: the loss stays what it was at the start"
    if curves_agree(seen[:-1], due[1:]):
        return "loss-after-step", "notes each loss after the step, not before it"
    if curves_agree(seen, np.cumsum(due)):
        return "accumulated-losses", "adds up the losses of all epochs: start each epoch at 0"
    return _rescaled(seen, due)


def _rescaled(seen: Array, due: Array) -> Said | None:
    if not due.all() or not np.isfinite(seen).all():
        return None
    ratio = float(np.median(seen / due))
    if abs(ratio) < 1e-6 or not curves_agree(seen, due * ratio):
        return None
    said = f"returns losses that are all {ratio:.4g} times the right ones, though the training itself is right"
    if _is_whole(ratio):
        return "rescaled-losses", f"{said}: a sum for a mean, or a division by too little?"
    asked = (
        "a mean for a sum, or a division too many"
        if _is_whole(1 / ratio)
        else "what are they divided by"
    )
    return "rescaled-losses", f"{said}: {asked}?"


def _is_whole(ratio: float) -> bool:
    """Whether a ratio is such a number as samples are counted by."""
    return ratio > 1.5 and abs(ratio - round(ratio)) < 1e-3 * ratio
