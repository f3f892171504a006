"""The trusted side of the wire against any bytes at all (P2, P4)."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.sandbox.channel import Receiver, exchange
from autograder.sandbox.errors import ChildMisbehaved
from autograder.sandbox.inside.wire import HEADER, receive_frame, send_frame

MOST = 1000
REQUEST = HEADER.pack(2, 7) + b"hi"


def conversation(sent: list[bytes], seconds: float = 1.0) -> bytes:
    """Exchange one request with a process that has sent the pieces `sent` and closed."""
    ours, theirs = socket.socketpair()
    watch, other = socket.socketpair()
    with ours, theirs, watch, other:
        ours.setblocking(False)

        class Late(Receiver):
            """Lets the other side speak only once it has been asked."""

            def receive(self, sock: socket.socket) -> bytes | None:
                for piece in sent:
                    theirs.sendall(piece)
                sent.clear()
                theirs.shutdown(socket.SHUT_WR)
                return super().receive(sock)

        return exchange(ours, watch, REQUEST, Late(7, MOST), seconds)


@given(st.binary(max_size=MOST), st.integers(0, 40))
def test_whole_reply_arrives_however_it_is_cut(payload: bytes, at: int):
    frame = HEADER.pack(len(payload), 7) + payload
    assert conversation([frame[:at], frame[at:]]) == payload


@given(st.binary(max_size=64))
def test_any_other_bytes_are_refused(noise: bytes):
    whole = len(noise) >= HEADER.size and HEADER.unpack(noise[: HEADER.size])
    if whole and whole[1] == 7 and whole[0] <= len(noise) - HEADER.size:
        return
    with pytest.raises((ChildMisbehaved, ConnectionError)):
        conversation([noise])


@given(st.integers(MOST + 1, 2**64 - 1))
def test_claimed_size_takes_no_memory(size: int):
    with pytest.raises(ChildMisbehaved, match="too large"):
        conversation([HEADER.pack(size, 7)])


def _pair(action: Callable[[socket.socket, socket.socket], None]) -> None:
    ours, theirs = socket.socketpair()
    watch, other = socket.socketpair()
    with ours, theirs, watch, other:
        ours.setblocking(False)
        action(ours, theirs)
        exchange(ours, watch, REQUEST, Receiver(7, MOST), 0.1)


def test_silence_ends_at_the_deadline():
    with pytest.raises(TimeoutError):
        _pair(lambda ours, theirs: None)


def test_reply_before_the_request_is_refused():
    with pytest.raises(ChildMisbehaved, match="without being asked"):
        _pair(lambda ours, theirs: theirs.sendall(REQUEST))


def test_end_of_the_stream_is_no_reply():
    with pytest.raises(ConnectionError):
        _pair(lambda ours, theirs: theirs.close())


def test_child_side_reads_what_it_writes():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        send_frame(ours, 3, b"payload")
        assert receive_frame(theirs) == (3, b"payload")
        ours.close()
        with pytest.raises(EOFError):
            receive_frame(theirs)
