"""What can go wrong with student code while it is asked for something, as a plain sentence each."""

from __future__ import annotations

import builtins
from dataclasses import asdict, dataclass
from typing import Any

FAULTS = frozenset(
    {"missing", "unwritten", "arguments", "raised", "timeout", "flood", "died", "not-callable"}
)
"""The kinds of fault that there are."""
_KNOWN = {name for name, value in vars(builtins).items() if isinstance(value, type)}
_KNOWN |= {"LinAlgError", "AxisError", "OutOfMemoryError", "JSONDecodeError", "_UFuncNoLoopError"}


@dataclass(frozen=True)
class Fault:
    """One thing that student code did instead of answering; plain data, so that it crosses the wire.

    `kind` is one of: missing, unwritten, arguments, raised, timeout, flood, died, not-callable.
    """

    kind: str
    name: str
    detail: str = ""
    message: str = ""
    cell: int | None = None
    line: int | None = None

    @property
    def where(self) -> str:
        """Where in the notebook: `cell 7, line 3`, or nothing when it is not known."""
        cell = f"cell {self.cell}"
        named = f"{self.name} ".startswith(f"{cell} ")
        place = [cell] if self.cell is not None and not named else []
        place += [f"line {self.line}"] if self.line is not None else []
        return ", ".join(place)

    @property
    def blocks(self) -> bool:
        """Whether nothing else that asks for the same name can be answered either."""
        return self.kind in ("missing", "unwritten", "arguments", "not-callable")

    def sentence(self, *, quote: bool = True) -> str:
        """Return what happened, in words; `quote=False` leaves out all text of the student's own making.

        A student's exception can carry whatever his function was given, so hidden feedback does not quote it.
        """
        if self.kind == "missing":
            misspelt = f", {self.detail} is: is it misspelt?" if quote and self.detail else ""
            return f"{self.name} is not defined{misspelt}"
        if self.kind == "unwritten":
            if self.detail in ("", self.name):
                return f"{self.name} is not written yet"
            other = f"{self.detail} is" if quote else "what it calls is"
            return f"{other} not written yet, and {self.name} needs it"
        if self.kind == "not-callable":
            sort = self.detail if quote else "a value"
            return f"{self.name} is {sort}, not something that can be called"
        if self.kind == "arguments":
            why = self.detail if quote else "it takes other arguments than the assignment gives it"
            return f"{self.name} cannot be called that way: {why}"
        if self.kind == "timeout":
            return f"{self.name} did not finish within {self.detail}"
        if self.kind == "flood":
            return f"{self.name} printed more than {self.detail} and was stopped"
        if self.kind == "died":
            return f"the process ended while {self.name} ran: it {self.detail}"
        said = f": {self.message}" if quote and self.message else ""
        place = f" ({self.where})" if self.where else ""
        # the name of a class of his own is text of the student's making, too
        raised = self.detail if quote or self.detail in _KNOWN else "an exception of its own"
        return f"{self.name} raised {raised}{said}{place}"

    def as_dict(self) -> dict[str, Any]:
        """Return the fault as a plain dict."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Any) -> Fault:
        """Return the fault that `data` describes; its texts are somebody else's and are cut to a sane length."""

        def text(key: str) -> str:
            return str(data.get(key, ""))[:500]

        def number(key: str) -> int | None:
            value = data.get(key)
            return value if type(value) is int else None

        return cls(
            text("kind"),
            text("name"),
            text("detail"),
            text("message"),
            number("cell"),
            number("line"),
        )


class StudentFault(Exception):
    """Student code did not answer: it is missing, raised, or never returned."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.sentence())
        self.fault = fault
