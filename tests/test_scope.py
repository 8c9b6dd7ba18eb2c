"""What a scope covers: the filters are ANDed, and the two books are never mixed up."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.model import ALL, ContractCode, Order, PositionSide, Scope, Side, Target, TriggerKind
from scripts.card_kit import order, scope

CONTRACTS = ("BTC-USDT", "BTC-USDT-241115", "ETH-USDT")
SIDES = (Side.BUY, Side.SELL)
HELD = (PositionSide.LONG, PositionSide.SHORT, PositionSide.BOTH)


asked = st.builds(
    lambda contract, side, held, target: replace(
        scope(contract, side, held), contract=ContractCode(contract), target=target
    ),
    st.sampled_from((*CONTRACTS, ALL)),
    st.sampled_from((*SIDES, Side.ANY)),
    st.sampled_from((*HELD, PositionSide.ANY)),
    st.sampled_from(Target),
)
there = st.builds(
    lambda contract, side, held, trigger: replace(
        order(0, scope()), contract=contract, side=side, position_side=held, trigger=trigger
    ),
    st.sampled_from(CONTRACTS),
    st.sampled_from(SIDES),
    st.sampled_from(HELD),
    st.sampled_from((None, *TriggerKind)),
)


@given(asked, there)
def test_a_scope_covers_what_all_its_filters_hold(of: Scope, one: Order) -> None:
    """An order is covered if contract, side, position side and book each fit; what is any fits everything."""
    fits = (
        of.contract in (ALL, one.contract),
        of.side in (Side.ANY, one.side),
        of.position_side in (PositionSide.ANY, one.position_side),
        (of.target is Target.TRIGGERS) == (one.trigger is not None),
    )
    assert of.covers(one) is all(fits)
