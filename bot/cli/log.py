"""`cancelall log`: what was cancelled, from the store; also where every chat is down."""

import os
from typing import Annotated, Final

import typer

from bot import card, store
from bot.cli.options import DataDir
from bot.cli.refusal import Refusal
from bot.command import MASS_CANCEL
from bot.config import data_dir
from bot.errors import StoreUnavailable
from bot.model import MassCancel, MassCancelId
from bot.words import reports

_COUNT: Final = 20


def log(
    id_: Annotated[str | None, typer.Argument(metavar="[ID]", help="One mass cancel, such as K7Q2M.")] = None,
    *,
    csv: Annotated[bool, typer.Option("--csv", help="Its orders and what became of each, as a file.")] = False,
    count: Annotated[int, typer.Option("-n", min=1, max=1000, help="How many, without an ID.")] = _COUNT,
    data: DataDir = None,
) -> None:
    """Print the last mass cancels, or all that is known of one. Reads the store, and sends nothing."""
    wanted = None if id_ is None else id_.removeprefix("#").upper()
    if wanted is not None and MASS_CANCEL.fullmatch(wanted) is None:
        raise Refusal(f"`{id_}` is no id of a mass cancel. One looks like K7Q2M; `cancelall log` lists the last.")
    if csv and wanted is None:
        raise Refusal("Of which mass cancel? Say its id: cancelall log K7Q2M --csv")
    folder = data_dir(data, os.environ)
    try:
        found = store.look_up(folder, None if wanted is None else MassCancelId(wanted), count)
    except StoreUnavailable as error:
        raise Refusal(f"The store cannot be read: {error.why}. Nothing was sent.") from None
    if wanted is not None and not found:
        raise Refusal(f"There is no mass cancel #{wanted} in {folder}.")
    if csv:
        _print_file(found)
        return
    message = card.log(found) if wanted is None else card.logged(found, reports.FROM_THE_STORE)
    typer.echo("\n".join((message.title, *message.lines)))


def _print_file(found: tuple[MassCancel, ...]) -> None:
    file = card.whole_file(found)
    if file is None:
        raise Refusal(f"#{found[0].card_id} has no orders that are known: nothing was sent, or nothing was read.")
    typer.echo(file.content, nl=False)
