"""What is to be graded of a submission: what its key depends on, and whose pictures are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from classroom import Classroom

from autograder.running import TimeLimits
from autograder.submitted_notebook import cells_for_nbgrader
from autograder.work import Work, work_of


@pytest.fixture(scope="module")
def classroom(new_classroom: Callable[..., Classroom]) -> Classroom:
    made = new_classroom()
    made.hand_in("ada", made.filled())
    return made


def work(classroom: Classroom, *, draw_examples: bool = False) -> Work:
    path = classroom.submission("ada") / f"{classroom.lesson}.ipynb"
    cells = cells_for_nbgrader(path, classroom.source)
    return work_of(
        *(classroom.folder, classroom.lesson, "ada", cells),
        limits=TimeLimits(),
        device="cpu",
        draw_examples=draw_examples,
    )


def test_examples_are_not_drawn_and_what_a_student_wrote_is(classroom):
    done = work(classroom)
    undrawn = [cell.source for cell in done.cells if cell.number in done.undrawn]
    assert any(source.startswith("print(") for source in undrawn)
    assert not any("def double" in source for source in undrawn)
    assert not work(classroom, draw_examples=True).undrawn


def test_changed_example_is_drawn(classroom):
    notebook = classroom.filled()
    (example,) = [c for c in notebook["cells"] if "".join(c["source"]).startswith("print(")]
    example["source"] = "print('mine')"
    classroom.hand_in("ada", notebook)
    done = work(classroom)
    (cell,) = [cell for cell in done.cells if "mine" in cell.source]
    assert cell.number not in done.undrawn


def test_key_depends_on_every_part(classroom):
    done = work(classroom)
    changes = {
        "notebook": {"cells": done.cells[:-1]},
        "files": {"files": {**done.files, "more.csv": b"1"}},
        "graders": {"graders": "others"},
        "judge": {"judge": "another"},
        "secret": {"seed": "another"},
        "limits": {"limits": TimeLimits(cell=1.0)},
    }
    for part, change in changes.items():
        other = replace(done, **change)
        assert [name for name in done.parts if done.parts[name] != other.parts[name]] == [part]
        assert other.key != done.key
    assert replace(done, device="cuda").key != done.key
    assert done.parts.keys() == changes.keys()


def test_key_does_not_depend_on_what_decides_nothing(classroom):
    notebook = classroom.filled()
    classroom.hand_in("ada", notebook)
    first = work(classroom).key
    notebook["metadata"] = {"kernelspec": {"name": "python3", "language": "python"}}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = []
            cell["execution_count"] = 7
    classroom.hand_in("ada", notebook)
    (classroom.folder / "solutions/lesson90/wrong_answers.py").write_text("# more of them\n")
    assert work(classroom).key == first
