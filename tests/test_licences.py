"""Who may fire in this process: one at a time, and once."""

import asyncio

import pytest

from bot.model import MassCancelId
from bot.service import Licences
from scripts.card_kit import pending

ONE = MassCancelId("K7Q2M")
OTHER = MassCancelId("ABCDE")


async def test_one_at_a_time_settles_a_mass_cancel() -> None:
    """However many want to settle one, they do so one after the other; another one is not held up."""
    licences, inside, most = Licences(), 0, 0

    async def settle() -> None:
        nonlocal inside, most
        async with licences.settling(ONE):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    waiting = [asyncio.ensure_future(settle()) for _ in range(20)]
    await asyncio.sleep(0)
    async with asyncio.timeout(0.01), licences.settling(OTHER):
        pass
    await asyncio.gather(*waiting)
    assert most == 1


async def test_whoever_waits_too_long_gives_up_and_hurts_nobody() -> None:
    """A patience that ends raises, and the next one still gets its turn."""
    licences = Licences()
    async with licences.settling(ONE):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01), licences.settling(ONE):
                pass
    async with asyncio.timeout(0.01), licences.settling(ONE):
        pass


async def test_a_settling_that_breaks_lets_the_next_one_in() -> None:
    """An error inside, or a cancellation while waiting, leaves no lock behind."""
    licences = Licences()
    with pytest.raises(ValueError, match="broke"):
        async with licences.settling(ONE):
            raise ValueError("broke")

    async def wait() -> None:
        async with licences.settling(ONE):
            pass

    async with licences.settling(ONE):
        waiting = asyncio.ensure_future(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait({waiting})
    async with asyncio.timeout(0.01), licences.settling(ONE):
        pass


def test_each_fires_once() -> None:
    """The right to send is given once for each mass cancel, and it is known who had it."""
    licences, record = Licences(), pending()
    assert licences.fired(record.id) is None
    assert licences.fire(record)
    assert not licences.fire(record)
    assert licences.fired(record.id) is record
