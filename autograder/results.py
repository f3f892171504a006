"""What grading a submission gave, kept by what it was made from: no submission is ever judged twice by the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from course.faults import Fault
from course.shell import CellResult
from course.verdict import Report

KEPT = 3
"""How many results of one submission are kept: that of a grader taken back is still there."""


@dataclass(frozen=True)
class Graded:
    """A submission's report, and what each of its cells put out."""

    report: Report
    results: tuple[CellResult, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain data, ready for JSON."""
        cells = [
            {
                "index": r.index,
                "outputs": r.outputs,
                "fault": r.fault.as_dict() if r.fault else None,
            }
            for r in self.results
        ]
        return {"report": self.report.as_dict(), "cells": cells}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Graded:
        """Return what `as_dict` described."""
        return cls(
            Report.from_dict(data["report"]), tuple(_cell_result(cell) for cell in data["cells"])
        )


def _cell_result(data: dict[str, Any]) -> CellResult:
    fault = Fault.from_dict(data["fault"]) if data["fault"] else None
    return CellResult(data["index"], data["outputs"], fault)


@dataclass(frozen=True)
class Results:
    """The results of one submission, in the folder `folder`; each file is named by the key of what it was made from."""

    folder: Path

    @classmethod
    def of(cls, course: Path, lesson: str, student: str) -> Results:
        """Return the results of a student's submission in the course folder `course`."""
        return cls(course / "results" / lesson / student)

    def get(self, key: str) -> Graded | None:
        """Return the result made from `key`; None if there is none, or none that can be read."""
        data = _read(self._path(key))
        # the machine may have lost its power while it was written
        return Graded.from_dict(data["graded"]) if data and data.get("key") == key else None

    def put(self, key: str, graded: Graded) -> None:
        """Keep a result, and forget the oldest of those that are no longer wanted."""
        write_whole(self._path(key), {"key": key, "graded": graded.as_dict()})
        found = sorted(self.folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for path in [p for p in found if p != self._recorded][:-KEPT]:
            path.unlink(missing_ok=True)

    def forget(self, key: str) -> None:
        """Forget the result made from `key`, so that it is made again."""
        self._path(key).unlink(missing_ok=True)

    @property
    def recorded(self) -> dict[str, Any]:
        """What was noted when the gradebook had taken in a result; empty if none was."""
        return _read(self._recorded) or {}

    def note_recorded(self, facts: dict[str, Any]) -> None:
        """Note that the gradebook has taken in the result that `facts` describe."""
        write_whole(self._recorded, facts)

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    @property
    def _recorded(self) -> Path:
        return self.folder / "recorded.json"


def write_whole(path: Path, data: dict[str, Any], *, indent: int | None = None) -> None:
    """Write JSON to `path` so that whoever reads it finds all of it or what was there before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_text(json.dumps(data, indent=indent))
    part.replace(path)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        data = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return data if isinstance(data, dict) else None
