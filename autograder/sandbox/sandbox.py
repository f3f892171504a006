"""The trusted side of the template: starts it inside bubblewrap, and has it fork a child per
submission (P9, P10)."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
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


class Level(StrEnum):
    """How student code is kept in: the rungs of the ladder, the best first."""

    FULL = "full level"
    SINGLE = "one bubblewrap per submission"
    NONE = "none"


class Sandbox:
    """A template process, warm with torch, that forks a confined child for each submission.

    Make it in the process and the thread that use it, and before that process opens a secret:
    bubblewrap ends with the thread that started it. Not for several threads at once. Of another level than the full
    one it is good for one submission only: see `SandboxEach`. Without `torch`, for tests that attack it, it starts in a
    second.
    """

    def __init__(
        self,
        limits: Limits = Limits(),
        *,
        layers: Layers = Layers(),
        level: Level = Level.FULL,
        gpu: bool = False,
        torch: bool = True,
    ) -> None:
        self.limits = limits
        self._gpu = gpu
        self.level = level
        self._control, remote = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with ExitStack() as undo:
            self._folder = undo.enter_context(_place(level))
            undo.callback(self._control.close)
            with remote, tempfile.TemporaryFile() as errors:
                settings = Settings(
                    limits,
                    layers,
                    compiled_filter() if layers.system_calls else b"",
                    level is not Level.FULL,
                    str(self._folder) if self._folder else "/tmp",
                    torch,
                )
                self._process = self._start(settings, remote, errors)
                undo.callback(self._stop)
                remote.close()
                if not self._heard_ready():
                    self._stop()
                    errors.seek(0)
                    raise SandboxUnavailable(
                        why_not_started(errors.read().decode(errors="replace"))
                    )
            if level is Level.FULL:
                # what the template may do, its children may still be refused
                self.open().close()
            self._undo = undo.pop_all()

    def open(
        self,
        files: Mapping[str, bytes] = _NO_FILES,
        at_end: Callable[[], None] = lambda: None,
    ) -> Child:
        """Fork one child, with `files` (plain names only) in its otherwise empty working
        directory; `at_end` is called when it has been closed."""
        for name in files:
            if name in ("", ".", "..") or "/" in name or "\0" in name:
                raise ValueError(f"not a plain file name: {name!r}")
        channel, remote_channel = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        watch, remote_watch = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        child = Child(channel, watch, self.limits, at_end)
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
        self._undo.close()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def _start(
        self, settings: Settings, remote: socket.socket, errors: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        arguments = str(remote.fileno()), settings.to_json()
        environment: Mapping[str, str] = {}
        if self._folder is not None:
            line = jail.bare_command(self._folder, *arguments)
            environment = jail.bare_environment(self._folder)
        else:
            single = self.limits if settings.single else None
            line = jail.command(*arguments, single=single, gpu=self._gpu)
        return _start(line, remote.fileno(), errors, environment)

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


class SandboxEach:
    """A sandbox of its own for every submission, about a second each.

    For machines where one sandbox may not hold others, and for submissions that are to use a GPU: a template that has
    CUDA in it could not fork.
    """

    level = Level.SINGLE

    def __init__(
        self,
        limits: Limits = Limits(),
        *,
        layers: Layers = Layers(),
        why_not_full: str = "",
        gpu: bool = False,
        torch: bool = True,
    ) -> None:
        self.limits = replace(limits, addresses=False) if gpu else limits
        self._gpu = gpu
        self._torch = torch
        self.why_not_full = why_not_full
        self._layers = layers

    def open(self, files: Mapping[str, bytes] = _NO_FILES) -> Child:
        """Start a sandbox and return its only child, as `Sandbox.open` does; it ends with the child."""
        sandbox = Sandbox(
            self.limits,
            layers=self._layers,
            level=self.level,
            gpu=self._gpu,
            torch=self._torch,
        )
        try:
            return sandbox.open(files, sandbox.close)
        except BaseException:
            sandbox.close()
            raise

    def close(self) -> None:
        """End nothing: each sandbox ends with its child."""


class NoSandbox(SandboxEach):
    """No sandbox at all: student code runs as the user who grades, and can do all that he can.

    Time is limited, memory of one process as well; nothing else is promised. Refused for root.
    """

    level = Level.NONE

    def __init__(self) -> None:
        if os.geteuid() == 0:
            raise SandboxUnavailable(
                "without a sandbox nothing is graded as root: use another user"
            )
        # the processes that are counted are all of the user's
        limits = Limits(processes=1 << 22)
        off = {"namespaces", "mounts", "watchdog", "capabilities", "system_calls"}
        super().__init__(limits, layers=Layers(**dict.fromkeys(off, False)))


AnySandbox = Sandbox | SandboxEach


@contextmanager
def _place(level: Level) -> Iterator[Path | None]:
    """Make a folder for a submission that has no file system of its own."""
    if level is not Level.NONE:
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="submission-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _start(
    line: list[str],
    descriptor: int,
    errors: IO[bytes],
    environment: Mapping[str, str] = MappingProxyType({}),
) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            line,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            pass_fds=[descriptor],
            cwd="/",
            # bubblewrap stays as the template's first process, with all its environment in memory
            env={"PATH": os.environ.get("PATH", os.defpath), **environment},
        )
    except OSError as e:
        raise SandboxUnavailable(
            f"{line[0]} cannot be run ({e.strerror}): see docs/security.md"
        ) from e
