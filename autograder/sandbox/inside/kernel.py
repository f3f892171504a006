"""The few calls of the Linux kernel that Python has no name for, each raising `OSError` when it is
refused."""

from __future__ import annotations

import ctypes
import os
import re
from pathlib import Path

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 0x1
MS_NOSUID = 0x2
MS_NODEV = 0x4
MS_NOEXEC = 0x8
MS_REMOUNT = 0x20
MS_BIND = 0x1000
MS_REC = 0x4000
MS_PRIVATE = 0x40000

_MADV_COLLAPSE = 25
_HUGE_PAGE = 2 << 20
_SPAN = 8 << 20
"""Gathered at a time: some 15 ms of work."""
_ANONYMOUS = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 +(?:\[heap\])?$", re.MULTILINE
)

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP = 22
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4
_SECCOMP_MODE_FILTER = 2
_LINUX_CAPABILITY_VERSION_3 = 0x20080522
_BYTES_PER_INSTRUCTION = 8

_libc = ctypes.CDLL(None, use_errno=True)


class _FilterProgram(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def _check(result: int, what: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Give this process new namespaces, those that `flags` name."""
    _check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount a file system of `kind` on `target`."""
    kind_bytes = kind.encode() if kind is not None else None
    result = _libc.mount(
        os.fsencode(source),
        os.fsencode(target),
        kind_bytes,
        ctypes.c_ulong(flags),
        options.encode(),
    )
    _check(result, f"mount on {target}")


def set_dumpable(dumpable: bool) -> None:
    """Say whether other processes of the same user may read this one's memory."""
    _prctl("dumpable", _PR_SET_DUMPABLE, int(dumpable))


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when its parent ends."""
    _prctl("death signal", _PR_SET_PDEATHSIG, signal_number)


def huge_page_spans() -> list[tuple[int, int]]:
    """Return this process's own memory as pieces, start and length, for `use_huge_pages`."""
    spans: list[tuple[int, int]] = []
    for start, end in _ANONYMOUS.findall(Path("/proc/self/maps").read_text()):
        first = -(-int(start, 16) // _HUGE_PAGE) * _HUGE_PAGE
        last = int(end, 16) // _HUGE_PAGE * _HUGE_PAGE
        spans += [(at, min(_SPAN, last - at)) for at in range(first, last, _SPAN)]
    return spans


def use_huge_pages(start: int, length: int) -> None:
    """Gather a piece of this process's own memory in huge pages; with all of it gathered, each
    later fork is some four times faster.

    Kernels before 6.1 cannot, and forks are then just slower.
    """
    _libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(length), _MADV_COLLAPSE)


def drop_capabilities() -> None:
    """Give up every capability for good, also for programs that this process executes."""
    _prctl("ambient capabilities", _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    last = int(Path("/proc/sys/kernel/cap_last_cap").read_text())
    for capability in range(last + 1):
        _prctl("bounding set", _PR_CAPBSET_DROP, capability)
    header = (ctypes.c_uint32 * 2)(_LINUX_CAPABILITY_VERSION_3, 0)
    none = (ctypes.c_uint32 * 6)()
    _check(_libc.capset(header, none), "capset")


def forbid_new_privileges() -> None:
    """Make set-user-id programs run without their privileges; a filter may be installed only
    then."""
    _prctl("no new privileges", _PR_SET_NO_NEW_PRIVS, 1)


def install_filter(program: bytes) -> None:
    """Put this process and all that it starts under a compiled system-call filter."""
    buffer = ctypes.create_string_buffer(program, len(program))
    filter_program = _FilterProgram(
        len(program) // _BYTES_PER_INSTRUCTION, ctypes.cast(buffer, ctypes.c_void_p)
    )
    address = ctypes.addressof(filter_program)
    _prctl("system-call filter", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, address)


def _prctl(what: str, option: int, argument: int, address: int = 0) -> None:
    result = _libc.prctl(option, *(ctypes.c_ulong(n) for n in (argument, address, 0, 0)))
    _check(result, what)
