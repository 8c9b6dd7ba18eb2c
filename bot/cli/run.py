"""`cancelall run` and `cancelall health`."""

import asyncio
import gc
from datetime import UTC, datetime

import typer

from bot import app
from bot.cli.common import (
    ConfigPath,
    DataDir,
    KeystorePath,
    Refusal,
    configuration,
    data_dir,
    keys,
    logs,
    redactor,
)
from bot.errors import StoreUnavailable
from bot.runtime.pulse import diagnose
from bot.store import AlreadyRunning


def run(*, config: ConfigPath = None, data: DataDir = None, keystore: KeystorePath = None) -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    logs()
    settings = configuration(config)
    opened = keys(keystore)
    redactor().learn(opened.public_values(settings.accounts))
    gc.freeze()  # what is loaded now lives as long as the bot: the collector need not look at it again
    try:
        asyncio.run(app.run(settings, data_dir(data), opened))
    except AlreadyRunning as error:
        raise Refusal(f"Another `cancelall run` holds this data directory: {error.why}") from None
    except StoreUnavailable as error:
        raise Refusal(f"The store does not open: {error.why}. Nothing was started.") from None


def health(*, data: DataDir = None) -> None:
    """Exit 0 if the bot of this data directory lives and hears its chats, 1 with a sentence if not."""
    trouble = diagnose(data_dir(data), datetime.now(UTC))
    typer.echo(trouble or "alive")
    if trouble:
        raise typer.Exit(1)
