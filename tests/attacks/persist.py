"""Attacks on those who come after: what one submission leaves behind for another (P3, P5)."""

from attack import Attack

ATTACKS = [
    Attack(
        "a daemon",
        tries="to leave a process that outlives its notebook",
        gets="a process that ends with it",
        first="""
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        while True: time.sleep(1)
    os._exit(0)
tried()
""",
    ),
]
