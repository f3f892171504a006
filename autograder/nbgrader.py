"""Makes a folder an nbgrader course of ours: where things are, and who judges."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from autograder.gradebook import open_gradebooks_once
from autograder.source import NOT_FOR_STUDENTS, lesson_sources

COURSE_ID = "pytorch-zero-to-all"
JUDGE = "autograder.preprocessors.Judge"


def configure(c: Any, course: Path) -> None:
    """Fill in the traitlets config `c` for the nbgrader course in the folder `course`."""
    open_gradebooks_once()
    # nbgrader's own queries; at every first submission three of them, about a session that nothing reads
    warnings.filterwarnings("ignore", message="Object of type .* not in session")
    for source in lesson_sources(course / "solutions"):
        _ = source.notebook  # built anew where its text has changed
    c.CourseDirectory.root = str(course)
    c.CourseDirectory.course_id = COURSE_ID  # PostgreSQL fails without
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "assignments"
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        "feedback",
        *NOT_FOR_STUDENTS,
    ]
    c.ClearSolutions.code_stub = {"python": "raise NotImplementedError"}
    c.ExportApp.plugin_class = "autograder.export.CsvGrades"
    _configure_autograde(c)
    _configure_pages(c)


def _configure_autograde(c: Any) -> None:
    # CheckCellMetadata is left out: the flags are the source's, which releasing it has checked
    c.Autograde.exporter_class = "autograder.submitted_notebook.StrictNotebookExporter"
    # once after all steps, not after each
    c.StrictNotebookExporter.optimistic_validation = True
    c.Autograde.pre_convert_hook = "autograder.intake.take_in_folder_of"
    c.Autograde.sanitize_preprocessors = [
        "autograder.submitted_notebook.RestoreCells",
        "nbgrader.preprocessors.ClearOutput",
        "nbgrader.preprocessors.DeduplicateIds",
        "nbgrader.preprocessors.OverwriteKernelspec",
        "nbgrader.preprocessors.OverwriteCells",
    ]
    c.Autograde.autograde_preprocessors = [
        JUDGE,
        "nbgrader.preprocessors.LimitOutput",
        "nbgrader.preprocessors.SaveAutoGrades",
        "autograder.preprocessors.Comment",
        "nbgrader.preprocessors.AssignLatePenalties",
    ]
    c.OverwriteCells.add_missing_cells = True
    # of a thousand printed lines nobody reads the second hundred
    c.LimitOutput.max_lines = 200


def _configure_pages(c: Any) -> None:
    c.GenerateFeedback.preprocessors = [
        "nbgrader.preprocessors.GetGrades",
        "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
    ]
    # for students' feedback and for formgrader alike; what is for the TA alone is shown by formgrader alone
    c.HTMLExporter.preprocessors = [
        "autograder.pages.HideHiddenTests",
        "autograder.pages.ShowToGraders",
        "autograder.pages.Sanitize",
    ]
    c.HTMLExporter.filters = {"markdown2html": "autograder.pages.markdown"}
