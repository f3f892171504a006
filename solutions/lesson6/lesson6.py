# %% [markdown]
# # Lesson 6: Logistic regression
#
# So far your models have answered *how much?* Many questions are of another kind: is this mail spam, is this tumour
# malignant, will this student pass? The answer is **yes or no**, 1 or 0, and what a model can honestly give is the
# *probability* of a yes. That takes two new parts, and nothing else of what you know has to change:
#
# 1. a function that turns any number into a probability: the **sigmoid**;
# 2. a loss that suits probabilities: the **binary cross entropy**.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn

from course import check

# %% [markdown]
# Here are twelve students: how many hours each has studied, and whether the exam was passed. A straight line through
# these points, the best one there is, promises more than 1 to the diligent and less than 0 to the lazy. Neither can
# be a probability.

# %%
hours = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0]
passed = [0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0]
x = torch.tensor(hours).reshape(-1, 1)
y = torch.tensor(passed).reshape(-1, 1)

slope, offset = np.polyfit(hours, passed, 1)
plt.plot(hours, passed, "o", label="students")
plt.plot([-1, 8], [slope * -1 + offset, slope * 8 + offset], "--", label="the best straight line")
plt.axhspan(0, 1, color="gray", alpha=0.15, label="where probabilities live")
plt.xlabel("hours studied")
plt.ylabel("passed")
plt.legend()
plt.show()

# %% [markdown]
# ## From a score to a probability
#
# Keep the line, but read its value as a *score* $z = x\,w + b$: above 0 speaks for a pass, below 0 against it, and
# the further from 0, the more surely. The sigmoid squeezes every score into the interval from 0 to 1:
#
# $$ \sigma(z) = \frac{1}{1 + e^{-z}} $$
#
# A score of 0 gives $1 / (1 + 1) = 0.5$: undecided. A score of 2 gives $1 / (1 + 0.135) = 0.881$, and one of $-2$ the
# rest, $0.119$.
#
# On paper that is all. In a computer $e^{-z}$ is a trap: at $z = -1000$ it is $e^{1000}$, a number of 435 digits, which
# no float can hold.

# %%
try:
    math.exp(1000)
except OverflowError as error:
    print("Python refuses:", error)

z = torch.tensor([-1000.0, 0.0, 1000.0], requires_grad=True)
probability = 1 / (1 + torch.exp(-z))
(slopes,) = torch.autograd.grad(probability.sum(), z)
print("torch goes on: ", probability.tolist(), "with the slopes", slopes.tolist())

# %% [markdown]
# The values of torch look fine, since $1/\infty$ is 0. But autograd, on its way back, meets $0 \cdot \infty$, and the
# slope at $-1000$ is `nan`: not a number. One such sample in a batch of a million, and after the next step every
# weight of the network is `nan`. (NumPy warns of an overflow in such a case.)
#
# The way out is to call `exp` only where it cannot overflow. Multiply the fraction above by $e^z$, top and bottom, and
# the same function has a second face:
#
# $$ \sigma(z) = \frac{1}{1 + e^{-z}} = \frac{e^{z}}{1 + e^{z}} $$
#
# For which $z$ is the first one safe, for which the second? `torch.where(condition, a, b)` takes each element from `a`
# or from `b`, and so does `np.where`. Both compute `a` and `b` **in full**, though: an $e^{1000}$ in the one that is
# thrown away overflows and spoils the slope as before. So keep what you give to `exp` in bounds in either face:
# `torch.clamp(z, max=0)` is $z$ where that is negative and 0 elsewhere. (Here only the values count; in exercise 6-4
# the slopes will, too.)
#
# ## Exercise 6-1: A sigmoid for every number


# %%
def sigmoid(z):
    """Return 1 / (1 + exp(-z)), element by element, for z of any size: no overflow of exp may spoil the result.

    z: a number, a NumPy array or a tensor, which is left as it is. The result has the shape of z; whether it is a
    number, an array or a tensor is up to you.

    Examples: sigmoid(0.0) is 0.5, sigmoid(np.array([-2.0, 2.0])) is about [0.1192, 0.8808], and
    sigmoid(torch.tensor([-1000.0, 1000.0])) is [0.0, 1.0].
    """
    ### BEGIN SOLUTION
    z = z if isinstance(z, torch.Tensor) else torch.as_tensor(z, dtype=torch.float64)
    small = torch.exp(torch.clamp(z, max=0))  # for z < 0; never above 1
    return torch.where(z >= 0, 1 / (1 + torch.exp(-torch.clamp(z, min=0))), small / (1 + small))
    ### END SOLUTION


# %% points=2
check("6-1")

# %% [markdown]
# Once it works, look at it. The weight of a score, $z = x\,w$, makes the step between no and yes gentle or sharp:

# %%
grid = np.linspace(-6, 6, 121)
for w in (0.5, 1.0, 4.0):
    plt.plot(grid, sigmoid(w * grid), label=f"w = {w}")
plt.axhline(0.5, color="gray", linewidth=0.5)
plt.xlabel("x")
plt.ylabel("sigmoid(x w)")
plt.legend()
plt.show()

# %% [markdown]
# ## How wrong is a probability?
#
# Say the model gives a student a chance of $\hat y = 0.9$. If she passes, that was a good guess; if she fails, a bad
# one. The *cross entropy* measures it by minus the natural logarithm of the probability that the model gave to **what
# really happened**: $\hat y$ if the student passed, $1 - \hat y$ if not.

# %%
probabilities = np.linspace(0.005, 0.995, 199)
plt.plot(probabilities, -np.log(probabilities), label="passed: -log(p)")
plt.plot(probabilities, -np.log(1 - probabilities), label="failed: -log(1 - p)")
plt.plot(probabilities, (1 - probabilities) ** 2, ":", label="passed, squared error")
plt.xlabel("predicted probability p of a pass")
plt.ylabel("loss")
plt.legend()
plt.show()

for p in (0.9, 0.5, 0.1, 0.01):
    print(
        f"passed, predicted {p:4}: cross entropy {-math.log(p):.3f}, squared error {(1 - p) ** 2:.3f}"
    )

# %% [markdown]
# Who says 0.01 and is wrong pays 4.6; the squared error never asks for more than 1. And who always says 0.5 pays
# $\log 2 = 0.693$ every time: a model that does no better than that knows nothing.
#
# With $y$ being 1 or 0, both cases fit into one line, since one of the two terms is always 0. Over $n$ samples we take
# the mean:
#
# $$ loss = -\frac{1}{n} \sum_i \Big( y_i \log \hat y_i + (1 - y_i) \log (1 - \hat y_i) \Big) $$
#
# The logarithm of 0 is $-\infty$, so that a prediction of exactly 0 or 1 would ruin the whole mean, and
# $0 \cdot \infty$ turns it into `nan` even where the prediction is right. So keep $\hat y$ a hair away from 0 and 1, by
# `torch.clamp`: $10^{-7}$ will do, while $1 - 10^{-8}$ is rounded to 1 in `float32`. Do it before you take the
# logarithm. A cap on the logarithm comes too late for autograd: the slope of the logarithm at 0 is $\infty$, the
# slope of the cap 0, and their product `nan`. (PyTorch's own loss can take every logarithm for at least $-100$, as
# its derivative is written by hand.)
#
# **Its slope.** Training needs the derivative with respect to the score. By the chain rule it is the product of
#
# $$ \frac{\partial\, loss}{\partial \hat y_i} = \frac{1}{n} \cdot \frac{\hat y_i - y_i}{\hat y_i\,(1 - \hat y_i)}
# \qquad\text{and}\qquad \frac{\partial \hat y_i}{\partial z_i} = \hat y_i\,(1 - \hat y_i), \qquad
# \hat y_i = \sigma(z_i) $$
#
# For a large score the first factor divides by 0, and the second is 0. But multiply them on paper, before you
# write any code, and something very simple is left.
#
# ## Exercise 6-2: Binary cross entropy


# %%
def binary_cross_entropy(y_pred, y):
    """Return the mean binary cross entropy of the predictions, one number.

    y_pred: a tensor of probabilities, from 0 to 1. y: a tensor of the same shape, (n,) or (n, 1), that holds 1 for yes
    and 0 for no. Where a prediction is exactly 0 or 1 the loss is finite all the same, in float32 as in float64: 0 (or
    nearly so) where that is right, more than 10 where it is wrong. If autograd finds a slope there, it is finite, too.

    Example: for y_pred = [0.9, 0.2] and y = [1, 0] it is about 0.1643.
    """
    ### BEGIN SOLUTION
    y_pred = torch.clamp(y_pred, 1e-7, 1 - 1e-7)
    return -(y * torch.log(y_pred) + (1 - y) * torch.log(1 - y_pred)).mean()
    ### END SOLUTION


def bce_gradient(z, y):
    """Return the derivative of binary_cross_entropy(sigmoid(z), y) with respect to each score in z.

    z: a tensor of scores of any size. y: a tensor of the same shape, (n,) or (n, 1), of 1s and 0s. The result has that
    shape, too, and is right for z = 1000 as well.

    Example: for z = [0, 2] and y = [1, 0] it is about [-0.25, 0.4404].
    """
    ### BEGIN SOLUTION
    return (torch.sigmoid(z) - y) / y.numel()
    ### END SOLUTION


# %% points=3
check("6-2")

# %% [markdown]
# ## Model and training
#
# Now to PyTorch's own parts. The three steps of lesson 5 stay as they are; two details change:
#
# | | lesson 5 | now |
# | --- | --- | --- |
# | **model** | $x\,w + b$ | $\sigma(x\,w + b)$: `torch.sigmoid` behind the layer |
# | **loss** | `nn.MSELoss(reduction="sum")` | `nn.BCELoss()`: the cross entropy, the mean over the samples |
#
# It has a twin: `nn.BCEWithLogitsLoss` takes the *scores*, also called *logits*, and puts the sigmoid in by itself.
# That is the safer choice for large scores, by the cancellation of exercise 6-2. But beware: given probabilities, it
# squeezes them a second time. Nothing complains, its losses mean nothing, and the longer the model trains, the surer
# of itself it becomes. (`torch.logit`, below, finds the score that belongs to a probability.)

# %%
probabilities = torch.tensor([0.9, 0.2])
truth = torch.tensor([1.0, 0.0])
print(f"BCELoss of the probabilities:           {nn.BCELoss()(probabilities, truth):.4f}")
print(
    f"BCEWithLogitsLoss of the scores:        {nn.BCEWithLogitsLoss()(torch.logit(probabilities), truth):.4f}"
)
print(f"BCEWithLogitsLoss of the probabilities: {nn.BCEWithLogitsLoss()(probabilities, truth):.4f}")

# %% [markdown]
# ## Exercise 6-3: Who will pass?
#
# Write the model and its training loop. (In your own `train` you may as well use the functions of exercise 6-2.)


# %%
class Model(nn.Module):
    """Logistic regression: one `nn.Linear(1, 1)` and a sigmoid.

    Example: with a weight of 2 and a bias of -6, Model()(torch.tensor([[3.0], [4.0]])) is about [[0.5], [0.8808]].
    """

    def __init__(self):
        ### BEGIN SOLUTION
        super().__init__()
        self.linear = nn.Linear(1, 1)
        ### END SOLUTION

    def forward(self, x):
        """Return the probabilities for x: a tensor of shape (batch, 1) for one of shape (batch, 1)."""
        ### BEGIN SOLUTION
        return torch.sigmoid(self.linear(x))
        ### END SOLUTION


def train(model, x, y, optimizer, epochs):
    """Train `model` on all samples at once, one step per epoch, and return the list of losses.

    model: a module; model(x) are probabilities. x, y: tensors of shape (batch, 1). optimizer: moves the parameters of
    `model`. epochs: how many steps to take. The loss is the binary cross entropy, the mean over the samples; each one
    in the list is a number, measured before the step of its epoch (if all are measured after it, that will do, too).

    Example: for x = [[1.0], [3.0]], y = [[0.0], [1.0]], a weight and a bias of 0, SGD with lr=0.1 and 2 epochs, the
    losses are about [0.6931, 0.6697]; after them the weight is about 0.0938 and the bias about -0.0025.
    """
    ### BEGIN SOLUTION
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% points=4
check("6-3")

# %% [markdown]
# Put together, with the twelve students from the beginning. Where the curve crosses 0.5 is the **decision boundary**:
# on its right a pass is the likelier outcome. There the score is 0, so the boundary is at $x = -b/w$.

# %%
torch.manual_seed(0)
model = Model()
losses = train(model, x, y, torch.optim.SGD(model.parameters(), lr=0.5), epochs=400)

grid = torch.linspace(0, 8, 801).reshape(-1, 1)
with torch.no_grad():
    curve = model(grid)
boundary = grid[curve > 0.5].min().item()
print(
    f"loss {losses[0]:.3f} at the start, {losses[-1]:.3f} at the end; always saying 0.5 costs 0.693"
)
for h in (1.0, 7.0):
    print(f"{h:.0f} hours: a chance of {curve[round(h * 100)].item():.1%}")
plt.plot(hours, passed, "o", label="students")
plt.plot(grid, curve, label="probability of a pass")
plt.axvline(boundary, color="gray", linestyle="--", label=f"boundary: {boundary:.2f} hours")
plt.xlabel("hours studied")
plt.legend()
plt.show()

# %% [markdown]
# The loss does not go to 0, and that is as it should be: one student passed with two and a half hours, another failed
# with four, and no curve that only rises with the hours can be sure of both. One that wriggles through all twelve
# could, but it would have learnt the students by heart: a loss near 0 would mean a model that is too sure of itself.
#
# ## Exercise 6-4: Other activations
#
# A function put behind a linear layer is called an *activation*. At the end of a network the sigmoid is the right one
# for a yes or no. Inside a network it has a weakness: its slope is 0.25 at most and vanishes on both sides, so little
# of a gradient gets through (lesson 7 will stack many of them and watch it die). Here are six others:
#
# | name | for $z > 0$ | for $z \le 0$ |
# | --- | --- | --- |
# | `relu` | $z$ | $0$ |
# | `leaky_relu` | $z$ | $0.01\, z$ |
# | `elu` | $z$ | $e^z - 1$ |
# | `selu` | $\lambda\, z$ | $\lambda\, \alpha\, (e^z - 1)$, with $\lambda = 1.0507\ldots$ and $\alpha = 1.6733\ldots$ |
# | `tanh` | $\tanh z$ | $\tanh z$ (the sigmoid, stretched to reach from $-1$ to $1$) |
# | `softplus` | $\log(1 + e^z)$ | $\log(1 + e^z)$ (a smooth `relu`) |
#
# As in exercise 6-1, `torch.where` computes both of what it takes from: keep $e^z$ in bounds where it is not needed.


# %%
SELU_SCALE = 1.0507009873554805  # λ
SELU_ALPHA = 1.6732632423543772  # α


def activation(name, z):
    """Return the activation called `name`, applied to each element of z.

    name: "relu", "leaky_relu", "elu", "selu", "tanh" or "softplus". z: a tensor of any shape, which is left as it is.
    The result is a tensor of the same shape, through which autograd finds the right gradient, for z = 1000 as well.

    Example: activation("leaky_relu", torch.tensor([-2.0, 3.0])) is [-0.02, 3.0].
    """
    ### BEGIN SOLUTION
    growth = torch.exp(torch.clamp(z, max=0)) - 1
    if name == "relu":
        return torch.clamp(z, min=0)
    if name == "leaky_relu":
        return torch.where(z > 0, z, 0.01 * z)
    if name == "elu":
        return torch.where(z > 0, z, growth)
    if name == "selu":
        return SELU_SCALE * torch.where(z > 0, z, SELU_ALPHA * growth)
    if name == "tanh":
        return torch.tanh(z)
    if name == "softplus":
        return torch.logaddexp(z, torch.zeros_like(z))  # log(e^z + e^0)
    raise ValueError(f"no activation is called {name!r}")
    ### END SOLUTION


# %% points=3
check("6-4")

# %% [markdown]
# All six, and beside them what matters for learning: their slopes. Which of them pass a gradient on unchanged? Which
# pass something on for a negative input?

# %%
z = torch.linspace(-4, 4, 161, requires_grad=True)
figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4))
for number, name in enumerate(["relu", "leaky_relu", "elu", "selu", "tanh", "softplus"]):
    values = activation(name, z)
    (slopes,) = torch.autograd.grad(values.sum(), z)
    style = ["-", "--"][number % 2]
    left.plot(z.detach(), values.detach(), style, label=name)
    right.plot(z.detach(), slopes, style, label=name)
left.set(title="values", xlabel="z")
right.set(title="slopes", xlabel="z")
left.legend()
plt.show()
