"""A checkout and an environment that lie where a child has folders of its own: they work, and show
no more than elsewhere (P1, P3, P5)."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import Sandbox, jail

CHECKOUT = Path(__file__).parents[3]
LOOK = """
import os
def imports():
    import torch, wave, xmlrpc.client, sklearn.linear_model
    weight = torch.ones(1, requires_grad=True)
    weight.sum().backward()
    torch.optim.Adam([weight]).step()
    return [m.__file__ for m in (torch, wave, sklearn)]
def files(place):
    found = []
    for folder, folders, names in os.walk(place):
        folders[:] = [n for n in folders if n != "lib"]
        found += [os.path.join(folder, n) for n in names]
    return found
def readable(paths):
    return [path for path in paths if os.access(path, os.R_OK) or os.path.exists(path)]
def mounts(place):
    with open("/proc/self/mountinfo") as table:
        lines = [line.split() for line in table]
    points = {line[4].replace("\\\\040", " "): line[5] for line in lines}
    return {point: options for point, options in points.items() if point.startswith(place + "/")}
def attacks(place, environment):
    library = environment + "/lib"
    tried = {
        "write": lambda: open(library + "/trace", "w"),
        "change": lambda: open(environment + "/pyvenv.cfg", "a"),
        "remove": lambda: os.rmdir(library),
        "rename": lambda: os.rename(library, place + "/other"),
        "mode": lambda: os.chmod(library, 0o777),
    }
    done = []
    for name, attempt in tried.items():
        try: attempt(); done.append(name)
        except OSError: pass
    return done
def leave(path):
    with open(path, "w") as file: file.write("trace")
def is_there(path): return os.path.exists(path)
def room(folder):
    figures = os.statvfs(folder)
    return figures.f_blocks * figures.f_frsize
"""
SCRIPT = """
import json, sys
from contextlib import ExitStack
from autograder.sandbox import Limits, Sandbox, jail, self_test
place, base, source, *secrets = sys.argv[1:]
with Sandbox(Limits(disk=32 << 20)) as sandbox, ExitStack() as children:
    def opened():
        child = children.enter_context(sandbox.open())
        child.ask({"op": "cell", "index": 0, "source": source, "seconds": 30}, 30)
        def call(name, *args):
            reply = child.ask({"op": "call", "name": name, "args": args, "seconds": 30}, 30)
            return reply.get("value", reply.get("fault"))
        return call
    one, two = opened(), opened()
    one("leave", place + "/trace")
    json.dump({
        "prefix": sys.prefix,
        "checkout": str(jail._CHECKOUT),
        "escapes": self_test(sandbox),
        "imports": one("imports"),
        "files": two("files", base),
        "secrets": two("readable", secrets),
        "mounts": two("mounts", place),
        "attacks": two("attacks", place, sys.prefix),
        "own trace": one("is_there", place + "/trace"),
        "sibling's trace": two("is_there", place + "/trace"),
        "room": two("room", base),
    }, sys.stdout)
"""


@dataclass(frozen=True)
class Told:
    """What a sandbox told whose environment and checkout lie in `place`, below `base`."""

    base: str
    place: str
    environment: str
    facts: dict[str, Any]


@pytest.fixture(scope="module", params=["/tmp", "/dev/shm"])
def told(request: pytest.FixtureRequest, sandbox: Sandbox) -> Iterator[Told]:
    if sys.prefix == sys.base_prefix:
        pytest.skip("only a virtual environment can be shown elsewhere")
    place = tempfile.mkdtemp(dir=request.param, prefix="a place ")
    try:
        yield _run_in(place, request.param)
    finally:
        shutil.rmtree(place)


def _run_in(place: str, base: str) -> Told:
    """Run the script with this checkout and this environment bound below `place`, which costs
    nothing."""
    checkout, prefix = f"{place}/checkout", Path(sys.prefix)
    Path(place, "gradebook.db").write_text("what a student must not read")
    line = ["bwrap", "--dev-bind", "/", "/", "--bind", str(CHECKOUT), checkout]
    if prefix.is_relative_to(CHECKOUT):
        environment = f"{checkout}/{prefix.relative_to(CHECKOUT)}"
    else:
        environment = f"{place}/environment"
        line += ["--bind", str(prefix), environment]
    line += ["--setenv", "PYTHONPATH", checkout, "--chdir", checkout, "--"]
    line += [f"{environment}/bin/{Path(sys.executable).name}", "-P", "-W", "error", "-c", SCRIPT]
    secrets = [f"{checkout}/{path}" for path in ("autograder", "solutions", ".git", "setup.cfg")]
    line += [place, base, LOOK, *secrets, f"{place}/gradebook.db"]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stderr
    return Told(base, place, environment, json.loads(ended.stdout))


def test_runs_from_the_place(told: Told):
    assert told.facts["prefix"] == told.environment
    assert told.facts["checkout"] == f"{told.place}/checkout"


def test_canary_finds_no_way_out(told: Told):
    assert told.facts["escapes"] == []


def test_late_imports_find_their_packages(told: Told):
    torch, _wave, sklearn = told.facts["imports"]
    assert torch.startswith(f"{told.environment}/lib/")
    assert sklearn.startswith(f"{told.environment}/lib/")


def test_only_the_environment_is_shown(told: Told):
    environment = Path(told.environment)
    python = environment / "bin" / Path(sys.executable).name
    # what a library has written since, into folders of its own
    ours = {name for name in told.facts["files"] if name.startswith("/tmp/.")}
    assert {*told.facts["files"]} - ours == {str(environment / "pyvenv.cfg"), str(python)}


def test_checkout_and_what_lies_beside_it_are_not_shown(told: Told):
    assert told.facts["secrets"] == []


def test_what_is_shown_is_read_only(told: Told):
    assert f"{told.environment}/lib" in told.facts["mounts"]
    for options in told.facts["mounts"].values():
        assert {"ro", "nosuid", "nodev"} <= set(options.split(","))
    assert told.facts["attacks"] == []


def test_siblings_share_nothing_there(told: Told):
    assert told.facts["own trace"] is True
    assert told.facts["sibling's trace"] is False


def test_disk_is_still_bounded(told: Told):
    assert told.facts["room"] == 32 << 20


def test_stage_of_root_covers_nothing_that_is_shown(tmp_path: Path):
    assert jail._stage({}) == Path("/mnt")
    assert jail._stage({tmp_path: Path("/mnt/environment/lib")}) == Path("/media")


def test_linked_environment_is_bound_under_its_own_name(tmp_path: Path):
    real, linked = tmp_path / "real", tmp_path / "linked"
    (real / "lib").mkdir(parents=True)
    (real / "lib64").symlink_to("lib")
    linked.symlink_to(real)
    assert jail._without_other_names([real / "lib", real / "lib64"]) == [real / "lib"]
    assert jail._without_other_names([linked / "lib", linked / "lib64"]) == [linked / "lib"]
    assert jail._without_other_names([linked / "lib", real / "lib"]) == [real / "lib"]


def test_checkout_within_the_packages_is_covered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    packages, linked = tmp_path / "packages", tmp_path / "linked"
    (packages / "solutions").mkdir(parents=True)
    linked.symlink_to(packages)
    monkeypatch.setattr(jail, "_CHECKOUT", packages)
    monkeypatch.setattr(jail.site, "getsitepackages", lambda: [str(linked)])
    assert jail._hidden([linked]) == [linked / "solutions"]
