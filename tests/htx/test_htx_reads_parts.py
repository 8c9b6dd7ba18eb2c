"""Reads that are made of several: margin modes and kinds of triggers, complete and of one time."""

import asyncio

import pytest

from bot.errors import ReadFailed
from bot.htx.pages import Fetch
from bot.htx.reads import MARGIN_MODES, every_order, every_trigger
from bot.htx.wire import OpensQuery
from bot.htx.wire_opens import Row
from bot.model import TriggerKind
from tests.htx.htx_kit import BTC
from tests.htx.test_htx_reads import Server, ids, row


async def test_the_margin_modes_are_united() -> None:
    """An order that only one of the three reads shows is found, and one that all show is there once."""
    shown = {None: (row(1), row(2)), "isolated": (row(2), row(3)), "cross": (row(1), row(4))}

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        return shown[query.margin_mode]

    orders, refused = await every_order(fetch, BTC, MARGIN_MODES)
    assert sorted(order.order_id for order in orders) == sorted(ids(4))
    assert refused == ()


async def test_a_proof_looks_beyond_parts_that_show_others_only() -> None:
    """What a cut page hides is found in each part; one that another part has whole is not asked for more."""
    for servers in (
        {None: Server(count=41, cap=25), "isolated": Server(count=0), "cross": Server(count=41, cap=25)},
        {None: Server(count=0), "isolated": Server(count=41, cap=7), "cross": Server(count=0)},
    ):

        async def fetch(query: OpensQuery, parts: dict[str | None, Server] = servers) -> tuple[Row, ...]:
            return await parts[query.margin_mode](query)

        orders, _ = await every_order(fetch, BTC, MARGIN_MODES, sought=lambda _order: False)
        assert {order.order_id for order in orders} == ids(41)
        assert len(servers["cross"].asked) == 1


@pytest.mark.parametrize("code", ["1066", "1067", "1348", "4002"])
async def test_a_refused_margin_mode_is_left_out(code: str) -> None:
    """A margin mode HTX refuses as a parameter is named, and the rest counts as complete."""

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        if query.margin_mode == "isolated":
            raise ReadFailed(why=f"code {code}", code=code)
        return (row(1),)

    orders, refused = await every_order(fetch, BTC, MARGIN_MODES)
    assert (len(orders), refused) == (1, ("isolated",))


@pytest.mark.parametrize("mode", [None, "isolated", "cross"])
@pytest.mark.parametrize("code", ["1411", None, "1067"])
async def test_any_other_failure_fails_the_whole(mode: str | None, code: str | None) -> None:
    """The read without a margin mode is mandatory; of the others only a refused parameter is forgiven."""

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        if query.margin_mode == mode:
            raise ReadFailed(why="x", code=code)
        return (row(1),)

    if mode is not None and code == "1067":
        await every_order(fetch, BTC, MARGIN_MODES)
        return
    with pytest.raises(ReadFailed) as caught:
        await every_order(fetch, BTC, MARGIN_MODES)
    assert caught.value.code == code


async def test_what_was_read_long_before_the_last_part_is_read_again() -> None:
    """What came while one margin mode had to be asked for again is found: the parts of a read are of one time."""
    asked: list[str | None] = []
    now = 0.0

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        nonlocal now
        again = query.margin_mode in asked
        asked.append(query.margin_mode)
        if query.margin_mode == "isolated":
            await asyncio.sleep(0.01)  # the others have ended
            now = 5.0
        return (row(1),) if again else ()

    orders, refused = await every_order(fetch, BTC, MARGIN_MODES, lambda: now)
    assert [order.order_id for order in orders] == [str(10**18 + 1)]
    assert refused == ()
    assert asked == [None, "isolated", "cross", None, "isolated", "cross"]


async def test_a_part_that_took_long_is_read_again_with_the_others() -> None:
    """What it shows may be as old as its beginning: an order that was filled meanwhile is not told as open."""
    now, asked = 0.0, 0

    async def fetch(query: OpensQuery) -> tuple[Row, ...]:
        nonlocal now, asked
        asked += 1
        shown = (row(1),) if asked <= len((None, *MARGIN_MODES)) else ()
        if query.margin_mode == "cross" and shown:
            await asyncio.sleep(0.01)  # the others have ended
            now = 5.0
        return shown

    orders, _ = await every_order(fetch, BTC, MARGIN_MODES, lambda: now)
    assert orders == ()


async def test_triggers_are_of_one_time_too() -> None:
    """A kind that was read long before the last one is read again: what came in between is found."""
    clock, asked = 0.0, set[TriggerKind]()

    def fetch_of(kind: TriggerKind) -> Fetch:
        async def fetch(_query: OpensQuery) -> tuple[Row, ...]:
            nonlocal clock
            again = kind in asked
            asked.add(kind)
            await asyncio.sleep(0.001)
            if kind is list(TriggerKind)[-1]:  # an address hung meanwhile
                await asyncio.sleep(0.01)
                clock = 5.0
            return (row(1),) if again else ()

        return fetch

    orders = await every_trigger(fetch_of, BTC, lambda: clock)
    assert [order.order_id for order in orders] == [str(10**18 + 1)]


async def test_a_proof_of_triggers_looks_beyond_pages_that_show_others_only() -> None:
    """Triggers behind a page that was cut at any size are found; a kind without any costs one read."""
    kinds = list(TriggerKind)
    servers = {kind: Server(count=41, cap=7) if kind is kinds[1] else Server(count=0) for kind in kinds}
    assert len(await every_trigger(servers.__getitem__, BTC)) == 7
    orders = await every_trigger(servers.__getitem__, BTC, sought=lambda _order: False)
    assert {order.order_id for order in orders} == ids(41)
    assert [len(servers[kind].asked) for kind in kinds if kind is not kinds[1]] == [2] * (len(kinds) - 1)


async def test_no_read_of_triggers_goes_on_after_a_failure() -> None:
    """Where one kind fails the others have ended, too: what is asked next does not queue behind them."""
    under_way = 0

    def fetch_of(kind: TriggerKind) -> Fetch:
        async def fetch(_query: OpensQuery) -> tuple[Row, ...]:
            nonlocal under_way
            if kind is next(iter(TriggerKind)):
                raise ReadFailed(why="code 1066", code="1066")  # of a kind nothing is forgiven
            under_way += 1
            await asyncio.sleep(0.01)
            under_way -= 1
            return ()

        return fetch

    with pytest.raises(ReadFailed):
        await every_trigger(fetch_of, BTC)
    assert under_way == 0
