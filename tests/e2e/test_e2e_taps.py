"""Taps: settled at once, answered once, one request at most, whatever else is going on."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from bot.errors import KnownDelivery
from bot.mass_cancel import step
from bot.model import AccountName, Event, EventKind, IncomingTap, Platform, State
from bot.ports import InboxRow, Transition
from bot.store import directly, open_store
from simulator.htx import Delay, Hang
from simulator.telegram import Call, Message, TelegramSimulator
from simulator.telegram.faults import hang, late_answer
from tests import fair
from tests.e2e.setting import ASK, CANCEL, MODE, PATIENCE
from tests.e2e.world import World


def answers(telegram: TelegramSimulator) -> list[Call]:
    """The calls that answered taps."""
    return [call for call in telegram.calls if call.method == "answerCallbackQuery"]


async def test_a_tap_is_answered_exactly_once(world: World) -> None:
    """Every tap gets one answer, whether it fires, comes second, reads, or comes from a stranger."""
    world.place(3)
    card = await world.ask()
    taps = [who.taps(card, card.labels[0]) for who in (world.eve, world.ann, world.ann, world.bo)]
    for tap in taps:
        await tap.answer(PATIENCE)
    await world.shown("✅")
    made = [call.params["callback_query_id"] for call in answers(world.telegram)]
    assert sorted(made) == sorted(tap.query.id for tap in taps)
    assert {call.status for call in answers(world.telegram)} == {200}


async def test_the_request_does_not_wait_for_the_answer(world: World) -> None:
    """With Telegram taking the answer and saying nothing, the request still goes out at once."""
    world.place(3)
    card = await world.ask()
    world.telegram.faults.arm("answerCallbackQuery", hang())
    began = fair.monotonic()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    assert world.posts()[0].received - began < 0.5
    await world.shown("✅")


async def test_a_refused_answer_hurts_nobody(world: World) -> None:
    """An answer that comes too late for Telegram changes nothing about the cancel."""
    world.place(3)
    card = await world.ask()
    world.telegram.faults.arm("answerCallbackQuery", late_answer())
    world.ann.taps(card, card.labels[0])
    await world.shown("✅")
    assert len(world.posts()) == 1
    assert len(answers(world.telegram)) == 1


async def test_the_buttons_go_within_half_a_second(world: World) -> None:
    """After a tap the card says who tapped, without buttons, while the request is still under way."""
    world.place(3)
    world.htx.faults.add(Delay(before=0.8), CANCEL)
    card = await world.ask()
    began = fair.monotonic()
    world.ann.taps(card, card.labels[0])
    shown = await world.shown("Cancelling… tapped by Ann")
    assert fair.monotonic() - began < 0.5
    assert shown.id == card.id
    assert not shown.labels
    await world.shown("✅")


async def test_taps_are_not_held_up_by_a_slow_command(world: World) -> None:
    """A command that waits for HTX does not keep a tap, sent after it, waiting."""
    world.place(3)
    card = await world.ask()
    world.htx.faults.add(Hang(), MODE)
    world.ann.says(world.desk, "/status")
    await world.until(lambda: len(world.htx.requests(MODE)) == 2, "the command waits for HTX")
    began = fair.monotonic()
    world.ann.taps(card, card.labels[0])
    await world.shown("✅")
    assert world.posts()[0].received - began < 0.5
    assert not [m for m in world.telegram.messages(world.desk) if "READY" in m.text]
    world.htx.faults.clear()
    await world.shown("READY")


async def test_fifty_racing_taps_are_one_request(world: World) -> None:
    """Fifty taps by two people at once, half of them on Keep: one is first, and one request at most goes out."""
    for _ in range(3):
        world.place(3)
        before = len(world.posts())
        card = await world.ask()
        people = [world.ann, world.bo] * 25
        taps = [who.taps(card, card.labels[number % 3 == 1]) for number, who in enumerate(people)]
        said = [await tap.answer(PATIENCE) for tap in taps]
        ended = await world.shown(lambda m: "ZERO LEFT" in m.text or "Kept by" in m.text, after=card.id - 1)
        fired = sum(text.startswith("Cancelling…") for text in said)
        assert len(world.posts()) - before == fired <= 1
        assert fired or "Kept by" in ended.text
        await world.move(61)


async def test_fifty_racing_confirmations_are_one_request(world: World) -> None:
    """Fifty taps on the red button by Ann and Bo: exactly one request, and all others are told who was first."""
    world.place(3)
    card = await world.ask()
    taps = [(world.ann, world.bo)[number % 2].taps(card, card.labels[0]) for number in range(50)]
    said = [await tap.answer(PATIENCE) for tap in taps]
    await world.shown("✅")
    assert sum(text.startswith("Cancelling…") for text in said) == 1
    assert sum(text.startswith("Already sent by ") for text in said) == 49
    assert len(world.posts()) == 1


async def test_a_delivery_that_comes_twice_acts_once(world: World) -> None:
    """The same update again is nothing; the same message under a new update id makes no second card."""
    world.place(3)
    said = world.ann.says(world.desk, ASK)
    card = await world.shown("🛑")
    assert said.update_id is not None
    world.telegram.updates.redeliver(said.update_id)
    world.telegram.updates.resend(said.update_id)
    await world.shown("already asks this")
    tap = world.ann.taps(card, card.labels[0])
    assert tap.update_id is not None
    await world.shown("✅")
    world.telegram.updates.redeliver(tap.update_id)
    again = world.telegram.updates.resend(tap.update_id)
    await world.until(lambda: world.telegram.updates.pending == 0, f"update {again} is taken")
    await world.say("/whoami", "Ann Lee")
    assert sum("🛑" in message.text for message in world.telegram.messages(world.desk)) == 1
    assert len(world.posts()) == 1


async def test_a_batch_in_disorder_is_all_done(world: World) -> None:
    """Updates that come newest first, or each twice, all have their effect, once."""
    world.place(3)
    await world.stop()
    world.telegram.updates.shuffle_next_batch()
    world.telegram.updates.double_next_batch()
    for text in ("/orders", "/whoami", ASK):
        world.ann.says(world.desk, text)
    await world.start()
    for what in ("3 open", "Ann Lee", "🛑"):
        await world.shown(what)
    await asyncio.sleep(0.1)
    assert sum(message.by_bot for message in world.telegram.messages(world.desk)) == 3


async def kept_elsewhere(world: World) -> None:
    """Another process settles the newest card: somebody called Bo keeps its orders."""
    other = open_store(world.data, lambda: datetime.now(UTC), directly)
    (record,) = await other.recent([AccountName("main")], 1)
    kept = step(record, Event(kind=EventKind.KEEP, by=replace(record.asked_by, name="Bo")), datetime.now(UTC))
    await other.commit(
        [Transition(before=record, after=kept.after, event=kept.event, notes=(), posts=lambda _head, _card: ())]
    )
    other.close()


async def of_ann(world: World, card: Message, *, age: float = 0.0) -> IncomingTap:
    """Her tap on the first button, which came in so many seconds ago."""
    assert world.parts is not None
    (record,) = await world.parts.store.recent([AccountName("main")], 1)
    return IncomingTap(
        origin="telegram:4711",
        identity=record.asked_by.identity,
        conversation=record.conversation,
        token=card.buttons[0].data or "",
        received_at=datetime.fromtimestamp(world.now(), UTC) - timedelta(seconds=age),
        shown_name="Ann",
    )


async def taps_late(world: World, card: Message) -> str:
    """Ann's tap on the first button comes to the service eleven seconds late; what she hears."""
    assert world.parts is not None
    return (await world.parts.service.tap(await of_ann(world, card, age=11))).text


async def test_what_another_process_decided_counts_more_than_memory(world: World) -> None:
    """A card that was settled behind this process's back fires nothing, and the tap hears how it was settled."""
    world.place(3)
    card = await world.ask()
    await kept_elsewhere(world)
    tap = world.ann.taps(card, card.labels[0])
    assert (await tap.answer(PATIENCE)).startswith("Kept by Bo")
    assert (await taps_late(world, card)).startswith("Kept by Bo")
    assert world.posts() == ()


async def test_a_tap_that_waited_too_long_does_nothing(world: World) -> None:
    """Its request would come too late: nothing is sent, its person and the chat are told, and a new tap works."""
    world.place(3)
    card = await world.ask()
    assert (await taps_late(world, card)).startswith("Not run: you tapped 11 s ago")
    await world.shown("reached me too late. Nothing was sent.", after=card.id)
    assert world.posts() == ()
    world.ann.taps(card, card.labels[0])
    await world.shown("✅", after=card.id)
    assert len(world.posts()) == 1


async def test_a_request_waits_for_one_commit(world: World) -> None:
    """The tap's delivery and its licence reach the disk together, on the way of every tap that fires."""
    world.place(3)
    card = await world.ask()
    assert world.parts is not None
    seen: list[str] = []
    engine = world.parts.store.engine
    event.listen(engine, "before_cursor_execute", lambda *about: seen.append(str(about[2])))
    event.listen(engine, "commit", lambda _connection: seen.append("COMMIT"))
    world.ann.taps(card, card.labels[0])
    await world.shown("✅")
    taken = next(at for at, said in enumerate(seen) if said.startswith("INSERT INTO inbox"))
    licensed = next(at for at, said in enumerate(seen) if said.startswith("UPDATE mass_cancel"))
    assert taken < licensed
    assert "COMMIT" not in seen[taken:licensed]


async def test_a_tap_taken_in_before_fires_nothing(world: World) -> None:
    """Taken in by a process that is gone, it is worked on as the old tap it is, and never as a new one."""
    world.place(3)
    card = await world.ask()
    assert world.parts is not None
    tap = await of_ann(world, card)
    row = InboxRow(origin=tap.origin, payload=b"{}", received_at=tap.received_at)
    await world.parts.store.accept(Platform.TELEGRAM, "4711", b"{}", tap.received_at)
    with pytest.raises(KnownDelivery):
        await world.parts.service.at_once(tap, row)
    assert world.posts() == ()
    (record,) = await world.parts.store.recent([AccountName("main")], 1)
    assert record.state is State.PENDING
    assert world.audit().ok
