"""`cancelall slack-manifest`: what to paste into Slack to get the app."""

import typer

from bot.cli.printed import all_printed
from handlers.slack import manifest


def slack_manifest() -> None:
    """Print the Slack app manifest, made from the command table."""
    typer.echo(manifest(), nl=False)
    all_printed()
