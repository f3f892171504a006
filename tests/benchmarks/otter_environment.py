"""A virtual environment for otter-grader, apart from the project's own: their requirements need not agree."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from autograder.source import CHECKOUT

OTTER, TORCH = "otter-grader[grading]==7.0.0", "torch==2.13.0"
# what notebooks import
NOTEBOOKS = ["numpy", "scikit-learn", "matplotlib"]


def cache_folder() -> Path:
    """Return where the environment is kept unless told otherwise."""
    caches = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return caches / "pytorch-zero-to-all"


def otter_command(cache: Path) -> Path:
    """Return the `otter` of an environment under `cache`, which is made if it is not complete: some minutes, 2 GB."""
    folder = cache / f"{OTTER}-{TORCH}".replace("==", "-").replace("[grading]", "")
    complete = folder / "complete"
    if not complete.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        _install(folder, TORCH)  # first and pinned, as in the Makefile
        _install(folder, TORCH, OTTER, *NOTEBOOKS)
        complete.touch()
    # each time, as the checkout may be another: lessons import course.data
    (site_packages(folder) / "checkout.pth").write_text(f"{CHECKOUT}\n")
    return folder / "bin" / "otter"


def site_packages(environment: Path) -> Path:
    """Return the folder that holds an environment's packages."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return environment / "lib" / version / "site-packages"


def _install(environment: Path, *requirements: str) -> None:
    # the versions of what both use are the same
    constraints = ["--constraint", CHECKOUT / "constraints.txt"]
    pip = [environment / "bin" / "python", "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, *constraints, *requirements], check=True)
