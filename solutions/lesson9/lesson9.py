# %% [markdown]
# # Lesson 9: Softmax
#
# Until now a model had one question to answer: how much, or, with a sigmoid, yes or no. The question "Which digit is
# this?" has ten answers. In this lesson you build all that is needed for it:
#
# 1. **Softmax** turns ten scores into ten probabilities.
# 2. **Cross entropy** says how wrong these are, and its gradient is the simplest of the whole course.
# 3. **A network** reads an image of 784 pixels and gives the ten scores.
# 4. **Training and accuracy** show how well it reads digits that it has never seen.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from course import check
from course.data import digits

# %% [markdown]
# The data are real: 1,797 digits, written by 13 people and scanned. You train with 1,437 of them, and the other 360
# are kept apart for the end. Each is an image of 28 × 28 pixels between 0 (paper) and 1 (ink); the scans have 8 × 8,
# and are enlarged to the size of MNIST, the lectures' digits.

# %%
x, y = (torch.from_numpy(array) for array in digits())
x_test, y_test = (torch.from_numpy(array) for array in digits(train=False))
print("images:", tuple(x.shape), x.dtype, " labels:", tuple(y.shape), y.dtype)
print("the first ten labels:", y[:10].tolist())

plt.figure(figsize=(10, 1.4))
plt.imshow(torch.hstack(tuple(x[:10, 0])), cmap="gray_r")
plt.axis("off")
plt.show()

# %% [markdown]
# The shape of a batch of images is (batch, channels, height, width). These have one channel, grey; a colour image
# has three. A label is a whole number, the *index* of the class, of dtype `int64`. It is not a quantity: a 9 is no more
# than a 1, and taking a 7 for an 8 is no smaller a mistake than taking it for a 1. So a model with a single output
# that is to come near the label would learn the wrong thing.
#
# ## Scores into probabilities
#
# The model therefore gives one score for each class. The scores are called **logits**, and they may be any numbers:
# large, small, negative. Say that there are three classes, and an image gets the logits
#
# $$ z = (2,\; 1,\; 0.1) $$
#
# A sigmoid on each would not do: it makes 0.88, 0.73 and 0.52 of them, and together that is 2.14. But one of the
# three classes is the right one, so the probabilities must add up to 1. **Softmax** sees to that in two steps: `exp`
# makes every score positive, and the sum is divided out.
#
# $$ p_i = \frac{e^{z_i}}{\sum_j e^{z_j}} $$
#
# | | class 0 | class 1 | class 2 | sum |
# | --- | --- | --- | --- | --- |
# | $z$ | 2.0 | 1.0 | 0.1 | |
# | $e^z$ | 7.389 | 2.718 | 1.105 | 11.212 |
# | $p$ | 0.659 | 0.242 | 0.099 | 1.000 |

# %%
for place, (z, name) in enumerate([((2.0, 1.0, 0.1), "z"), ((20.0, 10.0, 1.0), "10 z")], start=1):
    p = torch.tensor(z).softmax(dim=0)
    plt.subplot(1, 2, place)
    plt.bar(["class 0", "class 1", "class 2"], p)
    plt.title(f"softmax of {name}: " + ", ".join(f"{v:.3g}" for v in p.tolist()), fontsize=9)
    plt.ylim(0, 1.05)
plt.tight_layout()
plt.show()

# %% [markdown]
# The largest score gets the largest share, whatever the others are. How much larger depends on the *differences* of the
# scores: at ten times the scores nearly nothing is left for the others. So it is a maximum, but a soft one.
#
# Only the differences count, because a number $c$ added to every score cancels:
#
# $$ \frac{e^{z_i + c}}{\sum_j e^{z_j + c}} = \frac{e^c\, e^{z_i}}{e^c \sum_j e^{z_j}} = p_i $$
#
# This is useful. A computer cannot take `exp` of a large number: in float32 everything from 89 on is infinite, and then
# infinity is divided by infinity.

# %%
z = torch.tensor([1000.0, 999.0])
print("exp of 88 and 89:", torch.exp(torch.tensor([88.0, 89.0])).tolist())
print("by the formula:  ", (torch.exp(z) / torch.exp(z).sum()).tolist())
shifted = z - z.max()
print("shifted scores:  ", shifted.tolist())
print("and by these:    ", (torch.exp(shifted) / torch.exp(shifted).sum()).tolist())

# %% [markdown]
# With the *largest score subtracted* no exponent is above 0, so nothing overflows, and the sum is at least 1, so
# nothing is divided by 0.
#
# ## The logarithm of a probability
#
# In a moment we shall need $\log p_i$. To take the logarithm of the softmax is not enough: for $z = (0, 1000)$ the
# first probability, $e^{-1000}$, is rounded to 0, and the logarithm of 0 is minus infinity. The truth is an
# ordinary number, $-1000$. The way around it is to simplify first. With $m$ the largest score,
#
# $$ \log p_i = \log \frac{e^{z_i - m}}{\sum_j e^{z_j - m}} = z_i - m - \log \sum_j e^{z_j - m} $$
#
# and no exponential stands alone under a logarithm any more. For $(2, 1, 0.1)$ the log-probabilities are
# $(-0.417, -1.417, -2.317)$: the scores themselves, all moved by 2.417.
#
# ## Exercise 9-1: Softmax and its logarithm
#
# Scores come in batches: one sample in each row. So sums and maxima are taken over the *last* axis, `dim=-1`, each row
# by itself. `keepdim=True` keeps that axis with a length of 1, which lets the result be combined with the rows again:

# %%
table = torch.tensor([[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]])
print(table.sum(dim=-1), table.sum(dim=-1, keepdim=True), sep="\n")
print(table / table.sum(dim=-1, keepdim=True))

# %% [markdown]
# (A word on `max`: with a `dim` it returns two things, the values and where they stand. `amax` returns the values alone.)


# %%
def softmax(z):
    """Return the softmax of z over its last axis: probabilities, in a tensor of the same shape.

    z: scores, a tensor of any number of dimensions, of floats or of integers; it stays as it is. Scores of 1000 and
    more must not overflow, and rows have nothing to do with each other.

    Example: softmax(torch.tensor([2.0, 1.0, 0.1])) is about [0.659, 0.242, 0.099].
    """
    ### BEGIN SOLUTION
    powers = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return powers / powers.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %%
def log_softmax(z):
    """Return the logarithm of the softmax of z over its last axis, in a tensor of the same shape.

    z: as for softmax. The result is finite however far the scores are apart.

    Example: log_softmax(torch.tensor([0.0, 1000.0])) is [-1000, 0].
    """
    ### BEGIN SOLUTION
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))
    ### END SOLUTION


# %% points=3
check("9-1")

# %% [markdown]
# And the sigmoid? It is the softmax of two classes, one of which always has the score 0:

# %%
two = torch.tensor([[-2.0, 0.0], [0.0, 0.0], [3.0, 0.0]])
print("softmax:", softmax(two)[:, 0].tolist())
print("sigmoid:", torch.sigmoid(two[:, 0]).tolist())

# %% [markdown]
# ## How wrong is a probability?
#
# The right class should have got the probability 1. The **cross entropy** asks how far from that it is, and looks at
# no other class:
#
# $$ loss = -\log p_{\,right} $$

# %%
p = torch.linspace(0.005, 1, 200)
plt.plot(p, -torch.log(p))
for mark, word in ((1.0, "sure and right"), (0.5, "undecided of two"), (0.1, "guessing of ten")):
    loss = torch.log(1 / torch.tensor(mark)).item()
    plt.plot(mark, loss, "o", color="C1")
    plt.text(mark, loss + 0.3, f"{word}: {loss:.2f}", fontsize=9)
plt.xlabel("probability of the right class")
plt.ylabel("loss")
plt.xlim(0, 1.4)
plt.show()

# %% [markdown]
# To be sure and right costs nothing; to be sure and wrong costs without limit. And a model that knows nothing, and gives
# each of ten classes a tenth, pays $\log 10 = 2.303$ for every digit. Remember this number: it is the loss of the
# best constant answer where all ten classes are equally frequent.
#
# For a batch the loss is the *mean* over its samples. In our example, $p = (0.659, 0.242, 0.099)$, it is
# $-\log 0.659 = 0.417$ if class 0 is right, and $-\log 0.099 = 2.317$ if class 2 is.
#
# To pick one number out of each row, index with two lists, one of rows and one of columns:

# %%
table = torch.tensor([[10, 11, 12], [20, 21, 22]])
target = torch.tensor([2, 0])
rows = torch.arange(len(table))
print("one number of each row:", table[rows, target].tolist())
print("not the same thing:    ", table[:, target].tolist())

# %% [markdown]
# ## Its gradient
#
# Which way should the logits move? Of $loss = -\log p_t = -z_t + \log \sum_j e^{z_j}$, where $t$ is the right class, the
# derivative with respect to one score is
#
# $$
# \frac{\partial\, loss}{\partial z_i} =
# \frac{e^{z_i}}{\sum_j e^{z_j}} - \begin{cases} 1 & \text{if } i = t \\ 0 & \text{otherwise} \end{cases}
# \;=\; p_i - y_i
# $$
#
# if we write the target as a row of its own, 1 for the right class and 0 for the others: a **one-hot** row $y$. All
# exponentials and logarithms are gone, and what is left is *what the model says minus what is true*. In the example, for
# class 0, it is $(0.659 - 1,\; 0.242,\; 0.099) = (-0.341,\; 0.242,\; 0.099)$: a step downhill raises the first score
# and lowers the others, each by as much as it was wrong. Autograd agrees:

# %%
z = torch.tensor([[2.0, 1.0, 0.1]], requires_grad=True)
loss = nn.CrossEntropyLoss()(z, torch.tensor([0]))
loss.backward()
print("loss:", round(loss.item(), 4), " gradient:", [round(g, 3) for g in z.grad[0].tolist()])

# %% [markdown]
# The loss of a batch of $n$ samples is a mean, so each of its samples has $\frac1n$ of this gradient.
#
# ## Exercise 9-2: Cross entropy by hand
#
# Write both from the formulas. `nn.CrossEntropyLoss` knows the values, too, and is what yours are compared with, but
# who calls it has learnt nothing here. What you have written in 9-1 is of use.


# %%
def cross_entropy(logits, target):
    """Return the mean cross entropy of a batch: one number.

    logits: the scores, a tensor of shape (batch, classes), before any softmax. target: the right classes, an int64
    tensor of shape (batch,). The result is finite however far the scores are apart.

    Example: cross_entropy(torch.tensor([[2.0, 1.0, 0.1]]), torch.tensor([0])) is about 0.4170.
    """
    ### BEGIN SOLUTION
    rows = torch.arange(len(target), device=target.device)
    return -log_softmax(logits)[rows, target].mean()
    ### END SOLUTION


# %%
def cross_entropy_gradient(logits, target):
    """Return the gradient of cross_entropy with respect to the logits: a tensor of shape (batch, classes).

    logits and target: as for cross_entropy; both stay as they are.

    Example: for the logits [[2, 1, 0.1]] and the target [0] it is about [[-0.341, 0.242, 0.099]].
    """
    ### BEGIN SOLUTION
    one_hot = torch.zeros_like(logits)
    one_hot[torch.arange(len(target), device=target.device), target] = 1.0
    return (softmax(logits) - one_hot) / len(target)
    ### END SOLUTION


# %% points=3
check("9-2")

# %% [markdown]
# ## CrossEntropyLoss or NLLLoss?
#
# PyTorch offers the same loss twice. `nn.CrossEntropyLoss` wants logits and takes the logarithm of the softmax itself;
# `nn.NLLLoss` (negative log-likelihood) only does the picking, and wants log-probabilities. Neither complains if it is
# given the other's food, because one cannot tell by looking at a number what it is meant to be. Here is every
# combination, for $z = (2, 1, 0.1)$ and class 0:

# %%
z, target = torch.tensor([[2.0, 1.0, 0.1]]), torch.tensor([0])
losses = {"CrossEntropyLoss": nn.CrossEntropyLoss(), "NLLLoss": nn.NLLLoss()}
given = {"logits": z, "probabilities": softmax(z), "log-probabilities": log_softmax(z)}
for name, loss in losses.items():
    for what, value in given.items():
        print(f"{name} of {what}: {loss(value, target).item():.4f}")

# %% [markdown]
# | | logits | probabilities | log-probabilities |
# | --- | --- | --- | --- |
# | `nn.CrossEntropyLoss` | **0.4170** | 0.8021: softmax twice | 0.4170: right, but a detour |
# | `nn.NLLLoss` | -2.0000: no loss at all | -0.6590: the logarithm is missing | **0.4170** |
#
# - **Softmax, then `CrossEntropyLoss`** is the most common mistake of all. The loss stays high and the gradients are
#   weak: probabilities lie between 0 and 1, and even for a model that is sure and right the second softmax makes
#   $e^1 / (e^1 + 9 e^0)$, which is 0.23, of the 1. Of ten classes the loss never falls below 1.46.
#   For our digits the accuracy hardly suffers, which is why nobody notices.
# - **Logits into `NLLLoss`** give a loss that falls for ever, below 0 and on, because all it asks for is a large score.
#   A loss below 0 is the sign of it.
# - **Log-probabilities into `CrossEntropyLoss`** are no mistake. Their softmax is the probabilities once more:
#   $e^{\log p_i} / \sum_j e^{\log p_j} = p_i / 1$. It costs a little time.
#
# In this course a model ends with its logits, and `nn.CrossEntropyLoss` does the rest.
#
# ## The network
#
# A linear layer wants a row of features for each sample, so every image is laid out as a row of $28 \cdot 28 = 784$
# pixels. `x.flatten(1)` flattens all dimensions from 1 on, and leaves dimension 0, the batch, alone:

# %%
print("images:", tuple(x[:64].shape), " rows:", tuple(x[:64].flatten(1).shape))
print("without the 1:", tuple(x[:64].flatten().shape), "(64 images in one row)")

# %% [markdown]
# After that it is lesson 7's kind of network: linear layers, ReLU between them, ten outputs.
#
# $$ 784 \;\to\; \text{hidden sizes of your choice} \;\to\; 10 $$
#
# The lectures take four hidden layers, $784 \to 520 \to 320 \to 240 \to 120 \to 10$, for the 60,000 images of MNIST.
# For our 1,437 a single one is enough, 64 wide, say: it learns more quickly.
#
# ## Exercise 9-3: The network
#
# Write the class with at least one hidden layer. It is judged by what it learns as well: trained anew on other
# digits, for six epochs of Adam at a rate of 0.003 and in batches of 32, it must read most of those that it never
# had. Sixteen hidden units are enough for that, a single one is not. What comes out are the logits: after the last
# layer there is nothing, no ReLU and no softmax. (Log-probabilities are accepted as well; you have just seen why.)


# %%
class Net(nn.Module):
    """Linear layers, 784 -> … -> 10, with an activation between them, for images of 28 x 28 pixels.

    Each layer is an nn.Linear, or keeps its weight as a matrix; parameters are float32.

    Example: Net()(torch.zeros(5, 1, 28, 28)) has the shape (5, 10).
    """

    def __init__(self):
        ### BEGIN SOLUTION
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)
        ### END SOLUTION

    def forward(self, x):
        """Return the logits for x: a tensor of shape (batch, 10) for one of shape (batch, 1, 28, 28).

        In evaluation mode, after net.eval(), the same images always get the same logits.
        """
        ### BEGIN SOLUTION
        return self.output(torch.relu(self.hidden(x.flatten(1))))
        ### END SOLUTION


# %% points=3
check("9-3")

# %% [markdown]
# ## The loss of an epoch
#
# A loader from lesson 8 hands out the 1,437 digits in batches of 64, in a new order each epoch: 22 full batches, and a
# last one with the 29 that are left. Every batch has a mean loss of its own. What is the loss of the epoch?
#
# Take two batches: 4 samples with a mean loss of 2.0, and 2 samples with a mean loss of 0.5.
#
# | | | |
# | --- | --- | --- |
# | the mean over all samples | $(4 \cdot 2.0 + 2 \cdot 0.5) / 6$ | **1.5** |
# | the mean of the batch means | $(2.0 + 0.5) / 2$ | 1.25: the small batch counts too much |
# | the batch means, added and divided by the number of samples | $(2.0 + 0.5) / 6$ | 0.42: divided twice |
#
# The third row is how the lectures' own test loop reports its loss: it adds up `criterion(output, target).item()`, a
# mean already, and divides the sum by `len(loader.dataset)`. With batches of 64 the number comes out about 64 times
# too small. Nothing crashes, and the curve even looks right. Here is what it says of a network that has learnt nothing.
# (`nn.Flatten()` is `x.flatten(1)` as a layer, and `TensorDataset(x, y)` a ready-made dataset of lesson 8's kind, whose
# sample `i` is `(x[i], y[i])`.)

# %%
torch.manual_seed(0)
model = nn.Sequential(nn.Flatten(), nn.Linear(784, 64), nn.ReLU(), nn.Linear(64, 10))
loader = DataLoader(TensorDataset(x, y), batch_size=64)
added, weighted = 0.0, 0.0
with torch.no_grad():
    for images, labels in loader:
        mean = nn.CrossEntropyLoss()(model(images), labels).item()
        added += mean
        weighted += mean * len(labels)
print(f"batch means added, divided by {len(x)}: {added / len(x):.3f}")
print(f"mean over all samples:               {weighted / len(x):.3f}")

# %% [markdown]
# The second number is where it should be, near $\log 10 = 2.303$. So multiply each batch's mean by the size of its batch
# before you add them up.
#
# ## Accuracy
#
# Cross entropy is what the optimizer needs, because it has a slope everywhere. What people ask is: of a hundred digits,
# how many are read correctly? The model's answer is the class with the largest score, `argmax(dim=1)`. (Softmax does not
# change which one is the largest, so it is not needed here.)

# %%
logits = torch.tensor([[2.0, 1.0, 0.1], [0.3, 0.2, 0.9], [1.5, 1.6, -4.0], [0.0, -1.0, -2.0]])
target = torch.tensor([0, 2, 0, 0])
answers = logits.argmax(dim=1)
print("answers:", answers.tolist(), " right:", (answers == target).tolist())

# %% [markdown]
# Three of four are right: the accuracy is 0.75.
#
# ## Exercise 9-4: Train and measure
#
# Write the loop for mini-batches, and the accuracy. `model` gives logits, of any number of classes.


# %%
def train(model, loader, optimizer, epochs):
    """Train `model` with one step for each batch, and return the list of losses, one for each epoch.

    model: a module; model(x) are logits. loader: gives batches (x, y), the last one possibly smaller; y are class
    indices, int64. optimizer: moves the parameters of `model`. epochs: how often to go through the loader. The loss is
    the cross entropy, its mean over a batch for each step; the loss of an epoch is the mean over all its samples, each
    measured before the step of its batch (if all are measured after it, that will do, too).

    Example: with batches of 4 and 2 samples and mean losses of 2.0 and 0.5 the loss of the epoch is 1.5.
    """
    ### BEGIN SOLUTION
    criterion = nn.CrossEntropyLoss()
    losses = []
    model.train()
    for _ in range(epochs):
        total, count = 0.0, 0
        for images, labels in loader:
            loss = criterion(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            count += len(labels)
        losses.append(total / count)
    return losses
    ### END SOLUTION


# %%
def accuracy(model, x, y):
    """Return which share of the samples the model classifies correctly: a float between 0 and 1.

    model: a module; model(x) are logits of shape (batch, classes). x: the samples, a tensor. y: the right classes, an
    int64 tensor of shape (batch,). The model's parameters stay as they are.

    Example: 3 right answers of 4 make 0.75.
    """
    ### BEGIN SOLUTION
    with torch.no_grad():
        answers = model(x).argmax(dim=1)
    return (answers == y).float().mean().item()
    ### END SOLUTION


# %% points=4
check("9-4")

# %% [markdown]
# Now all four parts together:

# %%
torch.manual_seed(0)
model = Net()
loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)
optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
print(f"before: {accuracy(model, x_test, y_test):.1%} of the digits kept apart")
losses = train(model, loader, optimizer, epochs=8)
print(
    f"after:  {accuracy(model, x_test, y_test):.1%} of these, {accuracy(model, x, y):.1%} of its own"
)

plt.plot(range(1, 9), losses, "o-", label="loss of the epoch")
plt.axhline(2.303, color="gray", linestyle=":", label="a tenth for each class")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()

# %% [markdown]
# Before training it guesses; after a second of it, nearly nine of ten digits are read correctly that it never had. It
# does better on its own, which is no merit: these it could learn by heart. Where is it mistaken, and how sure was it?

# %%
with torch.no_grad():
    p = softmax(model(x_test))
answers = p.argmax(dim=1)
wrong = torch.nonzero(answers != y_test).flatten()
figure, axes = plt.subplots(1, 8, figsize=(10, 1.9))
for axis in axes:
    axis.axis("off")
for axis, i in zip(axes, wrong[::4]):
    axis.imshow(x_test[i, 0], cmap="gray_r")
    axis.set_title(f"{answers[i]} ({p[i].max():.0%})\nis a {y_test[i]}", fontsize=9)
plt.tight_layout()
plt.show()

# %% [markdown]
# Would they have misled you as well? The more clearly you can read one of them, the more it tells about what the network
# lacks. Let us look for its weakness, and move every test image to the right, by a few of its 28 pixels (one pixel of a
# scan is three and a half of these):

# %%
for pixels in (0, 1, 2, 3, 4):
    moved = nn.functional.pad(x_test, (pixels, -pixels))  # blank on the left, cut on the right
    print(f"moved by {pixels}: {accuracy(model, moved, y_test):.1%}")

# %% [markdown]
# To us the digits are the same as before. To the network each pixel is a feature of its own, and which of them are
# neighbours it was never told: flattening has thrown that away. Lesson 10 keeps it.
#
# The lectures use MNIST, 70,000 digits in the same form. If you have `torchvision` and a connection, load it like this, and
# run the cells above once more (with the lectures' larger network, and a few minutes of time):
#
# ```python
# from course.data import mnist
#
# x, y = (torch.from_numpy(array) for array in mnist("mnist", download=True))
# x_test, y_test = (torch.from_numpy(array) for array in mnist("mnist", train=False))
# ```
#
# Try it: put a softmax at the end of `Net`. How low does the loss come in eight epochs, and what becomes of the accuracy?
