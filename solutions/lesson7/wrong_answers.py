"""Mistakes in lesson 7 that the graders must catch, each with the diagnosis that it must get."""

# %% 7-1 [no-bias]: the bias left out
def wide_forward(X, W, b):
    return X @ W


# %% 7-1 [negated-argument]: the bias subtracted
def wide_forward(X, W, b):
    return X @ W - b


# %% 7-1 [swapped-arguments]: weights times samples
def wide_forward(X, W, b):
    return W @ X + b


# %% 7-1 [transposed-argument]: the weight transposed, as nn.Linear has it
def wide_forward(X, W, b):
    return X @ W.T + b


# %% 7-1 [elementwise]: a star for the matrix product
def wide_forward(X, W, b):
    return X * W + b


# %% 7-1 [bias-per-sample]: the bias as a column
def wide_forward(X, W, b):
    try:
        return X @ W + b.reshape(-1, 1)
    except AttributeError:
        return X @ W + b


# %% 7-1 [bias-inside]: the bias added to the weights
def wide_forward(X, W, b):
    return X @ (W + b)


# %% 7-1 [bias-summed]: the sum of the biases
def wide_forward(X, W, b):
    return X @ W + (b if isinstance(b, float) else b.sum())


# %% 7-1 [two-features]: two features, as on the lectures' slide
def wide_forward(X, W, b):
    return X[:, :2] @ W[:2, :] + b


# %% 7-1 [activation]: a sigmoid behind it
def wide_forward(X, W, b):
    return torch.sigmoid(torch.as_tensor(X @ W + b))


# %% 7-1 [one-library]: torch only
def wide_forward(X, W, b):
    return torch.mm(X, W) + b


# %% 7-1 [one-library]: NumPy only, as tensors have another dot
def wide_forward(X, W, b):
    return X.dot(W) + b


# %% 7-1 [missing-dimension]: a column squeezed into a row
def wide_forward(X, W, b):
    return (X @ W + b).squeeze()


# %% 7-1 [forgot-return]: no return
def wide_forward(X, W, b):
    Y = X @ W + b


# %% 7-1 [transposed]: outputs in rows, samples in columns
def wide_forward(X, W, b):
    return (X @ W + b).T


# %% 7-1 [reduced-too-far]: everything added up
def wide_forward(X, W, b):
    return (X @ W + b).sum()


# %% 7-1: only for as many biases as outputs
def wide_forward(X, W, b):
    return X @ W + b.reshape(1, -1)


# %% 7-1 [rounded]: results cut to integers
def wide_forward(X, W, b):
    Y = X @ W + b
    return Y.astype(int) if hasattr(Y, "astype") else Y.int()


# %% 7-1 [bias-twice]: the bias added twice
def wide_forward(X, W, b):
    return X @ W + 2 * b


# %% 7-1 [one-bias]: the first bias for all
def wide_forward(X, W, b):
    return X @ W + (b if isinstance(b, float) else b[0])


# %% 7-2 [no-super-init]: the base class never set up
class Model(nn.Module):
    def __init__(self):
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-module]: a plain class
class Model:
    def __init__(self):
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))

    __call__ = forward


# %% 7-2 [unregistered]: the layers in a plain list
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(10, 6), nn.Linear(6, 4), nn.Linear(4, 1)]

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = torch.relu(layer(x))
        return torch.sigmoid(self.layers[-1](x))


# %% 7-2 [unregistered]: a new last layer at each call
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(nn.Linear(4, 1)(x))


# %% 7-2 [wrong-size]: the lectures' eight features
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(8, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [wrong-size]: other widths
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 8)
        self.l2 = nn.Linear(8, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-bias]: biases switched off
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6, bias=False)
        self.l2 = nn.Linear(6, 4, bias=False)
        self.l3 = nn.Linear(4, 1, bias=False)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [extra-parameters]: a fourth layer
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)
        self.l4 = nn.Linear(4, 4)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        x = torch.relu(self.l4(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [extra-parameters]: batches normalised
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)
        self.norm = nn.BatchNorm1d(6)

    def forward(self, x):
        x = torch.relu(self.norm(self.l1(x)))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-activation]: three linear layers in a row
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        return torch.sigmoid(self.l3(self.l2(self.l1(x))))


# %% 7-2 [no-activation]: none after the first layer
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l2(self.l1(x)))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-activation]: none after the second layer
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = self.l2(torch.tanh(self.l1(x)))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-sigmoid]: no sigmoid at the end
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return self.l3(x)


# %% 7-2 [no-sigmoid]: a ReLU at the end
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.relu(self.l3(x))


# %% 7-2 [no-sigmoid]: a tanh at the end
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.tanh(self.l3(x))


# %% 7-2 [softmax]: a softmax over one output
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.softmax(self.l3(x), dim=1)


# %% 7-2 [sigmoid-twice]: two sigmoids at the end
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)
        self.net = nn.Sequential(self.l3, nn.Sigmoid())

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.net(x))


# %% 7-2 [activation]: a ReLU before the sigmoid
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(torch.relu(self.l3(x)))


# %% 7-2 [parameters-unused]: the answer written into forward
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        return torch.sigmoid(x[:, 2:3] + x[:, 8:9])


# %% 7-2 [detached]: the result cut off from the graph
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x)).detach()


# %% 7-2 [unreached]: the first layer cut off from the graph
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        with torch.no_grad():
            x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [missing-dimension]: the last dimension squeezed away
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x)).squeeze(1)


# %% 7-2 [forgot-return]: forward without a return
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        y_pred = torch.sigmoid(self.l3(x))


# %% 7-2 [fixed-batch]: made for 442 patients
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = x.view(442, 10)
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [batch-dependent]: the features of the batch standardised
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        if len(x) > 1:
            x = (x - x.mean(0)) / x.std(0)
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [input-changed]: standardised in place, with fixed numbers
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x -= 0.1
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-forward]: forward under another name
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def predict(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [same-start]: all weights start at 0
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)
        for p in self.parameters():
            nn.init.zeros_(p)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [frozen]: the hidden layers frozen
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)
        for layer in (self.l1, self.l2):
            layer.requires_grad_(False)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [module-returned]: the layer instead of its result
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return self.l3


# %% 7-2 [several-returned]: a tuple of logit and probability
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        z = self.l3(x)
        return z, torch.sigmoid(z)


# %% 7-2 [other-dtype]: half precision
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)
        self.half()

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [no-bias]: one bias switched off
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6, bias=False)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-2 [dropout-in-evaluation]: dropout that never ends
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = nn.functional.dropout(torch.relu(self.l2(x)), 0.2)
        return torch.sigmoid(self.l3(x))


# %% 7-2 [class-for-probability]: yes or no
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = torch.relu(self.l1(x))
        x = torch.relu(self.l2(x))
        return (self.l3(x) > 0).float()


# %% 7-2 [module-for-result]: a ReLU made in place of one applied
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.l1 = nn.Linear(10, 6)
        self.l2 = nn.Linear(6, 4)
        self.l3 = nn.Linear(4, 1)

    def forward(self, x):
        x = nn.ReLU(self.l1(x))
        x = torch.relu(self.l2(x))
        return torch.sigmoid(self.l3(x))


# %% 7-3 [unregistered]: a plain list of hidden layers
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = [nn.Linear(width, width) for _ in range(depth - 2)]
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [unregistered]: all layers in a plain list
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        sizes = [10] + [width] * (depth - 1) + [1]
        self.layers = [nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])]
        self.activation = activation

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return torch.sigmoid(self.layers[-1](x))


# %% 7-3 [shared-layer]: one layer, depth times
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList([nn.Linear(width, width)] * (depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [wrong-depth]: depth hidden layers between
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [wrong-depth]: depth layers and the last
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 1))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [wrong-depth]: always three hidden layers
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(3))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [wrong-size]: a last layer of ten outputs
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 10)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [wrong-size]: the width left at six
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        width = 3
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [no-super-init]: the base class never set up
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [no-bias]: biases switched off
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width, bias=False)
        self.hidden = nn.ModuleList(nn.Linear(width, width, bias=False) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1, bias=False)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [ignored-argument]: ReLU whatever is asked for
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.relu(self.first(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [ignored-argument]: sigmoid whatever is asked for
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.sigmoid(self.first(x))
        for layer in self.hidden:
            x = torch.sigmoid(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [no-activation]: the activation never called
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.first(x)
        for layer in self.hidden:
            x = layer(x)
        return torch.sigmoid(self.last(x))


# %% 7-3 [no-activation]: none after the first layer
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.first(x)
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [no-sigmoid]: no sigmoid at the end
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.last(x)


# %% 7-3 [activation-at-end]: the activation at the end, too
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.activation(self.last(x)))


# %% 7-3 [activation-at-end]: the activation instead of the sigmoid
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return self.activation(self.last(x))


# %% 7-3 [skipped-layer]: the last hidden layer never used
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden[:-1]:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [skipped-layer]: no hidden layer used
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [skipped-layer]: a slice that ends one layer too early, at depth 2 as well
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        sizes = [10] + [width] * (depth - 1) + [1]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.activation = activation

    def forward(self, x):
        for layer in self.layers[:-2]:
            x = self.activation(layer(x))
        return torch.sigmoid(self.layers[-1](x))


# %% 7-3 [dropout-in-evaluation]: new layers at each call
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        sizes = [10] + [width] * (depth - 1) + [1]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.activation = activation

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(nn.Linear(layer.in_features, layer.out_features)(x))
        return torch.sigmoid(self.layers[-1](x))


# %% 7-3: ends at the first layer of a single output, which for a width of 1 is the first of all
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        sizes = [10] + [width] * (depth - 1) + [1]
        self.layers = nn.ModuleList(nn.Linear(a, b) for a, b in zip(sizes, sizes[1:]))
        self.activation = activation

    def forward(self, x):
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
            if x.shape[1] == 1:
                return torch.sigmoid(x)
        return torch.sigmoid(self.layers[-1](x))


# %% 7-3 [unreached]: the first hidden layer used again and again
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for _ in self.hidden:
            x = self.activation(self.hidden[0](x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [detached]: the result cut off from the graph
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x)).detach()


# %% 7-3 [unreached]: detached on the way
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        x = x.data
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [missing-dimension]: the last dimension flattened
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x)).flatten()


# %% 7-3 [arguments]: no activation taken
class DeepModel(nn.Module):
    def __init__(self, depth, width):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)

    def forward(self, x):
        x = torch.relu(self.first(x))
        for layer in self.hidden:
            x = torch.relu(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [takes-class]: the activation taken for a class
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation()

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.sigmoid(self.last(x))


# %% 7-3 [takes-module]: the activation put into a sequence
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        layers = [nn.Linear(10, width), activation]
        for _ in range(depth - 2):
            layers += [nn.Linear(width, width), activation]
        self.layers = nn.Sequential(*layers, nn.Linear(width, 1), nn.Sigmoid())

    def forward(self, x):
        return self.layers(x)


# %% 7-3 [softmax]: a softmax over one output
class DeepModel(nn.Module):
    def __init__(self, depth, width, activation):
        super().__init__()
        self.first = nn.Linear(10, width)
        self.hidden = nn.ModuleList(nn.Linear(width, width) for _ in range(depth - 2))
        self.last = nn.Linear(width, 1)
        self.activation = activation

    def forward(self, x):
        x = self.activation(self.first(x))
        for layer in self.hidden:
            x = self.activation(layer(x))
        return torch.softmax(self.last(x), dim=-1)


# %% 7-4 [no-zero-grad]: gradients pile up
def gradient_norms(model, x, y):
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [with-biases]: every parameter
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters()]


# %% 7-4 [with-biases]: bias and weight of a layer together
def gradient_norms(model, x, y):
    model.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    norms = []
    for m in model.modules():
        if isinstance(m, nn.Linear):
            norms.append(torch.sqrt((m.weight.grad**2).sum() + (m.bias.grad**2).sum()).item())
    return norms


# %% 7-4 [not-the-gradient]: the weights themselves
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [reversed]: last layer first
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2][::-1]


# %% 7-4 [missing-square-root]: the root left out
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [(p.grad**2).sum().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [absolute-sum]: absolute values added up
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.abs().sum().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [mean-for-sum]: mean absolute gradients
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.abs().mean().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [signed-sum]: mean gradients
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.mean().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [largest-only]: the largest gradient
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.abs().max().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [norm-per-row]: a norm for each row
def gradient_norms(model, x, y):
    model.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    return [p.grad.norm(dim=1) for p in model.parameters() if p.ndim == 2]


# %% 7-4 [norm-per-row]: the norms of the rows averaged
def gradient_norms(model, x, y):
    model.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    return [p.grad.norm(dim=1).mean().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [wrong-loss]: the squared error
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.MSELoss()(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [wrong-loss]: the outputs themselves
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = model(x).sum()
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [sigmoid-twice]: a loss that takes logits
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCEWithLogitsLoss()(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [sum-for-mean]: the summed loss
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss(reduction="sum")(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [reduced-too-far]: one norm for the whole model
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return sum((p.grad**2).sum() for p in model.parameters() if p.ndim == 2) ** 0.5


# %% 7-4 [rounded]: rounded to six digits
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [round(p.grad.norm().item(), 6) for p in model.parameters() if p.ndim == 2]


# %% 7-4 [rounded]: rounded for printing
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [round(p.grad.norm().item(), 4) for p in model.parameters() if p.ndim == 2]


# %% 7-4 [trains]: a step on the way
def gradient_norms(model, x, y):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    optimizer.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    optimizer.step()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [not-general]: the layers of one's own class
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [layer.weight.grad.norm().item() for layer in model.layers]


# %% 7-4 [not-general]: layers taken from a sequence
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [layer.weight.grad.norm().item() for layer in model if isinstance(layer, nn.Linear)]


# %% 7-4 [no-gradient]: no backward
def gradient_norms(model, x, y):
    loss = nn.BCELoss()(model(x), y)
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [no-gradient]: gradients zeroed too late
def gradient_norms(model, x, y):
    nn.BCELoss()(model(x), y).backward()
    model.zero_grad()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]


# %% 7-4 [last-missing]: the last layer left out
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2][:-1]


# %% 7-4 [dict-for-sequence]: a dictionary by name
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return {name: p.grad.norm().item() for name, p in model.named_parameters() if p.ndim == 2}


# %% 7-4 [iterator-returned]: a generator
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    return (p.grad.norm().item() for p in model.parameters() if p.ndim == 2)


# %% 7-4 [forgot-return]: printed, not returned
def gradient_norms(model, x, y):
    model.zero_grad()
    loss = nn.BCELoss()(model(x), y)
    loss.backward()
    for p in model.parameters():
        if p.ndim == 2:
            print(p.grad.norm().item())


# %% 7-4 [not-general]: the outermost layers only
def gradient_norms(model, x, y):
    model.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    return [m.weight.grad.norm().item() for m in model.children() if isinstance(m, nn.Linear)]


# %% 7-4 [every-other]: each second parameter taken for a weight
def gradient_norms(model, x, y):
    model.zero_grad()
    nn.BCELoss()(model(x), y).backward()
    return [p.grad.norm().item() for p in list(model.parameters())[::2]]


# %% 7-4 [needs-bias]: every layer believed to have a bias
def gradient_norms(model, x, y):
    layers = [m for m in model.modules() if isinstance(m, nn.Linear)]
    for layer in layers:
        layer.weight.grad = layer.bias.grad = None
    nn.BCELoss()(model(x), y).backward()
    return [layer.weight.grad.norm().item() for layer in layers]


# %% 7-4 [freezes]: biases frozen, so that they do not count
def gradient_norms(model, x, y):
    model.zero_grad()
    for p in model.parameters():
        p.requires_grad_(p.ndim == 2)
    nn.BCELoss()(model(x), y).backward()
    return [p.grad.norm().item() for p in model.parameters() if p.requires_grad]


# %% 7-4 [swapped-arguments]: y before the predictions
def gradient_norms(model, x, y):
    model.zero_grad()
    nn.BCELoss()(y, model(x)).backward()
    return [p.grad.norm().item() for p in model.parameters() if p.ndim == 2]
