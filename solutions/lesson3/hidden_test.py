"""The graders of lesson 3: gradients against autograd, training and optimizer steps against a replay."""

from functools import partial

import pytest
import torch

from course.judge.closeness import same
from course.judge.diagnosis import Mistake
from course.judge.expect import (
    expect_below,
    expect_gradient,
    expect_number,
    expect_parts,
    expect_values,
)
from course.judge.thresholds import thresholds

# 5,000 draws of `fresh_curve`, 30 epochs at lr 0.03: the reference ends between 1.2e-5 and 6.8e-5, after half the
# epochs between 2.4e-3 and 1.4e-2, the best constant at 1.6 or more. Deterministic, so no margin of luck is needed.
FINAL_LOSS = thresholds(__file__)["final loss"]
LEARNING_RATE, EPOCHS = 0.03, 30


def line(x, y, w):
    return (x * w - y) ** 2


def curve(x, y, w1, w2, b):
    return (x**2 * w2 + x * w1 + b - y) ** 2


def points(rng, *names, count=12):
    """Draw inputs away from 0 and from each other, where two formulas could agree by chance."""
    drawn = rng.uniform(0.4, 2.5, (count, len(names))) * rng.choice([-1, 1], (count, len(names)))
    return [dict(zip(names, map(float, row), strict=True)) for row in drawn]


def steps(rng, *names):
    """Draw inputs as `points` does, with a rate and a momentum as optimizers take them: nobody need accept others."""
    drawn = points(rng, *names)
    for given in drawn:
        given.update({n: float(rng.uniform(0.1, 0.9)) for n in ("lr", "momentum") if n in given})
    return drawn


@pytest.mark.exercise("3-1")
def test_gradient_matches_autograd(submission, rng):
    expect_gradient(submission.function("gradient"), line, "w", points(rng, "x", "y", "w"))


def expect_curve_gradient(submission, rng, wrt, because=None):
    inputs = points(rng, "x", "y", "w1", "w2", "b")
    expect_gradient(submission.function(f"gradient_{wrt}"), curve, wrt, inputs, because=because)


@pytest.mark.exercise("3-2")
def test_gradient_w1_matches_autograd(submission, rng):
    expect_curve_gradient(submission, rng, "w1")


@pytest.mark.exercise("3-2")
def test_gradient_w2_matches_autograd(submission, rng):
    expect_curve_gradient(submission, rng, "w2")


@pytest.mark.exercise("3-2")
def test_gradient_b_matches_autograd(submission, rng):
    because = {"x": "the derivative of the bias does not contain x"}
    expect_curve_gradient(submission, rng, "b", because)


# --- 3-3 ---------------------------------------------------------------------------------------------------------


def train_with_true_gradients(student, *arguments):
    """Run the student's `train` with gradients by autograd, so that a mistake in 3-2 is not counted twice."""

    def by_autograd(wrt):
        def gradient(x, y, w1, w2, b):
            w = {"w1": w1, "w2": w2, "b": b}
            w = {
                k: torch.tensor(float(v), dtype=torch.float64, requires_grad=True)
                for k, v in w.items()
            }
            loss = (x**2 * w["w2"] + x * w["w1"] + w["b"] - y) ** 2
            return torch.autograd.grad(loss, w[wrt])[0].item()

        return gradient

    gradients = {f"gradient_{name}": by_autograd(name) for name in ("w1", "w2", "b")}
    with student.replacing(**gradients):
        return student.train(*arguments)


def trained(submission, *arguments):
    """Return what `train` returned, seen to be (w1, w2, b, losses)."""
    result = submission.probe(train_with_true_gradients, of="train")(*arguments)
    return expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")


def replay(update):
    """Return a `train` that goes through the samples with `update(weights, samples, x, y, lr)`."""

    def train(xs, ys, w1, w2, b, lr, epochs):
        weights = (w1, w2, b)
        for _ in range(epochs):
            for x, y in zip(xs, ys, strict=True):
                weights = update(weights, (xs, ys), x, y, lr)
        return list(weights)

    return train


def slopes(weights, x, y):
    w1, w2, b = weights
    error = x**2 * w2 + x * w1 + b - y
    return 2 * x * error, 2 * x**2 * error, 2 * error


def per_sample(weights, _samples, x, y, lr):
    return tuple(w - lr * slope for w, slope in zip(weights, slopes(weights, x, y), strict=True))


def uphill(weights, samples, x, y, lr):
    return per_sample(weights, samples, x, y, -lr)


def without_factor_two(weights, samples, x, y, lr):
    return per_sample(weights, samples, x, y, lr / 2)


def one_after_another(weights, _samples, x, y, lr):
    w1, w2, b = weights
    w1 -= lr * slopes((w1, w2, b), x, y)[0]
    w2 -= lr * slopes((w1, w2, b), x, y)[1]
    b -= lr * slopes((w1, w2, b), x, y)[2]
    return w1, w2, b


def bias_with_x(weights, _samples, x, y, lr):
    w1, w2, b = per_sample(weights, None, x, y, lr)
    return w1, w2, b - lr * slopes(weights, x, y)[2] * (2 * x - 1)


def whole_batch(mean):
    def train(xs, ys, w1, w2, b, lr, epochs):
        weights = (w1, w2, b)
        for _ in range(epochs):
            all_slopes = [slopes(weights, x, y) for x, y in zip(xs, ys, strict=True)]
            totals = [
                sum(column) / (len(xs) if mean else 1) for column in zip(*all_slopes, strict=True)
            ]
            weights = tuple(w - lr * total for w, total in zip(weights, totals, strict=True))
        return list(weights)

    return train


def set_to_the_step(weights, _samples, x, y, lr):
    return tuple(-lr * slope for slope in slopes(weights, x, y))


def first_alone(weights, _samples, x, y, lr):
    w1 = weights[0] - lr * slopes(weights, x, y)[0]
    return w1, *per_sample((w1, *weights[1:]), None, x, y, lr)[1:]


def one_epoch_only(xs, ys, w1, w2, b, lr, epochs):
    return replay(per_sample)(xs, ys, w1, w2, b, lr, 1)


TRAIN_MISTAKES = [
    Mistake(
        "no-step",
        "train returns the weights that it was given: nothing moves them.",
        replay(lambda w, *_: w),
    ),
    Mistake("ascent", "train walks uphill: subtract the gradient, do not add it.", replay(uphill)),
    Mistake(
        "sequential-update",
        "train changes the weights one after another, so that the later gradients see weights already moved: "
        "compute all three gradients first, then change all three weights.",
        replay(one_after_another),
    ),
    Mistake(
        "sequential-update",
        "train changes w1 before the gradients of w2 and b are taken: compute all three gradients first, then change "
        "all three weights.",
        replay(first_alone),
    ),
    Mistake(
        "set-for-moved",
        "train sets each weight to the step instead of moving it: is there a =- where -= is due?",
        replay(set_to_the_step),
    ),
    Mistake(
        "missing-factor",
        "train takes half the step: the factor 2 of the square is missing.",
        replay(without_factor_two),
    ),
    Mistake(
        "whole-batch",
        "train makes one step per epoch, with the mean gradient of all samples: "
        "here the weights move after each sample.",
        whole_batch(mean=True),
    ),
    Mistake(
        "whole-batch",
        "train makes one step per epoch, with the summed gradient of all samples: "
        "here the weights move after each sample.",
        whole_batch(mean=False),
    ),
    Mistake(
        "extra-factor",
        "train's gradient for the bias carries an extra factor 2·x.",
        replay(bias_with_x),
    ),
    Mistake(
        "one-epoch",
        "train goes through the samples once, however many epochs it is asked for.",
        one_epoch_only,
    ),
]


def samples_and_weights(rng, epochs):
    given = points(rng, "x", "y", count=4)
    start = rng.uniform(-1, 1, 3)
    return {
        "xs": [p["x"] for p in given],
        "ys": [p["y"] for p in given],
        "w1": float(start[0]),
        "w2": float(start[1]),
        "b": float(start[2]),
        "lr": float(rng.uniform(0.005, 0.02)),
        "epochs": epochs,
    }


@pytest.mark.exercise("3-3", weight=2)
def test_weights_move_by_one_step_per_sample(submission, rng):
    def train(*arguments):
        return list(trained(submission, *arguments)[:3])

    expect_values(
        train,
        replay(per_sample),
        [samples_and_weights(rng, epochs) for epochs in (1, 1, 3)],
        claim="train moves all three weights against their gradients after each sample",
        mistakes=TRAIN_MISTAKES,
    )


def mean_squared_error(xs, ys, w1, w2, b):
    return sum(curve(x, y, w1, w2, b) for x, y in zip(xs, ys, strict=True)) / len(xs)


def loss_curve(of):
    """Return a `train` that returns only its losses, each `of(xs, ys, weights before, weights after)`."""

    def train(xs, ys, w1, w2, b, lr, epochs):
        losses, weights = [], (w1, w2, b)
        for _ in range(epochs):
            before, weights = weights, replay(per_sample)(xs, ys, *weights, lr, 1)
            losses.append(of(xs, ys, before, weights))
        return losses

    return train


def last_sample(xs, ys, _before, after):
    return curve(xs[-1], ys[-1], *after)


LOSS_MISTAKES = [
    Mistake(
        "loss-before-step",
        "The losses are measured before each epoch's steps: measure them at its end.",
        loss_curve(lambda xs, ys, before, after: mean_squared_error(xs, ys, *before)),
    ),
    Mistake(
        "sum-for-mean",
        "The losses are sums over the samples: divide by how many there are.",
        loss_curve(lambda xs, ys, before, after: mean_squared_error(xs, ys, *after) * len(xs)),
    ),
    Mistake(
        "last-sample-only",
        "The losses are those of the last sample alone: average over all samples.",
        loss_curve(last_sample),
    ),
]


@pytest.mark.exercise("3-3", after="test_weights_move_by_one_step_per_sample")
def test_losses_are_one_mean_per_epoch(submission, rng):
    def train(*arguments):
        return trained(submission, *arguments)[3]

    expect_values(
        train,
        loss_curve(lambda xs, ys, before, after: mean_squared_error(xs, ys, *after)),
        [samples_and_weights(rng, epochs) for epochs in (1, 4)],
        claim="train returns one loss per epoch: the mean squared error at its end",
        mistakes=LOSS_MISTAKES,
    )


def fresh_curve(rng):
    """Draw a parabola that no student has seen, and nine samples of it in random order."""
    xs = rng.permutation([-1.5 + 3 * i / 8 for i in range(9)])
    w1, w2, b = rng.uniform(1, 2, 3) * rng.choice([-1, 1], 3)
    b = (
        -abs(b) if w2 > 0 else abs(b)
    )  # so that the slowest direction is always among those to learn
    return xs.tolist(), (xs**2 * w2 + xs * w1 + b).tolist()


@pytest.mark.exercise("3-3", weight=2, after="test_weights_move_by_one_step_per_sample")
def test_training_fits_a_fresh_curve(submission, rng):
    xs, ys = fresh_curve(rng)
    result = trained(submission, xs, ys, 0.0, 0.0, 0.0, LEARNING_RATE, EPOCHS)
    weights = [expect_number(w, claim="train returns three numbers as weights") for w in result[:3]]
    expect_below(
        mean_squared_error(xs, ys, *weights),
        FINAL_LOSS,
        claim=f"after {EPOCHS} epochs at lr {LEARNING_RATE} the mean squared error is under {FINAL_LOSS.limit}",
    )


# --- 3-4 ---------------------------------------------------------------------------------------------------------


@pytest.mark.exercise("3-4")
def test_sgd_step_is_the_optimizers(submission, rng):
    expect_values(
        submission.function("sgd_step"),
        lambda w, grad, lr: w - lr * grad,
        steps(rng, "w", "grad", "lr"),
        claim="sgd_step goes against the gradient by lr",
        mistakes=[
            Mistake(
                "ascent",
                "sgd_step walks uphill: subtract the gradient, do not add it.",
                lambda w, grad, lr: w + lr * grad,
            ),
            Mistake(
                "no-learning-rate",
                "sgd_step leaves the learning rate out.",
                lambda w, grad, lr: w - grad,
            ),
            Mistake(
                "step-for-weight",
                "sgd_step returns the step itself: return the weight after it.",
                lambda w, grad, lr: lr * grad,
            ),
            Mistake(
                "step-for-weight",
                "sgd_step returns the step itself: return the weight after it.",
                lambda w, grad, lr: -lr * grad,
            ),
        ],
    )


def torch_trajectory(start, curvature, target, lr, momentum, steps, *, nesterov):
    """Return the weights that torch.optim.SGD visits on the loss curvature/2 * (w - target)**2."""
    w = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=lr, momentum=momentum, nesterov=nesterov)
    visited = []
    for _ in range(steps):
        optimizer.zero_grad()
        (curvature / 2 * (w - target) ** 2).backward()
        optimizer.step()
        visited.append(w.item())
    return visited


def momentum_walk(student, start, curvature, target, lr, momentum, steps):
    w, velocity, visited = start, 0.0, []
    for _ in range(steps):
        w, velocity = student.momentum_step(w, curvature * (w - target), velocity, lr, momentum)
        visited.append(w)
    return visited


def nesterov_walk(student, start, curvature, target, lr, momentum, steps):
    w, velocity, visited = start, 0.0, []
    for _ in range(steps):
        w, velocity = student.nesterov_step(
            w, lambda at: curvature * (at - target), velocity, lr, momentum
        )
        visited.append(w)
    return visited


def walk(momentum_rule):
    """Return a walk like `momentum_walk` whose every step is `momentum_rule(w, slope, velocity, lr, momentum)`."""

    def walked(start, curvature, target, lr, momentum, steps):
        w, velocity, visited = start, 0.0, []
        for _ in range(steps):
            w, velocity = momentum_rule(
                w, lambda at: curvature * (at - target), velocity, lr, momentum
            )
            visited.append(w)
        return visited

    return walked


def dampened(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + (1 - momentum) * slope(w)
    return w - lr * velocity, velocity


def forgetful(w, slope, velocity, lr, momentum):
    return w - lr * slope(w), velocity


def old_velocity(w, slope, velocity, lr, momentum):
    return w - lr * velocity, momentum * velocity + slope(w)


def added(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w)
    return w + lr * velocity, velocity


def never_decaying(w, slope, velocity, lr, momentum):
    velocity = velocity + slope(w)
    return w - lr * velocity, velocity


def plain_momentum(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w)
    return w - lr * velocity, velocity


def textbook_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w - lr * momentum * velocity)
    return w - lr * velocity, velocity


def ahead_without_lr(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w - momentum * velocity)
    return w - lr * velocity, velocity


def from_ahead(w, slope, velocity, lr, momentum):
    w = w - lr * momentum * velocity
    velocity = momentum * velocity + slope(w)
    return w - lr * velocity, velocity


def swapped(w, slope, velocity, lr, momentum):
    return plain_momentum(w, slope, velocity, lr, momentum)[::-1]


def behind(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w + lr * momentum * velocity)
    return w - lr * velocity, velocity


STEP_MISTAKES = [
    Mistake(
        "dampened",
        "The gradient is scaled by (1 - momentum), as in a moving average: here it is added whole.",
        walk(dampened),
    ),
    Mistake(
        "no-momentum",
        "The velocity plays no part in the step: this is plain descent.",
        walk(forgetful),
    ),
    Mistake(
        "old-velocity",
        "The step uses the velocity from before: update the velocity first, then step with it.",
        walk(old_velocity),
    ),
    Mistake("ascent", "The step goes uphill: subtract the velocity, do not add it.", walk(added)),
    Mistake(
        "no-decay",
        "The velocity never fades: multiply the old one by momentum.",
        walk(never_decaying),
    ),
    Mistake(
        "swapped-results",
        "The velocity is returned before the weight: return (w, velocity).",
        walk(swapped),
    ),
]
NESTEROV_MISTAKES = [
    Mistake(
        "not-looking-ahead",
        "The gradient is taken at w itself: look ahead, to w - lr * momentum * velocity.",
        walk(plain_momentum),
    ),
    Mistake(
        "look-ahead-without-lr",
        "The look-ahead leaves the learning rate out: it is w - lr * momentum * velocity.",
        walk(ahead_without_lr),
    ),
    Mistake(
        "looking-back",
        "The gradient is taken behind w: the velocity is subtracted, so look at w minus it.",
        walk(behind),
    ),
    Mistake(
        "step-from-ahead",
        "The step starts from the point ahead: take the gradient there, and step from w.",
        walk(from_ahead),
    ),
    *STEP_MISTAKES,
]


def walks(rng):
    return [
        {
            "start": float(rng.uniform(1, 3)),
            "curvature": float(rng.uniform(0.5, 2)),
            "target": float(rng.uniform(-3, -1)),
            "lr": float(rng.uniform(0.05, 0.2)),
            "momentum": float(rng.uniform(0.5, 0.9)),
            "steps": 6,
        }
        for _ in range(4)
    ]


@pytest.mark.exercise("3-4")
def test_momentum_step_follows_torch(submission, rng):
    expect_values(
        submission.probe(momentum_walk, of="momentum_step"),
        partial(torch_trajectory, nesterov=False),
        walks(rng),
        claim="momentum_step visits the weights that torch.optim.SGD with momentum visits",
        mistakes=STEP_MISTAKES,
    )


def scaled_velocity(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity + lr * grad
    return w - velocity, velocity


def descending_velocity(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity - lr * grad
    return w + velocity, velocity


@pytest.mark.exercise("3-4", after="test_momentum_step_follows_torch")
def test_velocity_is_a_fading_sum_of_gradients(submission, rng):
    def right(w, grad, velocity, lr, momentum):
        velocity = momentum * velocity + grad
        return w - lr * velocity, velocity

    momentum_step = submission.function("momentum_step")

    def step(*given):
        return expect_parts(momentum_step(*given), ["w", "velocity"], subject="momentum_step")

    step.__name__ = "momentum_step"
    expect_values(
        step,
        right,
        steps(rng, "w", "grad", "velocity", "lr", "momentum"),
        claim="momentum_step returns the weight and the velocity after a step from any velocity",
        mistakes=[
            Mistake(
                "scaled-velocity",
                "The velocity has the learning rate in it: it is a sum of gradients, and lr scales the step that is "
                "taken with it.",
                scaled_velocity,
            ),
            Mistake(
                "descending-velocity",
                "The velocity is the step, downhill and with the learning rate in it: it is a sum of gradients, and "
                "the step subtracts lr times it.",
                descending_velocity,
            ),
        ],
    )


@pytest.mark.exercise("3-4")
def test_nesterov_step_looks_ahead(submission, rng):
    nesterov_step = submission.probe(nesterov_walk, of="nesterov_step")
    given = walks(rng)
    # torch keeps the point ahead as its weight: the same walk, written another way, and just as right
    if all(same(nesterov_step(*g.values()), torch_trajectory(**g, nesterov=True)) for g in given):
        return
    expect_values(
        nesterov_step,
        walk(textbook_nesterov),
        given,
        claim="nesterov_step takes the gradient at w - lr * momentum * velocity",
        mistakes=NESTEROV_MISTAKES,
    )


def collect(student, xs, ys, batch_size):
    return [(list(batch[0]), list(batch[1])) for batch in student.minibatches(xs, ys, batch_size)]


@pytest.mark.exercise("3-4")
def test_minibatches_hold_every_sample_once(submission, rng):
    def right(xs, ys, batch_size):
        starts = range(0, len(xs), batch_size)
        return [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in starts]

    def without_the_rest(xs, ys, batch_size):
        return right(xs[: len(xs) // batch_size * batch_size], ys, batch_size)

    sizes = [(6, 2), (7, 3), (5, 5), (3, 4), (4, 1)]
    samples = {n: [float(v) for v in rng.permutation(n)] for n, _ in sizes}
    expect_values(
        submission.probe(collect, of="minibatches"),
        right,
        [
            {"xs": samples[n], "ys": [10 * v for v in samples[n]], "batch_size": size}
            for n, size in sizes
        ],
        claim="minibatches gives every sample once, in order, the last batch shorter if need be",
        mistakes=[
            Mistake(
                "last-batch-dropped",
                "The samples that do not fill a batch are lost.",
                without_the_rest,
            )
        ],
    )
