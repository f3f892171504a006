"""Self-checks for lesson 5: what a student can see of the graders."""

import math

import pytest
import torch

from course.judge.closeness import same
from course.judge.expect import expect, expect_close, expect_parts

X, Y = [[1.0], [2.0], [3.0]], [[2.0], [4.0], [6.0]]


def shapes_of_parameters(student):
    return sorted((list(p.shape) for p in student.Model().parameters()), key=len)


@pytest.mark.exercise("5-1")
def test_model_holds_one_weight_and_one_bias(submission):
    shapes = submission.probe(shapes_of_parameters, of="Model")()
    hint = ""
    if shapes == []:
        hint = "is the layer itself assigned to self in __init__?"
    elif shapes == [[1, 1]]:
        hint = "leave the bias of nn.Linear switched on"
    expect(
        shapes == [[1], [1, 1]],
        "Model() has two parameters, as nn.Linear(1, 1) has: a weight of shape (1, 1) and a bias of shape (1,)",
        hint=hint,
    )


def predict_with(student, weight, bias, x):
    model = student.Model()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(weight if parameter.ndim > 1 else bias)
    return model(torch.tensor(x))


@pytest.mark.exercise("5-1")
def test_forward_is_a_straight_line(submission):
    expect_close(
        submission.probe(predict_with, of="Model")(2.0, 1.0, X),
        torch.tensor([[3.0], [5.0], [7.0]]),
        claim="with a weight of 2 and a bias of 1, Model gives 3, 5, 7 for 1, 2, 3",
        subject="Model's forward",
    )
    expect_close(
        submission.probe(predict_with, of="Model")(2.0, 1.0, [[-3.0], [0.0]]),
        torch.tensor([[-5.0], [1.0]]),
        claim="with a weight of 2 and a bias of 1, Model gives -5 and 1 for -3 and 0",
        subject="Model's forward",
    )


def parameters_reached(student, x):
    """Return of each parameter whether backward() finds a gradient for it, or that it finds no way to any."""
    model = student.Model()
    predicted = model(torch.tensor(x))
    if not getattr(predicted, "requires_grad", False):
        return "none"
    predicted.sum().backward()
    return [parameter.grad is not None for parameter in model.parameters()]


@pytest.mark.exercise("5-1", after="test_forward_is_a_straight_line")
def test_gradients_reach_both_parameters(submission):
    reached = submission.probe(parameters_reached, of="Model")(X)
    hint = "forward does without .detach(), .data, .item() and torch.no_grad(), and requires_grad stays switched on"
    cut_off = reached == "none" or (isinstance(reached, list) and len(reached) == 2)
    expect(
        reached == [True, True],
        "backward() goes through Model's forward and reaches the weight and the bias",
        hint=hint if cut_off else "",
    )


def train_from_one(student, x, y, lr, epochs):
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    losses = student.train(model, torch.tensor(x), torch.tensor(y), optimizer, epochs)
    return losses, model.weight.item(), model.bias.item()


@pytest.mark.exercise("5-2")
def test_two_epochs_of_training(submission):
    result = submission.probe(train_from_one, of="train")(X, Y, 0.01, 2)
    losses, weight, bias = expect_parts(result, ["losses", "weight", "bias"], subject="train")
    expect_close(
        [weight, bias],
        [1.4672, 0.1992],
        claim="two epochs at lr=0.01 lead from a weight of 1 and a bias of 0 to about 1.467 and 0.199",
        subject="train",
        hint="each epoch needs zero_grad(), backward() and step(), and the loss is a sum, not a mean",
        rtol=1e-4,
    )
    expect_close(
        losses,
        [14.0, 6.264],
        claim="train returns the loss of each epoch, measured before its step: 14 and 6.264 here",
        subject="train",
        rtol=1e-4,
    )


# By hand: the gradients are -28 and -12; at a rate of 0.01 they lead to 1.28 and 0.12.
@pytest.mark.exercise("5-2")
def test_train_steps_the_optimizer_that_it_is_given(submission):
    result = submission.probe(train_from_one, of="train")(X, Y, 0.005, 1)
    _, weight, bias = expect_parts(result, ["losses", "weight", "bias"], subject="train")
    at_0_01 = same([weight, bias], [1.28, 0.12], rtol=1e-4)
    hint = "let the optimizer that train is given take the steps, at the rate that it has"
    expect_close(
        [weight, bias],
        [1.14, 0.06],
        claim="one epoch at lr=0.005 leads from a weight of 1 and a bias of 0 to 1.14 and 0.06",
        subject="train",
        hint=hint if at_0_01 else "",
        rtol=1e-4,
    )


NAMES = ["SGD", "Rprop", "LBFGS"]


def compare_and_watch(student, x, y, names, epochs):
    """Return what compare_optimizers gives, and the rate and the first parameters of each optimizer that stepped."""
    from torch.optim.optimizer import register_optimizer_step_pre_hook

    starts = {}

    def watch(optimizer, _args, _kwargs):
        group = optimizer.param_groups[0]
        weights = sorted(group["params"], key=lambda p: -p.ndim)
        start = torch.cat([p.detach().flatten() for p in weights]).tolist()
        starts.setdefault(type(optimizer).__name__, (float(group["lr"]), start))

    watching = register_optimizer_step_pre_hook(watch)
    try:
        with torch.random.fork_rng(devices=[]):
            # none that a student would choose, so that nothing but his own seed makes the starts alike
            torch.manual_seed(310_795)
            return student.compare_optimizers(
                torch.tensor(x), torch.tensor(y), names, epochs
            ), starts
    finally:
        watching.remove()


def race(submission, names, epochs):
    """Return the losses by name, and each optimizer's rate and first parameters, a weight and a bias."""
    result = submission.probe(compare_and_watch, of="compare_optimizers")(X, Y, names, epochs)
    losses, starts = expect_parts(result, ["losses", "starts"], subject="compare_optimizers")
    expect_close(
        losses,
        {name: [1.0] * epochs for name in names},
        claim="compare_optimizers returns a dictionary with a list for each name, one loss for each epoch",
        subject="compare_optimizers",
        rtol=0.0,
        atol=math.inf,
    )
    due = {name: (0.01, [1.0, 1.0]) for name in names}
    if isinstance(starts, dict):
        starts = {name: start for name, start in starts.items() if name in due}
    expect_close(
        starts,
        due,
        claim="each of the names is an optimizer that takes steps, for a weight and a bias",
        subject="compare_optimizers (what it trains)",
        rtol=0.0,
        atol=math.inf,
    )
    return losses, starts


@pytest.mark.exercise("5-3")
def test_optimizers_are_compared(submission):
    losses, _ = race(submission, NAMES, 5)
    last = [float(losses[name][-1]) for name in NAMES]
    expect(
        len(set(last)) == len(NAMES),
        "different optimizers come to different losses",
        came_back=last,
    )


@pytest.mark.exercise("5-3", after="test_optimizers_are_compared")
def test_all_start_from_the_same_parameters(submission):
    _, starts = race(submission, NAMES, 1)
    begun = [starts[name][1] for name in NAMES]
    expect(
        all(start == begun[0] for start in begun),
        "all optimizers start from the same weight and bias",
        hint="give each optimizer a Model() of its own, and seed before each of them",
    )


@pytest.mark.exercise("5-3", after="test_optimizers_are_compared")
def test_every_optimizer_has_the_same_learning_rate(submission):
    _, starts = race(submission, NAMES, 1)
    rates = [starts[name][0] for name in NAMES]
    expect(rates == [0.01] * len(NAMES), "each optimizer gets lr=0.01", came_back=rates)


def descent(lr, weight, bias, steps):
    """Return the losses of plain descent, before each step and after the last."""
    losses = []
    for _ in range(steps + 1):
        samples = [(x, x * weight + bias - y) for [x], [y] in zip(X, Y, strict=True)]
        losses.append(sum(error**2 for _, error in samples))
        weight -= lr * sum(2 * x * error for x, error in samples)
        bias -= lr * sum(2 * error for _, error in samples)
    return losses


@pytest.mark.exercise("5-3", after="test_optimizers_are_compared")
def test_sgd_takes_its_own_steps(submission):
    losses, starts = race(submission, ["SGD"], 5)
    lr, (weight, bias) = starts["SGD"]
    visited = descent(lr, weight, bias, 5)
    hint = "does each step zero the gradients, then fill them by backward(), and is SGD left as torch makes it?"
    if same(losses["SGD"][0], visited[0] / len(X), rtol=1e-4):
        hint = "the loss is the sum over the samples, not their mean"
    if not same(losses["SGD"], visited[1:], rtol=1e-4):
        expect_close(
            losses["SGD"],
            visited[:-1],
            claim="the losses of SGD are sums of squares, each before its step along their gradient",
            subject="compare_optimizers (SGD)",
            hint=hint,
            rtol=1e-4,
        )
