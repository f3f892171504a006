"""Imported once, by the process from which a batch's workers are forked: torch, the judge, a sandbox that holds."""

import contextlib

from autograder.grading import shared_sandbox
from autograder.sandbox import SandboxUnavailable

# all workers have their submissions forked from its one template; where there is none, each of them says why
with contextlib.suppress(SandboxUnavailable):
    shared_sandbox()
