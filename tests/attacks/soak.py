"""Grades a class in which one of ten is hostile, and demands that nobody else is the worse for it.

    python tests/attacks/soak.py --submissions 1000

The honest students are graded first without the others, then all of them together, in parallel. It ends with 1 if an
honest student's report differs in anything, a submission has no row, a cheat has points, something is left on the
machine, or memory grows.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import psutil
from attack import Attack
from hostile_class import HONEST, attacks, hand_in_honestly, new_course, prelude
from rich.console import Console
from rich.progress import track

from autograder.batch import Row, grade_class
from autograder.pipeline import Pipeline
from autograder.workers import Local, Workers

MIB = 1 << 20
GROWTH = 0.2
"""By what part memory may be more at the end than after the first quarter."""
KERNEL = ("/proc/self/mountinfo", "/proc/keys", "/proc/sysvipc/shm", "/proc/sysvipc/sem")


@click.command()
@click.option("--submissions", default=1000, show_default=True, type=click.IntRange(min=20))
@click.option("--hostile", default=0.1, show_default=True, help="Which part of them is hostile.")
@click.option("--seed", default=1, show_default=True, help="Decides which attacks, and where.")
@click.option("--jobs", default=os.cpu_count(), show_default=True)
def main(submissions: int, hostile: float, seed: int, jobs: int) -> None:
    """Grade such a class, and tell what came of it."""
    console = Console(highlight=False, width=110)
    draw = random.Random(seed)
    cheats = {
        number: draw.choice(of_lesson_3())
        for number in draw.sample(range(submissions), round(submissions * hostile))
    }
    with tempfile.TemporaryDirectory() as folder:
        pipeline = new_course(Path(folder, "course"), ["lesson3"])
        honest = {
            f"honest.{n}": hand_in_honestly(pipeline.course, HONEST[n % len(HONEST)], f"honest.{n}")
            for n in range(submissions)
            if n not in cheats
        }
        alone = {row.student: row for row in graded(pipeline, list(honest), jobs, [], "alone")}
        before, memory = traces(), []
        everybody = [f"honest.{n}" for n in range(submissions)]
        for number, (group, attack) in cheats.items():
            name = everybody[number] = f"{attack.student(group)}.{number}"
            place = pipeline.course / "submitted" / name / "lesson3"
            attack.hand_in(pipeline.course, place, prelude(pipeline.course))
        started = time.monotonic()
        rows = {
            row.student: row
            for row in graded(pipeline, everybody, jobs, memory, "together", force=True)
        }
        took = time.monotonic() - started
        time.sleep(1.0)
        left = traces() - before
    failures = list(differences(everybody, honest, alone, rows))
    failures += [f"left behind: {trace}" for trace in sorted(left)]
    quarter, end = max(memory[: len(memory) // 4 + 1]), max(memory[-len(memory) // 4 :])
    if end > quarter * (1 + GROWTH):
        failures.append("memory grows")
    kinds = len({attack.name for _, attack in cheats.values()})
    console.print(
        f"{len(rows)} rows for {submissions} submissions in {took:.0f} s, {jobs} at a time",
        f"{len(cheats)} hostile ones, of {kinds} kinds: "
        f"{sum(row.report is None for row in rows.values())} submissions not graded, each with a reason",
        f"{len(honest)} honest ones, each with the report that it gets alone",
        f"memory of the batch: {quarter / MIB:.0f} MB at most in the first quarter, {end / MIB:.0f} MB in the last",
        sep="\n",
    )
    for failure in failures[:40]:
        console.print(f"FAILED: {failure}", markup=False, style="red")
    raise SystemExit(1 if failures else 0)


def of_lesson_3() -> list[tuple[str, Attack]]:
    """Return the attacks that are handed in as lesson 3, with their groups."""
    return [(group, attack) for group, attack in attacks() if attack.lesson == "lesson3"]


def graded(
    pipeline: Pipeline,
    students: list[str],
    jobs: int,
    memory: list[int],
    what: str,
    *,
    force: bool = False,
) -> Iterator[Row]:
    """Grade these students in parallel; note in `memory` how much the batch has in use after each."""
    here = psutil.Process()
    with Workers(Local(pipeline.course / "solutions", jobs)) as workers:
        rows = grade_class(pipeline, "lesson3", students, workers, force=force)
        for row in track(rows, what, total=len(students), console=Console(file=sys.stderr)):
            memory.append(used_by(here))
            yield row


def used_by(process: psutil.Process) -> int:
    """Return the bytes of memory that a process and those that it started do not share with others."""
    total = 0
    for one in (process, *process.children(recursive=True)):
        try:
            total += one.memory_full_info().uss
        except psutil.Error:  # it has ended meanwhile, or is a sandbox's own
            continue
    return total


def differences(
    everybody: list[str], honest: dict[str, str], alone: dict[str, Row], rows: dict[str, Row]
) -> Iterator[str]:
    """Yield what is not as it should be about anybody's row."""
    for student in everybody:
        row = rows.get(student)
        if row is None:
            yield f"{student} has no row"
        elif student in honest:
            report = alone[student].report
            if report is None or row.report is None or row.report.as_dict() != report.as_dict():
                yield f"{student} has another report than alone: {row.report}"
        elif row.report is not None and row.report.score > 0:
            yield f"{student} has {row.report.score} points"
        elif row.report is None and not row.reason:
            yield f"{student} is not graded, without a reason"


def traces() -> set[str]:
    """Return what a submission might leave on the machine: processes, mounts, keys, shared memory, files."""
    found = {f"process {pid}" for pid in filter(is_in_a_sandbox, psutil.pids())}
    for name in KERNEL:
        if Path(name).exists():
            found |= {f"{name}: {line}" for line in Path(name).read_text().splitlines()}
    for folder in ("/tmp", "/dev/shm", "/var/tmp"):
        # where root grades, submissions belong to somebody else
        paths = [path for path in Path(folder).iterdir() if os.geteuid() or path.lstat().st_uid]
        found |= {str(path) for path in paths}
    return found


def is_in_a_sandbox(pid: int) -> bool:
    """Whether a process is in a namespace of processes other than this one's."""
    try:
        return Path(f"/proc/{pid}/ns/pid").readlink() != Path("/proc/self/ns/pid").readlink()
    except OSError:  # it has ended meanwhile
        return False


if __name__ == "__main__":
    main()
