"""One submission before one grader: what each test is handed, and the verdict that its outcome turns into."""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import pytest

from course.faults import Fault, StudentFault
from course.judge.failure import Failure, Finding
from course.judge.thresholds import measuring
from course.known_mistakes import Explain, Replies
from course.responder import Reply, Request
from course.submission import Submission
from course.verdict import Status, Verdict

PATIENCE = 2
"""How often one name may run out of time before it is not asked again."""


class Examination:
    """What a grader's tests find out about one submission."""

    def __init__(
        self, submission: Submission, seed: str, reference: Any, explain: Explain | None
    ) -> None:
        ask = _impatient(submission._ask)
        self._explain = explain
        # listening takes time, which a self-check has
        self._replies = Replies(ask) if explain else None
        self.submission = Submission(
            self._replies or ask, device=submission.device, seconds=submission._seconds
        )
        self.reference = reference
        self._seed = seed
        self._measured: dict[str, list[tuple[str, float]]] = {}
        self._first: dict[tuple[str, Fault], str] = {}
        self._passed: set[str] = set()
        self.verdicts: list[Verdict] = []
        self.broken: list[str] = []
        self.judged: set[str] = set()

    def rng_of(self, item: pytest.Item) -> np.random.Generator:
        """Return what decides the inputs that a test draws: by the seed and the test's name, by nothing else."""
        digest = hashlib.sha256(f"{self._seed}:{item.name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8]))

    @contextmanager
    def measuring(self, item: pytest.Item) -> Iterator[None]:
        """Note what a test measures, and what it is replied, within the block."""
        if self._replies is not None:
            self._replies.forget()
        with measuring() as heard:
            self._measured[item.name] = heard
            yield

    def judge(self, item: pytest.Item, error: BaseException | None) -> None:
        """Turn the outcome of a test into its verdict."""
        match error:
            case None:
                verdict = self._accept(item)
            case StudentFault():
                verdict = self._fault(item, error.fault)
            case Failure():
                verdict = self._reject(item, error.finding)
            case _:
                place = _place(item, error)
                self.broken.append(f"{place}{item.name}: {type(error).__name__}: {error}")
                return
        self.judged.add(item.name)
        measured = [(name, value) for name, value in self._measured[item.name] if isfinite(value)]
        self.verdicts.append(replace(verdict, measured=tuple(measured)))

    def _accept(self, item: pytest.Item) -> Verdict:
        self._passed.add(item.name)
        return _verdict(item, Status.PASSED)

    def _fault(self, item: pytest.Item, fault: Fault) -> Verdict:
        first = self._first.setdefault((exercise_of(item), fault), title_of(item))
        if first != title_of(item):
            return _verdict(item, Status.BLOCKED, note=f"cannot be checked yet: see “{first}”")
        return self._reject(item, finding_of(fault, title_of(item)))

    def _explained(self, item: pytest.Item, finding: Finding) -> Finding:
        """Return what a test found with the mistake that is known by its replies, if the test names none itself."""
        if self._explain is None or self._replies is None or finding.diagnosis:
            return finding
        title = title_of(item)
        mistake = self._explain(title, self._replies.digest(title))
        if mistake is None:
            return finding
        return replace(finding, diagnosis=mistake.id, explanation=mistake.text)

    def _reject(self, item: pytest.Item, finding: Finding) -> Verdict:
        after = _marker(item).kwargs.get("after")
        if after is not None and after not in self._passed:
            first = after.removeprefix("test_").replace("_", " ")
            note = f"follows from “{first}”: mend that first"
            return _verdict(item, Status.BLOCKED, finding, note)
        return _verdict(item, Status.FAILED, self._explained(item, finding))


def finding_of(fault: Fault, claim: str) -> Finding:
    """Return what a test found that got no answer."""
    return Finding(
        claim,
        came_back=fault.sentence(),
        sort_came_back=fault.sentence(quote=False),
        diagnosis=fault.kind,
        hint=_HINTS.get(fault.kind, "") or _hint_on(fault.message),
    )


def _hint_on(message: str) -> str:
    """Return what to try where Python's or torch's words for it are hard to read."""
    return next((hint for words, hint in _HARD_WORDS.items() if words in message), "")


_HINTS = {
    "missing": "keep the name as the assignment gives it, and see that its cell runs without an error",
    "unwritten": "replace the `raise NotImplementedError` by your own code; what an earlier cell defines by this name "
    "is overwritten here",
    "timeout": "look for a loop that never ends",
}
_HARD_WORDS = {
    "does not require grad": "autograd knows nothing of it: either no tensor asked for gradients (requires_grad), "
    "or the way to it is cut by detach(), .data, .item(), no_grad() or numpy",
    "before Module.__init__() call": "call super().__init__() first, in the first line of __init__",
    "truth value of an array": "an array has no single truth: np.where chooses for each element",
    "'list' object has no attribute 'find'": "a list has index() in the place of a string's find()",
    "'list' object has no attribute": "a list knows little arithmetic: np.asarray(…) makes an array of it, which does",
    "Cannot cast ufunc": "an array of whole numbers has no room for decimals: write x = x * w, a new one, for "
    "x *= w",
    "non-broadcastable output operand": "x *= w writes into x, which has another shape than the result: write x * w",
    "Boolean value of Tensor": "a tensor has no single truth: torch.where chooses for each element",
}


def _impatient(ask: Callable[[Request, float], Reply]) -> Callable[[Request, float], Reply]:
    """Return `ask`, but a name that ran out of time too often is not asked again."""
    late: Counter[str] = Counter()
    last: dict[str, Fault] = {}

    def asking(request: Request, seconds: float) -> Reply:
        name = str(request["name"])
        if late[name] >= PATIENCE:
            raise StudentFault(last[name])
        try:
            reply = ask(request, seconds)
        except StudentFault as e:
            reply = {"fault": e.fault.as_dict()}
        fault = Fault.from_dict(reply["fault"]) if reply.get("fault") is not None else None
        if fault is not None and fault.kind in ("timeout", "died"):
            late[name] += 1
            last[name] = fault
        return reply

    return asking


def _place(item: pytest.Item, error: BaseException) -> str:
    """Return where in its grader a test broke, as "hidden_test.py:27: "; nothing if it broke elsewhere."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(item.path)]
    return f"{item.path.name}:{lines[-1]}: " if lines else ""


def _marker(item: pytest.Item) -> pytest.Mark:
    marker = item.get_closest_marker("exercise")
    assert marker is not None
    return marker


def exercise_of(item: pytest.Item) -> str:
    """Return the exercise that a test belongs to, or nothing where no marker says it."""
    marker = item.get_closest_marker("exercise")
    return str(marker.args[0]) if marker else ""


def title_of(item: pytest.Item) -> str:
    """Return what a test is called before students."""
    return item.name.removeprefix("test_").replace("_", " ")


def _verdict(
    item: pytest.Item, status: Status, finding: Finding | None = None, note: str = ""
) -> Verdict:
    weight = float(_marker(item).kwargs.get("weight", 1))
    return Verdict(exercise_of(item), title_of(item), status, weight, finding, note)
