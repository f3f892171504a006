"""The template: imports what a lesson needs once, then forks a confined child for each submission.

It is started before any secret is opened and never sees one (P1): whatever it holds, every child
holds a copy of. It has one thread only, since a child forked beside a second thread can hang.
"""

from __future__ import annotations

import array
import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from . import kernel
from .confinement import confine
from .settings import Settings

READY = b"ready"
_FIRST_CELL = """
import matplotlib.pyplot as plt
plt.plot([0.0, 1.0])
plt.show()
plt.close("all")
def warm(): return 0
"""


def main() -> NoReturn:
    """Serve the control socket that is named on the command line until it is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = Settings.from_json(sys.argv[2])
    if settings.layers.undumpable:
        kernel.set_dumpable(False)
    # a fifth of the time that the imports take, and a collector that touches the template's pages
    # would copy them in every child
    gc.disable()
    # the first process of a namespace is deaf to signals from inside it only as long as it handles
    # none
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if settings.torch:
        _warm_torch()
    _warm_notebook()
    threads = len(os.listdir("/proc/self/task"))
    if threads != 1:
        raise RuntimeError(f"the template has {threads} threads; it can fork safely from one only")
    gc.freeze()
    gc.enable()
    control.send(READY)
    spans = kernel.huge_page_spans()
    while True:
        _gather_while_idle(control, spans)
        descriptors = _receive_descriptors(control)
        if not descriptors:
            os._exit(0)
        _fork_child(control, descriptors, settings)


def warm_up() -> None:
    """Import, and use once, what the first cell of a lesson would otherwise wait for."""
    _warm_torch()
    _warm_notebook()


def _warm_torch() -> None:
    import torch

    torch.set_num_threads(1)
    model = torch.nn.Linear(2, 1)
    optimizer = torch.optim.Adam(model.parameters())
    loss = torch.nn.functional.mse_loss(model(torch.ones(3, 2)), torch.ones(3, 1))
    torch.autograd.backward([loss])
    optimizer.step()


def _warm_notebook() -> None:
    import course.notebook
    import course.self_check
    import course.values  # noqa: F401
    from course.responder import Responder

    responder = Responder()
    for request in (
        {"op": "cell", "index": 0, "source": _FIRST_CELL, "seconds": 30},
        {"op": "call", "name": "warm", "seconds": 30},
    ):
        if fault := responder.answer(request).get("fault"):
            raise RuntimeError(f"a first {request['op']} failed: {fault}")


def _gather_while_idle(control: socket.socket, spans: list[tuple[int, int]]) -> None:
    """Gather memory in huge pages until there is something better to do: half a second of work in
    all."""
    while spans and not select.select([control], [], [], 0)[0]:
        kernel.use_huge_pages(*spans.pop())


def _receive_descriptors(control: socket.socket) -> list[int]:
    """Return the two sockets of the next child, or nothing when the trusted process is gone."""
    numbers = array.array("i")
    room = socket.CMSG_SPACE(2 * numbers.itemsize)
    message, ancillary, _flags, _address = control.recvmsg(16, room)
    if not message:
        return []
    for _level, _kind, data in ancillary:
        numbers.frombytes(data[: len(data) - len(data) % numbers.itemsize])
    return list(numbers)


def _fork_child(control: socket.socket, descriptors: list[int], settings: Settings) -> None:
    channel, watch = (socket.socket(fileno=number) for number in descriptors)
    with channel, watch:
        if settings.single:
            confine(channel, watch, settings)
        try:
            pid = os.fork()
        except OSError as e:
            watch.send(f"setup fork: {e.strerror}".encode())
            return
        if pid == 0:
            try:
                control.close()
                confine(channel, watch, settings)
            finally:
                os._exit(1)
        os.waitpid(pid, 0)
