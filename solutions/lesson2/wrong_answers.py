"""Mistakes in lesson 2 that the graders must catch, each with the diagnosis that it must get."""

# %% 2-1 [added]: the weight added
def forward(x, w):
    return x + w


# %% 2-1 [power]: one star too many
def forward(x, w):
    return x**w


# %% 2-1 [forgot-return]: printed instead of returned
def forward(x, w):
    print(x * w)


# %% 2-1 [raised]: numbers only
def forward(x, w):
    return float(x) * float(w)


# %% 2-1 [absolute-error]: the absolute difference
def loss(x, y, w):
    return abs(x * w - y)


# %% 2-1 [missing-square]: no square
def loss(x, y, w):
    return forward(x, w) - y


# %% 2-1 [square-of-y-only]: parentheses forgotten
def loss(x, y, w):
    return forward(x, w) - y**2


# %% 2-1 [squares-apart]: the squares subtracted
def loss(x, y, w):
    return forward(x, w) ** 2 - y**2


# %% 2-1 [raised]: a caret for the power
def loss(x, y, w):
    return (forward(x, w) - y) ^ 2


# %% 2-1 [no-weight]: input against output
def loss(x, y, w):
    return (x - y) ** 2


# %% 2-1 [swapped-arguments]: x and y in each other's place
def loss(x, y, w):
    return (forward(y, w) - x) ** 2


# %% 2-1 [constant-factor]: half of it, as some textbooks have it
def loss(x, y, w):
    return (forward(x, w) - y) ** 2 / 2


# %% 2-1 [reduced-too-far]: averaged already
import numpy as np


def loss(x, y, w):
    return np.mean((np.asarray(x) * np.asarray(w) - np.asarray(y)) ** 2)


# %% 2-1 [unwritten]: loss is still the stub
def loss(x, y, w):
    raise NotImplementedError


# %% 2-2 [sum-for-mean]: the sum
def mse(xs, ys, w):
    return sum(loss(x, y, w) for x, y in zip(xs, ys))


# %% 2-2 [first-sample-only]: returned inside the loop
def mse(xs, ys, w):
    total = 0
    for x, y in zip(xs, ys):
        total += loss(x, y, w)
        return total / len(xs)


# %% 2-2 [last-sample-only]: assigned, not added
def mse(xs, ys, w):
    for x, y in zip(xs, ys):
        total = loss(x, y, w)
    return total / len(xs)


# %% 2-2 [fixed-count]: three samples, always
def mse(xs, ys, w):
    return sum(loss(x, y, w) for x, y in zip(xs, ys)) / 3


# %% 2-2 [square-of-mean]: averaged, then squared
def mse(xs, ys, w):
    return (sum(forward(x, w) - y for x, y in zip(xs, ys)) / len(xs)) ** 2


# %% 2-2 [square-root]: the root of it
def mse(xs, ys, w):
    return (sum(loss(x, y, w) for x, y in zip(xs, ys)) / len(xs)) ** 0.5


# %% 2-2 [n-minus-one]: the statistician's variance
def mse(xs, ys, w):
    return sum(loss(x, y, w) for x, y in zip(xs, ys)) / (len(xs) - 1)


# %% 2-2 [not-reduced]: a loss for each sample
def mse(xs, ys, w):
    return [loss(x, y, w) for x, y in zip(xs, ys)]


# %% 2-2 [raised]: a list times a number
def mse(xs, ys, w):
    return sum((xs * w - ys) ** 2) / len(xs)


# %% 2-2 [mean-difference]: no absolute value
def mae(xs, ys, w):
    return sum(forward(x, w) - y for x, y in zip(xs, ys)) / len(xs)


# %% 2-2 [absolute-of-mean]: averaged first
def mae(xs, ys, w):
    return abs(sum(forward(x, w) - y for x, y in zip(xs, ys)) / len(xs))


# %% 2-2 [squared-error]: the other error under this name
def mae(xs, ys, w):
    return mse(xs, ys, w)


# %% 2-2 [root-of-mean]: the root of the squares, taken too late
def mae(xs, ys, w):
    return mse(xs, ys, w) ** 0.5


# %% 2-2 [largest-loss]: the worst sample
def mae(xs, ys, w):
    return max(abs(forward(x, w) - y) for x, y in zip(xs, ys))


# %% 2-2: the number of samples taken from the weight
def mae(xs, ys, w):
    return sum(abs(forward(x, w) - y) for x, y in zip(xs, ys)) / w


# %% 2-3 [smallest-only]: the smallest error alone
def sweep(xs, ys, ws):
    return min(mse(xs, ys, w) for w in ws)


# %% 2-3 [pairs]: each weight with its error
def sweep(xs, ys, ws):
    return [(w, mse(xs, ys, w)) for w in ws]


# %% 2-3 [dict-for-sequence]: a dictionary of errors
def sweep(xs, ys, ws):
    return {w: mse(xs, ys, w) for w in ws}


# %% 2-3 [iterator-returned]: a generator
def sweep(xs, ys, ws):
    return (mse(xs, ys, w) for w in ws)


# %% 2-3 [first-only]: returned inside the loop
def sweep(xs, ys, ws):
    losses = []
    for w in ws:
        losses.append(mse(xs, ys, w))
        return losses


# %% 2-3 [last-only]: the list made anew for each weight
def sweep(xs, ys, ws):
    for w in ws:
        losses = []
        losses.append(mse(xs, ys, w))
    return losses


# %% 2-3 [sorted]: in the order of the errors
def sweep(xs, ys, ws):
    return sorted(mse(xs, ys, w) for w in ws)


# %% 2-3 [mean-absolute]: the other error
def sweep(xs, ys, ws):
    return [mae(xs, ys, w) for w in ws]


# %% 2-3 [index-for-weight]: the place of the best weight
def best_weight(xs, ys, ws):
    losses = sweep(xs, ys, ws)
    return losses.index(min(losses))


# %% 2-3 [loss-for-weight]: the error of the best weight
def best_weight(xs, ys, ws):
    return min(sweep(xs, ys, ws))


# %% 2-3 [weight-and-loss]: both
def best_weight(xs, ys, ws):
    losses = sweep(xs, ys, ws)
    return ws[losses.index(min(losses))], min(losses)


# %% 2-3 [largest-loss]: the comparison the wrong way round
def best_weight(xs, ys, ws):
    return max(ws, key=lambda w: mse(xs, ys, w))


# %% 2-3 [stops-early]: stopped where the error first grows
def best_weight(xs, ys, ws):
    best = ws[0]
    for w in ws[1:]:
        if mse(xs, ys, w) >= mse(xs, ys, best):
            break
        best = w
    return best


# %% 2-3 [sorted-weights]: the weights sorted, the errors not
def best_weight(xs, ys, ws):
    losses = sweep(xs, ys, ws)
    return sorted(ws)[losses.index(min(losses))]


# %% 2-3 [own-weights]: weights of its own
def best_weight(xs, ys, ws):
    return min([i / 10 for i in range(41)], key=lambda w: mse(xs, ys, w))


# %% 2-3 [not-in-ws]: least squares
def best_weight(xs, ys, ws):
    return sum(x * y for x, y in zip(xs, ys)) / sum(x * x for x in xs)


# %% 2-3 [returns-last]: the comparison forgotten
def best_weight(xs, ys, ws):
    for w in ws:
        best = w
    return best


# %% 2-3 [returns-last]: each compared with a smallest error that is never updated
def best_weight(xs, ys, ws):
    smallest = float("inf")
    for w in ws:
        if mse(xs, ys, w) < smallest:
            best = w
    return best


# %% 2-3 [mean-absolute]: the other error compared
def best_weight(xs, ys, ws):
    return min(ws, key=lambda w: mae(xs, ys, w))


# %% 2-3 [initial-loss]: a start that is not large enough
def best_weight(xs, ys, ws):
    best, smallest = None, 1000
    for w in ws:
        if mse(xs, ys, w) < smallest:
            best, smallest = w, mse(xs, ys, w)
    return best


# %% 2-3 [last-of-ties]: less or equal
def best_weight(xs, ys, ws):
    best = ws[0]
    for w in ws:
        if mse(xs, ys, w) <= mse(xs, ys, best):
            best = w
    return best


# %% 2-3 [smallest-of-ties]: the least of the pairs
def best_weight(xs, ys, ws):
    return min(zip(sweep(xs, ys, ws), ws))[1]


# %% 2-4 [divided]: divided by the factor
def rescale(xs, factor):
    return [x / factor for x in xs]


# %% 2-4 [ignored-argument]: divided by the largest
def rescale(xs, factor):
    return [x / max(xs) for x in xs]


# %% 2-4 [modified-input]: written into the list or array itself
def rescale(xs, factor):
    for i in range(len(xs)):
        xs[i] = xs[i] * factor
    return xs


# %% 2-4 [modified-input]: an array multiplied in place
import numpy as np


def rescale(xs, factor):
    xs = np.asarray(xs)
    xs *= factor
    return xs


# %% 2-4 [raised]: a list times a number
def rescale(xs, factor):
    return xs * factor


# %% 2-4 [forgot-return]: nothing returned
def rescale(xs, factor):
    scaled = [x * factor for x in xs]


# %% 2-4 [first-only]: returned inside the loop
def rescale(xs, factor):
    for x in xs:
        return [x * factor]


# %% 2-4 [not-rescaled]: swept over the area as it is
def fit_area_price(area, price, ws):
    return 1.0, best_weight(area, price, ws)


# %% 2-4 [swept-unscaled]: rescaled, then swept over the area as it was
def fit_area_price(area, price, ws):
    rescale(area, 0.001)
    return 0.001, best_weight(area, price, ws)


# %% 2-4 [divided]: the factor is what the area is divided by
def fit_area_price(area, price, ws):
    factor = max(area)
    return factor, best_weight([a / factor for a in area], price, ws)


# %% 2-4 [swapped-results]: the weight first
def fit_area_price(area, price, ws):
    return best_weight(rescale(area, 0.001), price, ws), 0.001


# %% 2-4 [too-coarse]: not small enough
def fit_area_price(area, price, ws):
    return 0.1, best_weight(rescale(area, 0.1), price, ws)


# %% 2-4 [too-small]: too small
def fit_area_price(area, price, ws):
    return 0.0001, best_weight(rescale(area, 0.0001), price, ws)


# %% 2-4 [wrong-parts]: only the weight
def fit_area_price(area, price, ws):
    return best_weight(rescale(area, 0.001), price, ws)


# %% 2-4 [not-in-ws]: least squares instead of a sweep
def fit_area_price(area, price, ws):
    scaled = area * 0.001
    return 0.001, (scaled @ price) / (scaled @ scaled)


# %% 2-4 [modified-input]: the caller's area changed in place
def fit_area_price(area, price, ws):
    factor = 1 / max(area)
    area *= factor
    return factor, best_weight(area, price, ws)


# %% 2-4 [divided]: the prices rescaled instead of the areas
def fit_area_price(area, price, ws):
    factor = 1000
    return factor, best_weight(area, price * factor, ws)


# %% 2-4 [not-the-best]: the numbers of one town, for every town
def fit_area_price(area, price, ws):
    return 0.001, 3.5


# %% 2-5 [forgot-return]: drawn, and nothing returned
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    plt.plot(ws, losses)
    plt.xlabel("w")
    plt.ylabel("loss")


# %% 2-5 [not-axes]: the lines returned
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    plt.xlabel("w")
    plt.ylabel("loss")
    return plt.plot(ws, losses)


# %% 2-5 [not-axes]: the figure returned
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, losses)
    axes.set(xlabel="w", ylabel="loss")
    return figure


# %% 2-5 [not-axes]: pyplot itself returned
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    plt.plot(ws, losses)
    plt.xlabel("w")
    plt.ylabel("loss")
    return plt


# %% 2-5 [swapped-axes]: the losses along x
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(losses, ws)
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-5 [no-weights]: the losses alone
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(losses)
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-5 [no-line]: points instead of a line
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.scatter(ws, losses)
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-5 [no-line]: an empty pair of axes, the line drawn in others
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    plt.plot(ws, losses)
    figure, axes = plt.subplots()
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-5 [missing-label]: a title instead of labels
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, losses)
    axes.set_title("loss against w")
    return axes


# %% 2-5 [swapped-labels]: the labels exchanged
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, losses)
    axes.set(xlabel="loss", ylabel="w")
    return axes


# %% 2-5 [wrong-label]: the labels of the data
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, losses)
    axes.set(xlabel="x", ylabel="y")
    return axes


# %% 2-5 [own-weights]: the weights of the lesson, not those given
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot([i / 10 for i in range(41)][: len(losses)], losses)
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-5: a range of its own, with as many weights
import matplotlib.pyplot as plt
import numpy as np


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(np.linspace(0, 4, len(losses)), losses)
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-5 [not-axes]: figure and axes returned
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, losses)
    axes.set(xlabel="w", ylabel="loss")
    return figure, axes


# %% 2-5 [sorted]: the losses put in order
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, sorted(losses))
    axes.set(xlabel="w", ylabel="loss")
    return axes


# %% 2-1 [double-for-square]: one star too few
def loss(x, y, w):
    return (forward(x, w) - y) * 2


# %% 2-2 [first-missing]: counted from 1
def mse(xs, ys, w):
    return sum(loss(xs[i], ys[i], w) for i in range(1, len(xs))) / len(xs)


# %% 2-3 [sorted-weights]: swept in ascending order
def sweep(xs, ys, ws):
    return [mse(xs, ys, w) for w in sorted(ws)]


# %% 2-3 [accumulated]: a total that is never set back
def sweep(xs, ys, ws):
    errors, total = [], 0.0
    for w in ws:
        for x, y in zip(xs, ys):
            total += (x * w - y) ** 2
        errors.append(total / len(xs))
    return errors


# %% 2-3 [first-missing]: the first weight never looked at
def best_weight(xs, ys, ws):
    errors, best = sweep(xs, ys, ws), 1
    for i in range(1, len(ws)):
        if errors[i] < errors[best]:
            best = i
    return ws[best]


# %% 2-3 [last-missing]: the last weight never looked at
def best_weight(xs, ys, ws):
    errors, best = sweep(xs, ys, ws), 0
    for i in range(len(ws) - 1):
        if errors[i] < errors[best]:
            best = i
    return ws[best]


# %% 2-4 [whole-numbers]: written into an array like the given one
import numpy as np


def rescale(xs, factor):
    scaled = np.zeros_like(xs)
    for i, x in enumerate(xs):
        scaled[i] = x * factor
    return scaled


# %% 2-4 [moved]: from 0 to 1
import numpy as np


def rescale(xs, factor):
    xs = np.array(xs)
    return (xs - xs.min()) / (xs.max() - xs.min())


# %% 2-4 [swept-unscaled]: the prices rescaled, too
def fit_area_price(area, price, ws):
    return 0.001, best_weight(rescale(area, 0.001), rescale(price, 0.001), ws)


# %% 2-5 [no-line]: marks alone
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    axes.plot(ws, losses, "o")
    axes.set_xlabel("w")
    axes.set_ylabel("loss")
    return axes


# %% 2-5 [one-point-lines]: a plot for each point
import matplotlib.pyplot as plt


def plot_cost(ws, losses):
    figure, axes = plt.subplots()
    for w, loss in zip(ws, losses):
        axes.plot(w, loss)
    axes.set_xlabel("w")
    axes.set_ylabel("loss")
    return axes
