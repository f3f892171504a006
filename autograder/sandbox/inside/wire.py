"""The frames between a child and the trusted process: length, number of the request, packed value
(P2).

The trusted process reads with caps and deadlines of its own (`autograder.sandbox.channel`); what
stands here is the form that both sides agree on, and the child's simple blocking side of it.
"""

from __future__ import annotations

import socket
import struct

HEADER = struct.Struct(">QQ")
"""Length of the payload in bytes, number of the request that it belongs to."""


def send_frame(sock: socket.socket, number: int, payload: bytes) -> None:
    """Send one frame, waiting as long as it takes."""
    sock.sendall(HEADER.pack(len(payload), number))
    sock.sendall(payload)


def receive_frame(sock: socket.socket) -> tuple[int, bytes]:
    """Return number and payload of the next frame; `EOFError` when the other side has closed."""
    length, number = HEADER.unpack(_receive_exactly(sock, HEADER.size))
    return number, _receive_exactly(sock, length)


def _receive_exactly(sock: socket.socket, length: int) -> bytes:
    data = bytearray(length)
    view = memoryview(data)
    while view:
        count = sock.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return bytes(data)
