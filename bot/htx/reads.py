"""Reading every open order: pages, margin modes, each order once, and never "complete" when it is not.

What HTX's docs say: at most 100 a page, `from` takes a row's `id`, `next` goes up in time. What they do not say:
whether `from` itself is part of the page, where a page without `from` begins, and whether a page may be shorter
than asked. So a page is the last one only if it brings nothing beyond its cursor, and one that contradicts its
cursor fails the read.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Final, Literal, TypeVar

from bot.errors import ReadFailed
from bot.htx.codes import INPUT_REFUSALS, PARAMETER_REFUSALS
from bot.htx.wire import PAGE, OpensQuery, Row
from bot.model import Order, TriggerKind

MARGIN_MODES: Final = ("isolated", "cross")
"""Asked for by name besides the read without one, whose default the docs leave open (HTX V5 docs, order/opens)."""

CAPS: Final = frozenset({10, 20, 50, PAGE})
"""First pages of just so many rows may have been cut by a limit, HTX's or a smaller one of its own."""

MAX_PAGES: Final = 500

APART: Final = 1.5
"""Seconds that may lie between the ends of the reads that make one: what came in between is in none of them."""

_P = TypeVar("_P")

Sought = Callable[[Order], bool]
"""Whether an order is one of those whose absence is to be proved."""

Fetch = Callable[[OpensQuery], Awaitable[tuple[Row, ...]]]
"""Reads one page. Raises ReadFailed."""


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
    return tuple({id_: order for rows in found.values() for id_, order in rows.items()}.values())


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


class Pages:
    """All pages of one query; use it once."""

    def __init__(self, fetch: Fetch, contract: str, margin_mode: str | None) -> None:
        self._fetch = fetch
        self._contract = contract
        self._margin_mode = margin_mode
        self._found: dict[str, Order] = {}
        self._first: tuple[Row, ...] = ()
        self._pages = 0

    async def all(self) -> dict[str, Order]:
        """Every order by its id. Raises ReadFailed."""
        self._first = first = await self._page(None, None)
        # Over the limit: it is ignored, and this is all. Under it and no round number: nothing was cut.
        if len(first) in CAPS:
            # Down to the very first, then all the way up: that holds whatever the order of the first page was.
            try:
                lowest = await self._walk("prev", min(map(_cursor, first)))
            except ReadFailed as error:
                if error.why != "incomplete":
                    raise
                await self._upward_only(first)
            else:
                await self._walk("next", lowest)
        return self._found

    async def beyond(self, sought: Sought) -> dict[str, Order]:
        """Every order, after a look past both ends of a first page that shows nothing of what is sought.

        On a server that cannot page at all that page stays all.

        Raises:
            ReadFailed: there is more, and it cannot be paged to.
        """
        first, known = self._first, len(self._found)
        if not first or len(first) in CAPS or any(sought(row.order) for row in first):
            return self._found
        try:
            lowest = await self._walk("prev", min(map(_cursor, first)))
            await self._walk("next", lowest)  # all of it again: a page may leave out some between its own ends
        except ReadFailed as error:
            if error.why != "incomplete" or any(row.cursor is None for row in first):
                raise
            await self._beyond_upward(first, known)
        return self._found

    async def _beyond_upward(self, first: tuple[Row, ...], known: int) -> None:
        found = self._found
        try:
            await self._upward_only(first)
        except ReadFailed as error:
            if error.why != "incomplete" or len(found) > known or not self._found.keys() <= found.keys():
                raise  # more was seen than the first page had
            self._found = found

    async def _upward_only(self, first: tuple[Row, ...]) -> None:
        """Where `prev` is not understood: up from 0, the documented default of `from`, and all must come again.

        Raises:
            ReadFailed: paging upward does not bring what the first page brought.
        """
        known = {row.order.order_id for row in first}
        self._found = {}
        await self._walk("next", 0)
        if not known <= self._found.keys():
            raise ReadFailed(why="incomplete")

    async def _walk(self, direct: Literal["next", "prev"], start: int) -> int:
        """Page on from `start` until nothing lies beyond; returns the last cursor."""
        sign = 1 if direct == "next" else -1
        at = start
        while True:
            steps = [(_cursor(row) - at) * sign for row in await self._page(at, direct)]
            if any(step < 0 for step in steps):
                # Rows from behind the cursor: `from` or `direct` does not mean what we think.
                raise ReadFailed(why="incomplete")
            furthest = max(steps, default=0)
            if furthest == 0:
                return at
            at += furthest * sign

    async def _page(self, cursor: int | None, direct: Literal["next", "prev"] | None) -> tuple[Row, ...]:
        self._pages += 1
        if self._pages > MAX_PAGES:
            raise ReadFailed(why="incomplete")
        query = OpensQuery(contract=self._contract, margin_mode=self._margin_mode, cursor=cursor, direct=direct)
        try:
            rows = await self._fetch(query)
        except ReadFailed as error:
            if cursor is None or error.code not in INPUT_REFUSALS:
                raise
            raise ReadFailed(why="incomplete") from error  # the cursor is refused, not the margin mode
        self._found |= {row.order.order_id: row.order for row in rows}
        return rows


def _cursor(row: Row) -> int:
    if row.cursor is None:
        raise ReadFailed(why="incomplete")
    return row.cursor
