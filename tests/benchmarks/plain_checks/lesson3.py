"""Lesson 3 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import torch


def check_3_1(gradient):
    for x, y, w in [(1.0, 2.0, 1.0), (-0.7, 1.3, 2.1), (2.2, -1.6, 0.4), (0.5, 0.9, -1.8)]:
        weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
        ((x * weight - y) ** 2).backward()
        assert abs(gradient(x, y, w) - weight.grad.item()) < 1e-6


def check_3_2(gradient_w1, gradient_w2, gradient_b):
    for x, y, *start in [
        (2.0, 3.0, 1.0, 1.0, 1.0),
        (-0.7, 1.3, 2.1, -0.9, 0.6),
        (1.4, -1.6, 0.4, 1.9, -2.0),
    ]:
        given = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in start]
        ((x**2 * given[1] + x * given[0] + given[2] - y) ** 2).backward()
        slopes = (gradient_w1, gradient_w2, gradient_b)
        for slope, weight in zip(slopes, given, strict=True):
            assert abs(slope(x, y, *start) - weight.grad.item()) < 1e-6


def check_3_3(train):
    *moved, losses = train([1.0], [2.0], 1.0, 1.0, 1.0, lr=0.1, epochs=1)
    assert all(abs(weight - 0.8) < 1e-6 for weight in moved)
    assert len(losses) == 1 and abs(losses[0] - 0.16) < 1e-6
    samples = [-1.5 + 3 * i / 8 for i in (4, 7, 0, 2, 8, 5, 1, 3, 6)]
    targets = [1.6 * v**2 - 1.2 * v - 1.4 for v in samples]
    w1, w2, b, losses = train(samples, targets, 0.0, 0.0, 0.0, 0.03, 30)
    assert len(losses) == 30 and losses[-1] < 5e-3
    errors = [v**2 * w2 + v * w1 + b - t for v, t in zip(samples, targets, strict=True)]
    assert sum(error**2 for error in errors) / len(errors) < 5e-4


def check_3_4(sgd_step, momentum_step, nesterov_step, minibatches):
    assert abs(sgd_step(1.0, 4.0, 0.1) - 0.6) < 1e-6
    for nesterov in (False, True):
        weight = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=0.1, momentum=0.7)
        at, velocity = 2.0, 0.0
        for _ in range(6):
            ahead = at - 0.1 * 0.7 * velocity if nesterov else at
            if nesterov:
                at, velocity = nesterov_step(at, lambda v: 1.5 * (v + 2.0), velocity, 0.1, 0.7)
            else:
                at, velocity = momentum_step(at, 1.5 * (at + 2.0), velocity, 0.1, 0.7)
            with torch.no_grad():
                held = weight.clone()
                weight.fill_(ahead)
            optimizer.zero_grad()
            (0.75 * (weight + 2.0) ** 2).backward()
            with torch.no_grad():
                weight.copy_(held)
            optimizer.step()
            assert abs(at - weight.item()) < 1e-6
    given = minibatches([1, 2, 3, 4, 5], [6, 7, 8, 9, 0], 2)
    batches = [tuple(map(list, batch)) for batch in given]
    assert batches == [([1, 2], [6, 7]), ([3, 4], [8, 9]), ([5], [0])]
