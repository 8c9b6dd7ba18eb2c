"""The store's file, held by somebody else."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from bot.store import FILE
from tests.e2e.world import World


@contextmanager
def locked(world: World) -> Iterator[None]:
    """Nobody else can write or read it meanwhile."""
    with closing(sqlite3.connect(world.data / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")
