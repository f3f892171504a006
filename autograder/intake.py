"""What a student handed in, before anything of it is opened: plain files with plain names, nothing else."""

from __future__ import annotations

import mimetypes
import os
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from traitlets.log import get_logger

from course.feedback import printable

MAX_FILE = 50 * 2**20
MAX_TOTAL = 100 * 2**20
MAX_FILES = 200
MAX_DEPTH = 8
_PLAIN = re.compile(r"[\w.][\w .()+@-]{0,150}")
# formgrader serves what lies beside a notebook from Jupyter's own origin, where a page may do all that the TA may
_ACTIVE = re.compile(r"text/html|application/hta|text/javascript|.*[/+]xml|message/rfc822")


class IntakeError(Exception):
    """A submission holds something that must not be opened; the message says what."""


def take_in_folder_of(notebooks: list[str], assignment: str, student: str) -> None:
    """nbgrader's pre_convert_hook: take in the folder of one submission before nbgrader copies it.

    nbgrader swallows what a hook raises; `demand_plain` refuses the submission later if this did not succeed.
    """
    if not notebooks:
        return
    folder = Path(notebooks[0]).parent
    if folder.name == assignment and folder.parent.parent.name == "submitted":
        # nbgrader goes on with this very list
        notebooks.clear()
        for note in take_in(folder):
            get_logger().warning(printable(f"{folder.parent.name}: {note}"))
        notebooks += [str(path) for path in sorted(folder.glob("*.ipynb"))]


def take_in(folder: Path) -> list[str]:
    """Make the submission in submitted/<student>/<lesson> safe to open; return what was done, in words.

    What is refused is moved to refused/<student>/<lesson>/<number>, never deleted and never followed.
    """
    refused = _unused(_beside(folder, "refused"))
    if folder.is_symlink() or folder.parent.is_symlink():
        raise IntakeError(f"{folder} is a link to another folder: put the submission itself there")
    if not folder.is_dir():
        raise IntakeError(
            f"{folder} is not a folder: the notebook belongs into a folder of that name"
        )
    notes = []
    for path, why in list(_refusals(folder)):
        _set_aside(path, folder, refused)
        notes.append(f"{path.name[:60]} was set aside: {why}")
    return notes + _restore_name(folder) + _check_timestamp(folder, refused)


def demand_plain(folder: Path) -> None:
    """Raise `IntakeError` if something in `folder` is yet to be refused."""
    if folder.is_symlink() or folder.parent.is_symlink():
        raise IntakeError(f"{folder} is a link to another folder")
    for path, why in _refusals(folder):
        raise IntakeError(f"{path.name} was not accepted: {why}")


def missing(notebook: Path) -> str:
    """Return that there is no notebook to be graded, what there is instead, and what was set aside at earlier times."""
    folder = notebook.parent
    there = sorted(p.name + "/" * p.is_dir() for p in folder.iterdir() if p.name != "timestamp.txt")
    names = ", ".join(there)[:120]
    said = [f"there is no {notebook.name} in {folder}" + (f", but {names}" if names else "")]
    refused = _beside(folder, "refused")
    if refused.is_dir():
        said.append(f"what was set aside is in {refused}")
    return "; ".join(said)


def _beside(folder: Path, top: str) -> Path:
    """Return the folder for a submission under another one of the course's than submitted/."""
    return folder.parents[2] / top / folder.parent.name / folder.name


def _unused(refused: Path) -> Path:
    number = 1
    while (refused / str(number)).exists():
        number += 1
    return refused / str(number)


def _set_aside(path: Path, folder: Path, refused: Path) -> None:
    target = refused / path.relative_to(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    path.rename(target)


def _refusals(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yield what may not stay in `folder`, and why; what is inside a refused folder goes with it."""
    notebook = folder / f"{folder.name}.ipynb"
    waiting, files, total = [folder], 0, 0
    while waiting:
        for path in sorted(waiting.pop().iterdir()):
            facts = path.lstat()
            files += 1
            depth = len(path.relative_to(folder).parts)
            why = _refusal(path.name, facts)
            if path != notebook:  # however much lies beside it
                why = why or _excess(files, total + facts.st_size, depth)
            if why:
                yield path, why
                continue
            total += facts.st_size
            if stat.S_ISDIR(facts.st_mode):
                waiting.append(path)


def _refusal(name: str, facts: os.stat_result) -> str:
    """Return why something of this name and sort may not stay, or nothing if it may."""
    if not _PLAIN.fullmatch(name):
        return "its name has unusual characters"
    if stat.S_ISDIR(facts.st_mode):
        return ""
    if not stat.S_ISREG(facts.st_mode):
        return "it is not a regular file (links and devices are not opened)"
    if facts.st_nlink > 1:
        return "it is a hard link to another file"
    if facts.st_size > MAX_FILE:
        return f"it is larger than {MAX_FILE // 2**20} MiB"
    if _ACTIVE.fullmatch(mimetypes.guess_type(name)[0] or ""):
        return "a page or picture of its kind can carry a script"
    return ""


def _excess(files: int, total: int, depth: int) -> str:
    """Return of what there is too much, if of anything."""
    if files > MAX_FILES:
        return f"there are more than {MAX_FILES} files"
    if total > MAX_TOTAL:
        return f"the files are larger than {MAX_TOTAL // 2**20} MiB together"
    return f"folders are nested more than {MAX_DEPTH} deep" if depth > MAX_DEPTH else ""


def _restore_name(folder: Path) -> list[str]:
    """Give a renamed notebook its name back, where it is clear which one is meant.

    A copy in renamed/ tells, when a notebook of that name is handed in once more, that the one beside it is its elder.
    """
    wanted = folder / f"{folder.name}.ipynb"
    found = [p for p in sorted(folder.iterdir()) if p.suffix.lower() == ".ipynb" and p != wanted]
    if len(found) != 1 or not found[0].is_file():
        return []
    copy = _beside(folder, "renamed") / found[0].name
    if wanted.exists() and not _is_copy(wanted, copy):
        return []
    copy.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(found[0], copy)
    found[0].replace(wanted)
    return [f"{found[0].name} was graded as {wanted.name}"]


def _is_copy(path: Path, other: Path) -> bool:
    return path.is_file() and other.is_file() and path.read_bytes() == other.read_bytes()


def _check_timestamp(folder: Path, refused: Path) -> list[str]:
    path = folder / "timestamp.txt"
    if not path.exists() or _is_date(path):
        return []
    _set_aside(path, folder, refused)
    return ["timestamp.txt was set aside: it holds no date (one that was known before stands)"]


def _is_date(path: Path) -> bool:
    """Whether nbgrader will find a date in the file, read as nbgrader reads it."""
    # two seconds of imports, of no use to the processes that grade
    from nbgrader.utils import parse_utc

    try:
        text = path.read_text().strip()
        return len(text) < 100 and (not text or parse_utc(text) is not None)
    # whatever a date parser raises on somebody's text, the text holds no date
    except (ValueError, OverflowError, OSError, TypeError, AttributeError, Warning):
        return False


def others_beside(notebook: Path) -> tuple[str, ...]:
    """Return a note on other notebooks in a submission: which one was meant is the student's to say."""
    others = sorted(path.name for path in notebook.parent.glob("*.ipynb") if path != notebook)
    names = ", ".join(others)[:80]
    return (f"{names} was not graded: it lies beside {notebook.name}",) if others else ()


def files_of(folder: Path, notebook: str) -> dict[str, bytes]:
    """Return the plain files that lie beside a notebook, by name: what its cells may read."""
    beside = [p for p in sorted(folder.iterdir()) if p.suffix != ".ipynb" and p.name != notebook]
    return {p.name: p.read_bytes() for p in beside if p.is_file() and not p.is_symlink()}
