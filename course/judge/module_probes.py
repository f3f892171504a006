"""What is asked of a student's `nn.Module`, beside the student's code: probes, and the plain functions they use.

Each of these travels as its source. What a probe returns is evidence for `course.judge.modules` to judge.
"""

from __future__ import annotations

from typing import Any

import numpy as np  # noqa: F401  (what a probe finds where it runs)
import torch


def make_module(student: Any, name: str, settings: Any) -> Any:
    """Return a new module of the student's or, as a word, what keeps it from being one.

    A string among `settings` stands for that function of torch.nn.functional.
    """
    import inspect

    kind = getattr(student, name)
    functions = [getattr(torch.nn.functional, s) if isinstance(s, str) else s for s in settings]
    try:
        inspect.signature(kind).bind(*functions)
    except TypeError:
        return "arguments"
    except ValueError:  # not every class tells its arguments
        pass
    try:
        module = kind(*functions)
    except AttributeError as error:
        # torch's own words, where a layer comes before super().__init__()
        if "Module.__init__" in str(error):
            return "no-super-init"
        raise
    except TypeError:
        others = (("takes-class", torch.nn.Tanh), ("takes-module", torch.nn.Tanh()))
        for takes, other in others:
            try:
                kind(*[other if isinstance(s, str) else s for s in settings])
            except Exception:
                continue
            return takes
        raise
    return module if isinstance(module, torch.nn.Module) else "no-module"


def set_parameters(module: Any, weights: Any) -> None:
    """Set each parameter to the tensor among `weights` that has its shape, whichever way round a matrix is stored.

    The slopes of an nn.PReLU stay: they belong to an activation, and only happen to have the shape of a bias.
    """
    activations = [part for part in module.modules() if isinstance(part, torch.nn.PReLU)]
    slopes = {id(parameter) for part in activations for parameter in part.parameters()}
    with torch.no_grad():
        for parameter in module.parameters():
            for given in weights if id(parameter) not in slopes else ():
                if given.shape == parameter.shape:
                    parameter.copy_(given)
                elif given.ndim == 2 and given.T.shape == parameter.shape:
                    parameter.copy_(given.T)


def anatomy_of(student: Any, name: str, settings: Any) -> Any:
    """Return (shape, dtype, trained?) of a new module's parameters and (kind, settings) of its layers."""
    module = make_module(student, name, settings)
    if isinstance(module, str):
        return module
    plain = (bool, int, float, str, tuple)
    layers = []
    for layer in module.modules():
        if next(layer.children(), None) is None and layer is not module:
            told = {
                key: value
                for key, value in vars(layer).items()
                if not key.startswith("_") and type(value) in plain
            }
            layers.append((type(layer).__name__, told))
    parameters = [
        (list(p.shape), str(p.dtype).removeprefix("torch."), p.requires_grad)
        for p in module.parameters()
    ]
    return parameters, layers


def behaviour_of(
    student: Any, name: str, settings: Any, weights: Any, x: Any, training: bool
) -> Any:
    """Return what a new module makes of x, whether x stays what it was, and which parameters the gradient reaches."""
    module = make_module(student, name, settings)
    if isinstance(module, str):
        return module, True, []
    module = module.to(x.device).train(training)
    set_parameters(module, weights or [])
    before = x.clone()
    output = module(x)
    kept = x.shape == before.shape and bool(((x == before) | (x != x)).all())
    if not kept:
        # backward() would stumble over it
        return output, kept, "input-changed"
    if not isinstance(output, torch.Tensor) or not output.requires_grad:
        return output, kept, "detached"
    if not all(p.requires_grad for p in module.parameters()):
        return output, kept, "frozen"
    # a softmax sums to 1 whatever the parameters are: each number counts differently
    counts = torch.linspace(0.5, 1.5, output.numel(), device=output.device, dtype=output.dtype)
    torch.autograd.backward((output * counts.reshape(output.shape)).sum())
    reached = [p.grad is not None and bool(p.grad.any()) for p in module.parameters()]
    return output, kept, reached


def outputs_twice(student: Any, name: str, settings: Any, weights: Any, x: Any) -> Any:
    """Return what one new module in evaluation mode makes of x, and what it makes of it again."""
    module = make_module(student, name, settings)
    if isinstance(module, str):
        return module, module
    module = module.to(x.device).eval()
    set_parameters(module, weights)
    with torch.no_grad():
        return module(x.clone()), module(x.clone())


def outputs_after_training(
    student: Any,
    name: str,
    settings: Any,
    x: Any,
    y: Any,
    unseen: Any,
    epochs: int,
    batch_size: int,
    lr: float,
    seeds: Any,
    forgets: int,
) -> Any:
    """Return what a student's module says of `unseen` after training by Adam on (x, y), from the start of each seed.

    With `forgets` each is followed by what it says when its weights of so many axes are drawn anew.
    """
    outputs = []
    for seed in seeds:
        torch.manual_seed(seed)
        module = make_module(student, name, settings)
        if isinstance(module, str):
            return module
        module = module.to(x.device).train()
        optimizer = torch.optim.Adam(module.parameters(), lr=lr)
        for _ in range(epochs):
            order = torch.randperm(len(x)).to(x.device)
            for rows in torch.split(order, batch_size):
                predicted = module(x[rows])
                loss = torch.nn.functional.cross_entropy(
                    predicted.flatten(0, -2), y[rows].flatten()
                )
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
        module.eval()
        with torch.no_grad():
            outputs.append(module(unseen))
            if forgets:
                for weight in [p for p in module.parameters() if p.ndim == forgets]:
                    torch.nn.init.normal_(weight, 0.0, (3 * weight[0].numel()) ** -0.5)
                outputs.append(module(unseen))
    return outputs
