"""A child's own /proc, /tmp and /dev/shm, with the packages that lie below them kept in sight (P1,
P3, P4, P5).

An environment may lie below /tmp, as a checkout of continuous integration often does: a plain
new /tmp would hide from the child what its template was started with.
"""

from __future__ import annotations

import os
import re
import stat

from . import kernel
from .settings import COVERED, Limits

_PLAIN = kernel.MS_NOSUID | kernel.MS_NODEV
_ESCAPED = re.compile(r"\\([0-7]{3})")


def mount_own(limits: Limits) -> None:
    """Give this mount namespace file systems that no sibling shares."""
    kernel.mount("none", "/", None, kernel.MS_REC | kernel.MS_PRIVATE)
    kernel.mount("proc", "/proc", "proc", _PLAIN | kernel.MS_NOEXEC)
    for names in filter(os.path.exists, COVERED):
        kernel.mount("/dev/null", names, None, kernel.MS_BIND)
    size = f"mode=0700,size={limits.disk},nr_inodes={limits.inodes}"
    for folder in ("/tmp", "/dev/shm"):
        # held by descriptors, since their names are about to be covered
        kept = {path: os.open(path, os.O_PATH) for path in _mounted_below(folder)}
        kernel.mount("tmpfs", folder, "tmpfs", _PLAIN, size)
        for path, handle in kept.items():
            _show(handle, path)
            os.close(handle)
    # terminals would be shared with siblings
    kernel.mount("tmpfs", "/dev/pts", "tmpfs", _PLAIN | kernel.MS_RDONLY, "mode=0500,size=4k")


def _mounted_below(folder: str) -> list[str]:
    """Return the outermost mount points below `folder`."""
    with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as table:
        points = {_ESCAPED.sub(_character, line.split(" ")[4]) for line in table}
    outermost: list[str] = []
    for point in sorted(points, key=len):
        if point.startswith(f"{folder}/") and not _is_below_any(point, outermost):
            outermost.append(point)
    return outermost


def _character(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 8))


def _is_below_any(path: str, folders: list[str]) -> bool:
    return any(path.startswith(f"{folder}/") for folder in folders)


def _show(handle: int, path: str) -> None:
    """Bind the file or folder that `handle` holds to `path` again, with all that is mounted in
    it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if stat.S_ISDIR(os.fstat(handle).st_mode):
        os.mkdir(path)
    else:
        os.mknod(path)
    kernel.mount(f"/proc/self/fd/{handle}", path, None, kernel.MS_BIND | kernel.MS_REC)
    # bubblewrap made it read-only already; a flag that it has may not be left out here
    present = os.statvfs(path).f_flag & kernel.MS_NOEXEC
    flags = kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY
    kernel.mount("none", path, None, flags | _PLAIN | present)
