"""A training loop as it should be, or with one fault: what `course.judge.training` compares a student's with."""

from __future__ import annotations

import copy
import inspect
import itertools
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from course.judge.loop_faults import Fault, Inapplicable, Run

if TYPE_CHECKING:
    from torch import Tensor, nn
    from torch.optim import Optimizer

    Batch = tuple[Tensor, Tensor]
    Loss = Callable[[Tensor, Tensor], Tensor]

_NONE = Fault("", "")


def replay(
    model: nn.Module,
    batches: Iterable[Batch],
    optimizer: Callable[[Iterator[nn.Parameter]], Optimizer],
    epochs: int,
    *,
    loss: Loss,
    fault: Fault | None = None,
    seed: int | None = None,
) -> Run:
    """Train a copy of `model` with `fault`, or rightly, and return what comes of it.

    One batch is full-batch training, whose loss of an epoch is that before its step; with several, it is the mean over
    all samples. `seed` is for models with dropout. Raises `Inapplicable` where the fault cannot occur.
    """
    # whoever reads this module need not have torch loaded
    import torch

    fault = fault or _NONE
    several = list(batches)
    given = _chosen(several, fault)
    if len(several) < 2 and "each epoch" in (fault.zero_grad, fault.stepping):
        raise Inapplicable("an epoch is a single batch")
    trained = copy.deepcopy(model)
    trained.train(not fault.evaluation_mode)
    descent = optimizer(trained.parameters())
    if fault.stepping == "each epoch" and _needs_closure(descent):
        raise Inapplicable("this optimizer calls backward() itself")
    for group in descent.param_groups:
        group["lr"] *= fault.rate
    total = 1 if fault.first_epoch_only else epochs + fault.epochs
    steps, over = [], []
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # torch warns of shapes that broadcast; here that is the point
        warnings.simplefilter("ignore", UserWarning)
        if seed is not None:
            torch.manual_seed(seed)
        for _ in range(total):
            if fault.zero_grad == "each epoch":
                descent.zero_grad()
            steps.append([_step(trained, batch, descent, loss, fault) for batch in given])
            if fault.stepping == "each epoch":
                descent.step()
            if fault.loss == "afterwards":
                over.append(_measured(trained, _joined(several), loss, fault))
    parameters = {name: p.detach().clone() for name, p in trained.named_parameters()}
    # a single batch's loss is noted as it is
    sizes = [len(y) for _, y in given] if len(several) > 1 else []
    gradients = any(p.grad is not None and bool(p.grad.any()) for p in trained.parameters())
    return Run(tuple(over) or _noted(steps, sizes, loss, fault), parameters, gradients)


def _chosen(batches: list[Batch], fault: Fault) -> list[Batch]:
    if fault.batches == "all":
        return batches
    if len(batches) < 2:
        raise Inapplicable("there is a single batch")
    if fault.batches == "whole":
        return [_joined(batches)]
    return batches[:1] if fault.batches == "first" else batches[-1:]


def _joined(batches: list[Batch]) -> Batch:
    """Return all samples as one batch."""
    import torch

    return torch.cat([x for x, _ in batches]), torch.cat([y for _, y in batches])


def _step(model: nn.Module, batch: Batch, optimizer: Optimizer, loss: Loss, fault: Fault) -> float:
    """Take one step and return the loss to be noted for it."""
    x, y = batch

    def closure() -> Tensor:
        if fault.zero_grad == "before":
            optimizer.zero_grad()
        value = _criterion(model(x), y, loss, fault)
        if fault.order != "step":
            (fault.sign * value).backward()  # type: ignore[no-untyped-call]
        if fault.zero_grad == "between":
            optimizer.zero_grad()
        return value

    if fault.order == "backward" or fault.stepping == "each epoch":
        return closure().item()
    if fault.order == "step, backward":
        return _step_first(model, batch, optimizer, loss, fault)
    before = optimizer.step(closure)  # type: ignore[arg-type]
    if fault.loss == "after":
        return _measured(model, batch, loss, fault)
    return float(before) * (-1 if fault.loss == "negated" else 1)


def _measured(model: nn.Module, batch: Batch, loss: Loss, fault: Fault) -> float:
    """Return the loss of a batch as the model is by now."""
    import torch

    mode = model.training
    model.train(mode and not fault.evaluated)
    with torch.no_grad():
        value = _criterion(model(batch[0]), batch[1], loss, fault).item()
    model.train(mode)
    return value


def _needs_closure(optimizer: Optimizer) -> bool:
    return inspect.signature(type(optimizer).step).parameters["closure"].default is not None


def _step_first(
    model: nn.Module, batch: Batch, optimizer: Optimizer, loss: Loss, fault: Fault
) -> float:
    if _needs_closure(optimizer):
        raise Inapplicable("this optimizer calls backward() itself")
    value = _criterion(model(batch[0]), batch[1], loss, fault)
    optimizer.step()
    optimizer.zero_grad()
    try:
        value.backward()  # type: ignore[no-untyped-call]
    except RuntimeError as refused:
        # beyond one layer, backward() needs the parameters that the step has changed: torch says so itself
        raise Inapplicable("backward() is refused after the step") from refused
    return value.item()


def _criterion(predicted: Tensor, target: Tensor, loss: Loss, fault: Fault) -> Tensor:
    if fault.broadcast:
        if predicted.ndim != 2 or predicted.shape != target.shape or predicted.shape[1] != 1:
            raise Inapplicable("there is no column to be broadcast")
        target = target.squeeze(1)
    try:
        value = loss(predicted, target)
    except ValueError as refused:
        if fault.broadcast:
            raise Inapplicable("this loss refuses to broadcast") from refused
        raise
    samples = predicted.numel() if predicted.shape == target.shape else len(predicted)
    return _reduced(value, samples, loss, fault)


def _reduced(value: Tensor, samples: int, loss: Loss, fault: Fault) -> Tensor:
    """Return the loss as a sum or a mean where the fault wants the other of what it is."""
    if fault.reduction == "as given":
        return value
    known = getattr(loss, "reduction", None)
    if known == fault.reduction:
        raise Inapplicable(f"the loss is a {known} already")
    return value / samples if fault.reduction == "mean" else value * samples


def _noted(
    steps: list[list[float]], sizes: list[int], loss: Any, fault: Fault
) -> tuple[float, ...]:
    """Return the losses that the loop notes, one per epoch unless the fault wants it otherwise."""
    if fault.loss == "each":
        return tuple(value for epoch in steps for value in epoch)
    losses = [_epoch_loss(epoch, sizes, loss, fault) for epoch in steps]
    if fault.loss in ("accumulated", "running mean"):
        sums = itertools.accumulate(losses)
        mean = fault.loss == "running mean"
        return tuple(value / (n if mean else 1) for n, value in enumerate(sums, start=1))
    return tuple(losses[-1:] if fault.loss == "final" else losses)


def _epoch_loss(values: list[float], sizes: list[int], loss: Any, fault: Fault) -> float:
    if not sizes or fault.loss == "last batch":
        return values[-1]
    if fault.loss == "last share":
        return values[-1] * sizes[-1] / sum(sizes)
    if fault.loss == "mean twice":
        return sum(values) / sum(sizes)
    if fault.loss in ("sums", "means"):
        return sum(values) / (len(values) if fault.loss == "means" else 1)
    if getattr(loss, "reduction", "mean") == "sum":
        return sum(values) / sum(sizes)
    return sum(value * size for value, size in zip(values, sizes, strict=True)) / sum(sizes)
