"""Makes this repository an nbgrader course: source = solutions, release = assignments, judged by our graders."""

from pathlib import Path

from autograder.nbgrader import configure

configure(get_config(), Path(__file__).parent)  # noqa: F821  nbgrader puts get_config here
