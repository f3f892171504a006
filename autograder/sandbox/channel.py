"""The trusted side of the wire: sends one request, takes exactly one reply or refuses it (P2, P4).

A reply is data of a bounded size with the number of its request; whatever else arrives ends the
conversation.
"""

from __future__ import annotations

import math
import select
import socket
import time

from autograder.sandbox.errors import ChildMisbehaved
from autograder.sandbox.inside.wire import HEADER

_MIB = 1 << 20


class Receiver:
    """Receives the reply to request `number`, at most `most` bytes, from a non-blocking socket."""

    def __init__(self, number: int, most: int) -> None:
        self._number = number
        self._most = most
        self._header = bytearray()
        self._payload: bytearray | None = None
        self._filled = 0

    def receive(self, sock: socket.socket) -> bytes | None:
        """Take what has arrived; return the payload once it is whole.

        Raises `ChildMisbehaved` for a frame that cannot be the reply, `ConnectionError` at the end.
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


def exchange(
    sock: socket.socket, watch: socket.socket, request: bytes, receiver: Receiver, seconds: float
) -> bytes:
    """Send the frame `request` and return its reply's payload.

    Raises `TimeoutError` after `seconds`, `ConnectionError` when the process on the other side has
    ended or `watch` speaks, `ChildMisbehaved` when what arrives is not the one reply.
    """
    end = time.monotonic() + seconds
    _expect_silence(sock)
    outgoing = memoryview(request)
    poller = select.poll()
    poller.register(watch, select.POLLIN)
    while True:
        poller.register(sock, select.POLLIN | (select.POLLOUT if outgoing else 0))
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        ready = {number for number, _ in poller.poll(math.ceil(left * 1000))}
        if sock.fileno() in ready:
            outgoing = _send(sock, outgoing)
            if (reply := receiver.receive(sock)) is not None:
                if outgoing:
                    raise ChildMisbehaved("answered before it was asked")
                return reply
        elif ready:
            raise ConnectionError("the process has ended")


def _expect_silence(sock: socket.socket) -> None:
    try:
        _some(len(sock.recv(1, socket.MSG_PEEK)))
    except BlockingIOError:
        return
    raise ChildMisbehaved("spoke without being asked")


def _send(sock: socket.socket, outgoing: memoryview) -> memoryview:
    try:
        return outgoing[sock.send(outgoing) :] if outgoing else outgoing
    except BlockingIOError:
        return outgoing


def _some(count: int) -> int:
    if not count:
        raise ConnectionError("the stream has ended")
    return count
