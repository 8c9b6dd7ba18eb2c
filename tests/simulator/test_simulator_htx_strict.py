"""Strictness: whatever the docs do not allow is refused, and a refused request has no effect."""

from collections.abc import AsyncIterator

import pytest

from tests.simulator.simulator_htx_kit import (
    ALGO_CANCEL,
    CANCEL_ALL,
    CANCEL_BATCH,
    CANCEL_ORDER,
    OPENS,
    Desk,
    open_desk,
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"symbol": "usdt"}, 1067),
        ({"margin_mode": "cross"}, 1067),
        ({"contract_code": ""}, 1066),
        ({"contract_code": None}, 1066),
        ({"contract_code": 7}, 1067),
        ({"contract_code": "btc-usdt"}, 1067),
        ({"contract_code": "BTC-USDT-SWAP"}, 1067),
        ({"contract_code": "DOGE-USDT"}, 1014),
        ({"side": "BUY"}, 1035),
        ({"side": "all"}, 1035),
        ({"side": ""}, 1066),
        ({"position_side": "up"}, 1067),
        ({"position_side": ""}, 1066),
        ([], 1030),
        ("text", 1030),
    ],
)
async def test_bad_scopes_are_refused(desk: Desk, body: object, code: int) -> None:
    """A scope with anything undocumented in it cancels nothing and gets its documented code."""
    desk.account.place()
    assert await desk.code(CANCEL_ALL, body) == code
    assert len(desk.account.open_orders()) == 1
    assert desk.sim.log[0].effects == ()


@pytest.mark.parametrize(
    ("content", "content_type", "code"),
    [
        (b"{}", "application/x-www-form-urlencoded", 1031),
        (b"{}", "", 1031),
        (b"", "application/json", 1030),
        (b"side=buy", "application/json", 1030),
        (b'{"side":"buy","side":"sell"}', "application/json", 1030),
        (b"\xff\xfe", "application/json", 1030),
        (b"{}", "application/json; charset=utf-8", 200),
    ],
)
async def test_bad_bodies_are_refused(desk: Desk, content: bytes, content_type: str, code: int) -> None:
    """Only a clean JSON object under a JSON Content-Type acts."""
    desk.account.place()
    headers = {"Content-Type": content_type} if content_type else {}
    url = desk.url("POST", CANCEL_ALL)
    answer = await desk.http.post(url, content=content, headers=headers)
    assert answer.json()["code"] == code
    assert desk.sim.log[0].body == content
    assert bool(desk.account.open_orders()) is (code != 200)


@pytest.mark.parametrize("code", [1013, 1067])
async def test_unknown_contracts_have_a_switchable_code(desk: Desk, code: int) -> None:
    """The code of an unlisted contract is unknown, and so switchable; or it matches nothing."""
    desk.sim.behaviour.unknown_contract = code
    assert await desk.code(CANCEL_ALL, {"contract_code": "BTC-USDT-200101"}) == code
    desk.sim.behaviour.unknown_contract = None
    assert await desk.code(CANCEL_ALL, {"contract_code": "BTC-USDT-200101"}) == 1051


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"side": "buy"}, 1067),
        ({"limit": "0"}, 1067),
        ({"limit": "ten"}, 1067),
        ({"direct": "up"}, 1067),
        ({"from": "-1"}, 1067),
        ({"contract_code": ""}, 1066),
        ({"margin_mode": "all"}, 1067),
    ],
)
async def test_bad_queries_are_refused(desk: Desk, params: dict[str, str], code: int) -> None:
    """order/opens takes its documented parameters only; sides are not among them."""
    assert (await desk.get(OPENS, params)).json()["code"] == code


async def test_cancel_one_order(desk: Desk) -> None:
    """cancel_order answers an object with both ids, and order_id wins over client_order_id."""
    first = desk.account.place(client_order_id="11")
    second = desk.account.place(client_order_id="22")
    body = {"contract_code": "BTC-USDT", "order_id": first, "client_order_id": "22"}
    answer = (await desk.post(CANCEL_ORDER, body)).json()
    assert answer["data"] == {"order_id": first, "client_order_id": "11"}
    assert desk.account.open_ids() == (second,)


async def test_cancel_one_order_says_why_not(desk: Desk) -> None:
    """Finished, unknown and incomplete orders give 1071, 1063, 1061 and 1066."""
    cancelled, filled = desk.account.place(), desk.account.place()
    desk.account.cancel(cancelled)
    desk.account.fill(filled)
    contract = {"contract_code": "BTC-USDT"}
    assert await desk.code(CANCEL_ORDER, {**contract, "order_id": cancelled}) == 1071
    assert await desk.code(CANCEL_ORDER, {**contract, "order_id": filled}) == 1063
    assert await desk.code(CANCEL_ORDER, {**contract, "order_id": "123"}) == 1061
    assert await desk.code(CANCEL_ORDER, {**contract, "order_id": 123}) == 1067
    assert await desk.code(CANCEL_ORDER, contract) == 1066
    assert await desk.code(CANCEL_ORDER, {"order_id": filled}) == 1066


async def test_cancel_a_batch(desk: Desk) -> None:
    """A batch has an item for each order with its own code, and leaves all others alone."""
    ids = [desk.account.place() for _ in range(3)]
    desk.account.fill(ids[1])
    body = {"contract_code": "BTC-USDT", "order_id": [ids[0], ids[1], "99"]}
    answer = (await desk.post(CANCEL_BATCH, body)).json()
    code_of = {entry["order_id"]: entry["code"] for entry in answer["data"]}
    assert code_of == {ids[0]: 200, ids[1]: 1063, "99": 1061}
    assert desk.account.open_ids() == (ids[2],)


async def test_a_batch_is_at_most_ten(desk: Desk) -> None:
    """Eleven ids, in whichever of the two arrays, give 1052 and no effect."""
    ids = [desk.account.place() for _ in range(11)]
    body: dict[str, object] = {"contract_code": "BTC-USDT", "order_id": ids}
    assert await desk.code(CANCEL_BATCH, body) == 1052
    body = {"contract_code": "BTC-USDT", "order_id": ids[:6], "client_order_id": ids[6:]}
    assert await desk.code(CANCEL_BATCH, body) == 1052
    assert len(desk.account.open_orders()) == 11
    body = {"contract_code": "BTC-USDT", "order_id": ids[0]}
    assert await desk.code(CANCEL_BATCH, body) == 1067


async def test_a_batch_belongs_to_one_contract(desk: Desk) -> None:
    """An order of another contract does not exist for the batch."""
    order_id = desk.account.place(contract="ETH-USDT")
    body = {"contract_code": "BTC-USDT", "order_id": [order_id]}
    answer = (await desk.post(CANCEL_BATCH, body)).json()
    assert [entry["code"] for entry in answer["data"]] == [1061]
    assert desk.account.open_ids() == (order_id,)


@pytest.mark.parametrize(
    ("accepts", "array", "single"),
    [("either", 200, 200), ("array", 200, 1030), ("object", 1030, 200)],
)
async def test_algo_cancel_takes_an_array_or_an_object(desk: Desk, accepts: str, array: int, single: int) -> None:
    """Which body algo/cancel_orders takes is unknown, so each can be switched off."""
    first, second = desk.account.place_algo(), desk.account.place_algo()
    desk.sim.behaviour.algo_body = "array" if accepts == "array" else "object" if accepts == "object" else "either"
    contract = {"contract_code": "BTC-USDT"}
    assert await desk.code(ALGO_CANCEL, [{**contract, "algo_id": first}]) == array
    assert await desk.code(ALGO_CANCEL, {**contract, "algo_id": second}) == single
    left = {order.algo_id for order in desk.account.open_algos()}
    assert (first in left, second in left) == (array != 200, single != 200)


async def test_algo_cancel_has_items(desk: Desk) -> None:
    """Each algo order gets an item: 200, 1071 when repeated, 1061 when unknown."""
    algo_id = desk.account.place_algo()
    entry = {"contract_code": "BTC-USDT", "algo_id": algo_id}
    body = [entry, entry, {**entry, "algo_id": "5"}]
    answer = (await desk.post(ALGO_CANCEL, body)).json()
    assert [item["code"] for item in answer["data"]] == [200, 1071, 1061]
    assert desk.sim.log[0].changed("algo_cancelled") == (algo_id,)
    assert await desk.code(ALGO_CANCEL, [{"contract_code": "BTC-USDT"}]) == 1066
    assert await desk.code(ALGO_CANCEL, [entry] * 11) == 1052
