"""Fixtures for the tests of nbgrader's joint; what they hand out is in classroom.py."""

from pathlib import Path

import pytest
from classroom import new_classroom, real_sandbox

__all__ = ["new_classroom", "real_sandbox"]


# before pytest-xdist reads the marks
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the tests of a module in one worker: what their fixtures grade and start takes longer than most tests."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.stem))
