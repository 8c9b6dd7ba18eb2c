"""Faults in the book: what a cancellation claims and what it really did may differ."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from simulator.htx import FillDuring, Half, ItemCodes, Late, Lie, Refill
from tests.simulator.simulator_htx_kit import (
    CANCEL_ALL,
    CANCEL_BATCH,
    CANCEL_ORDER,
    Desk,
    open_desk,
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        for _ in range(4):
            opened.account.place(volume="50")
        yield opened


async def _codes(desk: Desk) -> dict[str, int]:
    """What a cancel-all claims, by order id."""
    answer = (await desk.post(CANCEL_ALL)).json()
    assert answer["code"] == 200
    return {entry["order_id"]: entry["code"] for entry in answer["data"]}


async def test_item_codes_match_what_happened(desk: Desk) -> None:
    """1062 leaves an order open, 1063 has it filled, 1071 has it cancelled, the rest are 200."""
    a, b, c, d = desk.account.open_ids()
    desk.sim.faults.add(ItemCodes(codes={a: 1062, b: 1063, c: 1071}))
    assert await _codes(desk) == {a: 1062, b: 1063, c: 1071, d: 200}
    states = [desk.account.order(one).state for one in (a, b, c, d)]
    assert states == ["new", "filled", "canceled", "canceled"]


async def test_item_codes_can_hit_at_random(desk: Desk) -> None:
    """A share of the orders, the same for the same seed, gets the code and stays."""
    for _ in range(96):
        desk.account.place()
    desk.sim.faults.add(ItemCodes(share=0.5, code=1440, seed=3))
    claimed = await _codes(desk)
    left = {one for one, code in claimed.items() if code == 1440}
    assert left == set(desk.account.open_ids())
    assert 30 < len(left) < 70
    again = await _codes(desk)
    assert set(again) == left
    assert set(again.values()) == {1440}


async def test_item_codes_can_contradict(desk: Desk) -> None:
    """An item may say "executed" of an order that is still there, when told so."""
    a, *_ = desk.account.open_ids()
    desk.sim.faults.add(ItemCodes(codes={a: 1063}, deed="leave"))
    assert (await _codes(desk))[a] == 1063
    assert desk.account.open_ids() == (a,)


async def test_fills_during_a_cancel(desk: Desk) -> None:
    """Orders that trade at the last instant are filled and missing from the answer."""
    a, b, c, d = desk.account.open_ids()
    desk.sim.faults.add(FillDuring(count=2))
    assert await _codes(desk) == {c: 200, d: 200}
    assert [desk.account.order(one).state for one in (a, b)] == ["filled", "filled"]
    assert desk.sim.log[0].changed("filled") == (a, b)
    assert desk.sim.log[0].cancelled == (c, d)


async def test_fills_during_a_cancel_can_be_reported(desk: Desk) -> None:
    """A whole fill is an item with 1063 if so switched, a part of one leaves the rest cancelled."""
    a, b, *_ = desk.account.open_ids()
    desk.sim.faults.add(FillDuring(order_ids=frozenset({a}), reported=True))
    desk.sim.faults.add(FillDuring(order_ids=frozenset({b}), volume="20"))
    claimed = await _codes(desk)
    assert (claimed[a], claimed[b]) == (1063, 200)
    assert desk.account.order(a).state == "filled"
    order = desk.account.order(b)
    assert (order.state, str(order.traded)) == ("partially_canceled", "20")


async def test_everything_filled_means_nothing_to_cancel(desk: Desk) -> None:
    """If all orders trade first, cancel-all has nothing to cancel."""
    desk.sim.faults.add(FillDuring())
    assert await desk.code(CANCEL_ALL) == 1051
    assert desk.account.open_orders() == ()


async def test_late_effect(desk: Desk) -> None:
    """The answer is 200 at once, the orders vanish later, and repeating meanwhile gives 1071."""
    a, *_ = desk.account.open_ids()
    desk.sim.faults.add(Late(seconds=0.1), times=1)
    assert set((await _codes(desk)).values()) == {200}
    assert len(desk.account.open_orders()) == 4
    assert desk.sim.log[0].effects == ()
    assert await desk.code(CANCEL_ORDER, {"contract_code": "BTC-USDT", "order_id": a}) == 1071
    desk.account.fill(a)
    async with asyncio.timeout(5):
        await desk.sim.until(lambda: not desk.account.open_orders())
    record = desk.sim.log[0]
    assert len(record.cancelled) == 3
    assert desk.account.order(a).state == "filled"
    assert all(effect.at >= record.received + 0.1 for effect in record.effects)


async def test_a_lie(desk: Desk) -> None:
    """Every item says 200 and not one order is gone."""
    desk.sim.faults.add(Lie())
    assert set((await _codes(desk)).values()) == {200}
    assert len(desk.account.open_orders()) == 4
    assert desk.sim.log[0].effects == ()


@pytest.mark.parametrize(("claims_all", "items"), [(False, 2), (True, 4)])
async def test_half(desk: Desk, claims_all: bool, items: int) -> None:
    """Only the first half goes; the answer lists that half, or claims all."""
    desk.sim.faults.add(Half(claims_all=claims_all))
    first = desk.account.open_ids()[:2]
    assert len(await _codes(desk)) == items
    assert desk.sim.log[0].cancelled == first
    assert len(desk.account.open_orders()) == 2


async def test_refill(desk: Desk) -> None:
    """New orders stand in the place of the cancelled ones as soon as the answer is there."""
    old = desk.account.open_ids()
    desk.sim.faults.add(Refill(count=3))
    assert set(await _codes(desk)) == set(old)
    new = desk.account.open_ids()
    assert len(new) == 3
    assert not set(old) & set(new)
    assert desk.sim.log[0].changed("placed") == new


async def test_faults_apply_to_cancels_by_id(desk: Desk) -> None:
    """Batch and single cancels obey the same faults; a single item's code is the envelope's."""
    a, b, *_ = desk.account.open_ids()
    contract = {"contract_code": "BTC-USDT"}
    desk.sim.faults.add(ItemCodes(codes={a: 1062}))
    answer = (await desk.post(CANCEL_BATCH, {**contract, "order_id": [a, b]})).json()
    assert {entry["order_id"]: entry["code"] for entry in answer["data"]} == {a: 1062, b: 200}
    assert await desk.code(CANCEL_ORDER, {**contract, "order_id": a}) == 1062
    assert a in desk.account.open_ids()


async def test_one_id_twice_in_a_batch(desk: Desk) -> None:
    """The second mention of an order in a batch is a repeated cancellation."""
    a, *_ = desk.account.open_ids()
    body = {"contract_code": "BTC-USDT", "order_id": [a, a]}
    answer = (await desk.post(CANCEL_BATCH, body)).json()
    assert [entry["code"] for entry in answer["data"]] == [200, 1071]
