"""Reading again, and only reading: what is open now, for an outcome that is not known."""

import asyncio
from typing import Final

from bot import card, proof
from bot.errors import KeyUnusable, ReadFailed, Refused, StoreUnavailable
from bot.model import Conversation, MassCancel, MassCancelId, Order, Proof, Scope, State
from bot.service.desk import Desk, under_card

PAUSES: Final = (5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0)
"""Seconds between the reads by which an UNKNOWN is followed, about a quarter of an hour in all."""

_ONE_CHECK: Final = 8.0
"""Seconds one check may take."""

FIRST_CHECK: Final = 3.0
"""Seconds a check may hold up a start: updates wait for it, and an UNKNOWN is followed afterwards."""


class Checks:
    """Finds out, later, what is open now."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def check(self, record: MassCancel, seconds: float = _ONE_CHECK) -> State:
        """Read once and commit what is known now; the state after it.

        A first "unknown" is reported, a further one is not (the table's effects say so).
        """
        desk = self._desk
        now = desk.clock.monotonic()
        found = await read_until_zero(desk, record.scope, soft=now, hard=now + seconds)
        if found is None and record.verdict is not None:
            return State.UNKNOWN
        sent_at = record.verdict.sent_at if record.verdict else None
        try:
            return (await desk.take(record, proof.check(found, sent_at=sent_at))).after.state
        except Refused:
            fresh = await desk.store.mass_cancel(record.id)
            return fresh.state if fresh else State.UNKNOWN

    async def on_request(self, id_: MassCancelId, conversation: Conversation) -> None:
        """Somebody tapped `[Check again]`: they are told in any case."""
        record = await self._desk.store.mass_cancel(id_)
        if record is None:
            return
        state = await self.check(record) if record.state is State.UNKNOWN else record.state
        fresh = await self._desk.store.mass_cancel(id_) or record
        if state is State.UNKNOWN or record.state is not State.UNKNOWN:
            head = (await self._desk.store.head())[:4]
            await self._desk.say(under_card(id_, conversation, card.result(fresh, head)))

    async def watch(self, id_: MassCancelId) -> None:
        """Follow an UNKNOWN until it is known, or a quarter of an hour is over."""
        for pause in PAUSES:
            await self._desk.clock.sleep(pause)
            try:
                record = await self._desk.store.mass_cancel(id_)
                if record is None or record.state is not State.UNKNOWN:
                    return
                await self.check(record)
            except StoreUnavailable as error:
                self._desk.log().warning("check not recorded", mass_cancel=id_, why=error.why)


async def read_until_zero(desk: Desk, scope: Scope, *, soft: float, hard: float) -> Proof | None:
    """Read the open orders in scope until nothing is left.

    Args:
        desk: the ports.
        scope: what must be gone.
        soft: no new read is begun after this time, monotonic seconds; the first is always begun.
        hard: no read is waited for after this time.

    Returns:
        The last complete read, None where there was none.
    """
    found: Proof | None = None
    pause, reads = 0.1, 0
    while True:
        rows = await _read_once(desk, scope, hard)
        if rows is not None:
            reads += 1
            found = Proof(left=rows, reads=reads, read_at=desk.clock.now())
            if not rows:
                return found
        if desk.clock.monotonic() + pause >= min(soft, hard):
            return found
        await desk.clock.sleep(pause)
        pause = min(pause * 2, 1.0)


async def _read_once(desk: Desk, scope: Scope, hard: float) -> tuple[Order, ...] | None:
    left = max(hard - desk.clock.monotonic(), 0.1)
    try:
        async with asyncio.timeout(left):  # not `wait_for`: before Python 3.12 it may swallow a cancellation
            rows = await desk.exchange.open_orders(scope.account, scope.contract)
    except (ReadFailed, KeyUnusable, TimeoutError) as error:
        desk.log().warning("proof read failed", account=scope.account, error=repr(error))
        return None
    return tuple(order for order in rows if scope.covers(order))
