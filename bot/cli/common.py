"""What the commands share that build a bot, or parts of one: configuration, keystore, logs."""

import getpass
import os
import sys
from pathlib import Path

import typer

from bot.app import KeysLocked, OpenKeys, open_keys
from bot.cli.refusal import Refusal
from bot.config import Config, load
from bot.config import data_dir as find_data_dir
from bot.errors import StoreUnavailable
from bot.runtime.logs import LEVELS, STYLES, redactor, set_up


def logs(level: str = "INFO") -> None:
    """Send logs to stderr: JSON, or readable where a person looks on."""
    style = os.environ.get("CANCELALL_LOG") or ("console" if sys.stderr.isatty() else "json")
    wanted = (os.environ.get("CANCELALL_LOG_LEVEL") or level).upper()
    if style not in STYLES or wanted not in LEVELS:
        one, other = " or ".join(STYLES), ", ".join(LEVELS)
        raise Refusal(f"CANCELALL_LOG is {one}, CANCELALL_LOG_LEVEL is one of {other}. Nothing was started.")
    set_up(redactor(), style=style, level=wanted, stream=sys.stderr)


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
        Refusal: it does not open; whoever runs it under systemd or in Docker is told how it is meant to be called.
    """
    ask = (lambda: getpass.getpass("Passphrase of the keystore: ")) if sys.stdin.isatty() else None
    try:
        return open_keys(os.environ, path, lambda text: typer.echo(text, err=True), ask)
    except KeysLocked as error:
        raise Refusal(
            f"{error.sentence} Nothing was sent. On a host with systemd it is `cancelall-as-bot`, in Docker "
            "`docker compose exec`, that has the key; if it is urgent, use the HTX app."
        ) from None


def store_refusal(error: StoreUnavailable) -> Refusal:
    """What to say where the store does not open, or the emergency journal: both may hold what was sent before."""
    return Refusal(
        f"The store does not open: {error.why}. This command sent nothing; what was confirmed before it may have "
        "been sent. Look in the HTX app."
    )
