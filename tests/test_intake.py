"""The way in: whatever comes twice, and whatever is never taken in."""

import asyncio
from datetime import UTC, datetime

from bot.errors import StoreUnavailable
from bot.model import Platform
from bot.ports import InboxRow
from bot.service import Delivery, Intake, Rush, Tasks, World


class Now:
    """The time."""

    def now(self) -> datetime:
        """UTC."""
        return datetime(2024, 11, 15, 3, tzinfo=UTC)

    def monotonic(self) -> float:
        """Seconds."""
        return 0.0

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


class Box:
    """An inbox whose disk is silent."""

    async def accept(self, _platform: Platform, _id: str, _payload: bytes, _at: datetime) -> bool:
        """It never comes to that."""
        await asyncio.Event().wait()
        return True

    async def unsettled(self, _platform: Platform) -> tuple[InboxRow, ...]:
        """Nothing is left."""
        return ()

    async def settle(self, _origin: str, *, unreadable: bool = False) -> None:
        """Forget it."""


class Adapter:
    """Tries everything at once, with a store that fails in the end; counts."""

    def __init__(self, *, tries: bool) -> None:
        self.tries = tries
        self.tried = 0
        self.given_up = 0
        self.go_on = asyncio.Event()

    async def at_once(self, _delivery: Delivery, _row: InboxRow) -> bool:
        """It takes its time, and fails."""
        if not self.tries:
            return False
        self.tried += 1
        await self.go_on.wait()
        raise StoreUnavailable(why="slow")

    async def work(self, delivery: Delivery) -> bool:
        """Nothing was taken in."""
        raise AssertionError(delivery)

    async def give_up(self, _delivery: Delivery) -> bool:
        """Its people know."""
        self.given_up += 1
        return True


def intake(adapter: Adapter) -> Intake:
    """Over the silent disk."""
    clock = Now()
    return Intake(Platform.TELEGRAM, World(inbox=Box(), clock=clock, tasks=Tasks(), rush=Rush(clock)), adapter)


async def test_the_same_tap_twice_at_a_time_is_tried_once() -> None:
    """A platform that repeats a delivery which is being tried gives it no second chance after the first failed."""
    adapter = Adapter(tries=True)
    door = intake(adapter)
    taking = [asyncio.ensure_future(door.take("1", {})) for _ in range(3)]
    await asyncio.sleep(0)
    adapter.go_on.set()
    await asyncio.gather(*taking)
    assert (adapter.tried, adapter.given_up) == (1, 1)


async def test_what_is_never_taken_in_is_given_up() -> None:
    """Also what is no tap: else whatever comes after it would wait behind it for ever."""
    adapter = Adapter(tries=False)
    async with asyncio.timeout(5):
        await intake(adapter).take("1", {})
    assert adapter.given_up == 1
