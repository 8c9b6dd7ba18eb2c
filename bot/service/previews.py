"""The card: read what would go, and never wait longer than 800 ms. A preview does not block a kill switch."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot import card
from bot.errors import Conflict, KeyUnusable, ReadFailed, Refused
from bot.listing import Unlisted
from bot.mass_cancel import step
from bot.model import (
    ALL,
    AccountName,
    Event,
    EventKind,
    Incoming,
    MassCancel,
    MassCancelId,
    Order,
    PositionMode,
    Post,
    PostKind,
    Preview,
    Scope,
    State,
    Verb,
)
from bot.service.desk import Desk, card_slot, under_card
from bot.service.unlisted import listing_of
from bot.words import cards

PATIENCE: Final = 0.8
"""Seconds a card waits for its preview."""

PLENTY: Final = timedelta(seconds=20)
"""With so much time left on a card, asking again only points to it."""


async def read_preview(desk: Desk, scope: Scope) -> Preview:
    """Read the open orders in scope, what is open elsewhere, and the position mode.

    Other contracts are read only where the scope holds nothing: the card then says which ones hold some.

    Raises:
        ReadFailed: the open orders could not be read completely.
        KeyUnusable: the account's key cannot be opened.
    """
    rows, mode = await asyncio.gather(
        desk.exchange.open_orders(scope.account, scope.contract), read_mode(desk, scope.account)
    )
    orders = tuple(order for order in rows if scope.covers(order))
    elsewhere = () if orders or scope.contract == ALL else await _elsewhere(desk, scope)
    return Preview(
        orders=orders,
        elsewhere=elsewhere,
        mode=mode,
        read_at=desk.clock.now(),
    )


def by_contract(scope: Scope, rows: tuple[Order, ...]) -> tuple[tuple[str, int], ...]:
    """Contracts that have orders in the scope, with their counts, most first."""
    return tuple(Counter(row.contract for row in rows if scope.covers(row)).most_common())


async def _elsewhere(desk: Desk, scope: Scope) -> tuple[tuple[str, int], ...]:
    wide = Scope(account=scope.account, contract=ALL, side=scope.side, position_side=scope.position_side)
    try:
        return by_contract(wide, await desk.exchange.open_orders(scope.account, ALL))
    except (ReadFailed, KeyUnusable):
        return ()  # an offer that cannot be made must not take the preview with it


async def read_mode(desk: Desk, account: AccountName) -> PositionMode | None:
    """The account's position mode; None where it cannot be read, which blocks nothing."""
    try:
        return await desk.exchange.position_mode(account)
    except (ReadFailed, KeyUnusable):
        return None


class Previews:
    """Opens cards."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._opening: dict[tuple[str, Scope], asyncio.Lock] = {}

    async def open(self, incoming: Incoming, scope: Scope) -> None:
        """Make a card for a scope, or point to the one that stands."""
        key = (incoming.conversation.chat, scope)
        lock = self._opening.setdefault(key, asyncio.Lock())
        async with lock:  # the same words twice at once make one card
            live = await self._desk.store.live(incoming.conversation, scope)
            if live is not None and live.origin == incoming.origin:
                return  # cut off after its card was committed: the card is told by the outbox
            if live is not None and await self._stands(incoming, live):
                return
            await self._send_card(incoming, scope, live)
        if not lock.locked():
            self._opening.pop(key, None)

    async def _stands(self, incoming: Incoming, live: MassCancel) -> bool:
        """Point to a card that is being executed or has plenty of time; False: it is to be replaced.

        One that its chat did not take is there for nobody to see.
        """
        unseen = await self._desk.store.message_in(card_slot(live.id)) is None
        if live.state is State.EXECUTING and live.decided_by and live.decided_at:
            lines = cards.still_executing(live.id, live.decided_by, live.decided_at)
        elif live.state is State.PENDING and not unseen and live.expires_at - self._desk.clock.now() >= PLENTY:
            lines = cards.still_pending(live.id, live.expires_at)
        else:
            return False
        await self._desk.say(under_card(live.id, incoming.conversation, card.notice(lines)))
        return True

    async def _send_card(self, incoming: Incoming, scope: Scope, old: MassCancel | None) -> None:
        desk = self._desk
        reading = asyncio.ensure_future(read_preview(desk, scope))
        preview = await self._within_patience(reading)
        has_orders = preview is not None and bool(preview.orders)
        listing = await listing_of(desk, incoming, scope, Verb.CANCELALL, has_orders=has_orders)
        if isinstance(listing, Unlisted):
            reading.cancel()
            return
        while True:
            record = replace(self._record(incoming, scope, preview), listing=listing)
            try:
                opened = await self._commit(incoming, record)
            except Conflict:  # the id is taken: one in millions, and nobody's fault
                continue
            break
        if opened and old is not None:  # only now: whatever happens, "replaced by" names a card that exists
            await self._end_old(old, record.id)
        if opened and not reading.done():
            desk.tasks.start(self._arrive_late(record, reading), f"preview {record.id}", idle=True)

    def _record(self, incoming: Incoming, scope: Scope, preview: Preview | None) -> MassCancel:
        desk = self._desk
        now = desk.clock.now()
        return MassCancel(
            id=desk.ids.mass_cancel(),
            state=State.PENDING,
            version=0,
            scope=scope,
            asked_by=desk.policy.actor(incoming.identity),
            conversation=incoming.conversation,
            origin=incoming.origin,
            created_at=now,
            expires_at=now + timedelta(seconds=desk.card_seconds),
            preview=preview,
        )

    async def _within_patience(self, reading: "asyncio.Future[Preview]") -> Preview | None:
        timer = asyncio.ensure_future(self._desk.clock.sleep(PATIENCE))
        racers: set[asyncio.Future[Any]] = {reading, timer}
        try:
            await asyncio.wait(racers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            timer.cancel()
        return self._read(reading) if reading.done() else None

    def _read(self, reading: "asyncio.Future[Preview]") -> Preview | None:
        try:
            return reading.result()
        except (ReadFailed, KeyUnusable) as error:
            self._desk.log().warning("preview failed", error=repr(error))
        except Exception:  # noqa: BLE001 whatever broke: a preview must not block the switch
            self._desk.log().exception("preview broke")
        return None

    async def _end_old(self, old: MassCancel, new: MassCancelId) -> None:
        try:
            await self._desk.take(old, Event(kind=EventKind.REPLACE, replaced_by=new))
        except Refused:
            self._desk.log().info("the old card was settled meanwhile", old=old.id)

    async def _commit(self, incoming: Incoming, record: MassCancel) -> bool:
        desk = self._desk
        post = Post(
            kind=PostKind.SEND,
            conversation=record.conversation,
            message=card.card(record, desk.keys.tail(record.scope.account)),
            slot=card_slot(record.id),
            reply_to=f"message:{incoming.message}" if incoming.message else None,
        )
        note = desk.note("asked", incoming.identity, record.id, ("text", incoming.text))
        opened = await desk.store.open([record], [note], lambda _head: [post])
        desk.messenger.wake()
        return opened

    async def _arrive_late(self, record: MassCancel, reading: "asyncio.Future[Preview]") -> None:
        await asyncio.wait({reading})
        preview = self._read(reading)
        if preview is None:
            return
        fresh = await self._desk.store.mass_cancel(record.id) or record
        event = Event(kind=EventKind.PREVIEW, preview=preview)
        try:
            step(fresh, event, self._desk.clock.now())
            await self._desk.take(fresh, event)
        except Refused:
            self._desk.log().info("preview came after the end", mass_cancel=record.id)
