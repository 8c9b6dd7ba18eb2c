"""The store in trouble, or a long time away: what is told stays true."""

from pathlib import Path

from simulator.htx import Delay, Drop, Hang, Html
from tests import fair
from tests.e2e.lock import hanging, locked
from tests.e2e.setting import CANCEL, OPENS, Setting
from tests.e2e.world import World


async def test_a_lost_commit_does_not_end_a_later_taps_licence(tmp_path: Path) -> None:
    """A tap whose commit failed is told NOT RUN; the next tap fires, and its true verdict is what is told."""
    async with World(Setting(journal=False), folder=tmp_path) as world:
        await _lose_a_commit(world)


async def _lose_a_commit(world: World) -> None:
    world.place(3)
    card = await world.ask()
    with locked(world):
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


async def test_a_verdict_is_told_past_a_store_that_hangs(world: World) -> None:
    """With the store's disk silent since the tap the result comes at once, and once more with the log's head."""
    world.place(3)
    world.htx.faults.add(Delay(before=0.4), CANCEL)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    async with hanging(world):
        told = await world.shown("ZERO LEFT", after=card.id)
        assert "log not written yet" in told.text
    logged = await world.shown(lambda message: "· log " in message.text, after=told.id)
    assert "ZERO LEFT" in logged.text
    assert "not written" not in logged.text
    assert len(world.posts()) == 1


async def test_unknown_is_told_in_time_past_a_store_that_hangs(world: World) -> None:
    """Reads fail until 19 s after the tap, and the store hangs: people hear within 20, not after its patience."""
    world.place(3)
    world.htx.faults.add(Drop(acts=True), CANCEL)
    world.htx.faults.add(Html(status=502), OPENS)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    await world.until(world.posts, "the request")
    async with hanging(world):
        await world.until(lambda: len(world.htx.requests(OPENS)) > 6, "the proof's reads")
        world.jump(19)
        began = fair.monotonic()
        told = await world.shown("UNKNOWN", after=card.id)
        assert fair.monotonic() - began < 0.9
        assert "log not written yet" in told.text
    assert len(world.posts()) == 1
