"""Mistakes that a self-check knows by what they reply: a sentence for each, and digests of the replies.

Students have the public graders, which therefore cannot hold the formulas of mistakes: those would tell the right one.
A digest of what a mistake replies to the grader's fixed inputs tells nothing, and names the mistake all the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from course.judge.diagnosis import Diagnosis
from course.judge.kinds import as_array
from course.responder import Reply, Request
from course.values import Handle, Opaque, Value

Explain = Callable[[str, str], Diagnosis | None]
"""Returns the mistake behind a test's failure, by the test's title and the digest of the replies that it got."""

_ITEMS = 1_000
"""So many numbers of one array count; the rest of a large one would only take time."""
_DULL = {"0", "1", "nan", "True", "False"}


class Replies:
    """Passes on what is asked of student code, and listens to the replies."""

    def __init__(self, ask: Callable[[Request, float], Reply]) -> None:
        self._ask = ask
        self._heard: list[Any] = []

    def __call__(self, request: Request, seconds: float) -> Reply:
        reply = self._ask(request, seconds)
        fault = reply.get("fault") or {}
        told = [fault.get("kind"), fault.get("detail")] if fault else _told(reply.get("value"))
        self._heard.append(told)
        return reply

    def forget(self) -> None:
        """Begin anew, with the next test."""
        self._heard.clear()

    def digest(self, title: str) -> str:
        """Return the digest of the replies to the test called `title`; nothing where they tell too little."""
        heard = json.dumps(self._heard)
        if set(_leaves(self._heard)) <= _DULL and len(_leaves(self._heard)) < 4:
            return ""
        return hashlib.sha256(f"{title}\0{heard}".encode()).hexdigest()[:16]


def known_mistakes(path: Path) -> Explain:
    """Return what the file that `course mistakes` writes for a lesson knows; nothing where there is no such file."""
    known = json.loads(path.read_text())["mistakes"] if path.is_file() else []
    by_digest = {
        digest: Diagnosis(mistake["diagnosis"], mistake["explanation"])
        for mistake in known
        for digest in mistake["replies"]
    }
    return lambda _title, digest: by_digest.get(digest)


def _told(value: Value) -> Any:
    """Return a reply without what differs from machine to machine, and from one form of numbers to another."""
    array = as_array(value)
    if array is not None:
        return [list(array.shape), [_rounded(x) for x in array.ravel()[:_ITEMS].tolist()]]
    if isinstance(value, (list, tuple)):
        return [_told(item) for item in value]
    if isinstance(value, dict):
        return sorted(
            ([str(k), _told(item)] for k, item in value.items()), key=lambda pair: pair[0]
        )
    if isinstance(value, (Opaque, Handle)):
        return value.type_name if isinstance(value, Opaque) else "an object"
    return str(value)[:200]


def _rounded(number: complex | bool) -> str:
    """Return a number to three digits; what is left of rounding errors is 0."""
    if isinstance(number, bool):
        return str(number)
    return "0" if abs(number) < 1e-6 else f"{number:.3g}"


def _leaves(told: Any) -> list[str]:
    if not isinstance(told, list):
        return [told] if isinstance(told, str) else []
    return [leaf for item in told for leaf in _leaves(item)]
