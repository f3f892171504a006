# %% [markdown]
# # Lesson 3: Gradient descent
#
# In lesson 2 you found the best weight by trying 41 of them. With one weight that is quick; with two weights
# 41 values each make 1,681 pairs, and a network has millions of weights. Trying is hopeless. What helps is to
# ask, at the weight you have, **which way is downhill?** and to take a small step that way:
#
# $$ w \leftarrow w - \alpha \, \frac{\partial \, loss}{\partial w} $$
#
# The derivative $\partial loss / \partial w$ (the *gradient*) is the slope of the loss when only $w$ moves: that is
# what the round $\partial$ says, for a model with other weights, too. It is positive where the loss grows with $w$,
# so we go the other way: hence the minus. $\alpha$, the *learning rate* (`lr` in code), says how far. Repeat until
# the loss no longer falls. That is gradient descent, and every network in this course learns by it.

# %%
import matplotlib.pyplot as plt

from course import check

# %% [markdown]
# Here is the cost of the model $\hat y = x\,w$ on the data of lesson 2, with the slope at three weights. Left of the
# valley the slope is negative, so a step against it goes right; right of the valley it is positive. At the bottom
# it is zero, and the walk ends by itself.

# %%
xs = [1.0, 2.0, 3.0]
ys = [2.0, 4.0, 6.0]


def cost(w):
    return sum((x * w - y) ** 2 for x, y in zip(xs, ys)) / len(xs)


weights = [i / 20 for i in range(81)]
plt.plot(weights, [cost(w) for w in weights], label="cost")
for w in (0.5, 2.0, 3.2):
    slope = (cost(w + 1e-6) - cost(w - 1e-6)) / 2e-6
    nearby = [w - 0.4, w + 0.4]
    plt.plot(
        nearby,
        [cost(w) + slope * (v - w) for v in nearby],
        "--",
        label=f"slope {slope:.1f} at w = {w}",
    )
plt.xlabel("w")
plt.ylabel("mean squared error")
plt.legend()
plt.show()

# %% [markdown]
# ## A worked example: the slope of a parabola
#
# Take the loss $(3w - 6)^2$, which is what one sample, $x = 3$ and $y = 6$, contributes. The chain rule says: the
# derivative of the outer square, times the derivative of what is inside.
#
# $$ \frac{d}{dw} (3w - 6)^2 \;=\; \underbrace{2\,(3w - 6)}_{\text{outer}} \cdot \underbrace{3}_{\text{inner}} $$
#
# At $w = 1$ that is $2 \cdot (-3) \cdot 3 = -18$. A derivative can always be checked without any calculus: nudge $w$
# a little and see by how much the loss moves.

# %%
w, nudge = 1.0, 1e-6
rise = (3 * (w + nudge) - 6) ** 2 - (3 * (w - nudge) - 6) ** 2
print("by the chain rule:", 2 * (3 * w - 6) * 3)
print("by nudging:       ", round(rise / (2 * nudge), 4))

# %% [markdown]
# ## Exercise 3-1: The gradient of one weight
#
# For the model $\hat y = x\,w$ and one sample, the loss is $(x w - y)^2$. Write its derivative with respect to $w$.


# %%
def gradient(x, y, w):
    """Return the derivative of (x * w - y)**2 with respect to w.

    x, y and w are numbers, and so is the result. Example: gradient(1.0, 2.0, 1.0) is -2.0.
    """
    ### BEGIN SOLUTION
    return 2 * x * (x * w - y)
    ### END SOLUTION


# %% points=2
check("3-1")

# %% [markdown]
# ## Exercise 3-2: Three weights, three gradients
#
# A straight line through the origin fits little. Give the model a curve and an offset:
#
# $$ \hat y = x^2 w_2 + x\, w_1 + b, \qquad loss = (\hat y - y)^2 $$
#
# Now there are three slopes, one for each weight. The outer part, $2(\hat y - y)$, is the same in all three; the
# inner part is the derivative of $\hat y$ with respect to *that* weight while the others stand still. Ask for each
# weight: if I nudge it by a little, by how much does $\hat y$ move?


# %%
def gradient_w1(x, y, w1, w2, b):
    """Return the derivative of (x**2 * w2 + x * w1 + b - y)**2 with respect to w1, a number.

    Example: gradient_w1(2.0, 3.0, 1.0, 1.0, 1.0) is 16.0.
    """
    ### BEGIN SOLUTION
    return 2 * x * (x**2 * w2 + x * w1 + b - y)
    ### END SOLUTION


def gradient_w2(x, y, w1, w2, b):
    """Return the derivative of (x**2 * w2 + x * w1 + b - y)**2 with respect to w2, a number.

    Example: gradient_w2(2.0, 3.0, 1.0, 1.0, 1.0) is 32.0.
    """
    ### BEGIN SOLUTION
    return 2 * x**2 * (x**2 * w2 + x * w1 + b - y)
    ### END SOLUTION


def gradient_b(x, y, w1, w2, b):
    """Return the derivative of (x**2 * w2 + x * w1 + b - y)**2 with respect to b, a number.

    Example: gradient_b(2.0, 3.0, 1.0, 1.0, 1.0) is 8.0.
    """
    ### BEGIN SOLUTION
    return 2 * (x**2 * w2 + x * w1 + b - y)
    ### END SOLUTION


# %% points=3
check("3-2")

# %% [markdown]
# ## Exercise 3-3: Training
#
# Now walk. One *epoch* goes through the samples in order and, after each sample, moves all three weights against
# their gradients **at the same time**: compute all three gradients with the weights as they are, then change all
# three. At the end of each epoch note the mean squared error over all samples, so that you can watch it fall.


# %%
def train(xs, ys, w1, w2, b, lr, epochs):
    """Train the model x**2 * w2 + x * w1 + b sample by sample and return (w1, w2, b, losses).

    xs, ys: lists of numbers, the samples. w1, w2, b: the weights to start from. lr: the learning rate.
    epochs: how often to go through all samples. losses: a list with one number per epoch, the mean squared
    error over all samples with the weights at the end of that epoch.

    Example: train([1.0], [2.0], 1.0, 1.0, 1.0, lr=0.1, epochs=1) returns weights of 0.8 each and losses [0.16].
    """
    ### BEGIN SOLUTION
    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            error = x**2 * w2 + x * w1 + b - y
            w1 = w1 - lr * 2 * x * error
            w2 = w2 - lr * 2 * x**2 * error
            b = b - lr * 2 * error
        errors = [x**2 * w2 + x * w1 + b - y for x, y in zip(xs, ys)]
        losses.append(sum(error**2 for error in errors) / len(errors))
    return w1, w2, b, losses
    ### END SOLUTION


# %% points=4
check("3-3")

# %% [markdown]
# Once `train` works, watch it. The loss falls steeply and zigzags for some ten epochs: at $x = 3$ a step of this size
# overshoots and lands on the other side of the valley. Then it creeps, as the three weights trade against each other.
# Try `lr=0.04` with 20 epochs as well, and see what too large a step does. (The prediction for 4 is no 8 yet: near 1,
# 2 and 3 the curve fits, but it has not unlearnt its bend, and 4 lies outside.)

# %%
w1, w2, b, losses = train(xs, ys, 1.0, 1.0, 1.0, lr=0.01, epochs=100)
print(f"after 100 epochs: loss {losses[-1]:.4f}, prediction for x = 4: {16 * w2 + 4 * w1 + b:.3f}")
plt.semilogy(losses)
plt.xlabel("epoch")
plt.ylabel("mean squared error")
plt.show()

# %% [markdown]
# ## Exercise 3-4: Better steps
#
# Real data is neither taken sample by sample nor all at once, but in *mini-batches*, slices of a few samples each: a
# gradient over a few is steadier than that of one sample and cheaper than that of all. A step along it goes only
# roughly downhill, which gives the method its name, *stochastic* gradient descent, *SGD*.
#
# Plain descent forgets every step at once. *Momentum* keeps a velocity $v$, a fading sum of past gradients, so that
# steps in a steady direction grow and zigzags cancel. With the gradient $g$, a velocity that is 0 at the start, and
# $\mu$ (`momentum` in code, often 0.9), the share of it that survives a step:
#
# $$ v \leftarrow \mu\, v + g, \qquad w \leftarrow w - \alpha\, v $$
#
# *Nesterov's* momentum looks ahead first. The velocity will carry $w$ to $w - \alpha\,\mu\,v$ anyway, so it takes the
# gradient of that place, where it will be needed:
#
# $$ v \leftarrow \mu\, v + g(w - \alpha\,\mu\,v), \qquad w \leftarrow w - \alpha\, v $$
#
# (Sutskever, Martens, Dahl and Hinton, 2013, with the learning rate outside of $v$. `torch.optim.SGD` does the same
# for plain momentum; for Nesterov's it keeps the place ahead, $w - \alpha\,\mu\,v$, as its weight, so its numbers
# differ though the walk is the same. Return the weight of the formulas; torch's is accepted, too.)


# %%
def sgd_step(w, grad, lr):
    """Return the weight after one plain step: against the gradient `grad`, scaled by `lr`.

    Example: sgd_step(1.0, 4.0, 0.1) is 0.6.
    """
    ### BEGIN SOLUTION
    return w - lr * grad
    ### END SOLUTION


def momentum_step(w, grad, velocity, lr, momentum):
    """Return (w, velocity) after one step with momentum.

    Example: momentum_step(1.0, 4.0, 2.0, 0.1, 0.5) is (0.5, 5.0).
    """
    ### BEGIN SOLUTION
    velocity = momentum * velocity + grad
    return w - lr * velocity, velocity
    ### END SOLUTION


def nesterov_step(w, grad_at, velocity, lr, momentum):
    """Return (w, velocity) after one step with Nesterov's momentum.

    grad_at: a function; grad_at(w) is the gradient at w.

    Example: with a gradient of 2 * w, nesterov_step(1.0, lambda w: 2 * w, 2.0, 0.1, 0.5) is (0.72, 2.8).
    """
    ### BEGIN SOLUTION
    velocity = momentum * velocity + grad_at(w - lr * momentum * velocity)
    return w - lr * velocity, velocity
    ### END SOLUTION


def minibatches(xs, ys, batch_size):
    """Return the samples in order as a list of (xs, ys) pairs of lists, each of `batch_size` samples.

    The last batch is shorter where the samples do not fill it.

    Example: minibatches([1, 2, 3], [4, 5, 6], 2) is [([1, 2], [4, 5]), ([3], [6])].
    """
    ### BEGIN SOLUTION
    starts = range(0, len(xs), batch_size)
    return [(xs[i : i + batch_size], ys[i : i + batch_size]) for i in starts]
    ### END SOLUTION


# %% points=4
check("3-4")

# %% [markdown]
# And now a race. The valley below is twenty times as steep across as along: $loss = (u^2 + 20\, v^2) / 2$. Across it a
# step must be short, or it overshoots, and so plain steps crawl along it. With momentum they grow: it has arrived when
# plain descent is half-way. On the way it swings from side to side; Nesterov's, which looks ahead, brakes in time.


# %%
def gradient_of(steepness):
    return lambda w: steepness * w


def walk(step, w, grad_at):
    """Return the weights of 25 steps; step(w, grad_at, velocity) takes one."""
    velocity, visited = 0.0, [w]
    for _ in range(25):
        w, velocity = step(w, grad_at, velocity)
        visited.append(w)
    return visited


steps = {
    "plain": lambda w, grad_at, v: (sgd_step(w, grad_at(w), 0.03), v),
    "momentum": lambda w, grad_at, v: momentum_step(w, grad_at(w), v, 0.03, 0.8),
    "Nesterov": lambda w, grad_at, v: nesterov_step(w, grad_at, v, 0.03, 0.8),
}
for (name, step), style in zip(steps.items(), ["o-", "s-", "^-"]):
    us, vs = walk(step, -9.0, gradient_of(1.0)), walk(step, 1.0, gradient_of(20.0))
    print(f"{name:>8}: u = {us[-1]:6.3f}, v = {vs[-1]:6.3f} after 25 steps")
    plt.plot(us, vs, style, markersize=3, label=name)
plt.plot(0, 0, "k*", markersize=12)
plt.xlabel("u, along the valley")
plt.ylabel("v, across it")
plt.legend()
plt.show()
