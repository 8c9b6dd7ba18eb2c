"""What is left behind: an audit chain that holds, and nothing secret."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.runtime.clock import SystemClock
from simulator.htx import Hang, Refuse
from tests.e2e.setting import ASK, CANCEL, Setting
from tests.e2e.world import World


def tokens(world: World) -> Iterator[str]:
    """What every button that was ever shown carried."""
    for call in world.telegram.calls:
        markup = call.params.get("reply_markup")
        rows = json.loads(markup)["inline_keyboard"] if markup else []
        yield from (button["callback_data"] for row in rows for button in row)


async def busy_night(world: World) -> None:
    """A bit of everything: cancelled, kept, expired, refused, cut off, strangers, nonsense."""
    world.place(12)
    await world.run()
    world.place(3)
    await world.say("/cancelall", "Which contract?")
    kept = await world.ask()
    world.eve.taps(kept, kept.labels[0])
    world.bo.taps(kept, "Keep orders")
    await world.shown("Kept by Bo")
    await world.ask("/cancelall ALL sell")
    await world.move(61)
    await world.shown("Expired")
    await world.say("/cancelall byu", "I do not understand")
    world.htx.faults.add(Refuse(code=1100), CANCEL, times=1)
    await world.run()
    await world.say("/status", "READY")
    world.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    posts = len(world.posts())
    await world.until(lambda: len(world.posts()) > posts, "the request")
    await world.crash()
    await world.start()
    await world.shown("0 open now")


async def test_the_record_of_a_busy_night(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The chain verifies with the head that the last result shows; nothing secret is on disk or in the log."""
    await busy_night(world)
    last = await world.shown("· log ")
    head = last.text.rpartition("· log ")[2]
    await world.stop()
    report = world.audit(head)
    assert report.ok
    assert report.head.startswith(head)
    shown = set(tokens(world))
    assert len(shown) > 10
    log = "".join(capsys.readouterr())
    assert "answered" in log
    written = world.written()
    for secret in (*world.secrets(), *shown):
        assert secret.encode() not in written
        assert secret not in log
    for text in (message.text for message in world.telegram.messages(world.desk)):
        assert not [secret for secret in world.secrets() if secret in text]


async def test_button_data_is_short_and_says_nothing(world: World) -> None:
    """A button carries a token of at least 96 random bits within Telegram's 64 bytes, new with each showing."""
    world.place(3)
    await world.ask()
    await world.ask("/cancelall ALL")
    shown = list(tokens(world))
    assert len(set(shown)) == len(shown) == 4
    assert all(16 <= len(token.encode()) <= 32 for token in shown)


async def test_every_attempt_has_its_row_before_it_is_made(world: World) -> None:
    """When the request arrives at HTX the chain already names it."""
    world.place(3)
    world.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    await world.crash()
    assert b'"attempt"' in world.written()
    await world.start()
    await world.shown("0 open now")


async def test_restarting_twice_is_restarting_once(world: World) -> None:
    """A second start after a crash sends nothing, says nothing and changes nothing."""
    world.place(3)
    world.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    await world.crash()
    await world.start()
    await world.shown("0 open now")
    await world.shown("Tapped by Ann")
    await world.stop()
    before = world.audit(), world.telegram.messages(world.desk)
    await world.start()
    await world.stop()
    assert before == (world.audit(), world.telegram.messages(world.desk))
    assert len(world.posts()) == 1


async def test_ages_go_by_the_exchanges_clock(tmp_path: Path) -> None:
    """This machine's clock is 90 s behind: what is old by the true time is old, and shown times are true."""
    async with World(Setting(ahead=90), folder=tmp_path) as world:
        await world.stop()
        await world.start(SystemClock)
        world.place(3)
        world.ann.says(world.desk, ASK, date=world.now() - 70)
        assert "wrote this 1 min ago" in (await world.shown("Not run")).text
        card = await world.ask()
        read = card.text.partition("Read ")[2][:8]
        true = datetime.fromtimestamp(world.now(), UTC)
        said = datetime.strptime(read, "%H:%M:%S").replace(
            year=true.year, month=true.month, day=true.day, tzinfo=UTC
        )
        assert abs((true - said).total_seconds()) % 86_400 < 5
        offset = re.search(r" ms, clock (\d+\.\d) s ahead", (await world.say("/status", "READY")).text)
        assert offset is not None
        assert float(offset[1]) == pytest.approx(90, abs=5)
