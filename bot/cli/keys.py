"""`cancelall keys`: make the keystore and change what is in it.

Secrets come from a hidden prompt, from stdin (one value a line) or from an open descriptor; never from the
command line, where the shell's history and the process list would keep them. A refusal is one sentence on
stderr and exit code 2: what is wrong, that nothing was changed, what to do next.
"""

import json
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

import keystore
from bot.cli.printed import all_printed
from bot.cli.prompts import ask_new, ask_passphrase, read_values, refuse
from keystore import EntryInfo, Keyfile, Keystore, KeystoreError, Kind, Masked, Secret, Unlock
from keystore.errors import EntryExistsError, NotDurableError, StoreExistsError

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
        return Keystore.open(self.path, self.unlock())

    def unlock(self) -> Unlock:
        """What opens the store that is there."""
        return keystore.unlock_for(
            self.path, os.environ, fd=self.unlock_fd, ask=ask_passphrase, warn=partial(typer.echo, err=True)
        )

    def first_unlock(self) -> Unlock:
        """What is to open a store that is made now."""
        return keystore.find_unlock(os.environ, fd=self.unlock_fd, ask=ask_new, warn=partial(typer.echo, err=True))


Name = Annotated[str, typer.Argument(help="Name of the entry: a-z, 0-9, _ and -, at most 32.")]
Fd = Annotated[int | None, typer.Option("--fd", help="Read the values from this open descriptor, one per line.")]
KindOption = Annotated[Kind, typer.Option("--kind", help="What the entry opens.")]
NewKeyfile = Annotated[
    Path | None,
    typer.Option("--keyfile", help="Create this key file (32 random bytes, 0600) and open the keystore with it."),
]
NewPassphrase = Annotated[
    bool, typer.Option("--passphrase", help="Ask for a new passphrase and open the keystore with it.")
]
Online = Annotated[bool, typer.Option("--online", help="Also ask the platforms whether they accept the entries.")]
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
    with _refusals():
        where = path.expanduser() if path else keystore.default_path(os.environ)
    context.obj = _Common(path=where, unlock_fd=unlock_fd)


def init(context: typer.Context, *, keyfile: NewKeyfile = None) -> None:
    """Create an empty keystore that opens with a key file or a passphrase."""
    common: _Common = context.obj
    with _refusals():
        if os.path.lexists(common.path):  # told before anybody is asked for a passphrase
            raise StoreExistsError(path=common.path)
        new = _new_keyfile(keyfile.expanduser()) if keyfile else nullcontext(common.first_unlock())
        with new as unlock:
            Keystore.create(common.path, unlock).close()
    typer.echo(f"Created {common.path}. It opens with a {unlock.label}.")
    _explain_keyfile(keyfile)
    typer.echo("Next: cancelall keys add main --kind htx")


def add(context: typer.Context, name: Name, *, kind: KindOption, fd: Fd = None) -> None:
    """Store a new entry. Its values are asked for, or read from stdin or a descriptor."""
    common: _Common = context.obj
    with _refusals(context), _open_for(common, name, kind) as store:
        info = store.add(name, kind, read_values(kind, fd))
    typer.echo(f"Added {_describe(info)}.")
    typer.echo("Next: cancelall keys verify")


def _open_for(common: _Common, name: str, kind: Kind) -> Keystore:
    """The open store, if it can take an entry of this name: told before anybody types values in vain."""
    keystore.check_place(name, kind)
    if any(entry.name == name for entry in keystore.inspect(common.path)):
        raise EntryExistsError(name=name)
    return common.open()


def list_(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show kinds, tails and ages. Needs no key, so it does not show whether the entries open: verify does."""
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
    """Replace the values of an entry with new ones."""
    common: _Common = context.obj
    with _refusals(context), common.open() as store:
        kind = store.entry(name).kind
        info = store.rotate(name, read_values(kind, fd))
    typer.echo(f"Rotated {_describe(info)}. Restart the bot: it then uses the new values.")
    _explain_previous(common.path)


def remove(context: typer.Context, name: Name) -> None:
    """Remove an entry."""
    common: _Common = context.obj
    with _refusals(), common.open() as store:
        store.remove(name)
    typer.echo(f"Removed {name}. Also revoke the key or token on the platform.")
    _explain_previous(common.path)


def rekey(context: typer.Context, *, keyfile: NewKeyfile = None, passphrase: NewPassphrase = False) -> None:
    """Encrypt everything again. The keystore then opens as before, or as the options say, and in no other way."""
    common: _Common = context.obj
    if keyfile is not None and passphrase:
        refuse("--keyfile and --passphrase were both given. Nothing was changed. Give one of them.")
    with _refusals():
        current = common.unlock()
        with Keystore.open(common.path, current) as store:
            others = len(store.slots()) - 1
            path = keyfile.expanduser() if keyfile else None
            new = _new_keyfile(path) if path else nullcontext(ask_new() if passphrase else current)
            with new as unlock:
                store.rekey(unlock)
    which = "the same" if unlock is current else "a new"
    typer.echo(f"Everything is encrypted anew. It opens with {which} {unlock.label}.")
    if others:
        typer.echo(f"Other ways to open it that were removed: {others}.")
    _explain_keyfile(keyfile)
    _explain_previous(common.path)


def _verify_with(check: OnlineCheck | None) -> Callable[..., None]:
    def verify(context: typer.Context, *, online: Online = False) -> None:
        """Open every entry; with --online also ask the platforms whether they accept it."""
        common: _Common = context.obj
        if online and check is None:
            refuse("This program cannot ask the platforms. Nothing was changed. Leave --online out.")
        with _refusals(), common.open() as store:
            entries = store.verify()
            said = [_ask_platform(check, store, entry) for entry in entries] if online and check else []
        typer.echo(f"All {len(entries)} entries open." if entries else "The keystore opens, and has no entries.")
        for line, _ in said:
            typer.echo(line)
        if not all(accepted for _, accepted in said):
            refuse("Not ok: rotate refused keys; retry later where there was no answer. Nothing was changed.")

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
        refuse(
            "Values are never taken from the command line: history and process list keep them. Nothing was "
            "changed. What you typed has leaked. Give values at the prompt, on stdin (one per line), or by --fd N."
        )
    try:
        yield
    except KeystoreError as error:
        refuse(str(error))


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


def _explain_keyfile(path: Path | None) -> None:
    if path is not None:
        typer.echo(
            f"Created the key file {path}. Whoever has both files has the keys: keep the two apart, back up both."
        )
        typer.echo(f"Now: export CANCELALL_KEYFILE={shlex.quote(str(path.absolute()))}")


def _explain_previous(path: Path) -> None:
    typer.echo(f"The old file is kept as {path}.prev and opens as before. Delete it once you trust the new one.")


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
