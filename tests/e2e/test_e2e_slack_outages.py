"""When Slack stalls, dies, or takes no token any more: the bot says so, comes back, and Telegram goes on."""

import asyncio

import pytest
from structlog.testing import capture_logs

from bot.model import Platform
from bot.words import chats
from simulator.slack import faults
from tests.e2e.setting import ASK
from tests.e2e.world import World
from tests.simulator.simulator_slack_kit import socket

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
    """A killed Slack is told of on Telegram, where all goes on; back again it is found, and nothing is lost."""
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


async def test_a_healthy_slack_logs_no_alarm_and_an_outage_both_its_ends(on_slack: World) -> None:
    """A good start logs nothing of Slack; an outage is one warning, and its end one line that is no alarm."""
    await on_slack.stop()
    with capture_logs() as started:
        await on_slack.start()
        await on_slack.until(lambda: trouble(on_slack) is None, "all is well")
        await asyncio.sleep(1.5)  # nothing is to come: the watchdog, which looks once a second, has looked
    assert [line for line in started if line["event"].startswith("slack")] == []
    with capture_logs() as told:
        await on_slack.slack.sim.stop()
        await on_slack.until(lambda: [line for line in told if line["event"] == "slack"], "the outage", seconds=20)
        await on_slack.slack.sim.start()
        await on_slack.until(lambda: "slack recovered" in str(told), "its end", seconds=20)
    levels = [(line["event"], line["log_level"]) for line in told if line["event"] in ("slack", "slack recovered")]
    assert levels == [("slack", "warning"), ("slack recovered", "info")]


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
    """More sockets than ours take commands from us in silence: `/status` says so, and when it is over."""
    world, slack = on_both, on_both.slack
    assert trouble(world) is None
    async with socket(slack.sim):
        await slack.sim.sockets.disconnect("refresh_requested", count=1)
        stolen = chats.too_many_sockets(3, 2)
        await world.until(lambda: trouble(world) == stolen, "the thief is noticed")
        assert stolen in (await world.say("/status", "slack:")).text
    await world.move(301)
    await world.until(lambda: trouble(world) is None, "the thief is gone")


async def test_a_revoked_bot_token_stops_slack_alone(on_both: World) -> None:
    """A bot token that Slack takes no more is told of on Telegram, which goes on, and got over when it is."""
    world = on_both
    world.slack.sim.revoke(app=False, error="token_revoked")
    await world.move(31)
    refused = chats.token_refused("Slack", "your app's page")
    await world.until(lambda: trouble(world) == refused, "it is known")
    assert f"✗ slack: {refused}" in (await world.say("/status", "slack:")).text
    await on_telegram(world)
    world.slack.sim.restore()
    await world.move(31)
    await world.until(lambda: trouble(world) is None, "it is over")
    assert "0 open" in (await world.slack.ask()).text


async def test_another_workspaces_token_is_told_of(on_slack: World) -> None:
    """A token for another workspace than the configured one is no working chat, and `/status` says so."""
    on_slack.slack.sim.world.team = "T2"
    await on_slack.move(31)
    wrong = chats.other_workspace("T2", "T1")
    await on_slack.until(lambda: trouble(on_slack) == wrong, "it is known")


async def test_it_starts_with_a_wrong_app_token(on_both: World) -> None:
    """With an app token that Slack does not take the bot starts, Telegram works, and `/status` says so."""
    world, slack = on_both, on_both.slack
    await world.stop()
    slack.sim.revoke(bot=False)
    world.awaited = ("telegram",)
    await world.start()
    assert "✗ slack:" in (await world.say("/status", "slack:")).text
    await on_telegram(world)
    slack.sim.restore()
    await slack.sim.connected(2, timeout=20)
    await world.until(lambda: trouble(world) is None, "it is over")
    assert "0 open" in (await slack.ask()).text


async def test_it_starts_with_slack_down(on_both: World) -> None:
    """With Slack dead at the start Telegram works; what Slack's people are owed comes when Slack does."""
    world, slack = on_both, on_both.slack
    world.place(3)
    card = await slack.ask()
    await world.stop()
    await slack.sim.stop()
    world.awaited = ("telegram",)
    await world.start()
    assert f"✗ slack: {SILENT}" in (await world.say("/status", "slack:")).text
    await world.move(61)
    await slack.sim.start()
    await slack.sim.connected(2, timeout=20)
    await world.move(61)
    await slack.shown(lambda message: message.ts == card.ts and "Expired" in message.text)
    assert "ZERO LEFT" in (await slack.run()).text


async def test_it_starts_with_telegram_down(on_both: World) -> None:
    """With Telegram dead at the start, and all the time, Slack works, and `/status` there says so."""
    world, slack = on_both, on_both.slack
    await world.stop()
    await world.telegram.stop()
    world.awaited = ("slack",)
    await world.start()
    world.place(3)
    assert "ZERO LEFT" in (await slack.run()).text
    slack.slash("/cancelall status")
    assert f"✗ telegram: {chats.silent('Telegram')}" in (await slack.shown("telegram:")).text
    await world.telegram.start()
    world.ann.says(world.desk, "/orders")
    await world.move(16)
    await world.shown("0 open")


@pytest.mark.parametrize("method", ["auth.test", "socket", "*"])
async def test_a_front_end_that_errs_at_the_start_is_got_over(on_slack: World, method: str) -> None:
    """Error pages, garbage and cut connections at the start delay Slack and end nothing."""
    await on_slack.stop()
    sim = on_slack.slack.sim
    for fault in (faults.server_error(502), faults.garbage(), faults.cut_before(), faults.flooded(1)):
        sim.faults.arm(method, fault)
    on_slack.awaited = ()
    await on_slack.start()
    await sim.connected(2, timeout=30)
    await on_slack.until(lambda: trouble(on_slack) is None, "all is well", seconds=20)
    assert "0 open" in (await on_slack.slack.ask()).text
