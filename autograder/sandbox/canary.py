"""The canary: a submission of our own that tries to break out, so that nobody trusts a sandbox by
its name (P9)."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from pathlib import Path

from autograder.sandbox import jail
from autograder.sandbox.child import Child
from autograder.sandbox.errors import ChildDied, ChildMisbehaved, ChildTimedOut, SandboxUnavailable
from autograder.sandbox.sandbox import AnySandbox

_SECONDS = 30.0
_FILES_OF_A_FOLDER = 40
_CHECKOUT = Path(__file__).parent.parent.parent


def self_test(sandbox: AnySandbox) -> list[str]:
    """Let a canary attack the sandbox, a planted secret and a sibling; return the attacks that
    succeeded.

    Raises `SandboxUnavailable` when the canary cannot do its work.
    """
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
    theirs = [path for folder in _private_folders() for path in _some_files(folder)]
    shown = jail.binds().values()
    return [path for path in (*ours, *theirs) if not any(map(path.is_relative_to, shown))]


def _private_folders() -> list[Path]:
    folders = [_CHECKOUT, Path("/etc")]
    with suppress(OSError, RuntimeError):  # this process may have neither
        folders += [Path.cwd(), Path.home()]
    return folders


def _some_files(folder: Path) -> list[Path]:
    try:
        some = sorted(folder.iterdir())[:_FILES_OF_A_FOLDER]
        return [path for path in some if path.is_file() and path.stat().st_size]
    except OSError:  # what we may not read ourselves, a submission cannot either
        return []


def _answer(child: Child, name: str, *args: object) -> list[object]:
    source = f"from inside.escapes import {name}"
    request = {"op": "call", "name": name, "args": args, "seconds": _SECONDS}
    try:
        child.ask({"op": "cell", "index": 0, "source": source, "seconds": _SECONDS}, _SECONDS)
        reply = child.ask(request, _SECONDS)
    except (ChildDied, ChildTimedOut, ChildMisbehaved) as e:
        raise SandboxUnavailable(f"the canary did not come back ({e}): see docs/security.md") from e
    answer = reply.get("value")
    if type(answer) is not list:
        raise SandboxUnavailable(
            f"the canary could not run ({reply.get('fault')}): see docs/security.md"
        )
    return answer
