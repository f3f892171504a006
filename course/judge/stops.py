"""What the words of Python and torch mean where a student's code stops: he may meet them for the first time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from course.faults import StudentFault
from course.judge.failure import Failure, Finding


@dataclass(frozen=True)
class Stop:
    """An error that a well-known mistake ends in: the mistake's id and sentence, and the error's own words.

    `words` is a regular expression that is looked for in "class: message", such as "ValueError: math domain error".
    """

    id: str
    text: str
    words: str


@contextmanager
def explaining(claim: str, *stops: Stop) -> Iterator[None]:
    """Where student code stops in the first of `stops` that fits, raise a `Failure` of `claim` that explains it."""
    try:
        yield
    except StudentFault as stopped:
        fault = stopped.fault
        said = f"{fault.detail}: {fault.message}" if fault.kind == "raised" else ""
        for stop in stops:
            if said and re.search(stop.words, said):
                finding = Finding(
                    claim,
                    came_back=fault.sentence(),
                    sort_came_back=fault.sentence(quote=False),
                    diagnosis=stop.id,
                    explanation=stop.text,
                )
                raise Failure(finding) from None
        raise
