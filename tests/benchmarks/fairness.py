"""Grades the graders: every right and wrong answer, again and again with fresh secrets, as one table.

Run it with `python tests/benchmarks/fairness.py --secrets 20`; it ends with 1 if a right answer was rejected, a wrong
one accepted, or any verdict changed with the secret.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

import click

from autograder.answers import Answer, cells_with, right_answers, wrong_answers
from autograder.source import LessonSource, lesson_sources
from course.grader import examine
from course.lesson import exercises_of, lesson_name
from course.notebook import read
from course.submission import LocalSubmission
from course.verdict import Status, report_of


@dataclass
class Tally:
    """What became of one exercise's answers."""

    accepted: int = 0
    right: int = 0
    rejected: int = 0
    wrong: int = 0
    explained: int = 0
    changed: list[str] = field(default_factory=list)


Outcome = tuple[bool, tuple[str, ...]]
"""Whether the exercise was passed, and the diagnoses that were given."""


def outcomes(source: LessonSource, answer: Answer, secrets: int) -> list[Outcome]:
    """Grade one answer with `secrets` fresh secrets."""
    submission = LocalSubmission.of_cells(cells_with(source, answer), seconds=20.0)
    exercises = exercises_of(read(source.notebook))
    reference = source.names()
    found = []
    for secret in range(secrets):
        verdicts = examine(
            source.hidden_test,
            submission,
            seed=f"fairness {secret}",
            reference=reference,
            exercises={answer.exercise},
        )
        result = report_of(source.name, exercises, verdicts).result(answer.exercise)
        failed = [v.finding for v in verdicts if v.status is Status.FAILED and v.finding]
        found.append((result.passed, tuple(f.diagnosis for f in failed)))
    return found


def tallies(source: LessonSource, secrets: int) -> Iterator[tuple[str, Tally]]:
    """Yield the tally of each exercise of one lesson."""
    found: dict[str, Tally] = defaultdict(Tally)
    for right, answers in ((True, right_answers(source)), (False, wrong_answers(source))):
        for answer in answers:
            tally, results = found[answer.exercise], outcomes(source, answer, secrets)
            passed = [passed for passed, _ in results]
            if right:
                tally.right += 1
                tally.accepted += all(passed)
            else:
                tally.wrong += 1
                tally.rejected += not any(passed)
                tally.explained += all(any(diagnoses) for _, diagnoses in results)
            if len(set(passed)) > 1:
                tally.changed.append(answer.text)
    yield from sorted(found.items())


@click.command()
@click.argument("lessons", nargs=-1)
@click.option("--secrets", default=20, show_default=True, help="How often each answer is graded.")
def main(lessons: tuple[str, ...], secrets: int) -> None:
    """Print accepted, rejected and explained answers per exercise."""
    from rich.console import Console
    from rich.table import Table

    wanted = {lesson_name(lesson) for lesson in lessons}
    table = Table(
        "exercise", "right", "accepted", "wrong", "rejected", "explained", "changed", box=None
    )
    total = Tally()
    for source in lesson_sources():
        if wanted and source.name not in wanted:
            continue
        for exercise, t in tallies(source, secrets):
            row = (t.right, t.accepted, t.wrong, t.rejected, t.explained, len(t.changed))
            table.add_row(exercise, *map(str, row))
            for name in ("right", "accepted", "wrong", "rejected", "explained"):
                setattr(total, name, getattr(total, name) + getattr(t, name))
            total.changed += t.changed
    row = (
        total.right,
        total.accepted,
        total.wrong,
        total.rejected,
        total.explained,
        len(total.changed),
    )
    table.add_row("all", *map(str, row), style="bold")
    Console().print(table, f"each graded with {secrets} secrets")
    fair = total.accepted == total.right and total.rejected == total.wrong and not total.changed
    raise SystemExit(0 if fair else 1)


if __name__ == "__main__":
    main()
