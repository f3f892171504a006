"""Whatever a student does to a notebook's cells, each exercise earns what its code is worth."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from classroom import Classroom, Notebook, cell_of

WRONG = "def double(x):\n    return x"
ALL = {"90-1": 2.0, "90-2": 3.0}
NONE = {"90-1": 0.0, "90-2": 0.0}
ONLY_HALVING = {"90-1": 0.0, "90-2": 3.0}


def flags(notebook: Notebook, grade_id: str) -> dict[str, Any]:
    found: dict[str, Any] = cell_of(notebook, grade_id)["metadata"]["nbgrader"]
    return found


def remove(notebook: Notebook, *grade_ids: str) -> Notebook:
    gone = [cell_of(notebook, grade_id) for grade_id in grade_ids]
    notebook["cells"] = [cell for cell in notebook["cells"] if not any(cell is g for g in gone)]
    return notebook


def duplicated(notebook: Notebook) -> Notebook:
    twin = copy.deepcopy(cell_of(notebook, "90-1-solution")) | {"id": "twin"}
    check = copy.deepcopy(cell_of(notebook, "90-1")) | {"id": "twin-check"}
    notebook["cells"] += [twin, check]
    return notebook


def answered_in_copied_check(notebook: Notebook) -> Notebook:
    twin = copy.deepcopy(cell_of(notebook, "90-1")) | {"id": "twin", "source": "answer = 42"}
    notebook["cells"].insert(0, twin)
    return notebook


def emptied(notebook: Notebook) -> Notebook:
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"] = {}
    return notebook


def all_metadata_gone(notebook: Notebook) -> Notebook:
    for cell in notebook["cells"]:
        cell["metadata"] = {}
    notebook["metadata"] = {}
    return notebook


def ungraded(notebook: Notebook) -> Notebook:
    flags(notebook, "90-1").update(grade=False, locked=False)
    return notebook


def richer(notebook: Notebook) -> Notebook:
    flags(notebook, "90-1").update(points=1000, locked=False, checksum="0" * 32, schema_version=99)
    return notebook


def renamed(notebook: Notebook) -> Notebook:
    flags(notebook, "90-1")["grade_id"] = "free-points"
    flags(notebook, "90-2-solution")["grade_id"] = "my-solution"
    return notebook


def solution_made_graded(notebook: Notebook) -> Notebook:
    flags(notebook, "90-1-solution").update(grade=True, points=100)
    return notebook


def tagged(notebook: Notebook) -> Notebook:
    for cell in notebook["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "raises-exception", "remove_cell", "skip"]
    return notebook


def check_made_text(notebook: Notebook) -> Notebook:
    cell = cell_of(notebook, "90-1")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    return notebook


def solution_made_text(notebook: Notebook) -> Notebook:
    cell = cell_of(notebook, "90-1-solution")
    cell["cell_type"] = "markdown"
    del cell["outputs"], cell["execution_count"]
    return notebook


def text_made_code(notebook: Notebook) -> Notebook:
    text = next(cell for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    text.update(cell_type="code", outputs=[], execution_count=None)
    return notebook


def check_rewritten(notebook: Notebook) -> Notebook:
    cell_of(notebook, "90-1")["source"] = "2.0"
    return notebook


def forged_outputs(notebook: Notebook) -> Notebook:
    forged = {
        "output_type": "execute_result",
        "data": {"text/plain": "2.0", "text/html": "<b>2 of 2 points</b>"},
        "metadata": {"course": {"for_graders": "<b>2 of 2 points</b>"}},
        "execution_count": 1,
    }
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [forged]
    return notebook


def says(code: str) -> Callable[[Notebook], Notebook]:
    """Return what adds `code` to the wrong answer of the first exercise."""

    def changed(notebook: Notebook) -> Notebook:
        cell_of(notebook, "90-1-solution")["source"] += f"\n\n{code}"
        return notebook

    return changed


def result_in_every_cell(notebook: Notebook) -> Notebook:
    code = {
        "cell_type": "code",
        "metadata": {},
        "outputs": [],
        "execution_count": None,
        "source": "2.0",
    }
    notebook["cells"] = [
        each
        for i, cell in enumerate(notebook["cells"])
        for each in (cell, {**code, "id": f"result-{i}"})
    ]
    return notebook


def duplicate_ids(notebook: Notebook) -> Notebook:
    for cell in notebook["cells"]:
        cell["id"] = "same"
    return notebook


def very_long(notebook: Notebook) -> Notebook:
    # larger, once nbgrader has written it out anew, than what may be handed in
    for index in range(90):
        notebook["cells"].append(
            {"cell_type": "markdown", "metadata": {}, "id": f"m{index}", "source": "\n" * 50_000}
        )
    return notebook


def many_cells(notebook: Notebook) -> Notebook:
    count = 2000 - len(notebook["cells"])
    notebook["cells"] += [
        {"cell_type": "markdown", "metadata": {}, "id": f"m{index}", "source": "a"}
        for index in range(count)
    ]
    return remove(notebook, "90-1", "90-2")


SAME_WORTH = {
    "nothing": lambda notebook: notebook,
    "duplicated": duplicated,
    "emptied": emptied,
    "without-metadata": all_metadata_gone,
    "ungraded": ungraded,
    "richer": richer,
    "renamed": renamed,
    "solution-graded": solution_made_graded,
    "tagged": tagged,
    "check-as-text": check_made_text,
    "solution-as-text": solution_made_text,
    "text-as-code": text_made_code,
    "check-rewritten": check_rewritten,
    "answer-in-check": answered_in_copied_check,
    "no-check": lambda notebook: remove(notebook, "90-1"),
    "no-checks": lambda notebook: remove(notebook, "90-1", "90-2"),
    "forged-outputs": forged_outputs,
    "prints-score": says("print('2.0')\n2.0"),
    "to-stderr": says("import sys\nprint('oops', file=sys.stderr)"),
    "warns": says("import warnings\nwarnings.warn('careful')"),
    "raises": says("1 / 0"),
    "exits": says("raise SystemExit"),
    "results": result_in_every_cell,
    "duplicate-ids": duplicate_ids,
    "very-long": very_long,
    "many-cells": many_cells,
}
"""Changes that are worth nothing, to a right notebook and to a wrong one."""


@pytest.fixture(scope="session")
def changed(new_classroom: Callable[..., Classroom]) -> Classroom:
    """A class in which everybody changed something, once around right answers and once around a wrong one."""
    room = new_classroom()
    for name, change in SAME_WORTH.items():
        room.hand_in(f"right-{name}", change(room.filled()))
        room.hand_in(f"wrong-{name}", change(room.filled(double=WRONG)))
    room.hand_in("untouched", room.released())
    room.hand_in("partial", room.filled(halve="def halve(x):\n    return x / 2"))
    room.hand_in("no-solution", remove(room.filled(), "90-1-solution"))
    room.hand_in("nothing-left", {**room.filled(), "cells": []})
    room.hand_in("broken-cell", room.filled(double="def double(x)\n    return 2 * x"))
    room.grade(*sorted(path.name for path in (room.folder / "submitted").iterdir()))
    return room


@pytest.mark.parametrize("name", SAME_WORTH)
def test_change_costs_no_points(changed: Classroom, name: str) -> None:
    assert changed.scores(f"right-{name}") == ALL, changed.rows[f"right-{name}"]


@pytest.mark.parametrize("name", SAME_WORTH)
def test_change_earns_no_points(changed: Classroom, name: str) -> None:
    assert changed.scores(f"wrong-{name}") == ONLY_HALVING, changed.rows[f"wrong-{name}"]


def test_untouched_assignment_earns_nothing(changed: Classroom) -> None:
    assert changed.scores("untouched") == NONE


def test_tests_that_pass_earn_their_share(changed: Classroom) -> None:
    assert changed.scores("partial") == {"90-1": 2.0, "90-2": 2.0}


def test_deleted_solution_loses_its_exercise_alone(changed: Classroom) -> None:
    assert changed.scores("no-solution") == ONLY_HALVING


def test_notebook_without_cells_is_a_zero_with_reasons(changed: Classroom) -> None:
    report = changed.rows["nothing-left"].report
    assert report is not None and changed.scores("nothing-left") == NONE
    assert "double is not defined" in json.dumps(report.as_dict())


def test_broken_cell_loses_its_exercise_alone(changed: Classroom) -> None:
    assert changed.scores("broken-cell") == ONLY_HALVING


def test_every_row_agrees_with_the_gradebook(changed: Classroom) -> None:
    for student, row in changed.rows.items():
        assert row.report is not None, row
        reported = {r.exercise.id: r.score for r in row.report.results}
        assert reported == changed.scores(student), student


def order(notebook: Notebook) -> list[str]:
    found = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in notebook["cells"]]
    return [grade_id for grade_id in found if grade_id]


@pytest.mark.parametrize(
    "student", ["right-nothing", "right-no-checks", "no-solution", "right-renamed"]
)
def test_each_cell_is_put_back_in_its_place(changed: Classroom, student: str) -> None:
    assert order(changed.autograded(student)) == ["90-1-solution", "90-1", "90-2-solution", "90-2"]


def test_missing_solution_is_put_back_under_its_heading(changed: Classroom) -> None:
    notebook = changed.autograded("no-solution")
    texts = ["".join(cell["source"]) for cell in notebook["cells"]]
    heading = next(i for i, text in enumerate(texts) if text.startswith("## Exercise 90-1"))
    assert texts[heading + 1].startswith("# this cell was missing")


def test_answer_is_commented_with_what_to_mend(changed: Classroom) -> None:
    comments = changed.comments("wrong-nothing")
    assert comments["90-1-solution"] and "double" in comments["90-1-solution"]
    assert not comments["90-2-solution"]


def test_answer_whose_cell_stopped_is_commented_with_why(changed: Classroom) -> None:
    comment = changed.comments("broken-cell")["90-1-solution"]
    assert comment and "raised SyntaxError" in comment


def test_unwritten_answer_is_called_so(changed: Classroom) -> None:
    assert changed.comments("untouched")["90-1-solution"] == "Nothing is written here yet."


def test_check_cell_holds_its_verdict_alone(changed: Classroom) -> None:
    for student in ("wrong-forged-outputs", "wrong-results", "wrong-to-stderr"):
        outputs = cell_of(changed.autograded(student), "90-1")["outputs"]
        assert [o["output_type"] for o in outputs] == ["execute_result"]
        assert outputs[0]["data"]["text/plain"] == ["0.0"]


READS = """
def double(x):
    with open("data.csv") as file:
        assert file.read() == "the lesson's own data\\n"
    return 2 * x
"""


def test_lesson_files_lie_beside_the_notebook(new_classroom: Callable[..., Classroom]) -> None:
    room = new_classroom()
    room.hand_in("without", room.filled(double=READS))
    folder = room.hand_in("changed", room.filled(double=READS))
    (folder / "data.csv").write_text("forged")
    (folder / "notes.txt").write_text("mine")
    room.grade("without", "changed")
    assert room.scores("without") == room.scores("changed") == ALL
