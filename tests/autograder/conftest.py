"""Fixtures for the tests of nbgrader's joint; what they hand out is in classroom.py."""

from classroom import new_classroom, real_sandbox

__all__ = ["new_classroom", "real_sandbox"]
