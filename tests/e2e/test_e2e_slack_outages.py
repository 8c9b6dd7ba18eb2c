"""When Slack stalls, dies, or takes no token any more: the bot says so, comes back, and Telegram goes on."""

import asyncio

import pytest

from bot.model import Platform
from bot.words import chats
from simulator.slack import faults
from tests.e2e.setting import ASK
from tests.e2e.world import World

SILENT = chats.silent("Slack")


def trouble(world: World, platform: Platform = Platform.SLACK) -> str | None:
    """What `/status` would say is wrong with a chat."""
    assert world.parts is not None
    return next(health.trouble for health in world.parts.courier.health() if health.platform is platform)


async def on_telegram(world: World) -> None:
    """Telegram does all it should meanwhile."""
    world.place(2)
    assert "ZERO LEFT" in (await world.run()).text


async def test_slack_is_killed_and_comes_back(on_both: World) -> None:
    """A killed Slack is told of on Telegram, where all goes on; back again it is found by itself, and nothing is lost."""
    world, slack = on_both, on_both.slack
    world.place(3)
    card = await slack.ask()
    await slack.sim.stop()
    await world.until(lambda: trouble(world) == SILENT, "the outage is known", seconds=20)
    said = await world.say("/status", "slack:")
    assert f"✗ slack: {SILENT}" in said.text
    world.ann.says(world.desk, ASK.replace("buy long", "sell"))
    await world.shown("🛑 0 open")
    await slack.sim.start()
    await slack.sim.connected(2, timeout=20)
    await world.until(lambda: trouble(world) is None, "all is well")
    slack.ann.taps(card, card.labels[0])
    assert "3 cancelled" in (await slack.shown("ZERO LEFT")).text
    assert len(world.posts()) == 1


async def test_a_frozen_slack_is_noticed_and_got_over(on_slack: World) -> None:
    """A server that hangs is given up within twenty seconds; what it still delivers afterwards is done once."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    opened = slack.sim.sockets.opened
    slack.sim.sockets.freeze()
    tapped = slack.ann.taps(card, card.labels[0])
    assert (await tapped.settled()).error == "operation_timeout"
    await on_slack.until(lambda: trouble(on_slack) == SILENT, "the outage is known", seconds=20)
    slack.sim.sockets.thaw()
    await on_slack.until(lambda: slack.sim.sockets.opened >= opened + 2, "new sockets", seconds=20)
    await on_slack.until(lambda: trouble(on_slack) is None, "all is well", seconds=20)
    slack.sim.again(tapped)
    await slack.shown("ZERO LEFT")
    slack.sim.again(tapped)
    slack.slash("/cancelall log")
    await slack.shown("The last mass cancel")
    assert len(on_slack.posts()) == 1


async def test_a_short_freeze_loses_nothing(on_slack: World) -> None:
    """What a server held back for a moment is done when it comes, once."""
    slack = on_slack.slack
    on_slack.place(3)
    card = await slack.ask()
    slack.sim.sockets.spread = "all"
    slack.sim.sockets.freeze()
    slack.ann.taps(card, card.labels[0])
    await asyncio.sleep(0.5)
    slack.sim.sockets.thaw()
    await slack.shown("ZERO LEFT")
    await asyncio.sleep(0.1)
    assert len(on_slack.posts()) == 1


async def test_slack_refreshes_its_sockets(on_slack: World) -> None:
    """Told to connect anew, one socket after the other, the bot stays within reach."""
    slack = on_slack.slack
    opened = slack.sim.sockets.opened
    await slack.sim.sockets.disconnect("warning")
    await slack.sim.sockets.disconnect("refresh_requested", count=1)
    slack.slash("/cancelall orders")
    await slack.shown("0 open")
    await on_slack.until(lambda: slack.sim.sockets.opened > opened, "a new socket")
    await slack.sim.connected(2)
    assert slack.sim.sockets.oddities == []


async def test_somebody_else_with_the_app_token_is_told_of(on_both: World) -> None:
    """More sockets than ours take commands from us in silence: `/status` says so on both chats."""
    world, slack = on_both, on_both.slack
    assert trouble(world) is None
    other = World(world.setting, folder=world.folder / "other")
    other.slack, other.telegram, other.awaited = slack, world.telegram, ()
    (world.folder / "other").mkdir()
    counted = chats.too_many_sockets(3, 2)
    thief = slack.sim.sockets
    assert thief.opened == 2
    world_sockets = len(thief.connections)
    assert world_sockets == 2
    await stolen(world)
    await slack.sim.sockets.disconnect("refresh_requested", count=1)
    await world.until(lambda: trouble(world) is not None, "the thief is noticed")
    assert counted.split(",", maxsplit=1)[0] in (trouble(world) or "") or "sockets" in (trouble(world) or "")


async def stolen(world: World) -> None:
    """Another process connects with our app token."""
