"""The card: read what would go, and never wait longer than 800 ms. A preview does not block a kill switch.

A card for triggers names ids, so it needs them: it waits 5 s, and there is none without.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot import card
from bot.errors import Conflict, KeyUnusable, ReadFailed, Refused
from bot.listing import Unlisted
from bot.mass_cancel import step
from bot.model import (
    ALL,
    ALL_ACCOUNTS,
    AccountName,
    Command,
    Event,
    EventKind,
    Incoming,
    Listing,
    MassCancel,
    MassCancelId,
    Matter,
    Order,
    PositionMode,
    Post,
    PostKind,
    Preview,
    Scope,
    State,
    Target,
    Verb,
)
from bot.service.desk import Desk, answer_to, under_card
from bot.service.tasks import end
from bot.service.telling import card_slot
from bot.service.triggers import beside
from bot.service.turns import Turns
from bot.service.unlisted import listing_of
from bot.words import cards

PATIENCE: Final = 0.8
"""Seconds a card waits for its preview."""

LIST_PATIENCE: Final = 5.0
"""Seconds a card for triggers waits for its list: without one it could confirm nothing."""

_PATIENCE_FOR: Final = {Target.ORDERS: PATIENCE, Target.TRIGGERS: LIST_PATIENCE}

_GRACE: Final = 0.4
"""Seconds a card that could go out waits for its count of triggers."""

_IN_HAND: Final = 0.05
"""Seconds of its patience that a card keeps for itself."""

PLENTY: Final = timedelta(seconds=20)
"""With so much time left on a card, asking again only points to it."""


async def read_preview(desk: Desk, scope: Scope) -> Preview:
    """Read what a card shows: orders in scope, what is open elsewhere, position mode, what waits for a price.

    Other contracts are read only where the scope holds nothing: the card then says which ones hold some.

    Raises:
        ReadFailed: the open orders could not be read completely.
        KeyUnusable: the account's key cannot be opened.
    """
    if scope.target is Target.TRIGGERS:
        return await _read_triggers(desk, scope)
    by = desk.clock.monotonic() + PATIENCE - _IN_HAND  # slow triggers must not make a card blind
    preview, triggers = await beside(desk, scope, _read_orders(desk, scope), grace=_GRACE, by=by)
    return replace(preview, triggers=triggers)


async def _read_triggers(desk: Desk, scope: Scope) -> Preview:
    rows, mode = await asyncio.gather(
        desk.exchange.open_triggers(scope.account, scope.contract), read_mode(desk, scope.account)
    )
    orders = tuple(order for order in rows if scope.covers(order))
    return Preview(orders=orders, elsewhere=(), mode=mode, read_at=desk.clock.now())


async def _read_orders(desk: Desk, scope: Scope) -> Preview:
    rows, mode = await asyncio.gather(
        desk.exchange.open_orders(scope.account, scope.contract), read_mode(desk, scope.account)
    )
    orders = tuple(order for order in rows if scope.covers(order))
    elsewhere = () if orders or scope.contract == ALL else await _elsewhere(desk, scope)
    return Preview(orders=orders, elsewhere=elsewhere, mode=mode, read_at=desk.clock.now())


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
        self._opening = Turns()

    async def open(self, incoming: Incoming, scopes: tuple[Scope, ...], verb: Verb) -> None:
        """Make one card for one or several scopes, or point to the one that stands.

        Args:
            incoming: what asked.
            scopes: one an account, and never two of one account.
            verb: `CANCELALL`, or `DRILL` for a drill.
        """
        key = (incoming.conversation.chat, scopes, verb)
        async with self._opening.of(key):  # the same words twice at once make one card
            live = await self._desk.store.live(incoming.conversation, scopes, drill=verb is Verb.DRILL)
            if live and live[0].origin == incoming.origin:
                return  # cut off after its card was committed: the card is told by the outbox
            if live and await self._stands(incoming, live):
                return
            await self._send_card(incoming, scopes, live, verb)

    async def _stands(self, incoming: Incoming, live: tuple[MassCancel, ...]) -> bool:
        """Point to a card that is being executed or has plenty of time; False: it is to be replaced.

        One that its chat did not take is there for nobody to see.
        """
        first = next((one for one in live if one.state is State.EXECUTING), live[0])
        unseen = await self._desk.store.message_in(card_slot(first.card_id)) is None
        if first.state is State.EXECUTING and first.decided_by and first.decided_at:
            lines = cards.still_executing(first.card_id, first.decided_by, first.decided_at)
        elif first.state is State.PENDING and not unseen and first.expires_at - self._desk.clock.now() >= PLENTY:
            lines = cards.still_pending(first.card_id, first.expires_at)
        else:
            return False
        said = card.marked_if(first.drill, card.notice(lines))
        await self._desk.say(under_card(first.card_id, incoming.conversation, said, incoming.identity))
        return True

    async def _send_card(
        self, incoming: Incoming, scopes: tuple[Scope, ...], old: tuple[MassCancel, ...], verb: Verb
    ) -> None:
        desk = self._desk
        readings = [asyncio.ensure_future(read_preview(desk, scope)) for scope in scopes]
        previews = await self._within_patience(readings, scopes[0].target)
        if scopes[0].target is Target.TRIGGERS and not any(one and one.orders for one in previews):
            await end(readings)
            await desk.say(answer_to(incoming, card.no_list(scopes[0], previews[0])))
            return
        has_orders = any(preview is not None and preview.orders for preview in previews)
        whole = scopes[0] if len(scopes) == 1 else replace(scopes[0], account=ALL_ACCOUNTS)
        listing = await listing_of(desk, incoming, whole, verb, has_orders=has_orders)
        if isinstance(listing, Unlisted):
            for reading in readings:
                reading.cancel()
            return
        while True:
            made = self._records(incoming, scopes, previews, listing)
            records = [replace(record, drill=verb is Verb.DRILL) for record in made]
            try:
                opened = await self._commit(incoming, records)
            except Conflict:  # an id is taken: one in millions, and nobody's fault
                continue
            break
        if opened and old:  # only now: whatever happens, "replaced by" names a card that exists
            await self._end_old(old[0], records[0].id)
        for record, reading in zip(records, readings, strict=True):
            if opened and not reading.done():
                desk.tasks.start(self._arrive_late(record, reading), f"preview {record.id}", idle=True)

    def _records(
        self,
        incoming: Incoming,
        scopes: Sequence[Scope],
        previews: Sequence[Preview | None],
        listing: Listing | None,
    ) -> list[MassCancel]:
        desk = self._desk
        now = desk.clock.now()
        ids = tuple(desk.ids.mass_cancel() for _ in scopes)
        return [
            MassCancel(
                id=id_,
                state=State.PENDING,
                version=0,
                scope=scope,
                asked_by=desk.policy.actor(incoming.identity),
                conversation=incoming.conversation,
                origin=incoming.origin,
                created_at=now,
                expires_at=now + timedelta(seconds=desk.card_seconds),
                preview=preview,
                listing=listing,
                card=ids if len(ids) > 1 else (),
            )
            for id_, scope, preview in zip(ids, scopes, previews, strict=True)
        ]

    async def _within_patience(
        self, readings: Sequence["asyncio.Future[Preview]"], target: Target
    ) -> list[Preview | None]:
        """What was read in time: a slow account does not take the others' previews with it."""
        timer = asyncio.ensure_future(self._desk.clock.sleep(_PATIENCE_FOR[target]))
        waiting: set[asyncio.Future[Any]] = set(readings)
        try:
            while waiting and not timer.done():
                done, _ = await asyncio.wait({*waiting, timer}, return_when=asyncio.FIRST_COMPLETED)
                waiting -= done
        finally:
            timer.cancel()
        return [self._read(reading) if reading.done() else None for reading in readings]

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
            await self._desk.take_card(old, Event(kind=EventKind.REPLACE, replaced_by=new))
        except Refused:
            self._desk.log().info("the old card was settled meanwhile", old=old.id)

    async def _commit(self, incoming: Incoming, records: Sequence[MassCancel]) -> bool:
        desk, first = self._desk, records[0]
        post = Post(
            kind=PostKind.SEND,
            conversation=first.conversation,
            message=desk.telling.shown(records),
            slot=card_slot(first.card_id),
            reply_to=f"message:{incoming.message}" if incoming.message else None,
            matter=Matter.ANSWER,
            hear=(incoming.identity,),
            again=_asking(records),
        )
        drill = (("drill", "yes"),) if first.drill else ()
        notes = [
            desk.note("asked", incoming.identity, record.id, ("text", incoming.text), *drill) for record in records
        ]
        opened = await desk.store.open(records, notes, lambda _head: [post])
        desk.messenger.wake()
        return opened

    async def _arrive_late(self, record: MassCancel, reading: "asyncio.Future[Preview]") -> None:
        try:
            await asyncio.wait({reading})
        finally:
            await end({reading})  # a stop must not leave it behind
        preview = self._read(reading)
        if preview is None:
            return
        fresh = await self._desk.store.mass_cancel(record.id) or record
        event = Event(kind=EventKind.PREVIEW, preview=preview)
        try:
            step(fresh, event, self._desk.clock.now())
            await self._desk.take(fresh, event)
        except Refused:
            self._desk.log().info("preview came after the card had ended", mass_cancel=record.id)


def _asking(records: Sequence[MassCancel]) -> Command:
    """What asks for the same card anew."""
    first = records[0]
    account = first.scope.account if len(records) == 1 else ALL_ACCOUNTS
    words = replace(card.words_of(first.scope), account=account)
    return Command(verb=Verb.DRILL if first.drill else Verb.CANCELALL, words=words)
