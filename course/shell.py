"""The one place where a cell of a student's notebook is executed."""

from __future__ import annotations

import atexit
import contextlib
import io
import re
import shutil
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from course.deadline import TimeUp, deadline
from course.faults import Fault

running_notebook: ContextVar[bool] = ContextVar("running_notebook", default=False)
"""True while a notebook is run as a whole: its own calls of `check` then keep silent."""

_CELL = re.compile(r"<cell (\d+)>")

_FIGURE = "matplotlib.figure", "Figure"
_UNDRAWN = "(a picture of the lesson's own example: it is not drawn when a notebook is graded)"
_NO_INPUT = "EOF when reading a line"

MAX_OUTPUT = 1_000_000
"""How many characters one cell may print to each of its streams."""


class TooMuchOutput(BaseException):
    """A cell prints without end; not an `Exception`, for the reason that `TimeUp` is none."""


class _Bounded(io.StringIO):
    """What a cell's prints are captured in; endless ones would take all memory."""

    def write(self, text: str) -> int:
        if self.tell() + len(text) > MAX_OUTPUT:
            raise TooMuchOutput
        return super().write(text)


@dataclass(frozen=True)
class CellResult:
    """What running one cell gave: its outputs in nbformat's form, and its fault if it did not finish."""

    index: int
    outputs: list[dict[str, Any]] = field(default_factory=list)
    fault: Fault | None = None


@contextlib.contextmanager
def without_input() -> Iterator[None]:
    """Have `input()` end at once: nobody reads its question."""
    kept, sys.stdin = sys.stdin, io.StringIO()
    try:
        yield
    finally:
        sys.stdin = kept


def _without_shell(command: str, *_: Any, **__: Any) -> list[str]:
    print(f"not run: there is no shell here for {command}")
    return []


class Shell:
    """Runs cells one after another in one namespace, as a notebook's kernel does."""

    def __init__(self, *, plots: bool = True) -> None:
        # a notebook of ours runs without a kernel: IPython's own shell, with outputs captured
        from execnb.shell import CaptureShell
        from IPython.utils import capture

        capture.StringIO = _Bounded
        self._shell: Any = CaptureShell(mpl_format="png" if plots else None)
        if plots:
            from matplotlib_inline import backend_inline

            # to trim its margins a figure would be drawn twice, and figures are most of what many a notebook costs
            formats: Any = backend_inline.set_matplotlib_formats
            formats("png", bbox_inches=None)
        # at exit IPython would search all of torch's objects for garbage, once for every shell that ever was
        atexit.unregister(self._shell.atexit_operations)
        # what IPython's own `exit()` calls; a kernel, too, finishes the cell
        self._shell.ask_exit = lambda: None
        if shutil.which("sh") is None:
            # in the sandbox: a `!pip install …` left at the top of an answer costs nothing
            self._shell.system = self._shell.getoutput = _without_shell
        self._index = 0
        self._shell.compile.get_code_name = lambda *_: f"<cell {self._index}>"

    @property
    def namespace(self) -> dict[str, Any]:
        """The names that the cells have defined."""
        names: dict[str, Any] = self._shell.user_ns
        return names

    def run(self, index: int, source: str, seconds: float, *, pictures: bool = True) -> CellResult:
        """Run one cell, for `seconds` at most; whatever the cell does, this returns.

        Without `pictures` a figure is put out as a text that says so.
        """
        self._index = index
        token = running_notebook.set(True)
        error: BaseException | None = None
        outputs: list[dict[str, Any]] = []
        try:
            drawn = contextlib.nullcontext() if pictures else self._undrawn()
            with deadline(seconds), without_input(), drawn:
                outputs = list(self._shell.run(source))
            error = self._shell.exc
        except BaseException as e:  # a cell may leave by any door; which one is what we report
            error = e
        finally:
            running_notebook.reset(token)
        fault = fault_of(error, f"cell {index}", self.namespace, seconds) if error else None
        return CellResult(index, [_tidy(output) for output in outputs], fault)

    @contextlib.contextmanager
    def _undrawn(self) -> Iterator[None]:
        """Have figures shown as text: that they are drawn is most of what a plot costs."""
        formatters = self._shell.display_formatter.formatters
        drawers, texts = formatters["image/png"].type_printers, formatters["text/plain"]
        kept = dict(drawers)
        drawers.clear()
        texts.for_type_by_name(*_FIGURE, lambda _figure, printer, _cycle: printer.text(_UNDRAWN))
        try:
            yield
        finally:
            drawers.update(kept)
            texts.pop(".".join(_FIGURE), None)


def _tidy(output: dict[str, Any]) -> dict[str, Any]:
    """Return an output as nbformat holds it in memory: texts whole, and the notebook's own frames only."""
    tidy = dict(output)
    if "text" in tidy:
        tidy["text"] = "".join(tidy["text"])
    if "data" in tidy:
        data = tidy["data"].items()
        tidy["data"] = {kind: "".join(v) if isinstance(v, list) else v for kind, v in data}
    if "traceback" in tidy:
        frames = tidy["traceback"]
        tidy["traceback"] = [f for f in frames if not f.startswith("  File") or "<cell " in f]
    return tidy


def fault_of(error: BaseException, name: str, namespace: dict[str, Any], seconds: float) -> Fault:
    """Return what `error` says about student code that was asked for `name`."""
    if isinstance(error, TimeUp):
        return Fault("timeout", name, f"{seconds:g} s")
    if isinstance(error, TooMuchOutput):
        return Fault("flood", name, f"{MAX_OUTPUT:,} characters")
    cell, line = _place(error, namespace)
    # a stub says nothing; torch raises it too, of integers or a module without forward, and says so
    if isinstance(error, NotImplementedError) and not _message(error):
        return Fault("unwritten", name, _stub(error, namespace), "", cell, line)
    return Fault("raised", name, type(error).__name__[:80], _message(error), cell, line)


def _stub(error: BaseException, namespace: dict[str, Any]) -> str:
    """Return which of the notebook's functions raised `error`, the one that was called or one that this one calls."""
    trace: TracebackType | None = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    name = trace.tb_frame.f_code.co_name if trace is not None else ""
    return name if callable(namespace.get(name)) else ""


def _message(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return str(error.msg)
    if isinstance(error, EOFError) and str(error) == _NO_INPUT:
        return "nobody is there to answer input(): write the answer into the notebook"
    try:
        return str(error)[:500]
    except Exception as e:  # a student's own __str__ may fail, too
        return f"(its text raised {type(e).__name__})"


def _place(error: BaseException, namespace: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return cell and line of the innermost frame that belongs to the notebook."""
    if isinstance(error, SyntaxError):
        found = _CELL.search(str(error.filename))
        cell = int(found.group(1)) if found else None
        return cell, error.lineno
    place: tuple[int | None, int | None] = (None, None)
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        frame = trace.tb_frame
        if frame.f_globals is namespace:
            found = _CELL.fullmatch(frame.f_code.co_filename)
            place = (int(found.group(1)) if found else None, trace.tb_lineno)
        trace = trace.tb_next
    return place
