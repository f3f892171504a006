"""The single source: percent cells become nbgrader's source notebook, or the author is told what is wrong."""

import json
import os
from pathlib import Path

import pytest

from autograder.source import LessonSource, SourceError
from course.notebook import read

TEXT = '''\
# %% [markdown]
# # Lesson 13: Doubling
#
# ## Exercise 13-1: Twice

# %%
import math

# %%
def double(x):
    """Return 2 x."""
    ### BEGIN SOLUTION
    return math.prod([2, x])
    ### END SOLUTION


# %% points=2
check("13-1")
'''


def source(tmp_path: Path, text: str = TEXT) -> LessonSource:
    folder = tmp_path / "lesson13"
    folder.mkdir(exist_ok=True)
    (folder / "lesson13.py").write_text(text)
    return LessonSource(folder)


def test_cells_carry_nbgraders_flags(tmp_path: Path) -> None:
    flags = [cell.flags for cell in read(source(tmp_path).notebook).cells if cell.flags]
    solution, check = flags
    assert (solution["grade_id"], solution["solution"], solution["locked"]) == (
        "13-1-solution",
        True,
        False,
    )
    assert (check["grade_id"], check["grade"], check["locked"], check["points"]) == (
        "13-1",
        True,
        True,
        2.0,
    )


def test_build_is_the_same_every_time(tmp_path: Path) -> None:
    first = source(tmp_path).notebook.read_bytes()
    source(tmp_path).notebook.unlink()
    assert source(tmp_path).notebook.read_bytes() == first


def test_notebook_is_built_anew_when_the_text_is_newer(tmp_path: Path) -> None:
    old = source(tmp_path)
    assert "Twice" in old.notebook.read_text()
    old.text.write_text(TEXT.replace("Twice", "Two times"))
    later = old.notebook.stat().st_mtime_ns + 10**9
    os.utime(old.text, ns=(later, later))
    assert "Two times" in old.notebook.read_text()


def test_cell_ids_are_unique_and_depend_on_content_alone(tmp_path: Path) -> None:
    twice = TEXT.replace("# %%\nimport math\n", "# %%\nimport math\n\n# %%\nimport math\n")
    ids = [cell["id"] for cell in json.loads(source(tmp_path, twice).notebook.read_text())["cells"]]
    assert len(set(ids)) == len(ids)
    once = [cell["id"] for cell in json.loads(_fresh(tmp_path / "other").read_text())["cells"]]
    assert set(once) < set(ids)


def _fresh(folder: Path) -> Path:
    folder.mkdir()
    return source(folder).notebook


def test_reference_has_the_solutions_names(tmp_path: Path) -> None:
    assert source(tmp_path).names().double(4) == 8


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("# %% points=2", "# %%", "needs points above 0"),
        ("# %% points=2", "# %% pionts=2", "unknown settings"),
        ('check("13-1")', 'check("13-1")\n\n# %% points=1\ncheck("13-1")', "no twin"),
        ("    ### BEGIN SOLUTION\n", "", "a solution cell before it"),
        ('# %% points=2\ncheck("13-1")\n', "", "must be followed by a check cell"),
    ],
)
def test_authors_mistake_is_told_in_words(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(SourceError, match=says):
        _ = source(tmp_path, TEXT.replace(old, new)).notebook
