"""The recipe for a container, checked as far as that goes without an engine to build it."""

from __future__ import annotations

import json
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
STEPS = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text())


def steps(name: str) -> list[str]:
    """Return what follows each instruction of that name."""
    return re.findall(rf"^{name} (.+)$", STEPS, re.MULTILINE)


def test_interpreter_is_one_that_the_package_takes():
    (base,) = steps("FROM")
    minor = re.fullmatch(r"python:3\.(\d+)-slim-bookworm", base)
    wanted = re.search(r"python_requires = >=3\.(\d+)", (ROOT / "setup.cfg").read_text())
    assert minor and wanted and int(minor[1]) >= int(wanted[1])


def test_sandbox_finds_its_programs():
    installed = set(next(step for step in steps("RUN") if "apt-get install" in step).split())
    # what .ci/sandbox-tools installs, and what root needs for its detour
    assert {"bubblewrap", "libseccomp2", "util-linux"} <= installed


def test_packages_are_those_of_the_makefile():
    pinned = re.search(r"torch==[\d.]+", (ROOT / "Makefile").read_text())
    assert pinned and pinned[0] in STEPS
    assert STEPS.count("-c constraints.txt") == 2
    assert steps("COPY") == [". ."] and steps("WORKDIR") == ["/opt/course", "/course"]
    assert json.loads(steps("ENTRYPOINT")[0]) == ["course"]
    assert json.loads(steps("CMD")[0]) == ["doctor", "--ta"]


def test_nobody_is_root_in_it():
    assert steps("USER") == ["1000:1000"]


def test_image_holds_nothing_that_git_does_not_hold():
    ignored = {line.removeprefix("**/").rstrip("/") for line in _lines(".dockerignore")}
    for line in _lines(".gitignore"):
        name = line.rstrip("/")
        assert name in ignored or (name == "solutions/*/*.ipynb" and "*.ipynb" in ignored)


def _lines(name: str) -> list[str]:
    lines = (ROOT / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
