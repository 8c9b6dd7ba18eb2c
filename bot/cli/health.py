"""`cancelall health`: for monitoring, for a container's probe, and for the curious."""

import os
from datetime import UTC, datetime
from typing import Annotated

import typer

from bot.cli.options import DataDir
from bot.config import data_dir
from bot.runtime.pulse import diagnose, lost_of, stopped
from bot.words.plain import count

Live = Annotated[
    bool,
    typer.Option("--live", help="Only whether the bot's loop turns: what a probe that may restart it should ask."),
]


def health(*, live: Live = False, data: DataDir = None) -> None:
    """Exit 0 if the bot of this data directory lives, hears its chats, and no result waits; 1 with a sentence."""
    folder, look = data_dir(data, os.environ), stopped if live else diagnose
    trouble, lost = look(folder, datetime.now(UTC)), lost_of(folder)
    typer.echo((trouble or "alive") + (f" · {count(lost, 'log line')} lost" if lost else ""))
    if trouble:
        raise typer.Exit(1)
