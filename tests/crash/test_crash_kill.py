"""`kill -9` at random moments. `CRASH_CYCLES` and `CRASH_SEED` make a long campaign of it."""

import os

from tests.crash.campaign import campaign


async def test_nothing_promised_is_broken_by_kills_at_random_moments() -> None:
    """Whenever the bot is killed over a command or a tap, no invariant breaks and everybody is told the truth."""
    cycles, seed = int(os.environ.get("CRASH_CYCLES", "12")), int(os.environ.get("CRASH_SEED", "12"))
    figures = await campaign(cycles, seed)
    assert figures.violations == []
    assert figures.cycles == cycles
    assert figures.kills.total() > cycles / 2
