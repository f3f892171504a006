"""Which mistake made a training run wrong: the run is repeated with one fault at a time, and the outcomes compared."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from course.judge.curves import curve, curves_agree, explain_curve, sentence, tensors_agree
from course.judge.diagnosis import Diagnosis
from course.judge.loop_faults import FAULTS, Fault, Inapplicable, Run
from course.judge.replay import replay

__all__ = ["FAULTS", "Fault", "Inapplicable", "Run", "explain_curve", "explain_training", "replay"]


def explain_training(
    subject: str,
    observed: Run,
    replay_with: Callable[[Fault | None], Run],
    faults: Sequence[Fault] = FAULTS,
) -> Diagnosis | None:
    """Return the fault with which the training comes out as observed, or None.

    `replay_with` repeats the training with a fault, or rightly for None; three to ten epochs tell all faults apart,
    and no more are needed for it. Where `observed` holds no parameters, the losses alone decide.
    """
    right = replay_with(None)
    if _alike(observed, right):
        return None
    for fault in faults:
        if fault.gradients is not None and fault.gradients != observed.gradients:
            continue
        if not fault.losses_matter and not observed.parameters:
            continue
        try:
            replayed = replay_with(fault)
        except Inapplicable:
            continue
        if _alike(replayed, right, losses=fault.losses_matter):
            continue
        if _alike(observed, replayed, losses=fault.losses_matter):
            return Diagnosis(fault.id, sentence(subject, fault.text))
    return None


def _alike(run: Run, other: Run, *, losses: bool = True) -> bool:
    """Return whether two runs are one training with one outcome."""
    if losses and not _same_losses(run.losses, other.losses):
        return False
    if not run.parameters:
        return True
    return run.parameters.keys() == other.parameters.keys() and all(
        tensors_agree(value, other.parameters[name]) for name, value in run.parameters.items()
    )


def _same_losses(losses: tuple[float, ...], others: tuple[float, ...]) -> bool:
    seen, due = curve(losses), curve(others)
    if seen is None or due is None:
        return not losses and not others
    return curves_agree(seen, due)
