"""What a card shows, read in the time a card has: orders in scope, what is open elsewhere, mode, triggers."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Final

from bot.errors import KeyUnusable, ReadFailed
from bot.model import ALL, AccountName, Order, PositionMode, Preview, Scope, Target, Unread
from bot.service.desk import Desk
from bot.service.triggers import beside

PATIENCE: Final = 0.8
"""Seconds a card waits for its preview."""

_GRACE: Final = 0.4
"""Seconds a card that could go out waits for its count of triggers."""

_IN_HAND: Final = 0.05
"""Seconds of its patience that a card keeps for itself."""


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


def seen(desk: Desk, reading: "asyncio.Future[Preview]") -> Preview | Unread:
    """What a reading that has ended came to."""
    try:
        return reading.result()
    except ReadFailed as error:
        desk.log().warning("preview failed", error=repr(error))
        return Unread(why=error.why, code=error.code)
    except KeyUnusable as error:
        desk.log().warning("preview failed", error=repr(error))
        return Unread(why="key")
    except Exception:  # noqa: BLE001 whatever broke: a preview must not block the switch
        desk.log().exception("preview broke")
        return Unread(why="internal")
