"""The graders of lesson 3: gradients against autograd, training and optimizer steps against a replay."""

from functools import partial
from itertools import permutations, product

import numpy as np
import pytest
import torch

from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis, Mistake
from course.judge.expect import (
    expect,
    expect_below,
    expect_gradient,
    expect_number,
    expect_parts,
    expect_values,
)
from course.judge.kinds import as_array
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


def chain_rule_mistakes(name, inner, error):
    """Return what goes wrong in the derivative of a squared `error` whose own derivative is `inner`."""
    return [
        Mistake(
            "square-kept",
            f"{name} keeps the square: the outer derivative, that of u**2, is 2 * u.",
            lambda *given: 2 * inner(*given) * error(*given) ** 2,
        ),
        Mistake(
            "value-for-derivative",
            f"{name} returns the loss itself, not how steep it is.",
            lambda *given: error(*given) ** 2,
        ),
    ]


LINE_MISTAKES = [
    *chain_rule_mistakes("gradient", lambda x, y, w: x, lambda x, y, w: x * w - y),
    Mistake(
        "y-added",
        "gradient adds y to the prediction: the error is their difference.",
        lambda x, y, w: 2 * x * (x * w + y),
    ),
    *(
        Mistake(
            "part-of-the-error",
            "gradient multiplies only a part of the error: both derivatives, the outer and the inner one, multiply "
            "all of it, y included. Are its parentheses missing?",
            formula,
        )
        for formula in (
            lambda x, y, w: 2 * x * w - y,
            lambda x, y, w: 2 * x**2 * w - y,
            lambda x, y, w: 2 * x**2 * w - 2 * y,
        )
    ),
]


@pytest.mark.exercise("3-1")
def test_gradient_matches_autograd(submission, rng):
    given = points(rng, "x", "y", "w")
    expect_gradient(submission.function("gradient"), line, "w", given, mistakes=LINE_MISTAKES)


def curve_mistakes(wrt):
    """Return what goes wrong in the gradient of the curve's loss with respect to `wrt`."""
    name = f"gradient_{wrt}"
    inner = {"w1": lambda x: x, "w2": lambda x: x**2, "b": lambda x: 1.0}[wrt]
    doubled = (lambda x: 2 * x) if wrt == "w2" else inner

    def slope(prediction, inner=inner):
        return lambda x, y, w1, w2, b: 2 * inner(x) * (prediction(x, w1, w2, b) - y)

    def with_double(x, w1, w2, b):
        return 2 * x * w2 + x * w1 + b

    double = f"{name} has 2 * x in the place of x squared, which is x**2."
    return [
        Mistake(
            "exchanged-weights",
            f"{name} has w1 and w2 in each other's place: w2 belongs to x**2, w1 to x.",
            slope(lambda x, w1, w2, b: x**2 * w1 + x * w2 + b),
        ),
        *(
            Mistake("double-for-square", double, slope(with_double, factor))
            for factor in (inner, doubled)
        ),
        Mistake(
            "no-bias",
            f"{name} leaves b out of the prediction: the outer derivative contains the whole error.",
            slope(lambda x, w1, w2, b: x**2 * w2 + x * w1),
        ),
        *chain_rule_mistakes(
            name,
            lambda x, y, w1, w2, b: inner(x),
            lambda x, y, w1, w2, b: x**2 * w2 + x * w1 + b - y,
        ),
    ]


def expect_curve_gradient(submission, rng, wrt, because=None):
    expect_gradient(
        submission.function(f"gradient_{wrt}"),
        curve,
        wrt,
        points(rng, "x", "y", "w1", "w2", "b"),
        because=because,
        mistakes=curve_mistakes(wrt),
    )


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


def train_twice(student, *arguments):
    return [train_with_true_gradients(student, *arguments) for _ in range(2)]


def four_parts(result):
    """Return what `train` returned, seen to be (w1, w2, b, losses)."""
    parts = expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")
    first, last = as_array(parts[0]), as_array(parts[-1])
    expect(
        first is None or last is None or first.ndim == 0 or last.ndim > 0,
        "train returns (w1, w2, b, losses)",
        diagnosis=Diagnosis(
            "wrong-order", "train returns its losses first: the order is (w1, w2, b, losses)."
        ),
    )
    return parts


def trained(submission, *arguments):
    return four_parts(submission.probe(train_with_true_gradients, of="train")(*arguments))


def trained_twice(submission, *arguments):
    """Return the results of two calls in a row, between which no generator of random numbers is seeded anew."""
    ask = submission.probe(train_twice, of="train", using=[train_with_true_gradients])
    results = expect_parts(ask(*arguments), ["one result", "another"], subject="train")
    return [four_parts(result) for result in results]


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


def with_rate(rate):
    """Return a `train` that walks at the learning rate `rate(lr, xs)`, or at one for each weight."""

    def train(xs, ys, w1, w2, b, lr, epochs):
        def update(weights, _samples, x, y, _lr):
            rates = np.broadcast_to(rate(lr, xs), 3).tolist()
            pairs = zip(weights, rates, slopes(weights, x, y), strict=True)
            return tuple(w - own * slope for w, own, slope in pairs)

        return replay(update)(xs, ys, w1, w2, b, lr, epochs)

    return train


def group_by_group(groups):
    """Return an update that moves one group of weights before it takes the gradients of the next."""

    def update(weights, _samples, x, y, lr):
        weights = list(weights)
        for group in groups:
            found = slopes(weights, x, y)
            for place in group:
                weights[place] -= lr * found[place]
        return tuple(weights)

    return update


def bias_with_x(weights, _samples, x, y, lr):
    w1, w2, b = per_sample(weights, None, x, y, lr)
    return w1, w2, b - lr * slopes(weights, x, y)[2] * (2 * x - 1)


def single_x_for_w2(weights, _samples, x, y, lr):
    w1, w2, b = per_sample(weights, None, x, y, lr)
    return w1, weights[1] - lr * slopes(weights, x, y)[0], b


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


def piling_up(each_epoch):
    """Return a `train` that adds each gradient to those before it, of its epoch or of all epochs."""

    def train(xs, ys, w1, w2, b, lr, epochs):
        weights, total = np.array([w1, w2, b]), np.zeros(3)
        for _ in range(epochs):
            total = total * (not each_epoch)
            for x, y in zip(xs, ys, strict=True):
                total = total + slopes(weights, x, y)
                weights = weights - lr * total
        return weights.tolist()

    return train


def set_to_the_step(weights, _samples, x, y, lr):
    return tuple(-lr * slope for slope in slopes(weights, x, y))


def so_many_epochs(count):
    def train(xs, ys, w1, w2, b, lr, epochs):
        return replay(per_sample)(xs, ys, w1, w2, b, lr, count(epochs))

    return train


def on_samples(chosen):
    """Return a `train` that goes through `chosen(xs)` and `chosen(ys)`."""

    def train(xs, ys, *rest):
        return replay(per_sample)(chosen(xs), chosen(ys), *rest)

    return train


def from_start(value):
    def train(xs, ys, _w1, _w2, _b, lr, epochs):
        return replay(per_sample)(xs, ys, value, value, value, lr, epochs)

    return train


def exchanged_weights(xs, ys, w1, w2, b, lr, epochs):
    w2, w1, b = replay(per_sample)(xs, ys, w2, w1, b, lr, epochs)
    return [w1, w2, b]


def in_order(order):
    return lambda *given: [replay(per_sample)(*given)[place] for place in order]


NAMES = ("w1", "w2", "b")
ALL_FIRST = "compute all three gradients first, then change all three weights."


def named(places):
    return " and ".join(NAMES[place] for place in places)


def sequential_updates():
    """Return the mistakes of moving some weights before the gradients of the others are taken."""
    for order in permutations(range(3)):
        text = "train changes the weights one after another, so that the later gradients see weights already moved: "
        update = group_by_group([[place] for place in order])
        yield Mistake("sequential-update", text + ALL_FIRST, replay(update))
    for alone in range(3):
        others = [place for place in range(3) if place != alone]
        for first, then in (([alone], others), (others, [alone])):
            text = (
                f"train changes {named(first)} before the gradient{'s' * (len(then) > 1)} of {named(then)} "
                f"{'are' if len(then) > 1 else 'is'} taken: "
            )
            update = group_by_group([first, then])
            yield Mistake("sequential-update", text + ALL_FIRST, replay(update))


def some_weights():
    """Return the mistakes that one or two of the three weights suffer alone."""
    for chosen in product((False, True), repeat=3):
        if not 0 < sum(chosen) < 3:
            continue
        which = named(np.flatnonzero(chosen))

        def scaled(factor, chosen=chosen):
            return with_rate(lambda lr, xs: lr * np.where(chosen, factor, 1.0))

        text = f"train never moves {which}: all three weights take a step after each sample."
        yield Mistake("weight-not-moved", text, scaled(0.0))
        text = f"train takes half the step for {which} alone: is the factor 2 of the square missing there?"
        yield Mistake("missing-factor", text, scaled(0.5))


TRAIN_MISTAKES = [
    Mistake(
        "no-step",
        "train returns the weights that it was given: nothing moves them.",
        replay(lambda w, *_: w),
    ),
    Mistake(
        "ascent",
        "train walks uphill: subtract the gradient, do not add it.",
        with_rate(lambda lr, xs: -lr),
    ),
    *sequential_updates(),
    *some_weights(),
    Mistake(
        "set-for-moved",
        "train sets each weight to the step instead of moving it: is there a =- where -= is due?",
        replay(set_to_the_step),
    ),
    Mistake(
        "missing-factor",
        "train takes half the step: the factor 2 of the square is missing.",
        with_rate(lambda lr, xs: lr / 2),
    ),
    Mistake(
        "mean-for-sum",
        "train divides each step by the number of samples: each sample makes a step of its own here.",
        with_rate(lambda lr, xs: lr / len(xs)),
    ),
    Mistake(
        "no-learning-rate",
        "train subtracts the whole gradients: the learning rate is left out.",
        with_rate(lambda lr, xs: 1.0),
    ),
    *(
        Mistake(
            "own-rate",
            f"train walks at a learning rate of {rate}, whatever it is given: use lr.",
            with_rate(lambda lr, xs, rate=rate: rate),
        )
        for rate in (0.001, 0.01, 0.1)
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
    *(
        Mistake(
            "gradients-pile-up",
            "train adds each gradient to those of the samples before it: each step takes the gradient of its own "
            "sample alone.",
            piling_up(each_epoch),
        )
        for each_epoch in (True, False)
    ),
    Mistake(
        "extra-factor",
        "train's gradient for the bias carries an extra factor 2·x.",
        replay(bias_with_x),
    ),
    Mistake(
        "missing-factor",
        "train moves w2 by the gradient of w1: that of w2 has x squared in it.",
        replay(single_x_for_w2),
    ),
    Mistake(
        "exchanged-weights",
        "train has w1 and w2 in each other's place: w2 belongs to x**2, w1 to x.",
        exchanged_weights,
    ),
    Mistake(
        "one-epoch",
        "train goes through the samples once, however many epochs it is asked for.",
        so_many_epochs(lambda epochs: 1),
    ),
    Mistake(
        "one-epoch-short",
        "train goes through the samples one time too few: does its loop begin at 1?",
        so_many_epochs(lambda epochs: epochs - 1),
    ),
    Mistake(
        "one-epoch-long",
        "train goes through the samples one time too often.",
        so_many_epochs(lambda epochs: epochs + 1),
    ),
    Mistake(
        "reversed",
        "train goes through the samples from the last to the first: take them in the order given.",
        on_samples(lambda values: values[::-1]),
    ),
    Mistake(
        "sample-left-out",
        "train never takes the last sample.",
        on_samples(lambda values: values[:-1]),
    ),
    Mistake(
        "sample-left-out",
        "train never takes the first sample.",
        on_samples(lambda values: values[1:]),
    ),
    *(
        Mistake(
            "wrong-start",
            f"train starts from weights of {value:g}, whatever it is given: start from w1, w2 and b.",
            from_start(value),
        )
        for value in (0.0, 1.0)
    ),
    *(
        Mistake("wrong-order", "The weights are returned in another order than (w1, w2, b).", made)
        for made in map(in_order, list(permutations(range(3)))[1:])
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

    given = [samples_and_weights(rng, epochs) for epochs in (1, 1, 3)]
    claim = "train moves all three weights against their gradients after each sample"
    once, again = (result[:3] for result in trained_twice(submission, *given[-1].values()))
    text = (
        "Two calls with the same arguments give different weights: either something is drawn at random, such as the "
        "order of the samples, or something is kept from one call to the next."
    )
    # whatever is no number is told apart below
    numbers = as_array(once) is not None and as_array(again) is not None
    expect(not numbers or same(once, again), claim, diagnosis=Diagnosis("differs-by-call", text))
    expect_values(train, replay(per_sample), given, claim=claim, mistakes=TRAIN_MISTAKES)


def mean_squared_error(xs, ys, w1, w2, b):
    return sum(curve(x, y, w1, w2, b) for x, y in zip(xs, ys, strict=True)) / len(xs)


def loss_curve(of):
    """Return a `train` that returns only its losses, each `of(xs, ys, path)`.

    path: the weights of an epoch, from those before its first step to those after its last.
    """

    def train(xs, ys, w1, w2, b, lr, epochs):
        losses, weights = [], (w1, w2, b)
        for _ in range(epochs):
            path = [weights]
            for x, y in zip(xs, ys, strict=True):
                path.append(per_sample(path[-1], None, x, y, lr))
            weights = path[-1]
            losses.append(of(xs, ys, path))
        return losses

    return train


def right_loss(xs, ys, path):
    return mean_squared_error(xs, ys, *path[-1])


def on_the_way(xs, ys, path):
    """Return the sum of each sample's loss, taken with the weights that `path` has reached by then."""
    return sum(curve(x, y, *weights) for x, y, weights in zip(xs, ys, path, strict=False))


def mean_absolute_error(xs, ys, path):
    pairs = zip(xs, ys, strict=True)
    return sum(curve(x, y, *path[-1]) ** 0.5 for x, y in pairs) / len(xs)


def running(combined):
    """Return a `train` that returns `combined(losses so far)` for each epoch."""

    def train(*given):
        losses = loss_curve(right_loss)(*given)
        return [combined(losses[: i + 1]) for i in range(len(losses))]

    return train


MET_ON_THE_WAY = (
    "losses met on the way, while the weights still moved: go through all samples again at the end of the epoch, and "
    "take their mean."
)
LOSS_MISTAKES = [
    Mistake(
        "loss-before-step",
        "The losses are measured before each epoch's steps: measure them at its end.",
        loss_curve(lambda xs, ys, path: mean_squared_error(xs, ys, *path[0])),
    ),
    Mistake(
        "sum-for-mean",
        "The losses are sums over the samples: divide by how many there are.",
        loss_curve(lambda xs, ys, path: right_loss(xs, ys, path) * len(xs)),
    ),
    Mistake(
        "last-sample-only",
        "The losses are those of the last sample alone: average over all samples.",
        loss_curve(lambda xs, ys, path: curve(xs[-1], ys[-1], *path[-1])),
    ),
    Mistake(
        "last-sample-only",
        "The losses are those of the last sample alone, before its step: average over all samples, at the end of the "
        "epoch.",
        loss_curve(lambda xs, ys, path: curve(xs[-1], ys[-1], *path[-2])),
    ),
    *(
        Mistake("loss-on-the-way", f"Each loss is the {what} of the {MET_ON_THE_WAY}", formula)
        for what, formula in (
            ("mean", loss_curve(lambda xs, ys, path: on_the_way(xs, ys, path) / len(xs))),
            ("mean", loss_curve(lambda xs, ys, path: on_the_way(xs, ys, path[1:]) / len(xs))),
            ("sum", loss_curve(on_the_way)),
            ("sum", loss_curve(lambda xs, ys, path: on_the_way(xs, ys, path[1:]))),
        )
    ),
    Mistake(
        "absolute-error",
        "The losses are means of the absolute errors: square each error.",
        loss_curve(mean_absolute_error),
    ),
    Mistake(
        "root-taken",
        "The losses are roots of the mean squared errors: leave the root out.",
        loss_curve(lambda xs, ys, path: right_loss(xs, ys, path) ** 0.5),
    ),
    Mistake(
        "accumulated-losses",
        "Each loss has those of the epochs before it added: begin each epoch's sum at 0.",
        running(sum),
    ),
    Mistake(
        "accumulated-losses",
        "Each loss is the mean over all epochs so far: note that of its own epoch.",
        running(lambda losses: sum(losses) / len(losses)),
    ),
]


@pytest.mark.exercise("3-3", after="test_weights_move_by_one_step_per_sample")
def test_losses_are_one_mean_per_epoch(submission, rng):
    def train(*arguments):
        return trained(submission, *arguments)[3]

    expect_values(
        train,
        loss_curve(right_loss),
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
    with np.errstate(over="ignore"):
        # Python's own numbers raise where a step far too long has led beyond all bounds
        loss = mean_squared_error(xs, ys, *map(np.float64, weights))
    expect_below(
        loss,
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


def one_nesterov_step(student, w, curvature, target, velocity, lr, momentum):
    return student.nesterov_step(w, lambda at: curvature * (at - target), velocity, lr, momentum)


def expect_pair(result, subject):
    """Expect a weight and a velocity, as two things or as one array of both."""
    numbers = as_array(result)
    if numbers is None or numbers.shape != (2,):
        expect_parts(result, ["w", "velocity"], subject=subject)


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


def fading_gradient(w, slope, velocity, lr, momentum):
    velocity = velocity + momentum * slope(w)
    return w - lr * velocity, velocity


def fading_with_the_gradient(w, slope, velocity, lr, momentum):
    velocity = momentum * (velocity + slope(w))
    return w - lr * velocity, velocity


def plain_momentum(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w)
    return w - lr * velocity, velocity


def textbook_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w - lr * momentum * velocity)
    return w - lr * velocity, velocity


def torch_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w)
    return w - lr * (slope(w) + momentum * velocity), velocity


def always_at_0_9(rule):
    return lambda w, slope, velocity, lr, momentum: rule(w, slope, velocity, lr, 0.9)


def ahead_without_momentum(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w - lr * velocity)
    return w - lr * velocity, velocity


def ahead_with_momentum_twice(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + slope(w - lr * momentum * momentum * velocity)
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
        "Each step is plain descent: either the velocity plays no part in it, or the velocity that is returned never "
        "has the gradient in it.",
        walk(forgetful),
    ),
    Mistake(
        "old-velocity",
        "The step uses the velocity from before: update the velocity first, then step with it.",
        walk(old_velocity),
    ),
    Mistake(
        "ascent",
        "The step goes uphill, as one sign is turned: the gradient is added to the velocity, and lr times the velocity "
        "subtracted from w.",
        walk(added),
    ),
    Mistake(
        "no-decay",
        "The velocity never fades: multiply the old one by momentum.",
        walk(never_decaying),
    ),
    Mistake(
        "momentum-misplaced",
        "momentum scales the gradient, and the velocity never fades: it is the old velocity that momentum scales.",
        walk(fading_gradient),
    ),
    Mistake(
        "momentum-misplaced",
        "momentum scales the gradient, too: it scales the old velocity alone.",
        walk(fading_with_the_gradient),
    ),
    Mistake(
        "own-momentum",
        "The velocity fades by 0.9, whatever momentum is given: use momentum.",
        walk(always_at_0_9(plain_momentum)),
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
        "look-ahead-without-momentum",
        "The look-ahead leaves momentum out: it is w - lr * momentum * velocity.",
        walk(ahead_without_momentum),
    ),
    Mistake(
        "look-ahead-too-short",
        "The look-ahead has momentum in it twice: does it use a velocity that momentum has scaled already?",
        walk(ahead_with_momentum_twice),
    ),
    Mistake(
        "own-momentum",
        "The velocity fades by 0.9, whatever momentum is given: use momentum.",
        walk(always_at_0_9(textbook_nesterov)),
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
    momentum_step = submission.function("momentum_step")
    expect_pair(momentum_step(1.0, 2.0, 0.0, 0.1, 0.5), subject="momentum_step")
    expect_values(
        submission.probe(momentum_walk, of="momentum_step"),
        partial(torch_trajectory, nesterov=False),
        walks(rng),
        claim="momentum_step visits the weights that torch.optim.SGD with momentum visits",
        mistakes=STEP_MISTAKES,
    )


SCALED_VELOCITY = (
    "The velocity has the learning rate in it: it is a sum of gradients, and lr scales the step that is taken "
    "with it."
)
DESCENDING_VELOCITY = (
    "The velocity is the step, downhill and with the learning rate in it: it is a sum of gradients, and the step "
    "subtracts lr times it."
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
            Mistake("scaled-velocity", SCALED_VELOCITY, scaled_velocity),
            Mistake("descending-velocity", DESCENDING_VELOCITY, descending_velocity),
        ],
    )


@pytest.mark.exercise("3-4")
def test_nesterov_step_looks_ahead(submission, rng):
    step = submission.probe(one_nesterov_step, of="nesterov_step")
    expect_pair(step(1.0, 2.0, 0.0, 0.0, 0.1, 0.5), subject="nesterov_step")
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


def one_step(rule):
    """Return the step of `rule` on a parabola, as `one_nesterov_step` takes it."""

    def step(w, curvature, target, velocity, lr, momentum):
        return rule(w, lambda at: curvature * (at - target), velocity, lr, momentum)

    return step


def scaled_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + lr * slope(w - momentum * velocity)
    return w - velocity, velocity


def descending_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity - lr * slope(w + momentum * velocity)
    return w + velocity, velocity


def scaled_torch_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity + lr * slope(w)
    return w - lr * slope(w) - momentum * velocity, velocity


def descending_torch_nesterov(w, slope, velocity, lr, momentum):
    velocity = momentum * velocity - lr * slope(w)
    return w - lr * slope(w) + momentum * velocity, velocity


@pytest.mark.exercise("3-4", after="test_nesterov_step_looks_ahead")
def test_nesterov_velocity_is_a_fading_sum_of_gradients(submission, rng):
    step = submission.probe(one_nesterov_step, of="nesterov_step")
    given = steps(rng, "w", "curvature", "target", "velocity", "lr", "momentum")
    if all(same(step(*g.values()), one_step(torch_nesterov)(**g)) for g in given):
        return
    expect_values(
        step,
        one_step(textbook_nesterov),
        given,
        claim="nesterov_step returns the weight and the velocity after a step from any velocity",
        mistakes=[
            *(
                Mistake("scaled-velocity", SCALED_VELOCITY, one_step(rule))
                for rule in (scaled_nesterov, scaled_torch_nesterov)
            ),
            *(
                Mistake("descending-velocity", DESCENDING_VELOCITY, one_step(rule))
                for rule in (descending_nesterov, descending_torch_nesterov)
            ),
        ],
    )


def collect(student, xs, ys, batch_size):
    """Return what `minibatches` gives as a list, each batch as another, as far as it can be gone through."""

    def listed(value):
        try:
            return list(value)
        except TypeError:
            return value

    batches = listed(student.minibatches(xs, ys, batch_size))
    if not isinstance(batches, list):
        return batches
    batches = [listed(batch) for batch in batches]
    return [list(map(listed, b)) if isinstance(b, list) else b for b in batches]


NOT_PAIRS = Diagnosis(
    "wrong-parts",
    "minibatches returns a list of batches, and each batch is a pair (xs, ys) of lists.",
)
SHUFFLED = Diagnosis(
    "shuffled", "The samples come in another order: take them as they are given, unshuffled."
)


def expect_pairs_in_order(batches, xs):
    """Expect each batch to be a pair, and the xs of all batches, if they are the right ones, to be in order."""
    for batch in batches if isinstance(batches, list) else []:
        paired = isinstance(batch, list) and len(batch) == 2
        expect(paired, "each batch of minibatches is a pair (xs, ys)", diagnosis=NOT_PAIRS)
    parts = [part for part, _ in batches] if isinstance(batches, list) else []
    flat = as_array([x for part in parts if isinstance(part, list) for x in part])
    if flat is not None and same(np.sort(flat), np.sort(xs)):
        expect(same(flat, xs), "minibatches keeps the samples in order", diagnosis=SHUFFLED)


@pytest.mark.exercise("3-4")
def test_minibatches_hold_every_sample_once(submission, rng):
    ask = submission.probe(collect, of="minibatches")

    def minibatches(xs, ys, batch_size):
        batches = ask(xs, ys, batch_size)
        expect_pairs_in_order(batches, xs)
        return batches

    def right(xs, ys, batch_size):
        starts = range(0, len(xs), batch_size)
        return [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in starts]

    def without_the_rest(xs, ys, batch_size):
        return right(xs[: len(xs) // batch_size * batch_size], ys, batch_size)

    def with_an_empty_batch(xs, ys, batch_size):
        return right(xs, ys, batch_size) + [([], [])] * (len(xs) % batch_size == 0)

    def overlapping(xs, ys, batch_size):
        return [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in range(len(xs))]

    sizes = [(6, 2), (7, 3), (5, 5), (3, 4), (4, 1)]
    samples = {n: [float(v) for v in rng.permutation(n)] for n, _ in sizes}
    expect_values(
        minibatches,
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
            ),
            Mistake(
                "empty-last-batch",
                "An empty batch follows where the samples fill their batches: there is none for it to hold.",
                with_an_empty_batch,
            ),
            Mistake(
                "overlapping-batches",
                "Each batch begins a single sample after the one before: the next begins where it has ended.",
                overlapping,
            ),
        ],
    )
