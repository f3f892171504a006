"""The attacks once more, on the second rung of the ladder: one bubblewrap for each submission.

    python tests/attacks/second_rung.py

Some ten minutes, since each submission starts an interpreter of its own. What pytest is told after that is handed on to
it: `python tests/attacks/second_rung.py -k forge`.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import exhaust
import hostile_class
import pytest

from autograder.sandbox import Level, best_sandbox

HERE = Path(__file__).parent
REFUSING = '#!/bin/sh\nexec {bwrap} --disable-userns "$@"\n'
"""A bubblewrap within which the kernel refuses namespaces, as it does on some machines."""

OTHER_ENDS = {
    # an overseer counts the files, and ends who makes too many
    "files without number": "made more than 8,192 files",
    "calls just under the limit": "the 80 s that a submission has",
}
"""What attacks come to that end otherwise here than at the full level."""


def main(arguments: list[str]) -> int:
    """Run the attacks where the full level cannot be had."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SystemExit("bubblewrap is not installed")
    with tempfile.TemporaryDirectory() as folder:
        other = Path(folder, "bwrap")
        other.write_text(REFUSING.format(bwrap=bwrap))
        for path in (Path(folder), other):
            path.chmod(0o755)
        # for the workers, too, which start sandboxes of their own
        os.environ["PATH"] = f"{folder}{os.pathsep}{os.environ['PATH']}"
        with closing(best_sandbox()) as sandbox:
            if sandbox.level is not Level.SINGLE:
                raise SystemExit(f"these attacks would run at the {sandbox.level}")
        # whoever ends his sandbox is given another, which takes seconds here, and they count
        hostile_class.LIMITS["submission_seconds"] = 80.0
        exhaust.ATTACKS = [
            replace(attack, ends=OTHER_ENDS.get(attack.name, attack.ends))
            for attack in exhaust.ATTACKS
        ]
        return pytest.main(
            [str(HERE / "test_attacks.py"), str(HERE / "test_persist.py"), *arguments]
        )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
