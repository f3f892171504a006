"""A class graded on a real Dask cluster: a scheduler and its workers, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from classroom import PROGRAMS, Classroom
from click.testing import CliRunner

from autograder.batch import Row, grade_class
from autograder.commands.grade import command as grading
from autograder.workers import Workers, WorkersUnavailable

distributed = pytest.importorskip("distributed")

from autograder.cluster import COURSE, Cluster  # noqa: E402

STUDENTS = [f"student{number}" for number in range(10)]


class Dask:
    """A scheduler and workers that grade by the lessons of one course."""

    def __init__(self, folder: Path, course: Path) -> None:
        self._folder = folder
        self._course = course
        self._file = folder / "scheduler.json"
        self.processes: list[subprocess.Popen[bytes]] = []
        options = ["--port", "0", "--host", "127.0.0.1", "--no-dashboard", "--no-show"]
        self._start("scheduler", *options)
        end = time.monotonic() + 60
        while not self._file.exists():
            assert time.monotonic() < end, "no scheduler"
            time.sleep(0.1)

    @property
    def address(self) -> str:
        import json

        return str(json.loads(self._file.read_text())["address"])

    def worker(self, *options: str, course: Path | None = None) -> subprocess.Popen[bytes]:
        return self._start(
            *("worker", "--nthreads", "1", "--no-nanny", "--no-dashboard", *options),
            course=course,
        )

    def _start(self, *words: str, course: Path | None = None) -> subprocess.Popen[bytes]:
        command = [PROGRAMS / "dask", words[0], "--scheduler-file", self._file, *words[1:]]
        environment = {**os.environ, COURSE: str(course or self._course)}
        with (self._folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command, cwd=self._folder, env=environment, stdout=log, stderr=log
            )
        self.processes.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def classroom(new_classroom: Callable[..., Classroom]) -> Classroom:
    made = new_classroom()
    for number, student in enumerate(STUDENTS):
        answers = {"double": f"def double(x):\n    return {number % 2 + 1} * x"}
        made.hand_in(student, made.filled(**answers))
    return made


@pytest.fixture(scope="module")
def dask(classroom: Classroom, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    made = Dask(tmp_path_factory.mktemp("dask"), classroom.folder)
    yield made
    made.close()


def test_unreachable_scheduler(classroom):
    words = ["90", "--course", str(classroom.folder), "--scheduler", "tcp://127.0.0.1:9"]
    done = CliRunner().invoke(grading, words)
    assert done.exit_code == 1
    assert "no scheduler answers at tcp://127.0.0.1:9" in done.output


def test_worker_with_other_graders_stops_the_batch(classroom, dask, new_classroom, monkeypatch):
    other = new_classroom().folder
    (other / "solutions/lesson90/hidden_test.py").write_text('"""Other graders."""\n')
    worker = dask.worker(course=other)
    words = ["90", "--course", str(classroom.folder), "--scheduler", dask.address]
    done = CliRunner().invoke(grading, words)
    worker.kill()
    worker.wait()
    assert done.exit_code == 1
    assert "bring its checkout" in done.output
    assert not list(classroom.folder.glob("results/*/*/*.json"))


def test_gpu_is_asked_for_by_its_resource(classroom, dask, monkeypatch):
    worker = dask.worker()
    with (
        monkeypatch.context() as patched,
        pytest.raises(WorkersUnavailable, match="--resources GPU=1"),
    ):
        patched.setattr("autograder.cluster.WORKER_SECONDS", 2.0)
        Workers(Cluster(dask.address, "cuda"))
    offering = dask.worker("--resources", "GPU=1")
    words = ["90", "--course", str(classroom.folder), "--scheduler", dask.address]
    done = CliRunner().invoke(grading, [*words, "--device", "cuda", "--student", "student0"])
    for process in (worker, offering):
        process.kill()
        process.wait()
    if not torch.cuda.is_available():
        assert "no CUDA device can be used from inside the sandbox" in done.output
        assert done.exit_code == 1


def test_one_of_two_workers_killed_half_way(classroom, dask):
    workers = [dask.worker(), dask.worker()]
    rows: dict[str, Row] = {}
    with Workers(Cluster(dask.address)) as cluster:
        for row in grade_class(classroom.pipeline, "lesson90", STUDENTS, cluster):
            rows[row.student] = row
            if len(rows) == 4:
                workers[0].kill()
    assert sorted(rows) == STUDENTS
    points = [rows[student].report and rows[student].report.score for student in STUDENTS]
    assert points == [3.0, 5.0] * 5
    workers[1].kill()
