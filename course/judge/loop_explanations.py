"""Which mistake of a student's training loop left these parameters, or these losses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from course.judge.closeness import mismatch
from course.judge.curves import curve, explain_curve, sentence
from course.judge.diagnosis import Diagnosis
from course.judge.kinds import is_tensor
from course.judge.loop_faults import Fault, Inapplicable, Run
from course.judge.training import explain_training
from course.values import Value

if TYPE_CHECKING:
    from torch import Tensor

    from course.judge.loops import Case, Loop, Trained

OWN_OPTIMIZER = Fault(
    "own-optimizer",
    "descends by itself, whatever optimizer it is given: leave the moving to optimizer.step()",
)
_OWN_RATES = 0.001, 0.01, 0.1
"""The learning rates that a loop with an optimizer of its own is likely to have."""


def as_plain_descent(case: Case) -> list[Case]:
    """Return the runs of a loop that descends by itself in place of the optimizer of `case`."""
    rates = {float(case.settings.get("lr", 0.01)), *_OWN_RATES}
    return [replace(case, optimizer="SGD", settings={"lr": rate}) for rate in sorted(rates)]


def explain_steps(loop: Loop, case: Case, outcome: Trained) -> Diagnosis | None:
    """Return the fault that leaves these parameters, judged with the losses if these are numbers."""
    observed = Run((), _tensors(outcome.parameters), outcome.gradients is True)
    lr = float(case.settings.get("lr", 0.01))
    own = [replace(OWN_OPTIMIZER, rate=rate / lr) for rate in _OWN_RATES if rate != lr]
    faults = [*loop.faults, *(wrong for wrong, _ in loop.wrong_losses), *own]
    losses = curve(outcome.losses)
    if losses is not None:
        with_losses = replace(observed, losses=tuple(losses.tolist()))
        found = explain_training(
            loop.name, with_losses, lambda fault: loop.replay(case, fault), faults
        )
        if found is not None:
            return found

    def without_losses(fault: Fault | None) -> Run:
        return replace(loop.replay(case, fault), losses=())

    faults = [fault for fault in faults if fault.losses_matter]
    return explain_training(loop.name, observed, without_losses, faults)


def explain_losses(loop: Loop, case: Case, losses: Value, due: list[float]) -> Diagnosis | None:
    """Return what is wrong with the losses of a training that may be right otherwise."""
    noted = curve(losses)
    if noted is None:
        return None
    for fault in loop.faults:
        if fault.loss == "before":
            continue
        try:
            replayed = curve(loop.replay(case, fault).losses)
        except Inapplicable:
            continue
        same = replayed is not None and mismatch(noted, replayed, rtol=loop.rtol) is None
        if same and mismatch(replayed, np.array(due), rtol=loop.rtol) is not None:
            return Diagnosis(fault.id, sentence(loop.name, fault.text))
    return explain_curve(loop.name, noted.tolist(), right=due)


def _tensors(parameters: Value) -> dict[str, Tensor]:
    named = parameters.items() if isinstance(parameters, dict) else ()
    return {name: value for name, value in named if is_tensor(value)}
