"""Rows of which something cannot be read: each is an order, and excluded only by a field that can be read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.htx.careful import LONGEST, as_it_came
from bot.htx.strict import WireError, parsed
from bot.htx.wire_algo import algo_rows
from bot.htx.wire_opens import Row, open_rows
from bot.model import ALL, Order, PositionSide, Scope, Side, Target, TriggerKind
from tests.htx.htx_kit import BTC, scope_of

ROW: Mapping[str, Any] = {
    "id": "1431225286568849411",
    "order_id": "1331225286568849409",
    "client_order_id": "77",
    "contract_code": "BTC-USDT-241115",
    "side": "buy",
    "position_side": "long",
    "price": "61900.5",
    "volume": "50",
    "trade_volume": "12",
    "reduce_only": False,
    "state": "new",
}
ALGO: Mapping[str, Any] = {
    "id": "1431225286568849411",
    "algo_id": "1331225286568849409",
    "contract_code": "BTC-USDT-241115",
    "type": "tp",
    "side": "buy",
    "position_side": "long",
    "volume": "50",
    "tp_trigger_price": "70000",
}
MISSING = "(left out)"
ODD_WORDS: Sequence[object] = (None, "", 1, True, 1.5, [], {}, ["buy"], "net", "any", "none", MISSING)
ODD_NUMBERS: Sequence[object] = (
    "NaN", "-1", -1, "1_0", "1e999999999", "Infinity", True, "٥", " 5", [], {}, "x", "1,5", "1e99", "9" * 24,
)  # fmt: skip
ODD_IDS: Sequence[object] = (None, "", 1.3e18, True, "-1", "１２", "1" * 33, [], {}, "x", MISSING)


def with_(row: Mapping[str, Any], **changes: object) -> dict[str, object]:
    return {name: value for name, value in {**row, **changes}.items() if value is not MISSING}


def read(said: object, contract: str = ALL) -> Row:
    (found,) = open_rows(parsed(json.dumps([said]).encode(), constants=True), contract)
    return found


def order(**changes: object) -> Order:
    return read(with_(ROW, **changes)).order


def trigger(**changes: object) -> Order:
    said = parsed(json.dumps([with_(ALGO, **changes)]).encode(), constants=True)
    (found,) = algo_rows(said, TriggerKind.TP, ALL)
    return found.order


BUY_LONG = scope_of()
SELL = scope_of(BTC, Side.SELL, PositionSide.ANY)


@pytest.mark.parametrize("value", ODD_WORDS, ids=repr)
def test_a_side_that_cannot_be_read_may_be_either(value: object) -> None:
    """It is in every scope that its other fields do not exclude it from, and nobody is sure of it."""
    for one in (order(side=value), trigger(side=value)):
        assert one.side is None
        assert "side" in dict(one.odd)
        for scope in (BUY_LONG, scope_of(BTC, Side.SELL, PositionSide.LONG)):
            of = scope.aimed_at(Target.TRIGGERS) if one.trigger else scope
            assert of.covers(one)
            assert not of.is_sure_of(one)
        short = scope_of(BTC, Side.BUY, PositionSide.SHORT)
        assert not (short.aimed_at(Target.TRIGGERS) if one.trigger else short).covers(one)


@pytest.mark.parametrize("value", ODD_WORDS, ids=repr)
def test_a_position_side_that_cannot_be_read_may_be_any(value: object) -> None:
    """On a sell order it leaves a scope of buys alone."""
    for side, covered in (("buy", True), ("sell", False)):
        found = order(side=side, position_side=value)
        assert found.position_side is None
        assert BUY_LONG.covers(found) is covered
        assert SELL.covers(found) is not covered
        assert BUY_LONG.aimed_at(Target.TRIGGERS).covers(trigger(side=side, position_side=value)) is covered


@pytest.mark.parametrize("value", [*ODD_WORDS, "BTC", "N/A", "X" * 65, "BTC-USDT\n-1"], ids=repr)
def test_a_contract_that_cannot_be_read_may_be_any(value: object) -> None:
    """It contradicts no request, and is excluded by its sides alone."""
    for contract in (ALL, BTC):
        found = read(with_(ROW, contract_code=value), contract).order
        assert found.contract == ""
        assert BUY_LONG.covers(found)
        assert not BUY_LONG.is_sure_of(found)
        assert not SELL.covers(found)


@pytest.mark.parametrize("word", ["BUY", "Buy", " buy "])
def test_htx_s_words_in_another_case_are_its_words(word: str) -> None:
    """Upper case says nothing else, for sides, contract, kind and flag."""
    assert order(side=word).side is Side.BUY
    assert order(contract_code="btc-usdt-241115").contract == BTC
    assert order(position_side="LONG").position_side is PositionSide.LONG
    assert order(side="SELL", position_side="SHORT").odd == ()
    assert order(side=word, reduce_only="TRUE").reduce_only
    assert trigger(side=word, type="TP").trigger is TriggerKind.TP


@pytest.mark.parametrize("name", ["price", "volume", "trade_volume"])
@pytest.mark.parametrize("value", ODD_NUMBERS, ids=repr)
def test_a_number_that_cannot_be_read_is_kept_as_it_came(name: str, value: object) -> None:
    """The order is as sure as ever, and what stood there is shown."""
    found = order(**{name: value})
    assert dict(found.odd) == {name: as_it_came(value)}
    assert BUY_LONG.covers(found)
    assert BUY_LONG.is_sure_of(found)
    assert not SELL.covers(found)
    assert (found.remaining is None) is (name != "price")


@pytest.mark.parametrize("value", [None, "", MISSING], ids=repr)
def test_an_order_without_a_volume_has_no_volume_of_nothing(value: object) -> None:
    """A plain order always has one; a trigger order need not."""
    assert order(volume=value).remaining is None
    assert trigger(volume=value).remaining == 0


def test_more_filled_than_asked_for_is_shown_as_it_came() -> None:
    """Two numbers that cannot both be true are neither of them a size."""
    found = order(volume="5", trade_volume="7")
    assert found.remaining is None
    assert dict(found.odd) == {"volume": '"5"', "trade_volume": '"7"'}


@pytest.mark.parametrize("constant", [b"NaN", b"Infinity", b"-Infinity", b"1e999999", b"9" * 5000])
def test_a_constant_or_an_endless_number_does_not_take_the_others_with_it(constant: bytes) -> None:
    """What is no JSON, or no number of anybody's, makes its own row odd and no other."""
    body = (
        json.dumps([{**ROW, "volume": 0}, {**ROW, "order_id": "7"}])
        .encode()
        .replace(b'"volume": 0', b'"volume":' + constant)
    )
    one, other = (row.order for row in open_rows(parsed(body, constants=True), ALL))
    assert (one.remaining, other.odd) == (None, ())
    assert dict(one.odd)["volume"].strip('"').startswith(constant.decode()[:8])


@pytest.mark.parametrize("value", [2, "yes", [], {}], ids=repr)
def test_a_flag_that_cannot_be_read_decides_nothing(value: object) -> None:
    """Whether it only closes is not known; whether it is in a scope is."""
    for found in (order(reduce_only=value), trigger(reduce_only=value)):
        assert dict(found.odd) == {"reduce_only": as_it_came(value)}
    assert BUY_LONG.is_sure_of(order(reduce_only=value))


@pytest.mark.parametrize("name", ["client_order_id", "state", "id"])
@pytest.mark.parametrize("value", [True, [], {"x": [1]}, 1.5], ids=repr)
def test_what_decides_nothing_spoils_nothing(name: str, value: object) -> None:
    """A client's id, a state or a cursor of any shape leaves an order that is as good as any."""
    found = read(with_(ROW, **{name: value}))
    assert found.order.order_id == ROW["order_id"]
    assert BUY_LONG.is_sure_of(found.order)
    assert (found.cursor is None) is (name == "id")


@pytest.mark.parametrize("name", ["type", "offset", "margin_mode", "created_time", "time_in_force", "lever_rate"])
@pytest.mark.parametrize("value", [None, "?", 7, [], {}, True], ids=repr)
def test_what_is_not_used_is_not_looked_at(name: str, value: object) -> None:
    """Whatever stands in a field that decides nothing and is not shown, the order is the same."""
    assert order(**{name: value}) == order()


@pytest.mark.parametrize("value", ODD_IDS, ids=repr)
def test_without_an_id_it_is_known_by_another_field(value: object) -> None:
    """By its place in the list, else by its client's id, else by all it says; never by a name HTX would take."""
    place = read(with_(ROW, order_id=value))
    assert (place.order.order_id, place.cursor) == (f"id:{ROW['id']}", int(ROW["id"]))
    client = read(with_(ROW, order_id=value, id=None))
    assert (client.order.order_id, client.cursor) == ("client:77", None)
    text = read(with_(ROW, order_id=value, id=None, client_order_id=None))
    assert text.order.order_id.startswith("row:")
    for one in (place, client, text):
        assert not one.order.named
        assert "order_id" in dict(one.order.odd)
        assert BUY_LONG.covers(one.order)
        assert not SELL.covers(one.order)


@pytest.mark.parametrize("said", [None, "x", 5, [], True, {}], ids=repr)
def test_a_row_that_is_no_object_may_be_any_order(said: object) -> None:
    """It is in every scope of either book, has no place, and is shown as it came."""
    plain = read(said, BTC)
    (waits,) = algo_rows([said], TriggerKind.SL, BTC)
    assert plain.cursor is waits.cursor is None
    for scope in (BUY_LONG, SELL, scope_of(ALL, Side.ANY, PositionSide.ANY)):
        assert scope.covers(plain.order)
        assert scope.aimed_at(Target.TRIGGERS).covers(waits.order)
    if said != {}:
        assert plain.order.odd == (("row", as_it_came(said)),)


def test_rows_that_say_the_same_are_several() -> None:
    """Two rows without any name are two orders, and the same two in the next read."""
    twice = [open_rows([None, None, {}], ALL) for _ in range(2)]
    assert twice[0] == twice[1]
    assert len({row.order.order_id for row in twice[0]}) == 3


def test_a_row_surely_of_another_contract_contradicts_the_request() -> None:
    """Odd or not: an answer that holds it may be one to another question."""
    for changes in ({}, {"side": None}, {"order_id": None}):
        with pytest.raises(WireError):
            open_rows([with_(ROW, contract_code="ETH-USDT", **changes)], BTC)
    with pytest.raises(WireError):
        algo_rows([with_(ALGO, type="sl")], TriggerKind.TP, ALL)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*ROW, *ALGO]), JSON), JSON, st.sampled_from([ROW, ALGO, {}]))
def test_no_row_whatever_it_says_costs_the_list(
    changes: dict[str, object], alone: object, base: dict[str, Any]
) -> None:
    """Any JSON in any field makes a row that is read, each time the same, and that no unread field excludes."""
    body = json.dumps([{**base, **changes}, alone]).encode()
    said = parsed(body, constants=True)
    rows = open_rows(said, ALL)
    assert rows == open_rows(parsed(body, constants=True), ALL)
    assert len({row.order.order_id for row in rows}) == len(rows) or rows[0].order.named
    for row in rows:
        one = row.order
        sides = Side.BUY if one.side is None else one.side
        held = PositionSide.LONG if one.position_side is None else one.position_side
        assert scope_of(BTC if not one.contract else ALL, sides, held).covers(one)
        assert all(len(text) <= LONGEST and text.isprintable() for _, text in one.odd)


@given(JSON)
def test_what_is_shown_is_clean_and_short(value: object) -> None:
    """No sign that a chat could take for a mention, a link, a command or a line's end."""
    shown = as_it_came(value)
    assert len(shown) <= LONGEST
    assert not set(shown) & set("@/<>&*`~|\\\n\r\t")
    assert shown.rstrip("…").isascii()


@given(st.sampled_from([None, "", "any", "net", 3]), st.sampled_from(Side), st.sampled_from(PositionSide))
def test_a_field_that_is_read_and_differs_excludes(odd: object, side: Side, held: PositionSide) -> None:
    """However odd the other one is."""
    scope: Scope = scope_of(BTC, side, held)
    assert scope.covers(order(side=odd, position_side="short")) is (held in (PositionSide.ANY, PositionSide.SHORT))
    assert scope.covers(order(side="sell", position_side=odd)) is (side in (Side.ANY, Side.SELL))
