"""A mistake is counted once: what builds on an earlier exercise is judged with that one made right."""

from __future__ import annotations

from collections.abc import Callable

from course.faults import StudentFault
from course.judge.failure import Failure


def ours_or_own(judge: Callable[[bool], None]) -> None:
    """Let `judge(True)` judge with functions of ours in place of earlier exercises', failing that `judge(False)`
    with the student's own.

    Ours come first, because a mistake in an earlier exercise would be explained here at length and to no end. Raises
    what the judgement with ours found or, where the code did not answer it, what the student's own came to.
    """
    try:
        judge(True)
    except (Failure, StudentFault) as with_ours:
        try:
            judge(False)
        except (Failure, StudentFault) as with_own:
            raise (with_own if isinstance(with_ours, StudentFault) else with_ours) from None
