"""The ladder: the best way of keeping student code in that this machine offers, proven by attacking it (P9)."""

from __future__ import annotations

from autograder.sandbox.canary import self_test
from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.sandbox import AnySandbox, NoSandbox, Sandbox, SandboxEach

_without = False


def best_sandbox() -> AnySandbox:
    """Start the best sandbox that can be had here, and attack it; one that does not hold is no reason to try another.

    Raises `SandboxUnavailable`, which says what to do.
    """
    try:
        best: AnySandbox = Sandbox()
    except SandboxUnavailable as why_not_full:
        best = SandboxEach(why_not_full=str(why_not_full))
        try:
            best.open().close()
        except SandboxUnavailable:
            raise why_not_full from None
    return proven(best)


def gpu_sandbox() -> AnySandbox:
    """Start what lets a submission use this machine's NVIDIA devices, and attack it; grade one at a time in it.

    Raises `SandboxUnavailable`, which says what to do.
    """
    return proven(SandboxEach(gpu=True))


def proven(sandbox: AnySandbox) -> AnySandbox:
    """Return the sandbox if its canary finds no way out; else close it and raise `SandboxUnavailable`."""
    try:
        if succeeded := self_test(sandbox):
            raise SandboxUnavailable(
                f"the sandbox does not hold on this machine ({', '.join(succeeded)}): see docs/security.md"
            )
    except BaseException:
        sandbox.close()
        raise
    return sandbox


def do_without() -> None:
    """Grade without any sandbox from now on, in this process: what a TA has asked for by name.

    Raises `SandboxUnavailable` for root.
    """
    global _without
    NoSandbox()
    _without = True


def is_done_without() -> bool:
    """Whether `do_without` was called."""
    return _without
