"""Why a sandbox did not start, as one sentence with the command that helps (P10)."""

from __future__ import annotations

import re
from pathlib import Path

_NAMESPACES_REFUSED = re.compile(
    "new namespace|uid map|user namespace|unshare|Operation not permitted|Permission denied"
)
_MODULE = re.compile(r"No module named '([^'.]+)")
# each says no to namespaces when it has this value; with the command that changes it
_SWITCHES = {
    "kernel/apparmor_restrict_unprivileged_userns": ("1", "0"),
    "kernel/unprivileged_userns_clone": ("0", "1"),
    "user/max_user_namespaces": ("0", "10000"),
}


def why_not_started(errors: str) -> str:
    """Return what the standard error of a template that did not start says about this machine."""
    last = errors.strip().splitlines()[-1][:300] if errors.strip() else "it said nothing"
    if module := _MODULE.search(errors):
        return f"the sandbox cannot import {module[1]}: pip install {module[1]}"
    if _NAMESPACES_REFUSED.search(last):
        return (
            f"this machine refuses the namespaces that a sandbox is made of ({last}): {_remedy()}"
        )
    return f"the sandbox did not start ({last}): see docs/security.md"


def _remedy() -> str:
    for name, (bad, good) in _SWITCHES.items():
        switch = Path("/proc/sys") / name
        if switch.exists() and switch.read_text().strip() == bad:
            return f"sudo sysctl -w {name.replace('/', '.')}={good}"
    options = ("seccomp=unconfined", "apparmor=unconfined", "systempaths=unconfined")
    return "start the container with " + " ".join(f"--security-opt {o}" for o in options)
