"""A folder that is an nbgrader course of its own, beside the checkout: for a term, for the demo, for tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from autograder.source import SOLUTIONS

_CONFIG = '''\
"""An nbgrader course with the graders of the auto-graded PyTorch course."""

from pathlib import Path

from autograder.nbgrader import configure

configure(get_config(), Path(__file__).parent)
'''


def make_course(folder: Path, lessons: Iterable[str]) -> Path:
    """Make `folder` an nbgrader course that holds `lessons`; what is there already is kept."""
    (folder / "submitted").mkdir(parents=True, exist_ok=True)
    (folder / "nbgrader_config.py").write_text(_CONFIG)
    for lesson in lessons:
        shutil.copytree(
            SOLUTIONS / lesson,
            folder / "solutions" / lesson,
            ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"),
            dirs_exist_ok=True,
        )
    return folder
