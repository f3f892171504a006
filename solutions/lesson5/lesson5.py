# %% [markdown]
# # Lesson 5: Linear regression the PyTorch way
#
# You have trained models by hand: the formula, its gradients, the update of each weight. In lesson 4 autograd took the
# gradients over. PyTorch has a ready-made part for all the rest, too, and most programs written with it, up to the
# largest language models, have the same three steps:
#
# 1. **Model**: a class that holds the parameters and says, in `forward`, how a prediction is made of them.
# 2. **Loss and optimizer**: one says how wrong the predictions are, the other how the parameters move.
# 3. **Loop**: predict, measure, send the gradients back, step. Repeat.
#
# In the lessons to come, step 1 changes most.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from course import check

# %% [markdown]
# The data is that of lesson 2, now as tensors of shape (batch, features): three samples with one feature each.
# The inner brackets matter. A layer treats every row as one sample.

# %%
x = torch.tensor([[1.0], [2.0], [3.0]])
y = torch.tensor([[2.0], [4.0], [6.0]])
print("x:", tuple(x.shape), " y:", tuple(y.shape))

# %% [markdown]
# ## Step 1: the model
#
# `nn.Linear(1, 1)` is a straight line: one feature in, one out. It makes its own weight and bias, with random values
# to start from, and marks them as parameters, for autograd to follow:
#
# $$ \hat y = x\, w + b $$
#
# Run the cell below twice: the line is another one each time.

# %%
layer = nn.Linear(1, 1)
print("parameters: ", [tuple(p.shape) for p in layer.parameters()])
w, b = layer.weight.item(), layer.bias.item()
print(f"by the layer: {layer(x).flatten().tolist()}")
print(f"by hand:      {[v * w + b for v in x.flatten().tolist()]}")

# %% [markdown]
# A model is a class made from `nn.Module`. Its `__init__` creates the layers and `forward` uses them. Here is one for
# another formula, $\hat y = a \sin(x)$, with a parameter of its own:


# %%
class Wave(nn.Module):
    def __init__(self):
        super().__init__()  # sets up the bookkeeping of parameters, so it comes first
        self.height = nn.Parameter(torch.tensor(0.5))

    def forward(self, x):
        return self.height * torch.sin(x)


wave = Wave()
print(list(wave.named_parameters()))
print(wave(x).flatten().tolist())  # calling the model calls forward

# %% [markdown]
# Nobody told `wave` that `height` is a parameter: `nn.Module` notices whatever parameter or layer is assigned to
# `self`. (It does not look into a plain list.) That is how an optimizer will find them all with
# `wave.parameters()`.
#
# ## Exercise 5-1: The model
#
# Write the model of this lesson: a single `nn.Linear(1, 1)`.


# %%
class Model(nn.Module):
    """A straight line: one `nn.Linear(1, 1)` and nothing else.

    Example: with a weight of 2 and a bias of 1, Model()(torch.tensor([[3.0]])) is tensor([[7.0]]).
    """

    def __init__(self):
        ### BEGIN SOLUTION
        super().__init__()
        self.linear = nn.Linear(1, 1)
        ### END SOLUTION

    def forward(self, x):
        """Return the predictions for x: a tensor of shape (batch, 1) for one of shape (batch, 1)."""
        ### BEGIN SOLUTION
        return self.linear(x)
        ### END SOLUTION


# %% points=2
check("5-1")

# %% [markdown]
# ## Step 2: the loss and the optimizer
#
# The loss of this lesson is the squared error, *summed* over the samples:
#
# $$ loss = \sum_i (\hat y_i - y_i)^2 $$
#
# In PyTorch that is `nn.MSELoss(reduction="sum")`. Without the argument it takes the mean instead, which here makes
# gradients, and therefore steps, three times smaller.
#
# The optimizer is given the parameters once, when it is made, and moves them each time its `step()` is called.
# Here is one step on a weight alone, with $\hat y = x w$ and $w = 1$: the errors are $-1, -2, -3$, so the loss is 14
# and its gradient $2\,(-1 \cdot 1 - 2 \cdot 2 - 3 \cdot 3) = -28$. With a learning rate of 0.01 the weight moves
# from 1 to 1.28.

# %%
weight = torch.tensor(1.0, requires_grad=True)
criterion = nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD([weight], lr=0.01)

loss = criterion(x * weight, y)
loss.backward()
print(f"loss {loss.item()}, gradient {weight.grad.item()}")
optimizer.step()
print(f"weight {weight.item():.2f}")

# %% [markdown]
# ## Step 3: the loop, and why it zeroes gradients
#
# Training repeats four lines. Three of them you have just seen; the fourth is easily forgotten:
#
# | line | what it does |
# | --- | --- |
# | `loss = criterion(model(x), y)` | forward: predict, and measure the error |
# | `optimizer.zero_grad()` | forget the gradients of the last step |
# | `loss.backward()` | backward: find the gradients of this one |
# | `optimizer.step()` | move the parameters |
#
# `backward()` does not *set* `.grad`, it *adds* to it. That is useful where several losses should count together,
# but in this loop it means that, without `zero_grad()`, every step is taken along the sum of all gradients so far.
# Like a pendulum without friction, the weight then swings past its goal and back, for ever:


# %%
def weights_visited(zero):
    weight = torch.tensor(1.0, requires_grad=True)
    visited = [weight.item()]
    for _ in range(40):
        if zero:
            weight.grad = None
        ((x * weight - y) ** 2).sum().backward()
        with torch.no_grad():
            weight -= 0.01 * weight.grad
        visited.append(weight.item())
    return visited


plt.plot(weights_visited(zero=True), label="gradient zeroed before each step")
plt.plot(weights_visited(zero=False), "--", label="gradients piling up")
plt.axhline(2.0, color="gray", linewidth=0.5)
plt.xlabel("epoch")
plt.ylabel("weight")
plt.ylim(0.8, 3.8)
plt.legend()
plt.show()

# %% [markdown]
# ## Exercise 5-2: The training loop
#
# Write the loop for any model, and for any optimizer whose `step()` needs no argument. Note the loss as a plain
# number: `loss.item()`. The tensor itself would keep the whole graph of its epoch in memory.


# %%
def train(model, x, y, optimizer, epochs):
    """Train `model` on all samples at once, one step per epoch, and return the list of losses.

    model: a module; model(x) are its predictions. x, y: tensors of shape (batch, 1). optimizer: moves the parameters
    of `model`. epochs: how many steps to take. The loss is the squared error summed over the samples; each one in
    the list is measured before the step of its epoch.

    Example: for the x and y of this lesson, a weight of 1, a bias of 0, SGD with lr=0.01 and 2 epochs, the losses
    are about [14.0, 6.264]; after the first epoch the weight is 1.28 and the bias 0.12.
    """
    ### BEGIN SOLUTION
    criterion = nn.MSELoss(reduction="sum")
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
check("5-2")

# %% [markdown]
# Now the three steps together. The model has never seen $x = 4$; the right answer is 8.

# %%
torch.manual_seed(0)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
losses = train(model, x, y, optimizer, epochs=500)

with torch.no_grad():  # no gradients are needed to predict
    prediction = model(torch.tensor([[4.0]])).item()
print(f"final loss {losses[-1]:.1e}, prediction for x = 4: {prediction:.3f}")
plt.semilogy(losses)
plt.xlabel("epoch")
plt.ylabel("loss")
plt.show()

# %% [markdown]
# The curve has a knee: weight and bias together soon fit the data roughly, and the rest of the time is spent on
# trading one for the other, along a long flat valley. Here it is from above, with the first hundred steps from the
# same start:

# %%
torch.manual_seed(0)
model = Model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
path = []
for _ in range(100):
    path.append([parameter.item() for parameter in model.parameters()])
    train(model, x, y, optimizer, epochs=1)

weights, biases = torch.meshgrid(
    torch.linspace(-0.5, 3, 141), torch.linspace(-1.5, 2.5, 161), indexing="ij"
)
heights = ((x.reshape(-1, 1, 1) * weights + biases - y.reshape(-1, 1, 1)) ** 2).sum(dim=0)
plt.contour(weights, biases, heights, levels=[0.03, 0.1, 0.3, 1, 3, 10, 30], cmap="viridis")
plt.plot(*zip(*path), ".-", color="tab:red", label="a dot for each step")
plt.plot(2, 0, "k*", markersize=12, label="weight 2, bias 0")
plt.xlabel("weight")
plt.ylabel("bias")
plt.legend()
plt.show()

# %% [markdown]
# Each line joins points of equal loss. A handful of steps lead down into the valley, all the others along its floor.
# How quickly a valley is followed is up to the optimizer.
#
# ## Exercise 5-3: Which optimizer?
#
# `torch.optim` holds many. Compare eight of them: `Adagrad`, `Adam`, `Adamax`, `ASGD`, `LBFGS`, `RMSprop`, `Rprop` and
# `SGD`. Three things to know:
#
# - A class can be looked up by its name: `getattr(torch.optim, "Adam")` is `torch.optim.Adam`.
# - A race is fair only if all start from the same line. Each optimizer needs a model of its own, and all of these
#   must begin with the same parameters. `torch.manual_seed(0)` before each `Model()` does that: the "random" start
#   is then the same each time. (Copying one model with `copy.deepcopy` does it, too.)
# - `LBFGS` measures the loss several times within one step. So it must be able to *ask* for it: its `step` is handed
#   a function, the **closure**, which zeroes the gradients, computes the loss, calls `backward()` and returns the
#   loss. `step(closure)` returns the loss of the first call, which is the one before the step. All other optimizers
#   take a closure as well, and call it once.
#
# A closure looks like this, here for a single weight once more:

# %%
weight = torch.tensor(1.0, requires_grad=True)
optimizer = torch.optim.LBFGS([weight], lr=0.01)
seen = []  # only to watch what LBFGS does


def closure():
    optimizer.zero_grad()
    loss = ((x * weight - y) ** 2).sum()
    loss.backward()
    seen.append(loss.item())
    return loss


print("returned by one step:", optimizer.step(closure).item())
print(f"{len(seen)} calls of the closure in it, the loss fell to {seen[-1]:.2f}")


# %%
def compare_optimizers(x, y, names, epochs):
    """Train one straight line with each optimizer, all from the same start, and return their losses by name.

    x, y: tensors of shape (batch, 1). names: names of optimizers in torch.optim, "LBFGS" possibly among them; each
    gets lr=0.01 and is otherwise left as torch makes it. epochs: how often each one's step is called. The result is
    a dictionary: for each of `names` the list of its losses, one for each epoch (squared errors, summed over the
    samples, before the step; if all of an optimizer's are measured after it, that will do, too).

    Example: compare_optimizers(x, y, ["SGD", "LBFGS"], 10) has the keys "SGD" and "LBFGS", each with 10 losses, the
    first of both the same before the step.
    """
    ### BEGIN SOLUTION
    criterion = nn.MSELoss(reduction="sum")

    def losses_of(name):
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            return loss

        return [optimizer.step(closure).item() for _ in range(epochs)]

    return {name: losses_of(name) for name in names}
    ### END SOLUTION


# %% points=4
check("5-3")

# %% [markdown]
# And the race itself:

# %%
names = ["Adagrad", "Adam", "Adamax", "ASGD", "LBFGS", "RMSprop", "Rprop", "SGD"]
for number, (name, losses) in enumerate(compare_optimizers(x, y, names, epochs=15).items()):
    plt.semilogy(losses, linestyle=["-", "--"][number % 2], label=f"{name}: {losses[-1]:.1e}")
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend(title="final loss", fontsize="small", loc="lower left")
plt.show()

# %% [markdown]
# `LBFGS` ends lowest, but each of its steps costs up to twenty evaluations of the loss, 300 in all: as many as 300
# steps of `SGD`, which end at 0.008. `ASGD` lies right on top of `SGD`: it is the same walk, with an average of the
# weights kept beside it. `Rprop` looks at the sign of each gradient only and lengthens its steps as long as the sign
# stays the same, until it overshoots. And `Adam`, the favourite of deep learning, among the last? It divides each
# gradient by its usual size, so that a step is about as long as the learning rate, and 15 steps of 0.01 lead no
# further than 0.15. The same learning rate does not mean the same to all optimizers: it has to be chosen anew for
# each.
#
# Try it: train a `Model` with `torch.optim.Adam(model.parameters(), lr=0.5)` for 100 epochs, then with `SGD` at the same
# rate.
