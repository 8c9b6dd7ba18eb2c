"""What `cancelall keys` asks a person, hidden; and how it refuses."""

import getpass
import sys
import warnings
from typing import NoReturn

import typer

import keystore
from keystore import Kind, Masked, Passphrase, Unlock
from keystore.errors import NoTerminalError


def refuse(sentence: str) -> NoReturn:
    """One line on stderr, and the exit code of a refusal."""
    typer.echo(f"error: {sentence}", err=True)
    raise typer.Exit(2)


def read_values(kind: Kind, fd: int | None) -> tuple[Masked, ...]:
    """The values of an entry: asked for at a terminal, else one a line."""
    if fd is None and sys.stdin.isatty():
        return tuple(_ask(f"{kind} {name.replace('_', ' ')} (hidden): ") for name in keystore.field_names(kind))
    return keystore.read_lines(sys.stdin.fileno() if fd is None else fd)


def ask_passphrase() -> Unlock:
    """The passphrase of a store."""
    return Passphrase(value=_ask("Passphrase: "))


def ask_new() -> Unlock:
    """A new passphrase, typed twice."""
    first, second = _ask("New passphrase: "), _ask("Again: ")
    if first != second:
        refuse("The two passphrases differ. Nothing was changed. Run the command again.")
    return Passphrase(value=first)


def _ask(prompt: str) -> Masked:
    try:
        with warnings.catch_warnings():
            # Without a terminal getpass would warn, show what is typed, and eat the values that are on stdin.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return Masked(getpass.getpass(prompt).encode("utf-8", "surrogateescape"))
    except (getpass.GetPassWarning, EOFError, OSError):
        raise NoTerminalError from None
