"""`cancelall config`: who may do what, or every fault at once; and a file to begin with."""

import os
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bot.cli.options import ConfigPath
from bot.cli.printed import all_printed
from bot.config import EXAMPLE, Config, Mode, Person, Slack, SlackMode, find_file, load, uses_telegram
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
    all_printed()


@config_app.command("example")
def example() -> None:
    """Print a complete configuration with comments. It changes and reads nothing."""
    typer.echo(EXAMPLE, nl=False)
    all_printed()


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
    heads = ("member", "Telegram id", "Slack id", "role", "accounts", "may", "where")
    # Folded where the terminal is narrow: half an id is none.
    table = Table(*(Column(head, overflow="fold") for head in heads), title="Who may do what")
    for name, person in config.members.items():
        ids = (str(person.telegram or "none"), _slack_id(person, config.slack))
        accounts = ", ".join(person.accounts) or "none"
        cells = (name, *ids, str(person.role), accounts, _may(person, config), _where(person, config))
        table.add_row(*map(Text, cells))  # Text: brackets in a value are no markup
    return table


def _slack_id(person: Person, slack: Slack | None) -> str:
    """With the workspace, if it is not the one of the section."""
    if not (slack and person.slack):
        return "none"
    team, user = person.slack.team or slack.team, person.slack.user
    return user if team == slack.team else f"{team}/{user}"


def _where(person: Person, config: Config) -> str:
    """The chats of the platforms on which the person is known."""
    groups = config.telegram.chats if person.telegram else ()
    channels = config.slack.channels if config.slack and person.slack else ()
    return ", ".join(["private chat", *map(str, groups), *channels])


def _may(person: Person, config: Config) -> str:
    if not person.accounts:
        return "nothing: no accounts"
    if person.role is Role.VIEWER:
        return "read"
    return "read, ask, confirm" if config.limits.confirm is Confirm.OPERATOR else "read, ask, confirm the own"


def _facts(config: Config) -> tuple[str, ...]:
    limits = config.limits
    anyone = limits.confirm is Confirm.OPERATOR
    by = "any operator of the account" if anyone else "whoever asked, nobody else"
    return (
        f"Accounts: {', '.join(config.accounts)}",
        f"HTX: {', then '.join(config.htx.hosts)}",
        f"Telegram: {_telegram(config)}",
        f"Slack: {_slack(config.slack)}",
        f"Cards: to be tapped within {limits.card_seconds} s, by {by}",
    )


def _telegram(config: Config) -> str:
    telegram = config.telegram
    if not uses_telegram(config):
        return "not in use; no member has a Telegram id, and no chats are listed"
    if telegram.mode is Mode.POLLING:
        return f"asked for at {telegram.base_url}"
    return f"brought to {telegram.public_url}, listening at {telegram.listen}; answers to {telegram.base_url}"


def _slack(slack: Slack | None) -> str:
    if slack is None:
        return "not in use; there is no [slack]"
    if slack.mode is SlackMode.SOCKET:
        return f"workspace {slack.team}, over sockets; asked for at {slack.base_url}"
    return f"workspace {slack.team}, brought to {slack.listen}; answers to {slack.base_url}"
