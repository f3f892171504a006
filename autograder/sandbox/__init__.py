"""The process that student code lives in: it returns data, never verdicts, and holds nothing worth
stealing.

A `Sandbox` is one template process inside bubblewrap with torch imported; each `open` forks a
`Child` from it, confined further, for one submission. Nothing here opens a secret, and no secret
may be opened in the template.
"""

from autograder.sandbox.canary import self_test
from autograder.sandbox.child import Child
from autograder.sandbox.errors import (
    ChildDied,
    ChildMisbehaved,
    ChildTimedOut,
    SandboxUnavailable,
)
from autograder.sandbox.inside.settings import Limits
from autograder.sandbox.ladder import best_sandbox
from autograder.sandbox.sandbox import AnySandbox, Level, NoSandbox, Sandbox, SandboxEach

__all__ = [
    "AnySandbox",
    "Child",
    "ChildDied",
    "ChildMisbehaved",
    "ChildTimedOut",
    "Level",
    "Limits",
    "NoSandbox",
    "Sandbox",
    "SandboxEach",
    "SandboxUnavailable",
    "best_sandbox",
    "self_test",
]
