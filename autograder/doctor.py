"""What `course doctor --ta` says to a TA: whether this machine can grade."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import closing


def findings() -> Iterator[tuple[bool | None, str]]:
    """Yield what was found: True for good, False for missing, None for a thing to know."""
    for name in ("nbgrader", "jupytext"):
        if importlib.util.find_spec(name) is None:
            yield False, f'{name} is not installed: pip install -c constraints.txt -e ".[ta]"'
    from autograder.sandbox import SandboxEach, SandboxUnavailable, best_sandbox

    yield None, "the sandbox is started and attacked, which takes up to a minute"
    try:
        sandbox = best_sandbox()
    except SandboxUnavailable as e:
        yield False, f"no sandbox, so that nothing can be graded: {e}"
        return
    with closing(sandbox):
        yield True, f"sandbox: {sandbox.level}, attacked and held"
        if isinstance(sandbox, SandboxEach):
            yield None, f"each submission takes a second or two longer: {sandbox.why_not_full}"
