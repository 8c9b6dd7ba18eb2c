"""`cancelall health`: for a container's healthcheck and for the curious."""

import os
from datetime import UTC, datetime

import typer

from bot.cli.options import DataDir
from bot.config import data_dir
from bot.runtime.pulse import diagnose


def health(*, data: DataDir = None) -> None:
    """Exit 0 if the bot of this data directory lives and hears its chats, 1 with a sentence if not."""
    trouble = diagnose(data_dir(data, os.environ), datetime.now(UTC))
    typer.echo(trouble or "alive")
    if trouble:
        raise typer.Exit(1)
