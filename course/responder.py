"""Answers requests beside the student's code: run this cell, call that function, and what came back.

The responder judges nothing and knows nothing worth stealing. It turns whatever student code does into either a value
or a `Fault`, both plain data, so that the judge on the other side never touches an object of the student's.
"""

from __future__ import annotations

import contextlib
import difflib
import inspect
import io
import random
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from course.deadline import deadline
from course.faults import Fault, StudentFault
from course.shell import Shell, fault_of, running_notebook, without_input
from course.values import Handle, Value

Request = dict[str, Any]
Reply = dict[str, Any]


class Responder:
    """Holds a student's names and answers one request at a time.

    `namespace` is a live kernel's; without one, cells are run in a shell of our own.
    """

    def __init__(self, namespace: dict[str, Any] | None = None, *, plots: bool = True) -> None:
        self._shell: Shell | None = None
        if namespace is None:
            self._shell = Shell(plots=plots)
            namespace = self._shell.namespace
        self._names = namespace
        self._objects: list[Any] = []

    def answer(self, request: Request) -> Reply:
        """Return `{"value": …}` or `{"fault": …}`; for a cell also its `outputs`."""
        if request["op"] == "cell":
            return self._cell(request)
        seconds = float(request.get("seconds", 10.0))
        name = str(request["name"])
        _reseed(int(request.get("seed", 0)))
        try:
            token = running_notebook.set(True)
            try:
                with deadline(seconds), without_input(), _silence(), _settings_kept():
                    return {"value": self._value(request, name)}
            finally:
                running_notebook.reset(token)
        except StudentFault as e:
            return {"fault": e.fault.as_dict()}
        except BaseException as e:  # whatever door student code leaves by is its fault to report
            return {"fault": fault_of(e, name, self._names, seconds).as_dict()}

    def _cell(self, request: Request) -> Reply:
        assert self._shell is not None, "a live kernel runs its own cells"
        result = self._shell.run(
            int(request["index"]),
            str(request["source"]),
            float(request["seconds"]),
            pictures=bool(request.get("pictures", True)),
        )
        fault = result.fault.as_dict() if result.fault else None
        return {"outputs": result.outputs, "fault": fault}

    def _value(self, request: Request, name: str) -> Value:
        op = request["op"]
        if op == "defined":
            return name in self._names
        args = tuple(self._own(arg) for arg in request.get("args", ()))
        kwargs = {key: self._own(arg) for key, arg in request.get("kwargs", {}).items()}
        if op == "run":
            probe = _compile_probe(str(request["source"]), str(request["probe"]))
            try:
                return probe(Student(self._names), *args, **kwargs)
            except TypeError as e:
                _blame_arguments(e, name)
                raise
        if op == "method":
            target = getattr(self._objects[int(request["object"])], name.split(".")[-1], None)
            if target is None:
                raise StudentFault(Fault("missing", name))
        else:
            target = getattr(Student(self._names), name)
        _expect_callable_with(target, name, args, kwargs)
        result = target(*args, **kwargs)
        return self._keep(result) if op == "new" else result

    def _own(self, arg: Value) -> Any:
        return self._objects[arg.number] if isinstance(arg, Handle) else arg

    def _keep(self, thing: Any) -> Handle:
        self._objects.append(thing)
        return Handle(len(self._objects) - 1)


class Student:
    """The student's names as attributes, for probes: `student.Model()`."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.__dict__["_names"] = names

    def __getattr__(self, name: str) -> Any:
        if name not in self._names:
            raise StudentFault(Fault("missing", name, self._misspelt(name)))
        return self._names[name]

    def _misspelt(self, name: str) -> str:
        """Return what is defined by almost this name.

        The digits of gradient_w1 and gradient_w2 are no slip, nor is the end of gradient_b beside gradient.
        """
        own = [n for n, value in self._names.items() if callable(value) and n[:1] != "_"]
        alike = {n.casefold().replace("_", ""): n for n in own}
        near = difflib.get_close_matches(name.casefold().replace("_", ""), alike, 1, cutoff=0.85)
        found = alike[near[0]] if near else ""
        short, long = sorted((found, name), key=len)
        other = long.startswith(f"{short}_") or re.findall(r"\d", short) != re.findall(r"\d", long)
        return "" if other else found

    @contextlib.contextmanager
    def replacing(self, **others: Any) -> Iterator[None]:
        """Let the notebook see `others` in place of its own names within the block."""
        before = {name: self._names[name] for name in others if name in self._names}
        self._names.update(others)
        try:
            yield
        finally:
            for name in others:
                del self._names[name]
            self._names.update(before)


def _expect_callable_with(
    target: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> None:
    if not callable(target):
        kind = type(target).__name__
        raise StudentFault(Fault("not-callable", name, f"{_a(kind)} {kind}"))
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # some built-in callables do not tell their parameters
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as e:
        parameters = ", ".join(signature.parameters)
        given = len(args) + len(kwargs)
        takes = f"it takes ({parameters}) but is given {given} argument{'s' * (given != 1)} ({e})"
        raise StudentFault(Fault("arguments", name, takes[:400])) from None


_WRONG_ARGUMENTS = re.compile(
    r"^[\w.<>]+\(\) (?:takes|missing|got an unexpected keyword|got multiple values)\b.*"
)


def _blame_arguments(error: TypeError, name: str) -> None:
    """Raise the fault if a probe's own call of student code was refused for the arguments that it gives."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    own = trace is not None and trace.tb_frame.f_code.co_filename.startswith("<probe ")
    if own and _WRONG_ARGUMENTS.match(str(error)):
        raise StudentFault(Fault("arguments", name, str(error)[:400])) from None


def _a(noun: str) -> str:
    return "an" if noun[:1].lower() in "aeiou" else "a"


def _compile_probe(source: str, name: str) -> Callable[..., Any]:
    """Return the probe that `source` defines, in a namespace of its own."""
    import numpy
    import torch

    names: dict[str, Any] = {"np": numpy, "torch": torch, "__name__": "probe"}
    exec(compile(source, f"<probe {name}>", "exec"), names)
    probe: Callable[..., Any] = names[name]
    return probe


def _reseed(seed: int) -> None:
    """Seed every generator that student code is likely to use, so that a regrade sees the same draws."""
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed % 2**32)
    if "torch" in sys.modules:
        # manual_seed of torch itself goes through its compiler's wrapper, 2 ms a call
        sys.modules["torch"].default_generator.manual_seed(seed)
        if sys.modules["torch"].cuda.is_initialized():
            sys.modules["torch"].cuda.manual_seed_all(seed)


@contextlib.contextmanager
def _settings_kept() -> Iterator[None]:
    """Leave the settings of torch and NumPy as they were: what one exercise switches off, the others need."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    with numpy.errstate() if numpy else contextlib.nullcontext():
        before = (torch.is_grad_enabled(), torch.get_default_dtype()) if torch else None
        try:
            yield
        finally:
            if torch and before:
                torch.set_grad_enabled(before[0])
                torch.set_default_dtype(before[1])


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    nowhere = _Nowhere()
    with contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        yield


class _Nowhere(io.TextIOBase):
    """Takes any amount of text and keeps none."""

    def write(self, text: str) -> int:
        return len(text)
