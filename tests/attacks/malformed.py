"""Submissions that are no notebook, or no plain file: each is a row with a reason (P6)."""

from __future__ import annotations

import gzip
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

from attack import ESCAPED, TRIED, Attack

Tree = dict[str, Any]
Lay = Callable[[Path, Path], None]
NAME = "lesson3.ipynb"


def _wrong(course: Path, first: str = "") -> Tree:
    """Return a notebook of wrong answers that says when it has come to its end."""
    released = json.loads((course / "assignments/lesson3" / NAME).read_text())
    return Attack("", "", "", first=first, last=f"print({TRIED!r})").notebook(released, "")


def _bytes(data: bytes) -> Lay:
    """Hand in these bytes as the notebook."""
    return lambda course, folder: _write(folder / NAME, data)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _text(change: Callable[[str], str | bytes]) -> Lay:
    """Hand in a notebook whose JSON text was changed."""

    def lay(course: Path, folder: Path) -> None:
        text = change(json.dumps(_wrong(course)))
        _write(folder / NAME, text.encode() if isinstance(text, str) else text)

    return lay


def _tree(**changes: Any) -> Lay:
    """Hand in a notebook that has these values at its top."""
    return _text(lambda text: json.dumps({**json.loads(text), **changes}))


def _cells(change: Callable[[list[Tree]], object]) -> Lay:
    """Hand in a notebook whose cells were changed."""

    def changed(text: str) -> str:
        tree = json.loads(text)
        change(tree["cells"])
        return json.dumps(tree)

    return _text(changed)


def _around(spread: Callable[[Path, Path], object], *read: str) -> Lay:
    """Hand in a notebook that reads the files named `read`, with other things around it."""
    first = f"""
for name in {read!r}:
    try: print({ESCAPED!r}, open(name, errors="replace").read(100_000))
    except OSError: pass
"""

    def lay(course: Path, folder: Path) -> None:
        _write(folder / NAME, json.dumps(_wrong(course, first)).encode())
        spread(course, folder)

    return lay


def _another_students(course: Path, folder: Path) -> None:
    (folder / NAME).symlink_to(course / "submitted/victim/lesson3" / NAME)


def _another_students_folder(course: Path, folder: Path) -> None:
    folder.rmdir()
    folder.symlink_to(course / "submitted/victim/lesson3")


def _links_beside(course: Path, folder: Path) -> None:
    (folder / "book.txt").symlink_to(course / "gradebook.db")
    (folder / "secret.txt").symlink_to(course / ".offering_secret")
    (folder / "graders.txt").symlink_to(course / "solutions/lesson3/hidden_test.py")
    (folder / "others").symlink_to(course / "submitted/victim")


def _devices_beside(course: Path, folder: Path) -> None:
    os.mknod(folder / "talk.txt", stat.S_IFSOCK | 0o600)
    os.mkfifo(folder / "wait.txt")
    try:
        os.mknod(folder / "endless.txt", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    except PermissionError:  # only root makes devices
        os.mkfifo(folder / "endless.txt")


def _odd_names(course: Path, folder: Path) -> None:
    names = [
        "a\nhonest 13 of 13",
        "\x1b]0;owned\x07",
        "\u202efdp.exe",
        "-rf",
        "$(reboot)",
        "n" * 255,
    ]
    for name in [*map(str.encode, names), b"..\\..\\gradebook.db", b"\xff\xfe.csv"]:
        _write(folder / os.fsdecode(name), b"odd")


def _many_files(course: Path, folder: Path) -> None:
    for number in range(300):
        _write(folder / f"{number}.txt", b"")


def _deep_folders(course: Path, folder: Path) -> None:
    deep = folder / "/".join("d" * 400)
    deep.mkdir(parents=True)
    _write(deep / "deep.txt", b"")


def _large(path: Path, size: int) -> None:
    with path.open("ab") as file:
        file.truncate(size)


def _graders_of_his_own(course: Path, folder: Path) -> None:
    passes = "import pytest\n@pytest.mark.exercise('3-1')\ndef test_all_is_well(): pass\n"
    for name in ("hidden_test.py", "public_test.py", "test_more.py"):
        _write(folder / name, passes.encode())
    for name in (
        "conftest.py",
        "nbgrader_config.py",
        "sitecustomize.py",
        "pytest.ini",
        "setup.cfg",
    ):
        _write(folder / name, b"raise SystemExit('loaded')")


def _modules_of_his_own(course: Path, folder: Path) -> None:
    names = (
        "IPython matplotlib_inline matplotlib execnb decorator course autograder json socket struct"
    )
    names += (
        " random numpy torch pandas PIL readline sqlite3 asyncio usercustomize pyseccomp _strptime"
    )
    for name in names.split():
        _write(folder / f"{name}.py", b"import os\nos._exit(0)\n")
    for program in ("python", "bwrap", "jupyter"):
        _write(folder / program, b"#!/bin/sh\nkill -9 $PPID\n")
        (folder / program).chmod(0o6777)


def _two_of_other_names(course: Path, folder: Path) -> None:
    for name in ("lesson3 (final).ipynb", "lesson3 (final) (really).ipynb"):
        _write(folder / name, json.dumps(_wrong(course)).encode())


def _of_another_name(course: Path, folder: Path) -> None:
    _write(folder / "Untitled.ipynb", json.dumps(_wrong(course)).encode())


def _monsters_beside(course: Path, folder: Path) -> None:
    _write(folder / "a.ipynb", b"[" * 1_000_000)
    _write(folder / "lesson3-copy.ipynb", b'{"cells": null}')
    _write(folder / "z.ipynb", json.dumps({"cells": [{"source": "\n" * 5_000_000}]}).encode())


def _no_folder(course: Path, folder: Path) -> None:
    folder.rmdir()
    _write(folder, json.dumps(_wrong(course)).encode())


def _unheard_of(cells: list[Tree]) -> None:
    """Give cells types, metadata and outputs that no Jupyter writes."""
    cells[0]["cell_type"] = "heading"
    cells[1]["metadata"] = [1, 2]
    cells[2]["metadata"] = {"nbgrader": {"grade_id": ["3-1"], "grade": "yes", "points": -1e308}}
    del cells[3]["metadata"]
    for cell in cells[4:]:
        cell["id"] = "all the same"
        cell["attachments"] = {"../../x.svg": {"image/svg+xml": "<svg onload=alert(1)>"}}
        cell["outputs"] = [{"output_type": "wild", "data": {"a/b": {"c": [1]}}}, None, 3]


def _nested(depth: int) -> str:
    return "[" * depth + "]" * depth


READ = "was set aside"
"""What a note says of something that may not stay beside a notebook."""

FOLDERS = [
    Attack(
        "a link to another student's notebook",
        tries="to hand in what somebody else wrote",
        gets="no grade, since links are not followed",
        lay=_another_students,
        ends="not a regular file",
    ),
    Attack(
        "a hard link to another student's notebook",
        tries="to hand in the very file of somebody else",
        gets="no grade: a file with two names is not opened",
        lay=lambda course, folder: os.link(
            course / "submitted/victim/lesson3" / NAME, folder / NAME
        ),
        ends="hard link to another file",
    ),
    Attack(
        "a link in place of the lesson's folder",
        tries="to hand in the whole folder of somebody else",
        gets="no grade",
        lay=_another_students_folder,
        ends="link to another folder",
    ),
    Attack(
        "a file in place of the lesson's folder",
        tries="to have the batch fall over a folder that is none",
        gets="no grade, and words on what is wrong",
        lay=_no_folder,
        ends=r"(?i)not a (directory|folder)",
    ),
    Attack(
        "a pipe for a notebook",
        tries="to have whoever opens it wait for ever",
        gets="no grade: pipes are not opened",
        lay=lambda course, folder: os.mkfifo(folder / NAME),
        ends="not a regular file",
    ),
    Attack(
        "a folder for a notebook",
        tries="to be opened as a file",
        gets="no grade",
        lay=lambda course, folder: (folder / NAME / NAME).mkdir(parents=True),
        ends=f"there is no {NAME}",
    ),
    Attack(
        "links beside the notebook",
        tries="to have gradebook, secret, graders and another's work copied to where its cells read",
        gets="its links set aside",
        lay=_around(
            _links_beside, "book.txt", "secret.txt", "graders.txt", f"others/lesson3/{NAME}"
        ),
        ends=rf"book\.txt {READ}: it is not a regular file",
    ),
    Attack(
        "devices beside the notebook",
        tries="to have endless files copied, or waited for",
        gets="its devices set aside",
        lay=_around(_devices_beside, "endless.txt", "wait.txt", "talk.txt"),
        ends=rf"endless\.txt {READ}: it is not a regular file",
    ),
    Attack(
        "names that steer",
        tries="to have a terminal, a shell or another system act on its file names",
        gets="its files set aside",
        lay=_around(_odd_names),
        ends=rf"n {READ}: its name has unusual characters",
    ),
    Attack(
        "three hundred files",
        tries="to have more copied than anybody needs",
        gets="the rest set aside",
        lay=_around(_many_files),
        ends="there are more than 200 files",
    ),
    Attack(
        "folders in folders",
        tries="to exhaust whoever walks through them",
        gets="its folders set aside",
        lay=_around(_deep_folders),
        ends="nested more than 8 deep",
    ),
    Attack(
        "files larger than all others together",
        tries="to have them copied to the judge, the autograded folder and the feedback",
        gets="its files set aside",
        lay=_around(lambda course, folder: [_large(folder / f"{n}.bin", 45 << 20) for n in "abc"]),
        ends="larger than 100 MiB together",
    ),
    Attack(
        "graders of its own",
        tries="to have its own tests and configuration loaded in place of the course's",
        gets="files that nobody loads",
        lay=_around(_graders_of_his_own),
    ),
    Attack(
        "modules of its own",
        tries="to have the judge import or start its files before it runs a cell, and end over it",
        gets="files that only its own cells can import",
        lay=_around(_modules_of_his_own),
    ),
    Attack(
        "pages beside the notebook",
        tries="to have formgrader serve its page from Jupyter's own origin",
        gets="its page set aside",
        lay=_around(lambda course, folder: _write(folder / "me.svg", b"<svg onload='alert(1)'/>")),
        ends=rf"me\.svg {READ}: a page or picture of its kind",
    ),
    Attack(
        "two notebooks of other names",
        tries="to leave open which one is meant",
        gets="no grade, and words on which name is wanted",
        lay=_two_of_other_names,
        ends=f"there is no {NAME}",
    ),
    Attack(
        "a notebook of another name",
        tries="to be overlooked",
        gets="a grade, and a note",
        lay=_of_another_name,
        ends=rf"Untitled\.ipynb was graded as {NAME}",
    ),
    Attack(
        "monsters beside the notebook",
        tries="to have nbgrader convert all notebooks that it finds",
        gets="a grade for the one that was asked for",
        lay=_around(_monsters_beside),
        ends=f"was not graded: it lies beside {NAME}",
    ),
]

TIMES = [
    Attack(
        f"a time stamp that {what}",
        tries="to stop nbgrader, which wants a date in timestamp.txt",
        gets="a grade, and a note",
        lay=_around(lambda course, folder, data=data: _write(folder / "timestamp.txt", data)),
        ends="timestamp.txt was set aside: it holds no date",
    )
    for what, data in {
        "is no date": b"yesterday, I think",
        "lies in year 9999999": b"9999999-01-01 00:00:00 UTC",
        "is no text": bytes(range(256)) * 1000,
    }.items()
]

READABLE = [
    Attack(
        name,
        tries=tries,
        gets="zero points, like the same answers in a plain notebook",
        lay=lay,
    )
    for name, tries, lay in (
        (
            "cells unheard of",
            "to stop nbgrader by types, metadata, outputs and attachments that no Jupyter writes",
            _cells(_unheard_of),
        ),
        (
            "the same key twice",
            "to be one notebook for the judge and another for who looks at it",
            _text(lambda text: '{"cells": [], "nbformat": 3, ' + text[1:]),
        ),
        (
            "numbers that are none",
            "to stop whoever takes JSON at its word",
            _text(lambda text: '{"a": NaN, "b": [-Infinity, 1e999], ' + text[1:]),
        ),
        (
            "a format of the future",
            "to be refused by nbformat, or upgraded by it",
            _tree(nbformat=99, nbformat_minor=-1, metadata=[]),
        ),
        (
            "half a character",
            "to stop whoever writes its text to a file",
            _cells(lambda cells: cells[1].update(source="x = '\ud800'  # \udfff")),
        ),
        (
            "metadata eight hundred deep",
            "to exhaust the stack of whoever copies it",
            _cells(
                lambda cells: cells[1].update(
                    metadata={"nbgrader": {"grade_id": "3-1", "x": json.loads(_nested(800))}}
                )
            ),
        ),
    )
]

REFUSED = [
    Attack(
        name,
        tries=tries,
        gets="zero points, and words on why it cannot be read",
        lay=lay,
        ends=ends,
    )
    for name, tries, lay, ends in (
        ("an empty file", "to be no notebook at all", _bytes(b""), f"{NAME} is empty"),
        (
            "half a file",
            "to stop the reader",
            _text(lambda text: text[: len(text) // 2]),
            "not valid JSON",
        ),
        (
            "a list of notebooks",
            "to stop whoever looks for cells in it",
            _text(lambda text: f"[{text}]"),
            "not a notebook of format 4",
        ),
        (
            "a notebook of another age",
            "to have nbformat convert it",
            _bytes(b'{"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": []}]}'),
            "it says format 3",
        ),
        ("cells that are nothing", "to be walked through", _tree(cells=None), "not a notebook"),
        (
            "a source that is a number",
            "to have a number compiled",
            _cells(lambda cells: cells[1].update(source=1e308)),
            f"cell 2 of {NAME} holds no text",
        ),
        (
            "a cell that is a number",
            "to have a number asked for its source",
            _cells(lambda cells: cells.append(7)),
            r"cell \d+ .*is not a cell",
        ),
        (
            "brackets a hundred thousand deep",
            "to exhaust the parser's stack",
            _bytes(_nested(100_000).encode()),
            "not valid JSON",
        ),
        (
            "a number of five thousand digits",
            "to be refused by Python itself, with words that nobody reads",
            _text(lambda text: f'{{"a": {"9" * 5000}, {text[1:]}'),
            f"{NAME} is not a notebook",
        ),
        (
            "another encoding",
            "to be taken for another text",
            _text(lambda text: text.encode("utf-16")),
            "not UTF-8",
        ),
        (
            "a bomb of zeros",
            "to be unpacked",
            _bytes(gzip.compress(bytes(64 << 20), 1)),
            "not UTF-8",
        ),
        (
            "another language",
            "to be run by another kernel",
            _tree(metadata={"kernelspec": {"name": "ir", "language": "R\n\x1b[31m<b>"}}),
            r"written for the kernel language 'R\\n",
        ),
        (
            "five million lines",
            "to keep the compiler busy, and take all memory",
            _cells(lambda cells: cells[1].update(source="\n" * 5_000_000)),
            "more than 200,000 characters",
        ),
        (
            "ten thousand cells",
            "to have each of them executed",
            _cells(lambda cells: cells.extend([cells[1]] * 10_000)),
            "more than 2000 cells",
        ),
        (
            "thirty million bytes",
            "to have them parsed",
            lambda course, folder: _large(folder / NAME, 30 << 20),
            "larger than 20 MiB",
        ),
        (
            "sixty million bytes",
            "to have them copied",
            lambda course, folder: _large(folder / NAME, 60 << 20),
            "larger than 50 MiB",
        ),
    )
]

_REPLIES = """
import course.values
plain = course.values._encode
def encode(value, blobs, depth):
    if type(value) is dict and set(value) == {"value"}:
        return {"t": "dict", "v": [["value", %s]]}
    return plain(value, blobs, depth)
course.values._encode = encode
print(%r)
"""

REPLIES = [
    Attack(
        f"a reply with {what}",
        tries="to have the judge's own process fall over what its process sends, as if by our fault",
        gets="zero points, and words on what it sent",
        first=_REPLIES % (tree, TRIED),
        ends=ends,
    )
    for what, tree, ends in (
        (
            "a shape beyond all measure",
            '{"t": "tensor", "dtype": "float32", "shape": [2**31] * 7 + [0], "n": 0}',
            "sent a reply that is not data",
        ),
        (
            "an empty shape that overflows when it is used",
            '{"t": "tensor", "dtype": "float32", "shape": [0, 2, 2**31, 2**31], "n": 0}',
            "sent a reply that is not data|of shape|came_back",
        ),
        (
            "a number of four thousand digits",
            "10**3999",
            "sent a reply that is not data|an integer of|came_back",
        ),
    )
]

ATTACKS = [*FOLDERS, *TIMES, *READABLE, *REFUSED, *REPLIES]
