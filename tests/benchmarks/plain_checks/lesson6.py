"""Lesson 6 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import numpy as np
import torch
from torch import nn


def check_6_1(sigmoid):
    for z in (0.0, 2.0, -1.5, 30.0, -1000.0, 1000.0):
        assert abs(float(sigmoid(z)) - torch.tensor(z).sigmoid().item()) < 1e-6
    z = torch.tensor([[-1000.0, -3.0], [0.5, 1000.0]], dtype=torch.float64)
    with np.errstate(over="raise"):
        found = np.asarray(sigmoid(z.numpy()))
    assert found.shape == (2, 2) and np.allclose(found, z.sigmoid())
    z.requires_grad_()
    (slopes,) = torch.autograd.grad(sigmoid(z).sum(), z)
    assert not slopes.isnan().any()


def check_6_2(binary_cross_entropy, bce_gradient):
    predicted, y = torch.tensor([[0.9], [0.2], [0.55]]), torch.tensor([[1.0], [0.0], [0.0]])
    due = nn.functional.binary_cross_entropy(predicted, y)
    assert abs(float(binary_cross_entropy(predicted, y)) - due) < 1e-5
    sure = torch.tensor([1.0, 0.0])
    assert abs(float(binary_cross_entropy(sure, sure))) < 1e-4
    assert 9 < float(binary_cross_entropy(sure, 1 - sure)) < 1e6
    scores = torch.tensor([-1000.0, -2.0, 0.5, 1000.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([1.0, 0.0, 1.0, 0.0], dtype=torch.float64)
    loss = nn.functional.binary_cross_entropy_with_logits(scores, y)
    (due,) = torch.autograd.grad(loss, scores)
    assert torch.allclose(bce_gradient(scores.detach(), y), due)


def set_to(model, weight, bias):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(weight if parameter.ndim > 1 else bias)
    return model


def check_6_3(Model, train):
    assert sorted(tuple(p.shape) for p in Model().parameters()) == [(1,), (1, 1)]
    x = torch.linspace(-2.0, 3.0, 7)[:, None]
    for weight, bias in [(2.0, 1.0), (-0.7, 0.4), (1.3, -2.2)]:
        found = set_to(Model(), weight, bias)(x)
        assert torch.allclose(found, torch.sigmoid(x * weight + bias), atol=1e-5)
    hours = torch.tensor([[0.5], [1.0], [1.5], [2.0], [2.5], [3.0], [3.5], [4.0]])
    passed = torch.tensor([[0.0], [0.0], [0.0], [1.0], [0.0], [1.0], [1.0], [1.0]])
    for lr, epochs in [(0.1, 1), (0.3, 4), (0.05, 12)]:
        theirs, ours = (set_to(nn.Linear(1, 1), 0.4, -0.2) for _ in range(2))
        losses = train(
            nn.Sequential(theirs, nn.Sigmoid()),
            hours,
            passed,
            torch.optim.SGD(theirs.parameters(), lr=lr),
            epochs,
        )
        optimizer, due = torch.optim.SGD(ours.parameters(), lr=lr), []
        for _ in range(epochs):
            loss = nn.functional.binary_cross_entropy(ours(hours).sigmoid(), passed)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            due.append(loss.item())
        assert torch.allclose(torch.as_tensor(losses).float(), torch.tensor(due), rtol=1e-3)
        assert torch.allclose(theirs.weight, ours.weight, atol=1e-5)
        assert torch.allclose(theirs.bias, ours.bias, atol=1e-5)
    torch.manual_seed(3)
    model = Model()
    losses = train(model, hours, passed, torch.optim.SGD(model.parameters(), lr=0.2), 1000)
    assert losses[-1] < 0.4
    with torch.no_grad():
        assert (
            model(torch.tensor([[0.5]])).item() < 0.3 and model(torch.tensor([[4.0]])).item() > 0.7
        )


def check_6_4(activation):
    for name in ("relu", "leaky_relu", "elu", "selu", "tanh", "softplus"):
        z = torch.tensor([-1000.0, -2.0, -0.3, 0.8, 5.0, 1000.0], dtype=torch.float64)
        theirs, ours = z.clone().requires_grad_(), z.clone().requires_grad_()
        found = activation(name, theirs)
        due = torch.tanh(ours) if name == "tanh" else getattr(nn.functional, name)(ours)
        assert torch.allclose(found, due)
        (slopes,) = torch.autograd.grad(found.sum(), theirs)
        (right,) = torch.autograd.grad(due.sum(), ours)
        assert torch.allclose(slopes, right)
