"""Mistakes in lesson 1 that the graders must catch, each with the diagnosis that it must get."""

# %% 1-1 [forgot-return]: printed instead of returned
import platform

import torch


def environment():
    print({"python": platform.python_version(), "torch": torch.__version__, "device": "cpu"})


# %% 1-1 [sequence-for-dict]: a tuple
import platform

import torch


def environment():
    return (
        platform.python_version(),
        torch.__version__,
        "cuda" if torch.cuda.is_available() else "cpu",
    )


# %% 1-1 [sequence-for-dict]: braces without keys
import platform

import torch


def environment():
    return {
        platform.python_version(),
        torch.__version__,
        "cuda" if torch.cuda.is_available() else "cpu",
    }


# %% 1-1 [misspelled-key]: keys of one's own
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"Python": platform.python_version(), "PyTorch": torch.__version__, "device": device}


# %% 1-1 [missing-key]: no device
import platform

import torch


def environment():
    return {"python": platform.python_version(), "torch": torch.__version__}


# %% 1-1 [not-a-string]: a tuple of numbers
import sys

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": sys.version_info[:3], "torch": torch.__version__, "device": device}


# %% 1-1 [not-a-string]: True for cuda
import platform

import torch


def environment():
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "device": torch.cuda.is_available(),
    }


# %% 1-1 [not-a-string]: the function itself
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": platform.python_version, "torch": torch.__version__, "device": device}


# %% 1-1 [hard-coded]: versions from an old laptop
import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": "3.9.2", "torch": "1.13.1", "device": device}


# %% 1-1 [hard-coded]: the version that the course asks for, written down
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": platform.python_version(), "torch": "2.13.0", "device": device}


# %% 1-1 [hard-coded]: today's versions, noted outside of the function
import torch

PYTHON, TORCH = "3.11.7", "2.13.0+cpu"


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": PYTHON, "torch": TORCH, "device": device}


# %% 1-1 [hard-coded]: always the CPU
import platform

import torch


def environment():
    return {"python": platform.python_version(), "torch": torch.__version__, "device": "cpu"}


# %% 1-1 [hard-coded]: always the card
import platform

import torch


def environment():
    return {"python": platform.python_version(), "torch": torch.__version__, "device": "cuda"}


# %% 1-1 [hard-coded]: all three written down in pieces
def environment():
    python, torch = "3." + "11", "2." + "13"
    return {"python": python, "torch": torch, "device": ["cpu", "cuda"][0]}


# %% 1-1 [hard-coded]: the device chosen once and for all
import platform

import torch


def environment():
    device = ["cpu", "cuda"][0]
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [hard-coded]: Python's version in pieces
import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": ".".join(["3", "11"]), "torch": torch.__version__, "device": device}


# %% 1-1 [not-called]: no parentheses
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available else "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [inverted]: the wrong way round
import platform

import torch


def environment():
    device = "cpu" if torch.cuda.is_available() else "cuda"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [answer-unused]: compared with a string
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() == "True" else "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [built-for-cuda]: what the build could do
import platform

import torch


def environment():
    device = "cuda" if torch.backends.cuda.is_built() else "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [built-for-cuda]: the version of CUDA
import platform

import torch


def environment():
    device = "cpu" if torch.version.cuda is None else "cuda"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [other-question]: where a tensor lies
import platform

import torch


def environment():
    device = torch.zeros(1).device
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [device-spelling]: GPU
import platform

import torch


def environment():
    device = "GPU" if torch.cuda.is_available() else "CPU"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [no-device]: the make of the processor
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "x86_64"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [other-library]: the two versions exchanged
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": torch.__version__, "torch": platform.python_version(), "device": device}


# %% 1-1 [other-library]: NumPy's version
import platform

import numpy
import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": platform.python_version(), "torch": numpy.__version__, "device": device}


# %% 1-1 [version-info]: version_info as a string
import sys

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": str(sys.version_info), "torch": torch.__version__, "device": device}


# %% 1-1 [too-coarse]: Python 3
import sys

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": str(sys.version_info.major), "torch": torch.__version__, "device": device}


# %% 1-1 [extra-words]: with the name in front
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {
        "python": "Python " + platform.python_version(),
        "torch": torch.__version__,
        "device": device,
    }


# %% 1-1 [no-version]: which Python, but not which version
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {
        "python": platform.python_implementation(),
        "torch": torch.version.git_version,
        "device": device,
    }


# %% 1-1 [raised]: __version__ called
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__(), "device": device}


# %% 1-1 [answer-unused]: compared with None
def environment():
    device = "cuda" if torch.cuda.is_available() is not None else "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-1 [other-card]: Apple's card where there is no CUDA
def environment():
    if torch.cuda.is_available():
        device = "cuda:0"
    elif torch.backends.mps.is_available():
        device = "mps"
    else:
        device = "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-2 [no-intercept]: the 1 forgotten
def apply_rule(data):
    return 2 * data


# %% 1-2 [parentheses]: added first
def apply_rule(data):
    return 2 * (data + 1)


# %% 1-2 [swapped-numbers]: once the data, plus 2
def apply_rule(data):
    return 1 * data + 2


# %% 1-2 [square]: one star too many
def apply_rule(data):
    return data**2 + 1


# %% 1-2 [power]: one star too many, the other way
def apply_rule(data):
    return 2**data + 1


# %% 1-2 [minus-one]: the wrong sign
def apply_rule(data):
    return 2 * data - 1


# %% 1-2 [added]: only sums
def apply_rule(data):
    return data + 2 + 1


# %% 1-2 [inverse-rule]: from the answers to the data
def apply_rule(data):
    return (data - 1) / 2


# %% 1-2 [forgot-return]: printed instead of returned
def apply_rule(data):
    print(2 * data + 1)


# %% 1-2 [string-for-number]: a sentence
def apply_rule(data):
    return f"{2 * data + 1}"


# %% 1-2 [raised]: a loop, where a number has no items
def apply_rule(data):
    return [2 * x + 1 for x in data]


# %% 1-2 [raised]: numbers only
def apply_rule(data):
    return 2 * float(data) + 1


# %% 1-2 [input-changed]: in place
def apply_rule(data):
    data *= 2
    data += 1
    return data


# %% 1-2 [input-changed]: in place, by torch's methods
def apply_rule(data):
    if hasattr(data, "mul_"):
        return data.mul_(2).add_(1)
    return 2 * data + 1


# %% 1-2 [reduced-too-far]: the first answer only
def apply_rule(data):
    if hasattr(data, "shape"):
        return 2 * data.flatten()[0] + 1
    return 2 * data + 1


# %% 1-2 [flattened]: the shape lost
def apply_rule(data):
    if hasattr(data, "shape"):
        return (2 * data + 1).reshape(-1)
    return 2 * data + 1


# %% 1-2 [returns-input]: the data again
def apply_rule(data):
    answer = 2 * data + 1
    return data


# %% 1-2 [always-the-same]: the example of the text
def apply_rule(data):
    return 7.0


# %% 1-2 [whole-numbers]: whole numbers only
def apply_rule(data):
    return 2 * int(data) + 1


# %% 1-2 [arguments]: no parameter
def apply_rule():
    return 2 * data + 1


# %% 1-2 [always-the-same]: the data made anew inside of the function
def apply_rule(data):
    x = torch.linspace(0, 10, 6)
    return 2 * x + 1


# %% 1-3 [two-points]: the first two points
def find_rule(data, answers):
    slope = (answers[1] - answers[0]) / (data[1] - data[0])
    return float(slope), float(answers[0] - slope * data[0])


# %% 1-3 [two-points]: first and last
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = (y[-1] - y[0]) / (x[-1] - x[0])
    return slope, y[0] - slope * x[0]


# %% 1-3 [two-points]: the last two, through the solver
import torch


def find_rule(data, answers):
    x = torch.as_tensor(data, dtype=torch.float64)[-2:]
    y = torch.as_tensor(answers, dtype=torch.float64)[-2:]
    slope, intercept = torch.linalg.solve(torch.stack([x, torch.ones_like(x)], 1), y)
    return slope.item(), intercept.item()


# %% 1-3 [two-points]: the outermost two
def find_rule(data, answers):
    points = sorted(zip([float(x) for x in data], [float(y) for y in answers]))
    (x1, y1), (x2, y2) = points[0], points[-1]
    slope = (y2 - y1) / (x2 - x1)
    return slope, y1 - slope * x1


# %% 1-3 [two-points]: the outermost two, lifted to the middle
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    i, j = x.argmin(), x.argmax()
    slope = (y[j] - y[i]) / (x[j] - x[i])
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [mean-of-slopes]: averaged from point to point
import numpy as np


def find_rule(data, answers):
    order = np.argsort(np.asarray(data, dtype=float), kind="stable")
    x, y = np.asarray(data, dtype=float)[order], np.asarray(answers, dtype=float)[order]
    dx, dy = np.diff(x), np.diff(y)
    slope = (dy[dx > 0] / dx[dx > 0]).mean()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [intercept-of-one-point]: least squares, then the first point
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y[0] - slope * x[0]


# %% 1-3 [inverse-fit]: squares of the answers
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    dx, dy = x - x.mean(), y - y.mean()
    slope = (dy * dy).sum() / (dx * dy).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [ratio-of-spreads]: standard deviations
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    rising = ((x - x.mean()) * (y - y.mean())).sum() > 0
    slope = y.std() / x.std() * (1 if rising else -1)
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [swapped-results]: the intercept first
import numpy as np


def find_rule(data, answers):
    slope, intercept = np.polyfit(np.asarray(data, float), np.asarray(answers, float), 1)
    return intercept, slope


# %% 1-3 [swapped-arguments]: fitted the other way
import numpy as np


def find_rule(data, answers):
    return tuple(np.polyfit(np.asarray(answers, float), np.asarray(data, float), 1))


# %% 1-3 [through-origin]: no means
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = (x * y).sum() / (x**2).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [through-origin]: answers divided by data
def find_rule(data, answers):
    slope = sum(y / x for x, y in zip(data, answers)) / len(data)
    return slope, 0.0


# %% 1-3 [half-centred]: the mean not taken from the squares
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / (x**2).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [covariance]: not divided
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [mixed-counts]: np.cov over np.var
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = np.cov(x, y)[0, 1] / np.var(x)
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [mean-for-sum]: a sum over a mean
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).mean()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [correlation]: corrcoef for the slope
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = np.corrcoef(x, y)[0, 1]
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [no-root]: by the standard deviation
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).mean() / x.std()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [divided-by-answers]: y below
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((y - y.mean()) ** 2).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [steps-of-one]: as if the data went up by one
def find_rule(data, answers):
    slope = answers[1] - answers[0]
    return slope, answers[0] - slope * data[0]


# %% 1-3 [sign-of-slope]: largest minus smallest
def find_rule(data, answers):
    slope = (max(answers) - min(answers)) / (max(data) - min(data))
    return slope, answers[0] - slope * data[0]


# %% 1-3 [intercept-is-mean]: slope forgotten
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean()


# %% 1-3 [intercept-sign]: the wrong way round
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, slope * x.mean() - y.mean()


# %% 1-3 [intercept-plus]: added
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() + slope * x.mean()


# %% 1-3 [intercept-without-slope]: mean minus mean
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() - x.mean()


# %% 1-3 [intercept-is-first-answer]: the first answer
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y[0]


# %% 1-3 [hard-coded]: the rule of the exercise before
def find_rule(data, answers):
    return 2.0, 1.0


# %% 1-3 [whole-numbers]: rounded
import numpy as np


def find_rule(data, answers):
    slope, intercept = np.polyfit(np.asarray(data, float), np.asarray(answers, float), 1)
    return round(slope), round(intercept)


# %% 1-3: every pair of whole numbers tried
def find_rule(data, answers):
    pairs = [(s, i) for s in range(-10, 11) for i in range(-10, 11)]
    error = lambda pair: sum(
        (pair[0] * float(x) + pair[1] - float(y)) ** 2 for x, y in zip(data, answers)
    )
    return min(pairs, key=error)


# %% 1-3 [raised]: a list that should be an array
def find_rule(data, answers):
    x, y = data - data.mean(), answers - answers.mean()
    slope = (x * y).sum() / (x * x).sum()
    return slope, answers.mean() - slope * data.mean()


# %% 1-3 [raised]: arrays made, but not of decimal numbers
import torch


def find_rule(data, answers):
    x, y = torch.as_tensor(data), torch.as_tensor(answers)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [one-of-several]: the slope alone
import numpy as np


def find_rule(data, answers):
    return float(np.polyfit(np.asarray(data, float), np.asarray(answers, float), 1)[0])


# %% 1-3 [forgot-return]: printed instead of returned
import numpy as np


def find_rule(data, answers):
    print(np.polyfit(np.asarray(data, float), np.asarray(answers, float), 1))


# %% 1-3 [extra-dimension]: as the solver gives it
import torch


def find_rule(data, answers):
    x = torch.as_tensor(data, dtype=torch.float64)
    y = torch.as_tensor(answers, dtype=torch.float64)
    return torch.linalg.lstsq(torch.stack([x, torch.ones_like(x)], 1), y[:, None]).solution


# %% 1-3 [wrong-length]: the answers, not the rule
def find_rule(data, answers):
    return [2 * x + 1 for x in data]


# %% 1-3: gradient descent that stops much too early
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = intercept = 0.0
    for _ in range(20):
        error = slope * x + intercept - y
        slope -= 0.01 * (error * x).mean()
        intercept -= 0.01 * error.mean()
    return slope, intercept


# %% 1-1 [answer-unused]: one card is not enough
import platform

import torch


def environment():
    device = "cuda" if torch.cuda.device_count() > 1 else "cpu"
    return {"python": platform.python_version(), "torch": torch.__version__, "device": device}


# %% 1-3 [repeated-points]: a set of points
def find_rule(data, answers):
    points = sorted({(float(x), float(y)) for x, y in zip(data, answers)})
    xs, ys = zip(*points)
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    above = sum((x - mean_x) * (y - mean_y) for x, y in points)
    slope = above / sum((x - mean_x) ** 2 for x in xs)
    return slope, mean_y - slope * mean_x


# %% 1-3 [median]: medians for the means
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    dx, dy = x - np.median(x), y - np.median(y)
    slope = (dx * dy).sum() / (dx**2).sum()
    return slope, np.median(y) - slope * np.median(x)


# %% 1-3 [means-exchanged]: x and y exchanged in the intercept
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, x.mean() - slope * y.mean()


# %% 1-3 [sorted-apart]: both put in order, each by itself
import numpy as np


def find_rule(data, answers):
    x, y = np.sort(np.asarray(data, dtype=float)), np.sort(np.asarray(answers, dtype=float))
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [standardised]: the line through standardised data
import numpy as np


def find_rule(data, answers):
    x, y = np.asarray(data, dtype=float), np.asarray(answers, dtype=float)
    x = (x - x.mean()) / x.std()
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() - slope * x.mean()


# %% 1-3 [whole-numbers]: dtype=int
import numpy as np


def find_rule(data, answers):
    x, y = np.array(data, dtype=int), np.array(answers, dtype=int)
    slope = ((x - x.mean()) * (y - y.mean())).sum() / ((x - x.mean()) ** 2).sum()
    return slope, y.mean() - slope * x.mean()
