"""A drill at the wire: whatever is tapped, crashes or breaks, no request but a read ever leaves."""

import asyncio
import json
import sqlite3
from contextlib import closing

import pytest

from bot.model import AccountName, State
from bot.store import FILE, JOURNAL, export, open_engine
from simulator.htx import Delay, Hang
from simulator.telegram import Message
from simulator.telegram.faults import flooded
from tests.e2e.lock import locked
from tests.e2e.setting import ASK, CANCEL, OPENS
from tests.e2e.world import World

DRILL = "/drill BTC-USDT-241115 buy long"


def writes(world: World) -> list[str]:
    """What was sent that is no read."""
    return [record.path for record in world.htx.log if record.method != "GET"]


async def drilled(world: World, after: int) -> Message:
    """The result of a drill."""
    return await world.shown(lambda message: "· log " in message.text, after=after)


async def noted(world: World) -> None:
    """The courier has noted that the card arrived: before that nobody knows since when it has been there."""
    parts = world.parts
    assert parts is not None
    (record,) = await parts.store.recent([AccountName("main")], 1)
    for _ in range(200):
        if await parts.store.shown_at(f"card:{record.id}") is not None:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the card's arrival was not noted")


async def test_taps_at_once_by_two_people_drill_once_and_send_nothing(world: World) -> None:
    """Taps that come together while the proof is being read make one result, and no request but reads."""
    world.place(3)
    card = await world.ask(DRILL)
    world.htx.faults.add(Delay(before=0.3), OPENS)
    for person in (world.ann, world.bo, world.ann):
        person.taps(card, card.labels[0])
    result = await drilled(world, card.id)
    assert "would have cancelled 3" in result.text
    await world.stop()
    assert [m.text for m in world.telegram.messages(world.desk)].count(result.text) == 1
    assert writes(world) == []


async def test_every_line_and_button_of_a_drill_says_so(world: World) -> None:
    """Of all that the bot says in a drill, from card to result, no line and no button lacks the word."""
    world.place(12)
    card = await world.ask(DRILL)
    world.ann.taps(card, card.labels[0])
    await drilled(world, card.id)
    await world.until(lambda: "drilled, nothing was sent" in world.telegram.messages(world.desk)[1].text, "edit")
    said = [m for m in world.telegram.messages(world.desk) if m.sender.is_bot]
    assert len(said) == 2
    for message in said:
        assert all(line.startswith("DRILL · ") for line in message.text.splitlines())
        assert all(label.startswith("DRILL: ") for label in message.labels)


async def test_a_drill_that_crashes_while_executing_ends_as_cut_off(world: World) -> None:
    """After a crash in a drill the next start says that nothing was sent, and neither checks nor follows it."""
    world.place(3)
    card = await world.ask(DRILL)
    hang = world.htx.faults.add(Hang(acts=False), OPENS)
    world.ann.taps(card, card.labels[0])
    await world.until(lambda: "Nothing is sent…" in world.telegram.messages(world.desk)[-1].text, "the edit")
    await world.crash()
    hang.clear()
    await world.start()
    result = await drilled(world, card.id)
    assert "cut off" in result.text
    reads = len(world.htx.requests(OPENS))
    await world.move(400)
    assert len(world.htx.requests(OPENS)) == reads
    assert writes(world) == []


async def test_a_drill_reads_but_never_asks_to_cancel_though_htx_would(world: World) -> None:
    """With HTX ready to cancel, the orders of a drill rest as before, and its result says how long it took."""
    ids = world.place(2)
    card = await world.ask(DRILL)
    await noted(world)
    await world.move(5)
    world.ann.taps(card, card.labels[0])
    result = await drilled(world, card.id)
    assert list(world.account.open_ids()) == ids
    times = result.text.splitlines()[-1]
    assert times.startswith("DRILL · Time to tap 5.")
    assert "tap to request" in times
    assert "tap to proof" in times
    assert writes(world) == []


async def test_the_time_to_tap_begins_when_the_card_is_there(world: World) -> None:
    """The time for which the chat did not take the card is not held against whoever taps it."""
    world.place(1)
    parts = world.parts
    assert parts is not None
    world.telegram.faults.arm("sendMessage", flooded(20))
    world.ann.says(world.desk, DRILL)
    await world.until(lambda: any(c.method == "sendMessage" for c in world.telegram.calls), "the card is refused")
    for _ in range(200):  # the courier waits from the moment in which it noted the refusal
        if all(row.not_before > parts.clock.now() for row in await parts.store.queued()):
            break
        await asyncio.sleep(0.01)
    await world.move(21)
    card = await world.shown("🛑")
    world.ann.taps(card, card.labels[0])
    result = await drilled(world, card.id)
    said = result.text.splitlines()[-1].removeprefix("DRILL · Time to tap ")
    assert float(said.partition(" s")[0]) < 15


async def test_the_audit_names_a_drill_on_each_of_its_rows(world: World) -> None:
    """Asked, confirmed, drilled: each row of a drill says so, and none says that an attempt was made."""
    world.place(1)
    card = await world.ask(DRILL)
    world.ann.taps(card, card.labels[0])
    await drilled(world, card.id)
    parts = world.parts
    assert parts is not None
    (record,) = await parts.store.recent([AccountName("main")], 5)
    assert record.drill
    assert record.state is State.DRILLED
    await world.stop()
    rows = [json.loads(line)["row"] for line in exported(world)]
    mine = [row for row in rows if row["mass_cancel"] == record.id]
    assert [row["event"] for row in mine] == ["asked", "confirm", "drill", "drilled"]
    assert all(row["event"] == "drill" or ["drill", "yes"] in row["facts"] for row in mine)
    assert CANCEL not in writes(world)


async def test_a_drill_is_never_worth_the_emergency_journal(world: World) -> None:
    """With the store locked a tap on a drill does nothing: its person is told so, and the journal stays empty."""
    world.place(2)
    card = await world.ask(DRILL)
    before = (world.data / JOURNAL).read_bytes()
    with locked(world):
        tap = world.ann.taps(card, card.labels[0])
        told = await world.shown("I cannot write my log", after=card.id)
        answer = await tap.answer(10)
        assert "I cannot write my log" in answer
        assert (world.data / JOURNAL).read_bytes() == before
    assert all(line.startswith("DRILL · ") for line in told.text.splitlines())
    await world.move(61)
    await world.stop()
    assert writes(world) == []


@pytest.mark.parametrize(("asked", "drill"), [(DRILL, False), (ASK, True)])
async def test_a_button_and_a_record_that_do_not_agree_do_nothing(world: World, asked: str, drill: bool) -> None:
    """A drill's button on a record that says it is real does nothing, and neither does a real one's on a drill."""
    world.place(2)
    card = await world.ask(asked)
    # Between two runs: while it runs, the bot goes by what it committed itself.
    await world.stop()
    with closing(sqlite3.connect(world.data / FILE)) as other:
        ((document,),) = other.execute("SELECT document FROM mass_cancel")
        other.execute("UPDATE mass_cancel SET document = ?", [json.dumps(json.loads(document) | {"drill": drill})])
        other.commit()
    await world.start()
    tap = world.ann.taps(card, card.labels[0])
    assert "no longer valid" in await tap.answer(10)
    await world.stop()
    assert writes(world) == []


def exported(world: World) -> list[str]:
    """The audit chain, one JSON line a row."""
    engine = open_engine(world.data)
    try:
        return list(export(engine))
    finally:
        engine.dispose()
