"""The readable table of a lesson's thresholds: each limit, and under it what it was measured on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.calibration import Calibration, Series
from autograder.source import LessonSource
from course.judge.thresholds import FILE

if TYPE_CHECKING:
    from tomlkit.items import Array

_HEAD = """\
# The limits of {lesson}'s graders. `below` and `above` are chosen by the author; what stands under them was measured by
# `course calibrate {lesson} --write`: the least, the median and the most that each answer reached over the seeds. Where
# a wrong answer reaches the limit, it is caught by the test named beside it.

"""


def write_table(source: LessonSource, found: Sequence[Calibration]) -> Path:
    """Note `found` under the limits of a lesson, and return the table's path.

    The limits stay as they are, and so does all else that the author wrote: comments, and keys of his own.
    """
    import tomlkit

    path = source.hidden_test.with_name(FILE)
    text = path.read_text()
    document = tomlkit.parse(text)
    for calibration in found:
        document[calibration.threshold.name].update(_record(calibration))
    head = "" if text.startswith("#") else _HEAD.format(lesson=source.name)
    path.write_text(head + tomlkit.dumps(document))
    return path


def _record(found: Calibration) -> dict[str, Any]:
    import torch

    return {
        "exercise": found.exercise,
        "date": date.today(),
        "torch": torch.__version__.partition("+")[0],
        "seeds": found.seeds,
        "false_rejection": _short(found.false_rejection, 2),
        "right": _rows(found.right),
        "wrong": _rows(found.wrong),
    }


def _rows(answers: Sequence[Series]) -> Array:
    import tomlkit

    rows = tomlkit.array().multiline(True)
    for series in answers:
        row = tomlkit.inline_table()
        row["answer"] = series.text
        row["measured"] = [_short(value, 4) for value in series.spread]
        if series.caught:
            row["caught_by"] = series.caught
        rows.append(row)
    return rows


def _short(number: float, digits: int) -> float:
    return float(f"{number:.{digits}g}")
