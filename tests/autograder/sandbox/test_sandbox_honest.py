"""What honest code gets from the sandbox: its values, its files, torch as it knows it."""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from autograder.sandbox import Child, ChildDied, Sandbox

HONEST = """
import torch
def double(x): return 2 * x
def fit():
    torch.manual_seed(1)
    model = torch.nn.Linear(3, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(20):
        optimizer.zero_grad()
        loss = (model(torch.ones(8, 3)) - 1).pow(2).mean()
        loss.backward()
        optimizer.step()
    return loss.item()
"""
LOADER = """
import torch
from torch.utils.data import DataLoader, TensorDataset
def total():
    loader = DataLoader(TensorDataset(torch.arange(1000.0)), batch_size=64, num_workers=2)
    return sum(batch.sum().item() for batch, in loader)
"""


def test_value_comes_back(start):
    honest = start(HONEST)
    assert honest.call("double", 21) == 42
    assert torch.equal(honest.call("double", torch.arange(3)), torch.tensor([0, 2, 4]))
    assert np.array_equal(honest.call("double", np.ones((2, 2))), np.full((2, 2), 2.0))


def test_large_value_crosses_in_both_directions(start):
    large = torch.rand(3 << 17)
    assert torch.equal(start(HONEST).call("double", large), 2 * large)


def test_fault_comes_back_as_data(start):
    fault = start("def broken(): raise KeyError('x')").call("broken")
    assert (fault["kind"], fault["detail"]) == ("raised", "KeyError")


def test_training_is_the_same_in_every_child(start):
    assert start(HONEST).call("fit") == start(HONEST).call("fit")


def test_unseeded_draws_are_the_same_in_every_child(start):
    source = "import torch; drawn = torch.rand(3)\ndef draw(): return drawn"
    assert torch.equal(start(source).call("draw"), start(source).call("draw"))


def test_data_loader_may_use_workers(start):
    assert start(LOADER).call("total") == 1000 * 999 / 2


def test_plot_is_an_output(start):
    source = "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()"
    outputs = start(source).ran["outputs"]
    assert any("image/png" in output.get("data", {}) for output in outputs)


def test_files_are_the_whole_working_directory(start):
    source = "import os\ndef look(): return {n: open(n, 'rb').read() for n in os.listdir()}"
    files = {"data.csv": b"1,2\n", "näher.txt": b""}
    assert start(source, files).call("look") == files


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/x", "../x", "a\0b"])
def test_file_of_no_plain_name_is_refused(sandbox: Sandbox, name: str):
    with pytest.raises(ValueError, match="plain file name"):
        sandbox.open({name: b""})


def test_soft_limit_leaves_the_child_alive(start):
    patient = start("def slow():\n    while True: pass\ndef quick(): return 1")
    assert patient.call("slow", soft=0.2)["kind"] == "timeout"
    assert patient.call("quick") == 1


def test_environment_is_fixed(start):
    source = "import os\ndef environment(): return dict(os.environ)"
    environment = start(source).call("environment")
    assert environment["HOME"] == "/tmp"
    assert "PATH" not in environment and len(environment) < 16


def test_closed_child_says_so(sandbox: Sandbox):
    child = sandbox.open()
    child.close()
    child.close()
    with pytest.raises(ChildDied, match="was closed"):
        child.ask({"op": "defined", "name": "x"}, 1.0)


def test_hundred_children_leave_nothing(sandbox: Sandbox):
    def standing() -> tuple[int, int, int]:
        processes = len(psutil.Process().children(recursive=True))
        mounts = len(Path("/proc/self/mountinfo").read_text().splitlines())
        return processes, mounts, len(os.listdir("/proc/self/fd"))

    with sandbox.open() as child:
        _run(child, "x = 1")
    before = standing()
    for _ in range(100):
        with sandbox.open({"x": b"x"}) as child:
            _run(child, "open('y', 'w').write('y' * 100000)")

    def all_gone() -> bool:
        # fewer, where something of another test's is collected meanwhile
        return all(now <= then for now, then in zip(standing(), before, strict=True))

    # the last one may still be on its way out, on a machine that is busy
    deadline = time.monotonic() + 5.0
    while not all_gone() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert all_gone()


def _run(child: Child, source: str) -> None:
    reply = child.ask({"op": "cell", "index": 0, "source": source, "seconds": 10}, 10.0)
    assert reply["fault"] is None
