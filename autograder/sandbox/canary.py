"""The canary: a submission of our own that tries to break out, so that nobody trusts a sandbox by
its name (P9)."""

from __future__ import annotations

import tempfile
from pathlib import Path

from autograder.sandbox import jail
from autograder.sandbox.child import Child
from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.sandbox import Sandbox

_SECONDS = 30.0
_FILES_OF_A_FOLDER = 40
_CHECKOUT = Path(__file__).parent.parent.parent


def level() -> str:
    """Return "full" when a sandbox starts here and holds; it is started and attacked to know that.

    Raises `SandboxUnavailable`, which says what to do.
    """
    with Sandbox() as sandbox:
        if succeeded := self_test(sandbox):
            raise SandboxUnavailable(
                f"the sandbox does not hold on this machine ({', '.join(succeeded)}): see SECURITY"
            )
    return "full"


def self_test(sandbox: Sandbox) -> list[str]:
    """Let a canary attack the sandbox, a planted secret and a sibling; return the attacks that
    succeeded."""
    with tempfile.TemporaryDirectory() as folder:
        planted = Path(folder) / "canary"
        planted.write_bytes(b"what a student must not read")
        hidden = [str(path) for path in (planted, *_private_files())]
        with sandbox.open() as sibling, sandbox.open() as canary:
            _answer(sibling, "leave_traces")
            return [
                str(name) for name in _answer(canary, "escapes", hidden, sandbox.limits.processes)
            ]


def _private_files() -> list[Path]:
    """Return files of this machine that no submission may read."""
    ours = [Path(__file__), *_CHECKOUT.glob("solutions/*/*.py")]
    folders = (_CHECKOUT, Path.home(), Path.cwd(), Path("/etc"))
    theirs = [path for folder in folders for path in sorted(folder.iterdir())[:_FILES_OF_A_FOLDER]]
    shown = jail.binds().values()
    return [
        path
        for path in (*ours, *theirs)
        if path.is_file() and path.stat().st_size and not any(map(path.is_relative_to, shown))
    ]


def _answer(child: Child, name: str, *args: object) -> list[object]:
    source = f"from inside.escapes import {name}"
    child.ask({"op": "cell", "index": 0, "source": source, "seconds": _SECONDS}, _SECONDS)
    request = {"op": "call", "name": name, "args": args, "seconds": _SECONDS}
    reply = child.ask(request, _SECONDS)
    answer = reply.get("value")
    if type(answer) is not list:
        raise SandboxUnavailable(f"the canary could not run ({reply.get('fault')}): see SECURITY")
    return answer
