"""course demo: grades a small class of made-up students, for real."""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path

import click


@click.command("demo")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
def command(folder: Path | None) -> None:
    """Make a course, hand in for a class of made-up students, and run nbgrader on it: release, autograde,
    feedback and export.

    FOLDER: where; it must be empty or not there yet (default: a new temporary folder).
    """
    from rich.console import Console

    from autograder.batch import BatchError, grade_class
    from autograder.class_report import grade_table
    from autograder.course_folder import make_course
    from autograder.demo import CLASS, DUE, LESSONS, hand_in
    from autograder.pipeline import Pipeline, PipelineError
    from autograder.workers import Local, Workers

    if folder is not None and folder.exists() and any(folder.iterdir()):
        raise click.UsageError(
            f"{folder} is not empty: name a new folder, or none for a temporary one"
        )
    course = (folder or Path(tempfile.mkdtemp(prefix="course-demo-"))).resolve()
    console = Console(highlight=False)
    started = time.perf_counter()
    try:
        console.print("The class:")
        for student in CLASS:
            console.print(f"  {student.name:10} {student.story}", style="dim")
        # an endless loop should not take the demo's minute
        pipeline = Pipeline(
            make_course(course, LESSONS), Judge={"cell_seconds": 4.0, "call_seconds": 2.0}
        )
        with Workers(Local(course / "solutions", os.cpu_count() or 1)) as workers:
            for lesson in LESSONS:
                with console.status(f"{lesson}: release"):
                    pipeline.release(lesson)
                    pipeline.set_due(lesson, DUE)
                    students = hand_in(course, lesson)
                with console.status(f"{lesson}: autograde"):
                    rows = list(grade_class(pipeline, lesson, students, workers))
                with console.status(f"{lesson}: feedback"):
                    feedback = pipeline.feedback(lesson)
                console.print(grade_table(lesson, sorted(rows, key=lambda row: row.student)), "")
        grades = pipeline.export()
    except (BatchError, PipelineError) as e:
        raise click.ClickException(str(e)) from None
    page = feedback / "blaise" / LESSONS[0] / f"{LESSONS[0]}.html"
    console.print(f"feedback pages   {feedback}/STUDENT/LESSON/  (open {page})", soft_wrap=True)
    console.print(f"grades           {grades}", soft_wrap=True)
    console.print(f"gradebook        {course / 'gradebook.db'}", soft_wrap=True)
    console.print(
        f"{len(CLASS) * len(LESSONS)} submissions in {time.perf_counter() - started:.0f} s"
    )
