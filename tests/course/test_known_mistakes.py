"""A self-check knows a mistake by its replies, in whatever form they come, and by nothing less."""

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from course.judge.diagnosis import Diagnosis
from course.known_mistakes import Replies, known_mistakes
from course.responder import Reply
from course.values import Opaque, Value


def digest(*values: Value, title: str = "a test") -> str:
    replies: Iterator[Reply] = ({"value": value} for value in values)
    heard = Replies(lambda _request, _seconds: next(replies))
    for value in values:
        assert heard({}, 1.0)["value"] is value
    return heard.digest(title)


@pytest.mark.parametrize(
    "form",
    [
        (2.5, -4.0),
        np.array([2.5, -4.0]),
        torch.tensor([2.5, -4.0]),
        [np.float32(2.5), torch.tensor(-4.0)],
        [2.5 + 1e-6, -4.0 - 1e-6],
    ],
    ids=["tuple", "array", "tensor", "mixed", "rounded"],
)
def test_form_of_numbers_does_not_matter(form: Value) -> None:
    assert digest(form) == digest([2.5, -4.0])


@pytest.mark.parametrize(
    "other",
    [[[2.5, -4.01]], [[2.5, -4.0], 3.0], [[[2.5, -4.0]]], [None], ["2.5"], [{"w": 2.5}]],
    ids=["value", "more", "shape", "none", "string", "dictionary"],
)
def test_other_replies_are_told_apart(other: list[Value]) -> None:
    assert digest(*other) not in ("", digest([2.5, -4.0]))


@pytest.mark.parametrize("odd", [{1: [2.5], "1": None}, 10**900, b"\xff", [[], {}], "\ud800"])
def test_whatever_comes_back_has_a_digest(odd: Value) -> None:
    assert digest(odd) != digest(2.5)


def test_replies_count_for_the_test_that_got_them() -> None:
    assert digest(2.5, title="one test") != digest(2.5, title="another")


@pytest.mark.parametrize("dull", [(0.0,), (1,), (True,), (float("nan"), 0), ([0.0, 1.0],)])
def test_replies_that_many_mistakes_give_tell_nothing(dull: tuple[Value, ...]) -> None:
    assert digest(*dull) == ""


def test_nothing_returned_and_objects_are_told() -> None:
    assert len({digest(None), digest(Opaque("Axes")), digest(Opaque("Figure")), ""}) == 4


def test_faults_are_told_by_their_kind() -> None:
    def replied(fault: dict[str, str]) -> str:
        heard = Replies(lambda _request, _seconds: {"fault": fault})
        heard({}, 1.0)
        return heard.digest("a test")

    lost = {"kind": "raised", "detail": "KeyError", "message": "b"}
    assert replied(lost) == replied({**lost, "message": "w"})
    assert replied(lost) != replied({**lost, "detail": "ValueError"})


def test_test_begins_with_nothing_heard() -> None:
    heard = Replies(lambda _request, _seconds: {"value": 2.5})
    heard({}, 1.0)
    heard.forget()
    assert heard.digest("a test") == ""


def test_file_names_the_mistake(tmp_path: Path) -> None:
    path = tmp_path / "known.json"
    assert known_mistakes(path)("a test", digest(2.5)) is None
    mistake = {"diagnosis": "ascent", "explanation": "uphill", "replies": [digest(2.5)]}
    path.write_text(json.dumps({"made from": "", "mistakes": [mistake]}))
    assert known_mistakes(path)("a test", digest(2.5)) == Diagnosis("ascent", "uphill")
    assert known_mistakes(path)("a test", digest(2.6)) is None
    assert known_mistakes(path)("a test", "") is None
