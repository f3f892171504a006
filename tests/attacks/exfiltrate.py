"""Attacks on what a student must not read: hidden tests, solutions, secrets, the work of others (P1, P8)."""

from attack import Attack

ATTACKS = [
    Attack(
        "hidden files by their names",
        tries="to open the gradebook, the secret, the graders and another submission by their paths",
        gets="no such file",
        first="""
for path in HIDDEN:
    try: got(open(path, errors="replace").read())
    except OSError: pass
tried()
""",
    ),
    Attack(
        "sockets to the world",
        tries="to send what it found to a server",
        gets="sockets of the machine's own kind alone",
        first="""
import socket
for family in (socket.AF_INET, socket.AF_INET6):
    try: got(socket.socket(family))
    except OSError: pass
try: got(socket.getaddrinfo("example.org", 80))
except OSError: pass
tried()
""",
    ),
]
