"""Turns a fork of the template into a child that can do nothing but compute (P1, P3, P4, P5, P8).

Three processes, each forked from the one before: one that enters new namespaces and ends, the first
process of those namespaces, which is ours to the end (`overseer`), and the one that student code
lives in (`service`).
"""

from __future__ import annotations

import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from . import kernel
from .mounting import mount_own
from .overseer import oversee
from .service import prepare, serve
from .settings import Limits, Settings

Result = TypeVar("Result")

WORK = ".work"
"""The empty directory that a submission starts in; not a name that a checkout below /tmp would
have."""

_NAMESPACES = (
    kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWNET
    | kernel.CLONE_NEWUTS
)


def confine(channel: socket.socket, watch: socket.socket, settings: Settings) -> NoReturn:
    """Enter namespaces of our own, leave their first process behind, and end.

    Where the template is for this submission alone, it is the first process of its namespaces already.
    """

    def enter() -> None:
        if settings.layers.descriptors:
            _close_all_but(channel.fileno(), watch.fileno())
        if settings.layers.namespaces:
            _enter_namespaces()
        if os.fork() == 0:
            _lead(channel, watch, settings)

    if settings.single:
        _lead(channel, watch, settings)
    _or_say_why(watch, enter)
    os._exit(0)


def _lead(channel: socket.socket, watch: socket.socket, settings: Settings) -> NoReturn:
    """Be the first process of the namespaces: prepare them, start the submission's process, watch
    over it."""
    student = 0

    def prepare() -> None:
        nonlocal student
        layers = settings.layers
        if layers.undumpable:
            kernel.set_dumpable(False)
        if _own_namespaces(settings) and layers.mounts:
            mount_own(settings.limits)
        student = os.fork()
        if student == 0:
            _become_student(channel, watch, settings)
        if _own_namespaces(settings) and layers.capabilities:
            kernel.drop_capabilities()

    _or_say_why(watch, prepare)
    channel.close()
    oversee(student, watch, settings)


def _become_student(channel: socket.socket, watch: socket.socket, settings: Settings) -> NoReturn:
    """Give up all that a submission does not need, then serve it."""

    def give_up() -> None:
        layers, limits = settings.layers, settings.limits
        kernel.die_with_parent(signal.SIGKILL)
        if settings.single and layers.descriptors:
            _close_all_but(channel.fileno(), watch.fileno())
        if layers.session:
            # a scheduling group of its own, too, so that no crowd of students keeps the overseer
            # from running
            os.setsid()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        work = Path(settings.home, WORK)
        work.mkdir(exist_ok=True)
        os.chdir(work)
        if layers.undumpable:
            # of its own memory it may read all; the overseer must, to count it
            kernel.set_dumpable(True)
        if layers.limits:
            _limit(limits)
        if _own_namespaces(settings) and layers.capabilities:
            kernel.drop_capabilities()
        kernel.forbid_new_privileges()
        if layers.system_calls:
            kernel.install_filter(settings.filter)

    _or_say_why(watch, give_up)
    responder = _or_say_why(watch, lambda: prepare(channel, settings.layers))
    watch.close()
    serve(channel, responder)


def _own_namespaces(settings: Settings) -> bool:
    """Whether the child has namespaces beside the template's; without, it has no capability to give up either."""
    return settings.layers.namespaces and not settings.single


def _or_say_why(watch: socket.socket, step: Callable[[], Result]) -> Result:
    """Take one step before any student code runs; if it cannot be taken, say so to the trusted
    process and end."""
    try:
        return step()
    except BaseException as e:  # whatever it is: a fork of the template must not return to its loop
        try:
            watch.send(f"setup {_in_words(e)}".encode("utf-8", "replace")[:500])
        finally:
            os._exit(1)


def _in_words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return f"{type(error).__name__}: {error}"


def _close_all_but(*kept: int) -> None:
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nothing, standard)
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2 and int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:  # the listing's own descriptor is closed by now
                continue


def _enter_namespaces() -> None:
    user, group = os.getuid(), os.getgid()
    kernel.unshare(_NAMESPACES)
    # the map belongs to root while the process is not dumpable; nobody else sees this process yet
    kernel.set_dumpable(True)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _limit(limits: Limits) -> None:
    addresses = _address_space() + limits.memory if limits.addresses else resource.RLIM_INFINITY
    for kind, most in (
        (resource.RLIMIT_AS, addresses),
        (resource.RLIMIT_NPROC, limits.processes + 1),  # the overseer is one
        (resource.RLIMIT_FSIZE, limits.disk),
        (resource.RLIMIT_NOFILE, limits.descriptors),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_SIGPENDING, 1024),
    ):
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:  # which is a negative number
            most = hard if most == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))


def _address_space() -> int:
    """Return the bytes of address space that this process has already, nearly all of them the
    template's."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()
