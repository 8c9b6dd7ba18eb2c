"""`cancelall demo`: the real bot against simulated HTX, Telegram and Slack, on loopback. No account is needed."""

import asyncio
from typing import Annotated

import typer


def demo(
    *,
    play: Annotated[bool, typer.Option("--play", help="Type and tap yourself, as Ann on her phone.")] = False,
) -> None:
    """Play the story: the real bot, simulated HTX, Telegram and Slack; exit 0 only if every verdict was true."""
    from bot.cli.demo.paper import stdout
    from bot.cli.demo.play import play_along
    from bot.cli.demo.stage import cleared_away
    from bot.cli.demo.story import tell

    paper = stdout()
    if play:
        asyncio.run(cleared_away(play_along(paper.say)))
        return
    if not asyncio.run(cleared_away(tell(paper.say))):
        raise typer.Exit(1)
