"""What a cancel-all scope means: absent is any, present fields are ANDed, algo orders stay."""

from collections.abc import AsyncIterator

import pytest

from tests.simulator.simulator_htx_kit import CANCEL_ALL, Desk, open_desk

HEDGE = ("buy long", "buy short", "sell long", "sell short")
ONE_WAY = ("buy both", "sell both")

# (side, position side) -> the orders it cancels in hedge mode and in one-way mode.
SCOPES: list[tuple[str, str, tuple[str, ...], tuple[str, ...]]] = [
    ("", "", HEDGE, ONE_WAY),
    ("", "long", ("buy long", "sell long"), ()),
    ("", "short", ("buy short", "sell short"), ()),
    ("", "both", (), ONE_WAY),
    ("buy", "", ("buy long", "buy short"), ("buy both",)),
    ("buy", "long", ("buy long",), ()),
    ("buy", "short", ("buy short",), ()),
    ("buy", "both", (), ("buy both",)),
    ("sell", "", ("sell long", "sell short"), ("sell both",)),
    ("sell", "long", ("sell long",), ()),
    ("sell", "short", ("sell short",), ()),
    ("sell", "both", (), ("sell both",)),
]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


async def _cancelled(mode: str, side: str, position_side: str) -> tuple[tuple[str, ...], object]:
    """What one request cancels of all kinds of orders, each in two contracts, and its answer."""
    async with open_desk(position_mode=mode) as desk:
        name_of: dict[str, str] = {}
        for name in HEDGE if mode == "dual_side" else ONE_WAY:
            a, b = name.split()
            for contract in ("BTC-USDT", "BTC-USDT-241115"):
                order_id = desk.account.place(
                    contract=contract,
                    side="buy" if a == "buy" else "sell",
                    position_side="long" if b == "long" else "short" if b == "short" else "both",
                )
                name_of[order_id] = f"{contract} {name}"
        scope = {"contract_code": "BTC-USDT-241115", "side": side, "position_side": position_side}
        answer = await desk.post(CANCEL_ALL, {key: word for key, word in scope.items() if word})
        gone = name_of.keys() - set(desk.account.open_ids())
        assert set(desk.sim.log[0].cancelled) == gone
        return tuple(sorted(name_of[one] for one in gone)), answer.json()["code"]


@pytest.mark.parametrize(("side", "position_side", "hedge", "one_way"), SCOPES)
async def test_every_scope_in_both_modes(
    side: str, position_side: str, hedge: tuple[str, ...], one_way: tuple[str, ...]
) -> None:
    """Each of the 12 scopes cancels exactly its own orders of its own contract in either mode."""
    for mode, expected in (("dual_side", hedge), ("single_side", one_way)):
        gone, code = await _cancelled(mode, side, position_side)
        assert gone == tuple(f"BTC-USDT-241115 {name}" for name in expected)
        assert code == (200 if expected else 1051)


async def test_an_empty_object_cancels_everything(desk: Desk) -> None:
    """Without any field all plain orders of the account go, isolated ones too."""
    desk.account.place(contract="BTC-USDT")
    desk.account.place(contract="ETH-USDT", margin_mode="isolated")
    answer = (await desk.post(CANCEL_ALL, {})).json()
    assert desk.account.open_orders() == ()
    assert {entry["code"] for entry in answer["data"]} == {200}
    assert len(answer["data"]) == 2


async def test_the_perpetual_is_not_its_dated_sister(desk: Desk) -> None:
    """BTC-USDT means the perpetual only."""
    dated = desk.account.place(contract="BTC-USDT-241115")
    desk.account.place(contract="BTC-USDT")
    await desk.post(CANCEL_ALL, {"contract_code": "BTC-USDT"})
    assert desk.account.open_ids() == (dated,)


async def test_algo_orders_stay(desk: Desk) -> None:
    """Trigger, TP/SL and trailing orders survive a cancel-all."""
    desk.account.place()
    algos = [desk.account.place_algo(type="trigger"), desk.account.place_algo(type="tpsl")]
    await desk.post(CANCEL_ALL, {})
    assert [order.algo_id for order in desk.account.open_algos()] == algos


async def test_accounts_are_apart(desk: Desk) -> None:
    """Nobody cancels another account's orders."""
    other = desk.sim.add_account()
    order_id = other.place()
    desk.account.place()
    await desk.post(CANCEL_ALL, {})
    assert other.open_ids() == (order_id,)


async def test_partly_filled_orders_are_cancelled_for_the_rest(desk: Desk) -> None:
    """A partly filled order becomes partially_canceled and keeps what it traded."""
    order_id = desk.account.place(volume="50")
    desk.account.fill(order_id, "20")
    assert desk.account.order(order_id).state == "partially_filled"
    await desk.post(CANCEL_ALL, {})
    order = desk.account.order(order_id)
    assert (order.state, str(order.traded)) == ("partially_canceled", "20")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [("1051", (1051, None)), ("empty", (200, [])), ("null", (200, None))],
)
async def test_nothing_to_cancel_is_switchable(desk: Desk, reply: str, expected: tuple[int, object]) -> None:
    """What V5 answers when nothing matches is unknown, so each guess can be chosen."""
    desk.sim.behaviour.nothing_to_cancel = "empty" if reply == "empty" else "null" if reply == "null" else "1051"
    answer = (await desk.post(CANCEL_ALL, {})).json()
    assert (answer["code"], answer["data"]) == expected


async def test_nothing_to_cancel_has_a_legacy_shape(desk: Desk) -> None:
    """The legacy wording of nothing to cancel can be chosen as well."""
    desk.sim.behaviour.nothing_to_cancel = "legacy"
    answer = (await desk.post(CANCEL_ALL, {})).json()
    assert (answer["status"], answer["err_code"]) == ("error", 1051)


async def test_a_cap_per_call_can_be_set(desk: Desk) -> None:
    """With a cap of two, three orders need two calls."""
    desk.sim.behaviour.max_cancelled = 2
    for _ in range(3):
        desk.account.place()
    await desk.post(CANCEL_ALL, {})
    assert len(desk.account.open_orders()) == 1


async def test_modes_know_only_their_own_position_sides() -> None:
    """No order can be placed with a position side that the account's mode does not have."""
    async with open_desk(position_mode="single_side") as desk:
        assert desk.account.order(desk.account.place()).position_side == "both"
        with pytest.raises(ValueError, match="does not exist"):
            desk.account.place(position_side="long")
    async with open_desk() as desk:
        with pytest.raises(ValueError, match="does not exist"):
            desk.account.place(position_side="both")
