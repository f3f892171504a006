"""The process that student code lives in: it returns data, never verdicts, and holds nothing worth
stealing.

A `Sandbox` is one template process inside bubblewrap with torch imported; each `open` forks a
`Child` from it, confined further, for one submission. Nothing here opens a secret, and no secret
may be opened in the template.
"""

from autograder.sandbox.canary import level, self_test
from autograder.sandbox.child import Child
from autograder.sandbox.errors import (
    ChildDied,
    ChildMisbehaved,
    ChildTimedOut,
    SandboxUnavailable,
)
from autograder.sandbox.inside.settings import Limits
from autograder.sandbox.sandbox import Sandbox

__all__ = [
    "Child",
    "ChildDied",
    "ChildMisbehaved",
    "ChildTimedOut",
    "Limits",
    "Sandbox",
    "SandboxUnavailable",
    "level",
    "self_test",
]
