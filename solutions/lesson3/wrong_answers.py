"""Mistakes in lesson 3 that the graders must catch, each with the diagnosis that it must get."""

# %% 3-1 [missing-factor]: the outer derivative only
def gradient(x, y, w):
    return 2 * (x * w - y)


# %% 3-1 [constant-factor]: the 2 of the square forgotten
def gradient(x, y, w):
    return x * (x * w - y)


# %% 3-1 [wrong-sign]: the difference taken the wrong way round
def gradient(x, y, w):
    return 2 * x * (y - x * w)


# %% 3-1 [forgot-return]: printed instead of returned
def gradient(x, y, w):
    print(2 * x * (x * w - y))


# %% 3-1 [value-for-derivative]: the loss itself
def gradient(x, y, w):
    return (x * w - y) ** 2


# %% 3-1 [extra-factor]: x once too often
def gradient(x, y, w):
    return 2 * x**2 * (x * w - y)


# %% 3-1 [unwritten]: still the stub
def gradient(x, y, w):
    raise NotImplementedError


# %% 3-1 [arguments]: an argument too few
def gradient(x, w):
    return 2 * x * x * w


# %% 3-1 [raised]: a name that does not exist
def gradient(x, y, w):
    return 2 * x * (x * weight - y)


# %% 3-1 [square-kept]: the inner derivative taken, the outer one forgotten
def gradient(x, y, w):
    return 2 * x * (x * w - y) ** 2


# %% 3-2 [extra-factor]: a published learner's slip, the bias's derivative with x in it
def gradient_b(x, y, w1, w2, b):
    return 2 * 2 * x * (x**2 * w2 + x * w1 + b - y)


# %% 3-2 [extra-factor]: the bias treated as w1
def gradient_b(x, y, w1, w2, b):
    return 2 * x * (x**2 * w2 + x * w1 + b - y)


# %% 3-2 [missing-factor]: w2's derivative with a single x
def gradient_w2(x, y, w1, w2, b):
    return 2 * x * (x**2 * w2 + x * w1 + b - y)


# %% 3-2 [constant-factor]: the derivative of x squared taken, 2x for x**2, in x's place
def gradient_w1(x, y, w1, w2, b):
    return 2 * 2 * x * (x**2 * w2 + x * w1 + b - y)


# %% 3-2 [wrong-sign]: y minus prediction
def gradient_w1(x, y, w1, w2, b):
    return 2 * x * (y - x**2 * w2 - x * w1 - b)


# %% 3-2 [exchanged-weights]: w1 and w2 in each other's place
def gradient_w1(x, y, w1, w2, b):
    return 2 * x * (x**2 * w1 + x * w2 + b - y)


# %% 3-2 [constant-factor]: no factor 2 for the bias
def gradient_b(x, y, w1, w2, b):
    return x**2 * w2 + x * w1 + b - y


# %% 3-2 [no-bias]: the bias left out of the prediction
def gradient_w2(x, y, w1, w2, b):
    return 2 * x**2 * (x**2 * w2 + x * w1 - y)


# %% 3-2 [double-for-square]: x * 2 for x**2, wherever it stands
def gradient_w1(x, y, w1, w2, b):
    return 2 * (x * 2 * w2 + x * w1 + b - y) * x


def gradient_w2(x, y, w1, w2, b):
    return 2 * (x * 2 * w2 + x * w1 + b - y) * x * 2


def gradient_b(x, y, w1, w2, b):
    return 2 * (x * 2 * w2 + x * w1 + b - y)


# %% 3-3 [sequential-update]: each weight moved before the next gradient is taken
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            w1 -= lr * 2 * x * (x**2 * w2 + x * w1 + b - y)
            w2 -= lr * 2 * x**2 * (x**2 * w2 + x * w1 + b - y)
            b -= lr * 2 * (x**2 * w2 + x * w1 + b - y)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [sequential-update]: the first weight moved before the other gradients are taken
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            w1 = w1 - lr * gradient_w1(x, y, w1, w2, b)
            g2, gb = gradient_w2(x, y, w1, w2, b), gradient_b(x, y, w1, w2, b)
            w2, b = w2 - lr * g2, b - lr * gb
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [sequential-update]: one after another, the bias first
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            b = b - lr * gradient_b(x, y, w1, w2, b)
            w1 = w1 - lr * gradient_w1(x, y, w1, w2, b)
            w2 = w2 - lr * gradient_w2(x, y, w1, w2, b)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [weight-not-moved]: the bias forgotten
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2 = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [wrong-start]: weights of 1, as in the example, whatever is given
def train(xs, ys, w1, w2, b, lr, epochs):
    w1 = w2 = b = 1.0
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [wrong-order]: the weights returned as the formula has them
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w2, w1, b, losses


# %% 3-3 [wrong-order]: the losses returned before the weights
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return losses, w1, w2, b


# %% 3-3 [differs-by-call]: the samples shuffled in each epoch
import random


def train(xs, ys, w1, w2, b, lr, epochs):
    samples = list(zip(xs, ys))
    losses = []
    for _ in range(epochs):
        random.shuffle(samples)
        for x, y in samples:
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in samples) / len(samples))
    return w1, w2, b, losses


# %% 3-3 [loss-on-the-way]: the mean of the losses met in the epoch
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            total += e**2
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(total / len(xs))
    return w1, w2, b, losses


# %% 3-3 [set-for-moved]: =- for -=
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            g1, g2 = gradient_w1(x, y, w1, w2, b), gradient_w2(x, y, w1, w2, b)
            gb = gradient_b(x, y, w1, w2, b)
            w1 =- lr * g1
            w2 =- lr * g2
            b =- lr * gb
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [whole-batch]: one step per epoch with the mean gradient
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        errors = [x**2 * w2 + x * w1 + b - y for x, y in zip(xs, ys)]
        w1 -= lr * sum(2 * x * e for x, e in zip(xs, errors)) / len(xs)
        w2 -= lr * sum(2 * x**2 * e for x, e in zip(xs, errors)) / len(xs)
        b -= lr * sum(2 * e for e in errors) / len(xs)
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [ascent]: the gradient added
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 + lr * 2 * x * e, w2 + lr * 2 * x**2 * e, b + lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [no-step]: the losses are computed, the weights never moved
def train(xs, ys, w1, w2, b, lr, epochs):
    loss = sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs)
    return w1, w2, b, [loss] * epochs


# %% 3-3 [one-epoch]: returned from inside the loop
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
        return w1, w2, b, losses


# %% 3-3 [sum-for-mean]: losses summed over the samples
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)))
    return w1, w2, b, losses


# %% 3-3 [last-sample-only]: the loss of the last sample, as the lectures print it
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append((x**2 * w2 + x * w1 + b - y) ** 2)
    return w1, w2, b, losses


# %% 3-3: half of the epochs
def train(xs, ys, w1, w2, b, lr, epochs):
    losses = []
    for _ in range(epochs // 2):
        for x, y in zip(xs, ys):
            e = x**2 * w2 + x * w1 + b - y
            w1, w2, b = w1 - lr * 2 * x * e, w2 - lr * 2 * x**2 * e, b - lr * 2 * e
        losses.append(sum((x**2 * w2 + x * w1 + b - y) ** 2 for x, y in zip(xs, ys)) / len(xs))
    return w1, w2, b, losses


# %% 3-3 [wrong-parts]: only the losses returned
def train(xs, ys, w1, w2, b, lr, epochs):
    return [0.0] * epochs


# %% 3-4 [ascent]: uphill
def sgd_step(w, grad, lr):
    return w + lr * grad


# %% 3-4 [no-learning-rate]: the full gradient
def sgd_step(w, grad, lr):
    return w - grad


# %% 3-4 [dampened]: the gradient scaled as in a moving average
def momentum_step(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity + (1 - momentum) * grad
    return w - lr * velocity, velocity


# %% 3-4 [scaled-velocity]: the learning rate inside of the velocity
def momentum_step(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity + lr * grad
    return w - velocity, velocity


# %% 3-4 [old-velocity]: stepped before the velocity is updated
def momentum_step(w, grad, velocity, lr, momentum):
    return w - lr * velocity, momentum * velocity + grad


# %% 3-4 [no-decay]: the velocity never fades
def momentum_step(w, grad, velocity, lr, momentum):
    velocity = velocity + grad
    return w - lr * velocity, velocity


# %% 3-4 [not-looking-ahead]: plain momentum under another name
def nesterov_step(w, grad_at, velocity, lr, momentum):
    velocity = momentum * velocity + grad_at(w)
    return w - lr * velocity, velocity


# %% 3-4 [look-ahead-without-lr]: the look-ahead is too far
def nesterov_step(w, grad_at, velocity, lr, momentum):
    velocity = momentum * velocity + grad_at(w - momentum * velocity)
    return w - lr * velocity, velocity


# %% 3-4 [step-for-weight]: the step, and not where it leads
def sgd_step(w, grad, lr):
    return lr * grad


# %% 3-4 [swapped-results]: the velocity first
def momentum_step(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity + grad
    return velocity, w - lr * velocity


# %% 3-4 [descending-velocity]: a velocity that points downhill
def momentum_step(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity - lr * grad
    return w + velocity, velocity


# %% 3-4 [step-from-ahead]: stepped from the point ahead
def nesterov_step(w, grad_at, velocity, lr, momentum):
    ahead = w - lr * momentum * velocity
    velocity = momentum * velocity + grad_at(ahead)
    return ahead - lr * velocity, velocity


# %% 3-4 [last-batch-dropped]: the rest is lost
def minibatches(xs, ys, batch_size):
    full = len(xs) // batch_size
    return [
        (xs[i * batch_size : (i + 1) * batch_size], ys[i * batch_size : (i + 1) * batch_size]) for i in range(full)
    ]


# %% 3-4 [overlapping-batches]: overlapping windows instead of batches
def minibatches(xs, ys, batch_size):
    return [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in range(len(xs))]


# %% 3-4 [wrong-parts]: the weight alone
def momentum_step(w, grad, velocity, lr, momentum):
    velocity = momentum * velocity + grad
    return w - lr * velocity


# %% 3-4 [descending-velocity]: Nesterov's with a velocity that points downhill
def nesterov_step(w, grad_at, velocity, lr, momentum):
    velocity = momentum * velocity - lr * grad_at(w + momentum * velocity)
    return w + velocity, velocity


# %% 3-4 [scaled-velocity]: Nesterov's with the learning rate inside of the velocity
def nesterov_step(w, grad_at, velocity, lr, momentum):
    velocity = momentum * velocity + lr * grad_at(w - momentum * velocity)
    return w - velocity, velocity


# %% 3-4 [empty-last-batch]: one batch more, whether anything is left for it or not
def minibatches(xs, ys, batch_size):
    starts = [i * batch_size for i in range(len(xs) // batch_size + 1)]
    return [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in starts]
