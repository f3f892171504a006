"""Self-checks for lesson 3: what a student can see of the graders."""

import pytest

from course.judge.closeness import same
from course.judge.diagnosis import Diagnosis
from course.judge.expect import (
    expect,
    expect_close,
    expect_gradient,
    expect_number,
    expect_parts,
    expect_values,
)
from course.judge.kinds import as_array

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


# By hand: with the weights above the predictions are 0.16 and -1.12, off by 1.84 and 5.12; the mean of their squares is
# 14.8.
@pytest.mark.exercise("3-3")
def test_loss_of_an_epoch_is_the_mean_over_its_samples(submission):
    result = submission.call("train", [1.0, 2.0], [2.0, 4.0], 1.0, 1.0, 1.0, 0.1, 1)
    losses = expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")[3]
    expect_close(
        losses,
        [14.8],
        claim="one epoch over two samples gives one loss, the mean of both at the weights that it ended with",
        subject="train (losses)",
        hint="sum the squared errors of all samples, after the last step of the epoch, and divide by their number",
    )


# By hand: the prediction is 0, so the error is -2 and each slope -4; the step leads on to a prediction of 1.2.
@pytest.mark.exercise("3-3")
def test_training_starts_from_the_weights_given(submission):
    result = submission.call("train", [1.0], [2.0], 0.0, 1.0, -1.0, 0.1, 1)
    *weights, losses = expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")
    expect_close(
        weights,
        [0.4, 1.4, -0.6],
        claim="one step of 0.1 from weights of 0, 1 and -1 leads to 0.4, 1.4 and -0.6",
        subject="train",
        # where weights of 1 lead
        hint="start from w1, w2 and b as they are given" if same(weights, [0.8] * 3) else "",
    )
    expect_close(losses, [0.64], claim="the loss is 0.64 there", subject="train (losses)")


# By hand: the first epoch leads to 0.8 each, as above, where the error is 0.4; from there a step of 0.08 to 0.72, where
# it is 0.16.
@pytest.mark.exercise("3-3")
def test_two_epochs_give_two_losses(submission):
    result = submission.call("train", [1.0], [2.0], 1.0, 1.0, 1.0, 0.1, 2)
    *weights, losses = expect_parts(result, ["w1", "w2", "b", "losses"], subject="train")
    claim = "two epochs give a list of two losses, 0.16 and 0.0256"
    array = as_array(losses)
    hint = ""
    if same(losses, [0.16]):
        hint = "is the `return` inside the loop over the epochs, or does that loop begin at 1?"
    elif same(losses, [0.0256]):
        hint = "is the list of losses made anew in each epoch? Make it once, before the loop"
    expect(
        array is None or array.shape != (1,),
        claim,
        came_back=losses,
        expected="two losses, one for each epoch",
        hint=hint,
    )
    expect_close(losses, [0.16, 0.0256], claim=claim, subject="train (losses)")
    expect_close(weights, [0.72] * 3, claim="two epochs lead from weights of 1 to 0.72 each")


def step_looking_ahead(student, w, velocity):
    return student.nesterov_step(w, lambda at: 2 * at, velocity, 0.1, 0.5)


def nesterov_step(submission, w, velocity):
    """Return the weight and the velocity after a step of the student's, two numbers."""
    result = submission.probe(step_looking_ahead, of="nesterov_step")(w, velocity)
    parts = expect_parts(result, ["w", "velocity"], subject="nesterov_step")
    claim = "nesterov_step returns a weight and a velocity, two numbers"
    return tuple(expect_number(value, claim=claim) for value in parts)


@pytest.mark.exercise("3-4")
def test_sgd_step(submission):
    expect_values(
        submission.function("sgd_step"),
        lambda w, grad, lr: w - lr * grad,
        [{"w": 1.0, "grad": 4.0, "lr": 0.1}, {"w": -0.5, "grad": -3.0, "lr": 0.2}],
    )


VELOCITY = "the learning rate scales the step, w - lr * velocity, and not the velocity itself"


# From w = 1 with a gradient of 2w, lr 0.1, momentum 0.5. By hand: the first velocity is 2 (looking ahead changes
# nothing yet), so w = 0.8; then 0.5 * 2 + 1.6 = 2.6, so w = 0.54; Nesterov sees 2 * (0.8 - 0.1) = 1.4 there, so
# 2.4, and w = 0.56.
@pytest.mark.exercise("3-4")
def test_momentum_step(submission):
    for (w, velocity), due, claim in (
        ((1.0, 0.0), (0.8, 2.0), "the first step with momentum leads from 1 to 0.8, at velocity 2"),
        ((0.8, 2.0), (0.54, 2.6), "the second one leads on to 0.54, at velocity 2.6"),
    ):
        result = submission.call("momentum_step", w, 2 * w, velocity, 0.1, 0.5)
        result = expect_parts(result, ["w", "velocity"], subject="momentum_step")
        # the first velocity times 0.1
        hint = VELOCITY if same(result[1], 0.2) else ""
        expect_close(result, due, claim=claim, subject="momentum_step", hint=hint)


@pytest.mark.exercise("3-4")
def test_momentum_step_of_the_example(submission):
    result = submission.call("momentum_step", 1.0, 4.0, 2.0, 0.1, 0.5)
    expect_close(
        expect_parts(result, ["w", "velocity"], subject="momentum_step"),
        (0.5, 5.0),
        claim="momentum_step(1.0, 4.0, 2.0, 0.1, 0.5) is (0.5, 5.0)",
        subject="momentum_step",
        # 0.5 * 2, and 0.1 * 4 in place of 4
        hint=VELOCITY if same(result, [-0.4, 1.4]) else "",
    )


@pytest.mark.exercise("3-4")
def test_nesterov_step(submission):
    w, velocity, visited = 1.0, 0.0, []
    for _ in range(2):
        w, velocity = nesterov_step(submission, w, velocity)
        visited.append(w)
    as_torch_writes_it = [0.7, 0.44]
    if not same(visited, as_torch_writes_it):
        expect_close(
            visited, [0.8, 0.56], claim="two steps with a look ahead lead from 1 to 0.8 and 0.56"
        )


# By hand: looking ahead from 1 to 0.9 the gradient is 1.8, so the velocity is 0.5 * 2 + 1.8.
@pytest.mark.exercise("3-4")
def test_nesterov_step_of_the_example(submission):
    result = nesterov_step(submission, 1.0, 2.0)
    as_torch_writes_it = (0.65, 3.0)
    if same(result, as_torch_writes_it):
        return
    # the learning rate in the velocity, which is added up or points downhill
    scaled = any(same(result, with_lr) for with_lr in ((0.0, 1.0), (1.6, 0.6)))
    expect_close(
        result,
        (0.72, 2.8),
        claim="with a gradient of 2 * w, nesterov_step(1.0, …, 2.0, 0.1, 0.5) is (0.72, 2.8)",
        subject="nesterov_step",
        hint=VELOCITY if scaled else "",
    )


def collect(student, xs, ys, batch_size):
    """Return what `minibatches` gives as a list, each batch as another, as far as it can be gone through."""

    def listed(value):
        try:
            return list(value)
        except TypeError:
            return value

    batches = listed(student.minibatches(xs, ys, batch_size))
    return [listed(batch) for batch in batches] if isinstance(batches, list) else batches


@pytest.mark.exercise("3-4")
def test_minibatches(submission):
    batches = submission.probe(collect, of="minibatches")([1, 2, 3], [4, 5, 6], 2)
    one_for_xs_and_one_for_ys = same(batches, [[[1, 2], [3]], [[4, 5], [6]]])
    for batch in batches if isinstance(batches, list) else []:
        text = "minibatches returns a list of batches, and each batch is a pair (xs, ys) of lists."
        expect(
            isinstance(batch, list) and len(batch) == 2 and not one_for_xs_and_one_for_ys,
            "each batch of minibatches is a pair (xs, ys)",
            came_back=batch,
            expected="two lists",
            diagnosis=Diagnosis("wrong-parts", text),
        )
    expect_close(
        batches,
        [([1, 2], [4, 5]), ([3], [6])],
        claim="three samples in batches of two: two, then the one that is left",
        subject="minibatches",
    )


@pytest.mark.exercise("3-4")
def test_minibatches_that_the_samples_fill(submission):
    batches = submission.probe(collect, of="minibatches")([1, 2, 3, 4], [5, 6, 7, 8], 2)
    expect_close(
        batches,
        [([1, 2], [5, 6]), ([3, 4], [7, 8])],
        claim="four samples in batches of two: two batches, and no empty one behind them",
        subject="minibatches",
    )
