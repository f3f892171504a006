"""Self-checks for lesson 4: what a student can see of the graders."""

from itertools import product

import pytest
import torch

from course.judge.closeness import same
from course.judge.expect import expect_close, expect_parts, expect_values

# float32, torch's usual precision, is precise enough here
ABOUT = {"rtol": 1e-4, "atol": 1e-4}


def gate_output(submission, gate):
    def forward(*inputs):
        return submission.new(gate).call("forward", *inputs)

    forward.__name__ = f"{gate}.forward"
    return forward


def gate_gradients(submission, gate):
    def backward(*given):
        *inputs, upstream = given
        made = submission.new(gate)
        made.call("forward", *inputs)
        return made.call("backward", upstream)

    backward.__name__ = f"{gate}.backward"
    return backward


PAIRS = [{"a": a, "b": b} for a, b in [(3.0, -4.0), (0.5, 2.0), (-1.5, -2.5)]]
PAIRS_BACK = [{**pair, "upstream": u} for pair, u in zip(PAIRS, (2.0, -1.0, 0.5), strict=True)]


def by_autograd(operation):
    """Return a function that takes inputs and an upstream gradient and returns the gradients of the inputs."""

    def gradients(**given):
        *inputs, upstream = (torch.tensor(v, dtype=torch.float64) for v in given.values())
        leaves = [v.requires_grad_() for v in inputs]
        found = torch.autograd.grad(operation(*leaves), leaves, upstream)
        return tuple(g.item() for g in found) if len(found) > 1 else found[0].item()

    return gradients


@pytest.mark.exercise("4-1")
def test_multiply_goes_forward(submission):
    expect_values(gate_output(submission, "Multiply"), lambda a, b: a * b, PAIRS)


@pytest.mark.exercise("4-1")
def test_multiply_goes_backward(submission):
    expect_values(gate_gradients(submission, "Multiply"), by_autograd(torch.mul), PAIRS_BACK)


@pytest.mark.exercise("4-1")
def test_add_goes_forward(submission):
    expect_values(gate_output(submission, "Add"), lambda a, b: a + b, PAIRS)


@pytest.mark.exercise("4-1")
def test_add_goes_backward(submission):
    expect_values(gate_gradients(submission, "Add"), by_autograd(torch.add), PAIRS_BACK)


@pytest.mark.exercise("4-1")
def test_square_goes_forward(submission):
    inputs = [{"a": a} for a in (-3.0, 0.5, 2.5)]
    expect_values(gate_output(submission, "Square"), lambda a: a * a, inputs)


@pytest.mark.exercise("4-1")
def test_square_goes_backward(submission):
    inputs = [{"a": a, "upstream": u} for a, u in [(-3.0, 2.0), (0.5, -1.0), (2.5, 0.5)]]
    expect_values(gate_gradients(submission, "Square"), by_autograd(torch.square), inputs)


@pytest.mark.exercise("4-1", after="test_multiply_goes_backward")
def test_a_gate_may_be_used_again(submission):
    gate = submission.new("Multiply")
    gate.call("forward", 3.0, -4.0)
    gate.call("backward", 2.0)
    gate.call("forward", 0.5, 2.0)
    expect_close(
        gate.call("backward", -1.0),
        (-2.0, -0.5),
        claim="after another forward, Multiply.backward gives the gradients of that one",
        hint="what forward and backward keep is replaced the next time, not added to",
    )


def graph(submission, name, keys):
    """Return the student's graph function, its dictionaries reduced to the nodes that are asked for."""

    def called(*given):
        result = submission.call(name, *given)
        if isinstance(result, dict) and all(key in result for key in keys):
            return {key: result[key] for key in keys}
        return result

    called.__name__ = name
    return called


def differentiated(nodes):
    """Return a function that gives all that `nodes` lets autograd find: the values, and the gradients as "d_…"."""

    def values_and_gradients(**given):
        leaves = {
            k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in given.items()
        }
        values = nodes(**leaves)
        # from the loss back, as the mistakes spread
        before = [k for k in reversed(values) if k not in ("loss", "x_squared")] + [
            k for k in given if k not in "xy"
        ]
        found = torch.autograd.grad(values["loss"], [{**leaves, **values}[k] for k in before])
        gradients = {f"d_{k}": g.item() for k, g in zip(before, found, strict=True)}
        return {k: v.item() for k, v in values.items()} | gradients

    return values_and_gradients


def expect_graph(submission, name, nodes, inputs):
    """Expect the right value and the right gradient at every node."""
    right = differentiated(nodes)
    keys = list(right(**inputs[0]))
    claim = f"{name} gives every value and every gradient"
    expect_values(graph(submission, name, keys), right, inputs, claim=claim, **ABOUT)


def linear_nodes(x, y, w):
    y_hat = x * w
    error = y_hat - y
    return {"y_hat": y_hat, "error": error, "loss": error**2}


def affine_nodes(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    return {"product": product, "y_hat": y_hat, "error": error, "loss": error**2}


def quadratic_nodes(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    found = {"x_squared": x_squared, "quadratic": quadratic, "linear": linear, "y_hat": y_hat}
    return {**found, "error": error, "loss": error**2}


@pytest.mark.exercise("4-2")
def test_linear_graph_has_every_node_right(submission):
    inputs = [
        {"x": x, "y": y, "w": w}
        for x, y, w in [(2.0, 4.0, 1.0), (3.0, -1.0, 0.5), (-1.5, 2.0, 0.7)]
    ]
    expect_graph(submission, "linear_graph", linear_nodes, inputs)


@pytest.mark.exercise("4-3")
def test_affine_graph_has_every_node_right(submission):
    given = [
        (1.0, 2.0, 1.0, 2.0),
        (2.0, 1.0, 3.0, -1.0),
        (-1.5, 2.0, 0.7, 0.4),
        (0.6, -2.5, 1.3, -0.8),
    ]
    inputs = [dict(zip(("x", "y", "w", "b"), row, strict=True)) for row in given]
    expect_graph(submission, "affine_graph", affine_nodes, inputs)


CURVE = [
    dict(zip(("x", "y", "w1", "w2", "b"), row, strict=True))
    for row in [
        (2.0, 3.0, 1.0, 1.0, 1.0),
        (3.0, 6.0, 0.5, -0.2, 0.3),
        (-1.5, 0.7, 1.2, 0.4, -0.6),
        (0.4, -2.0, 0.3, 1.7, 0.9),
    ]
]


@pytest.mark.exercise("4-4")
def test_quadratic_graph_has_every_node_right(submission):
    expect_graph(submission, "quadratic_graph", quadratic_nodes, CURVE)


@pytest.mark.exercise("4-5")
def test_autograd_gradients(submission):
    keys = ("loss", "d_w1", "d_w2", "d_b")

    def right(**given):
        found = differentiated(quadratic_nodes)(**given)
        return {key: found[key] for key in keys}

    expect_values(
        graph(submission, "autograd_gradients", keys),
        right,
        CURVE,
        claim="autograd_gradients gives the loss and the three gradients",
        **ABOUT,
    )


def expect_training(submission, xs, ys, epochs, weights, losses, claim, hint=lambda came_back: ""):
    result = submission.call("train_autograd", xs, ys, 0.1, epochs)
    came_back, noted = expect_parts(result, ["weights", "losses"], subject="train_autograd")
    expect_close(
        came_back,
        weights,
        claim=claim,
        subject="train_autograd (weights)",
        hint=hint(came_back),
        **ABOUT,
    )
    expect_close(
        noted,
        losses,
        claim="train_autograd notes one loss per epoch, the mean squared error over all samples at its end",
        subject="train_autograd (losses)",
        **ABOUT,
    )


# x = 1 and y = 2: at weights of 1 the error is 1 and each gradient 2, so that a step of 0.1 leads to 0.8 each and an
# error of 0.4; the second step takes 0.1 * 0.8 off, which leaves 0.72 each and an error of 0.16
@pytest.mark.exercise("4-5")
def test_training_takes_one_step(submission):
    claim = "one step of 0.1 on the sample (1, 2) leads from weights of 1 to 0.8 each"
    expect_training(submission, [1.0], [2.0], 1, [0.8] * 3, [0.16], claim)


@pytest.mark.exercise("4-5", after="test_training_takes_one_step")
def test_training_takes_two_steps(submission):
    claim = "2 steps of 0.1 on the sample (1, 2) lead from weights of 1 to 0.72 each"

    def hint(weights):
        # 0.1 * (2 + 0.8) taken off in the second step, of all weights or of some
        piled_up = any(same(weights, some, **ABOUT) for some in product((0.52, 0.72), repeat=3))
        return "what is left in .grad from the step before?" if piled_up else ""

    expect_training(submission, [1.0], [2.0], 2, [0.72] * 3, [0.16, 0.0256], claim, hint)


# the second sample, x = 2 and y = 5.1, meets weights of 0.8: the error is 0.5, the gradients are 2, 4 and 1; then the
# two errors are -0.3 and -1.6
@pytest.mark.exercise("4-5", after="test_training_takes_two_steps")
def test_training_takes_a_step_for_each_sample(submission):
    claim = (
        "a step of 0.1 on the sample (1, 2), then one on (2, 5.1), leads from weights of 1 to "
        "w1 = 0.6, w2 = 0.4 and b = 0.7"
    )
    expect_training(submission, [1.0, 2.0], [2.0, 5.1], 1, [0.6, 0.4, 0.7], [1.325], claim)
