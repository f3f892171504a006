"""The one door between a check and student code: ask for something, get plain data or a `StudentFault`."""

from __future__ import annotations

import functools
import inspect
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from course.faults import Fault, StudentFault
from course.responder import Reply, Request, Responder
from course.values import Handle, Value, pack, unpack

Ask = Callable[[Request, float], Reply]
"""Sends one request, waits so many seconds at most, returns the reply; raises `StudentFault` if none can come."""


class Submission:
    """All that a check may ask of student code, wherever that code lives."""

    def __init__(self, ask: Ask, *, device: str = "cpu", seconds: float = 10.0) -> None:
        self.device = device
        self._ask = ask
        self._seconds = seconds

    def within(self, seconds: float) -> Submission:
        """Return the same submission with another time limit for each request."""
        return Submission(self._ask, device=self.device, seconds=seconds)

    def defined(self, name: str) -> bool:
        """Return whether the notebook defines `name`."""
        return bool(self._answer({"op": "defined", "name": name}))

    def call(self, name: str, *args: Value, **kwargs: Value) -> Value:
        """Call the student's function `name` and return what it returned, as plain data."""
        return self.function(name)(*args, **kwargs)

    def function(self, name: str) -> Function:
        """Return the student's function `name` as something that checks can call and name."""
        return Function(self, name)

    def new(self, name: str, *args: Value, **kwargs: Value) -> Instance:
        """Make an object of the student's class `name`; it stays where the student's code is."""
        handle = self._answer({"op": "new", "name": name, "args": args, "kwargs": kwargs})
        if not isinstance(handle, Handle):
            raise StudentFault(Fault("died", name, "answered with something else"))
        return Instance(self, name, handle)

    def probe(
        self, probe: Callable[..., Any], *, of: str, using: Sequence[Callable[..., Any]] = ()
    ) -> Function:
        """Return `probe(student, …)`, run beside the student's code, as if it were the student's function `of`.

        A probe travels as its source: a plain function that uses nothing from its module but `torch`, `np` and the
        plain functions named in `using`, which travel along. It runs among student code that may change any library,
        so what it returns is evidence, never a verdict.
        """
        source = "\n\n".join(map(_source_of, (*using, probe)))
        return Function(self, of, {"op": "run", "probe": probe.__name__, "source": source})

    def run(self, probe: Callable[..., Any], *args: Value, **kwargs: Value) -> Value:
        """Run `probe(student, *args, **kwargs)` beside the student's code and return what it returned."""
        return self.probe(probe, of=probe.__name__)(*args, **kwargs)

    def _answer(self, request: Request) -> Value:
        args = tuple(_plain(arg) for arg in request.get("args", ()))
        kwargs = {key: _plain(arg) for key, arg in request.get("kwargs", {}).items()}
        request = {**request, "args": args, "kwargs": kwargs, "seconds": self._seconds}
        reply = self._ask(request, self._seconds)
        if reply.get("fault") is not None:
            fault = Fault.from_dict(reply["fault"])
            # another name than those that were asked for is of the student's making, and may tell what it was given
            asked = _ASKED.findall(request.get("source", ""))
            raise StudentFault(
                fault if fault.name in asked else replace(fault, name=request["name"])
            )
        return reply.get("value")


@functools.lru_cache(maxsize=1024)
def _source_of(function: Callable[..., Any]) -> str:
    return textwrap.dedent(inspect.getsource(function))


class Function:
    """A student's function, or a probe of it, by name."""

    def __init__(self, submission: Submission, name: str, request: Request | None = None) -> None:
        self._submission = submission
        self._request = request or {"op": "call"}
        self.__name__ = name

    def __call__(self, *args: Value, **kwargs: Value) -> Value:
        return self._submission._answer(
            {**self._request, "name": self.__name__, "args": args, "kwargs": kwargs}
        )


class Instance:
    """An object of a student's class; its methods are called as the student's functions are."""

    def __init__(self, submission: Submission, name: str, handle: Handle) -> None:
        self._submission = submission
        self._name = name
        self.handle = handle

    def call(self, method: str, *args: Value, **kwargs: Value) -> Value:
        """Call the object's `method` and return what it returned, as plain data."""
        return self._submission._answer(
            {
                "op": "method",
                "object": self.handle.number,
                "name": f"{self._name}.{method}",
                "args": args,
                "kwargs": kwargs,
            }
        )


_ASKED = re.compile(r"\bstudent\.(\w+)")
"""How a probe asks for a student's names."""


def _plain(arg: Value) -> Value:
    return arg.handle if isinstance(arg, Instance) else arg


class LocalSubmission(Submission):
    """Student code in this very process: for a student's own check, never for a grade."""

    def __init__(self, responder: Responder, *, device: str = "cpu", seconds: float = 10.0) -> None:
        if device != "cpu":
            _calculate_as_on_the_cpu()

        def ask(request: Request, _seconds: float) -> Reply:
            # over the same bytes as in grading, so that both see the same copies and the same values
            packed = unpack(pack(request), device=device)
            reply: Reply = unpack(pack(responder.answer(packed)))
            return reply

        super().__init__(ask, device=device, seconds=seconds)

    @classmethod
    def of_cells(cls, cells: Sequence[str], **options: Any) -> LocalSubmission:
        """Return the submission that running `cells` gives; a cell that fails is passed over."""
        responder = Responder(plots=False)
        for index, source in enumerate(cells):
            responder.answer({"op": "cell", "index": index, "source": source, "seconds": 30.0})
        return cls(responder, **options)


def _calculate_as_on_the_cpu() -> None:
    """Let a GPU keep all digits of float32 and choose the same algorithms every time."""
    import torch

    torch.backends.cuda.matmul.allow_tf32 = False
    # on by default: convolutions with ten bits of mantissa
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True
