"""What is installed where: the wheel is the students', and the README tells the truth about the tree."""

import ast
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.source import CHECKOUT


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        sys.executable,
        "-m",
        "build",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(folder),
        str(CHECKOUT),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_wheel_holds_the_students_side_and_nothing_else(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    top = {name.partition("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == {"course", "assignments"}


def test_wheel_holds_every_lesson_and_no_word_of_a_solution(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    names = set(archive.namelist())
    for folder in (CHECKOUT / "assignments").glob("lesson*"):
        assert f"assignments/{folder.name}/{folder.name}.ipynb" in names
        assert f"assignments/{folder.name}/public_test.py" in names
    assert not [
        name
        for name in names
        if re.search(r"hidden_test|(right|wrong)_answers|lesson\d+\.py", name)
    ]
    assert not [name for name in names if b"BEGIN SOLUTION" in archive.read(name)]


def test_wheel_holds_the_graders_configuration(wheel: Path) -> None:
    assert "course/grader.cfg" in zipfile.ZipFile(wheel).namelist()


def test_student_needs_no_nbgrader() -> None:
    code = "import course.cli, course.self_check, course.grader, sys; assert 'nbgrader' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_readme_shows_the_tree_as_it_is() -> None:
    readme = (CHECKOUT / "README.md").read_text()
    shown = set(re.findall(r"^    (\w+)/  ", readme, re.MULTILINE))
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    folders = {line.partition("/")[0] for line in tracked.stdout.splitlines() if "/" in line}
    assert shown == {folder for folder in folders if not folder.startswith(".")}
    assert len(readme.splitlines()) < 120


def test_trusted_side_is_imported_by_nobody_on_the_students_side() -> None:
    for path in (CHECKOUT / "course").rglob("*.py"):
        assert not re.search(r"^\s*(from|import) autograder", path.read_text(), re.MULTILINE), path


def code_alone(path: Path) -> str:
    """Return a module without its comments and docstrings, which may give examples."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            node.value = ast.Constant(None)
    return ast.unparse(tree)


def test_engine_mentions_no_lesson_by_name() -> None:
    shown_to_people = {"demo.py"}
    for folder in ("course", "autograder"):
        for path in (CHECKOUT / folder).rglob("*.py"):
            if path.name not in shown_to_people:
                assert not re.search(r"lesson\d", code_alone(path)), path
