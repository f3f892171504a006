"""Self-checks for lesson 6: what a student can see of the graders."""

import math

import numpy as np
import pytest
import torch

from course.judge.closeness import same
from course.judge.expect import expect, expect_close, expect_parts, expect_values

# e^-2 by hand, the rest follows
TWO = 1 / (1 + math.exp(-2))


def right_sigmoid(z):
    z = np.asarray(z, dtype=np.float64)
    return np.exp(np.minimum(z, 0)) / (1 + np.exp(-np.abs(z)))


@pytest.mark.exercise("6-1")
def test_sigmoid_of_numbers_arrays_and_tensors(submission):
    expect_values(
        submission.function("sigmoid"),
        right_sigmoid,
        [
            {"z": 0.0},
            {"z": 2.0},
            {"z": -1.5},
            {"z": np.array([[-2.0, 0.5, 1.0], [3.0, -0.3, -4.0]])},
            {"z": torch.tensor([-2.0, 0.5, 1.0])},
        ],
        claim="sigmoid gives 1 / (1 + exp(-z)) for numbers, arrays and tensors",
    )


def sigmoid_and_overflow(student, z):
    overflowed = []
    with np.errstate(all="ignore", over="call", call=lambda *_: overflowed.append(True)):
        value = student.sigmoid(z)
    return value, bool(overflowed)


def slopes_of_sigmoid(student, z):
    z = z.clone().requires_grad_()
    try:
        return torch.autograd.grad(student.sigmoid(z).sum(), z)[0]
    except Exception:
        return None  # autograd need not get through, but must not come back with nan


@pytest.mark.exercise("6-1")
def test_sigmoid_of_large_numbers(submission):
    far = submission.probe(sigmoid_and_overflow, of="sigmoid")
    slopes = submission.probe(slopes_of_sigmoid, of="sigmoid")
    hint = "exp(1000) overflows: what you give to exp must never be a large positive number"
    for z in (-1000.0, 1000.0, np.array([-1000.0, 1000.0]), torch.tensor([-1000.0, 1000.0])):
        value, _ = expect_parts(far(z), ["value", "overflow"], subject="sigmoid")
        claim = "sigmoid is 0 far on the left and 1 far on the right"
        expect_close(value, right_sigmoid(z), claim=claim, subject="sigmoid", hint=hint)
    # e^-710 is about 4e-309: tiny, but no 0, unless it came of 1 / infinity
    array, tensor = np.array([-710.0, 1.0]), torch.tensor([-710.0, 1.0], dtype=torch.float64)
    claim = "no exp overflows on the way"
    value, overflowed = expect_parts(far(array), ["value", "overflow"], subject="sigmoid")
    expect(not (overflowed and not np.asarray(value)[0] > 0), claim, hint=hint)
    value, _ = expect_parts(far(tensor), ["value", "overflow"], subject="sigmoid")
    found = slopes(tensor)
    nan = isinstance(found, torch.Tensor) and bool(found.isnan().any())
    expect(not (nan and not np.asarray(value)[0] > 0), claim, hint=hint)


@pytest.mark.exercise("6-2")
def test_binary_cross_entropy_is_a_mean(submission):
    for shape in ((2,), (2, 1)):
        y_pred, y = (torch.tensor(v).reshape(shape) for v in ([0.9, 0.2], [1.0, 0.0]))
        expect_close(
            single(submission.call("binary_cross_entropy", y_pred, y)),
            -(math.log(0.9) + math.log(0.8)) / 2,
            claim=f"for predictions of 0.9 (passed) and 0.2 (failed), of shape {shape}, the loss is about 0.1643",
            subject="binary_cross_entropy",
            rtol=1e-4,
        )


def single(value):
    """Return the only element of a tensor or an array, and anything else as it is."""
    one = isinstance(value, (torch.Tensor, np.ndarray)) and tuple(value.shape) in ((1,), (1, 1))
    return value.reshape(()) if one else value


@pytest.mark.exercise("6-2")
def test_binary_cross_entropy_is_finite_at_0_and_1(submission):
    hint = "keep the prediction a hair away from 0 and 1: 1e-7 will do, in float32 as well"
    for dtype in (torch.float64, torch.float32):
        sure = torch.tensor([1.0, 0.0], dtype=dtype)
        subject = f"binary_cross_entropy, in {str(dtype).removeprefix('torch.')},"
        expect_close(
            single(submission.call("binary_cross_entropy", sure, sure)),
            0.0,
            claim="predictions of exactly 1 and 0 that are right cost nothing",
            subject=subject,
            hint=hint,
            atol=1e-4,
        )
        wrong = single(submission.call("binary_cross_entropy", sure, 1 - sure))
        claim = "predictions of exactly 1 and 0 that are wrong cost much, but not infinitely much"
        expect_close(wrong, 1.0, claim=claim, subject=subject, hint=hint, atol=math.inf)
        expect(float(wrong) > 9, claim, came_back=wrong)
    sure = torch.tensor([1.0, 0.0], dtype=torch.float64)
    slopes = submission.probe(slopes_at, of="binary_cross_entropy")(sure, 1 - sure)
    expect(
        slopes is None or bool(torch.isfinite(slopes).all()),
        "autograd finds a finite slope for predictions of exactly 1 and 0",
        came_back=slopes,
        hint="a cap on the logarithm comes too late: bound the prediction before you take it",
    )


def slopes_at(student, y_pred, y):
    """Return the slopes that autograd finds through binary_cross_entropy, or None if it finds none."""
    y_pred = y_pred.clone().requires_grad_()
    try:
        return torch.autograd.grad(student.binary_cross_entropy(y_pred, y).sum(), y_pred)[0]
    except Exception:
        return None  # it may well be written without autograd


@pytest.mark.exercise("6-2")
def test_bce_gradient(submission):
    hint = "multiply both factors on paper: the division by 0 cancels; and the loss is a mean"
    for z, due in (([0.0, 2.0], [-0.25, TWO / 2]), ([-1000.0, 1000.0], [-0.5, 0.5])):
        expect_close(
            submission.call(
                "bce_gradient",
                torch.tensor(z, dtype=torch.float64),
                torch.tensor([1.0, 0.0], dtype=torch.float64),
            ),
            due,
            claim=f"for z = {z} and y = [1, 0] the gradient is about {[round(d, 4) for d in due]}",
            subject="bce_gradient",
            hint=hint,
            rtol=1e-4,
        )
    expect_close(
        submission.call("bce_gradient", torch.zeros(2, 1), torch.tensor([[1.0], [0.0]])),
        torch.tensor([[-0.25], [0.25]]),
        claim="for two scores of 0 in a column and y = [[1], [0]] the gradient is [[-0.25], [0.25]]",
        subject="bce_gradient",
        hint="the result has the shape of z, and n is the number of samples",
        rtol=1e-4,
    )


def look_at_model(student, weight, bias, x):
    model = student.Model().to(x.device)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(weight if parameter.ndim > 1 else bias)
    return sorted((list(p.shape) for p in model.parameters()), key=len), model(x)


@pytest.mark.exercise("6-3")
def test_model_gives_probabilities(submission):
    found = submission.probe(look_at_model, of="Model")(
        2.0, -6.0, torch.tensor([[3.0], [4.0], [2.0], [7.0]])
    )
    shapes, probabilities = expect_parts(found, ["shapes", "probabilities"], subject="Model")
    expect(
        shapes == [[1], [1, 1]],
        "Model() has two parameters, as nn.Linear(1, 1) has: a weight of shape (1, 1) and a bias of shape (1,)",
        came_back=shapes,
        hint="" if shapes else "is the layer assigned to self in __init__, and not kept in a list?",
    )
    expect_close(
        probabilities,
        torch.tensor([[0.5], [TWO], [1 - TWO], [1 / (1 + math.exp(-8))]]),
        claim="with a weight of 2 and a bias of -6, Model gives about 0.5, 0.881, 0.119, 0.9997 for 3, 4, 2, 7 hours",
        subject="Model's forward",
        hint="one sigmoid belongs behind the layer, and nothing else",
        rtol=1e-4,
    )


def train_two_epochs(student, x, y):
    model = torch.nn.Sequential(torch.nn.Linear(1, 1), torch.nn.Sigmoid()).to(x.device)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = student.train(model, x, y, optimizer, 2)
    return losses, model[0].weight.item(), model[0].bias.item()


# By hand: both scores start at 0, so their slopes are 0.5 / 2 and -0.5 / 2. The weight moves to 0.1 * (0.75 - 0.25),
# the bias stays. Then the probabilities are those of the scores 0.05 and 0.15.
@pytest.mark.exercise("6-3")
def test_two_epochs_of_training(submission):
    low, high = 1 / (1 + math.exp(-0.05)), 1 / (1 + math.exp(-0.15))
    x, y = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [1.0]])
    result = submission.probe(train_two_epochs, of="train")(x, y)
    losses, weight, bias = expect_parts(result, ["losses", "weight", "bias"], subject="train")
    expect_close(
        [weight, bias],
        [0.05 - 0.05 * (low + 3 * (high - 1)), -0.05 * (low + high - 1)],
        claim="two epochs at lr=0.1 lead from a weight and a bias of 0 to about 0.0938 and -0.0025",
        subject="train",
        hint="each epoch needs zero_grad(), backward() and step(), and the loss is nn.BCELoss()",
        rtol=1e-3,
    )
    due = [-(math.log(1 - p) + math.log(q)) / 2 for p, q in ((0.5, 0.5), (low, high))]
    if not same(losses, [due[1], 0.6516], rtol=1e-3):  # measured after each step: no harm done
        claim = "train returns the loss of each epoch: about 0.6931 and 0.6697 here"
        expect_close(losses, due, claim=claim, subject="train", rtol=1e-3)


# At z = -1 and z = 2, from the table.
AT_TWO_POINTS = {
    "relu": [0.0, 2.0],
    "leaky_relu": [-0.01, 2.0],
    "elu": [math.exp(-1) - 1, 2.0],
    "selu": [1.0507 * 1.67326 * (math.exp(-1) - 1), 2.1014],
    "tanh": [math.tanh(-1), math.tanh(2)],
    "softplus": [math.log(1 + math.exp(-1)), math.log(1 + math.exp(2))],
}


@pytest.mark.exercise("6-4")
def test_activations(submission):
    for name, due in AT_TWO_POINTS.items():
        expect_close(
            submission.call("activation", name, torch.tensor([-1.0, 2.0])),
            due,
            claim=f"{name} is about {due[0]:.4f} at -1 and {due[1]:.4f} at 2",
            subject=f"activation, for {name!r},",
            rtol=1e-3,
        )


def slopes(student, name, z):
    z = z.clone().requires_grad_()
    found = torch.autograd.grad(student.activation(name, z).sum(), z, allow_unused=True)[0]
    return "none" if found is None else found


@pytest.mark.exercise("6-4")
def test_gradients_for_large_numbers(submission):
    for name in ("relu", "leaky_relu", "elu", "tanh", "softplus"):
        found = submission.probe(slopes, of="activation")(name, torch.tensor([1000.0]))
        claim = f"at z = 1000 the slope of {name} is {0 if name == 'tanh' else 1}"
        cut_off = isinstance(found, str)
        expect(not cut_off, claim, hint="what is returned does not depend on z for autograd")
        expect_close(
            found,
            [0.0 if name == "tanh" else 1.0],
            claim=claim,
            subject=f"the slope of {name}",
            hint="keep exp in bounds, in the branch that torch.where does not take as well, but not z itself",
        )
