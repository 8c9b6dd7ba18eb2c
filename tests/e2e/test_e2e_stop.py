"""Stopping: in order, and always to an end."""

import asyncio

import pytest

from simulator.htx import Delay
from tests.e2e.lock import hanging
from tests.e2e.setting import CANCEL, TIMESTAMP
from tests.e2e.world import World


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_ends_whatever_has_just_been_said(world: World, turns: int) -> None:
    """A stop that comes within a few turns of the loop after something to deliver does not wait for ever."""
    assert world.parts is not None
    await asyncio.sleep(0.05)
    world.parts.courier.wake()
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(8):
        await world.crash()


@pytest.mark.parametrize("turns", range(8))
async def test_a_stop_ends_while_the_clock_is_measured(world: World, turns: int) -> None:
    """A stop that comes just when HTX has told the time does not wait for ever."""
    before = len(world.htx.requests(TIMESTAMP))
    world.jump(21)
    await world.htx.until(lambda: any(record.answer for record in world.htx.requests(TIMESTAMP)[before:]))
    for _ in range(turns):
        await asyncio.sleep(0)
    async with asyncio.timeout(3):
        await world.crash()


async def test_a_stop_carries_to_the_verdict(world: World) -> None:
    """A stop with a request under way waits for its verdict and tells it; what is said meanwhile waits."""
    world.place(3)
    card = await world.ask()
    world.htx.faults.add(Delay(after=0.3), CANCEL)
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    stopping = asyncio.ensure_future(world.stop())
    world.bo.says(world.desk, "/whoami")
    await stopping
    told = [message.text for message in world.telegram.messages(world.desk) if message.by_bot]
    assert told[-1].startswith("✅ ZERO LEFT")
    assert "3 cancelled" in told[-1]
    await world.start()
    await world.shown("Bo · telegram = 12")
    assert len(world.posts()) == 1


async def test_a_stop_carries_a_tap_from_its_commit_to_its_request(world: World) -> None:
    """A tap whose licence is being committed when the stop comes is sent and told, before the bot is gone."""
    world.place(3)
    card = await world.ask()
    async with hanging(world):
        world.ann.taps(card, card.labels[0])
        await asyncio.sleep(0.3)  # by now it waits for its commit
        stopping = asyncio.ensure_future(world.stop())
        await asyncio.sleep(0.1)
    await stopping
    assert len(world.posts()) == 1
    told = [message.text for message in world.telegram.messages(world.desk) if message.by_bot]
    assert told[-1].startswith("✅ ZERO LEFT")
