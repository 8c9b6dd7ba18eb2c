"""Reading again: what is open now, for an outcome that is not known.

Only reading, but for one case: within a minute of the tap the process that sent the request may still cancel by id
what the card showed.
"""

import math
from dataclasses import dataclass
from typing import Final

from bot import card, proof
from bot.errors import Refused, StoreUnavailable
from bot.model import Conversation, Event, Identity, MassCancel, MassCancelId, Matter, Preview, State
from bot.service.desk import Desk, under_card
from bot.service.proving import READING, Proving
from bot.service.refills import Refills
from bot.service.turns import Turns

PAUSES: Final = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0)
"""Seconds between the reads by which an UNKNOWN is followed, about a quarter of an hour in all."""

_ONE_CHECK: Final = 8.0
"""Seconds one check may take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanUp:
    """What may still be cancelled by its id."""

    until: float
    """Monotonic seconds."""
    shown: Preview | None
    """What the card showed when it was tapped: one that was stored since, nobody has seen."""


_NONE: Final = CleanUp(until=-math.inf, shown=None)
"""A time that is always past: only reads."""

FIRST_CHECK: Final = 3.0
"""Seconds a check may hold up a start: updates wait for it, and an UNKNOWN is followed afterwards."""


class Checks:
    """Finds out, later, what is open now."""

    def __init__(self, desk: Desk, refills: Refills) -> None:
        self._desk = desk
        self._refills = refills
        self._looking = Turns()
        self._watched: dict[MassCancelId, CleanUp] = {}

    async def check(self, record: MassCancel, seconds: float = _ONE_CHECK, *, clean_up: CleanUp = _NONE) -> State:
        """Read and commit what is known now; the state after it.

        A first "unknown" is reported, and only after trying all the time there is; a further one is not reported
        (the table's effects say so).

        Args:
            record: what is unknown.
            seconds: how long it may take.
            clean_up: what may still be cancelled by its id.
        """
        async with self._looking.of(record.id):  # of two at once each would know half, and the slower tell last
            fresh = await self._desk.store.mass_cancel(record.id) or record
            if fresh.state is not State.UNKNOWN:
                return fresh.state
            return await self._check(fresh, seconds, clean_up)

    async def _check(self, record: MassCancel, seconds: float, clean_up: CleanUp) -> State:
        desk = self._desk
        now = desk.clock.monotonic()
        soft = now + (READING if now < clean_up.until else 0.0)
        proving = Proving(
            desk=desk,
            record=record,
            preview=clean_up.shown if now < clean_up.until else record.preview,
            soft=soft,
            owed=now if record.verdict else now + seconds,  # who has been told nothing yet should hear what is
            hard=now + seconds,
            clean_until=clean_up.until,
        )
        found = await proving.prove()
        if found is None and record.verdict is not None:
            return State.UNKNOWN
        sent_at = record.verdict.sent_at if record.verdict else None
        event = proof.check(found, sent_at=sent_at, preview=record.preview, cleaned=proving.cleaned)
        try:
            taken = await desk.take(record, await with_endings(proving, event))
        except Refused:
            fresh = await desk.store.mass_cancel(record.id)
            return fresh.state if fresh else State.UNKNOWN
        self._refills.follow(taken.after)
        return taken.after.state

    async def on_request(self, id_: MassCancelId, conversation: Conversation, who: Identity) -> None:
        """Somebody tapped `[Check again]`: they are told in any case."""
        record = await self._desk.store.mass_cancel(id_)
        if record is None:
            return
        state = await self.check(record) if record.state is State.UNKNOWN else record.state
        fresh = await self._desk.store.mass_cancel(id_) or record
        if state is State.UNKNOWN or record.state is not State.UNKNOWN:
            head = (await self._desk.store.head())[:4]
            said = card.result(fresh, head)
            await self._desk.say(under_card(fresh.card_id, conversation, said, who, matter=Matter.RESULT))

    async def watch(self, id_: MassCancelId, *, clean_up: "CleanUp | None" = None) -> None:
        """Follow an UNKNOWN until it is known, or a quarter of an hour is over.

        Args:
            id_: which one.
            clean_up: what may still be cancelled by its id; None: nothing, or what is known already.
        """
        watched = id_ in self._watched
        # Whoever looks for orphans may be here before the process's own execution, which knows when the tap was.
        self._watched[id_] = clean_up or self._watched.get(id_, _NONE)
        if watched:
            return
        try:
            await self._watch(id_)
        finally:
            del self._watched[id_]

    async def _watch(self, id_: MassCancelId) -> None:
        for pause in PAUSES:
            await self._desk.clock.sleep(pause)
            try:
                record = await self._desk.store.mass_cancel(id_)
                if record is None or record.state is not State.UNKNOWN:
                    return
                await self.check(record, clean_up=self._watched[id_])
            except StoreUnavailable as error:
                self._desk.log().warning("check not recorded", mass_cancel=id_, why=error.why)
            except Exception:  # noqa: BLE001 one look that breaks must not end the watch
                self._desk.log().exception("check broke", mass_cancel=id_)


async def with_endings(proving: Proving, event: Event) -> Event:
    """A verdict with HTX's records of orders that are gone: those it said nothing of, and those partly filled."""
    verdict = event.verdict
    if verdict is None or verdict.proof is None:
        return event
    begun = {order.order_id for order in proving.shown if order.filled}
    return proof.told(event, await proving.endings((*verdict.gone, *(begun & set(verdict.cancelled)))))
