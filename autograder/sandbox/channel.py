"""The trusted side of the wire: receives exactly one reply, however it is cut up, or refuses it (P2, P4)."""

from __future__ import annotations

import socket

from autograder.sandbox.errors import ChildMisbehaved
from autograder.sandbox.inside.wire import HEADER

_MIB = 1 << 20


class Receiver:
    """Receives the reply to request `number`, of at most `most` bytes, from a non-blocking socket."""

    def __init__(self, number: int, most: int) -> None:
        self._number = number
        self._most = most
        self._header = bytearray()
        self._payload: bytearray | None = None
        self._filled = 0

    def receive(self, sock: socket.socket) -> bytes | None:
        """Take what has arrived; return the payload once it is whole.

        Raises `ChildMisbehaved` for a frame that cannot be the reply, `ConnectionError` at the end of the stream.
        """
        try:
            if self._payload is None:
                self._take_header(sock)
            while self._payload is not None and self._filled < len(self._payload):
                view = memoryview(self._payload)[self._filled :]
                self._filled += _some(sock.recv_into(view))
        except BlockingIOError:
            return None
        return bytes(self._payload) if self._payload is not None else None

    def _take_header(self, sock: socket.socket) -> None:
        while len(self._header) < HEADER.size:
            part = sock.recv(HEADER.size - len(self._header))
            _some(len(part))
            self._header += part
        length, number = HEADER.unpack(self._header)
        if number != self._number:
            raise ChildMisbehaved("answered another request than the one asked")
        if length > self._most:
            sizes = f"{length / _MIB:.4g} MiB; at most {self._most / _MIB:.4g} MiB are read"
            raise ChildMisbehaved(f"sent too large a reply ({sizes})")
        self._payload = bytearray(length)


def _some(count: int) -> int:
    if not count:
        raise ConnectionError("the stream has ended")
    return count
