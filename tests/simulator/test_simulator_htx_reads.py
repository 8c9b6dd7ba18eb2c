"""Reads: paging, filters, one order, algo orders, the account, the public endpoints."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.simulator.simulator_htx_kit import (
    ALGO_OPENS,
    BALANCE,
    CONTRACTS,
    HEARTBEAT,
    MODE,
    NOON,
    OPENS,
    ORDER,
    TIMESTAMP,
    Desk,
    open_desk,
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


async def _rows(desk: Desk, path: str = OPENS, **params: str) -> list[dict[str, Any]]:
    answer = (await desk.get(path, params)).json()
    assert answer["code"] == 200, answer
    rows: list[dict[str, Any]] = answer["data"]
    return rows


async def _walk(desk: Desk, **params: str) -> list[str]:
    """Order ids of all pages, as a client collects them that trusts nothing but `id`."""
    seen: list[str] = []
    cursor = "0"
    while True:
        rows = await _rows(desk, limit="100", **{"from": cursor}, **params)
        seen += [row["order_id"] for row in rows if row["order_id"] not in seen]
        if len(rows) < 100 or rows[-1]["id"] == cursor:
            return seen
        cursor = rows[-1]["id"]


async def test_a_page_has_ten_rows_unless_told_otherwise(desk: Desk) -> None:
    """A read without `limit` shows the ten oldest of 25 orders: the trap the docs lay."""
    ids = [desk.account.place() for _ in range(25)]
    assert [row["order_id"] for row in await _rows(desk)] == ids[:10]
    assert len(await _rows(desk, limit="100")) == 25


@pytest.mark.parametrize("inclusive", [False, True])
async def test_all_pages_hold_all_orders(desk: Desk, inclusive: bool) -> None:
    """Walking the pages finds each of 250 orders once, whether `from` is part of a page or not."""
    desk.sim.behaviour.from_inclusive = inclusive
    ids = [desk.account.place() for _ in range(250)]
    assert await _walk(desk, direct="next") == ids
    assert await _walk(desk, direct="prev") == ids[::-1]


@pytest.mark.parametrize(("inclusive", "first"), [(False, 2), (True, 1)])
async def test_from_is_inclusive_or_not(desk: Desk, inclusive: bool, first: int) -> None:
    """`from` takes an `id`; whether that row comes again is switchable."""
    desk.sim.behaviour.from_inclusive = inclusive
    ids = [desk.account.place() for _ in range(4)]
    second = desk.account.order(ids[1]).id
    rows = await _rows(desk, **{"from": second})
    assert [row["order_id"] for row in rows] == ids[first:]
    assert second not in ids


async def test_more_than_a_hundred_is_refused_or_cut(desk: Desk) -> None:
    """A limit of 101 gives 1067, or a hundred rows when so switched."""
    for _ in range(105):
        desk.account.place()
    assert (await desk.get(OPENS, {"limit": "101"})).json()["code"] == 1067
    desk.sim.behaviour.over_limit = "clamp"
    assert len(await _rows(desk, limit="101")) == 100


async def test_filters(desk: Desk) -> None:
    """contract_code, margin_mode, order_id and client_order_id each narrow the list."""
    plain = desk.account.place(contract="BTC-USDT", client_order_id="77")
    other = desk.account.place(contract="ETH-USDT", margin_mode="isolated")
    assert [r["order_id"] for r in await _rows(desk, contract_code="ETH-USDT")] == [other]
    assert [r["order_id"] for r in await _rows(desk, margin_mode="isolated")] == [other]
    assert [r["order_id"] for r in await _rows(desk, margin_mode="cross")] == [plain]
    assert [r["order_id"] for r in await _rows(desk, order_id=other)] == [other]
    assert [r["order_id"] for r in await _rows(desk, client_order_id="77")] == [plain]
    assert len(await _rows(desk)) == 2


async def test_an_absent_margin_mode_may_mean_cross(desk: Desk) -> None:
    """Whether isolated orders show without margin_mode is switchable."""
    desk.account.place(margin_mode="isolated")
    desk.sim.behaviour.opens_margin = "cross"
    assert await _rows(desk) == []
    assert len(await _rows(desk, margin_mode="isolated")) == 1


async def test_rows_have_the_documented_fields(desk: Desk) -> None:
    """Ids are 19-digit strings, prices and volumes strings, lever_rate a number."""
    order_id = desk.account.place(contract="BTC-USDT-241115", price="61200", volume="50")
    desk.account.fill(order_id, "20")
    (row,) = await _rows(desk)
    assert row["order_id"] == order_id
    assert len(order_id) == 19
    assert (row["price"], row["volume"], row["trade_volume"]) == ("61200", "50", "20")
    assert (row["state"], row["type"], row["lever_rate"]) == ("partially_filled", "limit", 5)
    assert row["created_time"] == str(int(NOON * 1000))
    assert (row["contract_code"], row["contract_type"]) == ("BTC-USDT-241115", "quarter")
    assert (row["reduce_only"], row["margin_mode"], row["profit"]) == (False, "cross", None)


async def test_numbers_for_states_and_times(desk: Desk) -> None:
    """The docs' sample state 3 and number times can be chosen."""
    desk.account.place()
    desk.sim.behaviour.state_style = "number"
    desk.sim.behaviour.time_style = "number"
    (row,) = await _rows(desk)
    assert (row["state"], row["created_time"]) == (3, int(NOON * 1000))


async def test_neighbouring_ids_do_not_survive_rounding(desk: Desk) -> None:
    """Two ids become one when read as floats, so that a careless client is found out."""
    first, second = desk.account.place(), desk.account.place()
    assert first != second
    assert float(first) == float(second)


async def test_one_order(desk: Desk) -> None:
    """The one-order read finds finished orders and has the odd envelope of the docs' sample."""
    order_id = desk.account.place(contract="ETH-USDT")
    desk.account.fill(order_id)
    wanted = {"contract_code": "ETH-USDT", "order_id": order_id}
    answer = (await desk.get(ORDER, wanted)).json()
    assert answer["data"]["state"] == "filled"
    assert (answer["success"], answer["message"], "ts" in answer) == (True, None, False)
    # HTX V5 docs: order_id wins when both are given.
    both = {**wanted, "client_order_id": "4711"}
    assert (await desk.get(ORDER, both)).json()["data"]["order_id"] == order_id


async def test_one_order_defaults_to_cross(desk: Desk) -> None:
    """An isolated order does not exist for a read that leaves margin_mode out."""
    order_id = desk.account.place(margin_mode="isolated")
    wanted = {"contract_code": "BTC-USDT", "order_id": order_id}
    assert (await desk.get(ORDER, wanted)).json()["code"] == 1061
    wanted["margin_mode"] = "isolated"
    assert (await desk.get(ORDER, wanted)).json()["code"] == 200
    assert (await desk.get(ORDER, {"contract_code": "BTC-USDT"})).json()["code"] == 1066


async def test_algo_orders_are_read_by_type(desk: Desk) -> None:
    """Algo orders need a `type`, 1066 without, and show only that type."""
    trigger = desk.account.place_algo(type="trigger", trigger_price="70000")
    desk.account.place_algo(type="trailing_stop")
    assert (await desk.get(ALGO_OPENS)).json()["code"] == 1066
    assert (await desk.get(ALGO_OPENS, {"type": "all"})).json()["code"] == 1067
    (row,) = await _rows(desk, ALGO_OPENS, type="trigger")
    assert (row["algo_id"], row["trigger_price"], row["state"]) == (trigger, "70000", "active")
    assert await _rows(desk, ALGO_OPENS, type="sl") == []


@pytest.mark.parametrize(("mode"), ["dual_side", "single_side"])
async def test_the_account_tells_its_mode(mode: str) -> None:
    """position/mode and account/balance answer for the signing account."""
    async with open_desk(position_mode=mode) as desk:
        assert (await desk.get(MODE)).json()["data"] == {"position_mode": mode}
        assert (await desk.get(BALANCE)).json()["data"]["state"] == "normal"
        assert (await desk.get(MODE, {"a": "b"})).json()["code"] == 1067


async def test_public_endpoints_need_no_signature(desk: Desk) -> None:
    """Time and heartbeat answer unsigned, on the exchange's own clock."""
    desk.sim.behaviour.clock_offset = 42
    time = (await desk.http.get(desk.sim.url + TIMESTAMP)).json()
    beat = (await desk.http.get(desk.sim.url + HEARTBEAT)).json()
    assert time == {"status": "ok", "ts": int((NOON + 42) * 1000)}
    assert beat["data"]["linear_swap_heartbeat"] == 1
    assert beat["data"]["linear_swap_estimated_recovery_time"] is None


async def test_contract_list(desk: Desk) -> None:
    """Dated contracts show only when business_type asks for them; statuses are as set."""
    desk.sim.contracts.list("BTC-USDT-241115", contract_type="this_week", status=5)
    url = desk.sim.url + CONTRACTS
    plain = (await desk.http.get(url)).json()["data"]
    everything = (await desk.http.get(url + "?business_type=all")).json()["data"]
    status_of = {row["contract_code"]: row["contract_status"] for row in everything}
    assert {row["contract_code"] for row in plain} == {"BTC-USDT", "ETH-USDT"}
    assert status_of["BTC-USDT-241115"] == 5
    one = (await desk.http.get(url + "?contract_code=XYZ-USDT&business_type=all")).json()
    assert (one["status"], one["err_code"]) == ("error", 1014)


async def test_unknown_paths(desk: Desk) -> None:
    """Unknown paths and wrong methods give HTTP 404 with code 404."""
    for answer in (
        await desk.get("/v5/trade/nothing"),
        await desk.post(OPENS),
        await desk.http.get(desk.sim.url + "/"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, 404)
