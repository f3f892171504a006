"""What a training loop can do wrong, and what a training run leaves to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from torch import Tensor


Noted = (
    Literal["before", "after", "afterwards", "negated"]
    | Literal["sums", "means", "mean twice", "last batch", "last share"]
    | Literal["each", "final", "accumulated", "running mean"]
)
"""Which losses a loop notes: when they are measured, what becomes of an epoch's, what of those of all epochs."""


class Inapplicable(Exception):
    """A fault that cannot occur in this training."""


@dataclass(frozen=True)
class Run:
    """What a training run leaves: its losses, the model's parameters, whether these hold gradients other than 0."""

    losses: tuple[float, ...]
    parameters: Mapping[str, Tensor] = field(default_factory=dict)
    gradients: bool | None = None


@dataclass(frozen=True)
class Fault:
    """One thing that a training loop does wrong; the defaults are what a right one does."""

    id: str
    text: str
    zero_grad: Literal["before", "between", "never", "each epoch"] = "before"
    order: Literal["backward, step", "step, backward", "backward", "step"] = "backward, step"
    stepping: Literal["each batch", "each epoch"] = "each batch"
    sign: int = 1
    rate: float = 1.0
    reduction: Literal["as given", "sum", "mean"] = "as given"
    broadcast: bool = False
    batches: Literal["all", "first", "last", "whole"] = "all"
    epochs: int = 0
    first_epoch_only: bool = False
    evaluation_mode: bool = False
    loss: Noted = "before"
    evaluated: bool = False
    """Whether what is measured after a step, or after an epoch, is measured in evaluation mode."""
    gradients: bool | None = None
    losses_matter: bool = True


FAULTS: tuple[Fault, ...] = (
    Fault(
        "no-step",
        "never changes the parameters, though it leaves gradients: optimizer.step() is missing, "
        "or does not come after backward()",
        order="backward",
        gradients=True,
    ),
    Fault(
        "no-backward",
        "never changes the parameters and leaves no gradients: loss.backward() is missing, zero_grad() comes "
        "between backward() and step(), or the loss is not that of this model, but cut off by .detach() or .data, "
        "or that of a copy",
        order="step",
        gradients=False,
    ),
    Fault(
        "no-update",
        "never changes the parameters: each step needs zero_grad(), then backward(), then step()",
        order="backward",
    ),
    Fault(
        "fresh-model",
        "leaves the model that it is given as it was: either it trains another one, of its own, or its loss has no "
        "slope, as after a rounding, a comparison, .detach(), or a softmax over one output",
        order="backward",
        losses_matter=False,
    ),
    Fault(
        "no-zero-grad",
        "never sets the gradients to 0: each backward() adds to those of the steps before",
        zero_grad="never",
    ),
    Fault(
        "step-before-backward",
        "calls step() before backward(): each step uses the gradients of the one before",
        order="step, backward",
    ),
    Fault(
        "zero-after-backward", "sets the gradients to 0 between backward() and step()", "between"
    ),
    Fault("ascent", "climbs instead of descending: the sign of the loss is wrong", sign=-1),
    Fault(
        "ascent",
        "climbs instead of descending: the sign of the loss is wrong",
        sign=-1,
        loss="negated",
    ),
    Fault("loss-after-step", "notes each loss after the step, not before it", loss="after"),
    Fault(
        "broadcast",
        "compares predictions and targets of different shapes, one (n, 1) and the other (n,): each prediction is "
        "compared with every target",
        broadcast=True,
    ),
    Fault(
        "mean-for-sum", "uses the mean of the losses where their sum is asked for", reduction="mean"
    ),
    Fault(
        "sum-for-mean", "uses the sum of the losses where their mean is asked for", reduction="sum"
    ),
    Fault("rate-times-10", "takes steps of 10 times the learning rate given", rate=10.0),
    Fault("rate-over-10", "takes steps of a tenth of the learning rate given", rate=0.1),
    Fault("one-epoch-short", "trains one epoch too few", epochs=-1),
    Fault("one-epoch-long", "trains one epoch too many", epochs=1),
    Fault(
        "return-inside-loop",
        "stops after the first epoch: is the return inside the loop?",
        first_epoch_only=True,
    ),
    Fault(
        "only-last-loss", "returns the last loss only, not a list of one per epoch", loss="final"
    ),
    Fault(
        "accumulated-losses",
        "adds up the losses of all epochs: start each at 0",
        loss="accumulated",
    ),
    Fault(
        "running-mean",
        "averages over all epochs so far: begin each epoch at 0",
        loss="running mean",
    ),
    Fault("batch-sums", "returns the sum of an epoch's batch losses, not their mean", loss="sums"),
    Fault(
        "batch-means",
        "averages the batch losses as if all batches had the same size; the last one is smaller",
        loss="means",
    ),
    Fault(
        "divided-twice",
        "adds up the mean losses of the batches and divides by the number of samples: multiply each mean by its "
        "batch's number of samples first",
        loss="mean twice",
    ),
    Fault("last-batch-loss", "returns the loss of each epoch's last batch only", loss="last batch"),
    Fault(
        "last-batch-loss",
        "divides what its last batch has lost alone: add up all batches, and set the sum to 0 for each epoch only",
        loss="last share",
    ),
    *(
        Fault(
            "measured-afterwards",
            "measures the loss of an epoch when that is over, with what the model has become: add up the losses of the "
            "batches, each as it is before its step",
            loss="afterwards",
            evaluated=evaluated,
        )
        for evaluated in (False, True)
    ),
    Fault(
        "measured-afterwards",
        "measures the loss of each batch in evaluation mode, after its step: note the one that backward() starts from",
        loss="after",
        evaluated=True,
    ),
    Fault(
        "loss-per-step", "returns a loss for each batch instead of one for each epoch", loss="each"
    ),
    Fault("first-batch-only", "uses the first batch of each epoch only", batches="first"),
    Fault("last-batch-only", "takes a step for the last batch of each epoch only", batches="last"),
    Fault(
        "whole-batch",
        "takes one step an epoch, for all samples at once, not one a batch",
        batches="whole",
    ),
    Fault(
        "zero-grad-per-epoch",
        "sets the gradients to 0 once per epoch: they pile up from batch to batch, so do it for each batch",
        zero_grad="each epoch",
    ),
    Fault(
        "step-per-epoch",
        "takes one step per epoch, with the gradient of its last batch: each batch is due a step of its own",
        stepping="each epoch",
    ),
    Fault(
        "step-per-epoch",
        "adds up the gradients of all batches and takes one step per epoch: each batch is due a step of its own",
        zero_grad="each epoch",
        stepping="each epoch",
    ),
    Fault(
        "evaluation-mode",
        "trains in evaluation mode: call model.train() first",
        evaluation_mode=True,
    ),
)
"""The faults of a training loop, the likeliest first of those that look alike."""
