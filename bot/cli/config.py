"""`cancelall config`: who may do what, or every fault at once; and a file to begin with."""

import os
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.options import ConfigPath
from bot.config import EXAMPLE, Config, Mode, Person, find_file, load
from bot.errors import ConfigFaults
from bot.model import Role
from bot.policy import Confirm

config_app = typer.Typer(
    name="config",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="See who may do what, and write a first configuration.",
)
"""The command group."""


@config_app.command("check")
def check(config: ConfigPath = None) -> None:
    """Read the configuration and print who may do what, or every fault at once (exit code 2)."""
    found = load_or_refuse(config)
    file, _ = find_file(config, os.environ)
    console = Console(highlight=False)
    console.print(Text(f"Configuration: {file or 'the environment alone'}"))
    console.print(_who(found))
    for line in _facts(found):
        console.print(Text(line))


@config_app.command("example")
def example() -> None:
    """Print a complete configuration with comments. It changes and reads nothing."""
    typer.echo(EXAMPLE, nl=False)


def load_or_refuse(config: Path | None) -> Config:
    """The configuration, for a command line.

    Raises:
        typer.Exit: with code 2, after every fault was printed to stderr.
    """
    try:
        return load(config, os.environ)
    except ConfigFaults as error:
        _refuse(error.faults)


def _refuse(faults: tuple[str, ...]) -> NoReturn:
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    typer.echo(f"error: the configuration has {count}:", err=True)
    for fault in faults:
        typer.echo(f"- {fault}", err=True)
    raise typer.Exit(2)


def _who(config: Config) -> Table:
    table = Table("member", "Telegram id", "role", "accounts", "may", "where", title="Who may do what")
    where = ", ".join(["private chat", *map(str, config.telegram.chats)])
    for name, person in config.members.items():
        accounts = ", ".join(person.accounts) or "none"
        cells = (name, str(person.telegram), str(person.role), accounts, _may(person, config), where)
        table.add_row(*map(Text, cells))  # Text: brackets in a value are no markup
    return table


def _may(person: Person, config: Config) -> str:
    if not person.accounts:
        return "nothing: no accounts"
    if person.role is Role.VIEWER:
        return "read"
    return "read, ask, confirm" if config.limits.confirm is Confirm.OPERATOR else "read, ask, confirm the own"


def _facts(config: Config) -> tuple[str, ...]:
    telegram, limits = config.telegram, config.limits
    anyone = limits.confirm is Confirm.OPERATOR
    by = "any operator of the account" if anyone else "whoever asked, nobody else"
    updates = (
        f"asked for at {telegram.base_url}"
        if telegram.mode is Mode.POLLING
        else f"brought to {telegram.public_url}, listening at {telegram.listen}; answers to {telegram.base_url}"
    )
    return (
        f"Accounts: {', '.join(config.accounts)}",
        f"HTX: {', then '.join(config.htx.hosts)}",
        f"Telegram: {updates}",
        f"Cards: to be tapped within {limits.card_seconds} s, by {by}",
    )
