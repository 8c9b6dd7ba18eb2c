"""A tap while the store cannot commit: fired once, on the emergency journal's word, and told as what it is."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from bot.store import FILE, JOURNAL
from simulator.htx import Drop, Hang, RateLimited, Refuse
from simulator.telegram import Message
from tests import fair
from tests.e2e.lock import hanging, locked
from tests.e2e.setting import CANCEL, Setting
from tests.e2e.world import World


def rows(world: World) -> list[dict[str, object]]:
    """The audit chain's rows."""
    with closing(sqlite3.connect(world.data / FILE)) as reader:
        return [json.loads(row) for (row,) in reader.execute("SELECT row FROM audit ORDER BY seq")]


def state(world: World) -> str:
    """What the store says of the one mass cancel."""
    with closing(sqlite3.connect(world.data / FILE)) as reader:
        ((found,),) = reader.execute("SELECT state FROM mass_cancel")
    return str(found)


def is_final(message: Message) -> bool:
    """A result that carries the log's head."""
    return "· log " in message.text and "not written yet" not in message.text


async def test_a_tap_fires_within_its_deadline_though_the_store_is_locked(world: World) -> None:
    """With the store locked the request goes out in time, and the result says DEGRADED, then and later."""
    world.place(3)
    card = await world.ask()
    with locked(world):
        tap = world.ann.taps(card, card.labels[0])
        begun = world.now()
        await world.until(world.posts, "the request", seconds=9)
        assert world.now() - begun < 9
        assert (await tap.answer(10)).startswith("Cancelling")
        told = await world.shown("DEGRADED", after=card.id)
        assert "ZERO LEFT" in told.text
        assert "3 cancelled" in told.text
        assert "log not written yet" in told.text
        assert "Asked and confirmed by Ann" in told.text
    again = await world.shown(is_final, after=told.id)
    assert "DEGRADED" in again.text
    assert "3 cancelled" in again.text
    assert told.text.split("#")[1][:5] == again.text.split("#")[1][:5]
    assert world.audit().ok
    assert state(world) == "zero_left"
    tried = [row for row in rows(world) if row["event"] == "attempt"]
    assert len(tried) == 1
    assert "journalled" in dict(tried[0]["facts"])  # type: ignore[call-overload]
    assert len(world.posts()) == 1
    ended = await world.telegram.wait_for(
        world.desk, lambda message: message.id == card.id and not message.labels, timeout=10
    )
    assert "Ann" in ended.text


async def test_what_a_silent_disk_holds_does_not_hold_up_a_tap(world: World) -> None:
    """A command that is never taken in is told NOT RUN, and the tap after it fires on the journal's word."""
    world.place(2)
    card = await world.ask()
    async with hanging(world):
        world.bo.says(world.desk, "/orders")
        await world.shown("NOT RUN · I cannot write my log", after=card.id)
        began = fair.monotonic()
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "the request")
        assert world.posts()[0].received - began < 10
        await world.shown("DEGRADED", after=card.id)
    await world.until(lambda: state(world) == "zero_left", "the log knows it")
    assert len(world.posts()) == 1


async def test_two_taps_without_the_store_fire_once(world: World) -> None:
    """Both people tap while the store is locked: one request, and the second hears who was first."""
    world.place(3)
    card = await world.ask()
    with locked(world):
        taps = [world.ann.taps(card, card.labels[0]), world.bo.taps(card, card.labels[0])]
        heard = [await tap.answer(12) for tap in taps]
        await world.shown("DEGRADED", after=card.id)
        third = await world.ann.taps(card, card.labels[0]).answer(12)
    heard.sort(key=lambda text: not text.startswith("Cancelling"))
    assert heard[0].startswith("Cancelling")
    assert heard[1].startswith("Already sent by")
    assert third.startswith("Already sent by")
    await world.shown(is_final, after=card.id)
    await asyncio.sleep(0.3)
    assert len(world.posts()) == 1


async def test_a_tap_as_the_store_comes_back_does_not_fire_again(world: World) -> None:
    """The store returns while the journalled request is under way: a second tap is told, and sends nothing."""
    world.place(3)
    card = await world.ask()
    world.htx.faults.add(Hang(acts=True, seconds=3), CANCEL, times=1)
    with locked(world):
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "the request")
    second = await world.bo.taps(card, card.labels[0]).answer(10)
    assert second.startswith("Already sent")
    kept = await world.bo.taps(card, card.labels[1]).answer(10)
    assert kept.startswith("Already sent")
    await world.shown(is_final, after=card.id)
    assert len(world.posts()) == 1


async def test_a_card_whose_time_ends_meanwhile_is_not_told_as_expired(tmp_path: Path) -> None:
    """Fired by the journal with a second to go: when the store is back the card is not ended as expired."""
    async with World(Setting(card_seconds=15), folder=tmp_path) as world:
        world.place(2)
        card = await world.ask()
        world.htx.faults.add(Hang(acts=True, seconds=4), CANCEL, times=1)
        with locked(world):
            world.ann.taps(card, card.labels[0])
            await world.until(world.posts, "the request")
            world.jump(15)
        result = await world.shown(is_final, after=card.id)
        assert "ZERO LEFT" in result.text
        assert not [one for one in world.telegram.messages(world.desk) if "Expired" in one.text]
        assert len(world.posts()) == 1


async def test_expired_is_expired_without_the_store_too(tmp_path: Path) -> None:
    """A tap after the card's time fires nothing, whatever the store can do."""
    async with World(Setting(card_seconds=15), folder=tmp_path) as world:
        world.place(2)
        card = await world.ask()
        with locked(world):
            world.jump(15.5)
            await world.ann.taps(card, card.labels[0]).answer(12)
        await asyncio.sleep(0.5)
        assert world.posts() == ()


async def test_who_may_not_may_not_without_the_store(world: World) -> None:
    """A viewer's and a stranger's taps fire nothing while the store is locked."""
    world.place(2)
    card = await world.ask()
    with locked(world):
        taps = [world.vic.taps(card, card.labels[0]), world.eve.taps(card, card.labels[0])]
        heard = [await tap.answer(12) for tap in taps]
    assert all(text.startswith("Only Ann or Bo") for text in heard)
    assert world.posts() == ()


async def test_without_journal_and_store_nothing_is_sent(tmp_path: Path) -> None:
    """With neither store nor journal the tap is told NOT RUN at once, nothing is sent, and so it stays."""
    async with World(Setting(journal=False), folder=tmp_path) as world:
        world.place(2)
        card = await world.ask()
        with locked(world):
            assert "NOT RUN" in await world.ann.taps(card, card.labels[0]).answer(12)
            await world.shown("NOT RUN", after=card.id)
        await asyncio.sleep(1.0)
        assert world.posts() == ()
        assert (await world.bo.taps(card, card.labels[0]).answer(10)).startswith("Cancelling")
        await world.shown("ZERO LEFT", after=card.id)
        assert len(world.posts()) == 1


async def test_a_cut_off_request_is_checked_and_not_sent_again(world: World) -> None:
    """Killed with the journalled request under way: the next start reads, reports, and sends nothing."""
    world.place(2)
    card = await world.ask()
    world.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    with locked(world):
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "the request")
        await world.crash()
    world.htx.faults.clear()
    await world.start()
    result = await world.shown(is_final, after=card.id)
    assert "0 open now" in result.text
    assert "DEGRADED" in result.text
    assert (await world.bo.taps(card, card.labels[0]).answer(10)).startswith("Already sent by Ann")
    assert len(world.posts()) == 1
    assert state(world) == "zero_left"
    assert world.audit().ok
    before = len(rows(world))
    await world.stop()
    await world.start()
    assert len(rows(world)) == before


async def test_cut_off_before_the_request_is_not_sent_later(world: World) -> None:
    """Killed with an entry in the journal and nothing sent: the next start reads and reports what is open."""
    ids = world.place(2)
    card = await world.ask()
    world.htx.faults.add(RateLimited(reset_ms=800), CANCEL)
    with locked(world):
        world.ann.taps(card, card.labels[0])
        await world.until(world.posts, "an attempt that is refused")
        await world.crash()
    refused = len(world.posts())
    world.htx.faults.clear()
    await world.start()
    result = await world.shown(is_final, after=card.id)
    assert "2 STILL OPEN" in result.text
    assert len(world.posts()) == refused
    assert set(world.account.open_ids()) == set(ids)


async def test_the_journal_takes_over_between_attempts(world: World) -> None:
    """The store dies after the licence: a further attempt has the journal as witness, and the result says so."""
    world.place(2)
    card = await world.ask()
    world.htx.faults.add(RateLimited(reset_ms=800), CANCEL, times=1)
    tap = world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the first attempt")
    with locked(world):
        await world.until(lambda: len(world.posts()) == 2, "the second attempt", seconds=9)
        told = await world.shown("DEGRADED", after=card.id)
        assert "ZERO LEFT" in told.text
    await tap.answer(10)
    again = await world.shown(is_final, after=told.id)
    assert "DEGRADED" in again.text
    assert world.audit().ok
    numbers = [dict(row["facts"])["number"] for row in rows(world) if row["event"] == "attempt"]  # type: ignore[call-overload]
    assert "2" in numbers


async def test_a_verdict_not_run_is_known_after_a_restart(world: World) -> None:
    """HTX surely refused, and the process died before the store was back: it is NOT RUN in the log, too."""
    world.place(2)
    card = await world.ask()
    world.htx.faults.add(Refuse(code=1100), CANCEL, times=1)
    with locked(world):
        world.ann.taps(card, card.labels[0])
        told = await world.shown("DEGRADED", after=card.id)
        assert "NOT RUN" in told.text
        await world.crash()
    await world.start()
    again = await world.shown(is_final, after=told.id)
    assert "NOT RUN" in again.text
    assert "1100" in again.text
    assert state(world) == "not_run"


async def test_the_journal_holds_no_secret(world: World) -> None:
    """Neither keys nor tokens nor what a button carries are in the journal."""
    world.place(1)
    card = await world.ask()
    world.htx.faults.add(Drop(acts=True), CANCEL, times=1)
    with locked(world):
        world.ann.taps(card, card.labels[0])
        await world.shown("DEGRADED", after=card.id)
        held = (world.data / JOURNAL).read_bytes()
        assert b'"ann"' in held
        secrets = (*world.secrets(), *(button.data or "none" for button in card.buttons))
        assert not [secret for secret in secrets if secret.encode() in held]
