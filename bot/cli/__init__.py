"""The `cancelall` command: one small file a group.

Exit codes: 0 done · 1 something broke on our side · 2 refused, with a sentence; `now` has more (see there).
"""

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from bot.cli.audit import audit_app
from bot.cli.common import Refusal, redactor
from bot.cli.config import config_app
from bot.cli.demo import demo
from bot.cli.keys import keys_app
from bot.cli.now import now
from bot.cli.online import check_online
from bot.cli.run import health, run
from bot.cli.whoami import whoami
from bot.errors import ConfigFaults
from bot.runtime.logs import guard_excepthook

_EPILOG = "Start here: `cancelall demo`. Then `cancelall config example` and the README's ten minutes."


def build() -> typer.Typer:
    """The whole command."""
    app = typer.Typer(
        name="cancelall", no_args_is_help=True, pretty_exceptions_enable=False, epilog=_EPILOG, callback=_root
    )
    app.command("run")(run)
    app.command("now", no_args_is_help=True)(now)
    app.command("demo")(demo)
    app.add_typer(keys_app(check_online), name="keys")
    app.add_typer(audit_app, name="audit")
    app.add_typer(config_app, name="config")
    app.command("whoami")(whoami)
    app.command("health")(health)
    return app


def _print_version(wanted: bool) -> None:  # noqa: FBT001 as Typer calls it
    if wanted:
        typer.echo(f"cancelall {version('cancelall')}")
        raise typer.Exit


def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Cancel resting orders on HTX USDT-M futures from a phone: one command, one tap, one true summary."""


def main() -> None:
    """Run the command line; the one place where errors become exit codes."""
    guard_excepthook(redactor())
    try:
        build()()
    except ConfigFaults as error:
        for fault in error.faults:
            typer.echo(redactor().clean(f"✗ {fault}"), err=True)
        typer.echo("Nothing was started and nothing was sent.", err=True)
        sys.exit(2)
    except Refusal as error:
        typer.echo(redactor().clean(str(error)), err=True)
        sys.exit(2)
