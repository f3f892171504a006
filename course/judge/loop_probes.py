"""How a student's training loop is asked to train a model of ours; travels as its source, to run beside his code."""

from __future__ import annotations

from typing import Any

import torch


def train_ours(
    student: Any,
    name: str,
    helpers: Any,
    batches: bool,
    start: Any,
    x: Any,
    y: Any,
    batch_size: int,
    optimizer: str,
    settings: Any,
    epochs: int,
) -> Any:
    """Return what the student's loop gives back, what it leaves in parameters and gradients, and its steps' number."""
    make, *ours = (globals()[helper] for helper in helpers)
    model = make()
    model.load_state_dict(start)
    model = model.to(x.device)
    moving = getattr(torch.optim, optimizer)(model.parameters(), **settings)
    steps = []
    moving.register_step_post_hook(lambda *_: steps.append(1))
    data = [x, y]
    if batches:
        pairs = torch.utils.data.TensorDataset(x, y)
        data = [torch.utils.data.DataLoader(pairs, batch_size=batch_size)]
    with student.replacing(**(ours[0]() if ours else {})):
        losses = getattr(student, name)(model, *data, moving, epochs)
    parameters = {key: parameter.detach() for key, parameter in model.named_parameters()}
    gradients = any(p.grad is not None and bool(p.grad.any()) for p in model.parameters())
    return losses, parameters, gradients, len(steps)
