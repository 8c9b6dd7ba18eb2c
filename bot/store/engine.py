"""The SQLite engine: how the file is opened, checked and written.

A rollback journal, not a write-ahead log: SQLite before 3.51.3 can corrupt the latter with two writers. Every
commit is on the disk before it counts, and a write transaction takes the write lock as it begins, so what it read
stays true until it commits.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, insert, inspect, select, update
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import ConnectionPoolEntry

from bot.causes import out_of_files
from bot.errors import StoreUnavailable
from bot.model.answer import NO_FILES
from bot.store.schema import VERSION, metadata, schema_version

FILE: Final = "state.sqlite3"
"""The name of the database in the data directory."""

BUSY: Final = 2.0
"""Seconds to wait for another process's transaction."""

_PRAGMAS: Final = (
    # Not DELETE: there a commit counts once the journal is unlinked, which is not flushed: a power cut brings the
    # journal back, and the commit is undone, though its request was sent. An empty journal is flushed.
    "journal_mode=TRUNCATE",
    "synchronous=FULL",
    "fullfsync=ON",  # macOS only: there a plain fsync stops at the drive's own cache
    "foreign_keys=ON",
    "secure_delete=ON",  # a delivery may carry a button's token: what is deleted is overwritten
)
_BROKEN: Final = ("file is not a database", "malformed", "disk I/O error")
_REMEDY: Final = (
    f"Move {FILE} and {FILE}-journal away together, keep them for the audit, and put a backup there or begin with "
    "an empty store; leave emergency.journal where it is"
)
_WRITE: Final = "cancelall_write"
_LONGEST: Final = 160


def open_engine(data_dir: Path, *, create: bool = True) -> Engine:
    """Open the store's file, check it and bring its tables up to date.

    Args:
        data_dir: where the file lies; made with mode 0700 where it is missing.
        create: whether a missing file is made, and the whole file checked. A command that only reads says False:
            the check of a large file would hold up the bot's commits.

    Raises:
        StoreUnavailable: the file is missing (`create=False`), damaged, of a newer version, of another program, or
            in a directory that others may write to.
    """
    path = data_dir / FILE
    try:
        if not create and not path.exists():
            raise StoreUnavailable(why=f"there is no store at {path}")
        _guard(path)
    except OSError as error:
        raise StoreUnavailable(why=f"{path}: {error.strerror}") from error
    engine = _engine(path)
    try:
        with _readable(path):
            with reading(engine) as connection:
                if create:
                    _check(connection, path)
                version = _version(connection, path)
            if version != VERSION:
                with writing(engine) as connection:
                    _bring_up(connection, path)
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What SQLite says of a file that is no store, or half of one, said with its path and what to do.

    Raises:
        StoreUnavailable: whatever it was.
    """
    try:
        yield
    except StoreUnavailable as error:
        if str(path) in error.why:
            raise
        broken = any(text in error.why for text in _BROKEN)
        raise StoreUnavailable(why=f"{path}: {error.why}{f'. {_REMEDY}' if broken else ''}") from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """One transaction that sees one state.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    with _plainly(), engine.begin() as connection:
        yield connection


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that commits at the end of the block, or changes nothing.

    Raises:
        StoreUnavailable: the store cannot commit: disk full, locked for longer than `BUSY`, read-only, damaged.
    """
    with _plainly(), engine.connect() as plain:
        connection = plain.execution_options(**{_WRITE: True})
        with connection.begin():
            yield connection


@contextmanager
def _plainly() -> Iterator[None]:
    """Every trouble of the database as the one error the port knows."""
    try:
        yield
    except Exception as error:
        if (known := plain(error)) is error:
            raise
        raise known from error


def plain(error: Exception) -> Exception:
    """Trouble of the database as the one error the port knows; any other as it is."""
    match error:
        case DBAPIError():
            return StoreUnavailable(why=NO_FILES if out_of_files(error) else _short(error.orig or error))
        case SQLAlchemyError() | sqlite3.Error():
            return StoreUnavailable(why=_short(error))
        case msgspec.DecodeError():
            return StoreUnavailable(why=_short(f"a record cannot be read: {error}"))
        case _:
            return error


def _short(error: object) -> str:
    return str(error)[:_LONGEST]


def _guard(path: Path) -> None:
    """Make or tighten the file. It is never opened besides SQLite: closing it would drop SQLite's own locks."""
    folder = path.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        # Not tightened by us: it may be somebody's home, or /tmp.
        raise StoreUnavailable(why=f"others may write to {folder} (mode {mode:04o}): chmod 700 it")
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite+pysqlite", database=str(path)),
        connect_args={"timeout": BUSY, "check_same_thread": False},
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,  # an error's text goes to the log; what people wrote does not
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Python's own BEGIN comes late and is never IMMEDIATE: ours alone begins a transaction.
    raw.isolation_level = None
    cursor = raw.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_begin(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _check(connection: Connection, path: Path) -> None:
    verdict = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    if verdict != "ok":
        raise StoreUnavailable(why=f"{_short(f'{path} is damaged: {verdict}')}. {_REMEDY}")


def _version(connection: Connection, path: Path) -> int | None:
    """The store's version, None for a store that is new."""
    names = inspect(connection).get_table_names()
    if not names:
        return None
    if schema_version.name not in names:
        raise StoreUnavailable(why=f"{path} is a database of another program")
    version = connection.execute(select(schema_version.c.version)).scalar()
    if not isinstance(version, int):
        raise StoreUnavailable(why=f"{path} does not say its version")
    if version > VERSION:
        raise StoreUnavailable(
            why=f"{path} has version {version}, this program knows up to {VERSION}: run the newer program"
        )
    return version


def _bring_up(connection: Connection, path: Path) -> None:
    """Make the tables, or bring those of an older version up, in one transaction."""
    # Asked again under the write lock: another process may have been first.
    version = _version(connection, path)
    if version is None:
        metadata.create_all(connection)
        connection.execute(insert(schema_version).values(version=VERSION))
        return
    for older in range(version, VERSION):
        for statement in _UPGRADES[older]:
            connection.exec_driver_sql(statement)
    connection.execute(update(schema_version).values(version=VERSION))


_UPGRADES: Final = {
    1: (
        "ALTER TABLE outbox ADD COLUMN matter VARCHAR(8) DEFAULT 'notice' NOT NULL",
        "ALTER TABLE outbox ADD COLUMN posted_at BIGINT DEFAULT '0' NOT NULL",
        "ALTER TABLE outbox ADD COLUMN spread BOOLEAN DEFAULT '0' NOT NULL",
        # What waits is an outcome, or was never called one: its place still gets it first.
        "UPDATE outbox SET matter = 'result', spread = 1 WHERE state = 'waiting' AND slot LIKE 'result:%'",
    )
}
"""From a version to the statements that lead to the next one."""
