"""The store's file, in memory where there is a file system for that: nothing here is about disks."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Final

from sqlalchemy import event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from bot.store import FILE, Run, SqlStore, directly, open_store
from bot.store.locks import appear
from bot.store.mirror import filled

_MEMORY: Final = Path("/dev/shm")  # noqa: S108 only as the parent of a folder of our own


class Disk:
    """One store file, used for one schedule after another.

    Its engine is opened once, as the bot opens it: SQLAlchemy compiles each statement once an engine, and that
    costs more than all the rest of a schedule.
    """

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="truth-", dir=_MEMORY if _MEMORY.is_dir() else None)
        # Not `weakref.finalize`: a worker process of a pool ends without it.
        Finalize(self, shutil.rmtree, (folder, True), exitpriority=0)
        self._data = Path(folder)
        self._first = open_store(self._data, lambda: datetime.now(UTC), directly, instance="first")
        self._first.close()
        event.listen(self._first.engine, "connect", _in_memory)
        self._empty = self.file.read_bytes()

    @property
    def file(self) -> Path:
        """The database."""
        return self._data / FILE

    def wipe(self) -> None:
        """Nothing is in it any more."""
        self._first.engine.dispose()
        shutil.rmtree(self._data / "instances", ignore_errors=True)
        self.file.write_bytes(self._empty)

    def store(self, clock_now: Callable[[], datetime], run: Run, instance: str) -> SqlStore:
        """The store for a new process."""
        presence = appear(self._data / "instances", instance)
        mirror = filled(self._first.engine)
        return replace(self._first, clock_now=clock_now, run=run, presence=presence, mirror=mirror)


def _in_memory(raw: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """No file is made and deleted for each commit: here a process dies between transactions, never within one."""
    cursor = raw.cursor()
    for pragma in ("journal_mode=MEMORY", "synchronous=OFF", "secure_delete=OFF"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
