"""Each protection of what is handed in and of what is read matters: without it, an attack succeeds (P6, P7).

A test takes one protection away, and hands in what that one holds; where a second holds it as well, both are taken
away, and the test says so.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
import pytest
from attack import Attack
from hostile_class import HONEST, hand_in_honestly, new_course
from nbconvert.exporters import HTMLExporter
from nbconvert.filters import markdown2html
from nbgrader.server_extensions import formgrader
from rich.console import Console
from traitlets.config import Config

import autograder.batch
import autograder.class_report
import autograder.export
import autograder.grading
import autograder.intake
import autograder.submitted_notebook
import course.feedback
import course.notebook
from autograder import pages
from autograder.batch import Row, _Batch, grade_class
from autograder.class_report import grade_table
from autograder.grading import shared_sandbox
from autograder.nbgrader import configure
from autograder.pipeline import Pipeline
from autograder.sandbox import SandboxUnavailable
from autograder.source import LessonSource
from autograder.submitted_notebook import cells_for_nbgrader
from autograder.workers import Here, Workers
from course.feedback import as_html
from course.judge.failure import Finding
from course.lesson import Exercise
from course.notebook import Cell, Notebook, NotebookError
from course.verdict import ExerciseResult, Status, Verdict

NAME = "lesson3.ipynb"
SCRIPT = "<script>alert(1)</script>"
LINK = "[a](javascript:alert(1))"

Patch = pytest.MonkeyPatch


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Pipeline:
    """A course in which an honest student, `victim`, has all right."""
    return new_course(tmp_path_factory.mktemp("layers") / "course", ["lesson3"])


@pytest.fixture
def folder(pipeline: Pipeline, request: pytest.FixtureRequest) -> Path:
    """The folder of a submission of this test's own, which holds nothing yet."""
    student = re.sub(r"\W+", "-", request.node.name)
    found = pipeline.course / "submitted" / student / "lesson3"
    found.mkdir(parents=True)
    return found


def notebook(pipeline: Pipeline, first: str = "") -> dict[str, Any]:
    """Return a notebook of wrong answers that begins with the cell `first`."""
    released = json.loads((pipeline.course / "assignments/lesson3" / NAME).read_text())
    return Attack("", "", "", first=first).notebook(released, "")


def begin(pipeline: Pipeline, folder: Path) -> Any:
    """Take a submission in, as a batch does; return what is to be graded, or its row."""
    return _Batch(pipeline, "lesson3", False).begin(folder.parent.name)


def grade(pipeline: Pipeline, folder: Path) -> Row:
    """Grade a submission in this process, where a protection can be taken away."""
    try:
        shared_sandbox()
    except SandboxUnavailable as e:
        pytest.skip(f"no sandbox here: {e}")
    with Workers(Here(pipeline.course / "solutions")) as workers:
        [row] = grade_class(pipeline, "lesson3", [folder.parent.name], workers, force=True)
    return row


# ---- what is taken in

INTAKE = {
    "a link": lambda victim, path: path.symlink_to(victim),
    "a second name": lambda victim, path: os.link(victim, path),
}


def no_intake(patch: Patch) -> None:
    patch.setattr(autograder.batch, "take_in", lambda folder: [])
    # nbgrader's hook calls it by this name
    patch.setattr(autograder.intake, "take_in", lambda folder: [])


def no_demand(patch: Patch) -> None:
    patch.setattr(autograder.submitted_notebook, "demand_plain", lambda folder: None)


@pytest.mark.parametrize("lay", INTAKE.values(), ids=INTAKE)
def test_without_both_looks_at_a_file_another_students_work_is_graded(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch, lay: Callable[[Path, Path], None]
) -> None:
    """Intake sets aside what is no plain file, and the reader demands plain files again: each holds it alone."""
    lay(pipeline.course / "submitted/victim/lesson3" / NAME, folder / NAME)
    with monkeypatch.context() as patch:
        no_intake(patch)
        assert "was not accepted" in begin(pipeline, folder).reason
        no_demand(patch)
        row = grade(pipeline, folder)
        assert row.report is not None and row.report.score == row.report.points
    with monkeypatch.context() as patch:
        no_demand(patch)
        assert f"there is no {NAME}" in begin(pipeline, folder).reason


def test_without_both_looks_at_a_folder_another_students_work_is_graded(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch
) -> None:
    """A folder that is a link is refused by intake, and by the reader: each holds it alone."""
    folder.rmdir()
    folder.symlink_to(pipeline.course / "submitted/victim/lesson3")
    assert "link to another folder" in begin(pipeline, folder).reason
    no_intake(monkeypatch)
    assert "link to another folder" in begin(pipeline, folder).reason
    no_demand(monkeypatch)
    assert begin(pipeline, folder).work.cells


def test_without_intake_a_link_beside_the_notebook_is_copied(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch
) -> None:
    """The cells themselves are kept from it by a second look, when their files are collected (`files_of`)."""
    (folder / NAME).write_text(json.dumps(notebook(pipeline)))
    (folder / "book.txt").symlink_to(pipeline.course / "gradebook.db")
    no_intake(monkeypatch)
    no_demand(monkeypatch)
    assert "book.txt" not in begin(pipeline, folder).work.files
    grade(pipeline, folder)
    copied = pipeline.course / "autograded" / folder.parent.name / "lesson3" / "book.txt"
    assert copied.read_bytes().startswith(b"SQLite format 3")


def test_without_intake_a_page_is_served_from_the_origin_of_jupyter(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch
) -> None:
    (folder / NAME).write_text(json.dumps(notebook(pipeline)))
    (folder / "me.svg").write_text("<svg onload='alert(1)'/>")
    monkeypatch.setattr(autograder.intake, "_ACTIVE", re.compile("(?!)"))
    assert begin(pipeline, folder).notes == ()
    grade(pipeline, folder)
    assert (pipeline.course / "autograded" / folder.parent.name / "lesson3/me.svg").exists()


def test_without_the_look_at_the_time_stamp_nbgrader_gives_no_points(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch
) -> None:
    hand_in_honestly(pipeline.course, HONEST[0], "stamped")
    folder = pipeline.course / "submitted/stamped/lesson3"
    (folder / "timestamp.txt").write_text("yesterday, I think")
    monkeypatch.setattr(autograder.intake, "_is_date", lambda path: True)
    assert grade(pipeline, folder).report is None
    monkeypatch.undo()
    row = grade(pipeline, folder)
    assert row.report is not None and row.report.score == row.report.points


def _many(pipeline: Pipeline, folder: Path) -> None:
    for number in range(300):
        # behind the notebook, which would be set aside as one too many
        (folder / f"more-{number}.txt").write_bytes(b"")


def _large(pipeline: Pipeline, folder: Path) -> None:
    with (folder / "large.bin").open("wb") as file:
        file.truncate(51 << 20)


def _large_together(pipeline: Pipeline, folder: Path) -> None:
    for name in "abc":
        with (folder / f"{name}.bin").open("wb") as file:
            file.truncate(40 << 20)


@pytest.mark.parametrize(
    ("cap", "spread", "files", "size"),
    [
        ("MAX_FILES", _many, 300, 0),
        ("MAX_FILE", _large, 1, 51 << 20),
        ("MAX_TOTAL", _large_together, 3, 120 << 20),
    ],
)
def test_without_a_cap_of_intake_all_of_it_is_sent_on(
    pipeline: Pipeline,
    folder: Path,
    monkeypatch: Patch,
    cap: str,
    spread: Callable[[Pipeline, Path], None],
    files: int,
    size: int,
) -> None:
    (folder / NAME).write_text(json.dumps(notebook(pipeline)))
    spread(pipeline, folder)
    monkeypatch.setattr(autograder.intake, cap, 1 << 40)
    sent = begin(pipeline, folder).work.files
    assert len(sent) >= files and sum(map(len, sent.values())) >= size
    monkeypatch.undo()
    kept = begin(pipeline, folder)
    assert "set aside" in " ".join(kept.notes)
    assert sum(map(len, kept.work.files.values())) < max(size, 100 << 20)
    assert len(kept.work.files) < len(sent)


def test_without_the_cap_on_depth_folders_are_walked_to_their_end(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch
) -> None:
    (folder / NAME).write_text(json.dumps(notebook(pipeline)))
    (folder / "/".join("d" * 150)).mkdir(parents=True)
    monkeypatch.setattr(autograder.intake, "MAX_DEPTH", 1 << 40)
    assert begin(pipeline, folder).notes == ()
    monkeypatch.undo()
    assert "nested more than 8 deep" in begin(pipeline, folder).notes[0]


# ---- what is read


def _stock(path: Path) -> Notebook:
    """Read a notebook as nbgrader and most programs do."""
    nb = nbformat.read(path, as_version=4)
    return Notebook(
        tuple(Cell(n, c.cell_type, c.source, c.metadata) for n, c in enumerate(nb.cells, 1))
    )


UNREADABLE = {
    "cells that are text": b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": "none"}',
    "bytes of no text": b"\xff\xfe\x00",
    "half a file": b'{"cells": [',
    "brackets without end": b"[" * 100_000,
    "a list": b"[]",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE)
@pytest.mark.filterwarnings("ignore")
def test_without_the_strict_reader_a_notebook_ends_in_a_trace(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch, data: bytes
) -> None:
    """The batch's last resort makes a row even of that, but one with the name of an exception for a reason."""
    (folder / NAME).write_bytes(data)
    source = LessonSource(pipeline.course / "solutions/lesson3")
    assert "could not be read" in cells_for_nbgrader(folder / NAME, source)[0].source
    monkeypatch.setattr(autograder.submitted_notebook, "read", _reads_ours_strictly(folder))
    with pytest.raises(Exception) as raised:  # of one of seven kinds
        cells_for_nbgrader(folder / NAME, source)
    assert not isinstance(raised.value, NotebookError)
    assert re.match(r"\w+(Error|JSON)", begin(pipeline, folder).reason)


def _reads_ours_strictly(folder: Path) -> Callable[[Path], Notebook]:
    """Return a reader that reads what lies in `folder` as most programs do."""
    return lambda path: _stock(path) if path.parent == folder else course.notebook.read(path)


@pytest.mark.parametrize(
    ("cap", "change", "too_much"),
    [
        ("MAX_SOURCE", lambda nb: nb["cells"][1].update(source="\n" * 300_000), "characters"),
        ("MAX_CELLS", lambda nb: nb["cells"].extend([nb["cells"][1]] * 3000), "2000 cells"),
        ("MAX_BYTES", lambda nb: nb.update(x="x" * (21 << 20)), "20 MiB"),
    ],
)
def test_without_a_cap_of_the_reader_all_of_it_is_run(
    pipeline: Pipeline,
    folder: Path,
    monkeypatch: Patch,
    cap: str,
    change: Callable[[dict[str, Any]], None],
    too_much: str,
) -> None:
    tree = notebook(pipeline)
    change(tree)
    (folder / NAME).write_text(json.dumps(tree))
    source = LessonSource(pipeline.course / "solutions/lesson3")
    assert too_much in cells_for_nbgrader(folder / NAME, source)[0].source
    monkeypatch.setattr(course.notebook, cap, 1 << 40)
    read = cells_for_nbgrader(folder / NAME, source)
    assert len(read) == len(tree["cells"])
    assert read[1].source == "".join(tree["cells"][1]["source"])


# ---- what cells put out


def _all_of_it(outputs: Sequence[Mapping[str, Any]]) -> list[Any]:
    return [nbformat.from_dict(output) for output in outputs]


@pytest.mark.parametrize(
    "shows",
    [
        "print('half a character: \\ud800')",
        "import course.shell\ncourse.shell._tidy = lambda output: {'output_type': 'wild'}\nprint(1)",
    ],
    ids=["half a character", "an output of no kind"],
)
def test_without_a_look_at_outputs_one_of_them_takes_all_points(
    pipeline: Pipeline, folder: Path, monkeypatch: Patch, shows: str
) -> None:
    (folder / NAME).write_text(json.dumps(notebook(pipeline, shows)))
    row = grade(pipeline, folder)
    assert row.report is not None
    monkeypatch.setattr(autograder.grading, "kept", _all_of_it)
    assert grade(pipeline, folder).report is None


PRINTS = "for n in range(3000): print(n)"


def test_without_a_limit_a_page_shows_every_line(pipeline: Pipeline, folder: Path) -> None:
    """`kept` cuts what is long in characters; 3000 short lines are not."""
    (folder / NAME).write_text(json.dumps(notebook(pipeline, PRINTS)))
    autograded = pipeline.course / "autograded" / folder.parent.name / "lesson3" / NAME
    for settings, lines in (({}, 200), ({"max_lines": -1}, 3000)):
        limited = Pipeline(pipeline.course, LimitOutput=settings)
        grade(limited, folder)
        [output] = json.loads(autograded.read_text())["cells"][0]["outputs"]
        assert len("".join(output["text"]).strip().splitlines()) == lines


# ---- pages


def page(
    pipeline: Pipeline, *cells: Any, without: str = "", filters: Mapping[str, Any] | None = None
) -> str:
    """Return the feedback page of a notebook of these cells, made without one of its steps."""
    config = Config()
    configure(config, pipeline.course)
    steps = [step for step in config.HTMLExporter.preprocessors if not step.endswith(f".{without}")]
    config.HTMLExporter.preprocessors = steps
    config.HTMLExporter.filters = config.HTMLExporter.filters if filters is None else filters
    config.HTMLExporter.template_name = "feedback"
    own = Path(formgrader.__path__[0])
    config.HTMLExporter.extra_template_basedirs = [str(own / "templates")]
    styles = own / "static/node_modules/bootstrap/dist/css"
    config.HTMLExporter.extra_template_paths = [str(styles)]
    facts = {"notebook": "lesson3", "score": 0, "max_score": 13, "late_penalty": 0}
    nb = nbformat.v4.new_notebook(cells=list(cells))
    made: str = HTMLExporter(config=config).from_notebook_node(nb, {"nbgrader": facts})[0]
    return made.partition("<body>")[2]


def shown(markup: str, **flags: Any) -> Any:
    """Return a cell that has put out `markup`."""
    output = nbformat.v4.new_output("display_data", {"text/html": markup})
    metadata = {"nbgrader": flags} if flags else {}
    return nbformat.v4.new_code_cell("1", outputs=[output], metadata=metadata)


CHECK = {
    "grade": True,
    "grade_id": "3-1",
    "points": 2,
    "score": 0,
    "solution": False,
    "task": False,
}


def test_without_sanitizing_an_output_is_part_of_the_page(pipeline: Pipeline) -> None:
    assert SCRIPT not in page(pipeline, shown(SCRIPT))
    assert SCRIPT in page(pipeline, shown(SCRIPT), without="Sanitize")


def test_without_both_a_raw_cell_is_part_of_the_page(pipeline: Pipeline) -> None:
    """nbconvert's own template cleans raw cells as well, by a filter of its own: each holds it alone."""
    raw = nbformat.v4.new_raw_cell(SCRIPT, metadata={"raw_mimetype": "text/html"})
    unfiltered = {"clean_html": lambda text: text}
    assert SCRIPT not in page(pipeline, raw, without="Sanitize")
    assert SCRIPT not in page(pipeline, raw, filters=unfiltered)
    assert SCRIPT in page(pipeline, raw, without="Sanitize", filters=unfiltered)


def test_without_its_own_list_of_styles_an_output_looks_like_a_verdict(
    pipeline: Pipeline, monkeypatch: Patch
) -> None:
    card = '<div style="border-left: 4px solid">13 of 13</div>'
    assert "border-left" not in page(pipeline, shown(card))
    monkeypatch.setattr(pages, "STYLES", pages.CARD_STYLES)
    assert "border-left" in page(pipeline, shown(card))


def test_without_hiding_a_page_shows_what_guards_a_check_cell(pipeline: Pipeline) -> None:
    guarded = 'check("3-1")\n### BEGIN HIDDEN TESTS\nguarded\n### END HIDDEN TESTS'
    cell = nbformat.v4.new_code_cell(guarded, metadata={"nbgrader": CHECK})
    assert "guarded" not in page(pipeline, cell)
    assert "guarded" in page(pipeline, cell, without="HideHiddenTests")


@pytest.mark.parametrize("text", [LINK, SCRIPT])
def test_without_our_filter_a_text_cell_acts(pipeline: Pipeline, text: str) -> None:
    acts = re.compile(r'href="javascript:|<script>alert')
    cell = nbformat.v4.new_markdown_cell(text)
    assert not acts.search(page(pipeline, cell))
    assert acts.search(page(pipeline, cell, filters={"markdown2html": markdown2html}))


@pytest.mark.parametrize("text", [LINK, SCRIPT])
def test_without_our_filter_a_comment_acts(pipeline: Pipeline, text: str) -> None:
    """The sentence under an answer quotes an exception, and is markdown for nbgrader."""
    flags = {
        **CHECK,
        "grade": False,
        "solution": True,
        "comment": f"cell 3 raised ValueError: {text}",
    }
    cell = nbformat.v4.new_code_cell("1", metadata={"nbgrader": flags})
    acts = re.compile(r'href="javascript:|<script>alert')
    assert not acts.search(page(pipeline, cell))
    assert acts.search(page(pipeline, cell, filters={"markdown2html": markdown2html}))


def test_without_both_a_verdict_acts(pipeline: Pipeline, monkeypatch: Patch) -> None:
    """A card escapes all that it quotes, and is sanitized as any output is: each holds it alone."""
    exercise = Exercise("3-1", "Gradient", 2.0)
    finding = Finding("a claim", came_back=SCRIPT, sort_came_back=SCRIPT, explanation=SCRIPT)
    result = ExerciseResult(exercise, (Verdict("3-1", "a title", Status.FAILED, 1.0, finding),))
    assert SCRIPT not in page(pipeline, shown(as_html(result), **CHECK), without="Sanitize")
    monkeypatch.setattr(course.feedback, "_escape", str)
    assert SCRIPT not in page(pipeline, shown(as_html(result), **CHECK))
    assert SCRIPT in page(pipeline, shown(as_html(result), **CHECK), without="Sanitize")


# ---- terminals and tables


def table(row: Row) -> str:
    file = io.StringIO()
    Console(file=file, force_terminal=True, width=200).print(grade_table("lesson3", [row]))
    return file.getvalue()


@pytest.mark.parametrize("reason", ["\x1b]0;owned\x07", "\x1b[2J", "\u202e31 fo 0"])
def test_without_printable_a_reason_steers_the_terminal(monkeypatch: Patch, reason: str) -> None:
    row = Row("eve", None, reason)
    # rich leaves bells out itself, and nothing else
    steers = reason.rstrip("\x07")
    assert steers not in table(row)
    monkeypatch.setattr(autograder.class_report, "printable", str)
    assert steers in table(row)


def test_without_text_brackets_stop_the_table(monkeypatch: Patch) -> None:
    from rich.errors import MarkupError

    row = Row("eve", None, "ValueError: [/red]")
    assert "[/red]" in table(row)
    monkeypatch.setattr(autograder.class_report, "Text", lambda text="", **_: text)
    with pytest.raises(MarkupError):
        table(row)


def test_without_an_apostrophe_a_name_is_a_formula(
    pipeline: Pipeline, monkeypatch: Patch, tmp_path: Path
) -> None:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{pipeline.course}/gradebook.db") as gradebook:
        gradebook.update_or_create_student("+1+1", first_name="=1+1", last_name="@x")

    def first_characters() -> set[str]:
        with pipeline.export().open(newline="") as file:
            return {cell[:1] for line in csv.reader(file) for cell in line}

    assert not first_characters() & set("=+-@")
    monkeypatch.setattr(
        autograder.export, "inert", lambda value: "" if value is None else str(value)
    )
    assert first_characters() >= set("=+@")
