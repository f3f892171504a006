"""Which mistake of a student's training loop left these parameters, or these losses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from course.judge.closeness import mismatch
from course.judge.curves import curve, explain_curve, noted_wrongly, sentence
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
    "descends by itself, or by an optimizer of its own, whatever optimizer it is given: leave the moving to step() of "
    "that one",
)
USED_UP = Fault(
    "iterator-used-up",
    "takes steps in the first epoch only, though it returns losses of others: an iterator that is made before the "
    "loop, as by iter(loader), is used up by then",
    first_epoch_only=True,
)
ENDS_EARLY = Fault(
    "ends-early",
    "stops before all its epochs are over: each of them takes a step for each batch, whatever the losses are",
)
_OWN_RATES = 0.001, 0.01, 0.1
"""The learning rates that a loop with an optimizer of its own is likely to have."""


def as_plain_descent(case: Case) -> list[Case]:
    """Return the runs of a loop that descends by itself in place of the optimizer of `case`."""
    rates = {float(case.settings.get("lr", 0.01)), *_OWN_RATES}
    return [replace(case, optimizer="SGD", settings={"lr": rate}) for rate in sorted(rates)]


def scaled_losses(case: Case) -> list[Fault]:
    """Return the faults of a loop that multiplies or divides the loss by a number of batches or samples."""
    numbers = {case.batches, case.batch_size, len(case.x)} - {1}
    return [
        Fault(
            "scaled-loss",
            f"takes steps of {factor:.3g} times the learning rate given: is the loss multiplied or divided by "
            "something before backward()?",
            rate=factor,
        )
        for number in sorted(numbers)
        for factor in (1 / number, float(number))
    ]


def explain_steps(loop: Loop, case: Case, outcome: Trained) -> Diagnosis | None:
    """Return the fault that leaves these parameters, judged with the losses if these are numbers."""
    observed = Run((), _tensors(outcome.parameters), outcome.gradients is True)
    lr = float(case.settings.get("lr", 0.01))
    rates = [rate / lr for rate in _OWN_RATES if rate != lr and outcome.steps == 0]
    own = [replace(OWN_OPTIMIZER, rate=rate) for rate in rates]
    scaled = scaled_losses(case) if outcome.steps != 0 else []
    faults = [*loop.faults, *(wrong for wrong, _ in loop.wrong_losses), *own, *scaled]
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

    goes_on = losses is not None and len(losses) > 1
    faults = [
        USED_UP if goes_on and fault.first_epoch_only else fault
        for fault in faults
        if fault.losses_matter
    ]
    found = explain_training(loop.name, observed, without_losses, faults)
    return found or _explain_count(loop, case, outcome.steps)


def _explain_count(loop: Loop, case: Case, steps: Value) -> Diagnosis | None:
    """Return what is wrong with the number of steps that were taken, where nothing else is known."""
    due = case.epochs * case.batches
    if type(steps) is not int or steps == due:
        return None
    often = "more often" if steps > due else "less often"
    each = "each batch of each epoch" if case.batches > 1 else "each epoch"
    said = f"calls step() of the optimizer that it is given {often} than once for {each}"
    return Diagnosis("step-count", sentence(loop.name, said))


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
    seen = noted.tolist()
    return explain_curve(loop.name, seen, noted_wrongly(loop.name, seen, due), right=due)


def _tensors(parameters: Value) -> dict[str, Tensor]:
    named = parameters.items() if isinstance(parameters, dict) else ()
    return {name: value for name, value in named if is_tensor(value)}
