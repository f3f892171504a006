"""The `course` command as a student types it, mistakes included."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.answers import wrong_answers
from autograder.source import SOLUTIONS, LessonSource

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def course(tmp_path: Path) -> Run:
    """Run the command in an empty folder, with a state of its own."""

    def run(*arguments: str, cwd: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "course", *arguments],
            cwd=cwd,
            env={
                "PATH": "/usr/bin:/bin",
                "HOME": str(tmp_path),
                "COLUMNS": "120",
                "LANG": "C.UTF-8",
            },
            capture_output=True,
            text=True,
        )

    return run


def solve(notebook: Path, **instead: str) -> None:
    """Fill in the notebook with the solution, or with other code for an exercise such as e3_1."""
    solutions = LessonSource(SOLUTIONS / notebook.stem).solution_cells
    tree = json.loads(notebook.read_text())
    for cell in tree["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        exercise, solution, _ = grade_id.partition("-solution")
        if solution:
            cell["source"] = instead.get(
                f"e{exercise.replace('-', '_')}", solutions[exercise].pop(0)
            )
    notebook.write_text(json.dumps(tree))


@pytest.fixture
def started(course: Run, tmp_path: Path) -> Path:
    assert course("start", "3").returncode == 0
    return tmp_path / "lesson3" / "lesson3.ipynb"


def test_solved_notebook_passes(course: Run, started: Path) -> None:
    solve(started)
    done = course("check", "lesson3")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 of 4 exercises pass" in done.stdout and "Hidden graders" in done.stdout


def test_untouched_notebook_fails_without_a_traceback(course: Run, started: Path) -> None:
    done = course("check", "lesson3")
    assert done.returncode == 1
    assert "still to be written: gradient" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_mistake_is_named(course: Run, started: Path) -> None:
    bias = next(
        a for a in wrong_answers(LessonSource(SOLUTIONS / "lesson3")) if "published" in a.text
    )
    solve(
        started,
        e3_2=LessonSource(SOLUTIONS / "lesson3").solution_cells["3-2"][0] + "\n\n" + bias.code,
    )
    done = course("check", "3", "--exercise", "3-2")
    assert done.returncode == 1
    assert "2·x times the right one" in done.stdout
    assert "3-1" not in done.stdout


def test_json_holds_every_verdict(course: Run, started: Path) -> None:
    solve(started, e3_1="def gradient(x, y, w): return None")
    report = json.loads(course("check", "3", "--json").stdout)
    assert [e["passed"] for e in report["exercises"]] == [False, True, True, True]
    assert report["exercises"][0]["verdicts"][0]["finding"]["diagnosis"] == "forgot-return"


def test_syntax_error_costs_its_own_cell_only(course: Run, started: Path) -> None:
    solve(started, e3_1="def gradient(x, y, w)\n    return 1")
    done = course("check", "3")
    assert "SyntaxError" in done.stdout and "✓ 3-2" in done.stdout


def test_list_shows_how_the_last_check_went(course: Run, started: Path) -> None:
    solve(started, e3_1="gradient = None")
    course("check", "3")
    lines = {
        line.split()[0]: line for line in course("list", "3").stdout.splitlines() if line.strip()
    }
    assert "not yet" in lines["3-1"] and "passes" in lines["3-2"]
    assert "course check lesson3" in course("list").stdout.splitlines()[-1]


@pytest.mark.parametrize("other", ["4", "lesson4", "somewhere/lesson04"])
def test_two_lessons_are_not_started_at_once(course: Run, other: str) -> None:
    done = course("start", "3", other)
    assert done.returncode == 2
    assert "course start lesson3, then course start lesson4" in " ".join(done.stderr.split())


def test_start_never_overwrites_work(course: Run, started: Path) -> None:
    started.write_text("my work")
    again = course("start", "3")
    assert again.returncode == 0 and "kept your" in again.stdout
    assert started.read_text() == "my work"


def test_start_in_the_lessons_own_folder_makes_no_second_one(course: Run, started: Path) -> None:
    again = course("start", "3", cwd=started.parent)
    assert again.returncode == 0 and "kept your lesson3.ipynb" in again.stdout
    assert not (started.parent / "lesson3").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["check", "lesson99"], "there is no lesson99"),
        (["check", "nonsense"], "is not a lesson"),
        (["check", "3"], "course start lesson3"),
        (["check", "3", "nowhere.ipynb"], "no notebook at nowhere.ipynb"),
        (["check", "3", "-e", "3-9"], "no exercise '3-9'"),
        (["start", "99"], "there is no lesson99"),
        (["nonsense"], "No such command"),
    ],
)
def test_usage_error_ends_with_2_and_says_what_to_do(
    course: Run, arguments: list[str], says: str
) -> None:
    done = course(*arguments)
    assert done.returncode == 2
    assert says in done.stderr and "Traceback" not in done.stderr


def test_broken_notebook_is_a_usage_error(course: Run, tmp_path: Path) -> None:
    (tmp_path / "lesson3.ipynb").write_text("{oops")
    done = course("check", "3")
    assert done.returncode == 2 and "not valid JSON" in done.stderr


def test_empty_file_leads_to_a_fresh_notebook(course: Run, tmp_path: Path) -> None:
    (tmp_path / "lesson3.ipynb").touch()
    done = course("check", "lesson3")
    assert (
        done.returncode == 2
        and "rename it, and `course start` gives you a fresh one" in done.stderr
    )


def test_python_file_is_no_notebook(course: Run, tmp_path: Path) -> None:
    (tmp_path / "lesson3.py").write_text("print(1)")
    done = course("check", "lesson3", "lesson3.py")
    assert done.returncode == 2 and "an .ipynb, is wanted" in done.stderr


def test_notebook_of_another_lesson_is_recognised(course: Run, started: Path) -> None:
    done = course("check", "lesson4", str(started))
    assert done.returncode == 2
    assert "looks like the notebook of lesson3" in " ".join(done.stderr.split())


def test_copy_under_another_name_needs_its_lesson(course: Run, started: Path) -> None:
    copy = started.rename(started.with_name("lesson3-Copy1.ipynb"))
    refused = course("check", str(copy))
    assert refused.returncode == 2 and "write it before the path" in " ".join(
        refused.stderr.split()
    )
    assert course("check", "lesson3", str(copy)).returncode == 1


def test_cell_that_stopped_is_told_by_its_first_line(course: Run, started: Path) -> None:
    tree = json.loads(started.read_text())
    source = "# a loop of my own\nundefined"
    tree["cells"].insert(1, {"cell_type": "code", "source": source, "metadata": {}, "outputs": []})
    started.write_text(json.dumps(tree))
    shown = " ".join(course("check", "3").stdout.split())
    assert "cell 2 (“# a loop of my own”) raised NameError" in shown
    assert "not defined (line 2)" in shown


def test_exercise_says_its_lesson(course: Run, started: Path) -> None:
    solve(started, e3_1="def gradient(x, y, w): return 0.0")
    assert course("check", "3-2").returncode == 0
    done = course("check", "3.1")
    assert done.returncode == 1 and "3-1" in done.stdout and "3-2" not in done.stdout


def test_notebook_may_be_named_by_its_path(course: Run, started: Path) -> None:
    solve(started)
    assert course("check", str(started)).returncode == 0


def test_cuda_is_refused_in_words_where_there_is_none(course: Run, started: Path) -> None:
    torch = pytest.importorskip("torch")
    if torch.cuda.is_available():
        pytest.skip("there is a CUDA device here")
    done = course("check", "3", "--device", "cuda")
    assert done.returncode == 2 and "no CUDA device" in done.stderr


def test_doctor_names_what_is_here(course: Run) -> None:
    done = course("doctor")
    assert "torch 2" in done.stdout and "Python 3" in done.stdout


@pytest.mark.parametrize("command", [["--help"], ["list"], ["start", "3"]])
def test_command_that_needs_no_torch_does_not_import_it(tmp_path: Path, command: list[str]) -> None:
    code = f"import sys; sys.argv = ['course', *{command}]\nfrom course.cli import main\n"
    code += "try: main()\nexcept SystemExit: pass\nassert not {'torch', 'nbgrader', 'pytest'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)
