"""HTX's list of contracts, kept in memory and read anew in the background: no command waits for it.

Rules of this file: a list is believed for an hour; without one a code counts as unchecked, never as wrong.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

import structlog

from bot.errors import ReadFailed
from bot.listing import Unlisted, unlisted
from bot.model import ALL, ContractCode, Listing
from bot.ports import Clock, Exchange

EVERY: Final = 600.0
"""Seconds between reads of the list."""

AGAIN: Final = 20.0
"""Seconds until the next one where a read failed."""

BELIEVED: Final = 3600.0
"""Seconds after which a list is too old to say anything."""

_ONE_READ: Final = 30.0
"""Seconds one read of the list may take."""


class Contracts:
    """The list as it was last read."""

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self._exchange = exchange
        self._clock = clock
        self._listed: frozenset[ContractCode] = frozenset()
        self._read: float | None = None
        """When the last good read ended, monotonic seconds."""
        self._tried = asyncio.Event()
        self._waits_until: float | None = None
        self.read_at: datetime | None = None
        """The same as a time of day, UTC; None before the first."""

    async def run(self) -> None:
        """Read the list now and then, for ever."""
        while True:
            good = await self.refresh()
            await self._clock.sleep(EVERY if good else AGAIN)

    async def refresh(self) -> bool:
        """Read the list once; whether that worked. An old list stays where it did not."""
        try:
            async with asyncio.timeout(_ONE_READ):
                listed = frozenset(await self._exchange.contracts())
        except (ReadFailed, TimeoutError) as error:
            structlog.get_logger().warning("contract list not read", error=repr(error))
            return False
        else:
            self._listed, self._read, self.read_at = listed, self._clock.monotonic(), self._clock.now()
            structlog.get_logger().info("contract list read", contracts=len(listed))
            return True
        finally:
            self._tried.set()

    def known(self) -> frozenset[ContractCode]:
        """Every code on the list as it was last read, however long ago; none before."""
        return self._listed

    async def first(self, seconds: float) -> frozenset[ContractCode]:
        """The same, waiting so long for the first read to end. Never raises."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._tried.wait()
        return self._listed

    def wait_for_first(self, seconds: float) -> None:
        """Let checks wait for the first read, so long from now: for a process that has only just begun."""
        self._waits_until = self._clock.monotonic() + seconds

    async def check(self, code: ContractCode) -> Unlisted | Listing | None:
        """What the list says about a contract; None of every contract, which needs no list. Never raises."""
        if code == ALL:
            return None
        await self._first()
        now = self._clock.monotonic()
        if self._read is None or now - self._read > BELIEVED:
            return Listing.UNCHECKED
        return unlisted(code, sorted(self._listed), self._clock.now().date()) or Listing.LISTED

    async def _first(self) -> None:
        if self._waits_until is None or self._tried.is_set():
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(max(self._waits_until - self._clock.monotonic(), 0.0)):
                await self._tried.wait()
