"""Other right answers to lesson 4: the graders must accept each of them in full."""


# %% 4-1: the local derivatives kept, lists returned
class Multiply:
    def forward(self, a, b):
        self.local = [b, a]
        return a * b

    def backward(self, upstream):
        return [upstream * derivative for derivative in self.local]


class Add:
    def forward(self, a, b):
        self.local = [1, 1]
        return a + b

    def backward(self, upstream):
        return [upstream * derivative for derivative in self.local]


class Square:
    def forward(self, a):
        self.local = 2 * a
        return a * a

    def backward(self, upstream):
        return self.local * upstream


# %% 4-1: autograd in torch's usual precision, as tensors
import torch


class _Gate:
    def forward(self, *inputs):
        self.inputs = [torch.tensor(v, requires_grad=True) for v in inputs]
        self.output = self.operation(*self.inputs)
        return self.output

    def backward(self, upstream):
        return torch.autograd.grad(self.output, self.inputs, torch.tensor(upstream))


class Multiply(_Gate):
    def operation(self, a, b):
        return a * b


class Add(_Gate):
    def operation(self, a, b):
        return a + b


class Square(_Gate):
    def operation(self, a):
        return a**2

    def backward(self, upstream):
        return super().backward(upstream)[0].item()


# %% 4-1: numpy arrays
import numpy as np


class Multiply:
    def __init__(self):
        self.inputs = np.zeros(2)

    def forward(self, a, b):
        self.inputs = np.array([a, b])
        return np.prod(self.inputs)

    def backward(self, upstream):
        return upstream * self.inputs[::-1]


class Add:
    def forward(self, a, b):
        return np.add(a, b)

    def backward(self, upstream):
        return np.full(2, upstream)


class Square:
    def forward(self, a):
        self.slope = np.float64(2 * a)
        return np.square(a)

    def backward(self, upstream):
        return np.multiply(self.slope, upstream)


# %% 4-1: the backward pass is a function made in forward
class Multiply:
    def forward(self, a, b):
        self.back = lambda upstream: (upstream * b, upstream * a)
        return a * b

    def backward(self, upstream):
        return self.back(upstream)


class Square:
    def forward(self, a):
        self.back = lambda upstream: 2 * upstream * a
        return a**2

    def backward(self, upstream):
        return self.back(upstream)


# %% 4-1: a square is a product with itself, so that its two gradients are added
class Square:
    def forward(self, a):
        self.product = Multiply()
        return self.product.forward(a, a)

    def backward(self, upstream):
        return sum(self.product.backward(upstream))


# %% 4-2: with the gates of 4-1
def linear_graph(x, y, w):
    multiply, subtract, square = Multiply(), Add(), Square()
    y_hat = multiply.forward(x, w)
    error = subtract.forward(y_hat, -y)
    loss = square.forward(error)
    d_error = square.backward(1.0)
    d_y_hat, _ = subtract.backward(d_error)
    d_x, d_w = multiply.backward(d_y_hat)
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": loss,
        "d_error": d_error,
        "d_y_hat": d_y_hat,
        "d_w": d_w,
    }


# %% 4-2: autograd in torch's usual precision
import torch


def linear_graph(x, y, w):
    w = torch.tensor(w, requires_grad=True)
    y_hat = w * x
    error = y_hat - y
    loss = error.pow(2)
    y_hat.retain_grad()
    error.retain_grad()
    loss.backward()
    return {
        "y_hat": y_hat.item(),
        "error": error.item(),
        "loss": loss.item(),
        "d_error": error.grad.item(),
        "d_y_hat": y_hat.grad.item(),
        "d_w": w.grad.item(),
    }


# %% 4-2: filled step by step, with more nodes than are asked for
def linear_graph(x, y, w):
    nodes = {"x": x, "y": y, "w": w}
    nodes["y_hat"] = nodes["x"] * nodes["w"]
    nodes["error"] = nodes["y_hat"] - nodes["y"]
    nodes["loss"] = nodes["error"] ** 2
    nodes["d_loss"] = 1.0
    nodes["d_error"] = nodes["d_loss"] * 2 * nodes["error"]
    nodes["d_y_hat"] = nodes["d_error"] * 1.0
    nodes["d_y"] = nodes["d_error"] * -1.0
    nodes["d_w"] = nodes["d_y_hat"] * nodes["x"]
    nodes["d_x"] = nodes["d_y_hat"] * nodes["w"]
    return nodes


# %% 4-2: each gradient by a formula of its own, in numpy
import numpy as np


def linear_graph(x, y, w):
    x, y, w = np.float64(x), np.float64(y), np.float64(w)
    return dict(
        d_w=2 * x * (x * w - y),
        d_y_hat=2 * (x * w - y),
        d_error=2 * (x * w - y),
        loss=np.square(x * w - y),
        error=x * w - y,
        y_hat=x * w,
    )


# %% 4-3: with the gates of 4-1
def affine_graph(x, y, w, b):
    multiply, add, subtract, square = Multiply(), Add(), Add(), Square()
    product = multiply.forward(x, w)
    y_hat = add.forward(product, b)
    error = subtract.forward(y_hat, -y)
    loss = square.forward(error)
    d_error = square.backward(1.0)
    d_y_hat = subtract.backward(d_error)[0]
    d_product, d_b = add.backward(d_y_hat)
    d_w = multiply.backward(d_product)[1]
    names = "product y_hat error loss d_error d_y_hat d_product d_b d_w".split()
    return dict(zip(names, (product, y_hat, error, loss, d_error, d_y_hat, d_product, d_b, d_w)))


# %% 4-3: by nudging, which is exact for a parabola
def affine_graph(x, y, w, b):
    def loss_at(x_w, bias):
        return (x_w + bias - y) ** 2

    def slope(of, at):
        return (of(at + 0.5) - of(at - 0.5)) / (0.5 + 0.5)

    error = x * w + b - y
    d_error = slope(lambda e: e**2, error)
    return {
        "product": x * w,
        "y_hat": x * w + b,
        "error": error,
        "loss": loss_at(x * w, b),
        "d_error": d_error,
        "d_y_hat": slope(lambda v: (v - y) ** 2, x * w + b),
        "d_product": slope(lambda v: loss_at(v, b), x * w),
        "d_b": slope(lambda v: loss_at(x * w, v), b),
        "d_w": slope(lambda v: loss_at(x * v, b), w),
    }


# %% 4-3: autograd in float64, as tensors that still carry their graph
import torch


def affine_graph(x, y, w, b):
    w = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    b = torch.tensor(b, dtype=torch.float64, requires_grad=True)
    product = x * w
    y_hat = product + b
    error = y_hat - y
    loss = error**2
    behind = {"error": error, "y_hat": y_hat, "product": product, "b": b, "w": w}
    gradients = torch.autograd.grad(loss, list(behind.values()))
    values = {"product": product, "y_hat": y_hat, "error": error, "loss": loss}
    return {**values, **{f"d_{name}": gradient for name, gradient in zip(behind, gradients)}}


# %% 4-3: upstream times local, written in full
def affine_graph(x, y, w, b):
    product = w * x
    y_hat = b + product
    error = y_hat - y
    d_loss = 1
    d_error = d_loss * (error + error)
    d_y_hat = d_error * 1
    d_product, d_b = d_y_hat * 1, d_y_hat * 1
    return {
        "loss": error * error,
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "d_loss": d_loss,
        "d_error": d_error,
        "d_y_hat": d_y_hat,
        "d_product": d_product,
        "d_b": d_b,
        "d_w": d_product * x,
        "d_x": d_product * w,
    }


# %% 4-4: with the gates of 4-1, the sum of three as two sums of two
def quadratic_graph(x, y, w1, w2, b):
    square_x, times_w2, times_w1 = Square(), Multiply(), Multiply()
    inner, outer, subtract, square = Add(), Add(), Add(), Square()
    found = {"x_squared": square_x.forward(x)}
    found["quadratic"] = times_w2.forward(found["x_squared"], w2)
    found["linear"] = times_w1.forward(x, w1)
    found["y_hat"] = outer.forward(inner.forward(found["quadratic"], found["linear"]), b)
    found["error"] = subtract.forward(found["y_hat"], -y)
    found["loss"] = square.forward(found["error"])
    found["d_error"] = square.backward(1.0)
    found["d_y_hat"] = subtract.backward(found["d_error"])[0]
    d_inner, found["d_b"] = outer.backward(found["d_y_hat"])
    found["d_quadratic"], found["d_linear"] = inner.backward(d_inner)
    found["d_w2"] = times_w2.backward(found["d_quadratic"])[1]
    found["d_w1"] = times_w1.backward(found["d_linear"])[1]
    return found


# %% 4-4: autograd in torch's usual precision, gradients kept by retain_grad
import torch


def quadratic_graph(x, y, w1, w2, b):
    nodes = {
        name: torch.tensor(v, requires_grad=True) for name, v in [("w1", w1), ("w2", w2), ("b", b)]
    }
    nodes["x_squared"] = torch.tensor(x) ** 2
    nodes["quadratic"] = nodes["x_squared"] * nodes["w2"]
    nodes["linear"] = x * nodes["w1"]
    nodes["y_hat"] = nodes["quadratic"] + nodes["linear"] + nodes["b"]
    nodes["error"] = nodes["y_hat"] - y
    nodes["loss"] = nodes["error"] ** 2
    for node in nodes.values():
        if node.requires_grad:
            node.retain_grad()
    nodes["loss"].backward()
    gradients = {f"d_{name}": node.grad for name, node in nodes.items() if node.grad is not None}
    return {name: node.item() for name, node in {**nodes, **gradients}.items()}


# %% 4-4: with numpy, the three weights as one vector
import numpy as np


def quadratic_graph(x, y, w1, w2, b):
    features, weights = np.array([x, x**2, 1.0]), np.array([w1, w2, b])
    linear, quadratic, _ = features * weights
    error = features @ weights - y
    d_w1, d_w2, d_b = 2 * error * features
    values = {
        "x_squared": features[1],
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": features @ weights,
    }
    chain = {f"d_{name}": 2 * error for name in ("error", "y_hat", "quadratic", "linear")}
    return {
        **values,
        "error": error,
        "loss": error**2,
        **chain,
        "d_b": d_b,
        "d_w2": d_w2,
        "d_w1": d_w1,
    }


# %% 4-4: gradients collected in a loop from the loss back
def quadratic_graph(x, y, w1, w2, b):
    v = {"x_squared": x * x}
    v["quadratic"], v["linear"] = v["x_squared"] * w2, x * w1
    v["y_hat"] = sum([v["quadratic"], v["linear"], b])
    v["error"] = v["y_hat"] - y
    v["loss"] = pow(v["error"], 2)
    v["d_loss"] = 1.0
    steps = [
        ("loss", "error", 2 * v["error"]),
        ("error", "y_hat", 1),
        ("y_hat", "quadratic", 1),
        ("y_hat", "linear", 1),
        ("y_hat", "b", 1),
        ("quadratic", "w2", v["x_squared"]),
        ("linear", "w1", x),
    ]
    for output, source, local in steps:
        v[f"d_{source}"] = v[f"d_{output}"] * local
    del v["d_loss"]
    return v


# %% 4-5: as in the lectures, through .data
import torch


def autograd_gradients(x, y, w1, w2, b):
    w1 = torch.tensor(w1, requires_grad=True)
    w2 = torch.tensor(w2, requires_grad=True)
    b = torch.tensor(b, requires_grad=True)
    loss = (x * x * w2 + x * w1 + b - y) ** 2
    loss.backward()
    return {"loss": loss, "d_w1": w1.grad, "d_w2": w2.grad, "d_b": b.grad}


def train_autograd(xs, ys, lr, epochs):
    w1 = torch.tensor(1.0, requires_grad=True)
    w2 = torch.tensor(1.0, requires_grad=True)
    b = torch.tensor(1.0, requires_grad=True)
    losses = []
    for epoch in range(epochs):
        for x_val, y_val in zip(xs, ys):
            l = (x_val**2 * w2 + x_val * w1 + b - y_val) ** 2
            l.backward()
            w1.data = w1.data - lr * w1.grad.data
            w2.data = w2.data - lr * w2.grad.data
            b.data = b.data - lr * b.grad.data
            w1.grad.data.zero_()
            w2.grad.data.zero_()
            b.grad.data.zero_()
        total = 0
        for x_val, y_val in zip(xs, ys):
            total += ((x_val**2 * w2 + x_val * w1 + b - y_val) ** 2).item()
        losses.append(total / len(xs))
    return (w1.item(), w2.item(), b.item()), losses


# %% 4-5: the weights as one tensor, the losses as tensors
import torch


def autograd_gradients(x, y, w1, w2, b):
    weights = torch.tensor([w1, w2, b], requires_grad=True)
    loss = (torch.tensor([x, x**2, 1.0]) @ weights - y) ** 2
    (gradient,) = torch.autograd.grad(loss, weights)
    return dict(zip(("loss", "d_w1", "d_w2", "d_b"), [loss.detach(), *gradient]))


def train_autograd(xs, ys, lr, epochs):
    xs, ys = torch.tensor(xs), torch.tensor(ys)
    features = torch.stack([xs, xs**2, torch.ones_like(xs)], dim=1)
    weights, losses = torch.ones(3, requires_grad=True), []
    for _ in range(epochs):
        for row, y in zip(features, ys):
            (gradient,) = torch.autograd.grad((row @ weights - y) ** 2, weights)
            weights = (weights - lr * gradient).detach().requires_grad_()
        losses.append(((features @ weights - ys) ** 2).mean().detach())
    return weights, losses


# %% 4-5: with torch.optim, in float64, numpy returned
import numpy as np
import torch


def autograd_gradients(x, y, w1, w2, b):
    weights = [torch.tensor(w, dtype=torch.double, requires_grad=True) for w in (w1, w2, b)]
    loss = torch.nn.functional.mse_loss(
        weights[1] * x**2 + weights[0] * x + weights[2], torch.tensor(y, dtype=torch.double)
    )
    loss.backward()
    return {"loss": loss.item()} | {
        name: np.float64(w.grad) for name, w in zip(("d_w1", "d_w2", "d_b"), weights)
    }


def train_autograd(xs, ys, lr, epochs):
    weights = [torch.ones((), dtype=torch.double, requires_grad=True) for _ in range(3)]
    optimizer = torch.optim.SGD(weights, lr=lr)

    def loss(x, y):
        w1, w2, b = weights
        return (x**2 * w2 + x * w1 + b - y) ** 2

    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            optimizer.zero_grad()
            loss(x, y).backward()
            optimizer.step()
        losses.append(np.mean([loss(x, y).item() for x, y in zip(xs, ys)]))
    return np.array([w.item() for w in weights]), np.array(losses)


# %% 4-5: training by the function for the gradients, .grad set to None
import torch


def _loss(x, y, w1, w2, b):
    return (x**2 * w2 + x * w1 + b - y) ** 2


def autograd_gradients(x, y, w1, w2, b):
    w = [torch.tensor([v], requires_grad=True) for v in (w1, w2, b)]
    for weight in w:
        weight.grad = None
    loss = _loss(x, y, *w).sum()
    loss.backward()
    return {
        "loss": loss.item(),
        "d_w1": w[0].grad.item(),
        "d_w2": w[1].grad.item(),
        "d_b": w[2].grad.item(),
    }


def train_autograd(xs, ys, lr, epochs):
    w1 = w2 = b = 1.0
    losses = []
    while len(losses) < epochs:
        for x, y in zip(xs, ys):
            found = autograd_gradients(x, y, w1, w2, b)
            w1 -= lr * found["d_w1"]
            w2 -= lr * found["d_w2"]
            b -= lr * found["d_b"]
        losses.append(sum(_loss(x, y, w1, w2, b) for x, y in zip(xs, ys)) / len(xs))
    return [w1, w2, b], losses


# %% 4-2: keys out of an array of names
import numpy as np


def linear_graph(x, y, w):
    names = np.array(["y_hat", "error", "loss", "d_error", "d_y_hat", "d_w"])
    error = x * w - y
    return dict(zip(names, [x * w, error, error**2, 2 * error, 2 * error, 2 * error * x]))
