"""Attacks on who reads the result: pages, terminals and tables that must stay inert (P7)."""

from attack import Attack

ATTACKS = [
    Attack(
        "a script in an exception",
        tries="to have the feedback page run a script by way of an error message",
        gets="a page that shows the text",
        answers={"3-1": "def gradient(x, y, w): raise ValueError('<script>alert(1)</script>')"},
        last="tried()",
    ),
]
