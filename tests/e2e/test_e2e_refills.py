"""The minute after ZERO LEFT, to its end."""

import asyncio
from pathlib import Path
from typing import Final

from simulator.telegram import Message
from tests.e2e.setting import CONTRACT, OPENS, PATIENCE, Setting
from tests.e2e.world import World

NEW: Final = "⚠️ {} NEW after ZERO LEFT · BTC-USDT-241115 BUY LONG"
AGAIN: Final = "⚠️ 1 OPEN AGAIN after ZERO LEFT · BTC-USDT-241115 BUY LONG"


async def zero(world: World) -> Message:
    """Three orders are cancelled and proved gone."""
    world.place(3)
    card = await world.ask()
    world.ann.taps(card, card.labels[0])
    return await world.shown("ZERO LEFT ·", after=card.id)


async def looks(world: World, seconds: float) -> None:
    """Let time pass until the next look at the book has been answered."""
    before = len(world.htx.requests(OPENS))
    await world.move(seconds)
    await world.until(lambda: sum(bool(r.answer) for r in world.htx.requests(OPENS)[before:]) >= 3, "a look")
    await asyncio.sleep(0.1)


def warned(world: World) -> list[str]:
    """Titles of warnings after zero."""
    texts = [message.text.splitlines()[0] for message in world.telegram.messages(world.desk)]
    return [text for text in texts if "after ZERO LEFT" in text]


async def told(world: World, titles: list[str]) -> None:
    """Wait until the warnings after zero are these and no others."""
    await world.until(lambda: len(warned(world)) >= len(titles), f"{len(titles)} warnings")
    assert warned(world) == titles


async def test_the_minute_is_watched_to_its_end(world: World) -> None:
    """An order that is placed two seconds before the end is told of, too."""
    await zero(world)
    await looks(world, 57.0)
    world.place(1)
    await looks(world, 3.1)
    await told(world, [NEW.format(1)])


async def test_what_was_gone_and_is_listed_again_is_not_new(world: World) -> None:
    """Orders of the card that are listed again are told as that, once two looks agree; new ones as new."""
    await zero(world)
    gone = world.account.orders()[0].order_id
    world.account.reopen(gone)
    await looks(world, 1.1)
    assert warned(world) == []
    await looks(world, 2.1)
    await told(world, [AGAIN])
    world.place(2)
    await looks(world, 3.1)
    await told(world, [AGAIN, NEW.format(2)])


async def test_the_last_look_is_not_alone(world: World) -> None:
    """What is listed again at the very end is looked at once more, and told of."""
    await zero(world)
    await looks(world, 57.0)
    world.account.reopen(world.account.orders()[0].order_id)
    await looks(world, 3.1)
    assert warned(world) == []
    await looks(world, 1.1)
    await told(world, [AGAIN])


async def test_an_old_list_is_not_told_of(world: World) -> None:
    """An order that was gone and is listed once more, in one look, raises nobody."""
    await zero(world)
    gone = world.account.orders()[0].order_id
    world.account.reopen(gone)
    await looks(world, 1.1)
    world.account.cancel(gone)
    for seconds in (2.1, 3.1, 4.1):
        await looks(world, seconds)
    assert warned(world) == []


async def test_a_placement_that_two_watches_see_is_told_once(world: World) -> None:
    """Two scopes proved empty hold the same new orders: one message tells of them, another of what is its own."""
    await zero(world)
    world.place(1, side="sell")
    card = await world.ask(f"/cancelall {CONTRACT}")
    world.ann.taps(card, card.labels[0])
    await world.shown("ZERO LEFT · BTC-USDT-241115 ALL SIDES", after=card.id)
    world.place(3)
    await looks(world, 2.1)
    await looks(world, 4.1)
    assert [title.partition(" after")[0] for title in warned(world)] == ["⚠️ 3 NEW"]
    if warned(world) == [NEW.format(3)]:  # the wider one has told of nothing yet
        world.place(2, side="sell")
        await looks(world, 4.1)
        await told(world, [NEW.format(3), "⚠️ 2 NEW after ZERO LEFT · BTC-USDT-241115 ALL SIDES"])


async def test_people_in_another_chat_hear_of_it_too(tmp_path: Path) -> None:
    """Each chat in which zero was said is told of the same placement once."""
    async with World(Setting(annex=True), folder=tmp_path) as world:
        await zero(world)
        said = world.ann.says(world.annex, f"/cancelall {CONTRACT}")
        card = await world.telegram.wait_for(world.annex, "🛑", after=said.id, timeout=PATIENCE)
        world.ann.taps(card, card.labels[0])
        await world.telegram.wait_for(world.annex, "ZERO LEFT ·", after=card.id, timeout=PATIENCE)
        world.place(3)
        await looks(world, 2.1)
        await told(world, [NEW.format(3)])
        await world.telegram.wait_for(world.annex, "⚠️ 3 NEW after", after=card.id, timeout=PATIENCE)
