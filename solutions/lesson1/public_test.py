"""Self-checks for lesson 1: what a student can see of the graders."""

import platform

import numpy as np
import pytest
import torch

from course.judge.expect import expect, expect_close


def ask(student):
    """Return what `environment` says, a torch.device as its name, and whether there is a CUDA device."""
    said = student.environment()
    if isinstance(said, dict):
        said = {k: str(v) if isinstance(v, torch.device) else v for k, v in said.items()}
    return [said, torch.cuda.is_available()]


def entry(submission, key):
    """Return what `environment` holds under that key, and whether there is a CUDA device."""
    said, cuda = submission.probe(ask, of="environment")()
    expect(
        isinstance(said, dict) and key in said,
        f"environment() returns a dictionary with the key {key!r}",
        came_back=said,
        hint='{"python": …, "torch": …, "device": …}, and return before it',
    )
    expect(isinstance(said[key], str), f"{key} is a string", came_back=said[key])
    return said[key], cuda


@pytest.mark.exercise("1-1")
def test_python(submission):
    said, _ = entry(submission, "python")
    right = ".".join(platform.python_version_tuple()[:2])
    expect(
        said == right or said.startswith(f"{right}."),
        "python is the version of Python that this notebook runs on",
        came_back=said,
        expected=platform.python_version(),
        hint="platform.python_version() looks it up",
    )


@pytest.mark.exercise("1-1")
def test_torch(submission):
    said, _ = entry(submission, "torch")
    right = str(torch.__version__)
    expect(
        said.count(".") > 0 and (right == said or right.startswith((f"{said}.", f"{said}+"))),
        "torch is the version of PyTorch that this notebook runs on",
        came_back=said,
        expected=right,
        hint="torch.__version__ is it, with two underscores on either side",
    )


@pytest.mark.exercise("1-1")
def test_device(submission):
    said, cuda = entry(submission, "device")
    right = "cuda" if cuda is True else "cpu"
    expect(
        said.partition(":")[0] == right,
        f'device is "{right}" here',
        came_back=said,
        hint="torch.cuda.is_available() is True or False: choose between the two names by it",
    )


@pytest.mark.exercise("1-2")
def test_numbers(submission):
    for value in (3.0, 0.0, -0.5):
        expect_close(
            submission.call("apply_rule", value),
            2 * value + 1,
            claim=f"apply_rule({value}) is {2 * value + 1}",
            subject="apply_rule",
        )


@pytest.mark.exercise("1-2")
def test_arrays_and_tensors(submission):
    for data, kind in (
        (np.array([0.0, 3.0, -1.0]), "an array"),
        (torch.tensor([[0.0, 3.0], [1.5, -1.0]]), "a tensor"),
    ):
        expect_close(
            submission.call("apply_rule", data),
            2 * data + 1,
            claim=f"apply_rule gives one answer for each number of {kind}",
            subject="apply_rule",
            hint="plain arithmetic works on all numbers at once: no loop and no float() is needed",
        )


def apply_and_look(student, data):
    """Return the answers of `apply_rule`, and the data as they are after it."""
    answers = student.apply_rule(data)
    return [answers, data]


@pytest.mark.exercise("1-2")
def test_data_is_kept(submission):
    data = torch.tensor([0.0, 3.0, -1.0])
    _, after = submission.probe(apply_and_look, of="apply_rule")(data)
    expect_close(
        after,
        data,
        claim="apply_rule leaves its data as they are",
        hint="data += 1 writes into the data of the caller; data + 1 makes new ones",
    )


def expect_rule(submission, data, answers, slope, intercept, claim, hint=""):
    expect_close(
        submission.call("find_rule", data, answers),
        (slope, intercept),
        claim=claim,
        subject="find_rule",
        hint=hint,
        rtol=3e-4,
        atol=3e-4,
    )


@pytest.mark.exercise("1-3")
def test_exact_answers(submission):
    for data, slope, intercept in [
        ([3.0, 0.0, 1.0], 2.0, 1.0),
        ([5.0, 2.5, 4.0, -1.0], -1.5, 0.25),
    ]:
        expect_rule(
            submission,
            data,
            [slope * x + intercept for x in data],
            slope,
            intercept,
            f"from answers of y = {slope} x + {intercept}, find_rule finds ({slope}, {intercept})",
        )


@pytest.mark.exercise("1-3")
def test_receipts(submission):
    expect_rule(
        submission,
        [1, 2, 3, 6],
        [1, 4, 6, 9],
        1.5,
        0.5,
        "find_rule([1, 2, 3, 6], [1, 4, 6, 9]) is (1.5, 0.5)",
        "the table in the text shows each step",
    )


@pytest.mark.exercise("1-3")
def test_arrays_tensors_and_values_that_occur_twice(submission):
    data, answers = [2, 2, 1, 0], [5, 7, 4, 2]
    for make, kind in ((np.array, "an array"), (torch.tensor, "a tensor")):
        expect_rule(
            submission,
            make(data),
            make(answers),
            2.0,
            2.0,
            f"find_rule takes {kind} of whole numbers in which 2 occurs twice",
            "begin with np.asarray(data, dtype=float)",
        )
