"""The `cancelall` command: one small file a group.

Exit codes: 0 done, 1 something broke on our side, 2 refused with a sentence; `now` has more (see there).

Each group is imported only when it is asked for: `cancelall keys list` does not pay for Telegram and HTTP, and the
simulators are loaded by nobody but the demo.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Annotated, Final

import typer

from bot import __version__
from bot.errors import ConfigFaults
from bot.runtime.logs import guard_excepthook, redactor

_EPILOG: Final = "Start here: `cancelall demo`. Then `cancelall config example` and the README's ten minutes."


def _run(app: typer.Typer) -> None:
    from bot.cli.run import run

    app.command("run")(run)


def _now(app: typer.Typer) -> None:
    from bot.cli.now import EPILOG, now

    app.command("now", no_args_is_help=True, epilog=EPILOG)(now)


def _demo(app: typer.Typer) -> None:
    from bot.cli.demo import demo

    app.command("demo")(demo)


def _keys(app: typer.Typer) -> None:
    from bot.cli.keys import keys_app

    def check_online(kind: str, name: str, secret: object) -> str:
        from bot.cli.online import check_online as check

        return check(kind, name, secret)

    app.add_typer(keys_app(check_online), name="keys")


def _audit(app: typer.Typer) -> None:
    from bot.cli.audit import audit_app

    app.add_typer(audit_app, name="audit")


def _config(app: typer.Typer) -> None:
    from bot.cli.config import config_app

    app.add_typer(config_app, name="config")


def _whoami(app: typer.Typer) -> None:
    from bot.cli.whoami import whoami

    app.command("whoami")(whoami)


def _slack_manifest(app: typer.Typer) -> None:
    from bot.cli.slack_manifest import slack_manifest

    app.command("slack-manifest")(slack_manifest)


def _log(app: typer.Typer) -> None:
    from bot.cli.log import log

    app.command("log")(log)


def _health(app: typer.Typer) -> None:
    from bot.cli.health import health

    app.command("health")(health)


_COMMANDS: Final[Mapping[str, Callable[[typer.Typer], None]]] = {
    "run": _run,
    "now": _now,
    "demo": _demo,
    "keys": _keys,
    "audit": _audit,
    "log": _log,
    "config": _config,
    "whoami": _whoami,
    "slack-manifest": _slack_manifest,
    "health": _health,
}


def build(only: str | None = None) -> typer.Typer:
    """The whole command, or as much of it as one sub-command needs."""
    app = typer.Typer(
        name="cancelall", no_args_is_help=True, pretty_exceptions_enable=False, epilog=_EPILOG, callback=_root
    )
    for name, add in _COMMANDS.items():
        if only in (None, name):
            add(app)
    return app


def _print_version(wanted: bool) -> None:  # noqa: FBT001 as Typer calls it
    if wanted:
        typer.echo(f"cancelall {__version__}")
        raise typer.Exit


def _root(
    *,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Cancel resting orders on HTX USDT-M futures from a phone: one command, one tap, one true summary."""


def main(ending: object = None) -> None:
    """Run the command line; the one place where errors become exit codes.

    Args:
        ending: hears the signals already (`bot.runtime.signals.Ending`); for the command that wants it.
    """
    from bot.cli.refusal import Refusal

    clean = redactor().clean
    guard_excepthook(redactor())
    asked = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] in _COMMANDS else None
    try:
        build(asked)(obj=ending)
    except ConfigFaults as error:
        for fault in error.faults:
            typer.echo(clean(f"error: {fault}"), err=True)
        typer.echo("Nothing was started, and this command sent nothing.", err=True)
        sys.exit(2)
    except Refusal as error:
        typer.echo(clean(f"error: {error}"), err=True)
        sys.exit(2)
