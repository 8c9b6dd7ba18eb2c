"""What our bot is called. A bot is renamed at BotFather at any time, and people go on typing the old name."""

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot.ports import Clock

EVERY: Final = 60.0
"""Seconds between looks."""

_MOST: Final = 8
"""Names that are remembered."""

_PATIENCE: Final = 5.0
"""Seconds one look may take."""

_APART: Final = 3.0
"""Seconds between two looks, however often somebody uses a name that we do not know."""

Keep = Callable[[Sequence[str]], None]
"""Remembers names for the next start."""


class Names:
    """Our user name and those we had, newest first."""

    def __init__(self, bot: Bot, clock: Clock, known: Sequence[str] = (), keep: Keep | None = None) -> None:
        """Build them.

        Args:
            bot: whose names.
            clock: `monotonic` and `sleep`.
            known: what an earlier process knew, newest first.
            keep: told whenever a name is new; must not raise.
        """
        self._bot = bot
        self._clock = clock
        self._keep = keep
        self._names = tuple(known)[:_MOST]
        self._looked = -math.inf
        self._looking = asyncio.Lock()

    def all(self) -> tuple[str, ...]:
        """Every name, the one of now first; none before Telegram told us."""
        self._take()
        return self._names

    async def run(self) -> None:
        """Ask Telegram now and then, for ever."""
        while True:
            await self.look_again()
            await self._clock.sleep(EVERY)

    async def look_again(self) -> None:
        """Ask Telegram what is true from now on.

        Whoever asks at the same time shares one look, and looks keep their distance.
        """
        asked_at = self._clock.monotonic()
        async with self._looking:
            if self._looked < asked_at:
                await self._clock.sleep(max(0.0, self._looked + _APART - asked_at))
                self._looked = self._clock.monotonic()
                with suppress(TelegramError, TimeoutError):
                    async with asyncio.timeout(_PATIENCE):
                        await self._bot.get_me()
        self._take()

    def _take(self) -> None:
        """What python-telegram-bot has from the last `getMe`, whoever asked."""
        try:
            name = self._bot.username or ""
        except RuntimeError:
            return  # Telegram has not told us yet
        if not name or self._names[:1] == (name,):
            return
        others = [known for known in self._names if known.lower() != name.lower()]
        if others:
            structlog.get_logger().warning("telegram name changed", name=name, before=others[0])
        self._names = (name, *others)[:_MOST]
        if self._keep is not None:
            self._keep(self._names)
