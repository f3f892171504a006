"""Lesson 5 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import torch

OTHERS = ["Adagrad", "Adam", "Adamax", "ASGD", "RMSprop", "Rprop", "SGD"]


def check_5_1(Model):
    model = Model()
    assert isinstance(model, torch.nn.Module)
    assert sorted(tuple(p.shape) for p in model.parameters()) == [(1,), (1, 1)]
    for weight, bias, count in [(2.0, 1.0, 5), (-0.7, 0.4, 4), (1.3, -2.2, 3), (-1.9, 0.0, 1)]:
        model = Model()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.fill_(weight if parameter.ndim > 1 else bias)
        x = torch.linspace(-2.0, 3.0, count)[:, None]
        predicted = model(x)
        assert predicted.shape == (count, 1)
        assert torch.allclose(predicted, x * weight + bias, atol=1e-5)
        predicted.sum().backward()
        for parameter in model.parameters():
            due = x.sum() if parameter.ndim > 1 else torch.tensor(float(count))
            assert torch.allclose(parameter.grad.sum(), due, atol=1e-4)


def line(weight, bias):
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(weight)
        model.bias.fill_(bias)
    return model


def check_5_2(train):
    x = torch.tensor([[-1.7], [-0.9], [0.1], [0.6], [1.2], [1.9]])
    y = 3.1 * x - 2.2 + torch.tensor([[0.2], [-0.3], [0.1], [0.4], [-0.2], [0.1]])
    for name, settings, epochs in [
        ("SGD", {"lr": 0.006}, 1),
        ("SGD", {"lr": 0.006}, 5),
        ("SGD", {"lr": 0.004}, 3),
        ("Adam", {"lr": 0.05}, 4),
        ("SGD", {"lr": 0.005, "momentum": 0.9}, 4),
    ]:
        theirs, ours = line(0.3, -0.8), line(0.3, -0.8)
        optimizer = getattr(torch.optim, name)(theirs.parameters(), **settings)
        losses = train(theirs, x, y, optimizer, epochs)
        optimizer = getattr(torch.optim, name)(ours.parameters(), **settings)
        due = []
        for _ in range(epochs):
            loss = ((ours(x) - y) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            due.append(loss.item())
        assert torch.allclose(torch.as_tensor(losses).float(), torch.tensor(due), rtol=1e-4)
        assert torch.allclose(theirs.weight, ours.weight, atol=1e-5)
        assert torch.allclose(theirs.bias, ours.bias, atol=1e-5)
    x = torch.tensor([[1.0], [2.0], [3.0]])
    model = line(-0.4, 0.8)
    train(model, x, 2 * x, torch.optim.SGD(model.parameters(), lr=0.01), 500)
    assert ((model(x) - 2 * x) ** 2).sum().item() < 3e-3
    assert abs(model(torch.tensor([[4.0]])).item() - 8.0) < 0.06


def check_5_3(compare_optimizers):
    x = torch.tensor([[-1.5], [-0.4], [0.7], [1.6]])
    y = 2.5 * x - 1.5
    for names, epochs in [(OTHERS[:3], 6), (OTHERS[3:], 6), (OTHERS, 20), (["LBFGS", "SGD"], 5)]:
        curves = compare_optimizers(x, y, names, epochs)
        assert sorted(curves) == sorted(names)
        assert all(len(curves[name]) == epochs for name in names)
        first = torch.tensor([curves[name][0] for name in names])
        assert torch.allclose(first, first[:1].expand(len(names)))
    assert curves["LBFGS"][-1] < 0.6 * curves["SGD"][-1]
    # two equal samples at x = 1: each step of SGD leaves 1 - 2 * 0.01 * 2 * 2 of the error, whatever the start
    one = torch.tensor([[1.0], [1.0]])
    curves = compare_optimizers(one, 9 * one, ["SGD", "LBFGS", "Adam"], 4)
    for before, after in zip(curves["SGD"], curves["SGD"][1:], strict=False):
        assert abs(after / before - 0.92**2) < 1e-4
    # Adam's first step is as long as the learning rate, in the weight and in the bias
    errors = [(loss / 2) ** 0.5 for loss in curves["Adam"]]
    assert abs(errors[0] - errors[1] - 0.02) < 1e-4
    assert curves["LBFGS"][-1] < curves["SGD"][-1] < curves["Adam"][-1]
