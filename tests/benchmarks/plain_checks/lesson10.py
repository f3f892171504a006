"""Lesson 10 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import itertools

import torch
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset

from course.data import digits


def check_10_1(output_size, conv2d, max_pool2d):
    sides = itertools.product((15, 28, 33), (2, 5), (1, 2, 3), (0, 2), (1, 3))
    for n, kernel, stride, padding, dilation in sides:
        row, weights = torch.zeros(1, 1, n), torch.zeros(1, 1, kernel)
        places = functional.conv1d(row, weights, None, stride, padding, dilation).shape[-1]
        found = output_size(n, kernel, stride, padding, dilation)
        assert found == places and type(found) is int
    generator = torch.Generator().manual_seed(1)
    shapes = [(6, 8, 3, 3), (7, 5, 2, 2), (9, 6, 4, 4), (6, 7, 2, 4), (10, 9, 5, 1), (11, 8, 3, 2)]
    for (height, width, rows, columns), (stride, padding) in itertools.product(
        shapes, [(1, 0), (2, 0), (1, 1), (3, 2)]
    ):
        image = torch.randn(height, width, generator=generator)
        kernel = torch.randn(rows, columns, generator=generator)
        before = image.clone(), kernel.clone()
        found = torch.as_tensor(conv2d(image, kernel, stride, padding))
        due = functional.conv2d(image[None, None], kernel[None, None], None, stride, padding)[0, 0]
        assert found.shape == due.shape and torch.allclose(found.float(), due, atol=1e-4)
        assert torch.equal(image, before[0]) and torch.equal(kernel, before[1])
    for height, width, size in [
        *[(8, 6, 2), (6, 9, 3), (8, 12, 4), (4, 10, 2)],
        *[(7, 9, 2), (8, 10, 3), (11, 9, 4), (6, 5, 2)],
    ]:
        image = torch.randn(height, width, generator=generator)
        image[:size, :size] -= 4  # a square without a number above 0
        found = torch.as_tensor(max_pool2d(image, size))
        due = functional.max_pool2d(image[None], size)[0]
        assert found.shape == due.shape and torch.allclose(found.float(), due)


def right(model, x, y):
    model.eval()
    with torch.no_grad():
        return (model(x).argmax(1) == y).float().mean().item()


def some_digits(count):
    x, y = (torch.from_numpy(part) for part in digits())
    return x[:count], y[:count]


def unseen_digits():
    x, y = (torch.from_numpy(part) for part in digits(train=False))
    return x[:300], y[:300]


def check_10_2(Net):
    torch.manual_seed(0)
    net = Net()
    assert isinstance(net, torch.nn.Module)
    layers = list(net.modules())
    convolutions = [layer for layer in layers if isinstance(layer, torch.nn.Conv2d)]
    assert [tuple(layer.kernel_size) for layer in convolutions] == [(5, 5), (5, 5)]
    assert sum(isinstance(layer, torch.nn.Linear) for layer in layers) == 1
    assert sum(p.numel() for p in net.parameters()) < 100_000
    x, y = some_digits(600)
    net.eval()
    given = x[:32].clone()
    with torch.no_grad():
        outputs = net(given)
        assert torch.equal(given, x[:32])
        assert outputs.shape == (32, 10) and outputs.dtype == torch.float32
        assert torch.allclose(net(x[:32]), outputs)
        for count in (1, 3):
            found = net(x[:count])
            assert found.shape == (count, 10)
            assert torch.allclose(found, outputs[:count], atol=1e-4)
    assert outputs.std() > 0 and (outputs < 0).any()
    assert not torch.allclose(outputs.exp().sum(0), torch.ones(10), rtol=1e-3)
    net.train()
    functional.cross_entropy(net(x[:64]), y[:64]).backward()
    assert all(p.grad is not None and p.grad.any() for p in net.parameters())
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    for _ in range(2):
        for features, labels in zip(x.split(20), y.split(20), strict=True):
            optimizer.zero_grad()
            functional.cross_entropy(net(features), labels).backward()
            optimizer.step()
    assert right(net, *unseen_digits()) > 0.6


def small_network():
    torch.manual_seed(2)
    return torch.nn.Sequential(
        torch.nn.Conv2d(1, 3, 5, stride=3),
        torch.nn.BatchNorm2d(3),
        torch.nn.Tanh(),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        torch.nn.Linear(48, 10),
    )


def watched(network, calls):
    network.register_forward_pre_hook(
        lambda module, _: calls.append((module.training, torch.is_grad_enabled()))
    )
    return network


def check_10_3(train, evaluate):
    x, y = some_digits(600)
    loader = DataLoader(TensorDataset(x[:10], y[:10]), batch_size=4)
    for name, settings, epochs in [
        ("SGD", {"lr": 0.05}, 1),
        ("SGD", {"lr": 0.05}, 4),
        ("Adam", {"lr": 0.01}, 3),
        ("SGD", {"lr": 0.02, "momentum": 0.9}, 3),
    ]:
        theirs, ours = small_network(), small_network()
        calls = []
        optimizer = getattr(torch.optim, name)(theirs.parameters(), **settings)
        losses = train(watched(theirs.eval(), calls), loader, optimizer, epochs)
        assert [call for call in calls if call[1]] == [(True, True)] * 3 * epochs
        optimizer = getattr(torch.optim, name)(ours.parameters(), **settings)
        due = []
        for _ in range(epochs):
            total = 0.0
            for features, labels in loader:
                loss = functional.cross_entropy(ours(features), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(labels)
            due.append(total / 10)
        assert torch.allclose(torch.as_tensor(losses).float(), torch.tensor(due), rtol=1e-4)
        for one, other in zip(theirs.parameters(), ours.parameters(), strict=True):
            assert torch.allclose(one, other, atol=1e-4)
    torch.manual_seed(3)
    net = torch.nn.Sequential(
        *[torch.nn.Conv2d(1, 10, 5), torch.nn.MaxPool2d(2), torch.nn.ReLU()],
        *[torch.nn.Conv2d(10, 20, 5), torch.nn.MaxPool2d(2), torch.nn.ReLU()],
        *[torch.nn.Flatten(), torch.nn.Linear(320, 10)],
    )
    many = DataLoader(TensorDataset(x, y), batch_size=20)
    train(net, many, torch.optim.Adam(net.parameters(), lr=5e-3), 2)
    unseen, labels = unseen_digits()
    assert right(net, unseen, labels) > 0.6
    with torch.no_grad():
        assert functional.cross_entropy(net(unseen), labels).item() < 1.1
    for count, size, mode in [(11, 4, True), (13, 5, False), (7, 3, True), (9, 9, False)]:
        calls, model = [], small_network()
        before = {key: value.clone() for key, value in model.state_dict().items()}
        part = DataLoader(TensorDataset(unseen[:count], labels[:count]), batch_size=size)
        loss, accuracy = map(float, evaluate(watched(model.train(mode), calls), part))
        assert calls and set(calls) == {(False, False)}
        assert mode or not model.training
        assert all(torch.equal(before[key], value) for key, value in model.state_dict().items())
        assert all(p.grad is None for p in model.parameters())
        assert abs(accuracy - right(model, unseen[:count], labels[:count])) < 1e-6
        with torch.no_grad():
            due = functional.cross_entropy(model(unseen[:count]), labels[:count])
        assert abs(loss - due.item()) < 1e-4
