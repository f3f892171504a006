"""The bubblewrap command that the template runs in: what it sees of the machine, and as whom (P1,
P8, P9).

It sees the interpreter with its packages, the `course` package, and our own few files for the
inside, each bound read-only and on its own; never the checkout, whose hidden graders an editable
install puts on `sys.path`.
"""

from __future__ import annotations

import grp
import importlib.util
import os
import pwd
import shlex
import shutil
import site
import sys
import sysconfig
from pathlib import Path

from autograder.sandbox.errors import SandboxUnavailable
from autograder.sandbox.inside.settings import COVERED, Limits

_HERE = Path(__file__).parent
_CHECKOUT = _HERE.parent.parent
# where a package made from a checkout would lay what a student must not read
_SECRETS = ("autograder", "solutions")
_JAIL = Path("/jail")
# where root gathers what is shown: covered, in a mount namespace of its own
_STAGES = (Path("/mnt"), Path("/media"), Path("/srv"))
_FREE_IDS = range(60600, 61184)
"""Ids that Debian and systemd give to nobody."""

_ENVIRONMENT = {
    "HOME": "/tmp",
    "USER": "student",
    "LANG": "C.UTF-8",
    "IPYTHONDIR": "/tmp/.ipython",
    "MPLCONFIGDIR": "/tmp/.matplotlib",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    # one thread each: more of them are slower here, and change the last digits
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    # each arena reserves 64 MiB of the address space that is limited
    "MALLOC_ARENA_MAX": "2",
}


def command(*arguments: str, single: Limits | None = None, gpu: bool = False) -> list[str]:
    """Return the command that runs our inside with `arguments`; it needs no privilege and, as root,
    gives root up.

    With `single` it is made for one submission within these limits, whose overseer is the first process in there;
    with `gpu` that one may use this machine's NVIDIA devices.
    Raises `SandboxUnavailable` when a program or a package that it needs is missing.
    """
    _program("bwrap", "bubblewrap")
    shown = binds()
    if os.geteuid() != 0:
        return [*_bwrap(shown, single, gpu), *arguments]
    stage = _stage(shown)
    staged = {target: stage / str(number) for number, target in enumerate(shown)}
    script = "\n".join(["set -e", *_staging(stage, shown, staged), 'exec "$@"'])
    return [
        *(_program("unshare", "util-linux"), "--mount", "--propagation", "private"),
        *("sh", "-c", script, "sh"),
        *(_program("setpriv", "util-linux"), *_as_nobody()),
        *_bwrap(staged, single, gpu),
        *arguments,
    ]


def bare_command(folder: Path, *arguments: str) -> list[str]:
    """Return the command that runs our inside as any other program of this user, from `folder`: no sandbox at all."""
    for target, source in binds().items():
        if target.parent == _JAIL:
            (folder / target.name).symlink_to(source)
    return [sys.executable, "-I", str(folder), *arguments]


def bare_environment(folder: Path) -> dict[str, str]:
    """Return the environment of a program that is run so: a sandbox's, with its own places in `folder`."""
    moved = {k: v.replace("/tmp", str(folder), 1) for k, v in _ENVIRONMENT.items()}
    return {**moved, "TMPDIR": str(folder)}


def _bwrap(shown: dict[Path, Path], single: Limits | None, gpu: bool = False) -> list[str]:
    """Return the command up to our own arguments; `shown` says where each path inside comes
    from."""
    line = ["bwrap", "--unshare-all", "--unshare-user", "--die-with-parent", "--new-session"]
    line += ["--cap-drop", "ALL", "--hostname", "sandbox", "--clearenv"]
    for name, value in _ENVIRONMENT.items():
        line += ["--setenv", name, value]
    line += ["--proc", "/proc", "--dev", "/dev"]
    if single is None:
        line += ["--size", str(64 << 20), "--tmpfs", "/tmp"]
    else:
        line += ["--as-pid-1"]
        # elsewhere the child covers its own: where /proc is covered, no other may be mounted
        for names in filter(os.path.exists, COVERED):
            line += ["--ro-bind", "/dev/null", names]
        for folder in ("/tmp", "/dev/shm"):
            line += ["--size", str(single.disk), "--tmpfs", folder]
    if gpu:
        for device in nvidia_devices():
            line += ["--dev-bind", str(device), str(device)]
        line += ["--ro-bind", "/sys", "/sys"]
    for link in (Path("/lib"), Path("/lib64")):
        if link.is_symlink():
            line += ["--symlink", str(link.readlink()), str(link)]
    for target, source in shown.items():
        line += ["--ro-bind", str(source), str(target)]
    # the judge's own training loops and mistakes would answer some exercises
    for secret in [*_hidden(list(shown)), _JAIL / "course" / "judge"]:
        line += ["--tmpfs", str(secret), "--remount-ro", str(secret)]
    line += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]
    return [*line, "--", sys.executable, "-I", str(_JAIL)]


def nvidia_devices() -> list[Path]:
    """Return the device files of this machine's NVIDIA GPUs."""
    return sorted(Path("/dev").glob("nvidia*"))


def binds() -> dict[Path, Path]:
    """Return what is bound: path inside -> path outside, outer folders first."""
    prefixes = [Path(prefix) for prefix in (sys.base_prefix, sys.prefix)]
    multiarch = sysconfig.get_config_var("MULTIARCH") or "lib64"
    wanted = [prefix / name for prefix in prefixes for name in ("lib", "lib64", "pyvenv.cfg")]
    wanted += [Path(folder) for folder in site.getsitepackages()]
    wanted += [Path("/usr/lib") / multiarch, Path("/lib") / multiarch, Path("/usr/lib64")]
    wanted += [Path("/lib64"), Path("/etc/ld.so.cache")]
    shown = {path: path for path in _without_other_names(wanted)}
    for path in list(shown):
        if any(path != other and path.is_relative_to(other) for other in shown):
            del shown[path]
    shown[Path(sys.executable)] = Path(sys.executable).resolve()
    shown[_JAIL / "__main__.py"] = _HERE / "inside" / "__main__.py"
    shown[_JAIL / "inside"] = _HERE / "inside"
    shown[_JAIL / "course"] = _course()
    return shown


def _without_other_names(paths: list[Path]) -> list[Path]:
    """Return those `paths` that exist, sorted, each place under one name: its own if that is
    wanted."""
    names: dict[Path, Path] = {}
    for path in sorted(set(paths)):
        place = path.resolve()
        if path.exists() and (path == place or place not in names):
            names[place] = path
    return sorted(names.values())


def _course() -> Path:
    found = importlib.util.find_spec("course")
    if found is None or found.origin is None:
        raise SandboxUnavailable("the package `course` is not installed: pip install -e .")
    return Path(found.origin).parent


def _hidden(folders: list[Path]) -> list[Path]:
    """Return our own folders that lie within what is shown, to be covered; `SandboxUnavailable` if
    more would show."""
    checkout = _CHECKOUT.resolve()
    holders = [folder for folder in folders if checkout.is_relative_to(folder.resolve())]
    if not holders:
        return []
    if checkout not in (Path(packages).resolve() for packages in site.getsitepackages()):
        raise SandboxUnavailable(
            f"submissions may read {holders[0]}, and the course lies in it: move it elsewhere"
        )
    shown_as = [folder / checkout.relative_to(folder.resolve()) for folder in holders]
    return [place / name for place in shown_as for name in _SECRETS if (checkout / name).exists()]


def _stage(shown: dict[Path, Path]) -> Path:
    """Return a folder that may be covered since nothing that is shown lies in it."""
    for stage in _STAGES:
        if stage.is_dir() and not any(s.resolve().is_relative_to(stage) for s in shown.values()):
            return stage
    raise SandboxUnavailable(f"none of {', '.join(map(str, _STAGES))} is free: sudo mkdir /media")


def _staging(stage: Path, shown: dict[Path, Path], staged: dict[Path, Path]) -> list[str]:
    """Return shell lines that make every bound path reachable for a user who may not enter private
    folders."""
    lines = [f"mount -t tmpfs -o mode=0755,size=1m,nosuid,nodev tmpfs {stage}"]
    for target, source in shown.items():
        place = staged[target]
        make = "mkdir" if source.is_dir() else "touch"
        lines.append(f"{make} {place}")
        lines.append(f"mount --bind {shlex.quote(str(source))} {place}")
    return lines


def _as_nobody() -> list[str]:
    """Return setpriv's options for a user who owns nothing: as kernel user 0 some limits would not
    count."""
    taken = {user.pw_uid for user in pwd.getpwall()} | {group.gr_gid for group in grp.getgrall()}
    free = next(number for number in _FREE_IDS if number not in taken)
    identity = ["--reuid", str(free), "--regid", str(free), "--clear-groups"]
    return [*identity, "--inh-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]


def _program(name: str, package: str) -> str:
    if shutil.which(name) is None:
        raise SandboxUnavailable(f"{name} is missing: sudo apt-get install {package}")
    return name
