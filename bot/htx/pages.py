"""All pages of one query, and never "complete" when they are not.

What HTX's docs say: at most 100 a page, `from` takes a row's `id`, `next` goes up in time. What they do not say:
whether `from` itself is part of the page, where a page without `from` begins, and whether a page may be shorter
than asked. So a page is the last one only if it brings nothing beyond its cursor, and one that contradicts its
cursor fails the read. A row that has no cursor counts as a row of its page, and ends nothing: what lies beyond a
page of such rows is looked at from the other end.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeVar

from bot.errors import ReadFailed
from bot.htx.careful import as_it_came
from bot.htx.codes import INPUT_REFUSALS
from bot.htx.wire import PAGE, OpensQuery
from bot.htx.wire_opens import Row
from bot.model import Order

CAPS: Final = frozenset({10, 20, 50, PAGE})
"""First pages of just so many rows may have been cut by a limit, HTX's or a smaller one of its own."""

MAX_PAGES: Final = 500

TOP: Final = 2**63 - 1
"""A cursor above every order's: ids of today are a fifth of it."""

_T = TypeVar("_T")

Sought = Callable[[Order], bool]
"""Whether an order is one of those whose absence is to be proved."""

Fetch = Callable[[OpensQuery], Awaitable[tuple[Row, ...]]]
"""Reads one page. Raises ReadFailed."""


def joined(before: Order | None, now: Order) -> Order:
    """One order from two rows of it: what one leaves open the other tells; a fact in which they differ is open."""
    if before is None or _facts(before) == _facts(now):
        return now
    differ = [
        (name, as_it_came(f"{one}, then {other}"))
        for name, one, other in zip(_DECIDING, _facts(before), _facts(now), strict=True)
        if one and other and one != other
    ]
    return replace(
        now,
        contract=_agreed(before.contract, now.contract) or "",
        side=_agreed(before.side, now.side),
        position_side=_agreed(before.position_side, now.position_side),
        odd=tuple(dict((*now.odd, *differ)).items()),
    )


_DECIDING: Final = ("contract_code", "side", "position_side")


def _facts(order: Order) -> tuple[str | None, ...]:
    """What decides whether it is in a scope."""
    return order.contract, order.side, order.position_side


def _agreed(one: _T | None, other: _T | None) -> _T | None:
    if one and other:
        return one if one == other else None
    return one or other


@dataclass(frozen=True, slots=True, kw_only=True)
class _End:
    """Where a walk ended."""

    at: int
    """Its last cursor."""
    seen: frozenset[str]
    """What it showed."""
    stuck: frozenset[str]
    """Rows on its last page that have no cursor to go on from: more may lie beyond them."""
    cut: bool
    """Whether that page may have been cut by a limit, known or not."""


class Pages:
    """All pages of one query; use it once."""

    def __init__(self, fetch: Fetch, contract: str, margin_mode: str | None) -> None:
        self._fetch = fetch
        self._contract = contract
        self._margin_mode = margin_mode
        self._found: dict[str, Order] = {}
        self._first: tuple[Row, ...] = ()
        self._borrowed: bool | None = None
        """Whether these pages are counted by order ids; None before the first row."""
        self._pages = 0

    async def all(self) -> dict[str, Order]:
        """Every order by its id. Raises ReadFailed."""
        self._first = first = await self._page(None, None)
        # Over the limit: it is ignored, and this is all. Under it and no round number: nothing was cut.
        if len(first) in CAPS:
            # Down to the very first, then all the way up: that holds whatever the order of the first page was.
            try:
                lowest = await self._down(first)
            except ReadFailed as error:
                if error.why != "incomplete":
                    raise
                await self._upward_only(first)
            else:
                await self._up(lowest)
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
            # All of it again: a page may leave out some between its own ends.
            await self._up(await self._down(first))
        except ReadFailed as error:
            if error.why != "incomplete" or any(self._cursor(row) is None for row in first):
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
        await self._up(0)
        if not known <= self._found.keys():
            raise ReadFailed(why="incomplete")

    async def _down(self, first: tuple[Row, ...]) -> int:
        """To the very first order; the cursor from which all lies upward."""
        end = await self._walk("prev", min(self._cursors(first), default=TOP))
        return 0 if end.stuck else end.at

    async def _up(self, start: int) -> None:
        """From a cursor to the very last order.

        Raises:
            ReadFailed: the last page is one that cannot be stepped past, and there may be more.
        """
        end = await self._walk("next", start)
        if not end.stuck:
            return
        down = await self._walk("prev", TOP)
        met = down.at <= end.at or not (end.cut or down.cut)  # between the two lie such rows alone
        # The rows must show from both ends: a server that takes `prev` otherwise shows the oldest, not the newest.
        shown = end.stuck <= down.seen and self._found.keys() <= end.seen | down.seen
        if not (met and shown):
            raise ReadFailed(why="incomplete")

    async def _walk(self, direct: Literal["next", "prev"], start: int) -> _End:
        """Page on from `start` until nothing with a cursor lies beyond."""
        sign = 1 if direct == "next" else -1
        at, seen = start, set[str]()
        while True:
            rows = await self._page(at, direct)
            seen |= {row.order.order_id for row in rows}
            steps = [(cursor - at) * sign for cursor in self._cursors(rows)]
            if any(step < 0 for step in steps):
                # Rows from behind the cursor: `from` or `direct` does not mean what we think.
                raise ReadFailed(why="incomplete")
            furthest = max(steps, default=0)
            if furthest == 0:
                stuck = frozenset(row.order.order_id for row in rows if self._cursor(row) is None)
                return _End(at=at, seen=frozenset(seen), stuck=stuck, cut=len(rows) >= min(CAPS))
            at += furthest * sign

    def _cursors(self, rows: Iterable[Row]) -> list[int]:
        return [cursor for row in rows if (cursor := self._cursor(row)) is not None]

    def _cursor(self, row: Row) -> int | None:
        """Where a row stands; None for one that is counted differently from those before it, or not at all."""
        return row.cursor if row.borrowed is self._borrowed else None

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
        if self._borrowed is None and (counted := [row.borrowed for row in rows if row.cursor is not None]):
            self._borrowed = all(counted)
        for row in rows:
            self._found[row.order.order_id] = joined(self._found.get(row.order.order_id), row.order)
        return rows
