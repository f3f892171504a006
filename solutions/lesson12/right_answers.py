"""Other right answers to lesson 12: the graders must accept each of them in full."""

# %% 12-1: torch's one_hot
import torch.nn.functional as F


def one_hot(text, vocabulary):
    places = []
    for c in text:
        if c not in vocabulary:
            raise ValueError("unknown character: " + c)
        places.append(vocabulary.index(c))
    return F.one_hot(torch.tensor(places), num_classes=len(vocabulary)).float()


def decode(indices, vocabulary):
    text = ""
    for i in indices:
        text += vocabulary[i]
    return text


# %% 12-1: rows of the identity, found through a dictionary
def one_hot(text, vocabulary):
    place = {c: i for i, c in enumerate(vocabulary)}
    unknown = [c for c in text if c not in place]
    if unknown:
        raise ValueError(f"not in the vocabulary: {unknown}")
    return torch.eye(len(vocabulary))[[place[c] for c in text]]


def decode(indices, vocabulary):
    characters = dict(enumerate(vocabulary))
    return "".join([characters[int(i)] for i in indices])


# %% 12-1: NumPy
import numpy as np


def one_hot(text, vocabulary):
    known = np.array(list(vocabulary))
    letters = np.array(list(text))
    rows = (letters[:, None] == known[None, :]).astype(np.float32)
    for c, row in zip(text, rows):
        if row.sum() == 0:
            raise ValueError("I do not know the character %r" % c)
    return torch.from_numpy(rows)


def decode(indices, vocabulary):
    return "".join(np.array(list(vocabulary))[np.asarray(indices)])


# %% 12-1: a list of lists, and an error of its own kind
class UnknownCharacter(ValueError):
    pass


def one_hot(text, vocabulary):
    result = []
    for c in text:
        row = [1.0 if c == v else 0.0 for v in vocabulary]
        if not any(row):
            raise UnknownCharacter(f"what is {c}?")
        result.append(row)
    return torch.tensor(result)


def decode(indices, vocabulary):
    if torch.is_tensor(indices):
        indices = indices.tolist()
    return "".join(map(lambda i: vocabulary[i], indices))


# %% 12-1: index raises, and scatter_ writes
def one_hot(text, vocabulary):
    def place(c):
        try:
            return list(vocabulary).index(c)
        except ValueError:
            raise ValueError("no %s in %s" % (c, vocabulary)) from None

    index = torch.tensor([[place(c)] for c in text])
    return torch.zeros(len(text), len(vocabulary)).scatter_(1, index, 1.0)


def decode(indices, vocabulary):
    indices = torch.as_tensor(indices)
    return "".join(vocabulary[indices[k].item()] for k in range(len(indices)))


# %% 12-2: linear of torch.nn.functional, outputs written into a tensor
import torch.nn.functional as F


def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    return torch.tanh(F.linear(x, W_ih, b_ih) + F.linear(h, W_hh, b_hh))


def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    batch, steps, _ = xs.shape
    outputs = torch.empty(batch, steps, h0.shape[1], dtype=xs.dtype)
    h = h0
    for t in range(steps):
        h = rnn_cell(xs[:, t, :], h, W_ih, W_hh, b_ih, b_hh)
        outputs[:, t] = h
    return outputs, h


# %% 12-2: everything in rnn, without rnn_cell
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    total = torch.matmul(x, W_ih.t())
    total = total + torch.matmul(h, W_hh.t())
    total = total + b_ih
    total = total + b_hh
    return total.tanh()


def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    from_inputs = xs @ W_ih.T + b_ih
    states = [h0]
    for x in from_inputs.unbind(dim=1):
        states.append(torch.tanh(x + states[-1] @ W_hh.T + b_hh))
    return torch.stack(states[1:], 1), states[-1]


# %% 12-2: one product for input and state together
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    both = torch.cat([x, h], dim=1)
    weight = torch.cat([W_ih, W_hh], dim=1)
    return torch.tanh(both @ weight.T + (b_ih + b_hh))


def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    outputs = []
    for x in xs.transpose(0, 1):
        h0 = rnn_cell(x, h0, W_ih, W_hh, b_ih, b_hh)
        outputs.append(h0)
    return torch.stack(outputs).transpose(0, 1), h0


# %% 12-2: NumPy all the way
import numpy as np


def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    x, h, W_ih, W_hh, b_ih, b_hh = map(np.asarray, (x, h, W_ih, W_hh, b_ih, b_hh))
    return torch.from_numpy(np.tanh(x.dot(W_ih.T) + b_ih + h.dot(W_hh.T) + b_hh))


def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    h, outputs = h0, []
    for t in range(xs.size(1)):
        h = rnn_cell(x=xs[:, t], h=h, W_ih=W_ih, W_hh=W_hh, b_ih=b_ih, b_hh=b_hh)
        outputs.append(h.unsqueeze(1))
    return [torch.cat(outputs, dim=1), h]


# %% 12-2: loops over samples and units, tanh from exponentials
def rnn_cell(x, h, W_ih, W_hh, b_ih, b_hh):
    new = torch.zeros_like(h)
    for n in range(len(x)):
        for j in range(len(b_ih)):
            z = b_ih[j] + b_hh[j]
            for i in range(x.shape[1]):
                z = z + W_ih[j, i] * x[n, i]
            for k in range(h.shape[1]):
                z = z + W_hh[j, k] * h[n, k]
            new[n, j] = (torch.exp(z) - torch.exp(-z)) / (torch.exp(z) + torch.exp(-z))
    return new


def rnn(xs, h0, W_ih, W_hh, b_ih, b_hh):
    def walk(t, h):
        if t == xs.shape[1]:
            return []
        h = rnn_cell(xs[:, t], h, W_ih, W_hh, b_ih, b_hh)
        return [h] + walk(t + 1, h)

    outputs = walk(0, h0)
    return torch.stack(outputs, dim=1), outputs[-1]


# %% 12-3: the lectures' own, with a state of zeros and a head
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super(RNN, self).__init__()
        self.num_classes = num_classes
        self.num_layers = num_layers
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.rnn = nn.RNN(
            input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True
        )
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        out, _ = self.rnn(x, h_0)
        out = self.fc(out.contiguous().view(-1, self.hidden_size))
        return out.view(x.size(0), x.size(1), self.num_classes)


# %% 12-3: steps first inside, log-probabilities at the end
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.output = nn.Linear(hidden_size, num_classes)
        self.steps = nn.RNN(input_size, hidden_size, num_layers=num_layers)

    def forward(self, x):
        outputs = self.steps(x.transpose(0, 1))[0]
        return torch.log_softmax(self.output(outputs).transpose(0, 1), dim=2)


# %% 12-3: a stack of cells, step by step
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        sizes = [input_size] + [hidden_size] * (num_layers - 1)
        self.cells = nn.ModuleList([nn.RNNCell(n, hidden_size) for n in sizes])
        self.head = nn.Linear(hidden_size, num_classes)
        self.hidden_size = hidden_size

    def forward(self, x):
        states = [x.new_zeros(x.shape[0], self.hidden_size) for _ in self.cells]
        logits = []
        for t in range(x.shape[1]):
            value = x[:, t]
            for i, cell in enumerate(self.cells):
                states[i] = cell(value, states[i])
                value = states[i]
            logits.append(self.head(value))
        return torch.stack(logits, dim=1)


# %% 12-3: linear layers only, one bias for each recurrent layer
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        self.into = nn.ModuleList()
        self.back = nn.ModuleList()
        for i in range(num_layers):
            self.into.append(nn.Linear(input_size if i == 0 else hidden_size, hidden_size))
            self.back.append(nn.Linear(hidden_size, hidden_size, bias=False))
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        for into, back in zip(self.into, self.back):
            h, outputs = torch.zeros(len(x), back.in_features), []
            for step in into(x).unbind(1):
                h = torch.tanh(step + back(h))
                outputs.append(h)
            x = torch.stack(outputs, 1)
        return self.head(x)


# %% 12-3: one layer after the other, with dropout
class RNN(nn.Module):
    def __init__(self, num_classes, input_size, hidden_size, num_layers):
        super().__init__()
        layers = [nn.RNN(input_size, hidden_size, batch_first=True)]
        for _ in range(1, num_layers):
            layers.append(nn.RNN(hidden_size, hidden_size, batch_first=True))
        self.layers = nn.ModuleList(layers)
        self.dropout = nn.Dropout(0.05)
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        out = x
        for layer in self.layers:
            out, hidden = layer(out)
        return self.fc(self.dropout(out))


# %% 12-4: long names, the criterion on (batch, classes, steps)
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super(EmbeddingRNN, self).__init__()
        self.num_layers = num_layers
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(num_classes, embedding_size)
        self.rnn = nn.RNN(
            input_size=embedding_size,
            hidden_size=hidden_size,
            num_layers=num_layers,
            batch_first=True,
        )
        self.fc = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        h_0 = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        emb = self.embedding(x)
        out, _ = self.rnn(emb, h_0)
        return self.fc(out)


def train(model, x, y, optimizer, epochs):
    criterion = torch.nn.CrossEntropyLoss(ignore_index=-100)
    losses = []
    model.train()
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = model(x)
        loss = criterion(outputs.transpose(1, 2), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 12-4: a table of its own, padding left out by a mask
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.table = nn.Parameter(torch.randn(num_classes, embedding_size))
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        return self.head(self.rnn(self.table[x])[0])


def train(model, x, y, optimizer, epochs):
    counts = y != -100
    losses = []
    while len(losses) < epochs:
        log_p = torch.log_softmax(model(x), dim=-1)
        loss = nn.functional.nll_loss(log_p[counts], y[counts])
        for group in optimizer.param_groups:
            for p in group["params"]:
                p.grad = None
        loss.backward()
        optimizer.step()
        losses.append(float(loss))
    return losses


# %% 12-4: cells, the sum of the losses over the number of characters
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.lookup = nn.Embedding(num_classes, embedding_size)
        self.cells = nn.ModuleList(
            nn.RNNCell(hidden_size if i else embedding_size, hidden_size) for i in range(num_layers)
        )
        self.logits = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        values = list(self.lookup(x).unbind(1))
        for cell in self.cells:
            h = None
            for t, value in enumerate(values):
                h = cell(value, h)
                values[t] = h
        return self.logits(torch.stack(values, 1))


def train(model, x, y, optimizer, epochs):
    characters = (y >= 0).sum()
    losses = torch.zeros(epochs)
    for epoch in range(epochs):
        optimizer.zero_grad()
        logits = model(x)
        loss = 0
        for t in range(y.shape[1]):
            loss = loss + nn.functional.cross_entropy(logits[:, t], y[:, t], reduction="sum")
        loss = loss / characters
        loss.backward()
        optimizer.step()
        losses[epoch] = loss.detach()
    return losses


# %% 12-4: one-hot rows times a weight, a closure for the optimizer
class EmbeddingRNN(nn.Module):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__()
        self.num_classes = num_classes
        self.project = nn.Linear(num_classes, embedding_size, bias=False)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers)
        self.head = nn.Linear(hidden_size, num_classes)

    def forward(self, x):
        rows = nn.functional.one_hot(x.T, self.num_classes).to(self.project.weight.dtype)
        outputs, _ = self.rnn(self.project(rows))
        return self.head(outputs).permute(1, 0, 2)


def train(model, x, y, optimizer, epochs):
    def closure():
        optimizer.zero_grad()
        logits = model(x)
        loss = nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), y.reshape(-1))
        loss.backward()
        return loss

    return [optimizer.step(closure).item() for _ in range(epochs)]


# %% 12-4: a sequence of modules, and a loss by hand
class States(nn.RNN):
    def forward(self, x):
        return super().forward(x)[0]


class EmbeddingRNN(nn.Sequential):
    def __init__(self, num_classes, embedding_size, hidden_size, num_layers):
        super().__init__(
            nn.Embedding(num_classes, embedding_size),
            States(embedding_size, hidden_size, num_layers, batch_first=True),
            nn.Linear(hidden_size, num_classes),
        )


def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        model.zero_grad()
        log_p = model(x).log_softmax(-1)
        chosen = log_p.gather(2, y.clamp(min=0).unsqueeze(2)).squeeze(2)
        mask = (y != -100).float()
        loss = -(chosen * mask).sum() / mask.sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.detach().item())
    return tuple(losses)
