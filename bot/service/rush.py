"""Whoever speaks goes first: what merely watches does not begin in the moments in which a tap is on its way.

A tap's request should leave within 20 ms; a look at refills or a sweep that begins meanwhile costs it several.
"""

from typing import Final

from bot.ports import Clock

HOLD: Final = 0.05
"""Seconds for which one delivery holds up what can wait."""

LONGEST: Final = 0.5
"""Seconds that anything waits, however many speak."""


class Rush:
    """Knows when something came in last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._until = clock.monotonic()

    def begin(self) -> None:
        """Somebody has just said or tapped something."""
        self._until = self._clock.monotonic() + HOLD

    async def over(self) -> None:
        """Return when nobody is in a hurry, after `LONGEST` in any case."""
        no_longer = self._clock.monotonic() + LONGEST
        while (left := min(self._until, no_longer) - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
