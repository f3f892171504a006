"""A notebook is understood, or refused in words."""

import json
from pathlib import Path

import pytest

from course.notebook import MAX_SOURCE, NotebookError, parse, read


def notebook(*cells: dict[str, object], **metadata: object) -> bytes:
    return json.dumps({"cells": cells, "metadata": metadata, "nbformat": 4}).encode()


def code(source: object, **metadata: object) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "metadata": metadata}


def test_source_may_be_text_or_lines() -> None:
    cells = parse(notebook(code("a = 1\nb"), code(["a = 1\n", "b"]))).cells
    assert cells[0].source == cells[1].source == "a = 1\nb"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"{oops", "not valid JSON"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "not a notebook of format 4"),
        (b'{"worksheets": [], "nbformat": 3}', "format 3"),
        (b'{"cells": 3}', "not a notebook"),
        (b'{"cells": [3]}', "cell 1"),
        (notebook(code(None)), "cell 1"),
        (notebook(code("x" * (MAX_SOURCE + 1))), "characters"),
        (notebook(kernelspec={"language": "R"}), "kernel language 'R'"),
        (b"[" * 100_000, "not valid JSON"),
    ],
)
def test_bad_file_is_refused_in_words(data: bytes, says: str) -> None:
    with pytest.raises(NotebookError, match=says):
        parse(data)


def test_duplicate_ids_do_not_matter() -> None:
    twin = {**code("x = 1"), "id": "same"}
    assert len(parse(notebook(twin, twin)).code) == 2


def test_lone_surrogate_is_replaced() -> None:
    assert parse(notebook(code("x = '\ud800'"))).cells[0].source == "x = '?'"


def test_missing_file_and_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="no notebook at"):
        read(tmp_path / "nothing.ipynb")
    with pytest.raises(NotebookError, match="is a folder"):
        read(tmp_path)


def test_check_cell_is_known_and_not_run() -> None:
    parsed = parse(notebook(code('check("3-1")\n'), code("x = 1")))
    assert parsed.cells[0].check == "3-1"
    assert [cell.source for cell in parsed.code] == ["x = 1"]


def test_students_code_below_a_copied_check_is_run() -> None:
    assert len(parse(notebook(code('check("3-1")\nx = 1'))).code) == 1
    guarded = code('check("3-1")\n### hidden', nbgrader={"grade": True})
    assert parse(notebook(guarded)).code == ()
