"""Time and chance, as the ports want them."""

import asyncio
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from bot.model import MassCancelId

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""What people can read out over a bad line: no 0/O, 1/I/L, U/V."""

_ID_LENGTH: Final = 5
_TOKEN_BYTES: Final = 16


class SystemClock:
    """The machine's clock, corrected by what the exchange says."""

    def __init__(self, offset: Callable[[], float]) -> None:
        self._offset = offset

    def now(self) -> datetime:
        """UTC, exchange-corrected."""
        return datetime.fromtimestamp(time.time() + self._offset(), UTC)

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class RandomIds:
    """Ids and tokens from the operating system's randomness."""

    def mass_cancel(self) -> MassCancelId:
        """Five characters: some 24 million ids."""
        return MassCancelId("".join(secrets.choice(ALPHABET) for _ in range(_ID_LENGTH)))

    def token(self) -> str:
        """128 random bits in 22 characters: far below Telegram's 64 bytes."""
        return secrets.token_urlsafe(_TOKEN_BYTES)
