"""Keeps the connections to HTX warm for as long as the bot lives, and says in the log when an address changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from bot.htx import HtxClient
from bot.model import HostHealth, clocks_apart
from bot.ports import Clock

EVERY: Final = 10.0
"""Seconds from one beat to the next: a third of the time that idle connections are kept (`bot/htx/line.py`)."""

FIRST: Final = 2.0
"""Seconds a start waits for the first address that answers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _News:
    trouble: str | None
    clock_off: bool


class Heartbeat:
    """All addresses at once, each by itself: one that is dead delays no other."""

    def __init__(self, exchange: HtxClient, clock: Clock) -> None:
        self.exchange = exchange
        self._clock = clock
        self._said: dict[str, _News] = {}
        self._apart = False

    async def run(self) -> None:
        """Beat for ever. A beat that takes long takes nothing from the pause."""
        while True:
            await asyncio.gather(self.beat(), self._clock.sleep(EVERY))

    async def begin(self) -> None:
        """The first beat: what has answered by its end is known, and connected."""
        self._tell_all(await self.exchange.connect(FIRST))

    async def beat(self) -> None:
        """Beat once."""
        self._tell_all(await self.exchange.measure())

    def _tell_all(self, hosts: Sequence[HostHealth]) -> None:
        for host in hosts:
            self._tell(host)
        apart = clocks_apart(hosts)
        if apart is not None and not self._apart:
            structlog.get_logger().error("HTX clocks disagree", seconds=round(apart, 3))
        self._apart = apart is not None

    def _tell(self, host: HostHealth) -> None:
        """Say how an address is, when that is news."""
        now = _News(trouble=host.trouble, clock_off=host.clock_off)
        before, self._said[host.host] = self._said.get(host.host), now
        if now == before:
            return
        log = structlog.get_logger().bind(host=host.host)
        ms = None if host.took is None else round(host.took * 1000)
        offset = None if host.clock_offset is None else round(host.clock_offset, 3) + 0.0  # no "-0.0"
        if host.trouble is not None:
            log.warning("HTX host down", why=host.trouble)
        else:
            log.info("HTX host up", ms=ms, offset=offset)
        if host.clock_off:
            log.error("HTX clock off", offset=offset)
