"""Other right answers to lesson 3: the graders must accept each of them in full."""


# %% 3-1: the product rule, written out
def gradient(x, y, w):
    return 2 * (x * w - y) * x


# %% 3-1: autograd
import torch


def gradient(x, y, w):
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    (x * weight - y).pow(2).backward()
    return weight.grad.item()


# %% 3-1: expanded, in numpy
import numpy as np


def gradient(x, y, w):
    return np.float64(2 * x**2 * w - 2 * x * y)


# %% 3-1: autograd in torch's usual precision, as a tensor
import torch


def gradient(x, y, w):
    weight = torch.tensor(w, requires_grad=True)
    ((x * weight - y) ** 2).backward()
    return weight.grad


# %% 3-2: one error for all three
def _error(x, y, w1, w2, b):
    return w2 * x * x + w1 * x + b - y


def gradient_w1(x, y, w1, w2, b):
    return 2 * _error(x, y, w1, w2, b) * x


def gradient_w2(x, y, w1, w2, b):
    return 2 * _error(x, y, w1, w2, b) * x * x


def gradient_b(x, y, w1, w2, b):
    return 2 * _error(x, y, w1, w2, b)


# %% 3-2: by central differences, whose error is below any tolerance that matters
from fractions import Fraction


def _slope(of, at):
    # the loss is a parabola in each weight, so that a central difference of any width is exact
    return float((of(at + 1) - of(at - 1)) / 2)


def _loss(x, y, w1, w2, b):
    x, y, w1, w2, b = map(Fraction, (x, y, w1, w2, b))
    return (x**2 * w2 + x * w1 + b - y) ** 2


def gradient_w1(x, y, w1, w2, b):
    return _slope(lambda v: _loss(x, y, v, w2, b), Fraction(w1))


def gradient_w2(x, y, w1, w2, b):
    return _slope(lambda v: _loss(x, y, w1, v, b), Fraction(w2))


def gradient_b(x, y, w1, w2, b):
    return _slope(lambda v: _loss(x, y, w1, w2, v), Fraction(b))


# %% 3-2: with numpy, all three at once
import numpy as np


def _gradients(x, y, w1, w2, b):
    features = np.array([x, x**2, 1.0])
    return 2 * features * (features @ np.array([w1, w2, b]) - y)


def gradient_w1(*given):
    return _gradients(*given)[0]


def gradient_w2(*given):
    return _gradients(*given)[1]


def gradient_b(*given):
    return _gradients(*given)[2]


# %% 3-2: by autograd
import torch


def _derivative(number, x, y, *weights):
    weights = [torch.tensor(float(w), dtype=torch.float64, requires_grad=True) for w in weights]
    w1, w2, b = weights
    return torch.autograd.grad((x**2 * w2 + x * w1 + b - y) ** 2, weights)[number].item()


def gradient_w1(x, y, w1, w2, b):
    return _derivative(0, x, y, w1, w2, b)


def gradient_w2(x, y, w1, w2, b):
    return _derivative(1, x, y, w1, w2, b)


def gradient_b(x, y, w1, w2, b):
    return _derivative(2, x, y, w1, w2, b)


# %% 3-3: one function for an epoch, one for the loss
def _mean_squared_error(xs, ys, weights):
    total = 0.0
    for i in range(len(xs)):
        prediction = xs[i] ** 2 * weights["w2"] + xs[i] * weights["w1"] + weights["b"]
        total += (prediction - ys[i]) ** 2
    return total / len(xs)


def _epoch(xs, ys, weights, lr):
    for i in range(len(xs)):
        slopes = {"w1": xs[i], "w2": xs[i] ** 2, "b": 1.0}
        error = sum(weights[name] * slopes[name] for name in weights) - ys[i]
        weights = {name: weights[name] - lr * 2 * error * slopes[name] for name in weights}
    return weights


def train(xs, ys, w1, w2, b, lr, epochs):
    weights, losses = {"w1": w1, "w2": w2, "b": b}, []
    while len(losses) < epochs:
        weights = _epoch(xs, ys, weights, lr)
        losses.append(_mean_squared_error(xs, ys, weights))
    return [weights["w1"], weights["w2"], weights["b"], losses]


# %% 3-3: calling the gradients of exercise 3-2
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for epoch in range(epochs):
        for x, y in zip(xs, ys):
            g1 = gradient_w1(x, y, w1, w2, b)
            g2 = gradient_w2(x, y, w1, w2, b)
            g3 = gradient_b(x, y, w1, w2, b)
            w1 -= lr * g1
            w2 -= lr * g2
            b -= lr * g3
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3: with numpy, the weights as one vector
import numpy as np


def train(xs, ys, w1, w2, b, lr, epochs):
    weights = np.array([w1, w2, b], dtype=float)
    features = np.stack([xs, np.square(xs), np.ones(len(xs))], axis=1)
    losses = np.zeros(epochs)
    for epoch in range(epochs):
        for row, y in zip(features, ys):
            weights -= lr * 2 * (row @ weights - y) * row
        losses[epoch] = np.mean((features @ weights - np.array(ys)) ** 2)
    return weights[0], weights[1], weights[2], losses.tolist()


# %% 3-3: with torch.optim
import torch


def train(xs, ys, w1, w2, b, lr, epochs):
    weights = [torch.tensor(float(v), dtype=torch.float64, requires_grad=True) for v in (w1, w2, b)]
    optimizer = torch.optim.SGD(weights, lr=lr)

    def error(x, y):
        return (x**2 * weights[1] + x * weights[0] + weights[2] - y) ** 2

    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            optimizer.zero_grad()
            error(x, y).backward()
            optimizer.step()
        losses.append(sum(error(x, y).item() for x, y in zip(xs, ys)) / len(xs))
    return tuple(weight.item() for weight in weights) + (losses,)


# %% 3-4: Nesterov's step as torch writes it, and batches from a generator
def nesterov_step(w, grad_at, velocity, lr, momentum):
    gradient = grad_at(w)
    velocity = momentum * velocity + gradient
    return w - lr * (gradient + momentum * velocity), velocity


def minibatches(xs, ys, batch_size):
    while xs:
        yield xs[:batch_size], ys[:batch_size]
        xs, ys = xs[batch_size:], ys[batch_size:]


# %% 3-4: with numpy numbers
import numpy as np


def sgd_step(w, grad, lr):
    return np.subtract(w, np.multiply(lr, grad))


def momentum_step(w, grad, velocity, lr, momentum):
    velocity = np.float64(velocity) * momentum + grad
    return [w - lr * velocity, velocity]


def minibatches(xs, ys, batch_size):
    cuts = range(batch_size, len(xs), batch_size)
    return list(zip(np.split(np.array(xs), cuts), np.split(np.array(ys), cuts)))


# %% 3-4: the steps by way of one another
def sgd_step(w, grad, lr):
    return momentum_step(w, grad, 0.0, lr, 0.0)[0]


def momentum_step(w, grad, velocity, lr, momentum):
    velocity = velocity * momentum
    velocity += grad
    w += -lr * velocity
    return w, velocity


def nesterov_step(w, grad_at, velocity, lr, momentum):
    ahead = w - lr * momentum * velocity
    return momentum_step(w, grad_at(ahead), velocity, lr, momentum)


# %% 3-4: loops
def minibatches(xs, ys, batch_size):
    batches, batch_xs, batch_ys = [], [], []
    for x, y in zip(xs, ys):
        batch_xs.append(x)
        batch_ys.append(y)
        if len(batch_xs) == batch_size:
            batches.append([batch_xs, batch_ys])
            batch_xs, batch_ys = [], []
    if batch_xs:
        batches.append([batch_xs, batch_ys])
    return batches


# %% 3-1: in fractions
from fractions import Fraction


def gradient(x, y, w):
    x, y, w = Fraction(x), Fraction(y), Fraction(w)
    return 2 * x * (x * w - y)


# %% 3-4: through torch's own optimizer, which refuses a negative rate
import torch


def one_step(w, grad, velocity, lr, momentum):
    weight = torch.nn.Parameter(torch.tensor(w, dtype=torch.float64))
    weight.grad = torch.tensor(grad, dtype=torch.float64)
    optimizer = torch.optim.SGD([weight], lr=lr, momentum=momentum)
    optimizer.state[weight]["momentum_buffer"] = torch.tensor(velocity, dtype=torch.float64)
    optimizer.step()
    return weight.item(), optimizer.state[weight]["momentum_buffer"].item()


def sgd_step(w, grad, lr):
    return one_step(w, grad, 0.0, lr, 0.0)[0]


def momentum_step(w, grad, velocity, lr, momentum):
    return one_step(w, grad, velocity, lr, momentum)


def nesterov_step(w, grad_at, velocity, lr, momentum):
    return one_step(w, grad_at(w - lr * momentum * velocity), velocity, lr, momentum)


def minibatches(xs, ys, batch_size):
    pairs = []
    while xs:
        pairs.append((xs[:batch_size], ys[:batch_size]))
        xs, ys = xs[batch_size:], ys[batch_size:]
    return pairs
