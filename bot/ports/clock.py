"""Time and randomness come in here."""

from datetime import datetime
from typing import Protocol

from bot.model import MassCancelId


class Clock(Protocol):
    """Time, corrected by the exchange where it is known."""

    def now(self) -> datetime:
        """UTC, exchange-corrected: for ages, expiry and shown times."""
        ...

    def monotonic(self) -> float:
        """Seconds: for durations and deadlines."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Ids(Protocol):
    """Where randomness comes in."""

    def mass_cancel(self) -> MassCancelId:
        """A fresh five-character id."""
        ...

    def token(self) -> str:
        """A fresh button token: 128 random bits, at most 32 ASCII characters."""
        ...
