"""After the request: read what is open, cancel by id what was shown and is still there, read again.

Rules of this file: only ids that the card showed are ever named, only in the minute after the tap, ten at a time;
each round is on the audit chain, or in the emergency journal, before it is sent. Orders placed since are listed by
the proof and not touched.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import KeyUnusable, ReadFailed
from bot.model import Answered, ContractCode, Ended, Item, MassCancel, Order, Preview, Proof, Scope, Target
from bot.service.desk import Desk
from bot.service.targets import can_be_named, open_in, send_again
from bot.service.witness import clean_up_witnessed

CLEAN_UP: Final = 60.0
"""Seconds from the tap in which orders may be cancelled by their ids."""

READING: Final = 5.0
"""Seconds after the request in which reads are begun until nothing is left."""

_BATCH: Final = 10
"""Ids HTX takes in one request (HTX V5 docs, cancel_batch_orders)."""

_ROUND: Final = 30
"""Requests one round may hold: HTX takes 72 in 3 s, and they are not all ours."""

_ROOM: Final = 1.0
"""Seconds before the end in which no clean-up is begun: the read after it would come too late."""

_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 1.0
"""Seconds between two reads."""

_AT_ONCE: Final = 5
_RECORDS: Final = 20
"""How many orders' own records are read at most: a result must not wait for a hundred of them."""

_RECORDS_SPAN: Final = 2.0
"""Seconds those reads may take together."""


@dataclass(slots=True, kw_only=True)
class Proving:
    """One look after one request, or a later one; use it once."""

    desk: Desk
    record: MassCancel
    preview: Preview | None
    """What the card showed: what may be named."""
    soft: float
    """No new read is begun after this time, monotonic seconds, but for the first and those that are owed."""
    owed: float
    """Until then one complete read is tried for."""
    hard: float
    """Nothing is waited for after this time."""
    clean_until: float
    """No order is cancelled by its id after this time; in the past: only reads."""
    cleaned: list[Item] = field(default_factory=list)
    """HTX's words on what was cancelled by id."""

    @property
    def shown(self) -> tuple[Order, ...]:
        """The orders that the card showed."""
        return self.preview.orders if self.preview else ()

    async def prove(self) -> Proof | None:
        """The last complete read, None where there was none.

        After each clean-up another is owed, for as long as there is time: what it did must not be told from what
        was read before. Where none comes, nobody knows.
        """
        found: Proof | None = None
        pause, reads, rounds = _PAUSE, 0, 0
        while True:
            begun = self.desk.clock.now()
            rows = await read_once(self.desk, self.record.scope, self.hard, to_prove=True)
            if rows is not None:
                reads += 1
                found = Proof(left=rows, reads=reads, read_at=begun)
                if not rows:
                    return found
            soon = self.desk.clock.monotonic() + pause
            late = soon >= self.soft
            # Not after the very first read: what HTX has just cancelled may take a moment to leave its books.
            due = rounds == 0 if late else reads > 1
            if found is not None and due and await self._clean_up(found.left):
                found, pause, rounds = None, _PAUSE, rounds + 1
            # Asked again: a clean-up takes its time.
            soon = self.desk.clock.monotonic() + pause
            owed = found is None and (rounds > 0 or soon < self.owed)
            if (late and not owed) or soon >= self.hard:
                return found
            await self.desk.clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _clean_up(self, left: Sequence[Order]) -> bool:
        """Cancel by id what was shown and is still open; whether anything was sent."""
        shown = {order.order_id: order for order in self.shown}
        scope = self.record.scope
        mine = [
            order
            for order in left
            if can_be_named(scope, order) and (card := shown.get(order.order_id)) and _same(card, order)
        ]
        until = min(self.clean_until, self.hard - _ROOM)
        if not mine or self.desk.clock.monotonic() >= until:
            return False
        batches = list(_batches(mine))[:_ROUND]
        ids = [order.order_id for _, batch in batches for order in batch]
        if not await clean_up_witnessed(self.desk, self.record, ids) or self.desk.clock.monotonic() >= until:
            return False
        gate = asyncio.Semaphore(_AT_ONCE)
        try:
            async with asyncio.timeout(self.hard - self.desk.clock.monotonic()):
                await asyncio.gather(*(self._cancel(contract, batch, until, gate) for contract, batch in batches))
        except TimeoutError:  # what was sent may still act: it names what the card showed, and nothing else
            self.desk.log().warning("clean-up cut off", mass_cancel=self.record.id)
        return True

    async def _cancel(
        self, contract: ContractCode, orders: Sequence[Order], until: float, gate: asyncio.Semaphore
    ) -> None:
        async with gate:
            try:
                answer = await send_again(self.desk, self.record.scope, contract, orders, not_after=until)
            except Exception:  # noqa: BLE001 one batch that breaks must take neither the others nor the verdict with it
                self.desk.log().exception("clean-up broke", mass_cancel=self.record.id)
                return
        ids = {order.order_id for order in orders}
        if isinstance(answer, Answered):
            self.cleaned += [item for item in answer.items if item.order_id in ids]

    async def endings(self, ids: Iterable[str]) -> tuple[Ended, ...]:
        """HTX's own records of orders that were shown and are gone; of as many as can be read in time."""
        named = [order for order in self.shown if order.named and order.contract]
        contracts = {order.order_id: ContractCode(order.contract) for order in named}
        by_id = self.record.scope.target is Target.TRIGGERS  # HTX has no such record of what waits for a price
        wanted = [] if by_id else [id_ for id_ in ids if id_ in contracts][:_RECORDS]
        left = min(_RECORDS_SPAN, self.hard - self.desk.clock.monotonic())
        found: list[Ended] = []
        gate = asyncio.Semaphore(_AT_ONCE)

        async def read(id_: str) -> None:
            async with gate:
                ended = await self._ended(contracts[id_], id_)
            if ended is not None:
                found.append(ended)

        try:
            async with asyncio.timeout(max(left, 0.0)):
                await asyncio.gather(*map(read, wanted))
        except TimeoutError:
            self.desk.log().info("not every order's record was read", mass_cancel=self.record.id)
        return tuple(sorted(found, key=lambda one: one.order_id))

    async def _ended(self, contract: ContractCode, id_: str) -> Ended | None:
        try:
            return await self.desk.exchange.ended(self.record.scope.account, contract, id_)
        except (ReadFailed, KeyUnusable) as error:
            self.desk.log().info("order not read", mass_cancel=self.record.id, error=repr(error))
            return None
        except Exception:  # noqa: BLE001 what became of one order must not take the verdict with it
            self.desk.log().exception("reading an order broke", mass_cancel=self.record.id)
            return None


async def read_once(desk: Desk, scope: Scope, hard: float, *, to_prove: bool = False) -> tuple[Order, ...] | None:
    """One complete read of the open orders in a scope, waited for until `hard` (monotonic); None: it failed.

    Args:
        desk: what is worked with.
        scope: whose orders.
        hard: when to give up, monotonic seconds.
        to_prove: whether the word of success may rest on it; what merely looks must not take up its room.
    """
    left = max(hard - desk.clock.monotonic(), 0.1)
    try:
        async with asyncio.timeout(left):  # not `wait_for`: before Python 3.12 it may swallow a cancellation
            return await open_in(desk, scope, to_prove=to_prove)
    except (ReadFailed, KeyUnusable, TimeoutError) as error:
        desk.log().warning("proof read failed", account=scope.account, error=repr(error))
        return None


def _same(shown: Order, left: Order) -> bool:
    """Whether what is left under an id is surely what the card showed under it; where that is in doubt: no."""
    facts = [(one.contract, one.side, one.position_side, one.trigger) for one in (shown, left)]
    return facts[0] == facts[1]


def _batches(orders: Sequence[Order]) -> Iterable[tuple[ContractCode, list[Order]]]:
    """Ten orders of one contract each."""
    of: defaultdict[ContractCode, list[Order]] = defaultdict(list)
    for order in orders:
        of[ContractCode(order.contract)].append(order)
    for contract, rows in of.items():
        for at in range(0, len(rows), _BATCH):
            yield contract, rows[at : at + _BATCH]
