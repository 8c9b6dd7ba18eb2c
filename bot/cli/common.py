"""What the commands share that build a bot, or parts of one: configuration, keystore, logs."""

import getpass
import os
import sys
from pathlib import Path
from typing import Final

import typer

from bot.app import KeysLocked, OpenKeys, open_keys
from bot.cli.refusal import Refusal
from bot.config import Config, load
from bot.config import data_dir as find_data_dir
from bot.errors import StoreUnavailable
from bot.runtime.logs import LEVELS, STYLES, redactor, set_up

_ELSEWHERE: Final = (
    " Under systemd run `sudo cancelall-as-bot …` instead, in Docker `docker compose exec cancelall cancelall …`: "
    "they have the key. Urgent? Use the HTX app."
)


def logs(level: str = "INFO") -> None:
    """Send logs to stderr: JSON, or readable where a person looks on."""
    style = os.environ.get("CANCELALL_LOG") or ("console" if sys.stderr.isatty() else "json")
    wanted = (os.environ.get("CANCELALL_LOG_LEVEL") or level).upper()
    if style not in STYLES or wanted not in LEVELS:
        one, other = " or ".join(STYLES), ", ".join(LEVELS)
        raise Refusal(f"CANCELALL_LOG must be {one}, CANCELALL_LOG_LEVEL one of {other}. Nothing was started.")
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


def keys(path: Path | None, *, urgent: bool = True) -> OpenKeys:
    """The opened keystore.

    Args:
        path: what `--keystore` said.
        urgent: whether somebody may need it at once, on a host where the bot runs under systemd or in Docker.

    Raises:
        Refusal: it does not open; where it is urgent, how the command is called there is told.
    """
    ask = (lambda: getpass.getpass("Passphrase of the keystore: ")) if sys.stdin.isatty() else None
    try:
        return open_keys(os.environ, path, lambda text: typer.echo(text, err=True), ask)
    except KeysLocked as error:
        raise Refusal(f"{error.sentence} Nothing was sent.{_ELSEWHERE if urgent else ''}") from None


def store_refusal(error: StoreUnavailable) -> Refusal:
    """What to say where the store does not open, or the emergency journal: both may hold what was sent before."""
    return Refusal(
        f"The store does not open: {error.why}. This command sent nothing. A cancel that was confirmed before may "
        "have been sent: look in the HTX app."
    )
