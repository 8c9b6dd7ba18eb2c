"""`cancelall health`: for a container's healthcheck and for the curious."""

import os
from datetime import UTC, datetime

import typer

from bot.cli.options import DataDir
from bot.config import data_dir
from bot.runtime.pulse import diagnose, lost_of
from bot.words.plain import count


def health(*, data: DataDir = None) -> None:
    """Exit 0 if the bot of this data directory lives and hears its chats, 1 with a sentence if not."""
    folder = data_dir(data, os.environ)
    trouble = diagnose(folder, datetime.now(UTC))
    lost = lost_of(folder)
    typer.echo((trouble or "alive") + (f" · {count(lost, 'log line')} lost" if lost else ""))
    if trouble:
        raise typer.Exit(1)
