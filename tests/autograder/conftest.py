"""Fixtures for the tests of nbgrader's joint; what they hand out is in classroom.py."""

from pathlib import Path

import pytest
from classroom import new_classroom, real_sandbox

__all__ = ["new_classroom", "real_sandbox"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep all tests that use a sandbox in one worker: its processes and its memory are counted."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("sandbox"))
