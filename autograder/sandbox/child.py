"""The trusted side of one child: asks it, within a deadline, for data; ends it without a trace (P2,
P4, P5)."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NoReturn

from autograder.sandbox.channel import Receiver, exchange
from autograder.sandbox.errors import ChildDied, ChildMisbehaved, ChildTimedOut, SandboxUnavailable
from autograder.sandbox.inside.settings import Limits
from autograder.sandbox.inside.wire import HEADER
from course.values import pack, unpack

_SETUP_SECONDS = 30.0
_LAST_WORDS_SECONDS = 1.0
_END_SECONDS = 30.0


class Child:
    """One submission's process; made by `Sandbox.open`."""

    def __init__(
        self,
        channel: socket.socket,
        watch: socket.socket,
        limits: Limits,
        at_end: Callable[[], None] = lambda: None,
    ) -> None:
        self._channel = channel
        self._watch = watch
        self._limits = limits
        self._at_end = at_end
        self._number = 0
        self._over: Exception | None = None
        self._handle = -1
        channel.setblocking(False)
        watch.settimeout(_SETUP_SECONDS)

    def ask(self, request: dict[str, Any], seconds: float) -> dict[str, Any]:
        """Send one request and return its reply, waiting `seconds` at most.

        Raises `ChildDied`, `ChildTimedOut` or `ChildMisbehaved`, once and then again for every
        further request.
        """
        payload = self._exchange(pack(request), seconds)
        try:
            reply = unpack(payload)
        except (ValueError, RecursionError):
            self._end(ChildMisbehaved("sent a reply that is not data"))
        if type(reply) is not dict:
            self._end(ChildMisbehaved("sent a reply of another form"))
        return reply

    def close(self) -> None:
        """End every process of the submission and wait until none is left."""
        if self._over is None:
            self._over = ChildDied("was closed")
        self._kill()
        self._channel.close()
        self._watch.close()
        self._at_end()

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def begin(self, files: Mapping[str, bytes]) -> None:
        """Take hold of the new process and write its files; `SandboxUnavailable` if it could not be
        confined."""
        try:
            words, handles, _flags, _address = socket.recv_fds(self._watch, 1024, 1)
        except TimeoutError:
            words, handles = b"setup took too long", []
        except ConnectionError:
            words, handles = b"", []
        if handles:
            self._handle = handles[0]
        if words != b"ready" or not handles:
            self.close()
            raise SandboxUnavailable(_not_confined(words.decode("utf-8", "replace")))
        try:
            self._exchange(pack(dict(files)), _SETUP_SECONDS)
        except (ChildDied, ChildTimedOut, ChildMisbehaved) as e:  # before any student code ran
            self.close()
            why = "took too long" if isinstance(e, ChildTimedOut) else e.reason
            raise SandboxUnavailable(_not_confined(why)) from e

    def _exchange(self, payload: bytes, seconds: float) -> bytes:
        if self._over is not None:
            raise self._over
        self._number += 1
        request = HEADER.pack(len(payload), self._number) + payload
        receiver = Receiver(self._number, self._limits.reply)
        try:
            return exchange(self._channel, self._watch, request, receiver, seconds)
        except TimeoutError:
            self._end(ChildTimedOut(seconds))
        except ConnectionError:
            self._bury()
        except ChildMisbehaved as e:
            self._end(e)

    def _bury(self) -> NoReturn:
        """Find out why the process ended, and say so."""
        self._watch.settimeout(_LAST_WORDS_SECONDS)
        try:
            words = self._watch.recv(1024).decode("utf-8", "replace")
        except (TimeoutError, ConnectionError):
            self._end(ChildMisbehaved("closed its channel"))
        self._end(ChildDied(_reason(words, self._limits)))

    def _end(self, error: Exception) -> NoReturn:
        self._over = error
        self._kill()
        raise error

    def _kill(self) -> None:
        """Kill the first process of the namespaces: the kernel ends all others before it lets that
        one go."""
        if self._handle < 0:
            return
        with contextlib.suppress(ProcessLookupError):  # it has ended by itself
            signal.pidfd_send_signal(self._handle, signal.SIGKILL)
        poller = select.poll()
        poller.register(self._handle, select.POLLIN)
        gone = poller.poll(_END_SECONDS * 1000)
        os.close(self._handle)
        self._handle = -1
        if not gone:
            raise SandboxUnavailable(
                "a submission's processes cannot be ended: restart the machine"
            )


def _not_confined(words: str) -> str:
    if not words:
        return "the sandbox's template has ended: start another"
    why = words.removeprefix("setup ")
    return f"a submission's process could not be confined ({why}): see docs/security.md"


def _reason(words: str, limits: Limits) -> str:
    """Return the overseer's last words as the end of a sentence that begins with "it"."""
    kind, _, number = words.partition(" ")
    if kind == "memory":
        return f"used more than {limits.memory / (1 << 30):.3g} GiB of memory"
    if kind == "files":
        return f"made more than {limits.inodes:,} files"
    if kind == "lifetime":
        return f"lived longer than {limits.lifetime:g} s"
    if kind == "exit":
        return f"ended itself (exit code {number})"
    if kind == "signal":
        names = {"11": "segmentation fault", "6": "abort", "8": "arithmetic error", "9": "kill"}
        told = names.get(number) or signal.strsignal(int(number)) or "unknown"
        return f"was killed by signal {number} ({told.lower()})"
    return words.removeprefix("setup ") or "ended without a word"
