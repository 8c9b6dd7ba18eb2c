"""Delivery: a result is never lost, whatever the chat does."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store import FILE
from simulator.htx import Delay, Switch
from simulator.telegram import Message
from simulator.telegram.errors import bad_request
from simulator.telegram.faults import bad_gateway, cut_after, flooded, refuse
from tests.e2e.setting import ASK, CANCEL, CONTRACT, Setting
from tests.e2e.world import World

ZERO = f"✅ ZERO LEFT · {CONTRACT} BUY LONG"


def sends(world: World, since: int = 0) -> list[tuple[int | None, str]]:
    """Status and first line of each attempt to send a message to the desk's group."""
    calls = [call for call in world.telegram.calls[since:] if call.method == "sendMessage"]
    calls = [call for call in calls if str(call.params["chat_id"]) == str(world.desk.id)]
    return [(call.status, str(call.params["text"]).partition("\n")[0]) for call in calls]


async def deferred(world: World, attempts: int = 1) -> None:
    """Wait until a message was refused so often and the bot has noted when to try again."""

    def noted() -> bool:
        with closing(sqlite3.connect(world.data / FILE)) as database:
            rows = database.execute("SELECT attempts FROM outbox WHERE state = 'waiting'").fetchall()
        return any(row[0] >= attempts for row in rows)

    await world.until(noted, f"{attempts} refused attempts")


def results(messages: tuple[Message, ...]) -> list[Message]:
    """Those that bear a verdict."""
    return [message for message in messages if message.text.startswith(ZERO)]


async def slow_cancel(world: World) -> Switch:
    """Orders, a card, a tap, and a cancel request that HTX holds: what happens now happens before the result."""
    world.place(3)
    card = await world.ask()
    switch = world.htx.faults.add(Delay(after=0.15), CANCEL)
    world.ann.taps(card, card.labels[0])
    await world.until(lambda: len(world.posts()) == 1, "the request")
    return switch


async def test_retry_after_is_honoured(world: World) -> None:
    """Told to wait, the bot sends nothing until then, and then the result."""
    await slow_cancel(world)
    world.telegram.faults.arm("sendMessage", flooded(30))
    since = len(world.telegram.calls)
    await deferred(world)
    await world.move(28)
    await asyncio.sleep(0.3)
    assert [status for status, _ in sends(world, since)] == [429]
    await world.move(3)
    assert (await world.shown("✅")).text.startswith(ZERO)
    assert [status for status, _ in sends(world, since)] == [429, 200]


async def test_a_chat_that_makes_us_wait_holds_up_no_other(world: World) -> None:
    """While one chat has to wait, another gets its answers, and what was asked in the first is told there."""
    world.ann.says(world.ann, "/orders")
    await world.telegram.wait_for(world.ann, "0 open")
    world.telegram.faults.arm("sendMessage", flooded(30), where=world.desk.id)
    world.ann.says(world.desk, "/whoami")
    told = await world.telegram.wait_for(world.ann, "Ann Lee")
    assert "it asks me to slow down" in told.text
    await world.until(lambda: b'"event":"dropped"' in world.written(), "it is not to be told twice")
    await world.move(31)
    world.ann.says(world.desk, "/help")
    await world.shown("cancel resting orders")
    assert len([message for message in world.telegram.messages(world.desk) if message.by_bot]) == 1


async def test_a_result_outlives_an_outage(world: World) -> None:
    """Telegram is gone when the result is known: it arrives when Telegram is back, once."""
    await slow_cancel(world)
    await world.telegram.stop()
    await deferred(world)
    await world.telegram.start()
    await world.move(61)
    result = await world.shown("✅")
    assert result.reply_to is not None
    assert len(results(world.telegram.messages(world.desk))) == 1


async def test_a_result_outlives_a_crash(world: World) -> None:
    """The result is known, Telegram is gone, and the bot dies: the next start delivers it."""
    await slow_cancel(world)
    await world.telegram.stop()
    await deferred(world)
    await world.until(lambda: b'"event":"zero"' in world.written(), "the verdict is on the chain")
    await world.crash()
    await world.telegram.start()
    await world.start()
    await world.move(61)
    result = await world.shown("✅")
    assert "3 cancelled" in result.text
    await world.shown("Tapped by Ann")
    assert len(world.posts()) == 1
    assert len(results(world.telegram.messages(world.desk))) == 1


async def test_a_result_gets_through_bad_gateways(world: World) -> None:
    """A front end that answers with error pages delays a result and does not lose it."""
    await slow_cancel(world)
    world.telegram.faults.arm("sendMessage", bad_gateway(), times=2)
    for attempts in (1, 2):
        await deferred(world, attempts)
        await world.move(61)
    await world.shown("✅")
    assert len(results(world.telegram.messages(world.desk))) == 1


async def test_a_lost_receipt_repeats_under_the_same_id(world: World) -> None:
    """A message that was posted, and whose answer was lost, is posted again with the same id: never not at all."""
    await slow_cancel(world)
    world.telegram.faults.arm("sendMessage", cut_after())
    await world.shown("✅")
    await deferred(world)
    await world.move(61)
    await world.until(lambda: len(results(world.telegram.messages(world.desk))) == 2, "the repeat")
    first, second = results(world.telegram.messages(world.desk))
    assert first.text == second.text


async def test_both_copies_of_a_card_have_live_buttons(world: World) -> None:
    """A card that was posted twice fires once, from either copy."""
    world.place(3)
    world.telegram.faults.arm("sendMessage", cut_after())
    card = await world.ask()
    await deferred(world)
    await world.move(2)
    copy = await world.shown("🛑", after=card.id)
    first, second = world.bo.taps(card, card.labels[0]), world.ann.taps(copy, copy.labels[0])
    assert "Cancelling" in await first.answer()
    assert "Already sent by Bo" in await second.answer()
    await world.shown("✅")
    assert len(world.posts()) == 1


async def test_plain_text_where_markup_is_refused(world: World) -> None:
    """A message whose markup Telegram does not take is sent without any, with its buttons."""
    world.place(3)
    broken = refuse(bad_request("can't parse entities: Unsupported start tag at byte offset 0"))
    world.telegram.faults.arm("sendMessage", broken)
    card = await world.ask()
    assert not card.entities
    assert card.labels == ("Cancel 3 orders", "Keep orders")
    world.telegram.faults.arm("editMessageText", broken)
    world.ann.taps(card, card.labels[0])
    await world.shown("Cancelling… tapped by Ann")
    await world.shown("✅")


async def test_a_deleted_card_keeps_nobody_from_the_result(world: World) -> None:
    """The card was deleted: the result arrives all the same, and so does what comes after."""
    await slow_cancel(world)
    for message in world.telegram.messages(world.desk):
        world.desk.removes(message.id)
    result = await world.shown("✅")
    assert result.reply_to is None
    assert "0 open" in (await world.say("/orders", "0 open")).text


async def test_an_edit_of_a_deleted_card_blocks_nothing(world: World) -> None:
    """A card that was deleted before it expired holds up none of the messages after it."""
    card = await world.ask()
    world.desk.removes(card.id)
    await world.move(61)
    await world.say("/whoami", "Ann Lee")
    assert world.parts is not None
    assert world.audit().ok


async def test_thrown_out_the_bot_tells_the_first_group(tmp_path: Path) -> None:
    """Thrown out of a group before the result: the first listed group hears it, and where it came from."""
    async with World(Setting(annex=True), folder=tmp_path) as world:
        world.place(3)
        world.ann.says(world.annex, ASK)
        card = await world.telegram.wait_for(world.annex, "🛑")
        world.htx.faults.add(Delay(after=0.15), CANCEL)
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "the request")
        world.eve.kicks_bot(world.annex)
        result = await world.shown("✅")
        assert not result.labels
        assert not result.silent
        assert not results(world.telegram.messages(world.annex))


async def test_blocked_in_private_the_group_still_hears(world: World) -> None:
    """Ann blocks the bot after her tap: the desk's group has the result."""
    world.place(3)
    world.ann.says(world.ann, ASK)
    card = await world.telegram.wait_for(world.ann, "🛑")
    world.htx.faults.add(Delay(after=0.15), CANCEL)
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    world.ann.blocks_bot()
    await world.shown("✅")
    await world.say("/whoami", "Bo", world.bo)


async def test_thrown_out_of_the_only_group_the_asker_hears_in_private(world: World) -> None:
    """The desk's own group throws the bot out after the tap: the result goes to whoever asked, alone."""
    world.place(3)
    world.ann.says(world.ann, "/whoami")
    known = await world.telegram.wait_for(world.ann, "telegram = 11")
    card = await world.ask()
    world.htx.faults.add(Delay(after=0.15), CANCEL)
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    world.eve.kicks_bot(world.desk)
    result = await world.telegram.wait_for(world.ann, "✅", after=known.id)
    assert "3 cancelled" in result.text
    world.eve.invites_bot(world.desk)


async def test_a_group_that_becomes_a_supergroup_gets_its_result(tmp_path: Path) -> None:
    """The group moves while HTX is at work: the result follows it to its new id."""
    async with World(Setting(basic=True), folder=tmp_path) as world:
        await slow_cancel(world)
        moved = world.desk.migrates(-1005555555555)
        result = await world.telegram.wait_for(moved, "✅")
        assert result.text.startswith(ZERO)


async def test_a_refused_edit_does_not_hold_up_the_result(world: World) -> None:
    """Whatever Telegram has against an edit of the card, the result behind it arrives."""
    world.telegram.faults.arm("editMessageText", refuse(bad_request("MESSAGE_ID_INVALID")), times=None)
    await slow_cancel(world)
    result = await world.shown("✅")
    assert result.text.startswith(ZERO)


async def test_a_topic_that_is_gone_keeps_nobody_from_the_result(tmp_path: Path) -> None:
    """The forum topic was deleted: the result arrives in the group all the same, and blocks nothing."""
    async with World(Setting(forum=True), folder=tmp_path) as world:
        world.place(3)
        topic = world.desk.topic("Orders")
        world.ann.says(world.desk, ASK, thread=topic)
        card = await world.shown("🛑")
        world.htx.faults.add(Delay(after=0.15), CANCEL)
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "the request")
        world.desk.room.topics.pop(topic)
        for message in world.telegram.messages(world.desk):
            world.desk.removes(message.id)
        result = await world.shown("✅")
        assert result.thread is None
        await world.say("/whoami", "Ann Lee")
