"""Ports for servers that are told theirs before they are started, and again when they are started anew."""

import contextlib
import random
import socket

# Below what a system gives to sockets that ask for any: those would take the port between our look and the start.
_FIRST, _LAST = 20_000, 32_000
_chance = random.SystemRandom()


def free_port() -> int:
    """Give a port of loopback that nobody has now, and that nobody is given without asking for it."""
    while True:
        port = _chance.randint(_FIRST, _LAST)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
