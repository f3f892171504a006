"""Other right answers to lesson 9: the graders must accept each of them in full."""


# %% 9-1: what torch has
def softmax(z):
    return torch.softmax(z.float(), dim=-1)


def log_softmax(z):
    return nn.functional.log_softmax(z.float(), dim=-1)


# %% 9-1: maximum with its values, the last axis by its number
def softmax(z):
    axis = z.dim() - 1
    m, _ = torch.max(z, axis, keepdim=True)
    e = torch.exp(z - m)
    return e / torch.sum(e, axis, keepdim=True)


def log_softmax(z):
    return z - torch.logsumexp(z.to(torch.float64), dim=-1, keepdim=True)


# %% 9-1: by NumPy
import numpy as np


def softmax(z):
    z = z.numpy()
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return torch.from_numpy(e / e.sum(axis=-1, keepdims=True))


def log_softmax(z):
    z = np.asarray(z)
    shifted = z - np.max(z, axis=-1, keepdims=True)
    return torch.from_numpy(shifted - np.log(np.sum(np.exp(shifted), axis=-1, keepdims=True)))


# %% 9-1: row by row in plain Python
import math


def softmax(z):
    def of(row):
        if isinstance(row[0], list):
            return [of(r) for r in row]
        m = max(row)
        powers = [math.exp(v - m) for v in row]
        total = sum(powers)
        return [p / total for p in powers]

    return torch.tensor(of(z.tolist()))


def log_softmax(z):
    def of(row):
        if isinstance(row[0], list):
            return [of(r) for r in row]
        m = max(row)
        rest = math.log(sum(math.exp(v - m) for v in row))
        return [v - m - rest for v in row]

    return torch.tensor(of(z.tolist()))


# %% 9-1: one by the other, with a sum that cannot be 0
def log_softmax(z):
    largest = z.max(dim=-1).values.unsqueeze(-1)
    return (z - largest) - (z - largest).exp().sum(-1).log().unsqueeze(-1)


def softmax(z):
    return torch.exp(log_softmax(z))


# %% 9-1: an einsum, and every pair of differences
def softmax(z):
    # 1 / sum of exp(z_j - z_i): no maximum needed, as 1/inf is 0
    differences = z.unsqueeze(-2) - z.unsqueeze(-1)
    return 1 / torch.exp(differences.double()).sum(-1)


def log_softmax(z):
    differences = (z.unsqueeze(-2) - z.unsqueeze(-1)).double()
    return -torch.logsumexp(differences, -1)


# %% 9-1: the maximum held fast on a copy
def softmax(z):
    out = z.clone().double()
    out -= out.max(-1, keepdim=True)[0]
    out.exp_()
    out /= out.sum(-1, keepdim=True)
    return out


# %% 9-2: one-hot targets
import torch.nn.functional as F


def cross_entropy(logits, target):
    t = F.one_hot(target, logits.shape[1])
    return -(t * log_softmax(logits)).sum(dim=1).mean()


def cross_entropy_gradient(logits, target):
    t = F.one_hot(target, logits.shape[1]).float()
    return (softmax(logits) - t).div(logits.shape[0])


# %% 9-2: gather, and 1 subtracted in place from a copy
def cross_entropy(logits, target):
    log_p = log_softmax(logits)
    return -log_p.gather(1, target.unsqueeze(1)).squeeze(1).mean()


def cross_entropy_gradient(logits, target):
    p = softmax(logits)
    p[range(len(target)), target] -= 1
    return p / len(target)


# %% 9-2: sample by sample
def cross_entropy(logits, target):
    total = 0.0
    for row, t in zip(logits, target):
        total = total - log_softmax(row)[t]
    return total / len(logits)


def cross_entropy_gradient(logits, target):
    rows = []
    for row, t in zip(logits, target):
        gradient = softmax(row).clone()
        gradient[t] = gradient[t] - 1
        rows.append(gradient / len(logits))
    return torch.stack(rows)


# %% 9-2: the gradient by autograd
def cross_entropy(logits, target):
    picked = logits[torch.arange(len(logits)), target]
    return (torch.logsumexp(logits, dim=1) - picked).mean()


def cross_entropy_gradient(logits, target):
    z = logits.detach().clone().requires_grad_(True)
    cross_entropy(z, target).backward()
    return z.grad


# %% 9-2: what torch has
def cross_entropy(logits, target):
    return nn.NLLLoss()(nn.LogSoftmax(dim=1)(logits), target).item()


def cross_entropy_gradient(logits, target):
    z = logits.clone().requires_grad_()
    (g,) = torch.autograd.grad(nn.CrossEntropyLoss()(z, target), z)
    return g


# %% 9-2: NumPy, with a softmax of its own
import numpy as np


def _log_p(logits):
    z = logits.detach().numpy()
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def cross_entropy(logits, target):
    return -np.mean(_log_p(logits)[np.arange(len(target)), target.numpy()])


def cross_entropy_gradient(logits, target):
    gradient = np.exp(_log_p(logits))
    gradient[np.arange(len(target)), target.numpy()] -= 1
    return gradient / len(target)


# %% 9-3: the lectures' own
import torch.nn.functional as F


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.l1 = nn.Linear(784, 520)
        self.l2 = nn.Linear(520, 320)
        self.l3 = nn.Linear(320, 240)
        self.l4 = nn.Linear(240, 120)
        self.l5 = nn.Linear(120, 10)

    def forward(self, x):
        x = x.view(-1, 784)
        x = F.relu(self.l1(x))
        x = F.relu(self.l2(x))
        x = F.relu(self.l3(x))
        x = F.relu(self.l4(x))
        return self.l5(x)


# %% 9-3: a sequence that ends in log-probabilities
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Flatten(),
            nn.Linear(28 * 28, 100),
            nn.Tanh(),
            nn.Linear(100, 10),
            nn.LogSoftmax(dim=1),
        )

    def forward(self, x):
        return self.layers(x)


# %% 9-3: made from Sequential, with sigmoids
class Net(nn.Sequential):
    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(784, 128), nn.Sigmoid(), nn.Linear(128, 10))


# %% 9-3: dropout, batches normalised, no bias where it would not count
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(784, 96, bias=False)
        self.norm = nn.BatchNorm1d(96)
        self.drop = nn.Dropout(0.2)
        self.fc2 = nn.Linear(96, 48)
        self.fc3 = nn.Linear(48, 10)

    def forward(self, x):
        x = torch.flatten(x, start_dim=1)
        x = self.drop(torch.relu(self.norm(self.fc1(x))))
        x = nn.functional.leaky_relu(self.fc2(x))
        return self.fc3(x)


# %% 9-3: parameters of its own, pixels rescaled
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.w1 = nn.Parameter(torch.randn(784, 40) * (2 / 784) ** 0.5)
        self.b1 = nn.Parameter(torch.zeros(40))
        self.w2 = nn.Parameter(torch.randn(40, 10) * (2 / 40) ** 0.5)
        self.b2 = nn.Parameter(torch.zeros(10))

    def forward(self, x):
        batch = x.shape[0]
        x = (x.reshape(batch, -1) - 0.3) / 0.35
        hidden = (x @ self.w1 + self.b1).clamp(min=0)
        return hidden @ self.w2 + self.b2


# %% 9-3: a list of modules with He's start
class Net(nn.Module):
    def __init__(self, sizes=(784, 80, 30, 10)):
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in zip(sizes, sizes[1:]))
        for layer in self.layers:
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)

    def forward(self, x):
        x = x.flatten(start_dim=1)
        for layer in self.layers[:-1]:
            x = nn.functional.elu(layer(x))
        return self.layers[-1](x)


# %% 9-3: a hidden layer of ten units
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(784, 10), nn.Linear(10, 10)

    def forward(self, x):
        return self.b(torch.relu(self.a(x.squeeze(1).reshape(len(x), 784))))


# %% 9-4: the functional loss, everything by items
import torch.nn.functional as F


def train(model, loader, optimizer, epochs):
    history = []
    for epoch in range(epochs):
        running = 0.0
        for data, target in loader:
            optimizer.zero_grad()
            output = model(data)
            loss = F.cross_entropy(output, target)
            loss.backward()
            optimizer.step()
            running += loss.item() * data.size(0)
        history.append(running / len(loader.dataset))
    return history


def accuracy(model, x, y):
    model.eval()
    correct = 0
    with torch.no_grad():
        pred = model(x).max(1, keepdim=True)[1]
        correct += pred.eq(y.view_as(pred)).sum().item()
    return correct / len(y)


# %% 9-4: log-probabilities and NLLLoss, the losses as tensors
def train(model, loader, optimizer, epochs):
    criterion = nn.NLLLoss(reduction="none")
    losses = []
    for _ in range(epochs):
        of_samples = []
        for x, y in loader:
            each = criterion(torch.log_softmax(model(x), dim=1), y)
            model.zero_grad()
            each.mean().backward()
            optimizer.step()
            of_samples.append(each.detach())
        losses.append(torch.cat(of_samples).mean())
    return losses


def accuracy(model, x, y):
    right = [model(image.unsqueeze(0)).argmax().item() == label.item() for image, label in zip(x, y)]
    return sum(right) / len(right)


# %% 9-4: log-probabilities into CrossEntropyLoss, a detour
def train(model, loader, optimizer, epochs):
    loss_fn = nn.CrossEntropyLoss()
    log = nn.LogSoftmax(dim=1)
    losses = []
    for _ in range(epochs):
        s, n = 0, 0
        for xb, yb in loader:
            loss = loss_fn(log(model(xb)), yb)
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            s += float(loss) * xb.shape[0]
            n += xb.shape[0]
        losses += [s / n]
    return losses


def accuracy(model, x, y):
    p = softmax(model(x))
    return torch.mean((torch.argmax(p, 1) == y).double())


# %% 9-4: the student's own cross entropy, a closure, NumPy
import numpy as np


def train(model, loader, optimizer, epochs):
    losses = np.zeros(epochs)
    for e in range(epochs):
        sizes, means = [], []
        for images, labels in loader:

            def closure():
                optimizer.zero_grad()
                loss = cross_entropy(model(images), labels)
                loss.backward()
                return loss

            means.append(optimizer.step(closure).item())
            sizes.append(len(images))
        losses[e] = np.average(means, weights=sizes)
    return losses


def accuracy(model, x, y):
    logits = model(x).detach().numpy()
    return np.mean(logits.argmax(axis=-1) == y.numpy())


# %% 9-4: the gradient of 9-2 sent back by hand, summed losses, samples counted
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = torch.tensor(0.0)
        for images, labels in loader:
            logits = model(images)
            optimizer.zero_grad()
            logits.backward(cross_entropy_gradient(logits.detach(), labels))
            optimizer.step()
            total += nn.functional.cross_entropy(logits.detach(), labels, reduction="sum")
        losses.append((total / len(loader.dataset)).item())
    return losses


@torch.no_grad()
def accuracy(model, x, y):
    right = 0
    loader = DataLoader(TensorDataset(x, y), batch_size=50)
    for images, labels in loader:
        right += int((model(images).topk(1).indices[:, 0] == labels).sum())
    return right / len(x)


# %% 9-4: the cross entropy of 9-2 by its formula, which rounds otherwise than torch's
def own_cross_entropy(z, labels):
    m = z.amax(dim=1, keepdim=True)
    log_p = z - m - torch.log(torch.exp(z - m).sum(dim=1, keepdim=True))
    return -log_p[torch.arange(len(labels)), labels].mean()


def train(model, loader, optimizer, epochs):
    losses = []
    model.train()
    for _ in range(epochs):
        total = count = 0
        for x, y in loader:
            loss = own_cross_entropy(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total, count = total + loss.item() * len(y), count + len(y)
        losses.append(total / count)
    return losses


# %% 9-4: the loss of the logits in float64
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = count = 0
        for x, y in loader:
            loss = nn.functional.cross_entropy(model(x).double(), y)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total, count = total + loss.item() * len(y), count + len(y)
        losses.append(total / count)
    return losses
