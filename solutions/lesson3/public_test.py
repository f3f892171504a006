"""Self-checks for lesson 3: what a student can see of the graders."""

import pytest

from course.judge.expect import expect_close, expect_gradient, expect_values

LINE = [{"x": x, "y": y, "w": w} for x, y, w in [(1.0, 2.0, 1.0), (3.0, 6.0, 0.5), (-2.0, 1.0, 1.5)]]
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
    w1, w2, b, losses = submission.call("train", [1.0], [2.0], 1.0, 1.0, 1.0, 0.1, 1)
    expect_close([w1, w2, b], [0.8, 0.8, 0.8], claim="one step of 0.1 from weights of 1 leads to 0.8 each")
    expect_close(losses, [0.16], claim="train returns one loss per epoch, measured at its end")


@pytest.mark.exercise("3-4")
def test_sgd_step(submission):
    expect_values(
        submission.function("sgd_step"),
        lambda w, grad, lr: w - lr * grad,
        [{"w": 1.0, "grad": 4.0, "lr": 0.1}, {"w": -0.5, "grad": -3.0, "lr": 0.2}],
    )
