"""The clock of a `World`: real time, and a shift that a test may grow."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

from tests import fair


class Moved(Protocol):
    """Whose time it is."""

    shift: float
    moved: asyncio.Event

    def now(self) -> float:
        """Unix seconds."""
        ...


class Crashed(Exception):  # noqa: N818 it reads as what happened
    """The process is gone; nothing of it goes on."""


class MovableClock:
    """Real time plus a shift. A sleep is real, and ends at once when a shift takes the clock past its end."""

    def __init__(self, world: Moved) -> None:
        self._world = world
        self.dead = False

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._world.now(), UTC)

    def monotonic(self) -> float:
        return fair.monotonic() + self._world.shift

    async def sleep(self, seconds: float) -> None:
        end = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := end - self.monotonic()) > 0:
            if self.dead:
                raise Crashed
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._world.moved.wait()
