"""What can go wrong with a sandbox: ours (`SandboxUnavailable`) apart from the submission's own
doing (P10)."""

from __future__ import annotations


class SandboxUnavailable(Exception):
    """No sandbox can be had here; the sentence says what is missing and the command that supplies
    it."""


class ChildDied(Exception):
    """The submission's process ended; `reason` completes the sentence "it …"."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the submission's process {reason}")
        self.reason = reason


class ChildTimedOut(Exception):
    """The submission did not answer in time, and its process was killed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the submission's process did not answer within {seconds:g} s")
        self.seconds = seconds


class ChildMisbehaved(Exception):
    """The submission sent something that is not one well-formed reply, and its process was
    killed."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the submission's process {reason}")
        self.reason = reason
