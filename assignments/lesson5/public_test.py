"""Self-checks for lesson 5: what a student can see of the graders."""

import math

import pytest
import torch

from course.judge.expect import expect, expect_close, expect_parts

X, Y = [[1.0], [2.0], [3.0]], [[2.0], [4.0], [6.0]]


def shapes_of_parameters(student):
    return sorted((list(p.shape) for p in student.Model().parameters()), key=len)


@pytest.mark.exercise("5-1")
def test_model_holds_one_weight_and_one_bias(submission):
    expect(
        submission.probe(shapes_of_parameters, of="Model")() == [[1], [1, 1]],
        "Model() has two parameters, as nn.Linear(1, 1) has: a weight of shape (1, 1) and a bias of shape (1,)",
        hint="is Model an nn.Module, and is the layer assigned to self in __init__?",
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


def train_two_epochs(student, x, y):
    model = torch.nn.Linear(1, 1)
    with torch.no_grad():
        model.weight.fill_(1.0)
        model.bias.fill_(0.0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = student.train(model, torch.tensor(x), torch.tensor(y), optimizer, 2)
    return losses, model.weight.item(), model.bias.item()


@pytest.mark.exercise("5-2")
def test_two_epochs_of_training(submission):
    result = submission.probe(train_two_epochs, of="train")(X, Y)
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


def compare(student, x, y, names, epochs):
    return student.compare_optimizers(torch.tensor(x), torch.tensor(y), names, epochs)


@pytest.mark.exercise("5-3")
def test_optimizers_are_compared_from_one_start(submission):
    names = ["SGD", "Rprop", "LBFGS"]
    losses = submission.probe(compare, of="compare_optimizers")(X, Y, names, 5)
    expect_close(
        losses,
        {name: [1.0] * 5 for name in names},
        claim="compare_optimizers returns a dictionary with 5 losses for each name",
        subject="compare_optimizers",
        rtol=0.0,
        atol=math.inf,
    )
    last = [float(losses[name][-1]) for name in names]
    expect(len(set(last)) == 3, "different optimizers come to different losses", came_back=last)
