"""A drill: the whole way from the licence to the proof read, with the write left out.

Rules of this file: nothing in it sends. The request is built and signed as a real one would be, and thrown away;
one read stands in for its round trip, and the proof read follows as always.
"""

import asyncio
from typing import Final

from bot.errors import KeyUnusable, StoreUnavailable
from bot.model import Drill, Event, EventKind, MassCancel, Proof, Verdict
from bot.ports import AuditNote
from bot.service.desk import Desk
from bot.service.execution import Execution
from bot.service.proving import read_once
from bot.service.targets import can_be_named
from bot.service.telling import card_slot

_GLANCE: Final = 1.0
"""Seconds a look into the store may hold up a result."""

_ONE_READ: Final = 8.0
"""Seconds one read may take: both end well before people must have heard, 20 s after the tap."""


def drill_note(desk: Desk, record: MassCancel) -> AuditNote:
    """The audit row that stands where a real one has its first attempt."""
    return desk.note("drill", None, record.id, ("sent", "nothing"))


def cut_off(record: MassCancel) -> Event:
    """What the end of the process means: a drill has sent nothing, of a real one nobody knows."""
    if record.drill:
        return Event(kind=EventKind.DRILLED, verdict=Verdict(proof=None, drill=Drill(cut_off=True)))
    return Event(kind=EventKind.RESTART)


class Drills:
    """Carries confirmed drills out."""

    def __init__(self, desk: Desk, execution: Execution) -> None:
        self._desk = desk
        self._execution = execution

    async def run(self, record: MassCancel, tapped: float) -> None:
        """Go the whole way and send nothing.

        Args:
            record: as committed: EXECUTING.
            tapped: when the tap came in, monotonic seconds.
        """
        try:
            event = await self._event(record, tapped)
        except Exception:  # noqa: BLE001 whatever broke: nothing was sent, and people must hear so
            self._desk.log().exception("drill broke", mass_cancel=record.id)
            event = cut_off(record)
        await self._execution.conclude(record, event, tapped)

    async def _event(self, record: MassCancel, tapped: float) -> Event:
        desk = self._desk
        to_request = self._since(tapped) if self._signed(record) else None
        would = await read_once(desk, record.scope, desk.clock.monotonic() + _ONE_READ)
        begun = desk.clock.now()
        left = await read_once(desk, record.scope, desk.clock.monotonic() + _ONE_READ, to_prove=True)
        to_proof = self._since(tapped)
        proof = None if left is None else Proof(left=left, reads=1, read_at=begun)
        told = Drill(
            would=None if would is None else len(would),
            to_tap=await self._to_tap(record, tapped),
            to_request=to_request,
            to_proof=None if proof is None else to_proof,
        )
        return Event(kind=EventKind.DRILLED, verdict=Verdict(proof=proof, took=to_proof, drill=told))

    def _since(self, tapped: float) -> float:
        return self._desk.clock.monotonic() - tapped

    def _signed(self, record: MassCancel) -> bool:
        """Build and sign the request of a real one, and throw it away; False: its key does not open."""
        try:
            named = [
                order
                for order in (record.preview.orders if record.preview else ())
                if can_be_named(record.scope, order)
            ]
            self._desk.exchange.rehearse(record.scope, named)
        except KeyUnusable as error:
            self._desk.log().warning("drill: the key does not open", account=error.account)
            return False
        return True

    async def _to_tap(self, record: MassCancel, tapped: float) -> float | None:
        """Seconds from the card's arrival at its chat to the tap; from its making where that is not known."""
        now = self._desk.clock.now()
        try:
            async with asyncio.timeout(_GLANCE):
                shown = await self._desk.store.shown_at(card_slot(record.card_id))
        except (StoreUnavailable, TimeoutError):
            shown = None
        return max((now - (shown or record.created_at)).total_seconds() - self._since(tapped), 0.0)
