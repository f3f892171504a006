"""Mistakes in lesson 6 that the graders must catch, each with the diagnosis that it must get."""

# %% 6-1 [overflow]: the formula as it stands, in numpy
def sigmoid(z):
    return 1 / (1 + np.exp(-np.asarray(z)))


# %% 6-1 [overflow]: the formula as it stands, in torch
def sigmoid(z):
    return 1 / (1 + torch.exp(-torch.as_tensor(z)))


# %% 6-1 [overflow]: the other face of the formula
def sigmoid(z):
    z = np.asarray(z)
    return np.exp(z) / (1 + np.exp(z))


# %% 6-1 [overflow]: math.exp on large numbers
def sigmoid(z):
    return np.vectorize(lambda v: 1 / (1 + math.exp(-v)))(np.asarray(z))


# %% 6-1 [numbers-only]: an if about a whole array
def sigmoid(z):
    if z >= 0:
        return 1 / (1 + math.exp(-z))
    return math.exp(z) / (1 + math.exp(z))


# %% 6-1 [wrong-sign]: the minus forgotten
def sigmoid(z):
    z = torch.as_tensor(z)
    return torch.sigmoid(-z)


# %% 6-1 [parentheses]: parentheses forgotten
def sigmoid(z):
    return 1 / 1 + np.exp(-np.asarray(z))


# %% 6-1 [minus-for-plus]: a minus in the denominator
def sigmoid(z):
    return 1 / (1 - np.exp(-np.asarray(z)))


# %% 6-1 [tanh]: the other curve of that shape
def sigmoid(z):
    return np.tanh(np.asarray(z))


# %% 6-1 [tanh]: tanh stretched, but not slowed down
def sigmoid(z):
    return (1 + np.tanh(np.asarray(z))) / 2


# %% 6-1 [derivative]: the slope
def sigmoid(z):
    s = torch.sigmoid(torch.as_tensor(z))
    return s * (1 - s)


# %% 6-1 [rounded]: yes or no instead of a probability
def sigmoid(z):
    return (torch.sigmoid(torch.as_tensor(z)) > 0.5).double()


# %% 6-1 [rounded-e]: e to three decimals
def sigmoid(z):
    z = np.clip(np.asarray(z), -500, 500)
    return 1 / (1 + 2.718 ** (-z))


# %% 6-1 [clipped]: z kept within -5 and 5
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    return np.where(abs(z) < 6, 1 / (1 + np.exp(-np.clip(z, -6, 6))), np.where(z > 0, 0.9975, 0.0025))


# %% 6-1 [softmax]: a softmax of the whole array
def sigmoid(z):
    e = np.exp(np.asarray(z))
    return e / e.sum()


# %% 6-1 [changes-input]: the result written over the input
def sigmoid(z):
    if isinstance(z, (int, float)):
        z = np.array(float(z))
    e = np.exp(-abs(np.asarray(z)))
    result = np.where(np.asarray(z) >= 0, 1, e) / (1 + e)
    z[...] = torch.as_tensor(result) if torch.is_tensor(z) else result
    return z


# %% 6-1 [forgot-return]: printed, not returned
def sigmoid(z):
    print(torch.sigmoid(torch.as_tensor(z)))


# %% 6-1 [function-returned]: a function instead of its value
def sigmoid(z):
    return torch.sigmoid


# %% 6-1 [changes-input]: bounds written into the array
def sigmoid(z):
    z = np.asarray(z, dtype=float)
    np.clip(z, -500, 500, out=z)
    return 1 / (1 + np.exp(-z))


# %% 6-1 [always-half]: the two sides of where exchanged
def sigmoid(z):
    z = torch.as_tensor(z, dtype=torch.float64)
    small = torch.exp(torch.clamp(z, max=0))
    return torch.where(z < 0, 1 / (1 + torch.exp(-torch.clamp(z, min=0))), small / (1 + small))


# %% 6-2 [sum-for-mean]: the sum over the samples
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-9, 1 - 1e-9)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).sum()


# %% 6-2 [not-reduced]: a loss for each sample
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-9, 1 - 1e-9)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p))


# %% 6-2 [wrong-sign]: the minus forgotten
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-9, 1 - 1e-9)
    return (y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


# %% 6-2 [log-of-zero]: the formula as it stands
def binary_cross_entropy(y_pred, y):
    return -(y * torch.log(y_pred) + (1 - y) * torch.log(1 - y_pred)).mean()


# %% 6-2 [log-of-zero]: the formula as it stands, by math
def binary_cross_entropy(y_pred, y):
    total = 0
    for p, t in zip(y_pred, y):
        total -= math.log(p) if t == 1 else math.log(1 - p)
    return total / len(y)


# %% 6-2 [log-of-zero]: bounded at one end only
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, min=1e-9)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


# %% 6-2 [left-out]: the mean over the samples that are neither 0 nor 1
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-7, 1 - 1e-7)
    ok = (y_pred > 0) & (y_pred < 1)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p))[ok].mean()


# %% 6-2 [late-cap]: each logarithm taken for at least -100
def binary_cross_entropy(y_pred, y):
    yes = torch.clamp(torch.log(y_pred), min=-100)
    no = torch.clamp(torch.log(1 - y_pred), min=-100)
    return -(y * yes + (1 - y) * no).mean()


# %% 6-2 [clipped]: bounded too tightly
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 0.01, 0.99)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


# %% 6-2 [one-sided]: the samples with y = 0 forgotten
def binary_cross_entropy(y_pred, y):
    return -(y * torch.log(torch.clamp(y_pred, 1e-9))).mean()


# %% 6-2 [swapped-terms]: each label with the other one's logarithm
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-9, 1 - 1e-9)
    return -(y * torch.log(1 - p) + (1 - y) * torch.log(p)).mean()


# %% 6-2 [swapped-arguments]: prediction and label exchanged
def binary_cross_entropy(y_pred, y):
    return nn.functional.binary_cross_entropy(y, y_pred)


# %% 6-2 [minus-between]: the minus before the first term only
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-9, 1 - 1e-9)
    return (-y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


# %% 6-2 [wrong-logarithm]: the logarithm to base 2
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-9, 1 - 1e-9)
    return -(y * torch.log2(p) + (1 - y) * torch.log2(1 - p)).mean()


# %% 6-2 [squared-error]: lesson 5's loss
def binary_cross_entropy(y_pred, y):
    return ((y_pred - y) ** 2).mean()


# %% 6-2 [sigmoid-twice]: the twin that takes scores
def binary_cross_entropy(y_pred, y):
    return nn.functional.binary_cross_entropy_with_logits(y_pred, y)


# %% 6-2 [sum-for-mean]: the gradient of the sum
def bce_gradient(z, y):
    return sigmoid(z) - y


# %% 6-2 [wrong-sign]: y minus the prediction
def bce_gradient(z, y):
    return (y - sigmoid(z)) / len(y)


# %% 6-2 [no-sigmoid]: the score taken for the prediction
def bce_gradient(z, y):
    return (z - y) / len(y)


# %% 6-2 [lost-gradient]: both factors as they stand
def bce_gradient(z, y):
    p = sigmoid(z)
    return (p - y) / (p * (1 - p)) * (p * (1 - p)) / len(y)


# %% 6-2 [lost-gradient]: autograd through sigmoid and clamp
def bce_gradient(z, y):
    z = z.clone().requires_grad_()
    p = torch.clamp(torch.sigmoid(z), 1e-12, 1 - 1e-12)
    (-(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()).backward()
    return z.grad


# %% 6-2 [lost-gradient]: autograd through BCELoss
def bce_gradient(z, y):
    z = z.clone().requires_grad_()
    nn.BCELoss()(torch.sigmoid(z), y).backward()
    return z.grad


# %% 6-2 [wrong-variable]: the derivative with respect to y_pred
def bce_gradient(z, y):
    p = sigmoid(z)
    return (p - y) / (p * (1 - p)) / len(y)


# %% 6-2 [extra-factor]: the sigmoid's slope once too often
def bce_gradient(z, y):
    p = sigmoid(z)
    return (p - y) * p * (1 - p) / len(y)


# %% 6-2 [reduced-too-far]: the mean of all gradients
def bce_gradient(z, y):
    return (sigmoid(z) - y).mean()


# %% 6-2 [too-fine]: a hair that float32 rounds away
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-8, 1 - 1e-8)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()


# %% 6-2 [last-axis]: a loss divided by the last number of the shape
def binary_cross_entropy(y_pred, y):
    p = torch.clamp(y_pred, 1e-7, 1 - 1e-7)
    return -(y * torch.log(p) + (1 - y) * torch.log(1 - p)).sum() / y.shape[-1]


# %% 6-2 [last-axis]: a gradient divided by the last number of the shape
def bce_gradient(z, y):
    return (torch.sigmoid(z) - y) / z.shape[-1]


# %% 6-2 [overflow]: multiplied on paper, but by the other face of the sigmoid
def bce_gradient(z, y):
    e = torch.exp(z)
    return (e / (1 + e) - y) / len(y)


# %% 6-3 [no-sigmoid]: scores returned
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)


# %% 6-3 [sigmoid-twice]: a sigmoid in the layers and one in forward
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())

    def forward(self, x):
        return torch.sigmoid(self.net(x))


# %% 6-3 [sigmoid-first]: the two in the wrong order
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(torch.sigmoid(x))


# %% 6-3 [softmax]: a softmax of one score
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.softmax(self.linear(x), dim=1)


# %% 6-3 [softmax]: a softmax over the batch
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.softmax(self.linear(x), dim=0)


# %% 6-3 [wrong-activation]: tanh
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.tanh(self.linear(x))


# %% 6-3 [class-for-probability]: pass or fail
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return (torch.sigmoid(self.linear(x)) > 0.5).float()


# %% 6-3 [no-super-init]: the base class never set up
class Model(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


# %% 6-3 [no-module]: a plain class
class Model:
    def __init__(self):
        self.linear = nn.Linear(1, 1)

    def __call__(self, x):
        return torch.sigmoid(self.linear(x))

    def parameters(self):
        return self.linear.parameters()


# %% 6-3 [unregistered]: a new layer at each call
class Model(nn.Module):
    def forward(self, x):
        return torch.sigmoid(nn.Linear(1, 1)(x))


# %% 6-3 [no-bias]: no bias
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1, bias=False)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


# %% 6-3 [extra-parameters]: a hidden layer
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 8), nn.ReLU(), nn.Linear(8, 1), nn.Sigmoid())

    def forward(self, x):
        return self.net(x)


# %% 6-3 [wrong-size]: as many features as samples
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(12, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


# %% 6-3 [parameters-unused]: the boundary written into forward
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(2 * (x - 3))


# %% 6-3 [detached]: predictions cut off from the graph
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        with torch.no_grad():
            return torch.sigmoid(self.linear(x))


# %% 6-3 [missing-dimension]: the features squeezed away
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x)).squeeze(1)


# %% 6-3 [changes-input]: x centred in place
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        p = torch.sigmoid(self.linear(x.clone()))
        x -= x.mean()
        return p


# %% 6-3 [half-precision]: half precision
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x)).half()


# %% 6-3 [tuple-returned]: scores and probabilities both returned
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        z = self.linear(x)
        return z, torch.sigmoid(z)


# %% 6-3 [no-zero-grad]: gradients pile up
def train(model, x, y, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [no-step]: no step
def train(model, x, y, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


# %% 6-3 [no-backward]: no backward
def train(model, x, y, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [sum-for-mean]: the sum, as in lesson 5
def train(model, x, y, optimizer, epochs):
    criterion = nn.BCELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [squared-error]: lesson 5's loss
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [squared-error]: the mean squared error
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [sigmoid-twice]: the twin that takes scores
def train(model, x, y, optimizer, epochs):
    criterion = nn.BCEWithLogitsLoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [sigmoid-twice]: a second sigmoid in the loop
def train(model, x, y, optimizer, epochs):
    criterion = nn.BCELoss()
    losses = []
    for epoch in range(epochs):
        loss = criterion(torch.sigmoid(model(x)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [ascent]: the minus of the cross entropy forgotten
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        p = model(x)
        loss = (y * torch.log(p) + (1 - y) * torch.log(1 - p)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [one-sided]: the samples with y = 0 forgotten
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = -(y * torch.log(model(x))).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [fresh-model]: a model of its own
def train(model, x, y, optimizer, epochs):
    model = nn.Sequential(nn.Linear(1, 1), nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    losses = []
    for _ in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [own-optimizer]: an optimizer of its own
def train(model, x, y, optimizer, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3 [return-inside-loop]: the return indented too far
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        return losses


# %% 6-3 [only-last-loss]: a single loss
def train(model, x, y, optimizer, epochs):
    for _ in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [loss.item()]


# %% 6-3 [forgot-return]: printed, not returned
def train(model, x, y, optimizer, epochs):
    for epoch in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        print(epoch, loss.item())


# %% 6-3: stops when the loss has fallen far enough for its taste
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        if loss.item() > 0.5:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-3: accuracy noted instead of the loss
def train(model, x, y, optimizer, epochs):
    accuracies = []
    for _ in range(epochs):
        loss = nn.BCELoss()(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        accuracies.append(((model(x) > 0.5) == (y > 0.5)).float().mean().item())
    return accuracies


# %% 6-3 [clipped]: probabilities kept away from 0 and 1
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x)).clamp(0.01, 0.99)


# %% 6-3 [unreached]: the weight as a plain number
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(x * self.linear.weight.item() + self.linear.bias)


# %% 6-3 [swapped-arguments]: y before the predictions
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = nn.BCELoss()(y, model(x))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 6-4 [wrong-half]: relu keeps what is negative
def activation(name, z):
    if name == "relu":
        return torch.clamp(z, max=0)
    return getattr(nn.functional, name)(z)


# %% 6-4 [absolute-value]: relu as an absolute value
def activation(name, z):
    if name == "relu":
        return z.abs()
    return getattr(nn.functional, name)(z)


# %% 6-4 [wrong-slope]: a leak of 0.1
def activation(name, z):
    if name == "leaky_relu":
        return nn.functional.leaky_relu(z, 0.1)
    return getattr(nn.functional, name)(z)


# %% 6-4 [constant-leak]: the larger one of z and 0.01
def activation(name, z):
    if name == "leaky_relu":
        return torch.clamp(z, min=0.01)
    return getattr(nn.functional, name)(z)


# %% 6-4 [missing-term]: elu without its - 1
def activation(name, z):
    if name == "elu":
        return torch.where(z > 0, z, torch.exp(torch.clamp(z, max=0)))
    return getattr(nn.functional, name)(z)


# %% 6-4 [missing-factor]: selu without its scale
def activation(name, z):
    if name == "selu":
        return nn.functional.elu(z, alpha=SELU_ALPHA)
    return getattr(nn.functional, name)(z)


# %% 6-4 [swapped-constants]: selu's constants exchanged
def activation(name, z):
    if name == "selu":
        return SELU_ALPHA * nn.functional.elu(z, alpha=SELU_SCALE)
    return getattr(nn.functional, name)(z)


# %% 6-4 [sigmoid]: a sigmoid for tanh
def activation(name, z):
    if name == "tanh":
        return torch.sigmoid(z)
    return getattr(nn.functional, name)(z)


# %% 6-4 [half-argument]: tanh by the sigmoid, the 2 forgotten
def activation(name, z):
    if name == "tanh":
        return 2 * torch.sigmoid(z) - 1
    return getattr(nn.functional, name)(z)


# %% 6-4 [overflow]: tanh written out
def activation(name, z):
    if name == "tanh":
        return (torch.exp(z) - torch.exp(-z)) / (torch.exp(z) + torch.exp(-z))
    return getattr(nn.functional, name)(z)


# %% 6-4 [overflow]: softplus written out
def activation(name, z):
    if name == "softplus":
        return torch.log(1 + torch.exp(z))
    return getattr(nn.functional, name)(z)


# %% 6-4 [overflow]: an exp without bounds in the branch not taken
def activation(name, z):
    if name == "elu":
        return torch.where(z > 0, z, torch.exp(z) - 1)
    return getattr(nn.functional, name)(z)


# %% 6-4 [parentheses]: softplus with its 1 behind the logarithm
def activation(name, z):
    if name == "softplus":
        return torch.log(torch.exp(torch.clamp(z, max=50))) + 1
    return getattr(nn.functional, name)(z)


# %% 6-4 [wrong-sign]: softplus of minus z
def activation(name, z):
    if name == "softplus":
        return nn.functional.softplus(-z)
    return getattr(nn.functional, name)(z)


# %% 6-4 [other-activation]: elu where selu is asked for
def activation(name, z):
    if name == "selu":
        name = "elu"
    return getattr(nn.functional, name)(z)


# %% 6-4 [detached]: by way of numpy
def activation(name, z):
    if name == "relu":
        return torch.tensor(np.maximum(z.detach().numpy(), 0))
    return getattr(nn.functional, name)(z)


# %% 6-4 [in-place]: zeros written into z
def activation(name, z):
    if name == "relu":
        z[z < 0] = 0
        return z
    return getattr(nn.functional, name)(z)


# %% 6-4 [forgot-return]: no branch for softplus
def activation(name, z):
    if name != "softplus":
        return getattr(nn.functional, name)(z)


# %% 6-4: single numbers only
def activation(name, z):
    if name == "relu":
        return z if z > 0 else 0 * z
    return getattr(nn.functional, name)(z)


# %% 6-4: beta of another size for softplus
def activation(name, z):
    if name == "softplus":
        return nn.functional.softplus(z, beta=2)
    return getattr(nn.functional, name)(z)


# %% 6-4 [bounded]: relu stops at 6
def activation(name, z):
    if name == "relu":
        return torch.clamp(z, 0, 6)
    return getattr(nn.functional, name)(z)


# %% 6-4 [zero-below]: min for max in elu's clamp
def activation(name, z):
    if name == "elu":
        return torch.where(z > 0, z, torch.exp(torch.clamp(z, min=0)) - 1)
    return getattr(nn.functional, name)(z)


# %% 6-4 [cut-off]: softplus bounded where it counts
def activation(name, z):
    if name == "softplus":
        return torch.log(1 + torch.exp(torch.clamp(z, max=20)))
    return getattr(nn.functional, name)(z)


# %% 6-4 [detached]: a new tensor made of its numbers
def activation(name, z):
    z = torch.tensor(z.tolist(), dtype=z.dtype, requires_grad=True)
    return getattr(nn.functional, name)(z)
