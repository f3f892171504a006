"""Answers the trusted process's requests beside the student's code, one after another, as data
(P2)."""

from __future__ import annotations

import os
import random
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from .settings import Layers
from .wire import receive_frame, send_frame

if TYPE_CHECKING:  # imported where it is used: the trusted process has no need of torch
    from course.responder import Responder

_SEED = 0


def prepare(channel: socket.socket, layers: Layers) -> Responder:
    """Write the submission's files into the working directory and return what will answer for it.

    No student code has run before this returns: whatever it raises is our own fault.
    """
    from course.responder import Responder
    from course.values import pack, unpack

    number, payload = receive_frame(channel)
    for name, content in unpack(payload).items():
        Path(name).write_bytes(content)
    if layers.seeds:
        _seed()
    responder = Responder()
    send_frame(channel, number, pack({"value": None}))
    return responder


def serve(channel: socket.socket, responder: Responder) -> NoReturn:
    """Answer until the channel is closed."""
    from course.values import pack, unpack

    try:
        while True:
            number, payload = receive_frame(channel)
            send_frame(channel, number, pack(responder.answer(unpack(payload))))
    except EOFError:
        os._exit(0)
    except BaseException:
        # student code has reached into this loop: that ends its process, and nothing else
        os._exit(1)


def _seed() -> None:
    """Start every generator of random numbers alike, so that neither the template nor a sibling
    shows in results."""
    import numpy

    random.seed(_SEED)
    numpy.random.seed(_SEED)
    if "torch" in sys.modules:
        # not `torch.manual_seed`, which spends 3 ms on devices that are not there
        sys.modules["torch"].default_generator.manual_seed(_SEED)
