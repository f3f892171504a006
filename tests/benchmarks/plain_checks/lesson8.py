"""Lesson 8 checked as an ordinary course would: plain asserts, run in the student's own process."""

# mypy: ignore-errors

import gzip
import itertools
import math
import random
import tempfile
from pathlib import Path

import numpy as np
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset


def ward(folder, seed, count):
    """Write a file of made-up patients; return its path, their features and their labels."""
    rng = np.random.default_rng(seed)
    features = rng.uniform(-3, 3, (count, 10)).round(4)
    labels = rng.permutation(np.arange(count) % 2)
    rows = [
        ",".join([*(f"{v:.4f}" for v in row), str(label)])
        for row, label in zip(features, labels, strict=True)
    ]
    path = Path(folder, f"ward{seed}.csv.gz")
    path.write_bytes(gzip.compress("\n".join(["a,b,c,d,e,f,g,h,i,j,label", *rows, ""]).encode()))
    return path, torch.tensor(features), torch.tensor(labels)


def check_8_1(DiabetesDataset):
    with tempfile.TemporaryDirectory() as folder:
        for seed, count in [(1, 14), (2, 23), (3, 9)]:
            path, features, labels = ward(folder, seed, count)
            dataset = DiabetesDataset(str(path))
            assert isinstance(dataset, torch.utils.data.Dataset)
            assert len(dataset) == count
            path.write_bytes(b"")  # what was read once is not read again
            items = list(itertools.islice(dataset, count + 5))
            assert len(items) == count
            for (x, y), row, label in zip(items, features, labels, strict=True):
                x, y = torch.as_tensor(x), torch.as_tensor(y)
                assert x.dtype == y.dtype == torch.float32
                assert x.shape == (10,) and y.shape == (1,)
                assert torch.allclose(x.double(), row, atol=1e-5) and y.item() == label
            for index in (slice(2, 6), -1):
                try:
                    x, _ = dataset[index]
                except Exception:
                    continue  # it may be refused
                assert torch.allclose(torch.as_tensor(x).double(), features[index], atol=1e-5)


def check_8_2(make_loader, iterations_per_epoch):
    for count, size in [(23, 5), (12, 4), (9, 7), (6, 6), (5, 9)]:
        numbers = torch.arange(float(count))
        loader = make_loader(TensorDataset(numbers, 2 * numbers), size, False, 0)
        assert isinstance(loader, DataLoader) and loader.num_workers == 0
        for _ in range(2):
            batches = list(loader)
            assert len(batches) == math.ceil(count / size)
            parts = numbers.split(size)
            assert all(torch.equal(x, due) for (x, _), due in zip(batches, parts, strict=True))
            assert all(torch.equal(2 * x, y) for x, y in batches)
    numbers = torch.arange(72.0)
    loader = make_loader(TensorDataset(numbers), 8, True, 0)
    orders = [torch.cat([x for (x,) in loader]) for _ in range(3)]
    assert all(torch.equal(order.sort().values, numbers) for order in orders)
    assert not any(torch.equal(order, numbers) for order in orders)
    groups = [{frozenset(part.tolist()) for part in order.split(8)} for order in orders]
    assert groups[0] != groups[1] and groups[1] != groups[2]
    loader = make_loader(TensorDataset(numbers), 6, False, 2)
    assert loader.num_workers == 2
    assert torch.equal(torch.cat([x for (x,) in loader]), numbers)
    for n, size in [(27, 8), (40, 8), (33, 7), (60, 12), (5, 9), (38, 20), (36, 36), (107, 12)]:
        assert iterations_per_epoch(n, size, True) == n // size
        assert iterations_per_epoch(n, size, False) == math.ceil(n / size)


def network():
    torch.manual_seed(4)
    return torch.nn.Sequential(
        torch.nn.Linear(10, 5), torch.nn.Tanh(), torch.nn.Linear(5, 1), torch.nn.Sigmoid()
    )


def patients(count, seed):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, 10, generator=generator)
    y = x @ torch.tensor([1.2, -0.5, 0.3, 0.9, -0.8, 0.1, 0.6, -0.2, 0.4, -0.7])
    return x, (y + 0.3 * torch.randn(count, generator=generator) > 0).float()[:, None]


def check_8_3(train):
    entropy = torch.nn.functional.binary_cross_entropy
    for name, settings, epochs in [
        ("SGD", {"lr": 0.3}, 1),
        ("SGD", {"lr": 0.3}, 4),
        ("SGD", {"lr": 0.3}, 3),
        ("Adam", {"lr": 0.03}, 3),
        ("SGD", {"lr": 0.2, "momentum": 0.9}, 3),
    ]:
        x, y = patients(22, epochs)
        loader = DataLoader(TensorDataset(x, y), batch_size=8)
        theirs, ours = network(), network()
        optimizer = getattr(torch.optim, name)(theirs.parameters(), **settings)
        losses = train(theirs, loader, optimizer, epochs)
        optimizer = getattr(torch.optim, name)(ours.parameters(), **settings)
        due = []
        for _ in range(epochs):
            total = 0.0
            for features, labels in loader:
                loss = entropy(ours(features), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.item() * len(labels)
            due.append(total / 22)
        assert torch.allclose(torch.as_tensor(losses).float(), torch.tensor(due), rtol=1e-4)
        for one, other in zip(theirs.parameters(), ours.parameters(), strict=True):
            assert torch.allclose(one, other, atol=1e-5)
    model = network()
    loader = DataLoader(TensorDataset(*patients(400, 5)), batch_size=16)
    train(model, loader, torch.optim.Adam(model.parameters(), lr=0.01), 4)
    x, y = patients(1000, 6)
    with torch.no_grad():
        assert entropy(model(x), y).item() < 0.3


def check_8_4(split):
    numbers = torch.arange(61.0)
    for count, fraction in [(40, 0.7), (23, 0.3), (61, 0.9), (50, 0.2)]:
        dataset = TensorDataset(numbers[:count], 2 * numbers[:count])
        drawn = []
        for seed in (1, 1, 2, 3, 4):
            torch.manual_seed(len(drawn))
            np.random.seed(len(drawn))
            random.seed(len(drawn))
            parts = split(dataset, fraction, seed)
            assert len(parts) == 2
            assert abs(len(parts[0]) - fraction * count) < 1
            found = [[part[i] for i in range(len(part))] for part in parts]
            assert all(2 * x == y for part in found for x, y in part)
            first, second = ([int(x) for x, _ in part] for part in found)
            assert sorted(first + second) == list(range(count))
            drawn.append((first, second))
        assert drawn[0] == drawn[1]
        assert len({tuple(sorted(first)) for first, _ in drawn[1:]}) == 4
        assert sorted(drawn[0][0]) != list(range(len(drawn[0][0])))
    parts = split(Subset(dataset, range(10)), 0.8, 0)
    assert [len(part) for part in parts] == [8, 2]
