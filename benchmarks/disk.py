"""What one commit costs on this disk: a row, in a database that is set up as the bot's store is."""

import time
from pathlib import Path

from bot.store import open_engine


class Disk:
    """A database of the bench's own.

    Args:
        folder: where it is made: on the disk of the bot's store.
    """

    def __init__(self, folder: Path) -> None:
        self._engine = open_engine(folder)
        self._connection = self._engine.raw_connection()
        self._cursor = self._connection.cursor()
        self._cursor.execute("CREATE TABLE bench (value TEXT)")

    def commit(self) -> float:
        """One commit; seconds."""
        began = time.perf_counter()
        self._cursor.execute("BEGIN IMMEDIATE")
        self._cursor.execute("INSERT INTO bench VALUES ('some row')")
        self._cursor.execute("COMMIT")
        return time.perf_counter() - began

    def close(self) -> None:
        """Let go of the file."""
        self._cursor.close()
        self._connection.close()
        self._engine.dispose()
