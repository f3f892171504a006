"""What `course doctor` says to a TA: whether this machine can grade."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator


def findings() -> Iterator[tuple[bool | None, str]]:
    """Yield what was found: True for good, False for missing."""
    for name in ("nbgrader", "jupytext"):
        if importlib.util.find_spec(name) is None:
            yield False, f'{name} is not installed: pip install -c constraints.txt -e ".[ta]"'
    from autograder.sandbox import SandboxUnavailable, level

    try:
        yield True, f"sandbox: {level()} level, attacked and held"
    except SandboxUnavailable as e:
        yield False, f"no sandbox, so that nothing can be graded: {e}"
