"""What Slack brings, once or more often: acknowledged in time, done once, and its result told at least once."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Literal

import pytest

from bot.store import FILE
from simulator.htx import Delay
from simulator.slack import faults
from tests.e2e.setting import CANCEL, CONTRACT
from tests.e2e.world import World

ZERO = f"✅ ZERO LEFT · {CONTRACT} BUY LONG"
ACK_S = 3.0
"""Slack's patience."""


def deferred(world: World) -> int:
    """The most attempts that a waiting message has taken."""
    with closing(sqlite3.connect(world.data / FILE)) as database:
        rows = database.execute("SELECT attempts FROM outbox WHERE state = 'waiting'").fetchall()
    return max((row[0] for row in rows), default=0)


def posted_to_desk(world: World, since: int) -> list[int | None]:
    """The status of each attempt to post in the desk's channel."""
    calls = world.slack.calls("chat.postMessage", since)
    return [call.status for call in calls if call.params["channel"] == world.slack.desk.id]


@pytest.mark.parametrize("spread", ["all", "all_new_ids"])
async def test_two_sockets_deliver_everything_twice(
    on_slack: World, spread: Literal["all", "all_new_ids"]
) -> None:
    """Everything comes over both sockets: one card, one request, one result."""
    slack = on_slack.slack
    slack.sim.sockets.spread = spread
    on_slack.place(14)
    card = await slack.ask()
    tap = slack.bo.taps(card, card.labels[0])
    result = await slack.shown("ZERO LEFT")
    await tap.settled()
    slack.ann.mentions(slack.desk, "@bot status")
    await slack.shown("READY")
    await asyncio.sleep(0.2)
    assert "14 cancelled" in result.text
    assert len(tap.attempts) == 2
    assert sum(attempt.acks for attempt in tap.attempts) == 2
    assert len(on_slack.posts()) == 1
    assert [len(slack.posted(what)) for what in ("🛑", ZERO, "READY")] == [1, 1, 1]


async def test_replayed_payloads_do_nothing_more(on_slack: World) -> None:
    """A command, a mention and a tap that are brought again, also after a restart, have no second effect."""
    slack = on_slack.slack
    on_slack.place(3)
    asked = slack.slash()
    card = await slack.shown("🛑")
    tapped = slack.ann.taps(card, card.labels[0])
    await slack.shown("ZERO LEFT")
    said = slack.ann.mentions(slack.desk, f"@bot cancelall {CONTRACT} sell")
    await slack.shown("🛑 0 open")
    assert said.delivery is not None
    deliveries = (asked, tapped, said.delivery)
    for _ in range(3):
        for delivery in deliveries:
            slack.sim.again(delivery)
    await on_slack.stop()
    await on_slack.start()
    for delivery in deliveries:
        slack.sim.again(delivery)
    slack.slash("/cancelall log")
    await slack.shown("The last 2 mass cancels")
    assert len(on_slack.posts()) == 1
    assert len(slack.posted("🛑")) == 2
    assert len(slack.posted(ZERO)) == 1


async def test_events_are_told_apart_by_their_id(on_slack: World) -> None:
    """An event whose acknowledgements are lost comes again and is one command; the same words anew are another."""
    slack = on_slack.slack
    slack.sim.sockets.lose_acks(1)
    said = slack.ann.mentions(slack.desk, "@bot orders")
    await slack.shown("0 open")
    assert said.delivery is not None
    await said.delivery.settled()
    await asyncio.sleep(0.1)
    assert len(said.delivery.attempts) == 2
    assert len(slack.posted("0 open")) == 1
    slack.ann.mentions(slack.desk, "@bot orders")
    await on_slack.until(lambda: len(slack.posted("0 open")) == 2, "the second answer")


async def test_a_blocked_store_holds_up_no_acknowledgement(on_slack: World) -> None:
    """While another process holds the store, Slack is answered in time: a tap fires once, a command is not run."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    await asyncio.sleep(0.1)  # the card is noted as delivered
    with closing(sqlite3.connect(on_slack.data / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        tapped, said = slack.ann.taps(card, card.labels[0]), slack.slash("/cancelall status")
        for delivery in (tapped, said):
            assert not (await delivery.settled()).error
            assert (delivery.attempts[0].delay_s or 9) < ACK_S
        await slack.shown("NOT RUN · I cannot write my log")
        await slack.shown("DEGRADED: this result is true")
        other.execute("ROLLBACK")
    slack.sim.again(tapped)
    slack.slash("/cancelall orders")
    await slack.shown("0 open", after=card.ts)
    assert len(on_slack.posts()) == 1
    on_slack.place(3)
    assert "ZERO LEFT" in (await slack.run(f"/cancelall {CONTRACT} buy")).text


async def test_a_store_that_is_blocked_briefly_delays_the_work(on_slack: World) -> None:
    """A tap that the inbox took a second to commit is acknowledged, and still does its work, once."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    await asyncio.sleep(0.1)
    with closing(sqlite3.connect(on_slack.data / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        tapped = slack.ann.taps(card, card.labels[0])
        await asyncio.sleep(1)
        other.execute("ROLLBACK")
    assert not (await tapped.settled()).error
    await slack.shown("ZERO LEFT")
    assert len(on_slack.posts()) == 1


async def test_retry_after_is_honoured(on_slack: World) -> None:
    """Told to wait, the bot posts nothing until then, and then the result, once."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    on_slack.htx.faults.add(Delay(after=0.15), CANCEL)
    slack.ann.taps(card, card.labels[0])
    await on_slack.until(on_slack.posts, "the request")
    slack.sim.faults.arm("chat.postMessage", faults.flooded(30), where=slack.desk.id)
    since = len(slack.sim.calls)
    await on_slack.until(lambda: deferred(on_slack) == 1, "it was told to wait")
    await on_slack.move(28)
    await asyncio.sleep(0.3)
    assert posted_to_desk(on_slack, since) == [429]
    await on_slack.move(3)
    await slack.shown("ZERO LEFT")
    assert posted_to_desk(on_slack, since) == [429, 200]


@pytest.mark.parametrize("fault", [faults.server_error(502), faults.cut_before()])
async def test_a_result_gets_through_a_failing_front_end(on_slack: World, fault: faults.Fault) -> None:
    """A result that Slack's front end did not take is posted when it is there again, once."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    on_slack.htx.faults.add(Delay(after=0.15), CANCEL)
    slack.ann.taps(card, card.labels[0])
    await on_slack.until(on_slack.posts, "the request")
    slack.sim.faults.arm("chat.postMessage", fault)
    await on_slack.until(lambda: deferred(on_slack) == 1, "it was not taken")
    await on_slack.move(61)
    await slack.shown("ZERO LEFT")
    assert len(slack.posted(ZERO)) == 1


async def test_a_lost_receipt_repeats_under_the_same_id(on_slack: World) -> None:
    """A message that was posted, and whose answer was lost, is posted at most once more, with the same id."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    on_slack.htx.faults.add(Delay(after=0.15), CANCEL)
    slack.ann.taps(card, card.labels[0])
    await on_slack.until(on_slack.posts, "the request")
    slack.sim.faults.arm("chat.postMessage", faults.cut_after())
    await on_slack.until(lambda: deferred(on_slack) == 1, "the receipt was lost")
    await on_slack.move(61)
    await on_slack.until(lambda: len(slack.posted(ZERO)) == 2, "the repeat")
    first, second = slack.posted(ZERO)
    assert first.text == second.text
    assert f"\n#{card.text.partition('#')[2][:5]} · log" in first.text
    assert len(on_slack.posts()) == 1


async def test_a_result_stands_in_the_thread_and_the_channel(on_slack: World) -> None:
    """A result answers its card, is broadcast to the channel, and calls who asked; the file goes to the thread."""
    slack = on_slack.slack
    on_slack.place(14)
    card = await slack.ask(who=slack.bo)
    slack.ann.taps(card, card.labels[0])
    result = await slack.shown("ZERO LEFT")
    assert (await slack.shown(lambda message: bool(message.files))).thread_ts == card.ts
    assert (result.thread_ts, result.broadcast, set(result.mentions)) == (card.ts, True, {"U12"})
    assert result.fallback.plain.startswith("@Bo ✅ ZERO LEFT")
    slack.slash(f"/cancelall orders {CONTRACT}")
    await slack.shown("0 open")
    on_slack.place(12)
    slack.slash("/cancelall orders")
    listed = await slack.shown("12 open")
    file = await slack.shown(lambda message: bool(message.files), after=listed.ts)
    assert file.thread_ts == listed.ts
    assert file.files[0].content.decode().count("\n") == 13
    assert not slack.sim.warnings


async def test_a_crash_with_a_tap_taken_in_loses_nothing(on_slack: World) -> None:
    """Slack was told that we have it; the next start only reads, and says what is open now."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    on_slack.htx.faults.add(Delay(after=9), CANCEL)
    tapped = slack.ann.taps(card, card.labels[0])
    await on_slack.until(on_slack.posts, "the request")
    await on_slack.crash()
    on_slack.htx.faults.clear()
    await on_slack.start()
    slack.sim.again(tapped)
    result = await slack.shown("0 open now")
    assert result.thread_ts == card.ts
    assert len(on_slack.posts()) == 1


async def test_a_file_that_cannot_be_uploaded_costs_no_second_result(on_slack: World) -> None:
    """Slack takes the result and breaks on its file: the result stands, once."""
    slack = on_slack.slack
    on_slack.place(12)
    slack.sim.faults.arm("upload", faults.server_error(502))
    result = await slack.run()
    await on_slack.until(lambda: [call for call in slack.sim.calls if call.method == "upload"], "an upload")
    await asyncio.sleep(1.5)  # a repeat would come after a second
    assert "12 cancelled" in result.text
    assert len(slack.posted(ZERO)) == 1
