"""Lesson 4 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import torch


def check_4_1(Multiply, Add, Square):
    for a, b, upstream in [(3.0, -4.0, 2.0), (0.5, 2.0, -1.0), (-1.5, -2.5, 0.5)]:
        gates = [
            (Multiply(), (a, b), a * b, (upstream * b, upstream * a)),
            (Add(), (a, b), a + b, (upstream, upstream)),
            (Square(), (a,), a * a, (2 * a * upstream,)),
        ]
        for gate, given, value, gradients in gates:
            assert abs(gate.forward(*given) - value) < 1e-6
            found = gate.backward(upstream)
            found = found if isinstance(found, tuple) else (found,)
            assert all(abs(f - g) < 1e-6 for f, g in zip(found, gradients, strict=True))


def line(x, y, w):
    y_hat = x * w
    error = y_hat - y
    return {"y_hat": y_hat, "error": error, "loss": error**2}


def shifted_line(x, y, w, b):
    product = x * w
    y_hat = product + b
    error = y_hat - y
    return {"product": product, "y_hat": y_hat, "error": error, "loss": error**2}


def curve(x, y, w1, w2, b):
    x_squared = x**2
    quadratic, linear = x_squared * w2, x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    parts = {"x_squared": x_squared, "quadratic": quadratic, "linear": linear}
    return {**parts, "y_hat": y_hat, "error": error, "loss": error**2}


def by_autograd(nodes, given):
    leaves = {k: torch.tensor(v, dtype=torch.float64, requires_grad=True) for k, v in given.items()}
    values = nodes(**leaves)
    for value in values.values():
        value.retain_grad()
    values["loss"].backward()
    everything = {**values, **leaves}
    wanted = [k for k in everything if k not in ("loss", "x_squared", "x", "y")]
    gradients = {f"d_{k}": everything[k].grad.item() for k in wanted}
    return {k: v.item() for k, v in values.items()} | gradients


def same_graph(graph, nodes, names, rows):
    for row in rows:
        due = by_autograd(nodes, dict(zip(names, row, strict=True)))
        found = graph(*row)
        assert sorted(found) == sorted(due)
        assert all(abs(found[key] - due[key]) < 1e-4 for key in due)


ROWS = [
    (2.0, 4.0, 1.0, 1.0, 1.0),
    (3.0, -1.0, 0.5, -0.2, 0.3),
    (-1.5, 0.7, 1.2, 0.4, -0.6),
    (0.4, -2.0, 0.3, 1.7, 0.9),
]


def check_4_2(linear_graph):
    same_graph(linear_graph, line, "xyw", [row[:3] for row in ROWS])


def check_4_3(affine_graph):
    same_graph(affine_graph, shifted_line, "xywb", [row[:4] for row in ROWS])


def check_4_4(quadratic_graph):
    same_graph(quadratic_graph, curve, ["x", "y", "w1", "w2", "b"], ROWS)


def check_4_5(autograd_gradients, train_autograd):
    for row in ROWS:
        due = by_autograd(curve, dict(zip(["x", "y", "w1", "w2", "b"], row, strict=True)))
        found = autograd_gradients(*row)
        assert all(abs(found[key] - due[key]) < 1e-4 for key in ("loss", "d_w1", "d_w2", "d_b"))
    weights, losses = train_autograd([1.0], [2.0], 0.1, 2)
    assert all(abs(float(weight) - 0.72) < 1e-4 for weight in weights)
    assert abs(losses[0] - 0.16) < 1e-4 and len(losses) == 2
    samples = [-1.5 + 3 * i / 8 for i in (4, 7, 0, 2, 8, 5, 1, 3, 6)]
    targets = [1.6 * v**2 - 1.2 * v - 1.4 for v in samples]
    weights, losses = train_autograd(samples, targets, 0.03, 60)
    w1, w2, b = map(float, weights)
    assert len(losses) == 60 and losses[-1] < 5e-3
    errors = [v**2 * w2 + v * w1 + b - t for v, t in zip(samples, targets, strict=True)]
    assert sum(error**2 for error in errors) / len(errors) < 5e-4
