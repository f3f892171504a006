"""What a sandbox is told when it starts: how much a submission may use (P4), and the layers that
hold it."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, dataclass, field

MIB = 1 << 20

COVERED = ("/proc/keys", "/proc/key-users")
"""Files that no namespace empties: they name the keys of their user."""


@dataclass(frozen=True)
class Limits:
    """How much one submission may use, all its processes together unless said otherwise."""

    memory: int = 2048 * MIB
    """Bytes of memory, its part of the template's included; for one process also of address space
    beyond the template's."""
    processes: int = 64
    """Processes and threads at one time."""
    disk: int = 256 * MIB
    """Bytes of /tmp, and again of /dev/shm; the largest file."""
    inodes: int = 8192
    """Files in /tmp, and again in /dev/shm."""
    descriptors: int = 256
    """Open files of one process."""
    reply: int = 64 * MIB
    """Bytes of one reply."""
    addresses: bool = True
    """Whether a process's address space is limited, too; CUDA reserves more of it than any limit would allow."""
    lifetime: float = 3600.0
    """Seconds from `open` to the end, whatever is asked."""


@dataclass(frozen=True)
class Layers:
    """The steps of a child's confinement, each on unless a test takes it away to prove that it
    matters."""

    descriptors: bool = True
    """Close every descriptor but the child's own channel (P1, P3)."""
    namespaces: bool = True
    """Namespaces of its own: user, pid, mount, ipc, net, uts (P3, P5, P8)."""
    mounts: bool = True
    """A fresh /proc, and /tmp and /dev/shm of its own, sized (P1, P3, P4)."""
    session: bool = True
    """A session of its own, without the terminal of who grades (P7), which bubblewrap's is as well."""
    undumpable: bool = True
    """No process of ours in the sandbox lets its memory be read (P1)."""
    watchdog: bool = True
    """The first process of the child kills it when all its processes use too much memory (P4)."""
    limits: bool = True
    """The kernel's limits for a process: memory, processes, files, cores (P4)."""
    capabilities: bool = True
    """Give up every capability, in the child's own namespace too (P9)."""
    system_calls: bool = True
    """Refuse the system calls that no exercise needs (P3, P8, P9)."""
    seeds: bool = True
    """Every child starts its random numbers alike, whatever ran before it (P3)."""


@dataclass(frozen=True)
class Settings:
    """What the template is started with."""

    limits: Limits = field(default_factory=Limits)
    layers: Layers = field(default_factory=Layers)
    filter: bytes = b""
    """The system-call filter, compiled outside for this machine's kind of processor."""
    single: bool = False
    """The template is for one submission only, and watches over it itself: all that is around the template was made
    for that submission."""
    home: str = "/tmp"
    """The folder in which the submission's working directory is made."""
    torch: bool = True
    """The template imports torch, which takes it most of its time; what attacks a sandbox may do without."""

    def to_json(self) -> str:
        """Return the settings as one line of text."""
        encoded = base64.b64encode(self.filter).decode()
        return json.dumps(
            {
                **{"limits": asdict(self.limits), "layers": asdict(self.layers)},
                **{"filter": encoded, "single": self.single, "home": self.home},
                "torch": self.torch,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Settings:
        """Return the settings that `to_json` wrote."""
        data = json.loads(text)
        return cls(
            Limits(**data["limits"]),
            Layers(**data["layers"]),
            base64.b64decode(data["filter"]),
            data["single"],
            data["home"],
            data["torch"],
        )
