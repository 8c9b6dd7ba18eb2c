"""What the commands share that build a bot, or parts of one: configuration, keystore, logs."""

import os
import sys
from pathlib import Path

import typer

from bot.app import KeysLocked, OpenKeys, open_keys
from bot.cli.refusal import Refusal
from bot.config import Config, load
from bot.config import data_dir as find_data_dir
from bot.errors import StoreUnavailable
from bot.runtime.logs import redactor, set_up


def logs(level: str = "INFO") -> None:
    """Send logs to stderr: JSON, or readable where a person looks on."""
    style = os.environ.get("CANCELALL_LOG") or ("console" if sys.stderr.isatty() else "json")
    set_up(redactor(), style=style, level=os.environ.get("CANCELALL_LOG_LEVEL", level), stream=sys.stderr)


def configuration(path: Path | None) -> Config:
    """The configuration, complete and without faults.

    Raises:
        ConfigFaults: all of them.
    """
    return load(path, os.environ)


def data_dir(option: Path | None) -> Path:
    """Where the store is."""
    return find_data_dir(option, os.environ)


def keys(path: Path | None) -> OpenKeys:
    """The opened keystore.

    Raises:
        Refusal: it does not open.
    """
    try:
        return open_keys(os.environ, path, lambda text: typer.echo(text, err=True))
    except KeysLocked as error:
        raise Refusal(error.sentence) from None


def store_refusal(error: StoreUnavailable) -> Refusal:
    """What to say where the store does not open."""
    return Refusal(f"The store does not open: {error.why}. Nothing was sent.")
