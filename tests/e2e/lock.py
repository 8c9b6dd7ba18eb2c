"""The store in somebody else's hands, or in nobody's: its file is locked, or its disk is silent."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager

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


@asynccontextmanager
async def hanging(world: World) -> AsyncIterator[None]:
    """Whatever is asked of the bot's store waits meanwhile, as on a disk that does not answer."""
    assert world.parts is not None
    disk = threading.Event()
    waiting = asyncio.ensure_future(world.parts.store.run(disk.wait))
    try:
        yield
    finally:
        disk.set()
        await waiting
