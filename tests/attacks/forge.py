"""Attacks on the points: whatever is patched or pretended, wrong values stay wrong (P2)."""

from attack import Attack

ATTACKS = [
    Attack(
        "comparisons that are always true",
        tries="to make every comparison of torch and NumPy say yes",
        gets="nothing: the judge compares in another process",
        first="""
import numpy, torch
torch.allclose = torch.equal = numpy.allclose = lambda *a, **k: True
torch.testing.assert_close = lambda *a, **k: None
tried()
""",
    ),
]
