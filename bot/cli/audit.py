"""`cancelall audit`: read the audit chain, and check that nobody has changed it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer
from sqlalchemy import Engine

from bot import store
from bot.cli.options import DataDir
from bot.cli.printed import all_printed
from bot.cli.refusal import Refusal
from bot.cli.whose import data_dir
from bot.errors import StoreUnavailable

audit_app = typer.Typer(
    name="audit", no_args_is_help=True, help="The audit chain: who did what, and that nobody changed it."
)

_DAMAGED: Final = "Nothing was changed. Keep the file; a backup of it is read with --data-dir."
_HEAD: Final = re.compile(r"[0-9a-fA-F]{4,64}", re.ASCII)


@contextmanager
def _engine(data: Path | None) -> Iterator[Engine]:
    """The store to read.

    Raises:
        Refusal: there is none, or it cannot be read, or not to its end.
    """
    folder = data_dir(data)
    try:
        if not (folder / store.FILE).exists():
            raise Refusal(
                f"There is no store in {folder}. Name its folder with --data-dir, or start the bot once."
            )
        engine = store.open_engine(folder)
    except StoreUnavailable as error:
        raise Refusal(f"The store does not open: {error.why}. {_DAMAGED}") from None
    except OSError as error:
        raise Refusal(f"The store in {folder} cannot be reached: {error.strerror}.") from None
    try:
        yield engine
    except StoreUnavailable as error:
        raise Refusal(f"The store cannot be read: {error.why}. {_DAMAGED}") from None
    finally:
        engine.dispose()


@audit_app.command()
def tail(
    *,
    count: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many rows.")] = 20,
    data: DataDir = None,
) -> None:
    """Print the last rows."""
    with _engine(data) as engine:
        for entry in store.tail(engine, count):
            note = entry.note
            facts = " ".join(f"{name}={value}" for name, value in note.facts)
            head = f"{entry.seq:>6} {entry.at:%Y-%m-%d %H:%M:%S} {entry.head[:4]}"
            line = f"{head} {note.mass_cancel or '-':<5} {note.event:<14} {note.actor} {facts}".rstrip()
            typer.echo("".join(one if one.isprintable() else "?" for one in line))
    all_printed()


@audit_app.command()
def verify(
    *,
    head: Annotated[
        str | None,
        typer.Option("--head", help="Digits after `log` in a result: notices a cut-off end, too."),
    ] = None,
    data: DataDir = None,
) -> None:
    """Check the whole chain. Exit 0 if it is unbroken, 1 with the place if not."""
    if head is not None and not _HEAD.fullmatch(head):
        raise Refusal(
            "--head wants the digits after `log` in a result, such as a91f: 4 to 64 of 0-9 and a-f. "
            "Nothing was checked."
        )
    with _engine(data) as engine:
        report = store.verify(engine, head)
    if not report.ok:
        where = f" at row {report.bad_seq}" if report.bad_seq else ""
        typer.echo(f"✗ BROKEN{where}: {report.why}. The {report.rows} rows before are good.", err=True)
        raise typer.Exit(1)
    seen = f" · `{head}` is the head after row {', '.join(map(str, report.seen_at))}" if head else ""
    typer.echo(f"✓ {report.rows} rows, unbroken · head {report.head[:4]} ({report.head}){seen}")
    if not head:
        typer.echo("To notice a cut-off end, too, give --head with the digits after `log` in a result message.")


@audit_app.command()
def export(*, data: DataDir = None) -> None:
    """Print every row as JSON lines, with its hash."""
    with _engine(data) as engine:
        for line in store.export(engine):
            typer.echo(line)
            all_printed()  # a reader that is gone needs no more rows
