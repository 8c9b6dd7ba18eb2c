"""The truth for tests: every request, what it did and what was answered."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from simulator.htx.replies import Headers
from simulator.htx.signature import Verdict, pairs_of

EffectKind = Literal["cancelled", "filled", "placed", "algo_cancelled"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One order changed by a request; `at` is on the simulator's monotonic clock, in seconds."""

    kind: EffectKind
    order_id: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What went back: `body` is whole, of which `sent` bytes left the house."""

    status: int
    headers: Headers
    body: bytes
    sent: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One request, in the order received.

    `received` is on the simulator's monotonic clock. `json` is the parsed body, None if it is
    none. `connection` is the client's TCP port: equal ports, same connection. `answer` is None
    while nothing was sent, and for ever if the connection was closed without one.
    `raw_query` holds the key id and a replayable signature, so `repr` leaves it out.
    """

    number: int
    received: float
    connection: int
    method: str
    path: str
    raw_query: str = field(repr=False)
    host: str
    content_type: str
    body: bytes
    json: object
    access_key: str | None = field(repr=False)
    verdict: Verdict
    faults: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    answer: Answer | None = None

    @property
    def redacted_query(self) -> str:
        """The raw query with the values of AccessKeyId and Signature replaced by `…`."""
        hidden = {"AccessKeyId", "Signature"}
        return "&".join(f"{name}={'…' if name in hidden else value}" for name, value in pairs_of(self.raw_query))

    def changed(self, kind: EffectKind) -> tuple[str, ...]:
        """Ids of the orders this request cancelled, filled or placed, in order."""
        return tuple(effect.order_id for effect in self.effects if effect.kind == kind)

    @property
    def cancelled(self) -> tuple[str, ...]:
        """Ids of the plain orders this request cancelled so far."""
        return self.changed("cancelled")


class Log:
    """Grows by one frozen record a request; later facts replace a record by a fuller copy."""

    def __init__(self) -> None:
        self._records: list[Record] = []
        self._change = asyncio.Event()

    def next_number(self) -> int:
        """The number the next record must carry."""
        return len(self._records)

    def add(self, record: Record) -> None:
        """Appends a request as it arrives."""
        self._records.append(record)
        self._tell()

    def note(self, number: int, effect: Effect) -> None:
        """Adds an effect to request `number`."""
        record = self._records[number]
        self._records[number] = replace(record, effects=(*record.effects, effect))
        self._tell()

    def answered(self, number: int, answer: Answer) -> None:
        """Adds what was sent to request `number`."""
        self._records[number] = replace(self._records[number], answer=answer)
        self._tell()

    def _tell(self) -> None:
        self._change.set()
        self._change = asyncio.Event()

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until `holds()`, asked again after each change of the log."""
        while not holds():
            await self._change.wait()

    def records(self) -> tuple[Record, ...]:
        """All requests so far, oldest first."""
        return tuple(self._records)
