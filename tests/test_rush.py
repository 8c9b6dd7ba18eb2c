"""Whoever speaks goes first, and nothing waits for long."""

from datetime import UTC, datetime

import pytest

from bot.model import Platform
from bot.ports import InboxRow
from bot.service import Delivery, Intake, Rush, Tasks, World
from bot.service.rush import HOLD, LONGEST


class Hand:
    """A clock whose sleeps pass at once; now and then somebody speaks meanwhile."""

    def __init__(self) -> None:
        self.time = 100.0
        self.rush = Rush(self)
        self.speaks_for = 0.0

    def now(self) -> datetime:
        """Not asked for."""
        return datetime.fromtimestamp(self.time, UTC)

    def monotonic(self) -> float:
        """Seconds."""
        return self.time

    async def sleep(self, seconds: float) -> None:
        """It passes, and somebody speaks at its end."""
        self.time += seconds
        if self.time < 100.0 + self.speaks_for:
            self.rush.begin()


class Box:
    """An inbox that takes everything."""

    async def accept(self, _platform: Platform, _id: str, _payload: bytes, _at: datetime) -> bool:
        """It is new."""
        return True

    async def unsettled(self, _platform: Platform) -> tuple[InboxRow, ...]:
        """Nothing is left."""
        return ()

    async def settle(self, _origin: str, *, unreadable: bool = False) -> None:
        """Forget it."""


class Adapter:
    """Reads everything and does nothing."""

    async def work(self, _delivery: Delivery) -> bool:
        """Read."""
        return True

    async def at_once(self, _delivery: Delivery, _row: InboxRow) -> bool:
        """It is not."""
        return False

    async def give_up(self, _delivery: Delivery) -> bool:
        """Its people know."""
        return True


async def waited(clock: Hand) -> float:
    """Seconds until nobody is in a hurry."""
    began = clock.time
    await clock.rush.over()
    return clock.time - began


async def test_nobody_speaks() -> None:
    """Then nothing waits, also after somebody spoke a while ago."""
    clock = Hand()
    assert await waited(clock) == 0
    clock.rush.begin()
    clock.time += HOLD
    assert await waited(clock) == 0


async def test_one_speaks() -> None:
    """Then what can wait does so until the tap is on its way."""
    clock = Hand()
    clock.rush.begin()
    clock.time += HOLD / 4
    assert await waited(clock) == pytest.approx(HOLD * 3 / 4)


async def test_many_speak() -> None:
    """Nobody holds up a watch for longer than half a second by speaking on and on."""
    clock = Hand()
    clock.speaks_for = 60
    clock.rush.begin()
    assert await waited(clock) == pytest.approx(LONGEST)


async def test_what_comes_in_is_somebody_speaking() -> None:
    """Whatever a platform brings goes first from the moment it comes in."""
    clock, tasks = Hand(), Tasks()
    world = World(inbox=Box(), clock=clock, tasks=tasks, rush=clock.rush)
    await Intake(Platform.TELEGRAM, world, Adapter()).take("4711", {})
    assert await waited(clock) == pytest.approx(HOLD)
    assert await tasks.drain(1)
