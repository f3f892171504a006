# %% [markdown]
# # Lesson 7: Wide and deep
#
# So far a sample was one number: hours of study, an area, an $x$. Real samples have many features, and what follows
# from them is seldom a straight line. So models grow in two directions:
#
# - **wide**: many numbers per sample go in, and many come out of a layer,
# - **deep**: the output of one layer is the input of the next.
#
# Wide is a matter of one matrix product. Deep is where this lesson meets its obstacle: layers stacked the obvious way
# can stop learning altogether. You will see it happen, measure why, and get around it.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from course import check
from course.data import diabetes

# %% [markdown]
# The data are 442 real patients with diabetes: age, sex, body mass index, blood pressure and six blood values, ten
# features in all. The label is 1 if the disease progressed within a year by more than it did for the median patient,
# so half of them have a 1.

# %%
x, y = (torch.from_numpy(table) for table in diabetes())
print("x:", tuple(x.shape), " y:", tuple(y.shape), " share of ones:", y.mean().item())
print("the first patient:", [round(v, 2) for v in x[0].tolist()], "->", y[0].item())

# %% [markdown]
# This patient is 59 years old, so what is the 0.8? Each column has been *standardised*: its mean is subtracted (48.5
# years), and the rest divided by its standard deviation (13.1 years). So 0 is average in every column, and no feature
# is louder than another only because of its unit. (Remember what unscaled areas did in lesson 2.)
#
# ## Wide: all features of all samples at once
#
# With one feature the prediction was $x w + b$. With three, each feature has a weight of its own, and the products
# are added up. For the sample $(1, 2, 3)$, the weights $(0.1, 0.2, 0.3)$ and a bias of 0.5:
#
# $$ 1 \cdot 0.1 + 2 \cdot 0.2 + 3 \cdot 0.3 + 0.5 = 1.9 $$
#
# Put the samples into the *rows* of a matrix $X$ and the weights of each output into a *column* of a matrix $W$, and
# one matrix product does that for every sample and every output:
#
# $$
# \underbrace{\hat Y}_{\text{samples} \times \text{outputs}} =
# \underbrace{X}_{\text{samples} \times \text{features}} \;
# \underbrace{W}_{\text{features} \times \text{outputs}} + \; b
# $$
#
# The inner sizes must agree, and they vanish. The bias has one number per output, and every row gets the same: it is
# *broadcast* over the samples. Written out with loops, for two samples, three features and two outputs:

# %%
X = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]
W = [[0.1, 1.0], [0.2, 0.0], [0.3, -1.0]]
b = [0.5, 10.0]
for row in X:
    outputs = []
    for j in range(2):  # the outputs
        total = b[j]
        for i in range(3):  # the features
            total += row[i] * W[i][j]
        outputs.append(round(total, 2))
    print(row, "->", outputs)

# %% [markdown]
# ## Exercise 7-1: The wide layer
#
# Write the same as one line of array code. Python's operator for the matrix product is `@`, and `+` broadcasts by
# itself.


# %%
def wide_forward(X, W, b):
    """Return the outputs of a linear layer for every sample: an array or tensor of shape (batch, outputs).

    X: the samples, of shape (batch, features). W: the weights, of shape (features, outputs). b: the bias, of shape
    (outputs,), or one number for all outputs. All of them NumPy arrays, or all of them tensors.

    Example: for X = [[1, 2, 3], [4, 5, 6]], W = [[0.1, 1], [0.2, 0], [0.3, -1]] and b = [0.5, 10] as arrays, it is
    [[1.9, 8.0], [3.7, 8.0]].
    """
    ### BEGIN SOLUTION
    return X @ W + b
    ### END SOLUTION


# %% points=2
check("7-1")

# %% [markdown]
# `nn.Linear(10, 6)` does just that, with one quirk: it stores its weight the other way round, with shape (outputs,
# features), and transposes it on the way.

# %%
layer = nn.Linear(10, 6)
print("weight:", tuple(layer.weight.shape), " bias:", tuple(layer.bias.shape))
by_hand = wide_forward(x, layer.weight.T, layer.bias)
print("outputs:", tuple(by_hand.shape), " the same:", torch.allclose(by_hand, layer(x), atol=1e-6))

# %% [markdown]
# ## Deep: layers in a row
#
# To stack layers, the outputs of one must be as many as the inputs of the next: $8 \to 6 \to 4 \to 1$. And something
# must stand between them that is not linear. Otherwise the stack is no deeper than a single layer, because
# $(X W_1) W_2 = X (W_1 W_2)$, and $W_1 W_2$ is just another matrix:

# %%
first, second = torch.randn(10, 6), torch.randn(6, 1)
two_layers = (x @ first) @ second
one_layer = x @ (first @ second)
print("two layers and one differ by", f"{(two_layers - one_layer).abs().max().item():.0e}")

# %% [markdown]
# What stands between is an *activation* from lesson 6. The lectures that this course follows take the sigmoid after
# every layer: the last one has to end in (0, 1), so why not all three? Their network is $8 \to 6 \to 4 \to 1$ for
# another table of diabetes patients, one with eight features, and it is trained for 100 epochs of SGD at a learning
# rate of 0.1. We rebuild it, give it eight of our ten columns (all but age and sex), and keep their settings.
# `nn.Sequential` calls its parts one after the other, and `nn.Sigmoid()` is `torch.sigmoid` as such a part.


# %%
def lectures_network(activation):
    torch.manual_seed(2)
    return nn.Sequential(
        nn.Linear(8, 6), activation, nn.Linear(6, 4), activation, nn.Linear(4, 1), nn.Sigmoid()
    )


def train(model, x, y, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


eight = x[:, 2:]
model = lectures_network(nn.Sigmoid())
losses = train(model, eight, y, torch.optim.SGD(model.parameters(), lr=0.1), epochs=100)
predictions = model(eight).detach()
print(f"loss: {losses[0]:.3f} at first, {losses[-1]:.4f} at last")
print(f"predictions: from {predictions.min():.3f} to {predictions.max():.3f}")
constant = nn.BCELoss()(torch.full_like(y, 0.5), y).item()
print(f"loss of always predicting 0.5: {constant:.4f}")

# %% [markdown]
# The loss fell, so it has learnt something? Look at the predictions: nearly the same number for every patient. All
# that was learnt is the share of ones. A dozen other random starts end between 0.687 and 0.695. (In the lectures' own
# table about 65 percent of the labels are 1, and the loss comes to rest near 0.645: again the loss of one constant
# answer, 0.65 for everybody.) **Always compare a loss with that of the best constant.** A loss that falls proves
# nothing.
#
# ## Why it learns nothing
#
# The slope of the sigmoid is nowhere more than $\frac14$. With the small weights that a layer starts from, every
# sigmoid therefore squeezes the differences between patients to a fraction. Here is the standard deviation over all
# patients, averaged over the *units* (so the outputs of a layer are called), after each layer of a new network:


# %%
def spreads(model, x):
    found = [x.std(dim=0).mean().item()]
    for step in model:
        x = step(x)
        if not isinstance(step, nn.Linear):  # after each activation
            found.append(x.std(dim=0).mean().item())
    return found


with torch.no_grad():
    for activation in (nn.Sigmoid(), nn.ReLU()):
        row = [f"{s:.4f}" for s in spreads(lectures_network(activation), eight)]
        print(f"{type(activation).__name__:>8}: input {row[0]}, then {row[1]}, {row[2]}, {row[3]}")

# %% [markdown]
# After two sigmoids little is left of what tells one patient from another; the last layer sees almost the same input
# whoever comes. And the gradient, on its way back, is multiplied by the same small slopes, so the first layer, which
# could make the differences larger, hardly moves. Lastly, 100 small steps are not many. Which of these is to blame?
# Change the activation, or the optimizer with a rate that suits it, or both. (More epochs are for you to try.)

# %%
runs = {
    "sigmoid, SGD 0.1 (the lectures)": (nn.Sigmoid(), torch.optim.SGD, 0.1),
    "ReLU, SGD 0.1": (nn.ReLU(), torch.optim.SGD, 0.1),
    "sigmoid, Adam 0.02": (nn.Sigmoid(), torch.optim.Adam, 0.02),
    "ReLU, Adam 0.02": (nn.ReLU(), torch.optim.Adam, 0.02),
}
for name, (activation, optimizer, lr) in runs.items():
    model = lectures_network(activation)
    losses = train(model, eight, y, optimizer(model.parameters(), lr=lr), epochs=100)
    plt.plot(losses, label=f"{name}: {losses[-1]:.3f}")
plt.axhline(constant, color="gray", linestyle=":", label=f"best constant: {constant:.3f}")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.ylim(bottom=0.3)
plt.legend(title="final loss", fontsize="small", loc="lower left")
plt.show()

# %% [markdown]
# Either change alone gets the network going. ReLU has a slope of 1 wherever it lets anything through; Adam divides
# each gradient by its usual size, so that even a tiny one makes a full step. Together they are quickest. The sigmoid
# keeps its place at the very end, where a probability is wanted.
#
# ## Exercise 7-2: The model
#
# Write the network as a class of your own, for all ten features: three `nn.Linear` layers, $10 \to 6 \to 4 \to 1$.
# After the first two comes an activation of your choice, after the last a sigmoid. It is also judged by what it
# learns: trained anew on patients who are made up, by Adam, it must tell the labels of others. Leave the layers a
# random start, such as `nn.Linear` gives them.


# %%
class Model(nn.Module):
    """Three linear layers, 10 -> 6 -> 4 -> 1: an activation of your choice after the first two, then a sigmoid.

    Its only parameters are the layers' weights and biases, float32; an nn.PReLU may learn its slope, too. After
    model.eval() its output does not depend on chance (an nn.Dropout sees to that by itself).

    Example: Model()(torch.zeros(5, 10)) has the shape (5, 1), and each number in it is between 0 and 1.
    """

    def __init__(self):
        ### BEGIN SOLUTION
        super().__init__()
        self.first = nn.Linear(10, 6)
        self.second = nn.Linear(6, 4)
        self.third = nn.Linear(4, 1)
        ### END SOLUTION

    def forward(self, x):
        """Return the probabilities for x: a tensor of shape (batch, 1) for one of shape (batch, 10)."""
        ### BEGIN SOLUTION
        x = torch.relu(self.first(x))
        x = torch.relu(self.second(x))
        return torch.sigmoid(self.third(x))
        ### END SOLUTION


# %% points=3
check("7-2")

# %% [markdown]
# Train it, but on 300 of the patients only, and watch the other 142 as well: for them the model was not made to fit.

# %%
torch.manual_seed(0)
model = Model()
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
seen, unseen = [], []
for _ in range(150):
    seen += train(model, x[:300], y[:300], optimizer, epochs=1)
    with torch.no_grad():
        unseen.append(nn.BCELoss()(model(x[300:]), y[300:]).item())
plt.plot(seen, label="the 300 patients that it learns from")
plt.plot(unseen, "--", label="the other 142")
plt.axhline(constant, color="gray", linestyle=":", label="best constant")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()

# %% [markdown]
# The first curve falls on and on. With ReLU the second one hardly falls after some 20 epochs, later it rises, and in
# the end it is worse than the constant: the network has learnt what is peculiar to its 300 patients, and that is of
# no use for the others. (With another activation this may take longer.) So a low training loss is not yet a good
# model. What counts is the loss on samples that it has not seen.
#
# ## Deeper
#
# If three layers do well, why not eleven? Nobody wants to write eleven attributes, so the layers go into a list. A
# plain list will not do: `nn.Module` looks for layers among its attributes, and not into lists. `nn.ModuleList` is a
# list that it does look into.


# %%
class Plain(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(2, 2) for _ in range(3)]


class Registered(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(2, 2) for _ in range(3))


for kind in (Plain, Registered):
    print(f"{kind.__name__}: {len(list(kind().parameters()))} parameters for the optimizer")

# %% [markdown]
# ## Exercise 7-3: As deep as you like
#
# Write a model with any number of linear layers, `depth`. Only the first and the last differ from the others:
#
# $$ 10 \to width \to width \to \dots \to width \to 1 $$
#
# The activation is an argument, too: a function such as `torch.relu`. It comes after every layer but the last, which
# ends in a sigmoid whatever the activation is.


# %%
class DeepModel(nn.Module):
    """`depth` linear layers, 10 -> width -> … -> width -> 1, with an activation between them and a sigmoid at the end.

    depth: the number of linear layers, 2 or more. width: the number of outputs of every layer but the last.
    activation: a function of a tensor, such as torch.relu or torch.sigmoid, applied after every layer but the last.

    Example: DeepModel(4, 5, torch.relu) has the layers 10 -> 5, 5 -> 5, 5 -> 5 and 5 -> 1, eight parameters (four
    weights and four biases) with 121 numbers in all.
    """

    def __init__(self, depth, width, activation):
        ### BEGIN SOLUTION
        super().__init__()
        sizes = [10] + [width] * (depth - 1) + [1]
        self.layers = nn.ModuleList(nn.Linear(sizes[i], sizes[i + 1]) for i in range(depth))
        self.activation = activation
        ### END SOLUTION

    def forward(self, x):
        """Return the probabilities for x: a tensor of shape (batch, 1) for one of shape (batch, 10)."""
        ### BEGIN SOLUTION
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return torch.sigmoid(self.layers[-1](x))
        ### END SOLUTION


# %% points=3
check("7-3")

# %% [markdown]
# ## The vanishing gradient
#
# How much does each layer learn in a step? The larger its gradient, the more. On its way from the loss back to the
# first layer the gradient passes through every layer in between, and at each it is multiplied by the slope of the
# activation and by that layer's weights:
#
# $$
# \frac{\partial\, loss}{\partial W_1} \;\sim\;
# \underbrace{\sigma'(z_1)\, W_2 \;\; \sigma'(z_2)\, W_3 \;\; \cdots \;\; \sigma'(z_{10})\, W_{11}}_{\text{ten factors}}
# \cdot \frac{\partial\, loss}{\partial z_{11}}
# $$
#
# For the sigmoid each slope is $\frac14$ at best, and ten of them make $4^{-10}$, a millionth, at best; the weights,
# which start small, take their share as well.
#
# The size of a whole matrix of gradients is its *norm*, the root of the sum of all squares, which `.norm()`
# calculates:
#
# $$ \lVert G \rVert = \sqrt{\sum_{i, j} G_{ij}^2} $$
#
# As an example take one layer with two features and weights of 0. Every prediction is $\sigma(0) = 0.5$. For the
# sample $(3, 4)$ with the label 1 the gradient of the loss is $(0.5 - 1) \cdot (3, 4) = (-1.5, -2)$, and its norm
# $\sqrt{2.25 + 4} = 2.5$:

# %%
model = nn.Sequential(nn.Linear(2, 1), nn.Sigmoid())
with torch.no_grad():
    for parameter in model.parameters():
        parameter.zero_()
nn.BCELoss()(model(torch.tensor([[3.0, 4.0]])), torch.tensor([[1.0]])).backward()
for name, parameter in model.named_parameters():
    print(name, parameter.ndim, "dimensions, gradient", parameter.grad.tolist())

# %% [markdown]
# ## Exercise 7-4: Gradient norms, layer by layer
#
# Write a function that measures this for any model made of linear layers. Only the weights are asked for, the
# matrices, not the biases. Two things to take care of: gradients that an earlier `backward()` has left must not
# count, and nothing is to be trained here, so the parameters stay as they are.


# %%
def gradient_norms(model, x, y):
    """Return the norm of the loss's gradient for the weight of each linear layer: a list of numbers, input layer first.

    model: any module made of linear layers, made in the order in which x passes them, each with a bias or without,
    wherever in the module they are kept (in a list, for instance); model(x) are probabilities.
    x: a tensor of shape (batch, features). y: the labels, 0.0 or 1.0, a tensor of shape (batch, 1). The loss is the
    mean binary cross entropy. Biases do not count.

    Example: for the model above, nn.Linear(2, 1) with zeros and a sigmoid, x = [[3, 4]] and y = [[1]] as tensors, it
    is [2.5].
    """
    ### BEGIN SOLUTION
    model.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]
    ### END SOLUTION


# %% points=3
check("7-4")

# %% [markdown]
# Now look at eleven layers. (The axis is logarithmic: each line of the grid is a hundred times the one below.)

# %%
for activation in (torch.sigmoid, torch.tanh, torch.relu):
    torch.manual_seed(0)
    norms = gradient_norms(DeepModel(11, 16, activation), x, y)
    name = activation.__name__
    plt.semilogy(range(1, 12), norms, "o-", label=name)
    print(f"{name:>8}: first layer {norms[0]:.0e}, last layer {norms[-1]:.0e}")
plt.xlabel("layer, input first")
plt.ylabel("norm of its gradient")
plt.grid(axis="y")
plt.legend()
plt.show()

# %% [markdown]
# With sigmoids the first layer's gradient is some five hundred million times smaller than the last one's. It is not
# zero, but it might as well be. The slope of tanh is 1 at its steepest and ReLU's is 1 or 0, so with them the
# gradient does arrive. It shrinks there, too, because the weights are small to begin with, but about a hundredfold.
# Does it matter? Train both:

# %%
for activation in (torch.sigmoid, torch.relu):
    torch.manual_seed(0)
    model = DeepModel(11, 16, activation)
    losses = train(model, x, y, torch.optim.Adam(model.parameters(), lr=0.01), epochs=100)
    print(f"{activation.__name__:>8}: loss {losses[0]:.3f} at first, {losses[-1]:.3f} at last")

# %% [markdown]
# Not even Adam helps the eleven sigmoids: nothing of the patients reaches the last layer, so there is nothing to be
# learnt from. That is why the hidden layers of today's networks have ReLU or one of its relatives. Networks of a
# hundred layers need one more idea, a shortcut for the gradient past each layer. You will build it in lesson 11.
#
# Try it: which depth is the last at which `DeepModel(depth, 16, torch.sigmoid)` still beats the best constant?
