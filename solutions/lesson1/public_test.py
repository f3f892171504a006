"""Self-checks for lesson 1: what a student can see of the graders."""

import platform

import numpy as np
import pytest
import torch

from course.judge.closeness import mismatch
from course.judge.diagnosis import Diagnosis, wrong_kind
from course.judge.expect import expect, expect_close
from course.judge.wording import key_list

EXAMPLE = {"python": "3.12.1", "torch": "2.9.1+cu128", "device": "cpu"}


def ask(student):
    """Return what `environment` says, a torch.device as its name, and whether there is a CUDA device."""
    said = student.environment()
    if isinstance(said, dict):
        said = {k: str(v) if isinstance(v, torch.device) else v for k, v in said.items()}
    return [said, torch.cuda.is_available()]


def expect_dictionary(said):
    miss = mismatch(said, EXAMPLE)
    expect(
        isinstance(said, dict),
        "environment() returns a dictionary",
        came_back=said,
        diagnosis=wrong_kind("environment", miss) if miss else None,
        hint='return {"python": …, "torch": …, "device": …}; print only shows something on the page',
    )
    keys = "'python', 'torch' and 'device'"
    text = f"environment() returned {key_list(said)}; the keys are {keys}, spelled exactly so."
    expect(
        all(key in said for key in EXAMPLE),
        f"environment() has the keys {keys}",
        diagnosis=Diagnosis("missing-key", text),
    )


def entry(submission, key):
    """Return what `environment` holds under that key, and whether there is a CUDA device."""
    said, cuda = submission.probe(ask, of="environment")()
    expect_dictionary(said)
    miss = mismatch({key: said[key]}, {key: EXAMPLE[key]})
    expect(
        isinstance(said[key], str),
        f"{key} is a string",
        came_back=said[key],
        diagnosis=wrong_kind("environment", miss) if miss else None,
    )
    return said[key], cuda


@pytest.mark.exercise("1-1")
def test_dictionary_has_three_keys(submission):
    said, _ = submission.probe(ask, of="environment")()
    expect_dictionary(said)


@pytest.mark.exercise("1-1", after="test_dictionary_has_three_keys")
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


@pytest.mark.exercise("1-1", after="test_dictionary_has_three_keys")
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


@pytest.mark.exercise("1-1", after="test_dictionary_has_three_keys")
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
        answer, due = submission.call("apply_rule", value), 2 * value + 1
        miss = mismatch(answer, due)
        kind_is_wrong = miss is not None and miss.kind != "value"
        expect(
            miss is None,
            f"apply_rule({value}) is {due}",
            came_back=answer,
            expected=f"{due:g}",
            diagnosis=wrong_kind("apply_rule", miss) if kind_is_wrong else None,
        )


@pytest.mark.exercise("1-2")
def test_arrays_and_tensors(submission):
    for data, kind in (
        (np.array([0.0, 3.0, -1.0]), "an array"),
        (torch.tensor([[0.0, 3.0], [1.5, -1.0]]), "a tensor"),
    ):
        answers, due = submission.call("apply_rule", data), 2 * data + 1
        miss = mismatch(answers, due)
        kind_is_wrong = miss is not None and miss.kind != "value"
        expect_close(
            answers,
            due,
            claim=f"apply_rule gives one answer for each number of {kind}",
            subject="apply_rule",
            hint="plain arithmetic works on all numbers at once: no loop and no float() is needed"
            if kind_is_wrong
            else "",
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
    data, answers = [2, 2, 1, 0], [6, 8, 5, 3]
    for make, kind in ((np.array, "an array"), (torch.tensor, "a tensor")):
        expect_rule(
            submission,
            make(data),
            make(answers),
            2.0,
            3.0,
            f"find_rule takes {kind} of whole numbers in which 2 occurs twice: the result is (2, 3)",
        )


@pytest.mark.exercise("1-3", after="test_receipts")
def test_a_point_that_comes_twice_counts_twice(submission):
    expect_rule(
        submission,
        [0, 0, 1, 3],
        [1, 1, 6, 4],
        1.0,
        2.0,
        "find_rule([0, 0, 1, 3], [1, 1, 6, 4]) is (1.0, 2.0): the first two rides are alike, and both count",
    )
