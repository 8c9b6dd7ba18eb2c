"""Cancelling by id: what no conversation can say of it."""

import json
import sqlite3

from bot.store.engine import FILE
from simulator.htx import Drop, Hang, Html, ItemCodes, Lie
from tests.e2e.setting import BATCH, CANCEL, CONTRACT, OPENS
from tests.e2e.world import World


def named(world: World) -> list[list[str]]:
    """The ids of each batch that was sent."""
    bodies = [json.loads(record.body) for record in world.htx.posts(BATCH)]
    assert all(body["contract_code"] == CONTRACT for body in bodies)
    return [body["order_id"] for body in bodies]


async def test_only_what_the_card_showed_is_named(world: World) -> None:
    """Orders in the scope that came after the card stay, and no batch holds more than ten ids."""
    shown = world.place(23)
    world.htx.faults.add(Lie(), CANCEL)
    card = await world.ask()
    later = world.place(3)
    world.ann.taps(card, card.labels[0])
    await world.shown("3 STILL OPEN", after=card.id)
    batches = named(world)
    assert sorted(id_ for batch in batches for id_ in batch) == sorted(shown)
    assert max(map(len, batches)) <= 10
    assert list(world.account.open_ids()) == later
    assert len(world.posts()) == 1


async def test_what_lies_outside_the_scope_is_never_named(world: World) -> None:
    """A clean-up leaves the other side of the same contract alone."""
    world.place(2)
    others = world.place(2, side="sell")
    world.htx.faults.add(Drop(), CANCEL)
    result = await world.run()
    assert "ZERO LEFT" in result.text
    assert list(world.account.open_ids()) == others


async def test_refused_ids_are_tried_again_until_they_go(world: World) -> None:
    """An id that HTX cannot cancel yet is named again after the next read."""
    world.place(2)
    world.htx.faults.add(ItemCodes(share=1.0, code=1062), CANCEL)
    world.htx.faults.add(ItemCodes(share=1.0, code=1062), BATCH, times=2)
    result = await world.run()
    assert "✅ ZERO LEFT" in result.text
    assert "2 of them were cancelled singly, by id" in result.text
    assert len(named(world)) == 3


async def test_a_verdict_is_told_from_a_read_after_the_clean_up(world: World) -> None:
    """With the clean-up's answer lost and the next reads refused, nothing is told from the read before it."""
    world.place(3)
    world.htx.faults.add(Drop(), CANCEL)
    world.htx.faults.add(Hang(acts=True), BATCH)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(lambda: world.htx.posts(BATCH), "the clean-up")
    world.htx.faults.add(Html(status=502), OPENS, times=6)
    result = await world.shown(lambda message: "· log " in message.text, after=card.id)
    assert "ZERO LEFT" in result.text
    assert list(world.account.open_ids()) == []


async def test_without_a_read_after_the_clean_up_nobody_knows(world: World) -> None:
    """Where no read after the clean-up comes in time the outcome is UNKNOWN, and is followed."""
    world.place(3)
    world.htx.faults.add(Drop(), CANCEL)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(lambda: world.htx.posts(BATCH), "the clean-up")
    world.htx.faults.add(Html(status=502), OPENS)
    await world.move(19)
    await world.shown("UNKNOWN", after=card.id)
    world.htx.faults.clear()
    await world.move(6)
    await world.shown("✅", after=card.id)
    assert len(world.posts()) == 1


async def test_a_minute_after_the_tap_only_reads_are_left(world: World) -> None:
    """An outcome that becomes known later than that is told, and nothing is cancelled any more."""
    world.place(2)
    world.htx.faults.add(Drop(), CANCEL)
    world.htx.faults.add(Html(status=502), OPENS, skip=3)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    await world.move(19)
    await world.shown("UNKNOWN", after=card.id)
    for _ in range(6):
        await world.move(10)
    world.htx.faults.clear()
    await world.move(80)
    await world.shown("2 STILL OPEN", after=card.id)
    assert not world.htx.posts(BATCH)


async def test_after_a_crash_only_reads_are_left(world: World) -> None:
    """A new process names no orders, however short the time since the tap: the tap was not its own."""
    world.place(2)
    world.htx.faults.add(Drop(), CANCEL)
    world.htx.faults.add(Html(status=502), OPENS, skip=3)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    await world.crash()
    world.htx.faults.clear()
    await world.start()
    await world.shown("2 STILL OPEN", after=card.id)
    assert not world.htx.posts(BATCH)


async def test_each_round_is_on_the_audit_chain_before_it_is_sent(world: World) -> None:
    """The chain names every id that was sent, in a row of its own."""
    ids = world.place(3)
    world.htx.faults.add(Lie(), CANCEL)
    await world.run()
    with sqlite3.connect(world.data / FILE) as store:
        rows = [row for (row,) in store.execute("select row from audit order by seq") if '"clean up"' in row]
    store.close()
    assert len(rows) == len(named(world)) == 1
    assert all(id_ in rows[0] for id_ in ids)
