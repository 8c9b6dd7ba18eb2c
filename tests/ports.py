"""A port for a program that must be told one."""

import random
import socket
from typing import Final

_BELOW_EPHEMERAL: Final = range(20_000, 32_000)
"""The system gives these to nobody who asks for any: one that is free now stays so until it is used."""


def free_port() -> int:
    """A port that nobody listens on now, and that no connection of another test will be given."""
    for port in random.sample(_BELOW_EPHEMERAL, 50):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port")
