"""Writes that wait for the disk at the same time are committed together: one flush for all of them.

A tap never waits behind the flushes of what came before it, only behind the one that is under way. Each write
stands in a savepoint of its own: what one of them refuses does not touch the others. What the database refuses is
done by itself after them.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from bot.errors import StoreUnavailable
from bot.store.engine import plain, writing
from bot.store.running import Run

T = TypeVar("T")


class GroupCommit:
    """Commits writes, each all or nothing, as few flushes as the disk's speed asks for."""

    def __init__(self, engine: Engine, run: Run) -> None:
        self._engine = engine
        self._run = run
        self._serving = Lock()
        self._waiting: deque[_Write[Any]] = deque()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Commit some work. A caller that is cancelled takes it back, unless it has come to its commit by then.

        Raises:
            StoreUnavailable: it was not committed. Besides, what the work raises: then nothing was changed.
        """
        write = _Write(work)
        self._waiting.append(write)
        try:
            # Everybody asks for a turn: the first that comes serves all who wait, and they find it done.
            await self._run(lambda: self._serve(write))
        except BaseException:
            write.wanted = False
            raise
        return write.outcome()

    def _serve(self, asked_by: "_Write[Any]") -> None:
        """Commit everything that waits by now, unless the one who asked was served by an earlier turn."""
        with self._serving:
            if not asked_by.ended:
                self._commit([self._waiting.popleft() for _ in range(len(self._waiting))])
            if not asked_by.ended:
                self._commit([asked_by])

    def _commit(self, group: "list[_Write[Any]]") -> None:
        """Commit a group. What cannot be done beside others is left to its own turn: nobody waits for it."""
        while group := [write for write in group if write.is_open()]:
            try:
                self._together(group)
            except _TakenBackError:
                continue
            except _AloneError as error:
                group.remove(error.write)
                continue
            except Exception as error:  # noqa: BLE001 handed to its callers, who wait for it elsewhere
                if len(group) > 1 and _no_room(error):
                    return  # which of them is too large, nobody says: each has its own turn
                for write in group:
                    write.refuse(error)
                return
            for write in group:
                write.ended = True
            return

    def _together(self, group: "list[_Write[Any]]") -> None:
        with writing(self._engine) as connection:
            for write in group:
                write.do(connection, alone=len(group) == 1)
            if not all(write.wanted for write in group):
                raise _TakenBackError


class _TakenBackError(Exception):
    """A caller has gone between its work and the commit: the others are done once more."""


class _AloneError(Exception):
    """The database refused one of several, and may have ended the transaction of all."""

    def __init__(self, write: "_Write[Any]") -> None:
        super().__init__()
        self.write = write


def _no_room(error: Exception) -> bool:
    """Whether the disk was found full as the group was committed. Nothing of it is on the disk then.

    Of other failures of a commit that is not so sure: those are not tried again.
    """
    cause = error.__cause__
    code = getattr(cause.orig, "sqlite_errorcode", None) if isinstance(cause, DBAPIError) else None
    return code == sqlite3.SQLITE_FULL


class _Write(Generic[T]):
    """One caller's work, and what became of it."""

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self.wanted = True
        """Whether its caller still waits."""
        self.ended = False
        """Whether it is committed, or refused."""
        self._work = work
        self._done: list[T] = []
        self._error: Exception | None = None

    def is_open(self) -> bool:
        """Whether it is still to be done; one that nobody waits for any more is not."""
        if not self.wanted:
            self.refuse(StoreUnavailable(why="no longer waited for"))
        return not self.ended

    def do(self, connection: Connection, *, alone: bool) -> None:
        """Do it in a transaction. What it refuses undoes its savepoint; if it is alone there, the transaction.

        Raises:
            _AloneError: it cannot be done beside others.
        """
        self._done, self._error = [], None
        if alone:
            self._done = [self._work(connection)]
            return
        try:
            savepoint = connection.begin_nested()
            try:
                self._done = [self._work(connection)]
            except DBAPIError:
                raise
            except Exception as error:  # noqa: BLE001 handed to its caller
                savepoint.rollback()
                self._error = plain(error)
            else:
                savepoint.commit()
        except DBAPIError as error:
            raise _AloneError(self) from error

    def refuse(self, error: Exception) -> None:
        """It was not committed. Each caller gets an error of its own: Python notes in it where it was raised."""
        self._done, self.ended = [], True
        self._error = StoreUnavailable(why=error.why) if isinstance(error, StoreUnavailable) else error

    def outcome(self) -> T:
        """What the work returned, once it is committed; else raises what stood against it."""
        if self._error is not None:
            raise self._error
        if not self.ended:
            raise StoreUnavailable(why="not committed")
        return self._done[0]
