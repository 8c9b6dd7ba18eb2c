"""`cancelall now`: the same core and store at a terminal, for when every chat is down.

Exit codes: 0 zero left, 10 still open, 11 not run, 12 unknown, 13 kept or expired, 14 drilled
(a drill that would not have run: 11, one without a proof: 12), 2 not understood, 1 broken.
"""

import asyncio
import sys
from typing import Annotated, Final, NoReturn

import structlog
import typer

from bot.cli.common import configuration, keys_for, logs, store_refusal
from bot.cli.exits import EXITS
from bot.cli.options import ConfigPath, DataDir, KeystorePath
from bot.cli.refusal import Refusal
from bot.cli.terminal import Terminal, Wish
from bot.cli.whose import data_dir
from bot.errors import StoreUnavailable
from bot.model import State
from bot.runtime.signals import Ending

EPILOG: Final = """\
Examples:
cancelall now BTC-USDT buy long
cancelall now ALL --account main --yes
cancelall now BTC-USDT --drill

Exit codes:
0 zero left: proved by a read
10 still open: the orders are listed
11 not run: surely nothing was cancelled
12 unknown: assume the orders are still OPEN, use the HTX app
13 kept, expired, or ended before the yes: nothing was sent
14 drilled: a full rehearsal, and nothing was sent
2 not understood, or refused: nothing was sent
1 something broke on our side

Ctrl-C or SIGTERM before the yes keeps the orders.
After it the verdict is waited for; once more ends without one.
"""


def now(  # noqa: PLR0913 one argument an option
    context: typer.Context,
    scope: Annotated[
        list[str],
        typer.Argument(help="CONTRACT or ALL, buy or sell, long or short (one-way accounts: both), in any order."),
    ],
    *,
    account: Annotated[str | None, typer.Option("--account", help="Which account, if you have several.")] = None,
    unlisted: Annotated[
        bool, typer.Option("--unlisted", help="Go on even if HTX does not list the contract.")
    ] = False,
    drill: Annotated[bool, typer.Option("--drill", help="A full rehearsal: everything except sending.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Confirm without asking. The audit names you.")] = False,
    config: ConfigPath = None,
    data: DataDir = None,
    keystore: KeystorePath = None,
) -> None:
    """Cancel resting orders from this terminal: shows what would go, asks, cancels, proves."""
    if not yes and not sys.stdin.isatty():
        raise Refusal(
            "There is no terminal to confirm on: give --yes, or run this on a terminal. Nothing was sent."
        )
    logs("ERROR")
    settings, at = configuration(config), data_dir(data)
    opened = keys_for(settings, keystore)
    words = " ".join([*scope, *([f"@{account.removeprefix('@')}"] if account else [])])
    ending = context.obj if isinstance(context.obj, Ending) else Ending.begin(_kept)
    terminal = Terminal(Wish(words=words, drill=drill, yes=yes, unlisted=unlisted), at, ending)
    try:
        code = asyncio.run(terminal.carry_out(settings, opened))
    except asyncio.CancelledError:
        _kept()
    except StoreUnavailable as error:
        code = _without_store(error, terminal)
    except Exception:
        if not terminal.may_be_sent:
            raise
        structlog.get_logger().exception("now broke")
        code = _unknown("Something broke here after the yes.")
    terminal.settled(code)
    raise typer.Exit(code)


def _without_store(error: StoreUnavailable, terminal: Terminal) -> int:
    """The exit code where the store cannot be used: not run, or nobody knows."""
    if terminal.may_be_sent:
        return _unknown(f"The store cannot be used ({error.why}). A verdict that is printed above is true.")
    typer.echo(f"error: {store_refusal(error)}", err=True)
    return EXITS[State.NOT_RUN]


def _unknown(what: str) -> int:
    typer.echo(f"{what} Without a verdict assume orders are still OPEN. Use the HTX app.", err=True)
    return EXITS[State.UNKNOWN]


def _kept() -> NoReturn:
    typer.echo("Ended before anything was confirmed: nothing was sent.", err=True)
    raise typer.Exit(EXITS[State.KEPT])
