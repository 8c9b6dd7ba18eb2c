"""What the store says, read beside the bot with plain SQL: these tests must not believe the bot's own reader."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_LOOSE: Final = {
    "delivery": "SELECT update_id FROM inbox WHERE settled_at IS NULL",
    "message": "SELECT id FROM outbox WHERE state = 'waiting' AND platform = 'telegram'",
    "execution": "SELECT id FROM mass_cancel WHERE state = 'executing'",
    "check": "SELECT id FROM mass_cancel WHERE state = 'unknown' AND json_extract(document, '$.verdict') IS NULL",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One mass cancel as the store holds it."""

    id: str
    state: str
    document: dict[str, Any]

    @property
    def confirmed(self) -> bool:
        """Whether it left PENDING by a confirmation."""
        return self.state not in {"pending", "kept", "expired"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the audit."""

    event: str
    actor: str
    mass_cancel: str | None
    facts: dict[str, str]


@dataclass(frozen=True, slots=True)
class Truth:
    """One store file."""

    path: Path

    def loose_ends(self) -> list[str]:
        """What is neither done nor told, in words."""
        with self._open() as db:
            found = {what: [row[0] for row in db.execute(query)] for what, query in _LOOSE.items()}
        return [f"{what} {each}" for what, rows in found.items() for each in rows]

    def deeds(self, after: int = 0) -> list[Deed]:
        """The mass cancels after the first so many, in their order."""
        query = "SELECT id, state, document FROM mass_cancel WHERE number > ? ORDER BY number"
        with self._open() as db:
            rows = db.execute(query, (after,)).fetchall()
        return [Deed(id=id_, state=state, document=json.loads(document)) for id_, state, document in rows]

    def count(self) -> int:
        """The number of the newest mass cancel."""
        with self._open() as db:
            return int(db.execute("SELECT coalesce(max(number), 0) FROM mass_cancel").fetchone()[0])

    def audit(self) -> list[Row]:
        """The whole audit."""
        with self._open() as db:
            rows = [json.loads(row) for (row,) in db.execute("SELECT row FROM audit ORDER BY seq")]
        return [
            Row(event=r["event"], actor=r["actor"], mass_cancel=r["mass_cancel"], facts=dict(r["facts"]))
            for r in rows
        ]

    def deliveries(self) -> dict[int, bool]:
        """Every delivery taken in, and whether it is settled."""
        with self._open() as db:
            rows = db.execute("SELECT update_id, settled_at FROM inbox").fetchall()
        return {int(update_id): settled is not None for update_id, settled in rows}

    def waiting(self) -> int:
        """How many messages nobody has taken yet."""
        with self._open() as db:
            return int(db.execute("SELECT count(*) FROM outbox WHERE state = 'waiting'").fetchone()[0])

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        # Not `mode=ro`: after a kill the first reader must be able to roll a hot journal back.
        with closing(sqlite3.connect(self.path, timeout=5)) as db, db:
            yield db
