"""A whole batch with its gradebook on a real PostgreSQL server, started here on loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from classroom import Classroom

from autograder.pipeline import Pipeline

pytest.importorskip("psycopg")

PASSWORD = "keep-it-quiet"
CLASS = {"ada": {}, "carl": {"double": "def double(x):\n    return x"}, "gus": {}}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a database on a new server, with its password."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        pytest.skip("no PostgreSQL server here: apt-get install postgresql")
    programs = found[-1].parent
    # outside pytest's own folder, which the server's user may not enter
    folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
    password = folder / "password"
    password.write_text(PASSWORD)
    as_user: list[str] = []
    if os.getuid() == 0:  # the server does not run as root
        user = pwd.getpwnam("postgres")
        for path in (folder, password):
            os.chown(path, user.pw_uid, user.pw_gid)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    data, port = folder / "data", _free_port()

    def run(program: str, *words: str) -> None:
        command = [*as_user, programs / program, "-D", data, *words]
        subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    run("initdb", "--username=grader", "--auth=scram-sha-256", f"--pwfile={password}")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql+psycopg://grader:{PASSWORD}@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-m", "immediate", "stop")
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def classroom(new_classroom: Callable[..., Classroom], server: str) -> Classroom:
    made = new_classroom()
    with (made.folder / "nbgrader_config.py").open("a") as file:
        file.write(f'\nget_config().CourseDirectory.db_url = "{server}"\n')
    for student, answers in CLASS.items():
        made.hand_in(student, made.filled(**answers))
    (made.folder / "gradebook.db").unlink()
    return made


def test_batch_into_postgresql(classroom, server):
    done = classroom.run("course", "grade", "90")
    assert done.returncode == 0, done.stderr
    assert "3 of 3 submissions graded" in done.stdout
    assert "postgresql" in done.stdout and PASSWORD not in done.stdout
    assert not (classroom.folder / "gradebook.db").exists()
    assert classroom.run("nbgrader", "autograde", "lesson90").returncode == 0
    pipeline = Pipeline(classroom.folder)
    pipeline.feedback("lesson90")
    pipeline.export()
    points = {student: row["score"] for student, row in classroom.grades().items()}
    assert points == {"ada": "5.0", "carl": "3.0", "gus": "5.0"}
    assert "5" in classroom.feedback("ada")


def test_server_that_is_gone(classroom, server):
    config = classroom.folder / "nbgrader_config.py"
    config.write_text(config.read_text().replace("127.0.0.1:", "127.0.0.1:1"))
    done = classroom.run("course", "grade", "90")
    assert done.returncode == 1
    assert "cannot be used" in done.stderr and "Traceback" not in done.stderr, done.stderr
    assert PASSWORD not in done.stderr


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
