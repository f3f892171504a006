"""What a student handed in, before anything of it is opened: plain files with plain names, nothing else."""

from __future__ import annotations

import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from dateutil import parser as dates

MAX_FILE = 50 * 2**20
MAX_FILES = 200
_PLAIN = re.compile(r"[\w][\w .()+@-]{0,150}")


def take_in_folder_of(notebooks: list[str], assignment: str, student: str) -> None:
    """nbgrader's pre_convert_hook: take in the folder of one submission before nbgrader copies it."""
    if not notebooks:
        return
    folder = Path(notebooks[0]).parent
    if folder.name == assignment and folder.parent.parent.name == "submitted":
        take_in(folder)
        # nbgrader goes on with this very list
        notebooks[:] = [str(path) for path in sorted(folder.glob("*.ipynb"))]


def take_in(folder: Path) -> list[str]:
    """Make the submission in submitted/<student>/<lesson> safe to open; return what was done, in words.

    What is refused is moved to refused/<student>/<lesson>, never deleted and never followed.
    """
    refused = folder.parents[2] / "refused" / folder.parent.name / folder.name
    notes = []
    for path, why in list(_refusals(folder)):
        target = refused / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        path.rename(target)
        notes.append(f"{path.name} was set aside: {why}")
    return notes + _restore_name(folder) + _check_timestamp(folder, refused)


def _refusals(folder: Path) -> Iterator[tuple[Path, str]]:
    if folder.is_symlink():
        return
    for count, path in enumerate(_walk(folder)):
        facts = path.lstat()
        if stat.S_ISDIR(facts.st_mode):
            continue
        if not stat.S_ISREG(facts.st_mode):
            yield path, "it is not a regular file (links and devices are not opened)"
        elif facts.st_nlink > 1:
            yield path, "it is a hard link to another file"
        elif facts.st_size > MAX_FILE:
            yield path, f"it is larger than {MAX_FILE // 2**20} MiB"
        elif not _PLAIN.fullmatch(path.name):
            yield path, "its name has unusual characters"
        elif count >= MAX_FILES:
            yield path, f"there are more than {MAX_FILES} files"


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        yield path
        if path.is_dir() and not path.is_symlink():
            yield from _walk(path)


def _restore_name(folder: Path) -> list[str]:
    """Give a renamed notebook its name back, where it is clear which one is meant."""
    wanted = folder / f"{folder.name}.ipynb"
    found = sorted(folder.glob("*.ipynb"))
    if wanted.exists() or len(found) != 1:
        return []
    found[0].rename(wanted)
    return [f"{found[0].name} was graded as {wanted.name}"]


def _check_timestamp(folder: Path, refused: Path) -> list[str]:
    path = folder / "timestamp.txt"
    if not path.exists():
        return []
    try:
        dates.parse(path.read_text().strip())
        return []
    except (ValueError, OverflowError, OSError):
        refused.mkdir(parents=True, exist_ok=True)
        path.rename(refused / path.name)
        return ["timestamp.txt was set aside: it holds no date"]


def files_of(folder: Path, notebook: str) -> dict[str, bytes]:
    """Return the plain files that lie beside a notebook, by name: what its cells may read."""
    return {
        path.name: path.read_bytes()
        for path in _plain_files(folder)
        if path.suffix != ".ipynb" and path.name != notebook
    }


def _plain_files(folder: Path) -> Sequence[Path]:
    return [p for p in sorted(folder.iterdir()) if p.is_file() and not p.is_symlink()]
