"""`cancelall config`: who may do what, or every fault at once; and a file to begin with."""

import os
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from bot.cli.keystore_names import compare
from bot.cli.options import ConfigPath, KeystorePath
from bot.cli.printed import all_printed
from bot.cli.refusal import Refusal
from bot.config import (
    EXAMPLE,
    Config,
    Mode,
    Person,
    Slack,
    SlackMode,
    config_folder,
    find_file,
    load,
    uses_telegram,
)
from bot.errors import ConfigFaults
from bot.model import Role
from bot.policy import Confirm
from bot.surroundings import from_others, line_about

config_app = typer.Typer(
    name="config",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="See who may do what, and write a first configuration.",
)
"""The command group."""


@config_app.command("check")
def check(config: ConfigPath = None, keystore: KeystorePath = None) -> None:
    """Read the configuration and print who may do what, or every fault at once (exit code 2).

    The names in the keystore are compared with it, for which no key is needed. It sends nothing.
    """
    if (line := line_about(from_others(os.environ))) is not None:
        typer.echo(line, err=True)
    found = load_or_refuse(config)
    kept, faults = compare(found, keystore, os.environ)
    if faults:
        _refuse(faults)
    file, _ = find_file(config, os.environ)
    console = Console(highlight=False)
    console.print(Text(f"Configuration: {file or 'the environment alone'}"))
    console.print(_who(found))
    for line in (*_facts(found), kept):
        console.print(Text(line))
    all_printed()


@config_app.command("example")
def example() -> None:
    """Print a complete configuration with comments. It changes and reads nothing."""
    typer.echo(EXAMPLE, nl=False)
    all_printed()


@config_app.command("init")
def init(config: ConfigPath = None) -> None:
    """Write the example to its place, the folders with it. A file that is there is never touched."""
    file = _place(config)
    mode = 0o644 if str(file).startswith("/etc/") else 0o600
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "w") as stream:
            os.fchmod(stream.fileno(), mode)  # whatever the umask takes away or leaves
            stream.write(EXAMPLE)
    except FileExistsError:
        raise Refusal(f"{file} exists already and was left as it is. Edit it, or move it away first.") from None
    except OSError as error:
        raise Refusal(f"{file} could not be written ({error.strerror}). Nothing was changed.") from None
    typer.echo(f"Wrote {file} (mode {mode:04o}). Put your own ids into it: `cancelall whoami` prints them.")
    typer.echo("Next: cancelall config check")


def _place(config: Path | None) -> Path:
    """Where `init` writes: what was named, else the user's own file."""
    if config or os.environ.get("CANCELALL_CONFIG"):
        named, _ = find_file(config, os.environ)
    else:
        folder = config_folder(os.environ)
        named = None if folder is None else folder / "config.toml"
    if named is None:
        raise Refusal("This user has no home folder. Nothing was written. Name the file with --config.")
    return named.absolute()


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
    return "read, ask, confirm" if config.limits.confirm is Confirm.OPERATOR else "read, ask, confirm own cards"


def _facts(config: Config) -> tuple[str, ...]:
    limits = config.limits
    anyone = limits.confirm is Confirm.OPERATOR
    by = "any operator of the account" if anyone else "the person who asked, nobody else"
    return (
        f"Accounts: {', '.join(config.accounts)}",
        f"HTX: {', then '.join(config.htx.hosts)}",
        f"Telegram: {_telegram(config)}",
        f"Slack: {_slack(config.slack)}",
        f"Cards: can be tapped for {limits.card_seconds} s, by {by}",
    )


def _telegram(config: Config) -> str:
    telegram = config.telegram
    if not uses_telegram(config):
        return "not used: no member has a Telegram id, and no chats are listed"
    if telegram.mode is Mode.POLLING:
        return f"polled from {telegram.base_url}"
    return f"pushed to {telegram.public_url}, listening on {telegram.listen}; answers go to {telegram.base_url}"


def _slack(slack: Slack | None) -> str:
    if slack is None:
        return "not used: there is no [slack]"
    if slack.mode is SlackMode.SOCKET:
        return f"workspace {slack.team}, over sockets that the bot opens at {slack.base_url}"
    return f"workspace {slack.team}, pushed to {slack.listen}; answers go to {slack.base_url}"
