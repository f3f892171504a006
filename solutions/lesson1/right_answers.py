"""Other right answers to lesson 1: the graders must accept each of them in full."""


# %% 1-1: step by step, with an if
import sys

import torch


def environment():
    result = {}
    result["python"] = sys.version.split()[0]
    result["torch"] = str(torch.__version__)
    if torch.cuda.is_available():
        result["device"] = "cuda"
    else:
        result["device"] = "cpu"
    return result


# %% 1-1: the long texts as they are, and a torch.device
import sys

import torch


def environment():
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return dict(python=sys.version, torch=torch.__version__, device=device)


# %% 1-1: two numbers of each, formatted
import sys

import torch


def environment():
    major, minor = sys.version_info[:2]
    return {
        "device": "cuda:0" if torch.cuda.device_count() > 0 else "cpu",
        "torch": ".".join(torch.__version__.split(".")[:2]),
        "python": f"{major}.{minor}",
        "system": sys.platform,
        "cards": torch.cuda.device_count(),
    }


# %% 1-1: what was installed, by importlib
from importlib import metadata
from platform import python_version_tuple

import torch


def environment():
    return {
        "python": ".".join(python_version_tuple()),
        "torch": metadata.version("torch"),
        "device": ["cpu", "cuda"][torch.cuda.is_available()],
    }


# %% 1-1: names imported one by one
from importlib.metadata import version as installed
from sys import version_info

from torch import __version__ as torch_version
from torch.cuda import is_available


def environment():
    assert installed("numpy")
    python = "%d.%d.%d" % version_info[:3]
    return {"python": python, "torch": torch_version.split("+")[0], "device": "cuda" if is_available() else "cpu"}


# %% 1-1: by torch's accelerator
import platform

import torch


def environment():
    accelerator = torch.accelerator.current_accelerator() if torch.accelerator.is_available() else None
    device = accelerator.type if accelerator is not None and accelerator.type == "cuda" else "cpu"
    return {"python": platform.python_version(), "torch": torch.version.__version__, "device": device}


# %% 1-1: a card is tried before it is believed in
import platform

import torch


def works(device):
    try:
        torch.zeros(1, device=device)
    except (AssertionError, RuntimeError):
        return False
    return True


def environment():
    keys = ("python", "torch", "device")
    values = (platform.python_version(), torch.__version__, "cuda" if works("cuda") else "cpu")
    return dict(zip(keys, values))


# %% 1-1: a card is asked for, then tried
import platform

import torch


def environment():
    device = "cpu"
    if torch.cuda.is_available():
        try:
            torch.ones(2).cuda()
            device = "cuda"
        except Exception:
            pass
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1: asked in a line of its own, and the card's name for good measure
import platform

import torch

DEVICE = torch.device("cuda" if torch.cuda.is_available() else "cpu")
VERSIONS = {"python": platform.python_version(), "torch": torch.__version__}


def environment():
    return {**VERSIONS, "device": str(DEVICE)}


# %% 1-1: the name of the card besides
import platform

import torch


def environment():
    facts = {"python": platform.python_version(), "torch": torch.__version__, "device": "cpu"}
    if torch.cuda.is_available():
        facts["device"] = "cuda"
        facts["card"] = torch.cuda.get_device_name(0)
    return facts


# %% 1-2: added to itself
def apply_rule(data):
    return data + data + 1


# %% 1-2: numpy's functions, whatever comes in
import numpy as np


def apply_rule(data):
    return np.add(np.multiply(2, np.asarray(data)), 1)


# %% 1-2: everything made a tensor
import torch


def apply_rule(data):
    return torch.add(torch.as_tensor(data) * 2, 1)


# %% 1-2: a polynomial with named coefficients
slope = 2.0
intercept = 1.0


def apply_rule(data):
    line = lambda x: x * slope + intercept
    return line(data)


# %% 1-2: a copy, changed in place
import copy


def apply_rule(data):
    result = copy.deepcopy(data)
    result *= 2
    result += 1
    return result


# %% 1-2: by kind
import numpy as np
import torch


def apply_rule(data):
    if isinstance(data, torch.Tensor):
        return data.mul(2).add(1)
    if isinstance(data, np.ndarray):
        return np.array([2 * x + 1 for x in data.ravel()]).reshape(data.shape)
    return 1 + 2 * data


# %% 1-2: numpy's polynomial
import numpy as np

apply_rule = lambda data: np.polyval([2, 1], np.asarray(data))


# %% 1-3: loops over plain numbers
def find_rule(data, answers):
    n = len(data)
    xs = [float(x) for x in data]
    ys = [float(y) for y in answers]
    mean_x = sum(xs) / n
    mean_y = sum(ys) / n
    above = 0.0
    below = 0.0
    for x, y in zip(xs, ys):
        above += (x - mean_x) * (y - mean_y)
        below += (x - mean_x) ** 2
    slope = above / below
    return slope, mean_y - slope * mean_x


# %% 1-3: polyfit, as it comes
import numpy as np


def find_rule(data, answers):
    return np.polyfit(np.asarray(data, dtype=float), np.asarray(answers, dtype=float), 1)


# %% 1-3: covariance over variance, in torch's usual precision
import torch


def find_rule(data, answers):
    x = torch.as_tensor(data).float()
    y = torch.as_tensor(answers).float()
    slope = torch.cov(torch.stack([x, y]))[0, 1] / x.var()
    return slope, y.mean() - slope * x.mean()


# %% 1-3: a least-squares solver and a column of ones
import torch


def find_rule(data, answers):
    x = torch.as_tensor(data, dtype=torch.float32)
    y = torch.as_tensor(answers, dtype=torch.float32)
    columns = torch.stack([x, torch.ones_like(x)], dim=1)
    slope, intercept = torch.linalg.lstsq(columns, y.unsqueeze(1)).solution.flatten().tolist()
    return slope, intercept


# %% 1-3: the normal equations with numpy
import numpy as np


def find_rule(data, answers):
    A = np.vstack([np.array(data, dtype=float), np.ones(len(data))]).T
    slope, intercept = np.linalg.solve(A.T @ A, A.T @ np.array(answers, dtype=float))
    return [slope, intercept]


# %% 1-3: sums that are not centred
def find_rule(data, answers):
    data, answers = list(map(float, data)), list(map(float, answers))
    n = len(data)
    sx, sy = sum(data), sum(answers)
    sxx = sum(x * x for x in data)
    sxy = sum(x * y for x, y in zip(data, answers))
    slope = (n * sxy - sx * sy) / (n * sxx - sx**2)
    intercept = (sy - slope * sx) / n
    return slope, intercept


# %% 1-3: the standard library's regression
import statistics


def find_rule(data, answers):
    line = statistics.linear_regression([float(x) for x in data], [float(y) for y in answers])
    return line.slope, line.intercept


# %% 1-3: correlation times the ratio of the spreads
import numpy as np


def find_rule(data, answers):
    x, y = (np.asarray(v, dtype=np.float64) for v in (data, answers))
    slope = np.corrcoef(x, y)[0, 1] * y.std() / x.std()
    return float(slope), float(y.mean() - slope * x.mean())


# %% 1-3: gradient descent on standardised data
import numpy as np


def find_rule(data, answers):
    x = np.asarray(data, dtype=float)
    y = np.asarray(answers, dtype=float)
    z = (x - x.mean()) / x.std()
    w = b = 0.0
    for _ in range(200):
        error = w * z + b - y
        w -= 0.2 * (error * z).mean()
        b -= 0.2 * error.mean()
    return w / x.std(), b - w * x.mean() / x.std()


# %% 1-3: the mean of all pairs' slopes, weighted by their squared distance
import itertools


def find_rule(data, answers):
    points = [(float(x), float(y)) for x, y in zip(data, answers)]
    above = below = 0.0
    for (x1, y1), (x2, y2) in itertools.combinations(points, 2):
        above += (x2 - x1) * (y2 - y1)
        below += (x2 - x1) ** 2
    slope = above / below
    return slope, sum(y - slope * x for x, y in points) / len(points)


# %% 1-1: the device looked up in an array of names
def environment():
    import numpy as np

    names = np.array(["cpu", "cuda"])
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": names[int(torch.cuda.is_available())],
    }
