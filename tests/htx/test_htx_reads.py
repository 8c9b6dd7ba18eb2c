import asyncio
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import ReadFailed
from bot.htx.pages import MAX_PAGES, Pages, Sought, joined
from bot.htx.wire import OpensQuery
from bot.htx.wire_opens import Row
from bot.model import ALL, Order, PositionSide, Side
from tests.htx.htx_kit import BTC


def row(number: int, *, contract: str = BTC, cursor: int | None = None) -> Row:
    order = Order(
        order_id=str(10**18 + number),
        client_order_id=None,
        contract=contract,
        side=Side.BUY,
        position_side=PositionSide.LONG,
        price=Decimal(1),
        volume=Decimal(1),
        filled=Decimal(0),
        reduce_only=False,
        state="new",
    )
    return Row(cursor=cursor if cursor is not None else number, order=order)


def ids(count: int) -> set[str]:
    return {str(10**18 + number) for number in range(1, count + 1)}


@dataclass(kw_only=True)
class Server:
    """Pages as HTX might serve them: each field is something its docs leave open, or get wrong."""

    count: int
    cap: int = 100
    inclusive: bool = False
    first: Literal["oldest", "newest", "middle"] = "oldest"
    sort: Literal["paged", "upward", "shuffled"] = "paged"
    ignores: frozenset[str] = frozenset()
    prev: Literal["nearest", "furthest"] = "nearest"
    drops_cursor_after_cut: bool = False
    unplaced: frozenset[int] = frozenset()
    """Orders whose rows have no cursor."""
    asked: list[OpensQuery] = field(default_factory=list)

    async def __call__(self, query: OpensQuery) -> tuple[Row, ...]:
        self.asked.append(query)
        numbers = self._arranged(self._cut(query))
        return tuple(self._row(number) for number in numbers)

    def _row(self, number: int) -> Row:
        return replace(row(number), cursor=None) if number in self.unplaced else row(number)

    def _cut(self, query: OpensQuery) -> list[int]:
        every = list(range(1, self.count + 1))
        cap = 10**9 if "limit" in self.ignores else self.cap
        cursor = None if "from" in self.ignores else query.cursor
        if cursor is None:
            begin = {"oldest": 0, "newest": max(0, self.count - cap), "middle": max(0, (self.count - cap) // 2)}
            return every[begin[self.first] :][:cap]
        upward = "direct" in self.ignores or query.direct == "next"
        keep = self.inclusive or self.drops_cursor_after_cut
        past = [n for n in every if (keep if n == cursor else (n > cursor) is upward)]
        nearest = upward or self.prev == "nearest"
        page = past[:cap] if upward or not nearest else past[-cap:]
        return [n for n in page if n != cursor] if self.drops_cursor_after_cut else page

    def _arranged(self, numbers: list[int]) -> Sequence[int]:
        if self.sort == "upward":
            return numbers
        return numbers[::-1] if self.sort == "paged" else sorted(numbers, key=lambda n: (n * 7919) % 104_729)


async def read(server: Server, sought: Sought | None = None) -> set[str]:
    pages = Pages(server, ALL, None)
    found = await pages.all()
    if sought is not None:
        found = await pages.beyond(sought)
    assert all(key == order.order_id for key, order in found.items())
    return set(found)


COUNTS = [0, 1, 9, 10, 11, 19, 20, 21, 49, 50, 51, 99, 100, 101, 199, 200, 201, 250, 300, 301]


@pytest.mark.parametrize("first", ["oldest", "newest", "middle"])
@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("sort", ["paged", "upward", "shuffled"])
async def test_all_pages(
    first: Literal["oldest", "newest", "middle"],
    inclusive: bool,
    sort: Literal["paged", "upward", "shuffled"],
) -> None:
    """Every order is found, wherever the first page begins, with `from` in or out, in any order within a page."""
    for count in COUNTS:
        server = Server(count=count, inclusive=inclusive, first=first, sort=sort)
        assert await read(server) == ids(count), count


@pytest.mark.parametrize("cap", [10, 20, 50])
@pytest.mark.parametrize("inclusive", [False, True])
async def test_a_smaller_cap_than_asked_for(cap: int, inclusive: bool) -> None:
    """A server that cuts at 10, 20 or 50 rows is noticed and paged to the end."""
    for count, first in itertools.product([cap - 1, cap, cap + 1, 3 * cap, 250], ("oldest", "newest")):
        server = Server(
            count=count, cap=cap, inclusive=inclusive, first="newest" if first == "newest" else "oldest"
        )
        assert await read(server) == ids(count)


def absent(_order: Order) -> bool:
    """None of them is sought."""
    return False


@pytest.mark.parametrize("cap", [2, 3, 7, 25, 40, 97])
@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("first", ["oldest", "newest", "middle"])
@pytest.mark.parametrize("ignores", ["", "direct"])
async def test_a_proof_looks_beyond_a_page_of_any_size(
    cap: int, inclusive: bool, first: Literal["oldest", "newest", "middle"], ignores: str
) -> None:
    """A server that cuts where it likes is read to both ends."""
    for count in (0, 1, cap, cap + 1, 2 * cap + 1):
        server = Server(
            count=count, cap=cap, inclusive=inclusive, first=first, ignores=frozenset({ignores} - {""})
        )
        assert await read(server, absent) == ids(count), count


@pytest.mark.parametrize("code", ["1067", "1030", "1031"])
async def test_a_live_order_that_was_read_is_never_dropped(code: str) -> None:
    """`prev` is refused, an order of the first page filled before the way up: the read fails, none is hidden."""
    server, filled = Server(count=8, cap=7, first="newest"), False

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        nonlocal filled
        if query.direct == "prev":
            filled = True
            raise ReadFailed(why=f"code {code}", code=code)
        rows = await server(query)
        return tuple(each for each in rows if not (filled and each.cursor == 5))

    pages = Pages(fetch, ALL, None)
    await pages.all()
    with pytest.raises(ReadFailed) as caught:
        await pages.beyond(lambda order: order.order_id == str(10**18 + 1))
    assert caught.value.why == "incomplete"


async def test_a_gap_within_the_first_page_is_found() -> None:
    """A first page in an order of its own may leave out some between its lowest and its highest."""

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        if query.cursor is None:
            return tuple(row(number) for number in (1, 3, 4, 5, 6, 7, 9))
        return await Server(count=9)(query)

    pages = Pages(fetch, ALL, None)
    await pages.all()
    assert set(await pages.beyond(absent)) == ids(9)


async def test_a_proof_from_a_server_without_pages() -> None:
    """Where `from` is not understood there is no way to more: a page of no round number is believed."""
    assert await read(Server(count=14, ignores=frozenset({"from"})), absent) == ids(14)


@pytest.mark.parametrize("sought", [None, lambda order: order.order_id.endswith("3")])
async def test_a_short_page_is_one_request(sought: Sought | None) -> None:
    """The usual case costs one request, without `from` and `direct`; also where it shows what is sought."""
    server = Server(count=14)
    await read(server, sought)
    assert server.asked == [OpensQuery(contract=ALL)]


@pytest.mark.parametrize("count", [101, 150, 250, 1999])
async def test_a_server_that_ignores_the_limit_is_complete(count: int) -> None:
    """More rows than asked for are all the rows."""
    server = Server(count=count, ignores=frozenset({"limit"}))
    assert await read(server) == ids(count)
    assert len(server.asked) == 1


@pytest.mark.parametrize("count", [100, 101, 150, 200, 500])
@pytest.mark.parametrize("first", ["oldest", "newest", "middle"])
async def test_a_server_that_knows_no_way_down_is_read_upward(
    count: int, first: Literal["oldest", "newest", "middle"]
) -> None:
    """A server that ignores `direct` and always pages upward is read from 0, whole."""
    server = Server(count=count, first=first, ignores=frozenset({"direct"}))
    assert await read(server) == ids(count)


@pytest.mark.parametrize("count", [100, 101, 150, 200, 500])
@pytest.mark.parametrize("first", ["oldest", "newest", "middle"])
async def test_a_server_that_ignores_paging_is_never_complete(
    count: int, first: Literal["oldest", "newest", "middle"]
) -> None:
    """A full page from a server that ignores `from` fails the read instead of passing for all."""
    server = Server(count=count, first=first, ignores=frozenset({"from"}))
    with pytest.raises(ReadFailed) as caught:
        await read(server)
    assert caught.value.why == "incomplete"
    assert len(server.asked) <= 4


@pytest.mark.parametrize("count", [150, 200, 300, 350])
async def test_a_prev_that_jumps_to_the_far_end_leaves_no_gap(count: int) -> None:
    """A `prev` page of the oldest rows, not of the nearest, hides nothing: the way up finds what lies between."""
    assert await read(Server(count=count, first="newest", prev="furthest")) == ids(count)


@pytest.mark.parametrize("count", [100, 199, 250])
async def test_a_cursor_row_dropped_after_the_cut_ends_nothing(count: int) -> None:
    """Pages of 99 because the cursor was taken out after the cut are not taken for the last."""
    assert await read(Server(count=count, first="newest", drops_cursor_after_cut=True)) == ids(count)


@given(
    count=st.integers(0, 420),
    cap=st.sampled_from([10, 20, 50, 100]),
    inclusive=st.booleans(),
    first=st.sampled_from(["oldest", "newest", "middle"]),
    sort=st.sampled_from(["paged", "upward", "shuffled"]),
    ignores=st.frozensets(st.sampled_from(["from", "direct", "limit"])),
    prev=st.sampled_from(["nearest", "furthest"]),
    dropped=st.booleans(),
)
def test_complete_or_failed(  # noqa: PLR0913, PLR0917  the unknowns of one server
    count: int,
    cap: int,
    inclusive: bool,
    first: Literal["oldest", "newest", "middle"],
    sort: Literal["paged", "upward", "shuffled"],
    ignores: frozenset[str],
    prev: Literal["nearest", "furthest"],
    dropped: bool,
) -> None:
    """Whatever a server makes of paging, the read is complete or it fails; it is never short."""
    server = Server(
        count=count,
        cap=cap,
        inclusive=inclusive,
        first=first,
        sort=sort,
        ignores=ignores,
        prev=prev,
        drops_cursor_after_cut=dropped,
    )
    try:
        found = asyncio.run(read(server))
    except ReadFailed:
        return
    assert found == ids(count)


async def test_endless_pages_end() -> None:
    """A server that never runs out of rows is left after 500 pages."""
    asked: list[OpensQuery] = []

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        asked.append(query)
        start = (query.cursor or 10**9) + (1 if query.direct != "prev" else -100)
        return tuple(row(number) for number in range(start, start + 100))

    with pytest.raises(ReadFailed) as caught:
        await Pages(fetch, ALL, None).all()
    assert caught.value.why == "incomplete"
    assert len(asked) == MAX_PAGES


async def test_rows_without_a_cursor_cannot_be_paged() -> None:
    """A full page whose rows have no number to go on from is not complete."""

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        return tuple(Row(cursor=None, order=row(number).order) for number in range(10))

    with pytest.raises(ReadFailed) as caught:
        await Pages(fetch, ALL, None).all()
    assert caught.value.why == "incomplete"


SERVERS = st.builds(
    Server,
    count=st.integers(0, 130),
    cap=st.sampled_from([10, 20, 25, 50, 100]),
    first=st.sampled_from(["oldest", "newest", "middle"]),
    inclusive=st.booleans(),
    prev=st.sampled_from(["nearest", "furthest"]),
    ignores=st.sampled_from([frozenset(), frozenset({"limit"})]),
    unplaced=st.frozensets(st.integers(1, 130), max_size=40),
)


@given(SERVERS)
async def test_rows_without_a_place_end_no_paging_early(server: Server) -> None:
    """Wherever they stand, a proof finds every order or fails, and ends after as many pages as there can be."""
    try:
        assert await read(server, lambda _order: False) == ids(server.count)
    except ReadFailed:
        assert server.unplaced or server.prev == "furthest"
    assert len(server.asked) <= MAX_PAGES


@pytest.mark.parametrize("unplaced", [{1}, {41}, {1, 41}, {40, 41}, {20, 21, 22}, {7, 8, 9, 30}])
@pytest.mark.parametrize("cap", [25, 100])
async def test_one_row_without_a_place_costs_no_proof(unplaced: set[int], cap: int) -> None:
    """Among others that have one, and alone: what lies beyond it is seen from the other end."""
    server = Server(count=41, cap=cap, unplaced=frozenset(unplaced))
    assert await read(server, lambda _order: False) == ids(41)


async def test_a_list_of_nothing_but_rows_without_a_place() -> None:
    """A few of them are all there is; so many that a limit may have cut them prove nothing."""
    for count in range(1, 10):
        server = Server(count=count, unplaced=frozenset(range(1, 200)))
        assert await read(server, lambda _order: False) == ids(count)
    for count in (10, 25, 41, 150):
        with pytest.raises(ReadFailed):
            await read(Server(count=count, cap=25, unplaced=frozenset(range(1, 200))), lambda _order: False)


async def test_pages_are_counted_in_one_way_only() -> None:
    """An order id that stands in for a missing `id` must not push the cursor past orders that have theirs."""
    rows = [replace(row(number), cursor=1000 + number) for number in range(1, 131)]
    rows[57] = replace(rows[57], cursor=10**18 + 58, borrowed=True)

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        cursor = query.cursor or 0
        up = [one for number, one in enumerate(rows, 1001) if number > cursor][:50]
        down = [one for number, one in enumerate(rows, 1001) if number < cursor][-50:]
        return tuple(down if query.direct == "prev" else up)

    assert set(await Pages(fetch, ALL, None).all()) == ids(130)


def test_two_rows_of_one_order_leave_open_what_they_differ_in() -> None:
    """What one of them cannot say the other tells; an order that is there twice is excluded by neither alone."""
    buy = row(1).order
    sell, odd = replace(buy, side=Side.SELL), replace(buy, side=None, contract="", odd=(("side", "null"),))
    assert joined(odd, buy) == buy
    assert (joined(buy, odd).side, joined(buy, odd).contract) == (Side.BUY, BTC)
    for pair in ((buy, sell), (sell, buy)):
        assert joined(*pair).side is None
        assert "then" in dict(joined(*pair).odd)["side"]
    assert joined(None, buy) is buy
