"""The audit chain: what happened, in rows that cannot be changed unnoticed.

A row is canonical JSON (ASCII, sorted keys, no blanks): `actor`, `at` (UTC, ISO 8601, microseconds), `event`,
`facts` (pairs, in the order given), `mass_cancel`, `seq` (from 1, no gaps). Its hash is

    h(0) = SHA-256("cancelall audit chain 1")
    h(n) = SHA-256(h(n-1) as 32 bytes, then the row's bytes)

So a row changed, removed, swapped or put in breaks every hash after it. Whoever can write the file can also make a
whole new chain, or cut off its end: that shows against the head's first digits in result messages, which lie with
the chat platform.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Engine, LargeBinary, cast, insert, select

from bot.errors import StoreUnavailable
from bot.model import MassCancelId
from bot.ports import AuditNote
from bot.store.engine import reading
from bot.store.schema import audit

GENESIS: Final = hashlib.sha256(b"cancelall audit chain 1").hexdigest()
"""The head of an empty chain."""

_NEWEST: Final = select(audit.c.seq, audit.c.hash).order_by(audit.c.seq.desc()).limit(1)
_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_BATCH: Final = 500
_BEFORE_ALL: Final = -(2**62)  # a row put in before the first is to be found too


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One row as it lies in the store."""

    seq: int
    row: str
    """Canonical JSON."""
    hash: str
    """64 hex digits: the head of the chain when this was the last row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One row, read."""

    seq: int
    at: datetime
    note: AuditNote
    head: str
    """64 hex digits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """What a check of the whole chain came to."""

    rows: int
    """How many were read, up to the first bad one."""
    head: str
    """The head of the good part, 64 hex digits."""
    bad_seq: int | None = None
    """Where the chain breaks; None where no row is bad."""
    why: str | None = None
    """What is wrong, in a few words; None when nothing is."""
    seen_at: tuple[int, ...] = ()
    """The rows whose head begins with the expected digits; 0 is the empty chain."""

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.why is None


def append(connection: Connection, notes: Sequence[AuditNote], at: datetime) -> str:
    """Add rows within the transaction of what they record; the new head, 64 hex digits.

    Raises:
        StoreUnavailable: somebody left something else than a hash at the chain's end.
    """
    seq, head = _last(connection)
    if not _HASH.fullmatch(head):
        raise StoreUnavailable(why=f"audit row {seq} has no hash to go on from")
    rows = []
    for seq_, note in enumerate(notes, start=seq + 1):
        row = _canonical(seq_, note, at)
        head = _link(head, row)
        rows.append({"seq": seq_, "row": row, "hash": head})
    if rows:
        connection.execute(insert(audit), rows)
    return head


def head_of(connection: Connection) -> str:
    """The chain's head, 64 hex digits."""
    return _last(connection)[1]


def verify(engine: Engine, expected: str | None = None) -> AuditReport:
    """Check the whole chain.

    Args:
        engine: the store's (`open_engine`).
        expected: the first digits of a head that a result message carried, or a whole one. Some row must have had
            it, or the chain's end was cut off or written anew.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    return check(_rows(engine), expected)


def check(rows: Iterable[AuditRow], expected: str | None = None) -> AuditReport:
    """As `verify`, over rows from anywhere."""
    count, head = 0, GENESIS
    seen = [0] if expected and GENESIS.startswith(expected.lower()) else []
    for found in rows:
        fault = _fault(found, count + 1, head)
        if fault is not None:
            return AuditReport(rows=count, head=head, bad_seq=found.seq, why=fault)
        count, head = count + 1, found.hash
        if expected and head.startswith(expected.lower()):
            seen.append(found.seq)
    missing = bool(expected) and not seen
    why = f"no row ever had the head {expected}: the end was cut off, or all was written anew" if missing else None
    return AuditReport(rows=count, head=head, why=why, seen_at=tuple(seen))


def export(engine: Engine) -> Iterator[str]:
    """The whole chain as JSON lines: `{"hash": …, "row": {…}}`, the row in exactly the bytes that were hashed.

    Raises:
        StoreUnavailable: the store cannot be read.
    """
    for found in _rows(engine):
        yield f'{{"hash":{_json(found.hash)},"row":{found.row}}}'


def tail(engine: Engine, count: int) -> tuple[AuditEntry, ...]:
    """The last rows, oldest first.

    Raises:
        StoreUnavailable: the store, or a row in it, cannot be read.
    """
    newest = select(audit).order_by(audit.c.seq.desc()).limit(count)
    with reading(engine) as connection:
        rows = connection.execute(newest).all()
    return tuple(_entry(AuditRow(seq=row.seq, row=row.row, hash=row.hash)) for row in reversed(rows))


def _last(connection: Connection) -> tuple[int, str]:
    last = connection.execute(_NEWEST).first()
    return (0, GENESIS) if last is None else (last.seq, last.hash)


def _rows(engine: Engine) -> Iterator[AuditRow]:
    """The chain in small transactions: rows never change, and a slow reader must not hold up those who commit."""
    last = _BEFORE_ALL
    while batch := _batch(engine, last):
        yield from batch
        last = batch[-1].seq


def _batch(engine: Engine, after: int) -> list[AuditRow]:
    # As bytes: a row that was tampered with need not be text any more, and must still be read to be told.
    row_, hash_ = cast(audit.c.row, LargeBinary), cast(audit.c.hash, LargeBinary)
    chain = select(audit.c.seq, row_, hash_).where(audit.c.seq > after).order_by(audit.c.seq).limit(_BATCH)
    with reading(engine) as connection:
        return [
            AuditRow(seq=seq, row=row.decode(errors="replace"), hash=digest.decode(errors="replace"))
            for seq, row, digest in connection.execute(chain)
        ]


def _canonical(seq: int, note: AuditNote, at: datetime) -> str:
    return _json(
        {
            "seq": seq,
            "at": at.astimezone(UTC).isoformat(timespec="microseconds"),
            "event": note.event,
            "actor": note.actor,
            "mass_cancel": note.mass_cancel,
            "facts": [list(fact) for fact in note.facts],
        }
    )


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def _link(head: str, row: str) -> str:
    return hashlib.sha256(bytes.fromhex(head) + row.encode()).hexdigest()


def _fault(found: AuditRow, seq: int, head: str) -> str | None:
    """What is wrong with a row that should be number `seq` and follow `head`."""
    if found.seq != seq:
        return f"row {seq} is missing" if found.seq > seq else f"row {found.seq} is not numbered from 1"
    if _link(head, found.row) != found.hash:
        return "the hash does not fit the row and those before it"
    return None if _said_seq(found.row) == seq else "the row does not bear its own number"


def _said_seq(row: str) -> int | None:
    try:
        value: Any = json.loads(row)
    except (ValueError, RecursionError):
        return None
    said = value.get("seq") if isinstance(value, dict) and _json(value) == row else None
    return said if isinstance(said, int) else None


def _entry(found: AuditRow) -> AuditEntry:
    try:
        value: Any = json.loads(found.row)
        note = AuditNote(
            event=_text(value["event"]),
            actor=_text(value["actor"]),
            mass_cancel=None if value["mass_cancel"] is None else MassCancelId(_text(value["mass_cancel"])),
            facts=tuple((_text(name), _text(fact)) for name, fact in value["facts"]),
        )
        return AuditEntry(seq=found.seq, at=datetime.fromisoformat(value["at"]), note=note, head=found.hash)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise StoreUnavailable(why=f"audit row {found.seq} cannot be read") from error


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("not a text")
    return value
