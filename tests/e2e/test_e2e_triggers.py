"""Cards for orders that wait for a price: what no conversation can say of them."""

import json
from typing import Any

from simulator.htx import Drop, Html
from simulator.telegram import Message
from tests.e2e.setting import ALGO_CANCEL, ALGO_OPENS, BATCH, CANCEL, OPENS
from tests.e2e.world import World


async def card_for_triggers(world: World) -> Message:
    """Ann lists, and opens the card that the list offers."""
    listed = await world.say("/orders BTC-USDT-241115 buy long", "triggers open")
    world.ann.taps(listed, listed.labels[0])
    return await world.shown("TRIGGER", after=listed.id)


def named(world: World) -> list[list[str]]:
    """The ids of each request that cancels triggers."""
    bodies: list[Any] = [json.loads(record.body) for record in world.htx.posts(ALGO_CANCEL)]
    return [[entry["algo_id"] for entry in (body if isinstance(body, list) else [body])] for body in bodies]


def others(world: World) -> int:
    """How many requests were sent that cancel plain orders."""
    return len(world.posts()) + len(world.htx.posts(BATCH))


async def test_only_ids_of_the_card_are_ever_named(world: World) -> None:
    """A double tap cancels the twelve that were shown, ten a request, and nothing that came since or is plain."""
    plain, shown = world.place(2), world.place_triggers(12)
    card = await card_for_triggers(world)
    later = world.place_triggers(1, side="buy", type="sl")
    world.ann.taps(card, card.labels[0])
    world.bo.taps(card, card.labels[0])
    result = await world.shown("1 STILL OPEN · triggers of", after=card.id)
    assert "12 of 12 cancelled · 1 placed after your card" in result.text
    assert sorted(id_ for ids in named(world) for id_ in ids) == sorted(shown)
    assert [len(ids) for ids in named(world)] == [10, 2]
    assert [order.algo_id for order in world.account.open_algos()] == later
    assert list(world.account.open_ids()) == plain
    assert others(world) == 0


async def test_objects_are_sent_where_htx_refuses_arrays(world: World) -> None:
    """Which body HTX takes is unknown: an array that it refuses has no effect, and each id goes alone."""
    shown = world.place_triggers(3)
    world.htx.behaviour.algo_body = "object"
    card = await card_for_triggers(world)
    world.ann.taps(card, card.labels[0])
    result = await world.shown("ZERO LEFT · triggers of", after=card.id)
    assert "main · 3 cancelled" in result.text
    assert named(world) == [shown, *([id_] for id_ in shown)]


async def test_a_lost_answer_is_proved(world: World) -> None:
    """The answer is lost on the way: one request, and the read tells that none is left."""
    world.place_triggers(2)
    card = await card_for_triggers(world)
    world.htx.faults.add(Drop(acts=True), ALGO_CANCEL, times=1)
    world.ann.taps(card, card.labels[0])
    result = await world.shown("ZERO LEFT · triggers of", after=card.id)
    assert "2 gone: cancelled or triggered, HTX did not say" in result.text
    assert len(named(world)) == 1


async def test_a_lost_request_is_repeated_by_id(world: World) -> None:
    """The request itself is lost: the ids that are still open are named once more, and no others."""
    shown = world.place_triggers(2)
    card = await card_for_triggers(world)
    world.htx.faults.add(Drop(acts=False), ALGO_CANCEL, times=1)
    world.ann.taps(card, card.labels[0])
    await world.shown("ZERO LEFT · triggers of", after=card.id)
    assert named(world) == [shown, shown]
    assert others(world) == 0


async def test_without_a_read_nobody_is_told_of_success(world: World) -> None:
    """HTX says cancelled and the triggers cannot be read: UNKNOWN, until a check reads them."""
    world.place_triggers(2)
    card = await card_for_triggers(world)
    world.htx.faults.add(Html(status=502), ALGO_OPENS)
    world.ann.taps(card, card.labels[0])
    await world.until(lambda: named(world), "the request")
    await world.move(20)
    result = await world.shown("UNKNOWN · triggers of", after=card.id)
    world.htx.faults.clear()
    world.ann.taps(result, "Check again")
    await world.shown("ZERO LEFT · triggers of", after=result.id)
    assert len(named(world)) == 1


async def test_a_new_process_reads_triggers_and_sends_nothing(world: World) -> None:
    """After a crash the check looks at the triggers, not at the orders of the same scope."""
    world.place(1)
    world.place_triggers(2)
    card = await card_for_triggers(world)
    world.htx.faults.add(Drop(acts=False), ALGO_CANCEL)
    world.htx.faults.add(Html(status=502), ALGO_OPENS)
    world.ann.taps(card, card.labels[0])
    await world.until(lambda: named(world), "the request")
    await world.crash()
    world.htx.faults.clear()
    sent = len(named(world))
    await world.start()
    result = await world.shown("2 STILL OPEN · triggers of", after=card.id)
    assert "tp" in result.text or "trigger buy" in result.text
    assert len(named(world)) == sent
    assert others(world) == 0


async def test_cards_for_orders_and_triggers_stand_side_by_side(world: World) -> None:
    """The same scope on the other book is another card: neither points to the other, and each does its own."""
    world.place(2)
    world.place_triggers(2)
    triggers = await card_for_triggers(world)
    orders = await world.ask()
    assert orders.labels == ("Cancel 2 orders", "Keep orders")
    world.ann.taps(orders, orders.labels[0])
    await world.shown("ZERO LEFT · BTC-USDT-241115 BUY LONG · 2 triggers open", after=orders.id)
    assert named(world) == []
    world.ann.taps(triggers, triggers.labels[0])
    await world.shown("ZERO LEFT · triggers of", after=orders.id)
    assert len(world.posts()) == 1


async def test_the_ids_are_on_the_audit_chain_before_they_are_sent(world: World) -> None:
    """The row of the attempt names every id that the request may name."""
    shown = world.place_triggers(2)
    card = await card_for_triggers(world)
    world.ann.taps(card, card.labels[0])
    await world.shown("ZERO LEFT · triggers of", after=card.id)
    assert " ".join(shown).encode() in world.written()
    assert len(world.htx.requests(OPENS)) > 0
    assert world.htx.posts(CANCEL) == ()
