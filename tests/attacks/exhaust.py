"""Attacks on the machine: time, memory, processes, disk, output without end (P4)."""

from attack import Attack

ATTACKS = [
    Attack(
        "a loop without end",
        tries="to keep a core busy for ever",
        gets="an end at the cell's time limit",
        first="while True: pass",
        ends="did not finish within 3 s",
    ),
]
