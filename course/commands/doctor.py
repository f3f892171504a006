"""course doctor: says what is installed here, what is missing, and how to get it."""

from __future__ import annotations

import importlib
import importlib.util
import platform
from collections.abc import Iterator
from importlib import metadata
from itertools import chain

import click

_NEEDED = {
    "torch": "pip install torch (on a machine without a GPU: see https://pytorch.org/get-started for the CPU build)",
    "numpy": "pip install numpy",
    "matplotlib": "pip install matplotlib",
    "execnb": 'pip install "execnb>=0.2.10,<0.3"',
    "pytest": "pip install pytest",
}
_OPTIONAL = {
    "notebook": "pip install notebook (to work in Jupyter; any other notebook editor will do)"
}


@click.command("doctor")
@click.option(
    "--ta",
    "grading",
    is_flag=True,
    help="Say, too, whether this machine can grade: attack its sandbox.",
)
def command(grading: bool) -> None:
    """Say what is installed here, what is missing, and how to get it; ends with 1 if something is."""
    fine = True
    findings = _findings()
    if grading:
        findings = chain(findings, _findings_for_graders())
    for good, text in findings:
        fine = fine and good is not False
        mark = {True: "✓", False: "✗", None: "–"}[good]
        click.secho(f"{mark} {text}", fg={True: "green", False: "red", None: "yellow"}[good])
    raise SystemExit(0 if fine else 1)


def _findings() -> Iterator[tuple[bool | None, str]]:
    """Yield what was found: True for good, False for missing, None for a thing to know."""
    yield True, f"Python {platform.python_version()}"  # pip has refused any that is too old
    for name, remedy in _NEEDED.items():
        yield _package(name, remedy)
    for name, remedy in _OPTIONAL.items():
        found, text = _package(name, remedy)
        yield found or None, text
    if importlib.util.find_spec("torch"):
        yield _device()


def _findings_for_graders() -> Iterator[tuple[bool | None, str]]:
    if importlib.util.find_spec("autograder") is None:
        yield False, "graders are not installed here, only what students need: see the README, TAs"
        return
    findings: Iterator[tuple[bool | None, str]] = importlib.import_module(
        "autograder.doctor"
    ).findings()
    yield from findings


def _package(name: str, remedy: str) -> tuple[bool, str]:
    try:
        return True, f"{name} {metadata.version(name)}"
    except metadata.PackageNotFoundError:
        return False, f"{name} is not installed: {remedy}"


def _device() -> tuple[bool | None, str]:
    try:
        import torch
    except (ImportError, OSError) as e:
        return False, f"torch is installed but cannot be loaded ({e}): reinstall it"
    if torch.cuda.is_available():
        return True, f"CUDA device: {torch.cuda.get_device_name()}"
    return None, "no CUDA device: everything runs on the CPU, which is enough for all lessons"
