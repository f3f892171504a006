# %% [markdown]
# # Lesson 12: Basic RNN
#
# Every network so far took a sample, gave an answer and forgot it. Words, melodies and weather do not come as one
# sample. They come as a *sequence*, one step after the other, and what a step means depends on those before it: after
# "th" comes an "e" more often than after "tt".
#
# A **recurrent** neural network (RNN) reads a sequence step by step and carries a memory along, the *hidden state*. In
# this lesson you turn text into tensors, write a recurrent network by hand, and teach one to spell.

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from course import check

# %% [markdown]
# ## Characters are not numbers
#
# A network wants numbers. We could number the characters, h = 0, i = 1, e = 2, but then e would be twice i, and i would
# lie between h and e. Nothing of that is meant. So each character gets a place of its own in a row of zeros, and a 1
# stands at that place: a **one-hot** vector.
#
# With the vocabulary `hielo`, five characters in that order, "hi" becomes
#
# $$
# h \to (1, 0, 0, 0, 0) \qquad i \to (0, 1, 0, 0, 0)
# $$
#
# A text of $n$ characters becomes $n$ such rows. Here is the word of this lesson, "hihell", as a picture:

# %%
rows = [[1.0 if letter == known else 0.0 for known in "hielo"] for letter in "hihell"]
plt.figure(figsize=(3, 3))
plt.imshow(rows, cmap="Blues", vmax=1.5)
plt.xticks(range(5), "hielo")
plt.yticks(range(6), "hihell")
plt.xlabel("vocabulary")
plt.ylabel("text")
plt.show()

# %% [markdown]
# ## Exercise 12-1: From text to tensors and back
#
# Write both directions. A character that is not in the vocabulary has no place, and guessing one would go unnoticed for
# a long time. So say which one it is, in a `ValueError`.
#
# Watch out for a trap: Python strings have a method `find`, which returns -1 for what it does not find, and -1 is a
# place, too: the last one.


# %%
def one_hot(text, vocabulary):
    """Return the text as one-hot rows: a float32 tensor of shape (length of the text, size of the vocabulary).

    text: a string. vocabulary: all characters that are known, each once, as a string or as a list; their order decides
    which column is whose, and h is another one than H. Raises ValueError for a character that is not in the vocabulary;
    its message holds the character.

    Example: one_hot("hi", "hielo") is tensor([[1., 0., 0., 0., 0.], [0., 1., 0., 0., 0.]]).
    """
    ### BEGIN SOLUTION
    rows = torch.zeros(len(text), len(vocabulary))
    for row, character in zip(rows, text):
        if character not in vocabulary:
            raise ValueError(f"{character!r} is not in the vocabulary")
        row[vocabulary.index(character)] = 1.0
    return rows
    ### END SOLUTION


# %%
def decode(indices, vocabulary):
    """Return the characters at these places of the vocabulary, as one string.

    indices: places, counted from 0, as a list of integers or as a tensor of shape (length,). vocabulary: as for
    one_hot, a string or a list.

    Example: decode([0, 1, 0, 2, 3, 3], "hielo") is "hihell".
    """
    ### BEGIN SOLUTION
    return "".join(vocabulary[int(index)] for index in indices)
    ### END SOLUTION


# %% points=2
check("12-1")

# %% [markdown]
# There and back again. The 1 is the largest number in its row, so `argmax` finds its place. The same will turn a
# network's output into text: the largest number wins.

# %%
rows = one_hot("hihell", "hielo")
print(rows.argmax(dim=1))
print(decode(rows.argmax(dim=1), "hielo"))

# %% [markdown]
# ## A network with a memory
#
# At each step $t$ a recurrent cell takes two things, the input $x_t$ and its own last state $h_{t-1}$. It makes the new
# state of them:
#
# $$ h_t = \tanh(W_{ih}\, x_t + b_{ih} + W_{hh}\, h_{t-1} + b_{hh}) $$
#
# Two linear layers, then, one for the **i**nput and one for the **h**idden state, both with as many outputs as the
# state has numbers. Their sum goes through tanh, so the state stays between -1 and 1 however long the sequence is. At
# the start there is nothing to remember, and $h_0$ is usually 0.
#
# The cell is the *same* at every step, with the same weights. Drawn once for each step, as if there were many of it, it
# looks like this: the network *unrolled*. Each state goes two ways: up, as the output of its step, and on to the next step.


# %%
def draw_unrolled(inputs, outputs):
    plt.figure(figsize=(7, 2.6))
    arrow = {"arrowstyle": "->", "color": "gray"}
    box = {"boxstyle": "round,pad=0.5", "facecolor": "#cfe2f3"}
    plt.annotate("h₀", (0.85, 1), (0.15, 1), arrowprops=arrow, va="center", ha="center")
    for t in range(1, len(inputs) + 1):
        plt.text(t, 1, "cell", bbox=box, ha="center", va="center")
        plt.annotate("", (t, 0.75), (t, 0.2), arrowprops=arrow)
        plt.annotate("", (t, 1.8), (t, 1.25), arrowprops=arrow)
        plt.text(t, 0.1, inputs[t - 1], ha="center", va="top", fontsize=13)
        plt.text(t, 1.85, outputs[t - 1], ha="center", va="bottom", fontsize=13)
        if t < len(inputs):
            plt.annotate("", (t + 0.8, 1), (t + 0.2, 1), arrowprops=arrow)
            plt.text(t + 0.5, 1.08, f"h{'₀₁₂₃₄₅₆'[t]}", ha="center", color="gray")
    plt.xlim(0, len(inputs) + 0.5)
    plt.ylim(-0.3, 2.3)
    plt.axis("off")
    plt.show()


draw_unrolled("hihell", ["h₁", "h₂", "h₃", "h₄", "h₅", "h₆"])

# %% [markdown]
# A small example by hand: one feature, a state of one number, $W_{ih} = 0.5$, $W_{hh} = 2$, both biases 0, and the
# inputs 1, 0, 0.
#
# | step | $x_t$ | $h_{t-1}$ | sum | $h_t$ |
# | --- | --- | --- | --- | --- |
# | 1 | 1 | 0 | 0.5 · 1 + 2 · 0 = 0.5 | tanh(0.5) = 0.462 |
# | 2 | 0 | 0.462 | 0.5 · 0 + 2 · 0.462 = 0.924 | tanh(0.924) = 0.728 |
# | 3 | 0 | 0.728 | 0.5 · 0 + 2 · 0.728 = 1.456 | tanh(1.456) = 0.897 |
#
# The inputs of steps 2 and 3 are the same, 0, and their states are not: the 1 of the first step is still in them.
#
# ## Exercise 12-2: A recurrent network by hand
#
# Write one step, then the whole walk through a sequence. Use tensor operations, and leave `nn.RNN` and `nn.RNNCell`
# alone for now. Three remarks:
#
# - Here a whole batch walks at once: `x` has one row for each sequence, and so has `h`. With samples in rows and the
#   weights stored as torch stores them, (outputs, inputs), the product is `x @ W_ih.T`, as in lesson 7.
# - `xs` has the shape (batch, steps, features). So `xs[:, t]` is the input of step `t`, for all sequences of the batch.
# - `torch.stack([first, second], dim=1)` puts tensors of shape (batch, hidden) behind each other along a new dimension:
#   (batch, 2, hidden).


# %%
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    """Return the next hidden state, tanh(W_ih x + b_ih + W_hh h + b_hh) for each sequence: shape (batch, hidden).

    x: the inputs of one step, of shape (batch, features). h: the states before it, of shape (batch, hidden).
    W_ih: (hidden, features). W_hh: (hidden, hidden). b_ih, b_hh: (hidden,). All are tensors of one dtype, which the
    result has as well. None of them is changed.

    Example: with x = [[1.0]], h = [[0.0]], W_ih = [[0.5]], W_hh = [[2.0]] and b_ih = b_hh = [0.0], it is [[0.4621]].
    Another one, with three features and a state of two numbers: with x = [[1.0, 2.0, 3.0]], h = [[0.2, 0.4]],
    W_ih = [[0.1, 0.2, 0.0], [0.0, 0.0, 0.1]], W_hh = [[0.0, 1.0], [0.0, 0.0]] and b_ih = b_hh = [0.0, 0.0], it is
    [[0.7163, 0.2913]].
    """
    ### BEGIN SOLUTION
    return torch.tanh(x @ W_ih.T + b_ih + h @ W_hh.T + b_hh)
    ### END SOLUTION


# %%
def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    """Return (outputs, h): the hidden states after every step, and the one after the last.

    xs: sequences of inputs, of shape (batch, steps, features). h0: the states before the first step, of shape
    (batch, hidden). The weights are those of rnn_cell. outputs: of shape (batch, steps, hidden). h: of shape
    (batch, hidden). Nothing that is given is changed.

    Example: with xs = [[[1.0], [0.0], [0.0]]], h0 = [[0.0]] and the weights of rnn_cell's first example, outputs is
    [[[0.4621], [0.7277], [0.8968]]] and h is [[0.8968]].
    """
    ### BEGIN SOLUTION
    h = h0
    outputs = []
    for t in range(xs.shape[1]):
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h)
    return torch.stack(outputs, dim=1), h
    ### END SOLUTION


# %% points=4
check("12-2")

# %% [markdown]
# `nn.RNN` does the same. It needs to be told `batch_first=True`, or else it takes the first dimension for the steps and
# the second for the batch. Nothing complains about that mistake: the shapes fit, and the sequences of a batch are mixed
# up. Give yours the weights of torch's, and compare:

# %%
torchs = nn.RNN(input_size=5, hidden_size=3, batch_first=True)
for name, parameter in torchs.named_parameters():
    print(f"{name:>12}: {tuple(parameter.shape)}")

xs = torch.stack([one_hot("hihell", "hielo"), one_hot("ohello", "hielo")])
outputs, last = torchs(xs)
mine, my_last = rnn(xs, torch.zeros(2, 3), *torchs.parameters())
print("outputs:", tuple(outputs.shape), " last state:", tuple(last.shape))
print(
    "the same:",
    torch.allclose(outputs, mine, atol=1e-6),
    torch.allclose(last[0], my_last, atol=1e-6),
)

# %% [markdown]
# (The last state of torch's has one dimension more, for the layers. RNNs can be stacked, too: the outputs of one layer
# are the inputs of the next one. That is what `num_layers` means.)
#
# How long does it remember? Let a 1 come in at the first step, and then nothing but zeros. It depends on $W_{hh}$:

# %%
pulse = torch.zeros(1, 20, 1)
pulse[0, 0, 0] = 1.0
none = torch.zeros(1)
for strength in (0.5, 0.9, 1.0, 1.5):
    states, _ = rnn(
        pulse, torch.zeros(1, 1), torch.ones(1, 1), torch.tensor([[strength]]), none, none
    )
    plt.plot(range(1, 21), states[0, :, 0], ".-", label=f"$W_{{hh}} = {strength}$")
plt.xticks([1, 5, 10, 15, 20])
plt.xlabel("step")
plt.ylabel("hidden state")
plt.legend()
plt.show()

# %% [markdown]
# Below 1 the memory fades, with 0.5 within a few steps; above 1 it stays for ever. At 1 it fades as well, but ever more
# slowly: tanh makes a little less of each number, and the smaller the number, the less it takes away. What is worth
# keeping, and for how long, is for the training to find out.
#
# ## hihell → ihello
#
# The task of the lectures: read "hihell", and at each step name the character that comes next. So after the h an i,
# after the i an h, and so on to the o: the targets spell "ihello".

# %%
draw_unrolled("hihell", "ihello")

# %% [markdown]
# Without a memory that cannot be done. After the first h comes an i, after the second an e; after the first l comes an
# l, after the second an o. A network that sees one character only must split its bets at these four steps: half and
# half, a cross entropy of $\ln 2$ each. The other two steps are certain, so the best that it can reach is
#
# $$ \frac{4 \ln 2 + 2 \cdot 0}{6} = 0.462 \text{ per character.} $$
#
# And always betting on the same five probabilities, those of "ihello" itself, gives 1.561. These two numbers are what
# we measure our network against.
#
# Now for the network. The lectures give `nn.RNN` five inputs and a hidden state of five numbers, one for each
# character, and put that state straight into the cross entropy. Let us do that, from three random starts:


# %%
class Headless(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn = nn.RNN(5, 5, batch_first=True)

    def forward(self, x):
        outputs, _ = self.rnn(x)
        return outputs


def teach(model, x, y, epochs=100):
    optimizer = torch.optim.Adam(model.parameters(), lr=0.1)
    losses = []
    for _ in range(epochs):
        logits = model(x)
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


x = one_hot("hihell", "hielo").unsqueeze(0)  # a batch of one word: (1, 6, 5)
y = one_hot("ihello", "hielo").argmax(dim=1).unsqueeze(0)  # (1, 6)
for seed in range(3):
    torch.manual_seed(seed)
    model = Headless()
    without = teach(model, x, y)
    word = decode(model(x)[0].argmax(dim=1), "hielo")
    print(f"start {seed}: loss {without[-1]:.3f}, it spells {word}")

# %% [markdown]
# Not one of the losses is anywhere near 0. (And of 30 starts that we tried, only 21 spelled the word.) More epochs would
# not bring it to 0, because there is a floor. What tanh returns is between -1 and 1. At best the right character has 1 and the
# other four have -1, and even then the cross entropy is
#
# $$ -\ln \frac{e^{1}}{e^{1} + 4\,e^{-1}} = \ln(1 + 4\,e^{-2}) = 0.4327. $$
#
# The network can never be sure. A hidden state has another flaw as output: it has to be as large as the vocabulary,
# though what is worth remembering has nothing to do with the number of letters.
#
# The cure is a **head**: one linear layer that makes logits of the state. Its weights may grow, so the logits can be as
# large as they like, and the state can have any size. (Note the `flatten` in `teach`: the cross entropy wants one row
# of logits for each character, of all words of the batch one after the other.)
#
# ## Exercise 12-3: A recurrent network with a head
#
# Put `nn.RNN` and a linear head together. The head works on the last dimension of whatever it is given, so it can
# take all steps at once. Do not apply a softmax: the cross entropy wants logits, as in lesson 9. It is judged by what
# it learns, too: trained anew as below, it must spell words.


# %%
class RNN(nn.Module):
    """An nn.RNN with num_layers layers, batch first, and an nn.Linear from each step's hidden state to the logits.

    num_classes: how many logits there are for each step. input_size: the number of features of each step.
    hidden_size: the size of the hidden state. num_layers: how many recurrent layers are stacked. The hidden state is 0
    at the start of every sequence.

    Example: RNN(5, 4, 8, 2)(torch.zeros(3, 6, 4)) has the shape (3, 6, 5): five logits for each of six steps of three
    sequences.
    """

    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        ### BEGIN SOLUTION
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        ### END SOLUTION

    def forward(self, x):
        """Return the logits for x: shape (batch, steps, num_classes) for an x of shape (batch, steps, input_size)."""
        ### BEGIN SOLUTION
        outputs, _ = self.rnn(x)
        return self.head(outputs)
        ### END SOLUTION


# %% points=4
check("12-3")

# %% [markdown]
# The same task and the same training, but now with a head. How does the word come about?

# %%
for epochs in (0, 5, 10, 20, 100):
    torch.manual_seed(0)
    model = RNN(num_classes=5, input_size=5, hidden_size=5, num_layers=1)
    losses = teach(model, x, y, epochs)
    print(f"{epochs:>3} epochs: {decode(model(x)[0].argmax(dim=1), 'hielo')}")

plt.plot(without, label="without a head")
plt.plot(losses, label="with a head")
plt.axhline(0.462, color="gray", linestyle="--", label="best without a memory: 0.462")
plt.axhline(0.4327, color="gray", linestyle=":", label="best of tanh: 0.4327")
plt.xlabel("epoch")
plt.ylabel("cross entropy per character")
plt.ylim(bottom=0)
plt.legend()
plt.show()

# %% [markdown]
# With a head it falls through both lines and goes to 0. Of 30 starts all 30 spell the word, with a loss of 0.0022 or
# less.
#
# ## From one-hot to embedding
#
# What happens to a one-hot row in the first linear layer? All but one of its numbers are 0, so of the whole table
# of weights, with one row for each character, a single row is left: the product only *looks it up*. (torch stores that
# table on its side, as $W_{ih}$ with a column for each.)

# %%
table = torch.tensor([[0.1, 0.2], [1.1, 1.2], [2.1, 2.2], [3.1, 3.2], [4.1, 4.2]])
print(one_hot("hell", "hielo") @ table)
print(table[[0, 2, 3, 3]])

# %% [markdown]
# So the zeros and the multiplications can be spared: keep a table with one row for each character, and read the row. That
# is `nn.Embedding(num_embeddings, embedding_dim)`. It takes the places themselves, integers, and returns their rows.
# The table is a parameter, so the network learns by itself which numbers describe a character best. A row is as long
# as you like: for 50,000 words one-hot rows would have 50,000 numbers, an embedding may have 100.

# %%
embedding = nn.Embedding(5, 2)
print(embedding(torch.tensor([[0, 1, 0, 2, 3, 3]])).shape)

# %% [markdown]
# ## Words of different lengths
#
# A tensor is a rectangle, and words are not. To put "hello", "hi" and "ohio" into one batch, the shorter ones are filled
# up at the end: **padding**. As before, each character is to predict the next one, so the inputs are a word without its
# last character, and the targets are the word without its first.
#
# | word | inputs | targets |
# | --- | --- | --- |
# | hello | h e l l | e l l o |
# | hi | h · · · | i · · · |
# | ohio | o h i · | h i o · |
#
# What stands for the dots? As inputs it does not matter. The network reads from left to right, so what comes after the
# end of a word cannot change what it has said before; we take 0. That is the place of a character as well, so leave
# `padding_idx` out of `nn.Embedding`: the row that it names is never learnt. Among the targets it does matter, because
# nobody should be rewarded for predicting padding. A target of **-100** says: *this one does not count*.
# `nn.CrossEntropyLoss` knows that number (it is called `ignore_index` there) and takes the mean over all other
# characters.


# %%
def batch_of(words, vocabulary):
    """Return (inputs, targets) of these words, both of shape (words, steps), padded with 0 and -100."""
    steps = max(len(word) for word in words) - 1
    inputs = torch.zeros(len(words), steps, dtype=torch.int64)
    targets = torch.full((len(words), steps), -100)
    for row, word in enumerate(words):
        places = torch.tensor([vocabulary.index(character) for character in word])
        inputs[row, : len(word) - 1] = places[:-1]
        targets[row, : len(word) - 1] = places[1:]
    return inputs, targets


inputs, targets = batch_of(["hello", "hi", "ohio"], "hielo")
print(inputs)
print(targets)

# %% [markdown]
# ## Exercise 12-4: Embedding and training
#
# Write the whole thing: a network that takes places instead of one-hot rows, and the loop that trains it, for any batch
# of words with padding.


# %%
class EmbeddingRNN(nn.Module):
    """An embedding of each place, an nn.RNN with num_layers layers, batch first, and an nn.Linear to the logits.

    num_classes: the size of the vocabulary: how many rows the embedding has, and how many logits there are for each
    step. embedding_size: how many numbers a row of the embedding has. hidden_size, num_layers: as for RNN.

    Example: EmbeddingRNN(5, 3, 8, 1)(torch.tensor([[0, 1, 0, 2], [4, 0, 1, 0]])) has the shape (2, 4, 5).
    """

    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        ### BEGIN SOLUTION
        super().__init__()
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)
        ### END SOLUTION

    def forward(self, x):
        """Return the logits for x: shape (batch, steps, num_classes) for places, int64, of shape (batch, steps)."""
        ### BEGIN SOLUTION
        outputs, _ = self.rnn(self.embedding(x))
        return self.head(outputs)
        ### END SOLUTION


# %%
def train(model, x, y, optimizer, epochs):
    """Train the model, one step of the optimizer an epoch for the whole batch, and return the list of losses.

    model: model(x) are logits of shape (batch, steps, classes). x: inputs, y: targets, both int64 of shape
    (batch, steps). optimizer: one that moves the model's parameters. epochs: how many steps it takes. The loss is the
    mean cross entropy over all characters of the batch whose target is not -100, and there is one number for each epoch.

    Example: if the model gives five equal logits everywhere, the first loss is ln 5 = 1.6094, whatever y is.
    """
    ### BEGIN SOLUTION
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
    ### END SOLUTION


# %% points=4
check("12-4")

# %% [markdown]
# ## It writes by itself
#
# A network that predicts the next character can also write: give it a first one, take what it predicts as the next
# input, and go on. To know when to stop, each word ends in a full stop.

# %%
vocabulary = "abhnot."
words = ["anna.", "bob.", "hannah.", "otto."]
inputs, targets = batch_of(words, vocabulary)

torch.manual_seed(0)
model = EmbeddingRNN(num_classes=7, embedding_size=4, hidden_size=12, num_layers=1)
losses = train(model, inputs, targets, torch.optim.Adam(model.parameters(), lr=0.02), epochs=200)
print(f"loss {losses[0]:.3f} at first, {losses[-1]:.4f} at last")


def write(first, longest=10):
    text = first
    with torch.no_grad():
        while len(text) < longest and not text.endswith("."):
            places = one_hot(text, vocabulary).argmax(dim=1)
            logits = model(places.unsqueeze(0))
            text += decode(logits[0, -1:].argmax(dim=1), vocabulary)
    return text


for first in "abho":
    print(first, "->", write(first))

# %% [markdown]
# After "an" comes an n, and after "ann" an a. At the end of "anna" comes the full stop, but after the same four letters
# in "hanna" comes an h: only the memory of the very first letter tells the two apart.
#
# Large language models are trained on this very task, to predict what comes next, with trillions of words of text.
# What has changed is the cell. Plain RNNs forget: the gradient, on its way back through the steps, vanishes just
# as it does through many layers in lesson 7. LSTM and GRU cells, which torch has as well, guard their memory better,
# and attention does without a hidden state.
#
# Try it: let it write from a letter that begins none of the words. And how long may a word become before it can no
# longer be learnt?
