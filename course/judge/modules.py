"""What a grader may say of a student's `nn.Module`: how it is made, what it returns, what it learns.

A module is named by its class and the settings that it is made with; a string among the settings stands for that
function of torch.nn.functional. Whatever is asked, a new module answers, with parameters drawn from the same seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from course.faults import StudentFault
from course.judge import module_probes as probes
from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis
from course.judge.expect import expect, expect_close, expect_parts
from course.judge.failure import Failure
from course.judge.kinds import dtype_of, has_dtype, is_tensor
from course.judge.module_faults import FAULTS, RAISED
from course.judge.stops import Stop, explaining
from course.submission import Submission
from course.values import Value

if TYPE_CHECKING:
    from torch import Tensor

_MOST_PARAMETERS, _LARGEST = 1000, 10_000_000
"""No module of the lessons has as many parameters, or as many numbers in them."""
_FOR_ONE_SIZE = {"nan": "batch-averaged", "missing-dimension": "squeezed"}
"""What an output that is wrong for some batches only has its cause in."""
_IMAGES, _ROWS = "channels, or after flattening of channels × height × width,", "features"
_OTHER_PRECISION = {"float16": "half-precision", "bfloat16": "half-precision"}


@dataclass(frozen=True)
class Layer:
    """One layer without layers of its own: its class, such as "Conv2d", and what it was made with."""

    kind: str
    settings: dict[str, Value]


@dataclass(frozen=True)
class Anatomy:
    """What a module is made of: the shapes of its parameters and its layers, each in the order of their making."""

    shapes: tuple[tuple[int, ...], ...]
    layers: tuple[Layer, ...]

    @property
    def parameters(self) -> int:
        """How many numbers the module can learn."""
        return sum(math.prod(shape) for shape in self.shapes)

    def of_kind(self, *kinds: str) -> list[Layer]:
        """Return the layers of these classes."""
        return [layer for layer in self.layers if layer.kind in kinds]


@dataclass(frozen=True)
class Look:
    """What one call of a module showed: its output, whether its input stayed, which parameters a gradient reached."""

    output: Value
    kept: Value
    reached: Value


def expect_module(submission: Submission, name: str, *settings: Value) -> Anatomy:
    """Expect that `name(*settings)` is an nn.Module with registered float32 parameters; return what it is made of."""
    claim = f"{name} is an nn.Module with parameters of its own"
    with _telling(name):
        found = submission.probe(probes.anatomy_of, of=name, using=[probes.make_module])(
            name, settings
        )
    expect_made(found, name)
    parameters, layers = expect_parts(found, ["parameters", "layers"], subject=name)
    plain = [p for p in parameters if _is_parameter(p)] if isinstance(parameters, list) else []
    expect(bool(plain), claim, diagnosis=_fault("unregistered", name))
    sizes = [size for shape, _, _ in plain for size in shape]
    sane = len(plain) <= _MOST_PARAMETERS and all(0 < size <= _LARGEST for size in sizes)
    total = sum(math.prod(shape) for shape, _, _ in plain) if sane else 0
    expect(0 < total <= _LARGEST, claim, diagnosis=_fault("odd-sizes", name))
    for _, dtype, _ in plain:
        fault = _OTHER_PRECISION.get(dtype, "other-dtype")
        expect(dtype == "float32", claim, came_back=dtype, diagnosis=_fault(fault, name))
    expect(all(p[2] for p in plain), claim, diagnosis=_fault("frozen", name))
    known = layers if isinstance(layers, list) else []
    return Anatomy(
        tuple(tuple(shape) for shape, _, _ in plain),
        tuple(Layer(*layer) for layer in known if _is_layer(layer)),
    )


def forward(
    submission: Submission,
    name: str,
    *settings: Value,
    x: Tensor,
    weights: Sequence[Tensor] = (),
    training: bool = False,
) -> Look:
    """Return what a new module makes of `x`; each of `weights` first replaces the parameters of its shape."""
    helpers = probes.make_module, probes.set_parameters
    ask = submission.probe(probes.behaviour_of, of=name, using=helpers)
    with _telling(name, x):
        found = ask(name, settings, list(weights), x, training)
    output, kept, reached = expect_parts(found, ["output", "input", "gradients"], subject=name)
    expect_made(output, name)
    return Look(output, kept, reached)


def expect_output(output: Value, shape: Sequence[int], name: str) -> Tensor:
    """Expect a single finite tensor of `shape`, float32 or float64, and return it as float64."""
    import torch

    returned = isinstance(output, (tuple, list))
    claim = f"{name} returns a single tensor of shape {tuple(shape)}"
    expect(not returned, claim, came_back=output, diagnosis=_fault("several-returned", name))
    half = has_dtype(output) and dtype_of(output) in _OTHER_PRECISION
    expect(not half, claim, came_back=output, diagnosis=_fault("half-precision", name))
    subject = f"{name}'s forward"
    expect_close(output, torch.zeros(*shape), claim=claim, subject=subject, rtol=0.0, atol=math.inf)
    expect(is_tensor(output), claim, came_back=output, diagnosis=_fault("no-tensor", name))
    tensor: Tensor = output.double()
    return tensor


def expect_input_kept(look: Look, name: str) -> None:
    """Expect that forward left its input as it was."""
    expect(
        look.kept is True,
        f"{name}'s forward leaves its input as it is",
        diagnosis=_fault("input-changed", name),
    )


def expect_reached(look: Look, name: str) -> None:
    """Expect that a gradient of the output reached every parameter."""
    claim = f"backward() reaches every parameter through {name}'s forward"
    reached = look.reached
    if isinstance(reached, str) and reached in ("detached", "frozen", "input-changed"):
        expect(False, claim, diagnosis=_fault(reached, name))
    plain = isinstance(reached, list) and all(type(has) is bool for has in reached)
    expect(
        plain and bool(reached), claim, came_back=reached, diagnosis=_fault("unregistered", name)
    )
    missing = reached.count(False)
    counts = {"missing": missing, "all": len(reached)}
    expect(missing == 0, claim, diagnosis=_fault("unreached", name, **counts))


def expect_same_each_time(
    submission: Submission,
    name: str,
    *settings: Value,
    x: Tensor,
    weights: Sequence[Tensor] = (),
) -> None:
    """Expect that a module in evaluation mode gives the same for the same input each time."""
    helpers = probes.make_module, probes.set_parameters
    ask = submission.probe(probes.outputs_twice, of=name, using=helpers)
    with _telling(name, x):
        found = ask(name, settings, list(weights), x)
    first, second = expect_parts(found, ["first", "second"], subject=name)
    expect_made(first, name)
    claim = f"in evaluation mode {name} gives the same for the same input each time"
    expect(same(first, second), claim, diagnosis=_fault("dropout-in-evaluation", name))


def expect_no_softmax_over_samples(outputs: Tensor, name: str) -> None:
    """Expect that no column of `outputs`, (samples, classes), holds the probabilities of the samples."""
    import torch

    claim = f"{name} gives logits or log-probabilities of each sample"
    ones = torch.ones_like(outputs[0])
    for sums, softmax in ((outputs.exp().sum(0), "log_softmax"), (outputs.sum(0), "softmax")):
        over = same(sums, ones, rtol=1e-4)
        expect(not over, claim, diagnosis=_fault("wrong-axis", name, softmax=softmax))


def expect_any_batch(
    submission: Submission,
    name: str,
    *settings: Value,
    x: Tensor,
    shape: Sequence[int],
    sizes: Sequence[int] = (1, 3, 7),
    weights: Sequence[Tensor] = (),
) -> Tensor:
    """Expect one output of `shape` for each sample, the same in batches of all `sizes` as in `x`; return those of x."""
    claim = f"{name} takes any number of samples"

    def outputs(batch: Tensor) -> Tensor:
        look = forward(submission, name, *settings, x=batch, weights=weights)
        return expect_output(look.output, (len(batch), *shape), name)

    together = outputs(x)
    for size in sizes:
        # what is refused now, though all of x was not, is refused for its number of rows
        try:
            alone = outputs(x[:size])
        except StudentFault as stopped:
            fixed = stopped.fault.kind == "raised"
            expect(not fixed, claim, diagnosis=_fault("fixed-batch", name, size=size))
            raise
        except Failure as failed:
            id_ = _FOR_ONE_SIZE.get(failed.finding.diagnosis, "fixed-batch")
            expect(False, claim, diagnosis=_fault(id_, name, size=size))
            raise
        expect(
            same(alone, together[:size], rtol=1e-3, atol=1e-4),
            f"{name}'s output for a sample is the same in every batch",
            diagnosis=_fault("batch-dependent", name),
        )
    return together


def trained(
    submission: Submission,
    name: str,
    *settings: Value,
    rng: np.random.Generator,
    x: Tensor,
    y: Tensor,
    unseen: Tensor,
    epochs: int,
    batch_size: int,
    lr: float,
    starts: int = 1,
    forgets: int = 0,
) -> list[Value]:
    """Return a module's outputs for `unseen` after training on (x, y) by Adam, one for each start that `rng` draws.

    The loss is the cross entropy of logits or log-probabilities, (batch, classes) or (batch, length, classes), against
    classes, (batch,) or (batch, length); a class of -100 does not count. The labels of `unseen` stay with the judge.
    With `forgets`, such as 4 for the kernels of convolutions, the outputs of each start are followed by those of the
    same module with its weights of so many axes drawn anew: who knows as much without them has not learnt by them.
    """
    ask = submission.probe(probes.outputs_after_training, of=name, using=[probes.make_module])
    with _telling(name):
        seeds = rng.integers(2**31, size=starts).tolist()
    with _telling(name, x):
        found = ask(name, settings, x, y, unseen, epochs, batch_size, lr, seeds, forgets)
    expect_made(found, name)
    parts = [f"start {n + 1}" for n in range(starts)]
    if forgets:
        parts = [part for start in parts for part in (start, f"{start}, forgetting")]
    return expect_parts(found, parts, subject=name)


def expect_made(found: Value, name: str) -> None:
    """Expect that `found` is not the word for why there is no module."""
    if isinstance(found, str) and found in FAULTS:
        expect(False, f"{name} is an nn.Module", diagnosis=_fault(found, name))


def _is_parameter(entry: Value) -> bool:
    if not isinstance(entry, tuple) or len(entry) != 3:
        return False
    shape, dtype, trained = entry
    sizes = isinstance(shape, list) and all(type(size) is int for size in shape)
    return sizes and isinstance(dtype, str) and type(trained) is bool


def _is_layer(entry: Value) -> bool:
    return (
        isinstance(entry, tuple)
        and len(entry) == 2
        and isinstance(entry[0], str)
        and isinstance(entry[1], dict)
    )


def _fault(id_: str, name: str, **more: Any) -> Diagnosis:
    return Diagnosis(id_, FAULTS[id_].format(name=name, **more))


def _telling(name: str, x: Tensor | None = None) -> AbstractContextManager[None]:
    """Explain what torch's own words mean where a module, given `x`, stops with them."""
    columns = _IMAGES if x is not None and x.ndim == 4 else _ROWS
    told = {id_: FAULTS[id_].format(name=name, columns=columns) for id_ in RAISED}
    stops = [Stop(id_, told[id_], words) for id_, words in RAISED.items()]
    return explaining(f"{name} works on its input", *stops)
