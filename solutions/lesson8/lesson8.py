# %% [markdown]
# # Lesson 8: Datasets and loaders
#
# Since lesson 5 every step of the training has used all samples at once. With 442 patients that is no trouble. With a
# million photographs it is: they fit into no memory, and one step would take minutes. So the samples are handed out
# in small portions, the mini-batches of lesson 3, and a step is taken after each. This lesson builds the four parts
# of that:
#
# - a **dataset**, which knows how many samples there are and can fetch any one of them,
# - a **loader**, which puts samples together into portions, in a new order each time,
# - a **training loop** over the portions,
# - a **split** of the samples into those to learn from and those to be tested on.

# %%
import gzip
import time

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, Dataset, Subset

from course import check

# %% [markdown]
# ## The file
#
# The patients of lesson 7 now come as a file, `diabetes.csv.gz`, which lies beside this notebook. `.csv` means
# *comma-separated values*, one sample per line; `.gz` means that it is compressed. `gzip.open` undoes the
# compression while it reads:

# %%
with gzip.open("diabetes.csv.gz", "rt") as file:
    for _ in range(3):
        print(file.readline().strip())

# %% [markdown]
# The first line is the *header*: it names the columns and is no patient. Each further line is a patient, with ten
# features, already standardised, and the label in the last column.
#
# NumPy reads such a table in one call, compressed or not. It has to be told what separates the columns, how many lines
# to skip at the top, and which type the numbers are to have. It takes a path or, as here, a list of lines:

# %%
lines = ["height,weight,label", "1.5,50,0", "1.7,65,1", "1.8,90,1"]
table = np.loadtxt(lines, delimiter=",", skiprows=1, dtype=np.float32)
print(table)
print("all columns but the last:", table[:, :-1].shape)
print("the last one:", table[:, -1].shape, "or, as a column,", table[:, [-1]].shape)

# %% [markdown]
# Three details matter here:
#
# - **float32.** NumPy's own choice is float64, but the layers of a network have float32 parameters, and torch refuses
#   to multiply the two.
# - **The label as a column.** A network with one output gives predictions of shape (batch, 1). The labels of a batch
#   must have that shape, too, so the label of one sample has the shape (1,), not ().
# - **Read once.** Reading even this small file takes hundreds of times longer than taking a row from an array. So read it
#   when the dataset is made, and not each time a sample is asked for.
#
# ## A dataset
#
# For torch a dataset is anything that answers two questions: how many samples are there (`len(dataset)`), and what is
# sample number i (`dataset[i]`). Python turns the first into a call of `__len__`, and the second into one of
# `__getitem__`. The smallest example, a "dataset" of square numbers:


# %%
class Squares(Dataset):
    def __init__(self, count):
        self.numbers = torch.arange(float(count))

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        return self.numbers[index], self.numbers[index] ** 2


squares = Squares(4)
print("length:", len(squares))
print("sample 3:", squares[3])
for number, square in squares:
    print(f"{number:.0f} squared is {square:.0f}")

# %% [markdown]
# The last loop works although nothing in the class speaks of loops. Python asks for sample 0, 1, 2 and so on until the
# answer is an `IndexError`. Tensors, arrays and lists raise it by themselves for an index beyond their end. But a
# dataset that answers for *every* index (by `index % len(self)`, say) makes a loop that never ends.
#
# And `squares[1:3]`? Python calls `__getitem__` for that as well, with a *slice* instead of a number. A tensor knows
# what to do with it. But code that is written for one sample may give nonsense without a word: in a table `row[:-1]` is
# a row without its last column, but if `row` is a slice of several rows, it is the slice without its last *row*.
# (`row[..., :-1]` means the last dimension in both cases.)
#
# ## Exercise 8-1: The patients as a dataset
#
# Write the dataset of the patients. It is given the path of its file, so that it works for any file of that form.


# %%
class DiabetesDataset(Dataset):
    """The patients in a file: item number i is the pair (features, label) of patient i.

    path: where the file lies, a compressed table (.csv.gz). Its first line names the columns; each further line is a
    patient, ten features and the label, 0 or 1. The file is read once, when the dataset is made.

    Example: for dataset = DiabetesDataset("diabetes.csv.gz") the length is 442, and dataset[0] is a pair of float32
    tensors of shapes (10,) and (1,), the second of them tensor([1.]). (NumPy arrays of float32 will do as well: a
    DataLoader makes tensors of them.)
    """

    def __init__(self, path):
        ### BEGIN SOLUTION
        table = np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.float32)
        self.features = torch.from_numpy(table[:, :-1])
        self.labels = torch.from_numpy(table[:, [-1]])
        ### END SOLUTION

    def __getitem__(self, index):
        """Return (features, label) of one patient: float32 tensors (or arrays) of shapes (10,) and (1,).

        index: 0 for the first patient; beyond the last one an IndexError is raised. A slice such as 2:5 gives the
        features and the labels of these patients, and -1 gives the last patient. You need not support them: a slice, -1 or both may raise an
        error instead. But they must not give a wrong answer.
        """
        ### BEGIN SOLUTION
        return self.features[index], self.labels[index]
        ### END SOLUTION

    def __len__(self):
        """Return the number of patients."""
        ### BEGIN SOLUTION
        return len(self.labels)
        ### END SOLUTION


# %% points=4
check("8-1")

# %%
dataset = DiabetesDataset("diabetes.csv.gz")
features, label = dataset[0]
print(len(dataset), "patients; the first:", features, "->", label)

# %% [markdown]
# ## Batches, iterations, epochs
#
# Three words that are easily mixed up:
#
# - a **batch** (or mini-batch) is the portion of samples that one step uses, and the *batch size* says how many,
# - an **iteration** is one step, with one batch,
# - an **epoch** is over when every sample was used once.
#
# With $n$ samples and a batch size of $B$ an epoch has
#
# $$ \text{iterations} = \left\lceil \frac{n}{B} \right\rceil \qquad \text{or, if an incomplete batch is dropped,}
# \qquad \left\lfloor \frac{n}{B} \right\rfloor $$
#
# ($\lceil\;\rceil$ rounds up to a whole number, $\lfloor\;\rfloor$ rounds down). For example 10 samples in batches of
# 4: two full ones and one of the 2 that are left, so 3 iterations; or 2, if the incomplete one is dropped.
#
# `DataLoader` does the work. A list has a length and can be indexed, so it will do as a dataset:

# %%
for batch in DataLoader(list(range(10, 20)), batch_size=4):
    print(batch)

# %% [markdown]
# Where a sample is a pair, so is the batch: the features of its samples are put on top of each other in one tensor,
# and the labels in another.

# %%
for x, y in DataLoader(dataset, batch_size=200):
    print("features:", tuple(x.shape), " labels:", tuple(y.shape))

# %% [markdown]
# Two more settings:
#
# - `shuffle=True` draws a new order for each epoch. Without it the batches are the same again and again. That is bad
#   if the file is sorted, as you will see below.
# - `num_workers=2` starts two more processes, which fetch the next batches while this one calculates with the present
#   one. It pays if fetching is slow, as with photographs that have to be read and decoded. With 0, the default, no
#   process is started.
#
# (On Windows and macOS, and from Python 3.14 on everywhere, a worker process begins with an empty memory. It knows a
# class only if it stands in a file that it can import, so your `DiabetesDataset`, which stands in a notebook, works
# there with 0 workers only.)
#
# ## Exercise 8-2: The loader
#
# Write a function that makes a loader for any dataset, and one that calculates how many batches it gives.


# %%
def make_loader(dataset, batch_size, shuffle, num_workers):
    """Return a torch DataLoader that gives the samples of `dataset` in batches, each sample once per epoch.

    dataset: anything with a length and samples. batch_size: the number of samples in a batch; the last one may be
    smaller. shuffle: True for a new order in each epoch, False for the order of the dataset. num_workers: how many
    processes fetch samples; 0 for none but this one.

    Example: make_loader(list(range(10)), 4, False, 0) gives the tensors [0, 1, 2, 3], [4, 5, 6, 7] and [8, 9].
    """
    ### BEGIN SOLUTION
    return DataLoader(dataset, batch_size=batch_size, shuffle=shuffle, num_workers=num_workers)
    ### END SOLUTION


# %%
def iterations_per_epoch(n, batch_size, drop_last):
    """Return how many batches an epoch has: a whole number.

    n: the number of samples. batch_size: the number of samples in a batch. drop_last: True if a last batch that is
    not full is dropped, False if it counts.

    Example: iterations_per_epoch(10, 4, False) is 3, and iterations_per_epoch(10, 4, True) is 2.
    """
    ### BEGIN SOLUTION
    full, rest = divmod(n, batch_size)
    return full if drop_last or rest == 0 else full + 1
    ### END SOLUTION


# %% points=3
check("8-2")

# %% [markdown]
# Here is what shuffling does: each row is an epoch, each square one of 24 samples, and its colour the batch that
# the sample was in.

# %%
rows = []
for shuffle in (False, True, True):
    batch_of = torch.zeros(24)
    loader = make_loader(list(range(24)), batch_size=6, shuffle=shuffle, num_workers=0)
    for number, samples in enumerate(loader):
        batch_of[samples] = number
    rows.append(batch_of)

plt.figure(figsize=(8, 2))
plt.imshow(torch.stack(rows), cmap="viridis")
plt.yticks([0, 1, 2], ["not shuffled", "shuffled", "shuffled again"])
plt.xlabel("sample")
plt.colorbar(label="batch", ticks=[0, 1, 2, 3], shrink=0.6)
plt.show()

# %% [markdown]
# And here is what workers do. For samples that are in memory already they are of no use: starting the processes takes
# longer than all the fetching.

# %%
for workers in (0, 2):
    begin = time.perf_counter()
    loader = make_loader(
        list(range(len(dataset))), batch_size=32, shuffle=True, num_workers=workers
    )
    batches = list(loader)
    print(f"{workers} workers: {len(batches)} batches in {time.perf_counter() - begin:.3f} s")
print("calculated:", iterations_per_epoch(len(dataset), 32, drop_last=False), "batches")

# %% [markdown]
# ## Training with batches
#
# The training loop gets a second loop inside: for each epoch, for each batch, the four lines of lesson 5. The loss is
# that of lesson 7, the binary cross entropy of a model that ends in a sigmoid, which `nn.BCELoss()` calculates as
# the mean over the batch.
#
# What is the loss *of an epoch*, then? The mean over all its samples. If all batches are of one size, that is the mean
# of the batch losses. But the last one may be smaller, and then its few samples would count too much. Take two
# batches, one of 4 samples with a mean loss of 0.5, and one of a single sample with 1.5:
#
# $$ \underbrace{\frac{0.5 + 1.5}{2} = 1.0}_{\text{mean of the batches}} \qquad
# \underbrace{\frac{4 \cdot 0.5 + 1 \cdot 1.5}{4 + 1} = 0.7}_{\text{mean of the samples}} $$
#
# So multiply each batch's loss by its number of samples, add up, and divide by the number of all samples. (The model
# changes from batch to batch, so this mean is taken over a moving target. It costs nothing extra, and that is
# why everybody does it.)
#
# ## Exercise 8-3: The training loop
#
# Write it for any model that ends in a sigmoid, any loader and any optimizer.


# %%
def train(model, loader, optimizer, epochs):
    """Train `model` with one step per batch, and return the list of losses, one number per epoch.

    model: a module; model(x) are probabilities of shape (batch, 1). loader: gives the batches (x, y) of one epoch each
    time a `for` loop goes through it; y has shape (batch, 1). optimizer: moves the parameters of `model`. epochs: how
    often to go through the loader. The loss of a batch is the mean binary cross entropy of its samples, before its
    step (if all are measured after it, that will do, too); the loss of an epoch is the mean over all of its samples.

    Example: for a model that says 0.5 whatever comes, and an optimizer with lr=0, each loss is log 2, about 0.693.
    """
    ### BEGIN SOLUTION
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        total, samples = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x)
            samples += len(x)
        losses.append(total / samples)
    return losses
    ### END SOLUTION


# %% points=4
check("8-3")

# %% [markdown]
# Does it matter how large the batches are? Three networks from the same start, five epochs each. All of them see every
# patient five times:


# %%
def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Linear(10, 6), nn.ReLU(), nn.Linear(6, 4), nn.ReLU(), nn.Linear(4, 1), nn.Sigmoid()
    )


for batch_size in (442, 32, 8):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = train(model, make_loader(dataset, batch_size, True, 0), optimizer, epochs=5)
    steps = 5 * iterations_per_epoch(len(dataset), batch_size, False)
    plt.plot(range(1, 6), losses, "o-", label=f"batches of {batch_size}: {steps} steps")
plt.axhline(np.log(2), color="gray", linestyle=":", label="best constant")
plt.xticks(range(1, 6))
plt.ylim(bottom=0.4)
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()

# %% [markdown]
# With all patients in one batch, five epochs are five steps, and hardly anything is learnt. A small batch only
# estimates the gradient, but the estimate is good enough, and for the same five looks at each patient there are
# many more steps. There are limits: a single patient says little about the direction, and many small steps take
# longer to calculate than a few large ones.
#
# And shuffling? Sort the patients by their label, all those with a 0 first, as some file might well have them, and
# train with batches of 8. At the end we measure the loss on all patients with the finished model.


# %%
def loss_on(model, part):
    x, y = next(iter(make_loader(part, len(part), False, 0)))  # all of it in one batch
    with torch.no_grad():
        return nn.BCELoss()(model(x), y).item()


pairs = sorted(dataset, key=lambda pair: pair[1].item())
for shuffle in (False, True):
    model = network()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = train(model, make_loader(pairs, 8, shuffle, 0), optimizer, epochs=5)
    print("shuffled:" if shuffle else "in order:", [round(loss, 3) for loss in losses])
    print(f"    loss of the finished model: {loss_on(model, pairs):.3f}")

# %% [markdown]
# In order, the losses of the epochs look splendid, and the finished model is worse than the best constant, 0.693. For
# half of each epoch the network is told that the answer is always 0, and soon says so, with a small loss. In the
# other half it learns to say 1. What it has learnt when the epoch is over is what it was told last. Shuffled, every
# batch is a mixture.
#
# ## Learning and testing
#
# In lesson 7 the loss on unseen patients stopped falling long before the other one did. So some patients must be
# kept back. Which ones? Not the last 100: in a sorted file these would all be of one kind. They have to be drawn at
# random. But if they are drawn anew in each run, no two runs can be compared. So the draw is made *repeatable*: a
# **seed**, a number of your choice, fixes all that a random generator will give.

# %%
for seed in (1, 1, 2):
    generator = torch.Generator().manual_seed(seed)
    print("seed", seed, "->", torch.randperm(8, generator=generator).tolist())

# %% [markdown]
# `torch.randperm(8)` is a *permutation*: each number below 8 once, in random order. The generator here is one of its
# own; `torch.manual_seed` would set the one that all of torch shares, and with it the start of the next model.
#
# A permutation is all that a split needs: the first few numbers say which samples go into the one part, the rest into
# the other. `torch.utils.data.Subset(dataset, indices)` is a dataset that holds the samples with these numbers.
# (`torch.utils.data.random_split` does both at once.)
#
# ## Exercise 8-4: The split
#
# Three things make a split a good one. It is **disjoint**: no sample is in both parts, or the test would be about
# what was learnt by heart. It is **complete**: no sample is lost. And it is **repeatable**: the same seed gives the
# same parts.


# %%
def split(dataset, fraction, seed):
    """Return two datasets, (first, second), between which the samples of `dataset` are divided at random.

    dataset: anything with a length and samples. fraction: the share of the samples that goes into the first, such as
    0.8, rounded up or down to a whole number of samples. seed: a whole number; the same one gives the same two
    datasets again, in the same order, and another one gives others.

    Example: split(list(range(10)), 0.8, seed=0) gives a dataset of 8 and one of 2; each number from 0 to 9 is
    in one of them.
    """
    ### BEGIN SOLUTION
    order = torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed)).tolist()
    count = round(fraction * len(dataset))
    return Subset(dataset, order[:count]), Subset(dataset, order[count:])
    ### END SOLUTION


# %% points=3
check("8-4")

# %% [markdown]
# Now all four together: split the file, train on the one part in batches, and measure the loss on the other.


# %%
learning, testing = split(dataset, 0.8, seed=0)
print(len(learning), "patients to learn from,", len(testing), "to be tested on")
model = network()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
loader = make_loader(learning, 16, True, 0)
seen, unseen = [], []
for _ in range(10):
    seen += train(model, loader, optimizer, epochs=1)
    unseen.append(loss_on(model, testing))
plt.plot(range(1, 11), seen, "o-", label="patients it learns from")
plt.plot(range(1, 11), unseen, "s--", label="patients it has never seen")
plt.axhline(np.log(2), color="gray", linestyle=":", label="best constant")
plt.xticks(range(1, 11))
plt.xlabel("epoch")
plt.ylabel("loss")
plt.legend()
plt.show()
print(f"finished model: {loss_on(model, learning):.3f} and {loss_on(model, testing):.3f}")

# %% [markdown]
# Both losses of the finished model are below that of the best constant, 0.693: what it has learnt holds for patients that
# it has never seen, too. Which of the two losses is the smaller one depends on the draw. With fewer than a hundred
# patients to be tested on it may be either: some draws put the clearer cases among them, and others the harder ones.
#
# Try it: other seeds give other patients to test on. How much does the last loss on the unseen ones differ between the
# seeds 0 to 4? A difference between two models that were tested on different
# patients means little if it is no larger than that.
