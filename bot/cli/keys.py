"""`cancelall keys`: make the keystore and change what is in it.

Secrets come from a hidden prompt, from stdin (one value a line) or from an open descriptor; never from the
command line, where the shell's history and the process list would keep them. A refusal is one sentence on
stderr and exit code 2: what is wrong, that nothing was changed, what to do next.
"""

import getpass
import json
import os
import shlex
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import typer

import keystore
from bot.cli.printed import all_printed
from keystore import EntryInfo, Keyfile, Keystore, KeystoreError, Kind, Masked, Passphrase, Secret, Unlock
from keystore.errors import NotDurableError, NoTerminalError

OnlineCheck = Callable[[Kind, str, Secret], str]
"""Asks the platform about one entry: kind, name, opened values -> what it said, in one sentence.

It runs inside the block that opened the entry; raises `OnlineCheckError` if the platform refuses.
"""


class OnlineCheckError(Exception):
    """The platform did not accept a credential; the argument is one sentence for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What the options of the group say."""

    path: Path
    unlock_fd: int | None

    def open(self) -> Keystore:
        return Keystore.open(self.path, self.unlock(_ask_passphrase))

    def unlock(self, ask: Callable[[], Unlock]) -> Unlock:
        return keystore.find_unlock(os.environ, fd=self.unlock_fd, ask=ask, warn=partial(typer.echo, err=True))


Name = Annotated[str, typer.Argument(help="Name of the entry: a-z, 0-9, _ and -, at most 32.")]
Fd = Annotated[int | None, typer.Option("--fd", help="Read the values from this open descriptor, one a line.")]
KindOption = Annotated[Kind, typer.Option("--kind", help="What the entry opens.")]
NewKeyfile = Annotated[
    Path | None, typer.Option("--keyfile", help="Create this key file (32 random bytes, 0600) and open by it.")
]
NewPassphrase = Annotated[bool, typer.Option("--passphrase", help="Ask for a new passphrase and open by it.")]
Online = Annotated[bool, typer.Option("--online", help="Ask the platforms, too, whether they accept them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print a JSON list.")]


def keys_app(online_check: OnlineCheck | None = None) -> typer.Typer:
    """The command group; ``online_check`` is what `verify --online` calls for each entry."""
    app = typer.Typer(name="keys", no_args_is_help=True, pretty_exceptions_enable=False, callback=_group)
    # Extra words are accepted in order to be refused without being repeated: they may be secrets.
    extra = {"allow_extra_args": True}
    app.command("init")(init)
    app.command("add", context_settings=extra)(add)
    app.command("list")(list_)
    app.command("verify")(_verify_with(online_check))
    app.command("rotate", context_settings=extra)(rotate)
    app.command("remove")(remove)
    app.command("rekey")(rekey)
    return app


def _group(
    context: typer.Context,
    path: Annotated[
        Path | None,
        typer.Option(
            "--keystore", help="The keystore. Default: CANCELALL_KEYSTORE, or in the user's data folder."
        ),
    ] = None,
    unlock_fd: Annotated[
        int | None, typer.Option("--unlock-fd", help="Read the passphrase from this open descriptor.")
    ] = None,
) -> None:
    """Keep exchange keys and chat tokens in one encrypted file."""
    context.obj = _Common(path=path or keystore.default_path(os.environ), unlock_fd=unlock_fd)


def init(context: typer.Context, *, keyfile: NewKeyfile = None) -> None:
    """Create an empty keystore, opened by a key file or a passphrase."""
    common: _Common = context.obj
    with _refusals():
        new = _new_keyfile(keyfile) if keyfile else nullcontext(common.unlock(_ask_new))
        with new as unlock:
            Keystore.create(common.path, unlock).close()
    typer.echo(f"Created {common.path}, opened by a {unlock.label}.")
    _explain_keyfile(keyfile)
    typer.echo("Next: cancelall keys add main --kind htx")


def add(context: typer.Context, name: Name, *, kind: KindOption, fd: Fd = None) -> None:
    """Store a new entry; its values are asked for, or read from stdin or a descriptor."""
    common: _Common = context.obj
    with _refusals(context), common.open() as store:
        info = store.add(name, kind, _read_values(kind, fd))
    typer.echo(f"Added {_describe(info)}.")
    typer.echo("Next: cancelall keys verify")


def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show kinds, tails and ages. Needs no key, so it proves nothing: that is what verify is for."""
    common: _Common = context.obj
    with _refusals():
        entries = keystore.inspect(common.path)
    now = datetime.now(UTC)
    if as_json:
        typer.echo(json.dumps([_as_json(entry, now - entry.created) for entry in entries], indent=2))
        all_printed()
        return
    if not entries:
        typer.echo("No entries yet.\nNext: cancelall keys add main --kind htx")
        return
    rows = [("NAME", "KIND", "VERSION", "TAIL", "AGE")]
    rows += [
        (e.name, e.kind, str(e.version), f"…{e.tail}" if e.tail else "-", _age(now - e.created)) for e in entries
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    all_printed()


def rotate(context: typer.Context, name: Name, *, fd: Fd = None) -> None:
    """Replace the values of an entry by new ones."""
    common: _Common = context.obj
    with _refusals(context), common.open() as store:
        kind = store.entry(name).kind
        info = store.rotate(name, _read_values(kind, fd))
    typer.echo(f"Rotated {_describe(info)}. Restart the bot to make it use them.")
    _explain_previous(common.path)


def remove(context: typer.Context, name: Name) -> None:
    """Take an entry out."""
    common: _Common = context.obj
    with _refusals(), common.open() as store:
        store.remove(name)
    typer.echo(f"Removed {name}. Revoke it on the platform as well.")
    _explain_previous(common.path)


def rekey(context: typer.Context, *, keyfile: NewKeyfile = None, passphrase: NewPassphrase = False) -> None:
    """Seal everything again under a new store key, opened as before or as the options say, and no other way."""
    common: _Common = context.obj
    if keyfile is not None and passphrase:
        _refuse("--keyfile and --passphrase exclude each other. Nothing was changed. Give one of them.")
    with _refusals():
        current = common.unlock(_ask_passphrase)
        with Keystore.open(common.path, current) as store:
            others = len(store.slots()) - 1
            new = _new_keyfile(keyfile) if keyfile else nullcontext(_ask_new() if passphrase else current)
            with new as unlock:
                store.rekey(unlock)
    typer.echo(
        f"Everything is sealed again, opened by {'the same' if unlock is current else 'a new'} {unlock.label}."
    )
    if others:
        typer.echo(f"Other ways to open it that were dropped: {others}.")
    _explain_keyfile(keyfile)
    _explain_previous(common.path)


def _verify_with(check: OnlineCheck | None) -> Callable[..., None]:
    def verify(context: typer.Context, *, online: Online = False) -> None:
        """Open every entry; with --online also ask the platforms whether they accept it."""
        common: _Common = context.obj
        if online and check is None:
            _refuse("This program cannot ask the platforms. Nothing was changed. Leave --online out.")
        with _refusals(), common.open() as store:
            entries = store.verify()
            said = [_ask_platform(check, store, entry) for entry in entries] if online and check else []
        typer.echo(f"All {len(entries)} entries open." if entries else "The keystore opens and has no entries.")
        for line, _ in said:
            typer.echo(line)
        if not all(accepted for _, accepted in said):
            _refuse("Nothing was changed. Rotate what a platform refused; what was not answered, ask again later.")

    return verify


def _ask_platform(check: OnlineCheck, store: Keystore, entry: EntryInfo) -> tuple[str, bool]:
    """One line about one entry, and whether it was accepted."""
    with store.open_entry(entry.name, entry.kind) as secret:
        try:
            return f"ok      {entry.name}: {check(entry.kind, entry.name, secret)}", True
        except OnlineCheckError as error:
            return f"not ok  {entry.name}: {error}", False


@contextmanager
def _refusals(context: typer.Context | None = None) -> Iterator[None]:
    """Turn what the keystore refuses into one line and exit code 2; first of all, values on the command line."""
    if context is not None and context.args:
        _refuse(
            "Values are never taken from the command line: history and process list keep them. Nothing was "
            "changed. Give them to the prompt, on stdin one a line, or with --fd N; what was typed has leaked."
        )
    try:
        yield
    except KeystoreError as error:
        _refuse(str(error))


def _refuse(sentence: str) -> NoReturn:
    typer.echo(f"error: {sentence}", err=True)
    raise typer.Exit(2)


@contextmanager
def _new_keyfile(path: Path) -> Iterator[Unlock]:
    """A new key file; it goes again if nothing came of what it is for."""
    key = Keyfile(value=Masked(os.urandom(32)))
    keystore.create_key(path, key.value)
    try:
        yield key
    except NotDurableError:
        # The store that this key opens is in place.
        raise
    except KeystoreError:
        path.unlink()
        raise


def _read_values(kind: Kind, fd: int | None) -> tuple[Masked, ...]:
    if fd is None and sys.stdin.isatty():
        return tuple(_ask(f"{kind} {name.replace('_', ' ')} (hidden): ") for name in keystore.field_names(kind))
    return keystore.read_lines(sys.stdin.fileno() if fd is None else fd)


def _ask_passphrase() -> Unlock:
    return Passphrase(value=_ask("Passphrase: "))


def _ask_new() -> Unlock:
    first, second = _ask("New passphrase: "), _ask("Again: ")
    if first != second:
        _refuse("The two passphrases differ. Nothing was changed. Run the command again.")
    return Passphrase(value=first)


def _ask(prompt: str) -> Masked:
    try:
        with warnings.catch_warnings():
            # Without a terminal getpass would warn, show what is typed, and eat the values that are on stdin.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return Masked(getpass.getpass(prompt).encode("utf-8", "surrogateescape"))
    except (getpass.GetPassWarning, EOFError, OSError):
        raise NoTerminalError from None


def _explain_keyfile(path: Path | None) -> None:
    if path is not None:
        typer.echo(
            f"Created the key file {path}. Whoever has both files has the keys: keep them apart, back up both."
        )
        typer.echo(f"Now: export CANCELALL_KEYFILE={shlex.quote(str(path.absolute()))}")


def _explain_previous(path: Path) -> None:
    typer.echo(
        f"The file as it was is kept as {path}.prev, opened as before; delete it once you trust the new one."
    )


def _describe(entry: EntryInfo) -> str:
    tail = f", …{entry.tail}" if entry.tail else ""
    return f"{entry.name} ({entry.kind}, version {entry.version}{tail})"


def _age(age: timedelta) -> str:
    """In days, hours or minutes, rounded down; a clock that went back shows as 0 min."""
    seconds = max(0, int(age.total_seconds()))
    for unit, size in (("d", 86400), ("h", 3600)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds // 60} min"


def _as_json(entry: EntryInfo, age: timedelta) -> dict[str, str | int]:
    """For scripts: ``created`` in RFC 3339, ``age_seconds`` against this machine's clock."""
    created = entry.created.isoformat().replace("+00:00", "Z")
    facts: dict[str, str | int] = {"name": entry.name, "kind": entry.kind, "version": entry.version}
    return facts | {"tail": entry.tail, "created": created, "age_seconds": max(0, int(age.total_seconds()))}
