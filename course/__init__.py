"""An auto-graded PyTorch course: the student's side."""

from __future__ import annotations

from typing import Any

__version__ = "0.1.0"
__all__ = ["check"]


def __getattr__(name: str) -> Any:
    # `course list` must answer before torch, or anything else that is slow to import, is there
    if name == "check":
        from course.self_check import check

        return check
    raise AttributeError(f"module 'course' has no attribute {name!r}")
