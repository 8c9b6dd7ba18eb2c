"""`/orders`, `/status`, `/log`: they read and tell, and cancel nothing."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bot import card
from bot.errors import KeyUnusable, ReadFailed
from bot.listing import Unlisted
from bot.model import (
    ALL,
    AccountHealth,
    AccountName,
    Health,
    Identity,
    Incoming,
    MassCancelId,
    Order,
    Scope,
    Target,
    Verb,
)
from bot.service.desk import Desk, answer_to
from bot.service.looks import read_mode
from bot.service.triggers import beside
from bot.service.unlisted import listing_of
from bot.words import plain, reports

_PATIENCE: Final = 8.0
"""Seconds a reading may take before it counts as failed."""

_GRACE: Final = 2.0
"""Seconds a list of orders waits for the triggers."""


class Readings:
    """Answers the commands that only read."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def orders(self, incoming: Incoming, scope: Scope) -> None:
        """List the open orders of a scope, and what waits for a price there."""
        desk, scope = self._desk, scope.aimed_at(Target.ORDERS)
        rows: tuple[Order, ...] = ()
        triggers: tuple[Order, ...] | None = None
        failed: ReadFailed | None = None
        try:
            async with asyncio.timeout(_PATIENCE):
                reading = desk.exchange.open_orders(scope.account, scope.contract)
                rows, triggers = await beside(desk, scope, reading, grace=_GRACE)
        except (ReadFailed, KeyUnusable, TimeoutError) as error:
            failed = _as_read_failed(error)
        listing = await listing_of(desk, incoming, scope, Verb.ORDERS, has_orders=bool(rows or triggers))
        if isinstance(listing, Unlisted):
            return
        if failed is not None:
            message = card.notice(reports.unreadable(scope.account, failed))
        else:
            found = tuple(order for order in rows if scope.covers(order))
            message = card.order_list(scope, found, triggers, desk.clock.now(), listing)
        await desk.say(answer_to(incoming, message))

    async def status(self, incoming: Incoming, accounts: tuple[AccountName, ...]) -> None:
        """Tell whether it can fire right now."""
        health = await self.health(accounts)
        message = card.status(health, self._desk.started_at, self._names)
        await self._desk.say(answer_to(incoming, message))

    def _names(self, people: Sequence[Identity]) -> list[str]:
        return list(dict.fromkeys(plain.name(self._desk.policy.actor(one)) for one in people))

    async def log(self, incoming: Incoming, accounts: tuple[AccountName, ...], count: int) -> None:
        """List the last mass cancels."""
        rows = await self._desk.store.recent(accounts, count)
        await self._desk.say(answer_to(incoming, card.log(rows)))

    async def log_of(self, incoming: Incoming, accounts: tuple[AccountName, ...], id_: MassCancelId) -> None:
        """Tell one mass cancel as it is by now, with the file of its orders. What others did stays with them."""
        desk = self._desk
        record = await desk.store.mass_cancel(id_)
        on_card = () if record is None else await desk.on_card(record)
        if not on_card or any(one.scope.account not in accounts for one in on_card):
            await desk.say(answer_to(incoming, card.notice(reports.no_such(id_)), privately=True))
            return
        own = on_card if id_ == on_card[0].card_id else (record,) if record else on_card
        await desk.say(answer_to(incoming, card.logged(own, (await desk.store.head())[:4])))

    async def health(self, accounts: tuple[AccountName, ...]) -> Health:
        """Try everything that a mass cancel would need, short of the cancel."""
        desk = self._desk
        rows, hosts = await asyncio.gather(
            asyncio.gather(*(self._account(account) for account in accounts)), desk.exchange.measure()
        )
        return Health(
            accounts=tuple(rows),
            chats=desk.messenger.health(),
            hosts=hosts,
            read_at=desk.clock.now(),
            log_head=await desk.store.head(),
            waiting=desk.messenger.waiting(),
            journal_trouble=desk.journal.trouble,
            journal_shares_disk=desk.journal.shares_disk,
            log_lines_lost=desk.lost_lines(),
        )

    async def _account(self, account: AccountName) -> AccountHealth:
        desk = self._desk
        trouble, found, mode = None, None, None
        try:
            async with asyncio.timeout(_PATIENCE):
                rows, mode = await asyncio.gather(
                    desk.exchange.open_orders(account, ALL), read_mode(desk, account)
                )
            found = len(rows)
        except (ReadFailed, KeyUnusable, TimeoutError) as error:
            trouble = reports.trouble(_as_read_failed(error))
        return AccountHealth(
            account=account,
            key_tail=desk.keys.tail(account),
            trouble=trouble,
            open_orders=found,
            mode=mode,
            reads_left_out=desk.exchange.reads_left_out(account),
        )


def _as_read_failed(error: Exception) -> ReadFailed:
    if isinstance(error, ReadFailed):
        return error
    return ReadFailed(why="key" if isinstance(error, KeyUnusable) else "too slow")
