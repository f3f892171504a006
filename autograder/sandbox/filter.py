"""The system calls that student code may not make, compiled for the kernel (P3, P5, P8, P9).

What an exercise needs is too wide to list, so this lists what none needs: calls that reach other
processes, make namespaces, talk to the network, keep memory where no limit counts it, or have a
history of holes in the kernel.
"""

from __future__ import annotations

import errno
import socket
import tempfile
from typing import Any

from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.inside import kernel

_OTHER_PROCESSES = """
ptrace process_vm_readv process_vm_writev kcmp pidfd_getfd process_madvise migrate_pages move_pages
setpriority sched_setscheduler sched_setparam sched_setattr ioprio_set
"""
_NAMESPACES = """
unshare setns mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount fspick
mount_setattr name_to_handle_at open_by_handle_at quotactl acct
"""
# memory and names that belong to no process: the overseer cannot count them
_UNCOUNTED = """
memfd_create memfd_secret shmget semget msgget mq_open keyctl add_key request_key io_setup vmsplice
"""
_KERNEL = """
bpf perf_event_open userfaultfd fanotify_init lookup_dcookie syslog kexec_load kexec_file_load
init_module finit_module delete_module reboot swapon swapoff settimeofday clock_settime
clock_adjtime adjtimex sethostname setdomainname personality vhangup
"""
_REFUSED = f"{_OTHER_PROCESSES} {_NAMESPACES} {_UNCOUNTED} {_KERNEL}".split()
_X86 = ("iopl", "ioperm", "modify_ldt")
# programs try these and fall back when the kernel does not have them
_NOT_THERE = ("clone3", "io_uring_setup", "io_uring_enter", "io_uring_register")
_NAMESPACE_FLAGS = (
    kernel.CLONE_NEWUSER,
    kernel.CLONE_NEWPID,
    kernel.CLONE_NEWNS,
    kernel.CLONE_NEWIPC,
    kernel.CLONE_NEWNET,
    kernel.CLONE_NEWUTS,
    kernel.CLONE_NEWCGROUP,
)
_LOW_WORD = 0xFFFFFFFF
# put text into a terminal's input as if it had been typed there
_TERMINAL_REQUESTS = (0x5412, 0x541C)


def compiled_filter() -> bytes:
    """Return the filter as the kernel's own instructions, for this machine's processor.

    Raises `SandboxUnavailable` when libseccomp is not installed.
    """
    try:
        import pyseccomp as sc
    except ImportError as e:
        raise SandboxUnavailable("pyseccomp is missing: pip install pyseccomp") from e
    except RuntimeError as e:
        raise SandboxUnavailable("libseccomp is missing: sudo apt-get install libseccomp2") from e
    rules = sc.SyscallFilter(sc.ALLOW)
    # calls in the manner of another processor family, whose numbers mean something else
    rules.set_attr(sc.Attr.ACT_BADARCH, sc.KILL_PROCESS)
    try:
        _refuse(sc, rules)
    except OSError as e:
        raise SandboxUnavailable(
            "libseccomp is too old: sudo apt-get install --only-upgrade libseccomp2"
        ) from e
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _refuse(sc: Any, rules: Any) -> None:
    """Add every rule; `sc` is the untyped library, `OSError` its word for a name that it does not
    know."""
    refusal = sc.ERRNO(errno.EPERM)
    for name in [*_REFUSED, *(_X86 if sc.system_arch() == sc.Arch.X86_64 else [])]:
        rules.add_rule(refusal, name)
    for name in _NOT_THERE:
        rules.add_rule(sc.ERRNO(errno.ENOSYS), name)
    for flag in _NAMESPACE_FLAGS:
        rules.add_rule(refusal, "clone", sc.Arg(0, sc.MASKED_EQ, flag, flag))
    for name in ("socket", "socketpair"):
        rules.add_rule(sc.ERRNO(errno.EAFNOSUPPORT), name, sc.Arg(0, sc.NE, socket.AF_UNIX))
    for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
        # the overseer reckons with what a socket holds by default
        level = sc.Arg(1, sc.MASKED_EQ, _LOW_WORD, socket.SOL_SOCKET)
        asked = sc.Arg(2, sc.MASKED_EQ, _LOW_WORD, option)
        rules.add_rule(refusal, "setsockopt", level, asked)
    for request in _TERMINAL_REQUESTS:
        rules.add_rule(refusal, "ioctl", sc.Arg(1, sc.MASKED_EQ, _LOW_WORD, request))
    for name in ("prlimit64", "sched_setaffinity"):
        # of itself only: the overseer has the same user
        rules.add_rule(refusal, name, sc.Arg(0, sc.NE, 0))
