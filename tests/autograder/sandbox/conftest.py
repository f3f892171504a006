"""One real sandbox for all tests of the sandbox, and a submission to put into it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from planted import SECRET
from submitted import Submitted

from autograder.sandbox import Limits, Sandbox, SandboxUnavailable

MIB = 1 << 20
LIMITS = Limits(memory=512 * MIB, processes=24, disk=32 * MIB, inodes=500, reply=8 * MIB)

Start = Callable[..., Submitted]


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
