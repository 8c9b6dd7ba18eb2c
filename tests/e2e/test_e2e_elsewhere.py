"""A verdict finds a way: what its place does not take is told where its people look, within seconds."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.runtime.pulse import diagnose, stopped
from simulator.htx import Delay
from simulator.slack import faults as slack_faults
from simulator.telegram import Message, Person
from simulator.telegram.errors import bad_request, forbidden
from simulator.telegram.faults import Fault, flooded, hang, odd, refuse
from tests.e2e.setting import ASK, CANCEL, CONTRACT, Setting
from tests.e2e.world import World

ZERO = f"✅ ZERO LEFT · {CONTRACT} BUY LONG"
IN_TIME = 5.0
"""Seconds in which a person has the verdict, on a busy machine too: 3 s for the place, and the way elsewhere."""


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[World]:
    """A desk on both platforms whose people have opened their private chats."""
    async with World(Setting(chats=("telegram", "slack")), folder=tmp_path) as world:
        yield world


async def known(world: World, who: Person) -> int:
    """Somebody opens their private chat with the bot; the id of the last message there."""
    who.says(who, "/whoami")
    return (await world.telegram.wait_for(who, "telegram = ")).id


async def tapped(world: World, *, confirmed_by: Person | None = None) -> Message:
    """Ann asks in the group, and somebody taps; HTX takes a moment. Returns the card."""
    world.place(3)
    card = await world.ask()
    world.htx.faults.add(Delay(after=0.15), CANCEL)
    (confirmed_by or world.ann).taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    return card


def real_now() -> datetime:
    """What `cancelall health` goes by."""
    return datetime.now(UTC)


def private(world: World, who: Person, after: int = 0) -> list[str]:
    """The verdicts that stand in somebody's private chat."""
    return [m.text for m in world.telegram.messages(who) if m.id > after and m.by_bot and m.text.startswith("✅")]


NO_RIGHTS = [
    bad_request("not enough rights to send text messages to the chat"),
    bad_request("have no rights to send a message"),
    bad_request("CHAT_SEND_PLAIN_FORBIDDEN"),
    bad_request("TOPIC_CLOSED"),
    bad_request("CHAT_RESTRICTED"),
    bad_request("something that no list has"),
    forbidden("bot is not a member of the supergroup chat"),
    forbidden("something else that no list has"),
]


@pytest.mark.parametrize("error", NO_RIGHTS, ids=lambda error: error.reason[:40])
async def test_a_group_that_takes_no_posts(world: World, error: object) -> None:
    """A group that refuses the result: who asked and who tapped each have one copy in private, at once."""
    first, second = await known(world, world.ann), await known(world, world.bo)
    world.place(3)
    card = await world.ask()
    world.telegram.faults.arm("sendMessage", refuse(error), times=None, where=world.desk.id)  # type: ignore[arg-type]
    world.bo.taps(card, card.labels[0])
    begun = time.monotonic()
    told = await world.telegram.wait_for(world.ann, "✅", after=first)
    await world.telegram.wait_for(world.bo, "✅", after=second)
    assert time.monotonic() - begun < IN_TIME
    assert "Copied from a chat that does not take it (" in told.text
    assert not told.silent
    await asyncio.sleep(0.1)
    assert [len(private(world, who)) for who in (world.ann, world.bo)] == [1, 1]


async def test_the_first_place_still_gets_it(world: World) -> None:
    """A group that gets its rights back has the result, too, and once."""
    await known(world, world.ann)
    refused = refuse(bad_request("not enough rights to send text messages to the chat"))
    await tapped(world)
    world.telegram.faults.arm("sendMessage", refused, times=None, where=world.desk.id)
    await world.telegram.wait_for(world.ann, "✅")
    world.telegram.faults.clear()
    await world.move(61)
    await world.shown("✅")
    assert len([m for m in world.telegram.messages(world.desk) if m.text.startswith(ZERO)]) == 1
    assert world.parts is not None
    await world.until(lambda: world.parts and not world.parts.courier.waiting(), "nothing waits")


@pytest.mark.parametrize("fault", [flooded(900), flooded(4), hang()], ids=["900 s", "4 s", "silence"])
async def test_a_group_that_makes_us_wait(world: World, fault: Fault) -> None:
    """Told to wait longer than people do, or told nothing: the result is in private within seconds."""
    await known(world, world.ann)
    await tapped(world)
    world.telegram.faults.arm("sendMessage", fault, times=None, where=world.desk.id)
    begun = time.monotonic()
    await world.telegram.wait_for(world.ann, "✅", timeout=12)
    assert time.monotonic() - begun < 2 * IN_TIME


async def test_it_is_said_which_result_waits(world: World) -> None:
    """`/status` and `health` name a result that waits, whose, where and why; the probe says alive all the same."""
    first = await known(world, world.ann)
    await tapped(world)
    world.telegram.faults.arm("sendMessage", flooded(900), times=None, where=world.desk.id)
    told = await world.telegram.wait_for(world.ann, "✅", after=first)
    await world.move(31)
    world.ann.says(world.ann, "/status")
    status = await world.telegram.wait_for(world.ann, "READY", after=told.id)
    line = next(line for line in status.text.splitlines() if "waits for" in line)
    assert f"for Ann waits for telegram {world.desk.id}" in line
    assert "it asks me to slow down" in line
    assert "also told elsewhere" in line
    assert world.parts is not None
    await world.until(lambda: "waits for telegram" in (diagnose(world.data, real_now()) or ""), "health says so")
    assert stopped(world.data, real_now()) is None


async def test_commands_are_answered_elsewhere(world: World) -> None:
    """In a group that takes no posts answers come in private, refusals too; a card is offered there, and fires."""
    last = await known(world, world.ann)
    world.place(3)
    refused = refuse(bad_request("not enough rights to send text messages to the chat"))
    world.telegram.faults.arm("sendMessage", refused, times=None, where=world.desk.id)
    world.ann.says(world.desk, "/status")
    status = await world.telegram.wait_for(world.ann, "READY", after=last)
    world.ann.says(world.desk, "/cancelall BTC-USDT byu")
    refusal = await world.telegram.wait_for(world.ann, "byu", after=status.id)
    world.ann.says(world.desk, ASK)
    offer = await world.telegram.wait_for(world.ann, "I cannot post in the chat where you asked", after=refusal.id)
    assert "not enough rights" in offer.text
    assert offer.labels == ("Open the card here",)
    world.ann.taps(offer, offer.labels[0])
    card = await world.telegram.wait_for(world.ann, "🛑", after=offer.id)
    assert not world.posts()
    world.ann.taps(card, card.labels[0])
    await world.telegram.wait_for(world.ann, ZERO, after=card.id)
    assert len(world.posts()) == 1


async def test_slack_is_cut_off_and_telegram_is_not(both: World) -> None:
    """Slack's token is revoked after the tap: the result is on Telegram, within seconds."""
    slack, last = both.slack, await known(both, both.ann)
    both.place(3)
    card = await slack.ask()
    both.htx.faults.add(Delay(after=0.15), CANCEL)
    slack.ann.taps(card, card.labels[0])
    await both.until(both.posts, "the request")
    slack.sim.revoke(app=False)
    begun = time.monotonic()
    told = await both.telegram.wait_for(both.ann, "✅", after=last)
    assert time.monotonic() - begun < IN_TIME
    assert "does not take it (" in told.text


SLACK_REFUSALS = ["restricted_action", "restricted_action_read_only_channel", "ekm_access_denied", "no_such_word"]


@pytest.mark.parametrize("word", SLACK_REFUSALS)
async def test_a_slack_channel_that_takes_no_posts(on_slack: World, word: str) -> None:
    """A channel that refuses the result: who asked and who tapped have it in private, at once."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    slack.sim.faults.arm("chat.postMessage", slack_faults.refuse(word), times=None, where=slack.desk.id)
    slack.bo.taps(card, card.labels[0])
    begun = time.monotonic()
    for who in (slack.ann, slack.bo):
        assert "ZERO LEFT" in (await slack.sim.wait_for(who, "ZERO LEFT", IN_TIME)).text
    assert time.monotonic() - begun < IN_TIME


@pytest.mark.parametrize("fault", [slack_faults.flooded(900), slack_faults.refuse("ratelimited")])
async def test_a_slack_channel_that_makes_us_wait(on_slack: World, fault: slack_faults.Fault) -> None:
    """Told to wait long, or without a time: the result is in private within seconds."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    slack.sim.faults.arm("chat.postMessage", fault, times=None, where=slack.desk.id)
    slack.ann.taps(card, card.labels[0])
    assert "ZERO LEFT" in (await slack.sim.wait_for(slack.ann, "ZERO LEFT", 2 * IN_TIME)).text


async def test_the_address_of_a_command_is_a_way(on_slack: World) -> None:
    """Nothing may be posted on Slack at all: a slash command's own address still brings its answer."""
    slack = on_slack.slack
    on_slack.place(3)
    for method in ("chat.postMessage", "chat.postEphemeral"):
        slack.sim.faults.arm(method, slack_faults.refuse("token_revoked"), times=None)
    slack.slash("/cancelall orders")
    assert "3 open" in (await slack.whispered("3 open")).text


@pytest.mark.parametrize("word", ["edit_window_closed", "cant_update_message", "a_word_of_next_year"])
async def test_a_refused_edit_on_slack_delays_nothing(on_slack: World, word: str) -> None:
    """A card that cannot be edited does not hold up the result."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    slack.sim.faults.arm("chat.update", slack_faults.refuse(word), times=None)
    begun = time.monotonic()
    slack.ann.taps(card, card.labels[0])
    await slack.shown("ZERO LEFT")
    assert time.monotonic() - begun < IN_TIME


async def test_an_edit_that_hangs_delays_nothing(world: World) -> None:
    """Telegram never answers the edit of the card: the result does not wait for it."""
    world.place(3)
    card = await world.ask()
    world.telegram.faults.arm("editMessageText", hang(), times=None)
    begun = time.monotonic()
    world.ann.taps(card, card.labels[0])
    await world.shown("✅")
    assert time.monotonic() - begun < IN_TIME


async def test_a_result_passes_a_stuck_row(world: World) -> None:
    """An answer that Telegram refuses again and again does not stand in a result's way."""
    card = await tapped(world)
    stuck = refuse(bad_request("a reason that no list has"))
    world.telegram.faults.arm("sendMessage", stuck, times=1, where=world.desk.id)
    world.ann.says(world.desk, "/help")
    result = await world.shown("✅", after=card.id)
    assert result.text.startswith(ZERO)


ODD = [
    '{"ok":true,"result":{"message_id":{id},"date":"yesterday","chat":7}}',
    '{"ok":true,"result":{"message_id":{id}',
    '{"ok":true,"result":[]}',
    '{ "ok" : true }',
]


@pytest.mark.parametrize("body", ODD)
async def test_what_was_posted_is_not_posted_again(world: World, body: str) -> None:
    """An answer that says "ok" and that nobody can parse counts: one card, and what comes after does not wait."""
    world.place(3)
    world.telegram.faults.arm("sendMessage", odd(body), times=None)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.shown("✅", after=card.id)
    world.ann.says(world.desk, "/help")
    await world.shown("cancel resting orders", after=card.id)
    await world.move(61)
    await asyncio.sleep(0.2)
    texts = [m.text for m in world.telegram.messages(world.desk) if m.by_bot]
    assert len([text for text in texts if text.startswith("🛑") or "Tapped by" in text]) == 1
    assert len([text for text in texts if text.startswith(ZERO)]) == 1


SLACK_ODD = [
    ('{"ok":true,"channel":"C1","ts":"{id}","mess', "application/json"),
    ('{"ok":true,"channel":"C1","ts":"{id}"}', "text/plain"),
    ('{"ok":true,"channel":"C1","ts":"{id}"}', "text/html"),
    ('{"ok":true}', "application/json"),
]


@pytest.mark.parametrize(("body", "kind"), SLACK_ODD)
async def test_what_slack_has_posted_is_not_posted_again(on_slack: World, body: str, kind: str) -> None:
    """The same on Slack: one result, whatever the type or the end of the answer that says "ok"."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    slack.sim.faults.arm("chat.postMessage", slack_faults.odd(body, kind), times=None)
    slack.ann.taps(card, card.labels[0])
    await slack.shown("ZERO LEFT")
    await on_slack.move(61)
    await asyncio.sleep(0.2)
    assert len(slack.posted(ZERO)) == 1


async def test_a_message_that_is_refused_is_sent_bare(world: World) -> None:
    """A message that Telegram calls wrong comes in short, and says that it is: the verdict is not lost."""
    await tapped(world)
    wrong = refuse(bad_request("BUTTON_DATA_INVALID"))
    world.telegram.faults.arm("sendMessage", wrong, times=1, where=world.desk.id)
    result = await world.shown("✅")
    assert result.text.startswith(ZERO)
    assert "Shown in short" in result.text


async def test_a_file_that_is_refused_is_said(world: World) -> None:
    """The result says that its file did not come, and how to get it; `/log ID` then brings it."""
    world.place(14)
    card = await world.ask()
    refused = refuse(bad_request("not enough rights to send documents to the chat"))
    world.telegram.faults.arm("sendDocument", refused, times=1)
    world.ann.taps(card, card.labels[0])
    said = await world.shown("The file could not be sent: /log ")
    id_ = said.text.partition("/log ")[2].split()[0]
    assert said.text.startswith(ZERO)
    world.ann.says(world.desk, f"/log {id_}")
    await world.until(
        lambda: any(d.file_name == f"{id_}.csv" for m in world.telegram.messages(world.desk) for d in m.documents),
        "the file",
    )


async def test_a_late_answer_to_a_tap_is_said_in_a_message(world: World) -> None:
    """Where Telegram takes no answer to a tap any more, the person hears in a message what it was."""
    world.place(3)
    card = await world.ask()
    late = refuse(bad_request("query is too old and response timeout expired or query ID is invalid"))
    world.telegram.faults.arm("answerCallbackQuery", late, times=None)
    world.vic.taps(card, card.labels[0])
    await world.shown("can confirm this", after=card.id)
    assert not world.posts()


async def test_a_copy_that_nobody_takes_ends_with_the_arrival(world: World) -> None:
    """A result that its group takes late ends the copies that no private chat has taken: nobody waits for them."""
    await tapped(world)
    silence = refuse(bad_request("not enough rights to send text messages to the chat"))
    world.telegram.faults.arm("sendMessage", silence, times=2, where=world.desk.id)
    await world.until(lambda: b'"event":"told elsewhere"' in world.written(), "a copy is posted")
    await world.move(3)
    await world.shown("✅")
    await world.noted()
    assert not private(world, world.ann)
