"""Other right answers to lesson 7: the graders must accept each of them in full."""

# %% 7-1: three loops
import numpy as np


def wide_forward(X, W, b):
    Y = np.zeros((X.shape[0], W.shape[1]))
    for i in range(X.shape[0]):
        for j in range(W.shape[1]):
            for k in range(X.shape[1]):
                Y[i, j] += X[i, k] * W[k, j]
    return Y + np.asarray(b)


# %% 7-1: matmul
def wide_forward(X, W, b):
    y = X.__matmul__(W)
    return b + y


# %% 7-1: einsum by converting everything to tensors
def wide_forward(X, W, b):
    X, W, b = torch.as_tensor(X), torch.as_tensor(W), torch.as_tensor(b)
    return torch.einsum("nf,fo->no", X, W) + b


# %% 7-1: products by broadcasting, then a sum
def wide_forward(X, W, b):
    return (X[:, :, None] * W[None, :, :]).sum(1) + b


# %% 7-1: numbers in nested lists
def wide_forward(X, W, b):
    rows = X.tolist()
    columns = W.T.tolist()
    bias = b.tolist() if hasattr(b, "tolist") else [b] * len(columns)
    return [
        [sum(x * w for x, w in zip(row, column)) + c for column, c in zip(columns, bias)]
        for row in rows
    ]


# %% 7-1: linear of torch, which takes the transpose
import torch.nn.functional as F


def wide_forward(X, W, b):
    X, W = torch.as_tensor(X), torch.as_tensor(W)
    bias = torch.as_tensor(b, dtype=X.dtype).expand(W.shape[1])
    return F.linear(X, W.T, bias)


# %% 7-2: the lectures' own, sigmoids everywhere
class Model(torch.nn.Module):
    def __init__(self):
        super(Model, self).__init__()
        self.l1 = torch.nn.Linear(10, 6)
        self.l2 = torch.nn.Linear(6, 4)
        self.l3 = torch.nn.Linear(4, 1)
        self.sigmoid = torch.nn.Sigmoid()

    def forward(self, x):
        out1 = self.sigmoid(self.l1(x))
        out2 = self.sigmoid(self.l2(out1))
        y_pred = self.sigmoid(self.l3(out2))
        return y_pred


# %% 7-2: one sequence
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(10, 6),
            nn.LeakyReLU(),
            nn.Linear(6, 4),
            nn.Tanh(),
            nn.Linear(4, 1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.net(x)


# %% 7-2: a list of modules, defined last to first, with an initialisation of its own
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.output = nn.Linear(4, 1)
        self.hidden = nn.ModuleList([nn.Linear(6, 4), nn.Linear(10, 6)])
        for layer in [*self.hidden, self.output]:
            nn.init.xavier_uniform_(layer.weight)
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        for layer in reversed(self.hidden):
            x = torch.tanh(layer(x))
        return 1 / (1 + torch.exp(-self.output(x)))


# %% 7-2: an activation that nobody foresees
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b, self.c = nn.Linear(10, 6), nn.Linear(6, 4), nn.Linear(4, 1)

    def forward(self, x):
        x = self.a(x)
        x = x * torch.sigmoid(1.7 * x)
        x = self.b(x)
        x = torch.where(x > 0, x, 0.2 * torch.tanh(x))
        return torch.sigmoid(self.c(x))


# %% 7-2: activations that learn their slopes
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Linear(10, 6), nn.PReLU(), nn.Linear(6, 4), nn.PReLU(4), nn.Linear(4, 1)
        )

    def forward(self, x):
        return torch.sigmoid(self.net(x))


# %% 7-2: parameters of its own, with dropout and in-place activations
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(0.3 * torch.randn(10, 6))
        self.b1 = nn.Parameter(torch.zeros(6))
        self.w2 = nn.Parameter(0.4 * torch.randn(6, 4))
        self.b2 = nn.Parameter(torch.zeros(4))
        self.out = nn.Linear(4, 1)
        self.relu = nn.ReLU(inplace=True)
        self.drop = nn.Dropout(0.05)

    def forward(self, x):
        x = self.drop(self.relu(x @ self.w1 + self.b1))
        x = self.relu(x @ self.w2 + self.b2)
        return self.out(x).sigmoid()


# %% 7-2: made from Sequential
class Model(nn.Sequential):
    def __init__(self):
        super().__init__(
            nn.Linear(10, 6), nn.ELU(), nn.Linear(6, 4), nn.ELU(), nn.Linear(4, 1), nn.Sigmoid()
        )


# %% 7-3: first and last layer by name
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.input = nn.Linear(10, width)
        self.output = nn.Linear(width, 1)
        self.hidden = nn.ModuleList([nn.Linear(width, width) for _ in range(depth - 2)])
        self.activation = activation
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        x = self.activation(self.input(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.sigmoid(self.output(x))


# %% 7-3: a sequence, with the activation wrapped in a module
class Wrapped(nn.Module):
    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        layers = [nn.Linear(10, width), Wrapped(activation)]
        for i in range(depth - 2):
            layers.append(nn.Linear(width, width))
            layers.append(Wrapped(activation))
        layers.append(nn.Linear(width, 1))
        layers.append(nn.Sigmoid())
        self.layers = nn.Sequential(*layers)

    def forward(self, x):
        return self.layers(x)


# %% 7-3: layers under made-up names
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.depth, self.activation = depth, activation
        for i in range(1, depth + 1):
            layer = nn.Linear(10 if i == 1 else width, 1 if i == depth else width)
            setattr(self, "l" + str(i), layer)

    def forward(self, x):
        for i in range(1, self.depth):
            x = self.activation(getattr(self, f"l{i}")(x))
        return torch.sigmoid(getattr(self, f"l{self.depth}")(x))


# %% 7-3: a list of parameters, a wide output narrowed at the end
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        sizes = [10] + [width for _ in range(1, depth)] + [1]
        self.w = nn.ParameterList()
        self.b = nn.ParameterList()
        for n_in, n_out in zip(sizes[:-1], sizes[1:]):
            self.w.append(nn.Parameter(torch.randn(n_in, n_out) / n_in**0.5))
            self.b.append(nn.Parameter(torch.zeros(n_out)))
        self.f = activation

    def forward(self, x):
        last = len(self.w) - 1
        for i, (w, b) in enumerate(zip(self.w, self.b)):
            z = x @ w + b
            x = torch.sigmoid(z) if i == last else self.f(z)
        return x


# %% 7-4: the linear layers, one by one
def gradient_norms(model, x, y):
    for p in model.parameters():
        p.grad = None
    y_pred = model(x)
    loss = torch.nn.functional.binary_cross_entropy(y_pred, y)
    loss.backward()
    norms = []
    for module in model.modules():
        if isinstance(module, nn.Linear):
            norms.append(torch.sqrt(torch.sum(module.weight.grad ** 2)))
    return norms


# %% 7-4: without backward, by name
def gradient_norms(model, x, y):
    weights = [p for name, p in model.named_parameters() if name.endswith("weight")]
    p = model(x)
    loss = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
    return [float(torch.linalg.norm(g)) for g in torch.autograd.grad(loss, weights)]


# %% 7-4: a copy of the model, norms in a NumPy array
import copy

import numpy as np


def gradient_norms(model, x, y):
    twin = copy.deepcopy(model)
    optimizer = torch.optim.SGD(twin.parameters(), lr=0.1)
    optimizer.zero_grad()
    nn.BCELoss(reduction="mean")(twin(x), y).backward()
    grads = [p.grad.cpu().numpy() for p in twin.parameters() if len(p.shape) > 1]
    return np.array([np.sqrt((g**2).sum()) for g in grads])


# %% 7-4: leftovers set to zero in place, norms in a tensor, read backwards and turned round
def gradient_norms(model, x, y):
    for p in model.parameters():
        if p.grad is not None:
            p.grad.zero_()
    loss = nn.BCELoss(reduction="sum")(model(x), y) / len(x)
    loss.backward()
    norms = [p.grad.pow(2).sum().sqrt() for p in reversed(list(model.parameters())) if p.dim() > 1]
    return torch.stack(norms[::-1])
