"""check("3-1") as a student calls it in a notebook's live kernel."""

from typing import Any

import pytest

from course.shell import Shell

GRADIENT = "from course import check\ndef gradient(x, y, w): return {}\n"


def run_live(*cells: str) -> str:
    """Run cells in a shell as a live kernel does, and return all that they put out."""
    shell = Shell(plots=False)
    put_out: list[Any] = []
    for cell in cells:
        put_out += shell._shell.run(cell)
    return "".join("".join(output.get("text", "")) for output in put_out)


def test_right_answer_passes_in_the_live_kernel() -> None:
    assert "✓ 3-1" in run_live(GRADIENT.format("2 * x * (x * w - y)"), 'check("3-1")')


def test_answer_that_was_mended_is_seen() -> None:
    wrong, right = GRADIENT.format("0.0"), GRADIENT.format("2 * x * (x * w - y)")
    shown = run_live(wrong, 'check("3-1")', right, 'check("3-1")')
    assert shown.index("✗ 3-1") < shown.index("✓ 3-1")


def test_check_promises_no_grade() -> None:
    assert "Hidden graders" in run_live(GRADIENT.format("2 * x * (x * w - y)"), 'check("3-1")')


@pytest.mark.parametrize("exercise", ["3-9", "99-1", "", "lesson3"])
def test_unknown_exercise_is_told_in_words(exercise: str) -> None:
    shown = run_live(f"from course import check\ncheck({exercise!r})")
    assert "no exercise" in shown or "lesson" in shown
    assert "Traceback" not in shown


@pytest.mark.parametrize("exercise", ["3-1", "3.1"])
def test_exercise_without_quotes_is_told_in_words(exercise: str) -> None:
    assert "in quotes" in run_live(f"from course import check\ncheck({exercise})")


@pytest.mark.parametrize("exercise", ["3.1", "3_1"])
def test_another_mark_does_for_the_hyphen(exercise: str) -> None:
    right = GRADIENT.format("2 * x * (x * w - y)")
    assert "✓ 3-1" in run_live(right, f"check({exercise!r})")


def test_exit_of_the_notebook_stops_nothing_but_the_kernel_that_there_is_not() -> None:
    assert Shell(plots=False).run(1, "exit()", 5.0).fault is None


def test_check_keeps_silent_while_the_notebook_is_run_as_a_whole() -> None:
    result = Shell(plots=False).run(1, "from course import check\ncheck('3-1')", 5.0)
    assert result.outputs == [] and result.fault is None
