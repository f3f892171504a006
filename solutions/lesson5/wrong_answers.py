"""Mistakes in lesson 5 that the graders must catch, each with the diagnosis that it must get."""

# %% 5-1 [no-super-init]: the base class never set up
class Model(nn.Module):
    def __init__(self):
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)


# %% 5-1 [no-module]: a plain class
class Model:
    def __init__(self):
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x)

    __call__ = forward


# %% 5-1 [unregistered]: the layer kept in a list
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(1, 1)]

    def forward(self, x):
        return self.layers[0](x)


# %% 5-1 [unregistered]: a new layer at each call
class Model(nn.Module):
    def __init__(self):
        super().__init__()

    def forward(self, x):
        return nn.Linear(1, 1)(x)


# %% 5-1 [no-bias]: the bias switched off
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1, bias=False)

    def forward(self, x):
        return self.linear(x)


# %% 5-1 [wrong-size]: as many features as samples
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(3, 1)

    def forward(self, x):
        return self.linear(x)


# %% 5-1 [extra-parameters]: two layers
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(1, 1)
        self.second = nn.Linear(1, 1)

    def forward(self, x):
        return self.second(self.first(x))


# %% 5-1 [activation]: a ReLU behind the layer
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.relu(self.linear(x))


# %% 5-1 [activation]: a sigmoid, as lesson 6 will have it
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return torch.sigmoid(self.linear(x))


# %% 5-1 [forgot-return]: forward without a return
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        y_pred = self.linear(x)


# %% 5-1 [parameters-unused]: the answer written into forward
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return 2 * x


# %% 5-1 [no-bias]: the weight alone used
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return x * self.linear.weight


# %% 5-1 [detached]: predictions cut off from the graph
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x).detach()


# %% 5-1 [missing-dimension]: the features squeezed away
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(x).squeeze(1)


# %% 5-1 [module-returned]: the layer instead of its result
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear


# %% 5-1 [no-forward]: forward under another name
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def predict(self, x):
        return self.linear(x)


# %% 5-1 [layer-twice]: the only layer used as two
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return self.linear(self.linear(x))


# %% 5-1 [unreached]: the weight used as a plain number
class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(1, 1)

    def forward(self, x):
        return x * self.linear.weight.item() + self.linear.bias


# %% 5-2 [no-zero-grad]: gradients pile up
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [no-step]: no step
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


# %% 5-2 [no-backward]: no backward
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [no-backward]: zeroed between backward and step
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.zero_grad()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [mean-for-sum]: MSELoss as it comes
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss()
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [ascent]: the loss with its sign turned
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = -((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [return-inside-loop]: the return indented too far
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


# %% 5-2 [step-before-backward]: the last two lines exchanged
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = criterion(model(x), y)
        optimizer.step()
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
    return losses


# %% 5-2 [broadcast]: predictions (n, 1) against targets (n,)
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y.squeeze()) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [fresh-model]: a model of its own trained instead
def train(model, x, y, optimizer, epochs):
    model = nn.Linear(1, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [own-optimizer]: the optimizer made anew
def train(model, x, y, optimizer, epochs):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [own-optimizer]: plain descent by hand, at the optimizer's rate
def train(model, x, y, optimizer, epochs):
    rate = optimizer.param_groups[0]["lr"]
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for p in model.parameters():
                p -= rate * p.grad
        losses.append(loss.item())
    return losses


# %% 5-2 [only-last-loss]: a single loss in a list
def train(model, x, y, optimizer, epochs):
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return [loss.item()]


# %% 5-2 [reduced-too-far]: a single loss
def train(model, x, y, optimizer, epochs):
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


# %% 5-2 [loss-after-step]: measured too late
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(((model(x) - y) ** 2).sum().item())
    return losses


# %% 5-2 [rescaled-losses]: trained on the sum, the mean noted
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item() / len(x))
    return losses


# %% 5-2 [accumulated-losses]: the running total noted
def train(model, x, y, optimizer, epochs):
    losses, total = [], 0.0
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item()
        losses.append(total)
    return losses


# %% 5-2 [forgot-return]: printed, not returned
def train(model, x, y, optimizer, epochs):
    for epoch in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        print(epoch, loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


# %% 5-2 [one-epoch-short]: the epochs counted from 1
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(1, epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [raised]: backward of a plain number
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum().item()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss)
    return losses


# %% 5-2 [absolute-error]: the absolute error
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = (model(x) - y).abs().sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [root-taken]: the root of the sum
def train(model, x, y, optimizer, epochs):
    criterion = nn.MSELoss(reduction="sum")
    losses = []
    for _ in range(epochs):
        loss = torch.sqrt(criterion(model(x), y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# %% 5-2 [step-per-sample]: the loop of lesson 3
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        total = 0.0
        for x_val, y_val in zip(x, y):
            loss = ((model(x_val) - y_val) ** 2).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item()
        losses.append(total)
    return losses


# %% 5-2 [losses-cut-short]: stopped where the loss rises
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if len(losses) > 1 and losses[-1] > losses[-2]:
            break
    return losses


# %% 5-2 [rounded]: three decimals
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(round(loss.item(), 3))
    return losses


# %% 5-2 [first-loss-only]: only the first of the losses
def train(model, x, y, optimizer, epochs):
    losses = []
    for _ in range(epochs):
        loss = ((model(x) - y) ** 2).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses[:1]


# %% 5-3 [shared-model]: one model for all
def compare_optimizers(x, y, names, epochs):
    model = Model()
    curves = {}
    for name in names:
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [different-start]: a new random model for each
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [wrong-optimizer]: SGD under every name
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
        curves[name] = train(model, x, y, optimizer, epochs)
    return curves


# %% 5-3 [wrong-optimizer]: SGD where LBFGS makes trouble
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        kind = torch.optim.SGD if name == "LBFGS" else getattr(torch.optim, name)
        curves[name] = train(model, x, y, kind(model.parameters(), lr=0.01), epochs)
    return curves


# %% 5-3 [no-closure]: LBFGS without a closure
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)
        curves[name] = train(model, x, y, optimizer, epochs)
    return curves


# %% 5-3 [missing-key]: LBFGS left out
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        if name == "LBFGS":
            continue
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)
        curves[name] = train(model, x, y, optimizer, epochs)
    return curves


# %% 5-3 [no-zero-grad]: a closure that lets gradients pile up
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [no-update]: a closure without backward
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            return loss

        if name == "LBFGS":
            curves[name] = [closure().item() for _ in range(epochs)]
        else:
            curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [mean-for-sum]: the mean, as MSELoss comes
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = nn.MSELoss()(model(x), y)
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [other-rate]: each at torch's own rate
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters())

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [single-loss]: only the final losses
def compare_optimizers(x, y, names, epochs):
    final = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        for _ in range(epochs):
            loss = optimizer.step(closure)
        final[name] = loss.item()
    return final


# %% 5-3 [sequence-for-dict]: lists without their names
def compare_optimizers(x, y, names, epochs):
    curves = []
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves.append([optimizer.step(closure).item() for _ in range(epochs)])
    return curves


# %% 5-3 [extra-key]: all eight, whatever is asked for
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in ["Adagrad", "Adam", "Adamax", "ASGD", "LBFGS", "RMSprop", "Rprop", "SGD"]:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3: SGD with a momentum that nobody asked for
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        extra = {"momentum": 0.9} if name == "SGD" else {}
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01, **extra)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [loss-per-call]: every call of the closure noted
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)
        curves[name] = []

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            curves[name].append(loss.item())
            return loss

        for _ in range(epochs):
            optimizer.step(closure)
    return curves


# %% 5-3 [different-start]: the seed set after the model is made
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        model = Model()
        torch.manual_seed(0)
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [steps-before]: a step on trial before the race
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        optimizer.step(closure)
        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [shared-list]: one list of losses under every name
def compare_optimizers(x, y, names, epochs):
    curves, losses = {}, []
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        losses.clear()
        for _ in range(epochs):
            losses.append(optimizer.step(closure).item())
        curves[name] = losses
    return curves


# %% 5-3 [wrong-size]: a line without a bias
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = nn.Linear(1, 1, bias=False)
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()
            return loss

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [no-loss-returned]: a closure without a return
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

        def closure():
            optimizer.zero_grad()
            loss = ((model(x) - y) ** 2).sum()
            loss.backward()

        curves[name] = [optimizer.step(closure).item() for _ in range(epochs)]
    return curves


# %% 5-3 [new-optimizer]: the optimizer made anew for each step
def compare_optimizers(x, y, names, epochs):
    curves = {}
    for name in names:
        torch.manual_seed(0)
        model = Model()
        curves[name] = []
        for _ in range(epochs):
            optimizer = getattr(torch.optim, name)(model.parameters(), lr=0.01)

            def closure():
                optimizer.zero_grad()
                loss = ((model(x) - y) ** 2).sum()
                loss.backward()
                return loss

            curves[name].append(optimizer.step(closure).item())
    return curves
