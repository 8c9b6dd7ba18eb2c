"""The story on Slack: the same bot, the same people, the other chat."""

from collections.abc import Awaitable, Callable
from typing import Final

from bot.cli.demo.slack_scene import SlackScene, settled


async def ordinary(scene: SlackScene) -> None:
    """The same on Slack: Ann asks by slash command, Bo confirms."""
    scene.stage.place(14)
    card = await scene.ask()
    await scene.tap("Bo", card)
    result = await scene.verdict("ZERO LEFT")
    scene.must("14 cancelled" in result.text, "14 cancelled")
    scene.must("Asked by Ann, confirmed by Bo" in result.text, "the same people as on Telegram")
    scene.must(result.thread_ts == card.ts and result.broadcast, "it stands in the thread and in the channel")
    scene.must(result.mentions == (scene.slack.ann.id,) * 2, "Ann is called, and nobody else")
    scene.must(len(scene.posts()) == 1, "one request")


async def foreigner(scene: SlackScene) -> None:
    """On Slack a stranger taps: her company shares the channel."""
    ids = scene.stage.place(2)
    card = await scene.ask()
    await scene.tap("Mallory", card)
    scene.must("Only Ann or Bo" in await scene.told_alone("Only Ann or Bo"), "she is refused")
    await scene.tap("Ann", card, "Keep")
    await scene.wait_for("Kept by Ann")
    scene.told.append("refused; Kept")
    scene.must(not scene.posts(), "no request")
    scene.must(set(ids) <= set(scene.stage.account.open_ids()), "her tap cancelled nothing")


async def twice(scene: SlackScene) -> None:
    """Slack delivers all twice: over two sockets; one card, one request."""
    scene.slack.sim.sockets.spread = "all_new_ids"
    scene.stage.place(3)
    tap = await scene.tap("Bo", await scene.ask())
    await scene.verdict("ZERO LEFT")
    await settled(scene)
    scene.slack.sim.sockets.spread = "one"
    sockets = {attempt.connection for attempt in tap.attempts}
    scene.happened(f"the tap was delivered {len(tap.attempts)} times, over {len(sockets)} sockets")
    scene.must(len(sockets) == 2, "two sockets")  # noqa: PLR2004 as said
    scene.must(sum("🛑" in message.text for message in scene.messages()) == 1, "one card")


async def telegram_down(scene: SlackScene) -> None:
    """Telegram is down: Slack works, and says so."""
    await scene.stage.telegram.stop()
    scene.happened("Telegram is gone")
    scene.stage.place(3)
    await scene.tap("Ann", await scene.ask())
    await scene.verdict("ZERO LEFT")
    scene.happened("Ann types /cancelall status")
    scene.slack.ann.slash(scene.slack.desk, "/cancelall status")
    status = await scene.wait_for("telegram:")
    scene.must("✗ telegram: Telegram does not answer" in status.text, "the outage is told")
    scene.must("✓ slack" in status.text, "Slack is well")
    await scene.stage.telegram.start()
    await settled(scene)


SCENES: Final[tuple[Callable[[SlackScene], Awaitable[None]], ...]] = (ordinary, foreigner, twice, telegram_down)
