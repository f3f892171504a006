"""Mistakes in lesson 9 that the graders must catch, each with the diagnosis that it must get."""


# %% 9-1 [overflow]: the formula as it stands
def softmax(z):
    return torch.exp(z) / torch.exp(z).sum(dim=-1, keepdim=True)


# %% 9-1 [wrong-axis]: over the samples
def softmax(z):
    e = torch.exp(z - z.max())
    return e / e.sum(dim=0, keepdim=True)


# %% 9-1 [whole-sum]: everything adds up to 1
def softmax(z):
    e = torch.exp(z - z.max())
    return e / e.sum()


# %% 9-1 [no-keepdim]: sums beside the wrong rows
def softmax(z):
    e = torch.exp(z - z.max())
    return e / e.sum(dim=-1)


# %% 9-1 [no-keepdim]: maxima of the wrong rows
def softmax(z):
    e = torch.exp(z - z.max(dim=-1).values)
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [global-maximum]: the largest score of all rows
def softmax(z):
    e = torch.exp(z - z.max())
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [no-exponential]: scores divided by their sum
def softmax(z):
    return z / z.sum(dim=-1, keepdim=True)


# %% 9-1 [not-normalised]: exponentials only
def softmax(z):
    return torch.exp(z)


# %% 9-1 [sigmoid]: a sigmoid for each score
def softmax(z):
    return torch.sigmoid(z)


# %% 9-1 [wrong-sign]: the exponent negated
def softmax(z):
    e = torch.exp(-z)
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [hard-maximum]: all or nothing
def softmax(z):
    return (z == z.amax(dim=-1, keepdim=True)).float()


# %% 9-1 [fixed-axis]: dim=1, as for a batch
def softmax(z):
    e = torch.exp(z - z.amax(dim=1, keepdim=True))
    return e / e.sum(dim=1, keepdim=True)


# %% 9-1 [clipped-scores]: large scores clipped
def softmax(z):
    e = torch.exp(z.clamp(-50, 50))
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [overflow]: the smallest score subtracted
def softmax(z):
    e = torch.exp(z - z.amin(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [overflow]: the mean subtracted
def softmax(z):
    z = z.float()
    e = torch.exp(z - z.mean(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [input-changed]: the maximum subtracted in place
def softmax(z):
    z -= z.amax(dim=-1, keepdim=True)
    return torch.exp(z) / torch.exp(z).sum(dim=-1, keepdim=True)


# %% 9-1 [swapped-functions]: each under the other's name
def softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))


def log_softmax(z):
    powers = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return powers / powers.sum(dim=-1, keepdim=True)


# %% 9-1 [forgot-return]: no return
def softmax(z):
    powers = torch.exp(z - z.amax(dim=-1, keepdim=True))
    p = powers / powers.sum(dim=-1, keepdim=True)


# %% 9-1 [raised]: max without its values
def softmax(z):
    e = torch.exp(z - z.max(dim=-1, keepdim=True))
    return e / e.sum(dim=-1, keepdim=True)


# %% 9-1 [integers-refused]: what torch has, for floats only
def softmax(z):
    return torch.softmax(z, dim=-1)


# %% 9-1 [underflow]: the logarithm of the softmax
def log_softmax(z):
    return torch.log(softmax(z))


# %% 9-1 [clipped-probability]: a small number added
def log_softmax(z):
    return torch.log(softmax(z) + 1e-8)


# %% 9-1 [overflow]: the sum of exponentials as it stands
def log_softmax(z):
    return z - torch.log(torch.exp(z).sum(dim=-1, keepdim=True))


# %% 9-1 [maximum-lost]: the maximum subtracted once only
def log_softmax(z):
    m = z.amax(dim=-1, keepdim=True)
    return z - torch.log(torch.exp(z - m).sum(dim=-1, keepdim=True))


# %% 9-1 [missing-logarithm]: the sum without its logarithm
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.exp(shifted).sum(dim=-1, keepdim=True)


# %% 9-1 [wrong-sign]: positive log-probabilities
def log_softmax(z):
    return torch.logsumexp(z.float(), dim=-1, keepdim=True) - z


# %% 9-1 [other-logarithm]: the logarithm to base 10
def log_softmax(z):
    return torch.log10(softmax(z))


# %% 9-1 [no-keepdim]: logsumexp of the wrong row
def log_softmax(z):
    return z - torch.logsumexp(z.float(), dim=-1)


# %% 9-1 [whole-sum]: one sum for all rows
def log_softmax(z):
    m = z.max()
    return z - m - torch.log(torch.exp(z - m).sum())


# %% 9-1 [global-maximum]: one maximum for all rows
def log_softmax(z):
    m = z.max()
    return z - m - torch.log(torch.exp(z - m).sum(dim=-1, keepdim=True))


# %% 9-1 [sum-of-logarithms]: logarithm of exp undone before the sum
def log_softmax(z):
    return z - torch.log(torch.exp(z)).sum(dim=-1, keepdim=True)


# %% 9-1 [fixed-axis]: log_softmax along dim=1
def log_softmax(z):
    return z - torch.logsumexp(z.float(), dim=1, keepdim=True)


# %% 9-2 [softmax-twice]: probabilities into CrossEntropyLoss
def cross_entropy(logits, target):
    return nn.CrossEntropyLoss()(torch.softmax(logits, dim=1), target)


# %% 9-2 [nll-of-logits]: logits into NLLLoss
def cross_entropy(logits, target):
    return nn.NLLLoss()(logits, target)


# %% 9-2 [nll-of-probabilities]: probabilities into NLLLoss
def cross_entropy(logits, target):
    return nn.NLLLoss()(torch.softmax(logits, dim=1), target)


# %% 9-2 [sum-for-mean]: the sum over the samples
def cross_entropy(logits, target):
    return -log_softmax(logits)[torch.arange(len(target)), target].sum()


# %% 9-2 [mean-over-classes]: the mean of the one-hot product
def cross_entropy(logits, target):
    return -(nn.functional.one_hot(target, logits.shape[1]) * log_softmax(logits)).mean()


# %% 9-2 [wrong-sign]: the minus forgotten
def cross_entropy(logits, target):
    return log_softmax(logits)[torch.arange(len(target)), target].mean()


# %% 9-2 [every-target]: all targets out of every row
def cross_entropy(logits, target):
    return -log_softmax(logits)[:, target].mean()


# %% 9-2 [wrong-axis]: softmax over the batch
def cross_entropy(logits, target):
    log_p = torch.log_softmax(logits, dim=0)
    return -log_p[torch.arange(len(target)), target].mean()


# %% 9-2 [binary-cross-entropy]: the other classes counted, too
def cross_entropy(logits, target):
    p = torch.softmax(logits, dim=1)
    t = nn.functional.one_hot(target, logits.shape[1])
    return -(t * p.log() + (1 - t) * (1 - p).log()).sum(dim=1).mean()


# %% 9-2 [binary-cross-entropy]: sigmoids
def cross_entropy(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1]).to(logits.dtype)
    return nn.BCEWithLogitsLoss()(logits, t)


# %% 9-2 [not-reduced]: a loss for each sample
def cross_entropy(logits, target):
    return -log_softmax(logits)[torch.arange(len(target)), target]


# %% 9-2 [squared-error]: the squared error of the probabilities
def cross_entropy(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1])
    return ((torch.softmax(logits, dim=1) - t) ** 2).mean()


# %% 9-2 [underflow]: the logarithm of a probability of 0
def cross_entropy(logits, target):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p[torch.arange(len(target)), target]).mean()


# %% 9-2 [zero-times-infinity]: one-hot times minus infinity
def cross_entropy(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1])
    return -(t * torch.log(torch.softmax(logits, dim=1))).sum(dim=1).mean()


# %% 9-2 [clipped-probability]: a small number against log(0)
def cross_entropy(logits, target):
    p = torch.softmax(logits, dim=1)
    return -torch.log(p[torch.arange(len(target)), target] + 1e-9).mean()


# %% 9-2 [overflow]: exponentials as they stand
def cross_entropy(logits, target):
    log_p = logits - torch.exp(logits).sum(dim=1, keepdim=True).log()
    return -log_p[torch.arange(len(target)), target].mean()


# %% 9-2 [first-sample-only]: the return inside the loop
def cross_entropy(logits, target):
    for row, t in zip(logits, target):
        return -torch.log_softmax(row, dim=0)[t]


# %% 9-2 [all-classes]: the target not used
def cross_entropy(logits, target):
    return -torch.log_softmax(logits, dim=1).sum(dim=1).mean()


# %% 9-2 [forgot-return]: no return
def cross_entropy(logits, target):
    loss = nn.CrossEntropyLoss()(logits, target)


# %% 9-2 [input-changed]: the maximum subtracted from the logits themselves
def cross_entropy(logits, target):
    logits -= logits.amax(dim=1, keepdim=True)
    log_p = logits - torch.exp(logits).sum(dim=1, keepdim=True).log()
    return -log_p[torch.arange(len(target)), target].mean()


# %% 9-2 [sum-for-mean]: the gradient of the sum
def cross_entropy_gradient(logits, target):
    p = softmax(logits)
    p[torch.arange(len(target)), target] -= 1
    return p


# %% 9-2 [wrong-sign]: the target minus the probabilities
def cross_entropy_gradient(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1])
    return (t - softmax(logits)) / len(target)


# %% 9-2 [no-target]: the probabilities alone
def cross_entropy_gradient(logits, target):
    return softmax(logits) / len(target)


# %% 9-2 [no-softmax]: the logits for the probabilities
def cross_entropy_gradient(logits, target):
    return (logits - nn.functional.one_hot(target, logits.shape[1])) / len(target)


# %% 9-2 [target-only]: the other classes forgotten
def cross_entropy_gradient(logits, target):
    gradient = torch.zeros_like(logits)
    rows = torch.arange(len(target))
    gradient[rows, target] = softmax(logits)[rows, target] - 1
    return gradient / len(target)


# %% 9-2 [index-for-one-hot]: the number of the class subtracted
def cross_entropy_gradient(logits, target):
    return (softmax(logits) - target.view(-1, 1)) / len(target)


# %% 9-2 [of-probabilities]: the derivative of -log p
def cross_entropy_gradient(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1])
    return -t / torch.softmax(logits, dim=1) / len(target)


# %% 9-2 [extra-factor]: the sigmoid's derivative once more
def cross_entropy_gradient(logits, target):
    p = torch.softmax(logits, dim=1)
    t = nn.functional.one_hot(target, logits.shape[1])
    return (p - t) * p * (1 - p) / len(target)


# %% 9-2 [mean-over-classes]: mean over everything
def cross_entropy_gradient(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1])
    return (torch.softmax(logits, dim=1) - t) / logits.numel()


# %% 9-2 [every-target]: 1 subtracted in every row at every target
def cross_entropy_gradient(logits, target):
    p = torch.softmax(logits, dim=1)
    p[:, target] -= 1
    return p / len(target)


# %% 9-2 [softmax-twice]: the gradient of a softmax taken twice
def cross_entropy_gradient(logits, target):
    z = logits.clone().requires_grad_()
    nn.CrossEntropyLoss()(torch.softmax(z, dim=1), target).backward()
    return z.grad


# %% 9-2 [input-changed]: the logits overwritten
def cross_entropy_gradient(logits, target):
    p = logits
    p[:] = torch.softmax(logits, dim=1)
    p[torch.arange(len(target)), target] -= 1
    return p / len(target)


# %% 9-2 [reduced-too-far]: the gradient averaged over the batch
def cross_entropy_gradient(logits, target):
    t = nn.functional.one_hot(target, logits.shape[1])
    return (torch.softmax(logits, dim=1) - t).mean()


# %% 9-2: what stands in for earlier answers, searched for this one
import sys


def _found(name):
    frame = sys._getframe()
    while frame is not None:
        for maker in ("our_functions", "our_softmaxes"):
            if maker in frame.f_globals:
                return frame.f_globals[maker]()[name]
        frame = frame.f_back
    raise LookupError(name)


def cross_entropy(logits, target):
    return _found("cross_entropy")(logits, target)


def cross_entropy_gradient(logits, target):
    return _found("cross_entropy_gradient")(logits, target)


# %% 9-3 [no-super-init]: the base class never set up
class Net(nn.Module):
    def __init__(self):
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [no-module]: a plain class
class Net:
    def __init__(self):
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))

    __call__ = forward


# %% 9-3 [unregistered]: the layers in a plain list
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(784, 64), nn.Linear(64, 10)]

    def forward(self, x):
        return self.layers[1](torch.relu(self.layers[0](x.flatten(1))))


# %% 9-3 [sizes-do-not-fit]: images not flattened
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x)))


# %% 9-3 [sizes-do-not-fit]: the batch flattened, too
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten())))


# %% 9-3 [sizes-do-not-fit]: layers that do not follow each other
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, 128)
        self.l2 = nn.Linear(64, 10)

    def forward(self, x):
        return self.l2(torch.relu(self.l1(x.flatten(1))))


# %% 9-3 [softmax]: a softmax at the end
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return torch.softmax(self.output(torch.relu(self.hidden(x.flatten(1)))), dim=1)


# %% 9-3 [activation-at-end]: a sigmoid at the end
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return torch.sigmoid(self.output(torch.relu(self.hidden(x.flatten(1)))))


# %% 9-3 [activation-at-end]: a ReLU after every layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        x = x.flatten(1)
        for layer in (self.hidden, self.output):
            x = torch.relu(layer(x))
        return x


# %% 9-3 [activation-at-end]: a tanh after every layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return torch.tanh(self.output(torch.tanh(self.hidden(x.flatten(1)))))


# %% 9-3 [no-activation]: linear layers in a row
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, 128)
        self.l2 = nn.Linear(128, 64)
        self.l3 = nn.Linear(64, 10)

    def forward(self, x):
        return self.l3(self.l2(self.l1(x.flatten(1))))


# %% 9-3 [single-layer]: no hidden layer
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.output = nn.Linear(784, 10)

    def forward(self, x):
        return self.output(x.flatten(1))


# %% 9-3 [wrong-size]: one output, the digit itself
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 1)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [wrong-size]: nine classes, 1 to 9
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 9)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [wrong-size]: one row of each image
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(28, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x[:, 0, 14])))


# %% 9-3 [fixed-batch]: made for batches of 64
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.view(64, 784))))


# %% 9-3 [squeezed]: a batch of one squeezed away
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1)))).squeeze()


# %% 9-3 [wrong-axis]: log_softmax over the batch
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return torch.log_softmax(self.output(torch.relu(self.hidden(x.flatten(1)))), dim=0)


# %% 9-3 [classes-returned]: forward returns the class
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1)))).argmax(dim=1)


# %% 9-3 [several-returned]: logits and probabilities
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        logits = self.output(torch.relu(self.hidden(x.flatten(1))))
        return logits, torch.softmax(logits, dim=1)


# %% 9-3 [forgot-return]: forward without a return
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        x = self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [detached]: logits cut off from the graph
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1)))).detach()


# %% 9-3 [unreached]: a layer that forward leaves out
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(784, 64)
        self.l2 = nn.Linear(64, 64)
        self.l3 = nn.Linear(64, 10)

    def forward(self, x):
        x = torch.relu(self.l1(x.flatten(1)))
        return self.l3(x)


# %% 9-3 [frozen]: a first layer that never learns
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)
        self.hidden.requires_grad_(False)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [input-changed]: pixels rescaled in place
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        x -= 0.5
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [pixels-unused]: the upper half only, padded
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        upper = nn.functional.pad(x[:, :, :14], (0, 0, 0, 14))
        return self.output(torch.relu(self.hidden(upper.flatten(1))))


# %% 9-3 [same-start]: all weights alike
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)
        for p in self.parameters():
            nn.init.constant_(p, 0.01)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [too-narrow]: a hidden layer of a single unit
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 1)
        self.output = nn.Linear(1, 10)

    def forward(self, x):
        return self.output(torch.relu(self.hidden(x.flatten(1))))


# %% 9-3 [learnt-elsewhere]: the nearest of the public digits, known by heart
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)
        from course.data import digits

        images, labels = (torch.from_numpy(array) for array in digits())
        self.images, self.labels = images.flatten(1)[:300], labels[:300]

    def forward(self, x):
        x = x.flatten(1)
        nearest = torch.cdist(x.detach(), self.images).argmin(dim=1)
        known = 20.0 * nn.functional.one_hot(self.labels[nearest], 10)
        return known + 1e-3 * self.output(torch.relu(self.hidden(x)))


# %% 9-3: the nearest of the public digits by heart, and its number learnt
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)
        self.number = nn.Parameter(0.1 * torch.randn(10, 10))
        from course.data import digits

        images, labels = (torch.from_numpy(array) for array in digits())
        self.images, self.labels = images.flatten(1), labels

    def forward(self, x):
        x = x.flatten(1)
        nearest = torch.cdist(x.detach(), self.images).argmin(dim=1)
        known = 50.0 * self.number[self.labels[nearest]]
        return known + 1e-3 * self.output(torch.relu(self.hidden(x)))


# %% 9-3 [input-ignored]: the same answer to every image
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return 0 * self.output(torch.relu(self.hidden(x.flatten(1)))) + torch.arange(10.0)


# %% 9-4 [no-zero-grad]: gradients pile up
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [zero-grad-per-epoch]: zeroed once an epoch
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        optimizer.zero_grad()
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [no-step]: no step
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [no-backward]: no backward
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [ascent]: the sign of the loss turned
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            (-loss).backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [softmax-twice]: probabilities into CrossEntropyLoss
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = criterion(torch.softmax(model(images), dim=1), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [nll-of-logits]: logits into NLLLoss
def train(model, loader, optimizer, epochs):
    criterion = nn.NLLLoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = criterion(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [nll-of-probabilities]: probabilities into NLLLoss
def train(model, loader, optimizer, epochs):
    criterion = nn.NLLLoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = criterion(torch.softmax(model(images), dim=1), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [squared-error]: the squared error of the probabilities
def train(model, loader, optimizer, epochs):
    criterion = nn.MSELoss()
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            logits = model(images)
            one_hot = nn.functional.one_hot(labels, logits.shape[1]).float()
            loss = criterion(torch.softmax(logits, dim=1), one_hot)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4: labels in another order
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels[torch.randperm(len(labels))])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [divided-twice]: as the lectures' test loop does
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [batch-means]: all batches count alike
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total / len(loader))
    return losses


# %% 9-4 [batch-sums]: batch means added up
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total)
    return losses


# %% 9-4 [last-batch-loss]: the loss that is left after the loop
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


# %% 9-4 [loss-per-step]: one loss for each batch
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


# %% 9-4 [accumulated-losses]: the total never set back
def train(model, loader, optimizer, epochs):
    losses = []
    total = 0.0
    for _ in range(epochs):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [return-inside-loop]: the return indented too far
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
        return losses


# %% 9-4 [one-epoch-short]: epochs counted from 1
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(1, epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4: half of the epochs
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs // 2):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [first-batch-only]: the inner loop left after one batch
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        images, labels = next(iter(loader))
        loss = nn.functional.cross_entropy(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 9-4 [step-per-epoch]: the step outside of the inner loop
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            total += loss.item() * len(labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [own-optimizer]: an optimizer of its own
def train(model, loader, optimizer, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [fresh-model]: another network trained
def train(model, loader, optimizer, epochs):
    model = nn.Sequential(nn.Flatten(), nn.LazyLinear(10))
    losses = []
    for _ in range(epochs):
        total = 0.0
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            with torch.no_grad():
                for p in model.parameters():
                    p -= 0.1 * p.grad
                    p.grad = None
            total += loss.item() * len(labels)
        losses.append(total / len(loader.dataset))
    return losses


# %% 9-4 [forgot-return]: losses printed, not returned
def train(model, loader, optimizer, epochs):
    for epoch in range(epochs):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        print(epoch, loss.item())


# %% 9-4 [percent]: in percent
def accuracy(model, x, y):
    return 100 * (model(x).argmax(dim=1) == y).float().mean().item()


# %% 9-4 [count]: the number of right answers
def accuracy(model, x, y):
    return (model(x).argmax(dim=1) == y).sum().item()


# %% 9-4 [error-rate]: the share of wrong answers
def accuracy(model, x, y):
    return (model(x).argmax(dim=1) != y).float().mean().item()


# %% 9-4 [broadcast]: a column against a row
def accuracy(model, x, y):
    answers = model(x).argmax(dim=1, keepdim=True)
    return (answers == y).float().mean().item()


# %% 9-4 [broadcast]: a column against a row, counted
def accuracy(model, x, y):
    answers = model(x).max(1, keepdim=True)[1]
    return (answers == y).sum().item() / len(y)


# %% 9-4 [wrong-axis]: the largest score of each column
def accuracy(model, x, y):
    return (model(x).argmax(dim=0) == y).float().mean().item()


# %% 9-4 [values-for-classes]: the scores for the classes
def accuracy(model, x, y):
    return (model(x).max(dim=1)[0] == y).float().mean().item()


# %% 9-4 [smallest-score]: argmin
def accuracy(model, x, y):
    return (model(x).argmin(dim=1) == y).float().mean().item()


# %% 9-4 [sure-answers-only]: a threshold as in lesson 6
def accuracy(model, x, y):
    p = torch.softmax(model(x), dim=1)
    return (p[torch.arange(len(y)), y] > 0.5).float().mean().item()


# %% 9-4 [probability-for-share]: the mean probability of the right class
def accuracy(model, x, y):
    p = torch.softmax(model(x), dim=1)
    return p[torch.arange(len(y)), y].mean().item()


# %% 9-4 [divided-by-classes]: divided by 10
def accuracy(model, x, y):
    logits = model(x)
    return (logits.argmax(dim=1) == y).sum().item() / logits.shape[1]


# %% 9-4 [rounded]: whole percents
def accuracy(model, x, y):
    return round((model(x).argmax(dim=1) == y).float().mean().item(), 2)


# %% 9-4 [cut-to-integer]: a whole division
def accuracy(model, x, y):
    return (model(x).argmax(dim=1) == y).sum().item() // len(y)


# %% 9-4 [not-reduced]: True or False for each sample
def accuracy(model, x, y):
    return (model(x).argmax(dim=1) == y).float()


# %% 9-4 [trains]: a few steps before measuring
def accuracy(model, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-6)
    loss = nn.functional.cross_entropy(model(x), y)
    loss.backward()
    optimizer.step()
    return (model(x).argmax(dim=1) == y).float().mean().item()


# %% 9-4 [forgot-return]: printed only
def accuracy(model, x, y):
    print((model(x).argmax(dim=1) == y).float().mean().item())


# %% 9-1 [mean-for-sum]: divided by the mean
def softmax(z):
    e = torch.exp(z - z.amax(dim=-1, keepdim=True))
    return e / e.mean(dim=-1, keepdim=True)


# %% 9-1 [no-keepdim]: the sums of log_softmax beside the wrong rows
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log(torch.exp(shifted).sum(dim=-1))


# %% 9-1 [other-logarithm]: base 2 in log_softmax
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted - torch.log2(torch.exp(shifted).sum(dim=-1, keepdim=True))


# %% 9-1 [wrong-sign]: the logarithm of the sum added
def log_softmax(z):
    shifted = z - z.amax(dim=-1, keepdim=True)
    return shifted + torch.log(torch.exp(shifted).sum(dim=-1, keepdim=True))


# %% 9-2 [input-changed]: autograd on the very logits
def cross_entropy_gradient(logits, target):
    logits.requires_grad_()
    nn.functional.cross_entropy(logits, target).backward()
    return logits.grad


# %% 9-2 [fixed-classes]: one-hot rows of ten
def cross_entropy_gradient(logits, target):
    t = torch.zeros(len(target), 10)
    t[torch.arange(len(target)), target] = 1.0
    return (torch.softmax(logits, dim=1) - t) / len(target)


# %% 9-3 [no-activation]: a ReLU of the pixels only
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        return self.output(self.hidden(torch.relu(x.flatten(1))))


# %% 9-3 [dropout-in-evaluation]: a dropout that is never switched off
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(784, 64)
        self.output = nn.Linear(64, 10)

    def forward(self, x):
        h = nn.functional.dropout(torch.relu(self.hidden(x.flatten(1))), 0.3)
        return self.output(h)


# %% 9-4 [step-per-epoch]: one step an epoch, after all batches
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total, count = 0.0, 0
        optimizer.zero_grad()
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            loss.backward()
            total += loss.item() * len(labels)
            count += len(labels)
        optimizer.step()
        losses.append(total / count)
    return losses


# %% 9-4 [running-mean]: total and count never set back
def train(model, loader, optimizer, epochs):
    losses = []
    total, count = 0.0, 0
    for _ in range(epochs):
        for images, labels in loader:
            loss = nn.functional.cross_entropy(model(images), labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(labels)
            count += len(labels)
        losses.append(total / count)
    return losses


# %% 9-4 [measured-afterwards]: measured when the epoch is over
def train(model, loader, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        for images, labels in loader:
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(images), labels).backward()
            optimizer.step()
        total, count = 0.0, 0
        with torch.no_grad():
            for images, labels in loader:
                total += nn.functional.cross_entropy(model(images), labels).item() * len(labels)
                count += len(labels)
        losses.append(total / count)
    return losses


# %% 9-4 [mean-over-classes]: divided by the number of logits
def accuracy(model, x, y):
    z = model(x)
    return (z.argmax(dim=1) == y).sum().item() / z.numel()


# %% 9-4 [no-axis]: the largest of all scores
def accuracy(model, x, y):
    return (model(x).argmax() == y).float().mean().item()


# %% 9-4 [cut-to-integer]: whether all are right
def accuracy(model, x, y):
    return float((model(x).argmax(dim=1) == y).all())


# %% 9-4 [ends-early]: the end where the loss rises
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    losses, best = [], float("inf")
    for _ in range(epochs):
        total, n = 0.0, 0
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)
            n += len(y)
        losses.append(total / n)
        if losses[-1] > best:
            break
        best = losses[-1]
    return losses


def accuracy(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(dim=1) == y).float().mean().item()


# %% 9-4 [scaled-loss]: a loss divided by the number of batches
def train(model, loader, optimizer, epochs):
    criterion = nn.CrossEntropyLoss()
    history = []
    for _ in range(epochs):
        total, count = 0.0, 0
        for x, y in loader:
            loss = criterion(model(x), y) / len(loader)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(loader) * len(y)
            count += len(y)
        history.append(total / count)
    return history

def accuracy(model, x, y):
    with torch.no_grad():
        return (model(x).argmax(dim=1) == y).float().mean().item()
