# %% [markdown]
# # Lesson 4: Back-propagation
#
# In lesson 3 you derived three gradients by hand, one formula each, and the same $2\,(\hat y - y)$ stood in all of
# them. A network has millions of weights. Nobody derives a million formulas, and no computer should work out their
# common part a million times.
#
# *Back-propagation* (Rumelhart, Hinton and Williams, 1986) needs neither. It cuts the loss into steps so small that
# each has an obvious derivative, and puts these together by the chain rule, walking **once** from the loss back to
# the weights. Every gradient falls out on the way. PyTorch does exactly this; in this lesson you do it first.

# %%
import matplotlib.pyplot as plt
import torch

from course import check

# %% [markdown]
# ## A worked example: a small graph
#
# Take $loss = \big((a + b) \cdot c\big)^2$ at $a = 1$, $b = 2$, $c = -1$. Cut into steps, called *gates*, it is a graph:
# an addition, a multiplication, a square. Going **forward**, each gate calculates its output.
#
# Going **backward**, we ask at each node: if I nudge it by a little, by how much does the loss move? At the loss
# itself the answer is 1. Every gate before it uses the same rule. It receives the gradient at its output, the
# *upstream* gradient, and multiplies it by its own *local* derivative, of its output with respect to one input:
#
# $$ \frac{\partial\, loss}{\partial\, \text{input}} \;=\;
#    \underbrace{\frac{\partial\, loss}{\partial\, \text{output}}}_{\text{upstream}} \cdot
#    \underbrace{\frac{\partial\, \text{output}}{\partial\, \text{input}}}_{\text{local}} $$
#
# Speeds along a chain multiply, as with cogwheels: here the loss will turn out to move $-6$ times as fast as the
# product, and the product moves $-1$ times as fast as the total, so the loss moves $6$ times as fast as the total. In
# code, `d_total` is short for $\partial loss / \partial total$.

# %%
a, b, c = 1.0, 2.0, -1.0

# forward
total = a + b
product = total * c
loss = product**2

# backward: upstream times local, from right to left
d_product = 1.0 * (2 * product)  # the square moves 2 * product times as far as product
d_total = d_product * c  # the product moves c times as far as total …
d_c = d_product * total  # … and total times as far as c
d_a = d_total * 1.0  # the sum moves just as far as a …
d_b = d_total * 1.0  # … or b

print("loss:", loss)
print("gradients of a, b and c:", d_a, d_b, d_c)

# %% [markdown]
# The same as a picture, values in green above the nodes, gradients in red below. No gate needs to know what comes
# after it: all that matters of the rest of the graph is the one number that arrives from the right.


# %%
def draw(nodes, edges):
    """Draw nodes {name: (column, row, formula, value, gradient)} and the edges between them, pairs of names."""
    columns, rows = zip(*(node[:2] for node in nodes.values()))
    figure, axes = plt.subplots(figsize=(9, 1.6 * (1 + max(rows))))
    axes.set(xlim=(-0.4, max(columns) + 0.4), ylim=(-0.6, max(rows) + 0.6))
    axes.axis("off")
    boxes = {}
    for name, (column, row, formula, value, gradient) in nodes.items():
        text = axes.text(column, row, f"{name}\n{formula}".strip(), ha="center", va="center")
        text.set_bbox({"boxstyle": "round,pad=0.5", "facecolor": "white", "edgecolor": "gray"})
        boxes[name] = text.get_bbox_patch()
        for shown, offset, color in ((value, 30, "green"), (gradient, -30, "red")):
            if shown is not None:
                place = {"xytext": (0, offset), "textcoords": "offset points"}
                style = {"ha": "center", "va": "center", "color": color}
                axes.annotate(f"{shown:g}", (column, row), **place, **style)
    figure.canvas.draw()  # the arrows end at the boxes, whose sizes are known from here on
    for start, end in edges:
        arrow = {"arrowstyle": "->", "color": "gray", "patchA": boxes[start], "patchB": boxes[end]}
        axes.annotate("", xy=nodes[end][:2], xytext=nodes[start][:2], arrowprops=arrow)
    plt.show()


draw(
    {
        "a": (0, 2, "", a, d_a),
        "b": (0, 1, "", b, d_b),
        "c": (1, 0, "", c, d_c),
        "total": (1, 1.5, "a + b", total, d_total),
        "product": (2, 1, "total · c", product, d_product),
        "loss": (3, 1, "product²", loss, 1.0),
    },
    [("a", "total"), ("b", "total"), ("total", "product"), ("c", "product"), ("product", "loss")],
)

# %% [markdown]
# ## Exercise 4-1: Gates
#
# Write the three gates as classes. `forward` returns the gate's output and remembers what `backward` will need;
# `backward` takes the upstream gradient and returns the gradient of the loss with respect to each input, upstream
# times local. What a gate remembers belongs to that gate alone: a graph may hold many gates of one kind.


# %%
class Multiply:
    """The gate a * b."""

    def forward(self, a, b):
        """Return a * b, a number.

        Example: Multiply().forward(3.0, -4.0) is -12.0.
        """
        ### BEGIN SOLUTION
        self.a, self.b = a, b
        return a * b
        ### END SOLUTION

    def backward(self, upstream):
        """Return the gradients of a and of b, a tuple of two numbers, for the latest `forward`.

        upstream: the gradient of the loss with respect to this gate's output, a number.

        Example: after forward(3.0, -4.0), backward(2.0) is (-8.0, 6.0).
        """
        ### BEGIN SOLUTION
        return upstream * self.b, upstream * self.a
        ### END SOLUTION


class Add:
    """The gate a + b."""

    def forward(self, a, b):
        """Return a + b, a number.

        Example: Add().forward(3.0, -4.0) is -1.0.
        """
        ### BEGIN SOLUTION
        return a + b
        ### END SOLUTION

    def backward(self, upstream):
        """Return the gradients of a and of b, a tuple of two numbers.

        Example: after forward(3.0, -4.0), backward(2.0) is (2.0, 2.0).
        """
        ### BEGIN SOLUTION
        return upstream, upstream
        ### END SOLUTION


class Square:
    """The gate a squared."""

    def forward(self, a):
        """Return a**2, a number.

        Example: Square().forward(-3.0) is 9.0.
        """
        ### BEGIN SOLUTION
        self.a = a
        return a**2
        ### END SOLUTION

    def backward(self, upstream):
        """Return the gradient of a, a single number, for the latest `forward`.

        Example: after forward(-3.0), backward(2.0) is -12.0.
        """
        ### BEGIN SOLUTION
        return upstream * 2 * self.a
        ### END SOLUTION


# %% points=3
check("4-1")

# %% [markdown]
# ## Exercise 4-2: A linear model, node by node
#
# The model of lesson 2 again, $\hat y = x\,w$, with the loss $(\hat y - y)^2$. Every value in
# its graph is a *node*; behind those of `x`, `y` and `w` there are three, in a row:
#
# | node | value | gradient |
# | --- | --- | --- |
# | `y_hat` | $x\,w$ | `d_y_hat` $= \partial loss / \partial \hat y$ |
# | `error` | $\hat y - y$ | `d_error` $= \partial loss / \partial error$ |
# | `loss` | $error^2$ | 1 |
#
# Fill in the values from the left, then the gradients from the right: `d_error` first, from it `d_y_hat`, from that
# `d_w`. Use your gates ($\hat y - y$ is an `Add` of $\hat y$ and $-y$), or write each step out; both are fine. `x`
# and `y` are data: nobody will change them, so they need no gradients.


# %%
def linear_graph(x, y, w):
    """Return every value and every gradient of loss = (x * w - y)**2 as a dictionary of numbers.

    x, y, w: numbers. The keys, in the order in which they can be calculated:
        "y_hat":   x * w
        "error":   y_hat - y
        "loss":    error squared
        "d_error": the derivative of the loss with respect to error
        "d_y_hat": the derivative of the loss with respect to y_hat
        "d_w":     the derivative of the loss with respect to w

    Example: linear_graph(2.0, 4.0, 1.0) is
    {"y_hat": 2.0, "error": -2.0, "loss": 4.0, "d_error": -4.0, "d_y_hat": -4.0, "d_w": -8.0}.
    """
    ### BEGIN SOLUTION
    y_hat = x * w
    error = y_hat - y
    loss = error**2
    d_error = 2 * error
    d_y_hat = d_error
    d_w = d_y_hat * x
    return {
        "y_hat": y_hat,
        "error": error,
        "loss": loss,
        "d_error": d_error,
        "d_y_hat": d_y_hat,
        "d_w": d_w,
    }
    ### END SOLUTION


# %% points=2
check("4-2")

# %% [markdown]
# Here is your graph at $x = 2$, $y = 4$, $w = 1$. The gradient of `w` is negative: the loss falls when `w` grows,
# as it must, for the prediction 2 is too small.

# %%
x, y, w = 2.0, 4.0, 1.0
node = linear_graph(x, y, w)
draw(
    {
        "w": (0, 1, "", w, node["d_w"]),
        "x": (0, 0, "", x, None),
        "y": (1, 0, "", y, None),
        "y_hat": (1, 1, "x · w", node["y_hat"], node["d_y_hat"]),
        "error": (2, 1, "y_hat - y", node["error"], node["d_error"]),
        "loss": (3, 1, "error²", node["loss"], 1.0),
    },
    [("w", "y_hat"), ("x", "y_hat"), ("y_hat", "error"), ("y", "error"), ("error", "loss")],
)

# %% [markdown]
# ## Exercise 4-3: With a bias
#
# Give the line an offset: $\hat y = x\,w + b$. One gate more, an addition, and one weight more. The chain behind it
# is the one that you have; at the addition the gradient goes both ways, to the bias and on to the product.


# %%
def affine_graph(x, y, w, b):
    """Return every value and every gradient of loss = (x * w + b - y)**2 as a dictionary of numbers.

    x, y, w, b: numbers. The keys, in the order in which they can be calculated:
        "product":   x * w
        "y_hat":     product + b
        "error":     y_hat - y
        "loss":      error squared
        "d_error":   the derivative of the loss with respect to error
        "d_y_hat":   the derivative of the loss with respect to y_hat
        "d_product": the derivative of the loss with respect to product
        "d_b":       the derivative of the loss with respect to b
        "d_w":       the derivative of the loss with respect to w

    Examples: in affine_graph(1.0, 2.0, 1.0, 2.0) the loss is 1.0, and all five gradients are 2.0. In
    affine_graph(2.0, 1.0, 3.0, -1.0) the loss is 16.0, "d_w" is 16.0 and the other four gradients are 8.0.
    """
    ### BEGIN SOLUTION
    product = x * w
    y_hat = product + b
    error = y_hat - y
    loss = error**2
    d_error = 2 * error
    d_y_hat = d_error
    d_product = d_y_hat
    d_b = d_y_hat
    d_w = d_product * x
    return {
        "product": product,
        "y_hat": y_hat,
        "error": error,
        "loss": loss,
        "d_error": d_error,
        "d_y_hat": d_y_hat,
        "d_product": d_product,
        "d_b": d_b,
        "d_w": d_w,
    }
    ### END SOLUTION


# %% points=2
check("4-3")

# %% [markdown]
# ## Exercise 4-4: The quadratic model
#
# In lesson 3 the model $\hat y = x^2 w_2 + x\,w_1 + b$ took three separate formulas. As a graph it is two products and
# the bias, added up: three ways back from `y_hat`, and the long part of the chain is walked once for all three.
# `x_squared` is made of data alone, so it needs no gradient either.


# %%
def quadratic_graph(x, y, w1, w2, b):
    """Return every value and every gradient of loss = (x**2 * w2 + x * w1 + b - y)**2 as a dictionary of numbers.

    x, y, w1, w2, b: numbers. The keys, in the order in which they can be calculated:
        "x_squared":   x**2
        "quadratic":   x_squared * w2
        "linear":      x * w1
        "y_hat":       quadratic + linear + b
        "error":       y_hat - y
        "loss":        error squared
        "d_error":     the derivative of the loss with respect to error
        "d_y_hat":     the derivative of the loss with respect to y_hat
        "d_quadratic": the derivative of the loss with respect to quadratic
        "d_linear":    the derivative of the loss with respect to linear
        "d_b":         the derivative of the loss with respect to b
        "d_w2":        the derivative of the loss with respect to w2
        "d_w1":        the derivative of the loss with respect to w1

    Example: in quadratic_graph(2.0, 3.0, 1.0, 1.0, 1.0) "y_hat" is 7.0, "error" is 4.0 and the loss is 16.0;
    "d_b" is 8.0, "d_w2" is 32.0 and "d_w1" is 16.0.
    """
    ### BEGIN SOLUTION
    x_squared = x**2
    quadratic = x_squared * w2
    linear = x * w1
    y_hat = quadratic + linear + b
    error = y_hat - y
    loss = error**2
    d_error = 2 * error
    d_y_hat = d_error
    d_quadratic = d_linear = d_b = d_y_hat
    return {
        "x_squared": x_squared,
        "quadratic": quadratic,
        "linear": linear,
        "y_hat": y_hat,
        "error": error,
        "loss": loss,
        "d_error": d_error,
        "d_y_hat": d_y_hat,
        "d_quadratic": d_quadratic,
        "d_linear": d_linear,
        "d_b": d_b,
        "d_w2": d_quadratic * x_squared,
        "d_w1": d_linear * x,
    }
    ### END SOLUTION


# %% points=3
check("4-4")

# %% [markdown]
# Derivatives can be checked without trusting anybody: nudge each weight and see how the loss moves. Do this
# whenever you write a backward pass of your own; the two columns must agree.

# %%
weights = {"w1": 0.5, "w2": -0.2, "b": 0.3}
for name in weights:
    up = quadratic_graph(3.0, 6.0, **{**weights, name: weights[name] + 1e-6})["loss"]
    down = quadratic_graph(3.0, 6.0, **{**weights, name: weights[name] - 1e-6})["loss"]
    by_chain = quadratic_graph(3.0, 6.0, **weights)[f"d_{name}"]
    print(f"{name}:  by the chain rule {by_chain:.4f}   by nudging {(up - down) / 2e-6:.4f}")

# %% [markdown]
# ## Autograd: PyTorch draws the graph for you
#
# A tensor made with `requires_grad=True` remembers what becomes of it. Each operation adds a gate to a graph behind
# the scenes; `loss.backward()` walks that graph from the loss back and leaves the gradients in `.grad`. Here is
# exercise 4-2 once more, and the $-8$ that you know:

# %%
w = torch.tensor(1.0, requires_grad=True)
loss = (2.0 * w - 4.0) ** 2
loss.backward()
print("gradient of w:", w.grad.item())

# %% [markdown]
# Two things surprise everyone at first.
#
# **`backward()` adds to `.grad`, it does not replace it.** There is a reason: several losses may have
# a say in one step, and their gradients must be added. But nobody tells PyTorch where one step ends and the
# next begins, so it goes on adding until *you* set the gradient back, with `w.grad.zero_()` or `w.grad = None`:

# %%
w = torch.tensor(1.0, requires_grad=True)
for step in range(3):
    loss = (2.0 * w - 4.0) ** 2  # the same loss each time
    loss.backward()
    print(f"after backward() number {step + 1}: w.grad is {w.grad.item()}")

# %% [markdown]
# **Changing a weight is a calculation, too**, and autograd would have to remember it. For `w -= …` PyTorch refuses:
# "a leaf Variable that requires grad is being used in an in-place operation". Do it inside `with torch.no_grad():`,
# which switches the remembering off, and change the tensor itself, `w -= …`. With `w = w - …` the name would stand
# for a new tensor, one that collects no gradients.

# %% [markdown]
# ## Exercise 4-5: Gradients and training by autograd
#
# First let autograd find the gradients of exercise 4-4. Then train the quadratic model with them as in lesson 3:
# one epoch goes through the samples in order, and each sample is one step, its loss, its gradients, all three weights
# moved against them. At the end of each epoch note the mean squared error over all samples.


# %%
def autograd_gradients(x, y, w1, w2, b):
    """Return the loss (x**2 * w2 + x * w1 + b - y)**2 and its gradients, found by autograd, as a dictionary of numbers.

    x, y, w1, w2, b: floats. The keys are "loss", "d_w1", "d_w2" and "d_b".

    Example: autograd_gradients(2.0, 3.0, 1.0, 1.0, 1.0) is
    {"loss": 16.0, "d_w1": 16.0, "d_w2": 32.0, "d_b": 8.0}.
    """
    ### BEGIN SOLUTION
    w1, w2, b = (torch.tensor(float(weight), requires_grad=True) for weight in (w1, w2, b))
    loss = (x**2 * w2 + x * w1 + b - y) ** 2
    loss.backward()
    return {
        "loss": loss.item(),
        "d_w1": w1.grad.item(),
        "d_w2": w2.grad.item(),
        "d_b": b.grad.item(),
    }
    ### END SOLUTION


def train_autograd(xs, ys, lr, epochs):
    """Train the model x**2 * w2 + x * w1 + b sample by sample, with gradients by autograd.

    xs, ys: lists of numbers, the samples. lr: the learning rate. epochs: how often to go through all samples.
    Every call starts from new weights, each of them 1.

    Returns (weights, losses). weights: the tuple (w1, w2, b) of the trained weights, three numbers. losses: a list
    with one number per epoch, the mean squared error over all samples with the weights at the end of that epoch.

    Example: train_autograd([1.0], [2.0], lr=0.1, epochs=2) returns weights of 0.72 each and losses [0.16, 0.0256].
    """
    ### BEGIN SOLUTION
    w1, w2, b = weights = [torch.tensor(1.0, requires_grad=True) for _ in range(3)]

    def squared_error(x, y):
        return (x**2 * w2 + x * w1 + b - y) ** 2

    losses = []
    for _ in range(epochs):
        for x, y in zip(xs, ys):
            squared_error(x, y).backward()
            with torch.no_grad():
                for weight in weights:
                    weight -= lr * weight.grad
                    weight.grad.zero_()
        with torch.no_grad():
            losses.append(sum(squared_error(x, y).item() for x, y in zip(xs, ys)) / len(xs))
    return (w1.item(), w2.item(), b.item()), losses
    ### END SOLUTION


# %% points=4
check("4-5")

# %% [markdown]
# Five samples of the curve $y = x^2 - x + 2$, learned without a single derivative written by hand. Whatever model
# you put in place of this one, the rest of the loop stays as it is. That is what PyTorch is for, and in lesson 5 it
# will take over the rest of the work, too.

# %%
xs = [-1.0, -0.5, 0.0, 0.5, 1.0]
ys = [x**2 - x + 2 for x in xs]
(w1, w2, b), losses = train_autograd(xs, ys, lr=0.05, epochs=100)
print(f"w1 = {w1:.3f}, w2 = {w2:.3f}, b = {b:.3f}")
plt.semilogy(losses)
plt.xlabel("epoch")
plt.ylabel("mean squared error")
plt.show()
