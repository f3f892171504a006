"""Self-checks for lesson 3: what a student can see of the graders."""

import pytest

from course.judge.closeness import same
from course.judge.expect import expect_close, expect_gradient, expect_parts, expect_values

LINE = [
    {"x": x, "y": y, "w": w} for x, y, w in [(1.0, 2.0, 1.0), (3.0, 6.0, 0.5), (-2.0, 1.0, 1.5)]
]
CURVE = [
    {"x": x, "y": y, "w1": w1, "w2": w2, "b": b}
    for x, y, w1, w2, b in [
        (2.0, 3.0, 1.0, 1.0, 1.0),
        (3.0, 6.0, 0.5, -0.2, 0.3),
        (-1.5, 0.7, 1.2, 0.4, -0.6),
        (0.4, -2.0, 0.3, 1.7, 0.9),
    ]
]


def line(x, y, w):
    return (x * w - y) ** 2


def curve(x, y, w1, w2, b):
    return (x**2 * w2 + x * w1 + b - y) ** 2


@pytest.mark.exercise("3-1")
def test_gradient_matches_autograd(submission):
    expect_gradient(submission.function("gradient"), line, "w", LINE)


@pytest.mark.exercise("3-2")
def test_gradient_w1_matches_autograd(submission):
    expect_gradient(submission.function("gradient_w1"), curve, "w1", CURVE)


@pytest.mark.exercise("3-2")
def test_gradient_w2_matches_autograd(submission):
    expect_gradient(submission.function("gradient_w2"), curve, "w2", CURVE)


@pytest.mark.exercise("3-2")
def test_gradient_b_matches_autograd(submission):
    because = {"x": "the derivative with respect to b contains no x"}
    expect_gradient(submission.function("gradient_b"), curve, "b", CURVE, because=because)


@pytest.mark.exercise("3-3")
def test_one_step_moves_all_three_weights(submission):
    result = submission.call("train", [1.0], [2.0], 1.0, 1.0, 1.0, 0.1, 1)
    w1, w2, b, losses = expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")
    expect_close(
        [w1, w2, b], [0.8, 0.8, 0.8], claim="one step of 0.1 from weights of 1 leads to 0.8 each"
    )
    expect_close(losses, [0.16], claim="train returns one loss per epoch, measured at its end")


# By hand: the first sample's error is 1, so 0.8 each; with these the second's error is 5.6 - 4 = 1.6, its slopes are
# 6.4, 12.8 and 3.2.
@pytest.mark.exercise("3-3")
def test_weights_move_after_each_sample(submission):
    result = submission.call("train", [1.0, 2.0], [2.0, 4.0], 1.0, 1.0, 1.0, 0.1, 1)
    weights = expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")[:3]
    claim = "two samples make two steps, the second from where the first has led"
    expect_close(weights, [0.16, -0.48, 0.48], claim=claim)


def weights_over_time(student, steps):
    w, velocity, visited = 1.0, 0.0, []
    for _ in range(steps):
        w, velocity = student.momentum_step(w, 2 * w, velocity, 0.1, 0.5)
        visited.append(w)
    return visited


def weights_looking_ahead(student, steps):
    w, velocity, visited = 1.0, 0.0, []
    for _ in range(steps):
        w, velocity = student.nesterov_step(w, lambda at: 2 * at, velocity, 0.1, 0.5)
        visited.append(w)
    return visited


@pytest.mark.exercise("3-4")
def test_sgd_step(submission):
    expect_values(
        submission.function("sgd_step"),
        lambda w, grad, lr: w - lr * grad,
        [{"w": 1.0, "grad": 4.0, "lr": 0.1}, {"w": -0.5, "grad": -3.0, "lr": 0.2}],
    )


# From w = 1 with a gradient of 2w, lr 0.1, momentum 0.5. By hand: the first velocity is 2 (looking ahead changes
# nothing yet), so w = 0.8; then 0.5 * 2 + 1.6 = 2.6, so w = 0.54; Nesterov sees 2 * (0.8 - 0.1) = 1.4 there, so
# 2.4, and w = 0.56.
@pytest.mark.exercise("3-4")
def test_momentum_step(submission):
    visited = submission.probe(weights_over_time, of="momentum_step")(2)
    expect_close(visited, [0.8, 0.54], claim="two steps with momentum lead from 1 to 0.8 and 0.54")


@pytest.mark.exercise("3-4")
def test_nesterov_step(submission):
    visited = submission.probe(weights_looking_ahead, of="nesterov_step")(2)
    as_torch_writes_it = [0.7, 0.44]
    if not same(visited, as_torch_writes_it):
        expect_close(
            visited, [0.8, 0.56], claim="two steps with a look ahead lead from 1 to 0.8 and 0.56"
        )


def collect(student, xs, ys, batch_size):
    return [(list(batch[0]), list(batch[1])) for batch in student.minibatches(xs, ys, batch_size)]


@pytest.mark.exercise("3-4")
def test_minibatches(submission):
    batches = submission.probe(collect, of="minibatches")([1, 2, 3], [4, 5, 6], 2)
    expect_close(
        batches,
        [([1, 2], [4, 5]), ([3], [6])],
        claim="three samples in batches of two: two, then the one that is left",
        subject="minibatches",
    )
