"""What holds for all tests: one thread each, and a table of what the laws found, exercise by exercise."""

from __future__ import annotations

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

# on a busy machine making up a value may take longer than hypothesis thinks well of
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")

# as in the sandbox; the same training is much slower with more threads than cores, and ends in other digits
os.environ.setdefault("OMP_NUM_THREADS", "1")


GRADE_ONE_CLASS = {f"tests/attacks/test_{name}.py" for name in ("attacks", "inert", "persist")}
"""Modules for which one and the same class of cheats is graded."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the modules whose fixtures make something dear in one worker each, and spread all other tests singly."""
    from xdist.scheduler import LoadScopeScheduling

    class ByClass(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            module = nodeid.partition("::")[0]
            if module in GRADE_ONE_CLASS:
                return "the class of cheats"
            # a wheel is built in the checkout itself: by one worker at a time
            kept = "tests/autograder/", "tests/attacks/", "tests/test_package.py"
            return module if module.startswith(kept) else nodeid

    return ByClass(config, log)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many right answers were accepted, how many wrong ones rejected and explained."""
    found: Counter[tuple[str, str, str]] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for kind, exercise in report.user_properties:
                found[str(exercise), kind, outcome] += 1
    exercises = sorted(
        {exercise for exercise, kind, _ in found if kind in ("right", "wrong")},
        key=lambda exercise: [int(number) for number in exercise.split("-")],
    )
    if not exercises:
        return
    terminalreporter.section("answers: right accepted, wrong rejected, wrong explained")
    total: Counter[str] = Counter()
    for exercise in exercises:
        row = _row(found, exercise)
        total += row
        terminalreporter.write_line(f"{exercise:>6}  {_text(row)}")
    terminalreporter.write_line(f"   all  {_text(total)}")


def _row(found: Counter[tuple[str, str, str]], exercise: str) -> Counter[str]:
    def both(kind: str) -> int:
        return found[exercise, kind, "passed"] + found[exercise, kind, "failed"]

    return Counter(
        {
            "right": both("right"),
            "accepted": found[exercise, "right", "passed"],
            "wrong": both("wrong"),
            # a wrong answer that fails its law was accepted, or not explained as it should be
            "rejected": found[exercise, "wrong", "passed"],
            "explained": both("explained"),
        }
    )


def _text(row: Counter[str]) -> str:
    return (
        f"{row['accepted']:4} of {row['right']:4} accepted   {row['rejected']:4} of {row['wrong']:4} rejected   "
        f"{row['explained']:4} explained"
    )
