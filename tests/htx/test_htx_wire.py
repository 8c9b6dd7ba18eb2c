import itertools
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.htx import wire
from bot.htx.strict import WireError, parsed
from bot.htx.wire import OpensQuery
from bot.htx.wire_algo import algo_items
from bot.model import ALL, ContractCode, Order, PositionMode, PositionSide, Scope, Side, Target
from tests.htx.htx_kit import BTC, MAIN, scope_of

ROW: Mapping[str, Any] = {
    "id": "1431225286568849411",
    "order_id": "1331225286568849409",
    "client_order_id": "77",
    "contract_code": "BTC-USDT-241115",
    "side": "buy",
    "position_side": "long",
    "type": "limit",
    "price": "61900.5",
    "volume": "50",
    "trade_volume": "12",
    "reduce_only": False,
    "state": "partially_filled",
    "margin_mode": "cross",
    "fee": None,
}


def row(**changes: object) -> Order:
    (found,) = wire.open_rows(parsed(json.dumps([{**ROW, **changes}]).encode()), ALL)
    return found.order


@pytest.mark.parametrize("contract", [ALL, BTC, ContractCode("1000PEPE-USDT")])
@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("position_side", PositionSide)
def test_the_body_says_the_scope(contract: ContractCode, side: Side, position_side: PositionSide) -> None:
    """Read back, the body holds each field that was said, none that was not, and nothing else."""
    said = json.loads(wire.cancel_all_body(scope_of(contract, side, position_side)))
    expected = {"contract_code": str(contract), "side": str(side), "position_side": str(position_side)}
    assert said == {name: word for name, word in expected.items() if word not in ("ALL", "any")}


def test_body_bytes_of_the_vector() -> None:
    """The body of the published example, byte for byte; `{}` if nothing is said."""
    assert wire.cancel_all_body(scope_of()) == (
        b'{"contract_code":"BTC-USDT-241115","side":"buy","position_side":"long"}'
    )
    assert wire.cancel_all_body(scope_of(ALL, Side.ANY, PositionSide.ANY)) == b"{}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("side", PositionSide.LONG),
        ("side", PositionSide.ANY),
        ("side", "buy"),
        ("side", "any"),
        ("side", ""),
        ("side", None),
        ("position_side", Side.BUY),
        ("position_side", Side.ANY),
        ("position_side", "long"),
        ("position_side", None),
        ("contract", "btc-usdt"),
        ("contract", ""),
        ("contract", "BTC-USDT-241115\n"),
        ("contract", "all"),
        ("target", Target.TRIGGERS),
        ("target", "orders"),
        ("target", None),
    ],
    ids=repr,
)
def test_no_hole_falls_through_to_everything(name: str, value: object) -> None:
    """A field that holds something else than its words makes no body, even in a scope made past its own checks."""
    broken = object.__new__(Scope)
    fields = {"account": MAIN, "contract": BTC, "side": Side.BUY, "position_side": PositionSide.LONG}
    for field, good in (*fields.items(), ("target", Target.ORDERS)):
        object.__setattr__(broken, field, value if field == name else good)
    with pytest.raises((ValueError, TypeError)):
        wire.cancel_all_body(broken)


def test_a_row() -> None:
    """Every fact of a row arrives, ids as text and money as Decimal."""
    assert row() == Order(
        order_id="1331225286568849409",
        client_order_id="77",
        contract="BTC-USDT-241115",
        side=Side.BUY,
        position_side=PositionSide.LONG,
        price=Decimal("61900.5"),
        volume=Decimal(50),
        filled=Decimal(12),
        reduce_only=False,
        state="partially_filled",
    )


@pytest.mark.parametrize(
    ("changes", "name", "expected"),
    [
        ({"order_id": 1331225286568849409}, "order_id", "1331225286568849409"),
        ({"client_order_id": 9223372036854775807}, "client_order_id", "9223372036854775807"),
        ({"client_order_id": ""}, "client_order_id", None),
        ({"client_order_id": None}, "client_order_id", None),
        ({"price": ""}, "price", None),
        ({"price": None}, "price", None),
        ({"price": 61900.1}, "price", Decimal("61900.1")),
        ({"price": "1e-8"}, "price", Decimal("1e-8")),
        ({"volume": 50}, "volume", Decimal(50)),
        ({"volume": 0.1}, "volume", Decimal("0.1")),
        ({"trade_volume": ""}, "filled", Decimal(0)),
        ({"trade_volume": None}, "filled", Decimal(0)),
        ({"trade_volume": 3}, "filled", Decimal(3)),
        ({"reduce_only": 1}, "reduce_only", True),
        ({"reduce_only": 0}, "reduce_only", False),
        ({"reduce_only": None}, "reduce_only", False),
        ({"reduce_only": ""}, "reduce_only", False),
        ({"reduce_only": True}, "reduce_only", True),
        ({"reduce_only": "true"}, "reduce_only", True),
        ({"state": 3}, "state", "3"),
        ({"state": "new"}, "state", "new"),
        ({"unheard_of": {"x": [1]}}, "order_id", "1331225286568849409"),
    ],
)
def test_shapes_that_were_seen(changes: Mapping[str, object], name: str, expected: object) -> None:
    """Text or number, word or number, null or empty: what captures and docs show is read."""
    assert getattr(row(**changes), name) == expected


@pytest.mark.parametrize(
    "changes",
    [
        {"side": None}, {"side": "any"}, {"side": "BUY"}, {"side": 1}, {"side": ""},
        {"position_side": None}, {"position_side": "any"}, {"position_side": "net"}, {"position_side": ""},
        {"contract_code": None}, {"contract_code": ""}, {"contract_code": 7}, {"contract_code": "X" * 513},
        {"order_id": None}, {"order_id": ""}, {"order_id": 1.3e18}, {"order_id": True}, {"order_id": "-1"},
        {"order_id": "１２"}, {"order_id": "1" * 33}, {"id": True}, {"id": []},
        {"volume": "NaN"}, {"volume": "-1"}, {"volume": -1}, {"volume": "1_0"},
        {"volume": "1e999999999"}, {"volume": "Infinity"}, {"volume": True}, {"volume": "٥"}, {"volume": " 5"},
        {"price": "-1"}, {"price": []}, {"price": "1,5"}, {"trade_volume": "x"}, {"trade_volume": False},
        {"reduce_only": 2}, {"reduce_only": "yes"}, {"reduce_only": []},
        {"state": True},
    ],
    ids=repr,
)  # fmt: skip
def test_shapes_that_are_errors(changes: Mapping[str, object]) -> None:
    """A row that leaves a deciding fact open, or bends a number, is an error."""
    with pytest.raises(WireError):
        row(**changes)


@pytest.mark.parametrize("name", ["code", "err_code", "err-code"])
def test_an_items_code_in_each_of_htx_s_fields(name: str) -> None:
    """An order that was not cancelled must not pass for one listed without a code."""
    (item,) = wire.items([{"order_id": "12", name: 1063}])
    assert item.code == 1063
    (trigger,) = algo_items([{"algo_id": "12", name: 1061}])
    assert trigger.code == 1061
    with pytest.raises(WireError):
        wire.items([{"order_id": "12", "code": 200, "err_code": 1063, "err-code": 1063}])


def test_a_mark_before_the_document_says_nothing() -> None:
    """Some servers put U+FEFF first; twice is no JSON."""
    body = b'{"code":200,"data":[]}'
    assert wire.envelope(b"\xef\xbb\xbf" + body) == wire.envelope(body)
    with pytest.raises(WireError):
        wire.envelope(b"\xef\xbb\xbf" * 2 + body)


@pytest.mark.parametrize("missing", ["order_id", "contract_code", "side", "position_side"])
def test_missing_facts_are_errors(missing: str) -> None:
    """Each deciding fact must be there."""
    with pytest.raises(WireError):
        wire.open_rows([{name: value for name, value in ROW.items() if name != missing}], ALL)


@pytest.mark.parametrize("data", [{}, "", "[]", {"orders": []}, 0, False, [[]], [None], ["1"]])
def test_pages_that_are_no_lists_of_rows(data: object) -> None:
    """Only a list is a page, or null for one without rows."""
    assert wire.open_rows(None, ALL) == ()
    with pytest.raises(WireError):
        wire.open_rows(data, ALL)


def test_rows_of_another_contract_are_errors() -> None:
    """A row of a contract that was not asked for contradicts the request."""
    rows = [ROW, {**ROW, "contract_code": "ETH-USDT"}]
    assert len(wire.open_rows(rows, ALL)) == 2
    with pytest.raises(WireError):
        wire.open_rows(rows, ROW["contract_code"])


def test_cursors() -> None:
    """Pages go by the row's `id`, as number or text, and by the order id where there is none."""
    cursors = [
        wire.open_rows([{**ROW, **change}], ALL)[0].cursor
        for change in ({}, {"id": 5}, {"id": None}, {"id": ""}, {"id": "6"})
    ]
    assert cursors == [1431225286568849411, 5, 1331225286568849409, 1331225286568849409, 6]


def test_query_words() -> None:
    """A page is asked for with the highest limit, and only with the words that were said."""
    assert wire.opens_params(OpensQuery(contract=ALL)) == {"limit": "100"}
    assert wire.opens_params(OpensQuery(contract=BTC, margin_mode="cross", cursor=7, direct="prev")) == {
        "limit": "100",
        "contract_code": "BTC-USDT-241115",
        "margin_mode": "cross",
        "from": "7",
        "direct": "prev",
    }


def test_position_modes() -> None:
    """Both modes are read, and nothing else is one."""
    modes = [wire.position_mode({"position_mode": word}) for word in ("single_side", "dual_side")]
    assert modes == [PositionMode.ONE_WAY, PositionMode.HEDGE]
    for bad in (None, {}, [], {"position_mode": "net"}, {"position_mode": None}, [{"position_mode": "dual_side"}]):
        with pytest.raises(WireError):
            wire.position_mode(bad)


@pytest.mark.parametrize("ts", ["1731657909123", 1731657909123], ids=repr)
def test_server_time(ts: object) -> None:
    """Milliseconds as number or text become seconds."""
    said = wire.envelope(json.dumps({"status": "ok", "ts": ts}).encode())
    assert wire.server_time(said) == 1731657909.123


@pytest.mark.parametrize("ts", [None, 0, 1731657909, "soon", -1731657909123, 17316579091230])
def test_server_time_must_be_of_this_age(ts: object) -> None:
    """Seconds, zero or words are no server time: a wrong offset would make every signature stale."""
    said = wire.envelope(json.dumps({"status": "ok", "ts": ts}).encode())
    with pytest.raises(WireError):
        wire.server_time(said)


scopes = st.builds(
    scope_of,
    contract=st.one_of(st.just(ALL), st.from_regex(r"[A-Z0-9]{1,20}-USDT(-[0-9]{6})?", fullmatch=True)),
    side=st.sampled_from(Side),
    position_side=st.sampled_from(PositionSide),
)


@given(one=scopes, other=scopes)
def test_different_scopes_have_different_bodies(one: Scope, other: Scope) -> None:
    """No two scopes share a body."""
    assert (wire.cancel_all_body(one) == wire.cancel_all_body(other)) == (one == other)


def test_every_pair_of_words_is_distinct() -> None:
    """The twelve pairs of sides give twelve bodies."""
    pairs = itertools.product(Side, PositionSide)
    assert len({wire.cancel_all_body(scope_of(BTC, side, position)) for side, position in pairs}) == 12
