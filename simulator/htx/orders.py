"""Orders as values, and the wire fields that HTX documents for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from simulator.htx.behaviour import Behaviour
from simulator.htx.contracts import ContractType

Side = Literal["buy", "sell"]
PositionSide = Literal["long", "short", "both"]
MarginMode = Literal["cross", "isolated"]
OrderType = Literal["market", "limit", "post_only"]
AlgoType = Literal["tp", "sl", "tpsl", "trigger", "trailing_stop"]
State = Literal["new", "partially_filled", "filled", "partially_canceled", "canceled", "rejected"]

STATE_NUMBERS: Mapping[str, int] = MappingProxyType(
    {
        "rejected": 2,
        "new": 3,
        "partially_filled": 4,
        "partially_canceled": 5,
        "filled": 6,
        "canceled": 7,
    }
)
"""A docs sample shows 3 for an open order; the rest follows HTX's older numbering."""

CONTRACT_SIZE = Decimal("0.001")
"""Coins per contract, the same for every simulated contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A plain order. `volume` and `traded` are in contracts, times in epoch milliseconds.

    `id` is the query id that paging uses; it differs from `order_id` on purpose, so that a
    client which mixes them up is found out. Neighbouring ids differ by less than a float
    can tell apart at 19 digits, so that a client which rounds them is found out as well.
    """

    id: str
    order_id: str
    client_order_id: str
    contract: str
    contract_type: ContractType
    side: Side
    position_side: PositionSide
    margin_mode: MarginMode
    type: OrderType
    price: str
    volume: str
    traded: Decimal = Decimal(0)
    state: State = "new"
    lever_rate: int = 5
    reduce_only: bool = False
    order_source: str = "api"
    tp_trigger_price: str = ""
    sl_trigger_price: str = ""
    created_ms: int
    updated_ms: int
    cancelling: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it can still trade."""
        return self.state in ("new", "partially_filled")

    @property
    def rest(self) -> Decimal:
        """Contracts not traded yet."""
        return Decimal(self.volume) - self.traded


@dataclass(frozen=True, slots=True, kw_only=True)
class AlgoOrder:
    """A trigger, TP/SL or trailing order, waiting for its price; cancel-all leaves it alone."""

    id: str
    algo_id: str
    algo_client_order_id: str
    contract: str
    contract_type: ContractType
    type: AlgoType
    side: Side
    position_side: PositionSide
    margin_mode: MarginMode
    volume: str
    trigger_price: str
    state: Literal["active", "effective", "canceled", "failed"] = "active"
    reduce_only: bool = False
    created_ms: int
    updated_ms: int


def order_row(order: Order, style: Behaviour) -> dict[str, object]:
    """The item of order/opens for `order`: prices and volumes are strings, many fields empty."""
    turnover = order.traded * CONTRACT_SIZE * Decimal(order.price or 0)
    state = STATE_NUMBERS[order.state] if style.state_style == "number" else order.state
    return {
        "id": order.id,
        "contract_code": order.contract,
        "side": order.side,
        "position_side": order.position_side,
        "type": order.type,
        "price_match": "",
        "order_id": order.order_id,
        "client_order_id": order.client_order_id,
        "margin_mode": order.margin_mode,
        "price": order.price,
        "volume": order.volume,
        "lever_rate": order.lever_rate,
        "state": state,
        "order_source": order.order_source,
        "reduce_only": order.reduce_only,
        "time_in_force": "gtc",
        **_attached(order),
        "trade_avg_price": order.price if order.traded else "0",
        "trade_volume": str(order.traded),
        "trade_turnover": str(turnover),
        "fee": "0",
        "fee_currency": "",
        "profit": None,
        "price_protect": "",
        "contract_type": order.contract_type,
        "created_time": _time(order.created_ms, style),
        "updated_time": _time(order.updated_ms, style),
        "cancel_reason": "",
        "self_match_prevent": "cancel_both",
    }


def _attached(order: Order) -> dict[str, object]:
    return {
        "tp_trigger_price": order.tp_trigger_price,
        "tp_order_price": "",
        "tp_type": "market" if order.tp_trigger_price else "",
        "tp_trigger_price_type": "last" if order.tp_trigger_price else "",
        "sl_trigger_price": order.sl_trigger_price,
        "sl_order_price": "",
        "sl_type": "market" if order.sl_trigger_price else "",
        "sl_trigger_price_type": "last" if order.sl_trigger_price else "",
    }


def algo_row(order: AlgoOrder, style: Behaviour) -> dict[str, object]:
    """The item of algo/order/opens for `order`; the price stands in the field of its type."""
    price = order.trigger_price
    kind = order.type
    return {
        "id": order.id,
        "algo_id": order.algo_id,
        "algo_client_order_id": order.algo_client_order_id,
        "contract_code": order.contract,
        "contract_type": order.contract_type,
        "type": kind,
        "state": order.state,
        "side": order.side,
        "position_side": order.position_side,
        "margin_mode": order.margin_mode,
        "volume": order.volume,
        "trigger_price": price if kind == "trigger" else "",
        "tp_trigger_price": price if kind in ("tp", "tpsl") else "",
        "sl_trigger_price": price if kind in ("sl", "tpsl") else "",
        "active_price": price if kind == "trailing_stop" else "",
        "callback_rate": "0.01" if kind == "trailing_stop" else "",
        "reduce_only": order.reduce_only,
        "order_source": "api",
        "relation_order_id": None,
        "created_time": _time(order.created_ms, style),
        "updated_time": _time(order.updated_ms, style),
    }


def _time(milliseconds: int, style: Behaviour) -> object:
    return str(milliseconds) if style.time_style == "string" else milliseconds
