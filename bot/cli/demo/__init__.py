"""`cancelall demo`: the real bot against simulated HTX, Telegram and Slack, on loopback. No account is needed."""

import asyncio
from typing import Annotated

import typer


def demo(
    *,
    play: Annotated[bool, typer.Option("--play", help="Type and tap yourself, as Ann on her phone.")] = False,
) -> None:
    """Play the story: the real bot, simulated HTX, Telegram and Slack; exit 0 only if every verdict was true."""
    from bot.cli.demo.play import play_along
    from bot.cli.demo.story import tell

    if play:
        asyncio.run(play_along())
        return
    if not asyncio.run(tell(typer.echo)):
        raise typer.Exit(1)
