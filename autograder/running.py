"""A notebook run in the sandbox: its cells first, then whatever a grader asks, however badly it behaves."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any

from autograder.sandbox import AnySandbox, Child, ChildDied, ChildMisbehaved, ChildTimedOut
from course.cell_faults import worth_telling
from course.faults import FAULTS, Fault
from course.notebook import Cell
from course.responder import Reply, Request
from course.shell import MAX_OUTPUT, CellResult
from course.values import Handle

_GRACE = 0.5
"""Seconds that the sandbox may take over a soft limit before it is ended from outside; ending it takes some, too."""


@dataclass(frozen=True)
class TimeLimits:
    """How long student code may take, in seconds."""

    cell: float = 30.0
    call: float = 10.0
    submission: float = 180.0


class RunningNotebook:
    """One submission's code, alive in a child of the sandbox.

    Of the cells in `undrawn`, by number, no picture is drawn. A cell or call that kills the child costs only itself:
    the other cells are run again in a fresh child.
    """

    def __init__(
        self,
        sandbox: AnySandbox,
        cells: Sequence[Cell],
        *,
        files: Mapping[str, bytes] | None = None,
        limits: TimeLimits = TimeLimits(),
        undrawn: Collection[int] = (),
    ) -> None:
        self._sandbox = sandbox
        self._cells = cells
        self._files = files or {}
        self._limits = limits
        self._undrawn = undrawn
        self._child: Child | None = sandbox.open(self._files)
        # how long a sandbox takes to start is not the submission's affair
        self._ends = time.monotonic() + limits.submission
        self._deadly: dict[int, Fault] = {}
        self._handles: set[int] = set()
        self.results = self._run_cells()

    def __enter__(self) -> RunningNotebook:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._drop()

    @property
    def faults(self) -> list[Fault]:
        """What went wrong in the cells, as far as it is a fault to speak of."""
        found = zip(self._cells, (result.fault for result in self.results), strict=True)
        return [fault for _, fault in worth_telling(found)]

    def ask(self, request: Request, seconds: float) -> Reply:
        """Answer a grader's request; a child that dies of it is replaced, and the fault reported."""
        name = str(request["name"])
        if self._child is None and self._left() > 0:
            self._run_cells()
        if self._left() <= 0:
            return _fault(
                "timeout", name, f"the {self._limits.submission:g} s that a submission has"
            )
        if self._stale(request):
            return _fault("died", name, "ended while it was asked something before")
        reply = self._exchange(request, seconds, name)
        if isinstance(reply.get("value"), Handle):
            self._handles.add(reply["value"].number)
        return reply

    def _stale(self, request: Request) -> bool:
        """Whether the request is about an object that died with an earlier child."""
        given = [arg.number for arg in request.get("args", ()) if isinstance(arg, Handle)]
        given += [request["object"]] if "object" in request else []
        return not self._handles.issuperset(given)

    def _run_cells(self) -> list[CellResult]:
        results: list[CellResult] = []
        while len(results) < len(self._cells):
            if self._child is None:
                self._child = self._sandbox.open(self._files)
                self._handles.clear()
                results = []
            cell = self._cells[len(results)]
            result = self._run_cell(cell)
            if self._child is None:
                # from the start, without the cell that ended the child
                self._deadly[cell.number] = result.fault or Fault("died", f"cell {cell.number}")
                results = []
                continue
            results.append(result)
        return results

    def _run_cell(self, cell: Cell) -> CellResult:
        name = f"cell {cell.number}"
        if cell.number in self._deadly:
            return CellResult(cell.number, [], self._deadly[cell.number])
        if self._left() <= 0:
            detail = f"the {self._limits.submission:g} s that a submission has"
            return CellResult(cell.number, [], Fault("timeout", name, detail))
        request = {
            **{"op": "cell", "name": name, "index": cell.number, "source": cell.source},
            "pictures": cell.number not in self._undrawn,
        }
        reply = self._exchange(request, self._limits.cell, name)
        fault = Fault.from_dict(reply["fault"]) if reply.get("fault") else None
        outputs = reply.get("outputs")
        return CellResult(cell.number, outputs if isinstance(outputs, list) else [], fault)

    def _exchange(self, request: Request, seconds: float, name: str) -> Reply:
        assert self._child is not None
        allowed = min(seconds, max(self._left(), 0.1))
        request = {**request, "seconds": allowed}
        try:
            reply = self._child.ask(request, allowed + _GRACE)
            if not isinstance(reply, dict) or not isinstance(
                reply.get("fault"), (dict, type(None))
            ):
                raise ChildMisbehaved("answered with something that is no reply")
            return self._in_our_words(reply, allowed)
        except ChildTimedOut:
            self._drop()
            return _fault("timeout", name, f"{allowed:g} s")
        except (ChildDied, ChildMisbehaved) as e:
            self._drop()
            return _fault("died", name, e.reason)

    def _in_our_words(self, reply: Reply, allowed: float) -> Reply:
        """Return the child's reply with what we know better in our own words: its own may carry a hidden input."""
        if reply.get("fault") is None:
            return reply
        fault = Fault.from_dict(reply["fault"])
        if fault.kind not in FAULTS - {"died"}:
            raise ChildMisbehaved("answered with a fault that there is not")
        known = {"timeout": f"{allowed:g} s", "flood": f"{MAX_OUTPUT:,} characters"}
        fault = replace(fault, detail=known.get(fault.kind, fault.detail))
        if not self._has_line(fault.cell, fault.line):
            fault = replace(fault, cell=None, line=None)
        return {**reply, "fault": fault.as_dict()}

    def _has_line(self, number: int | None, line: int | None) -> bool:
        lines = {cell.number: cell.source.count("\n") + 1 for cell in self._cells}
        return number in lines and (line is None or 0 < line <= lines[number])

    def _left(self) -> float:
        return self._ends - time.monotonic()

    def _drop(self) -> None:
        if self._child is not None:
            self._child.close()
            self._child = None


def _fault(kind: str, name: str, detail: str) -> dict[str, Any]:
    return {"fault": Fault(kind, name, detail).as_dict()}
