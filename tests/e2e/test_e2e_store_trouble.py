"""The store in trouble, or a long time away: what is told stays true."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.store import FILE
from simulator.htx import Hang
from tests.e2e.setting import CANCEL, Setting
from tests.e2e.world import World


@contextmanager
def _locked(world: World) -> Iterator[None]:
    """Somebody else holds the store's file."""
    with closing(sqlite3.connect(world.data / FILE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


async def test_a_lost_commit_does_not_end_a_later_taps_licence(tmp_path: Path) -> None:
    """A tap whose commit failed is told NOT RUN; the next tap fires, and its true verdict is what is told."""
    async with World(Setting(journal=False), folder=tmp_path) as world:
        await _lose_a_commit(world)


async def _lose_a_commit(world: World) -> None:
    world.place(3)
    card = await world.ask()
    with _locked(world):
        first = world.ann.taps(card, card.labels[0])
        assert "NOT RUN" in await first.answer(15)
    second = world.bo.taps(card, card.labels[0])
    assert (await second.answer(10)).startswith("Cancelling")
    result = await world.shown("ZERO LEFT", after=card.id)
    assert "3 cancelled" in result.text
    await world.until(lambda: world.audit().ok, "the chain")
    told = [one.text for one in world.telegram.messages(world.desk) if "#" in one.text and "NOT RUN ·" in one.text]
    assert not [text for text in told if "Nothing was cancelled" in text]
    assert len(world.posts()) == 1


async def test_what_was_cut_off_is_reported_however_long_the_bot_was_away(world: World) -> None:
    """Killed with the request under way and back after an hour: checked, and reported."""
    world.place(2)
    card = await world.ask()
    world.htx.faults.add(Hang(acts=True), CANCEL, times=1)
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    await world.crash()
    world.jump(3600)
    await world.start()
    result = await world.shown("✅", after=card.id)
    assert "0 open now" in result.text
    assert len(world.posts()) == 1
