"""The pytest plugin that hands a submission to each test of a grader and turns what the test says into a verdict."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import pytest

from course.faults import Fault, StudentFault
from course.judge.failure import Failure, Finding
from course.judge.thresholds import measuring
from course.responder import Reply, Request
from course.submission import Submission
from course.verdict import Status, Verdict

PATIENCE = 2
"""How often one name may run out of time before it is not asked again."""


class Examination:
    """The pytest plugin behind `examine`: fixtures in, verdicts out."""

    def __init__(
        self,
        submission: Submission,
        seed: str,
        exercises: Collection[str] | None,
        titles: Collection[str] | None,
        reference: Any,
    ) -> None:
        self._submission = Submission(
            _impatient(submission._ask), device=submission.device, seconds=submission._seconds
        )
        self._seed = seed
        self._exercises = exercises
        self._titles = titles
        self._measured: dict[str, list[tuple[str, float]]] = {}
        self._reference = reference
        self._first: dict[tuple[str, Fault], str] = {}
        self._passed: set[str] = set()
        self.verdicts: list[Verdict] = []
        self.broken: list[str] = []
        self.collected: set[str] = set()
        self.judged: set[str] = set()

    @pytest.fixture
    def submission(self) -> Submission:
        return self._submission

    @pytest.fixture
    def device(self) -> str:
        return self._submission.device

    @pytest.fixture
    def rng(self, request: pytest.FixtureRequest) -> np.random.Generator:
        digest = hashlib.sha256(f"{self._seed}:{request.node.name}".encode()).digest()
        return np.random.default_rng(int.from_bytes(digest[:8]))

    @pytest.fixture
    def reference(self) -> Any:
        return self._reference

    @pytest.hookimpl
    def pytest_configure(self, config: pytest.Config) -> None:
        # nobody sees the trace of a failed test, and pytest's own, with source and values, take 12 ms each
        config.option.tbstyle = "native"

    @pytest.hookimpl
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        unmarked = [item.name for item in items if item.get_closest_marker("exercise") is None]
        self.broken += [f"{name} has no exercise" for name in unmarked]
        if unmarked:
            items.clear()
        if self._exercises is not None:
            items[:] = [item for item in items if _exercise(item) in self._exercises]
        if self._titles is not None:
            items[:] = [item for item in items if _title(item) in self._titles]
        self.collected = {item.name for item in items}

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            # of pytest's report its last word, such as the error that an import ended with
            said = [
                line[1:].strip() for line in report.longreprtext.splitlines() if line[:2] == "E "
            ]
            self.broken.append(f"the grader cannot be read: {(said or [report.longreprtext])[-1]}")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Any:
        with measuring() as heard:
            self._measured[item.name] = heard
            return (yield)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
        report = yield
        if call.when == "call":
            self._judge(item, call.excinfo.value if call.excinfo else None)
        elif call.excinfo is not None:
            self.broken.append(f"{item.name}: {call.excinfo.exconly()}")
        return report

    def _judge(self, item: pytest.Item, error: BaseException | None) -> None:
        match error:
            case None:
                verdict = self._accept(item)
            case StudentFault():
                verdict = self._fault(item, error.fault)
            case Failure():
                verdict = self._reject(item, error.finding)
            case _:
                self.broken.append(f"{item.name}: {type(error).__name__}: {error}")
                return
        self.judged.add(item.name)
        measured = [(name, value) for name, value in self._measured[item.name] if isfinite(value)]
        self.verdicts.append(replace(verdict, measured=tuple(measured)))

    def _accept(self, item: pytest.Item) -> Verdict:
        self._passed.add(item.name)
        return _verdict(item, Status.PASSED)

    def _fault(self, item: pytest.Item, fault: Fault) -> Verdict:
        first = self._first.setdefault((_exercise(item), fault), _title(item))
        if first != _title(item):
            return _verdict(item, Status.BLOCKED, note=f"cannot be checked yet: see “{first}”")
        return self._reject(item, finding_of(fault, _title(item)))

    def _reject(self, item: pytest.Item, finding: Finding) -> Verdict:
        after = _marker(item).kwargs.get("after")
        if after is not None and after not in self._passed:
            first = after.removeprefix("test_").replace("_", " ")
            note = f"not reached: it follows from “{first}”, so mend that first"
            return _verdict(item, Status.BLOCKED, finding, note)
        return _verdict(item, Status.FAILED, finding)


def finding_of(fault: Fault, claim: str) -> Finding:
    """Return what a test found that got no answer."""
    return Finding(
        claim,
        came_back=fault.sentence(),
        sort_came_back=fault.sentence(quote=False),
        diagnosis=fault.kind,
        hint=_HINTS.get(fault.kind, ""),
    )


_HINTS = {
    "missing": "keep the name as the assignment gives it, and see that its cell runs without an error",
    "unwritten": "replace the `raise NotImplementedError` by your own code",
    "timeout": "look for a loop that never ends",
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


def _marker(item: pytest.Item) -> pytest.Mark:
    marker = item.get_closest_marker("exercise")
    assert marker is not None
    return marker


def _exercise(item: pytest.Item) -> str:
    marker = item.get_closest_marker("exercise")
    return str(marker.args[0]) if marker else ""


def _title(item: pytest.Item) -> str:
    return item.name.removeprefix("test_").replace("_", " ")


def _verdict(
    item: pytest.Item, status: Status, finding: Finding | None = None, note: str = ""
) -> Verdict:
    weight = float(_marker(item).kwargs.get("weight", 1))
    return Verdict(_exercise(item), _title(item), status, weight, finding, note)
