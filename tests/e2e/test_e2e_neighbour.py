"""Another process on the same store: what it sent is its own as long as it lives."""

import asyncio
from dataclasses import replace

from bot.model import AccountName, EventKind, MassCancel, MassCancelId, State, Verdict
from bot.ports import Transition
from bot.store import directly, open_store
from tests.e2e.world import World
from tests.store.store_kit import stepped


def told_unknown(sent: MassCancel) -> Transition:
    """Its process could not read, and said so."""
    step = stepped(sent, State.UNKNOWN, EventKind.NO_PROOF)
    return replace(step, after=replace(step.after, verdict=Verdict(proof=None, ambiguous="read timeout")))


def is_watched(id_: MassCancelId) -> bool:
    """Whether somebody here follows it."""
    return any(task.get_name() == f"watch {id_}" for task in asyncio.all_tasks())


async def test_the_unknown_of_a_living_process_is_left_to_it(world: World) -> None:
    """It may still cancel by id for a minute, and we could only read: once it is dead, we follow it."""
    world.place(3)
    await world.ask()
    assert world.parts is not None
    upkeep, clock = world.parts.service.upkeep, world.parts.clock
    neighbour = open_store(world.data, clock.now, directly, instance="neighbour")
    try:
        (asked,) = await neighbour.recent([AccountName("main")], 1)
        sent = stepped(asked, State.EXECUTING, decided_at=clock.now())
        await neighbour.commit([sent])
        await neighbour.commit([told_unknown(sent.after)])
        await upkeep.look_after_orphans()
        assert not is_watched(asked.id)
    finally:
        neighbour.close()
    await upkeep.look_after_orphans()
    assert is_watched(asked.id)
    assert world.posts() == ()
