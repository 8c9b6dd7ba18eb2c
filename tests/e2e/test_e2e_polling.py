"""The intake: whatever Telegram does to a poll, the bot notices, says so, and takes up again."""

from datetime import UTC, datetime

import pytest

from bot.runtime.pulse import diagnose
from bot.words import chats
from simulator.telegram import Poison
from simulator.telegram.faults import (
    Fault,
    bad_gateway,
    conflict,
    cut_before,
    flooded,
    garbage,
    hang,
    not_found,
    unauthorized,
)
from tests.e2e.world import World


def trouble(world: World) -> str | None:
    """What `/status` would say is wrong with Telegram."""
    assert world.parts is not None
    (health,) = world.parts.courier.health()
    return health.trouble


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (unauthorized(), chats.token_refused("Telegram", "BotFather")),
        (not_found(), chats.token_refused("Telegram", "BotFather")),
        (conflict(), chats.second_poller()),
        (bad_gateway(), chats.silent("Telegram")),
        (garbage(), chats.silent("Telegram")),
        (cut_before(), chats.silent("Telegram")),
        (flooded(7), chats.asked_to_wait("Telegram")),
    ],
    ids=["401", "404", "409", "502", "garbage", "cut", "429"],
)
async def test_a_failing_poll_is_told_and_got_over(world: World, fault: Fault, said: str) -> None:
    """A poll that fails is no end: what is wrong is known meanwhile, and the next polls work."""
    world.place(3)
    world.telegram.faults.arm("getUpdates", fault, times=None)
    world.ann.says(world.desk, "/orders")  # ends the poll that stands
    await world.until(lambda: trouble(world) == said, f"the trouble is {said}")
    await world.move(6)
    await world.until(lambda: said in (diagnose(world.data, datetime.now(UTC)) or ""), "the pulse says so")
    world.ann.says(world.desk, "/status")
    world.telegram.faults.clear("getUpdates")
    await world.move(16)
    await world.shown("READY")
    await world.until(lambda: trouble(world) is None, "all is well")
    assert "ZERO LEFT" in (await world.run()).text


async def test_a_poll_that_is_swallowed_is_got_over(world: World) -> None:
    """A poll that a black hole took is begun anew, and what was said meanwhile is answered."""
    world.telegram.faults.arm("getUpdates", hang())
    before = len(world.telegram.calls)
    world.ann.says(world.desk, "/whoami")
    await world.shown("Ann Lee")
    await world.until(
        lambda: [call for call in world.telegram.calls[before:] if call.method == "getUpdates"], "a hanging poll"
    )
    world.ann.says(world.desk, "/orders")
    world.telegram.faults.clear()
    await world.move(2)
    await world.shown("0 open")


@pytest.mark.parametrize("kind", ["date", "types", "missing", "unknown"])
async def test_an_unreadable_update_is_set_aside(world: World, kind: Poison) -> None:
    """An update that cannot be read is confirmed and passed over; those before and after it are worked on."""
    world.place(3)
    world.ann.says(world.desk, "/whoami")
    world.telegram.send_unreadable(kind)
    world.ann.says(world.desk, "/orders")
    await world.shown("Ann Lee")
    await world.shown("3 open")
    await world.until(lambda: world.telegram.updates.pending == 0, "all are confirmed")
    polls = sum(call.method == "getUpdates" for call in world.telegram.calls)
    assert polls < 10
    assert "ZERO LEFT" in (await world.run()).text


async def test_update_ids_may_jump_down(world: World) -> None:
    """After a quiet week Telegram numbers updates anew, lower perhaps: they are taken all the same."""
    await world.say("/whoami", "Ann Lee")
    world.telegram.updates.jump(5)
    await world.say("/orders", "0 open")
    world.telegram.updates.jump(2_000_000_000)
    await world.say("/help", "cancelall:")


async def test_an_outage_is_got_over(world: World) -> None:
    """Telegram is gone for a while: it is known, and afterwards all goes on, with a card that still stands."""
    world.place(3)
    card = await world.ask()
    await world.telegram.stop()
    await world.until(lambda: trouble(world) == chats.silent("Telegram"), "the silence is noticed")
    await world.telegram.start()
    world.ann.taps(card, card.labels[0])
    await world.move(16)
    await world.shown("✅")
    assert trouble(world) is None


async def test_the_menu_is_set(world: World) -> None:
    """The phone's menu offers the commands, and polling is what is on."""
    menu = world.telegram.world.commands["default"]
    assert [row["command"] for row in menu][:5] == ["cancelall", "drill", "orders", "status", "log"]
    assert not world.telegram.world.webhook.url
    assert set(world.telegram.updates.allowed) == {"message", "edited_message", "callback_query"}
