"""Imported once, by the process from which a batch's workers are forked: torch, the judge, a sandbox that holds."""

import contextlib
import warnings

from autograder.grading import shared_sandbox
from autograder.sandbox import SandboxUnavailable

# the sandbox's template is a child of this process, too, and may end before its workers do
warnings.filterwarnings("ignore", message="forkserver: waitpid returned unexpected pid")
# all workers have their submissions forked from its one template; where there is none, each of them says why
with contextlib.suppress(SandboxUnavailable):
    shared_sandbox()
