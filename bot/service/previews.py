"""The card: read what would go, and never wait longer than 800 ms. A preview does not block a kill switch.

A card for triggers names ids, so it needs them: it waits 5 s, and there is none without.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot import card
from bot.errors import Conflict, Refused
from bot.listing import Unlisted
from bot.model import (
    ALL_ACCOUNTS,
    Command,
    Event,
    EventKind,
    Incoming,
    Listing,
    MassCancel,
    MassCancelId,
    Matter,
    Message,
    Post,
    PostKind,
    Preview,
    Scope,
    State,
    Target,
    Unread,
    Verb,
)
from bot.service.desk import Desk, answer_to, under_card
from bot.service.late import Late
from bot.service.looks import PATIENCE, read_preview, seen
from bot.service.targets import can_be_named
from bot.service.tasks import end
from bot.service.telling import card_slot
from bot.service.turns import Turns
from bot.service.unlisted import listing_of
from bot.words import cards

LIST_PATIENCE: Final = 5.0
"""Seconds a card for triggers waits for its list: without one it could confirm nothing."""

_PATIENCE_FOR: Final = {Target.ORDERS: PATIENCE, Target.TRIGGERS: LIST_PATIENCE}

PLENTY: Final = timedelta(seconds=20)
"""With so much time left on a card, asking again only points to it."""


class Previews:
    """Opens cards."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._late = Late(desk)
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
        looks = await self._within_patience(readings, scopes[0].target)
        if instead := _instead_of_a_card(scopes, looks, verb):
            await end(readings)
            await desk.say(answer_to(incoming, instead))
            return
        has_orders = any(isinstance(look, Preview) and look.orders for look in looks)
        whole = scopes[0] if len(scopes) == 1 else replace(scopes[0], account=ALL_ACCOUNTS)
        listing = await listing_of(desk, incoming, whole, verb, has_orders=has_orders)
        if isinstance(listing, Unlisted):
            for reading in readings:
                reading.cancel()
            return
        while True:
            made = self._records(incoming, scopes, looks, listing)
            records = [replace(record, drill=verb is Verb.DRILL) for record in made]
            try:
                opened = await self._commit(incoming, records)
            except Conflict:  # an id is taken: one in millions, and nobody's fault
                continue
            break
        if opened and old:  # only now: whatever happens, "replaced by" names a card that exists
            await self._end_old(old[0], records[0].id)
        for record, reading in zip(records, readings, strict=True):
            if opened and record.preview is None:
                self._late.follow(record, reading)

    def _records(
        self,
        incoming: Incoming,
        scopes: Sequence[Scope],
        looks: Sequence[Preview | Unread | None],
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
                preview=look if isinstance(look, Preview) else None,
                unread=look if isinstance(look, Unread) else None,
                listing=listing,
                card=ids if len(ids) > 1 else (),
            )
            for id_, scope, look in zip(ids, scopes, looks, strict=True)
        ]

    async def _within_patience(
        self, readings: Sequence["asyncio.Future[Preview]"], target: Target
    ) -> list[Preview | Unread | None]:
        """What was read in time, or why not: a slow account does not take the others' previews with it."""
        timer = asyncio.ensure_future(self._desk.clock.sleep(_PATIENCE_FOR[target]))
        waiting: set[asyncio.Future[Any]] = set(readings)
        try:
            while waiting and not timer.done():
                done, _ = await asyncio.wait({*waiting, timer}, return_when=asyncio.FIRST_COMPLETED)
                waiting -= done
        finally:
            timer.cancel()
        return [seen(self._desk, reading) if reading.done() else None for reading in readings]

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


def _asking(records: Sequence[MassCancel]) -> Command:
    """What asks for the same card anew."""
    first = records[0]
    account = first.scope.account if len(records) == 1 else ALL_ACCOUNTS
    words = replace(card.words_of(first.scope), account=account)
    return Command(verb=Verb.DRILL if first.drill else Verb.CANCELALL, words=words)


def _instead_of_a_card(
    scopes: Sequence[Scope], looks: Sequence[Preview | Unread | None], verb: Verb
) -> Message | None:
    """What is said where a tap could do nothing; None: there is to be a card."""
    if all(isinstance(look, Unread) and look.hopeless for look in looks):
        return card.no_key(scopes, verb)
    if scopes[0].target is Target.ORDERS:
        return None
    read = [(scope, look) for scope, look in zip(scopes, looks, strict=True) if isinstance(look, Preview)]
    if any(can_be_named(scope, order) for scope, look in read for order in look.orders):
        return None
    first = next((look for _, look in read if look.orders), looks[0])
    return card.no_list(scopes[0], first)
