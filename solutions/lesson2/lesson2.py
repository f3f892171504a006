# %% [markdown]
# # Lesson 2: Linear model
#
# One hour of study earned 2 points in the exam, two hours 4 points, three hours 6. What will four hours earn? You know
# the answer, because you saw the rule. A program has to find it, and it goes about it like this: take a *model*, a
# formula with a knob on it; turn the knob; keep the setting that fits the data best. Here the model is a straight
# line through the origin,
#
# $$ \hat y = x\,w $$
#
# where $x$ is the input (hours), $\hat y$ ("y hat") is the *prediction* of the output $y$ (points), and the knob $w$
# is called the *weight*. All of deep learning is this with more knobs, and with a cleverer way to turn them.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

from course import check
from course.data import house_prices

# %% [markdown]
# Here are the data and three settings of the knob. The dotted lines show by how much the weight 1 misses each sample.

# %%
xs = [1.0, 2.0, 3.0]
ys = [2.0, 4.0, 6.0]

for w in (1, 2, 3):
    plt.plot([0, 4], [0, 4 * w], label=f"w = {w}")
plt.vlines(xs, xs, ys, linestyles="dotted", colors="black")
plt.plot(xs, ys, "ko", label="data")
plt.xlabel("x: hours of study")
plt.ylabel("y: points")
plt.legend()
plt.show()

# %% [markdown]
# ## Exercise 2-1: Prediction and loss
#
# Calculating the prediction from the input is called the *forward pass*. The *loss* says how wrong that prediction is: it is
# the difference between prediction and truth, squared.
#
# $$ loss = (\hat y - y)^2 = (x\,w - y)^2 $$
#
# The square makes every miss positive, whether too high or too low, and lets large misses count for much more
# than small ones. Take the weight 1 and the sample $x = 3$, $y = 6$: the prediction is 3, the difference $-3$, the loss 9.
# With the weight 2 the prediction is 6 and the loss 0: no loss is better than none.
#
# Write both with plain arithmetic, and they will work for a whole array or tensor of samples at once, element by
# element: three samples, three losses. (Averaging them is the next exercise.)


# %%
def forward(x, w):
    """Return the prediction of the model for the input x.

    x and w are numbers, NumPy arrays or tensors; arrays and tensors are broadcast against each other.
    Example: forward(3.0, 2.0) is 6.0.
    """
    ### BEGIN SOLUTION
    return x * w
    ### END SOLUTION


def loss(x, y, w):
    """Return the squared difference between the prediction for x and the true y.

    x, y and w are numbers, NumPy arrays or tensors; for these, the result has one loss for each element.
    Example: loss(3.0, 6.0, 1.0) is 9.0.
    """
    ### BEGIN SOLUTION
    return (forward(x, w) - y) ** 2
    ### END SOLUTION


# %% points=2
check("2-1")

# %% [markdown]
# The same two functions, on three samples at once:

# %%
print("predictions of w = 1.5:", forward(np.array(xs), 1.5))
print("losses of w = 1.5:     ", loss(torch.tensor(xs), torch.tensor(ys), 1.5))

# %% [markdown]
# ## Exercise 2-2: One number for all samples
#
# To compare two weights we need one number for each, not one for each sample: the average of the losses, the *mean
# squared error*. $N$ is the number of samples.
#
# $$ MSE = \frac{1}{N} \sum_{n=1}^{N} (\hat y_n - y_n)^2 $$
#
# It is a mean, not a sum, so that it does not grow merely because there are more samples. Its sister, the *mean absolute
# error*, leaves the square out and drops the sign instead:
#
# $$ MAE = \frac{1}{N} \sum_{n=1}^{N} |\hat y_n - y_n| $$
#
# For the weight 1 and the data above, the differences are $-1$, $-2$ and $-3$: the mean squared error is
# $(1 + 4 + 9) / 3 = 14/3$, the mean absolute error $(1 + 2 + 3) / 3 = 2$. The two disagree about *outliers*, samples
# far from all others. Below, three small misses and a wild one:

# %%
misses = np.array([1.0, -1.0, 1.0, 9.0])
for name, sizes in [("absolute", np.abs(misses)), ("squared", np.square(misses))]:
    share = sizes[3] / sizes.sum()
    print(f"{name:>8}: {sizes}  mean {sizes.mean()}, {share:.0%} of it from the wild one")


# %%
def mse(xs, ys, w):
    """Return the mean squared error of the weight w, a number.

    xs, ys: lists or arrays of numbers of equal length, the samples. w: a number.
    Example: mse([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 1.0) is 14/3, about 4.667.
    """
    ### BEGIN SOLUTION
    return sum(loss(x, y, w) for x, y in zip(xs, ys)) / len(xs)
    ### END SOLUTION


def mae(xs, ys, w):
    """Return the mean absolute error of the weight w, a number.

    xs, ys: lists or arrays of numbers of equal length, the samples. w: a number.
    Example: mae([1.0, 2.0, 3.0], [2.0, 4.0, 6.0], 1.0) is 2.0.
    """
    ### BEGIN SOLUTION
    return sum(abs(forward(x, w) - y) for x, y in zip(xs, ys)) / len(xs)
    ### END SOLUTION


# %% points=2
check("2-2")

# %% [markdown]
# ## Exercise 2-3: Trying them all
#
# With one knob, the simplest way to find its best setting is to try many: a *sweep*. Note the mean squared error of
# each weight; the best weight is the one with the smallest.
#
# Return the weight itself, not its error and not its place in the list. The weights may come in any order, and two
# may be equally good: 1 and 3 are, for our data, as both miss by the same amount on either side of 2. Then take the
# one that stands first in the list.


# %%
def sweep(xs, ys, ws):
    """Return the mean squared errors of the weights ws, as a list in the same order.

    xs, ys: lists or arrays of numbers of equal length, the samples. ws: a list of numbers, in any order.
    Example: sweep([1.0, 2.0], [2.0, 4.0], [3.0, 2.0, 0.0]) is [2.5, 0.0, 10.0].
    """
    ### BEGIN SOLUTION
    return [mse(xs, ys, w) for w in ws]
    ### END SOLUTION


def best_weight(xs, ys, ws):
    """Return the weight of ws with the smallest mean squared error; of equally good ones, the first in ws.

    xs, ys: lists or arrays of numbers of equal length, the samples. ws: a list of numbers, in any order.
    Example: best_weight([1.0, 2.0], [2.0, 4.0], [3.0, 2.0, 0.0]) is 2.0.
    """
    ### BEGIN SOLUTION
    losses = sweep(xs, ys, ws)
    return ws[losses.index(min(losses))]
    ### END SOLUTION


# %% points=3
check("2-3")

# %% [markdown]
# Now let it find the rule behind the exam. (`i / 10`, because adding 0.1 again and again drifts:
# `0.1 + 0.1 + 0.1` is 0.30000000000000004.)

# %%
ws = [i / 10 for i in range(41)]
for w, error in zip(ws[::10], sweep(xs, ys, ws)[::10]):
    print(f"w = {w}: mean squared error {error:6.3f}")
best = best_weight(xs, ys, ws)
print(f"best of {len(ws)} weights: {best}, so four hours earn {4 * best} points")

# %% [markdown]
# ## Exercise 2-4: When the sweep finds nothing
#
# Real features come in units that somebody else chose. Here are sixty houses: areas in square metres, prices in
# millions. (They are made up, by `course.data.house_prices`, with some haggling in the prices.)

# %%
area, price = house_prices()
plt.scatter(area, price)
plt.xlabel("area in square metres")
plt.ylabel("price in millions")
plt.show()

# %% [markdown]
# A line through the origin would do nicely. So, which weight does the sweep choose?

# %%
print(
    f"best weight {best_weight(area, price, ws)}, mean squared error {min(sweep(area, price, ws)):.2f}"
)

# %% [markdown]
# Zero: every house is free! There is no mistake in the sweep. A square metre costs about 3,500, which is 0.0035
# millions, so the best weight lies between 0.0 and 0.1, and there the sweep has nothing to offer. The next weight,
# 0.1, is almost thirty times too large, and far worse than giving the houses away.
#
# We could sweep in finer steps. What one does instead is to *rescale the feature*: to multiply every area by a factor,
# which is to measure it in another unit, so that a good weight is of ordinary size. (Gradient descent, from
# lesson 3 on, needs this even more than a sweep does.) The factor is then a part of the model:
#
# $$ \hat y = (factor \cdot x)\,w $$
#
# Choose it so that the best weight falls well inside of 0.0 to 4.0. If the factor is too large, the best weight is small,
# and steps of 0.1 are too coarse for it; if it is too small, the best weight lies beyond 4.0. Areas go up to 400, prices to
# about 1.5: how large should a rescaled area be?
#
# And when is a fit good? Compare it with the simplest model there is, which answers the mean price for every house,
# whatever its area. The mean squared error of that is the variance of the prices, `np.var(price)`. Yours must be less than
# 0.4 times as large, in other towns, too, where houses cost half as much or a little more.
#
# One thing to take care of: leave the caller's data as they are. `xs *= factor` would write into the array that you
# were given, and whoever called you twice would have areas rescaled twice.


# %%
def rescale(xs, factor):
    """Return the values of xs, each times factor, as a new list or array; xs itself stays as it is.

    xs: a list of numbers or a NumPy array, whole numbers or decimal ones. factor: a number.
    Example: rescale([100.0, 250.0], 0.01) is [1.0, 2.5].
    """
    ### BEGIN SOLUTION
    return [x * factor for x in xs]
    ### END SOLUTION


def fit_area_price(area, price, ws):
    """Choose a factor for the area and return (factor, w), w being the best of ws for the rescaled area.

    area, price: NumPy arrays of equal length, square metres and millions; both stay as they are.
    ws: the weights to try, a list such as 0.0, 0.1, ... 4.0.
    The mean squared error of area * factor * w must be less than 0.4 times the variance of price.

    Example: for np.array([100.0, 200.0]) and np.array([0.35, 0.7]), (0.001, 3.5) is one good answer of many.
    """
    ### BEGIN SOLUTION
    factor = 1 / max(area)
    return factor, best_weight(rescale(area, factor), price, ws)
    ### END SOLUTION


# %% points=4
check("2-4")

# %%
factor, w = fit_area_price(area, price, ws)
print(f"factor {factor:.5f}, weight {w}: a square metre costs {factor * w * 1e6:.0f}")
plt.scatter(area, price)
plt.plot([0, 400], [0, 400 * factor * w], "k--", label=f"area · {factor:.5f} · {w}")
plt.xlabel("area in square metres")
plt.ylabel("price in millions")
plt.legend()
plt.show()

# %% [markdown]
# ## Exercise 2-5: The shape of the cost
#
# A table of forty-one errors is hard to read; a curve is not. Draw the errors of a sweep against its weights.
# In matplotlib a plot is an object, its *axes*: `figure, axes = plt.subplots()` makes an empty one, `axes.plot(…, …)` draws a
# line into it, first the values along x, then those along y, and `axes.set_xlabel(…)` names what runs along x. Return the axes, so
# that whoever called you can add to the drawing.


# %%
def plot_cost(ws, losses):
    """Draw a line of the losses against the weights and return the Axes that it is in.

    ws: a list of numbers, ascending, along x; label that axis "w".
    losses: a list of as many numbers, along y; label that axis "loss".
    """
    ### BEGIN SOLUTION
    figure, axes = plt.subplots()
    axes.plot(ws, losses)
    axes.set_xlabel("w")
    axes.set_ylabel("loss")
    return axes
    ### END SOLUTION


# %% points=2
check("2-5")

# %%
axes = plot_cost(ws, sweep(xs, ys, ws))
axes.plot(best, 0, "o")
axes.annotate("the best weight", (best, 0), (best - 0.4, 5), arrowprops={"arrowstyle": "->"})
plt.show()

# %% [markdown]
# A valley with one lowest point, and the slope tells from anywhere which way it lies. Forty-one tries were enough to find
# it with one weight. With a million weights they will not be, and lesson 3 uses the slope instead.
