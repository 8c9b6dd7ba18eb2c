"""Reading every open order: margin modes or kinds, of one time, each order once. One query's pages: `pages`."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, TypeVar

from bot.errors import ReadFailed
from bot.htx.codes import PARAMETER_REFUSALS
from bot.htx.pages import Fetch, Pages, Sought, joined
from bot.htx.wire_opens import ANOTHER_CONTRACT
from bot.model import ALL, ContractCode, Order, TriggerKind

MARGIN_MODES: Final = ("isolated", "cross")
"""Asked for by name besides the read without one, whose default the docs leave open (HTX V5 docs, order/opens)."""

APART: Final = 1.5
"""Seconds that may lie between the ends of the reads that make one: what came in between is in none of them."""

_P = TypeVar("_P")


async def of_contract(
    contract: ContractCode, read: Callable[[ContractCode], Awaitable[tuple[Order, ...]]]
) -> tuple[Order, ...]:
    """The orders of a contract, or those that may be of it.

    An answer with rows of another contract is not believed: it may be one to another question. The orders of every
    contract are read then, where such rows contradict nothing. Raises ReadFailed.
    """
    try:
        return await read(contract)
    except ReadFailed as error:
        if error.why != ANOTHER_CONTRACT or contract == ALL:
            raise
    return tuple(order for order in await read(ALL) if order.may_be(contract, None, None))


async def every_order(
    fetch: Fetch,
    contract: str,
    margin_modes: Sequence[str],
    monotonic: Callable[[], float] = time.monotonic,
    *,
    sought: Sought | None = None,
) -> tuple[tuple[Order, ...], tuple[str, ...]]:
    """All open orders of a contract, and the margin modes HTX refused to be asked for.

    The read without a margin mode is mandatory. A margin mode HTX refuses as a parameter is left out; any other
    failure fails the whole. What was read long before the last of them is read again, once.

    Args:
        fetch: reads one page.
        contract: a contract code, or `ALL`.
        margin_modes: those to be asked for by name.
        monotonic: a clock, seconds.
        sought: what must not be missed: beyond a page of any size that shows none of it is looked, too.

    Raises:
        ReadFailed: a read failed, or is not surely complete.
    """
    pages: dict[str | None, Pages] = {}

    async def read(mode: str | None) -> dict[str, Order]:
        pages[mode] = Pages(fetch, contract, mode)
        return await pages[mode].all()

    found, refused = await _of_one_time((None, *margin_modes), margin_modes, read, monotonic)
    if sought is not None:
        found = await _beyond(found, pages, sought)
    return _united(found), tuple(mode for mode in refused if mode is not None)


async def _beyond(
    found: Mapping[str | None, dict[str, Order]], pages: Mapping[str | None, "Pages"], sought: Sought
) -> dict[str | None, dict[str, Order]]:
    """The same, with what lies beyond pages that show nothing of what is sought.

    A margin mode whose rows the read without one has, too, is part of that one: it need not be asked twice.
    """
    whole = await pages[None].beyond(sought)
    others = [mode for mode, rows in found.items() if mode is not None and not rows.keys() <= whole.keys()]
    return {**found, None: whole, **await _each_beyond({mode: pages[mode] for mode in others}, sought)}


async def _each_beyond(pages: Mapping[_P, "Pages"], sought: Sought) -> dict[_P, dict[str, Order]]:
    """What each part shows, looked at beyond its first page. All looks have ended then. Raises ReadFailed."""
    looked = await asyncio.gather(*(each.beyond(sought) for each in pages.values()), return_exceptions=True)
    found: dict[_P, dict[str, Order]] = {}
    for part, rows in zip(pages, looked, strict=True):
        if isinstance(rows, BaseException):
            raise rows
        found[part] = rows
    return found


async def every_trigger(
    fetch_of: Callable[[TriggerKind], Fetch],
    contract: str,
    monotonic: Callable[[], float] = time.monotonic,
    *,
    sought: Sought | None = None,
) -> tuple[Order, ...]:
    """All open orders of a contract that wait for a price, of every kind; otherwise as `every_order`.

    Raises:
        ReadFailed: a kind could not be read, or is not surely complete.
    """
    pages: dict[TriggerKind, Pages] = {}

    async def read(kind: TriggerKind) -> dict[str, Order]:
        pages[kind] = Pages(fetch_of(kind), contract, None)
        return await pages[kind].all()

    found, _ = await _of_one_time(tuple(TriggerKind), (), read, monotonic)
    if sought is not None:
        found = await _each_beyond(pages, sought)
    return _united(found)


def _united(found: Mapping[_P, dict[str, Order]]) -> tuple[Order, ...]:
    """Each order once."""
    united: dict[str, Order] = {}
    for rows in found.values():
        for id_, order in rows.items():
            united[id_] = joined(united.get(id_), order)
    return tuple(united.values())


async def _of_one_time(
    parts: Sequence[_P],
    optional: Collection[_P],
    read: Callable[[_P], Awaitable[dict[str, Order]]],
    monotonic: Callable[[], float],
) -> tuple[dict[_P, dict[str, Order]], list[_P]]:
    """What each part showed, and those of the optional ones that were refused; none of them of another time.

    Where one ended long after another, all that began long before that are read again, once.

    Raises:
        ReadFailed: a part failed.
    """
    began: dict[_P, float] = {}
    ended: dict[_P, float] = {}

    async def timed(part: _P) -> dict[str, Order]:
        began[part] = monotonic()
        try:
            return await read(part)
        finally:
            ended[part] = monotonic()

    found, refused = await _together(parts, optional, timed)
    last = max(ended.values())
    if any(last - ended[part] > APART for part in found):
        # The late one, too: what it shows may be as old as its beginning.
        old = tuple(part for part in found if last - began[part] > APART)
        again, refused_now = await _together(old, optional, timed)
        if refused_now:
            raise ReadFailed(why="contradiction")
        found |= again
    return found, refused


async def _together(
    parts: Sequence[_P], optional: Collection[_P], read: Callable[[_P], Awaitable[dict[str, Order]]]
) -> tuple[dict[_P, dict[str, Order]], list[_P]]:
    """What each read found, and which were refused. All have ended then. Raises ReadFailed."""
    results = await asyncio.gather(*map(read, parts), return_exceptions=True)
    found: dict[_P, dict[str, Order]] = {}
    refused: list[_P] = []
    for part, result in zip(parts, results, strict=True):
        if not isinstance(result, BaseException):
            found[part] = result
        elif part in optional and isinstance(result, ReadFailed) and result.code in PARAMETER_REFUSALS:
            refused.append(part)
        else:
            raise result
    return found, refused
