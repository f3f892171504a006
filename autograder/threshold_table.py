"""The readable table of a lesson's thresholds: each limit, and under it what it was measured on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from autograder.calibration import Calibration, Series
from autograder.source import LessonSource
from course.judge.thresholds import FILE, table

_HEAD = """\
# The limits of {lesson}'s graders. `below` and `above` are chosen by the author; what stands under them was measured by
# `course calibrate {lesson} --write`: the least, the median and the most that each answer reached over the seeds. Where
# a wrong answer reaches the limit, it is caught by the test named beside it.
"""


def write_table(source: LessonSource, found: Sequence[Calibration]) -> Path:
    """Note `found` under the limits of a lesson, which stay as they are; return the table's path."""
    path = source.hidden_test.with_name(FILE)
    limits = table(path)
    sections = [_section(calibration, limits[calibration.threshold.name]) for calibration in found]
    path.write_text(_HEAD.format(lesson=source.name) + "\n" + "\n".join(sections))
    return path


def _section(found: Calibration, limit: dict[str, Any]) -> str:
    import torch

    side = found.threshold.side
    right = "".join(f"    {_row(series)},\n" for series in found.right)
    wrong = "".join(f"    {_row(series)},\n" for series in found.wrong)
    return (
        f"[{json.dumps(found.threshold.name)}]\n"
        f"{side} = {limit[side]}\n"
        f'exercise = "{found.exercise}"\n'
        f"date = {date.today().isoformat()}\n"
        f'torch = "{torch.__version__.partition("+")[0]}"\n'
        f"seeds = {found.seeds}\n"
        f"false_rejection = {found.false_rejection:.1e}\n"
        f"right = [\n{right}]\n"
        f"wrong = [\n{wrong}]\n"
    )


def _row(series: Series) -> str:
    spread = ", ".join(f"{value:.4g}" for value in series.spread)
    caught = (
        f", caught_by = {json.dumps(series.caught, ensure_ascii=False)}" if series.caught else ""
    )
    return f"{{ answer = {json.dumps(series.text, ensure_ascii=False)}, measured = [{spread}]{caught} }}"
