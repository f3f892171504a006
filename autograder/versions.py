"""By what a submission is judged, as digests: a result stands for as long as neither of them has changed."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from autograder.source import CHECKOUT, LessonSource
from course.lesson import KNOWN_MISTAKES

# they grade the graders, or are built from what is digested already
_NO_JUDGES = "right_answers.py", "wrong_answers.py", KNOWN_MISTAKES
_LIBRARIES = "torch", "numpy", "pytest", "ipython", "execnb", "scikit-learn", "matplotlib"


class OtherVersion(Exception):
    """The graders here are not those that were asked for; the message says where and what to do."""


def graders_version(source: LessonSource) -> str:
    """Return the digest of all that decides the points of a lesson: its text, its graders, its limits, its data."""
    files = [path for path in source.folder.iterdir() if path.is_file()]
    judging = [p for p in files if p.name not in _NO_JUDGES and p.suffix not in (".ipynb", ".pyc")]
    return digest_of(judging, source.folder)


@functools.cache
def judge_version() -> str:
    """Return the digest of what judges every lesson: this code, and the libraries that student code meets."""
    graders_side = [CHECKOUT / "autograder" / name for name in ("grading.py", "running.py")]
    folders = CHECKOUT / "course", CHECKOUT / "autograder" / "sandbox"
    files = [path for folder in folders for path in folder.rglob("*") if _is_code(path)]
    return digest_of([*files, *graders_side], CHECKOUT, *map(_installed, _LIBRARIES))


def _is_code(path: Path) -> bool:
    return path.suffix in (".py", ".cfg") and "commands" not in path.parts


def _installed(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return library


def digest_of(files: Iterable[Path], root: Path, *more: str) -> str:
    """Return one digest of the names below `root`, and the contents, of `files`, and of what `more` says."""
    told = hashlib.sha256("\n".join(more).encode())
    for path in sorted(files):
        told.update(f"\0{path.relative_to(root)}\0".encode())
        told.update(hashlib.sha256(path.read_bytes()).digest())
    return told.hexdigest()
