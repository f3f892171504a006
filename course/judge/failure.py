"""A wrong answer, in the five parts that a learner needs: claim, what came back, what was due, where, what to try."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """The parts of a failure; `called`, `came_back` and `expected` may hold hidden inputs and answers."""

    claim: str
    called: str = ""
    came_back: str = ""
    sort_came_back: str = ""
    expected: str = ""
    where: str = ""
    diagnosis: str = ""
    explanation: str = ""
    hint: str = ""


class Failure(AssertionError):
    """Student code answered, and the answer is wrong."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.claim)
        self.finding = finding
