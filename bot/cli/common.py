"""What the commands share that build a bot, or parts of one: configuration, keystore, logs."""

import getpass
import os
import sys
from pathlib import Path
from typing import Final

import typer

from bot import causes
from bot.app import KeysLocked, OpenKeys, open_keys
from bot.cli.refusal import Refusal
from bot.cli.whose import AS_BOT
from bot.config import Config, load, passwords
from bot.errors import StoreUnavailable
from bot.runtime.logs import LEVELS, STYLES, redactor, set_up
from bot.surroundings import from_others, line_about

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
    if (line := line_about(from_others(os.environ))) is not None:
        typer.echo(line, err=True)
    return load(path, os.environ)


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


def keys_for(config: Config, path: Path | None) -> OpenKeys:
    """The opened keystore, fit for a configuration.

    Raises:
        Refusal: it does not open, or two accounts have one key: one tap would send two requests to one account.
    """
    opened = keys(path)
    redactor().learn(passwords(os.environ))
    doubles = opened.doubles(config.accounts)
    if doubles:
        one, other = doubles[0]
        raise Refusal(
            f"The accounts {one} and {other} have the same key pair: one tap on @all would send two requests to "
            f"one account. This command sent nothing. Give {other} a key of its own by "
            f"`cancelall keys rotate {other}`, or take it out of the configuration."
        )
    return opened


def store_refusal(error: StoreUnavailable) -> Refusal:
    """What to say where the store does not open, or the emergency journal: both may hold what was sent before."""
    return Refusal(
        f"The store does not open: {error.why}. This command sent nothing. A cancel that was confirmed before may "
        f"have been sent: look in the HTX app.{f' {AS_BOT}.' if 'ermission denied' in error.why else ''}"
    )


def no_answer(platform: str, error: Exception) -> str:
    """A chat that could not be asked, and what to look at."""
    if (why := causes.certificate(error)) is not None:
        return (
            f"{platform}'s certificate is not accepted ({why}): check the host's clock, the proxy, SSL_CERT_FILE"
        )
    if causes.out_of_files(error):
        return f"{platform} could not be asked: this host is out of file descriptors"
    return f"{platform} does not answer ({type(error).__name__}): check the host's network and a proxy's"
