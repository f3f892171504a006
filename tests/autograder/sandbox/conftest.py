"""One real sandbox for all tests of the sandbox, and a submission to put into it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from planted import SECRET

from autograder.sandbox import Child, Limits, Sandbox, SandboxUnavailable

MIB = 1 << 20
LIMITS = Limits(memory=512 * MIB, processes=24, disk=32 * MIB, inodes=500, reply=8 * MIB)

Start = Callable[..., "Submitted"]


class Submitted:
    """A child that has run one cell of student code."""

    def __init__(self, child: Child, source: str, seconds: float = 30.0) -> None:
        self.child = child
        self.ran = child.ask({"op": "cell", "index": 0, "source": source, "seconds": seconds}, 30.0)

    def call(self, name: str, *args: Any, seconds: float = 20.0, soft: float = 20.0) -> Any:
        """Return what the student's function returned, or the fault that it made."""
        request = {"op": "call", "name": name, "args": args, "seconds": soft}
        reply = self.child.ask(request, seconds)
        return reply["value"] if "value" in reply else reply["fault"]


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    os.environ["COURSE_TEST_SECRET"] = SECRET
    try:
        with Sandbox(LIMITS) as sandbox:
            yield sandbox
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")
    finally:
        del os.environ["COURSE_TEST_SECRET"]


@pytest.fixture
def start(sandbox: Sandbox) -> Iterator[Start]:
    """Return a function that opens a child and runs a cell in it; all are closed at the end."""
    with ExitStack() as children:

        def start(source: str, files: dict[str, bytes] | None = None) -> Submitted:
            return Submitted(children.enter_context(sandbox.open(files or {})), source)

        yield start
