"""The trusted side of the template: starts it inside bubblewrap, and has it fork a child per
submission (P9, P10)."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from types import MappingProxyType, TracebackType
from typing import IO

from autograder.sandbox import jail
from autograder.sandbox.child import Child
from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.filter import compiled_filter
from autograder.sandbox.inside.settings import Layers, Limits, Settings
from autograder.sandbox.reasons import why_not_started

_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
_NO_FILES: Mapping[str, bytes] = MappingProxyType({})


class Sandbox:
    """A template process, warm with torch, that forks a confined child for each submission.

    Make it in the process and the thread that use it, and before that process opens a secret:
    bubblewrap ends with the thread that started it. Not for several threads at once.
    """

    def __init__(self, limits: Limits = Limits(), *, layers: Layers = Layers()) -> None:
        self.limits = limits
        settings = Settings(limits, layers, compiled_filter() if layers.system_calls else b"")
        self._control, remote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as undo:
            undo.callback(self._control.close)
            with remote, tempfile.TemporaryFile() as errors:
                line = jail.command(str(remote.fileno()), settings.to_json())
                self._process = _start(line, remote.fileno(), errors)
                undo.callback(self._stop)
                remote.close()
                if not self._heard_ready():
                    self._stop()
                    errors.seek(0)
                    raise SandboxUnavailable(
                        why_not_started(errors.read().decode(errors="replace"))
                    )
            self.open().close()  # what the template may do, its children may still be refused
            undo.pop_all()

    def open(self, files: Mapping[str, bytes] = _NO_FILES) -> Child:
        """Fork one child, with `files` (plain names only) in its otherwise empty working
        directory."""
        for name in files:
            if name in ("", ".", "..") or "/" in name or "\0" in name:
                raise ValueError(f"not a plain file name: {name!r}")
        channel, remote_channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        watch, remote_watch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = Child(channel, watch, self.limits)
        with remote_channel, remote_watch, ExitStack() as undo:
            undo.callback(child.close)
            remote = [remote_channel.fileno(), remote_watch.fileno()]
            with suppress(
                ConnectionError
            ):  # a template that has ended leaves `watch` without a word
                socket.send_fds(self._control, [b"open"], remote)
            remote_channel.close()
            remote_watch.close()
            child.begin(files)
            undo.pop_all()
        return child

    def close(self) -> None:
        """End the template and every child that is left."""
        self._control.close()
        self._stop()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _heard_ready(self) -> bool:
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        if not poller.poll(_START_SECONDS * 1000):
            return False
        try:
            return bool(self._control.recv(16))
        except ConnectionError:
            return False

    def _stop(self) -> None:
        self._process.kill()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired as e:
            raise SandboxUnavailable("the sandbox cannot be ended: restart the machine") from e


def _start(line: list[str], descriptor: int, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=[descriptor],
            cwd="/",
            # bubblewrap stays as the template's first process, with all its environment in memory
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
    except OSError as e:
        raise SandboxUnavailable(
            f"{line[0]} cannot be run ({e.strerror}): see `course doctor`"
        ) from e
