"""Accounts and the orders they hold; the only place where orders change."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from enum import Enum, auto
from itertools import count
from typing import Final, Literal, TypedDict, Unpack

from simulator.htx.contracts import Contracts
from simulator.htx.orders import (
    AlgoOrder,
    AlgoType,
    MarginMode,
    Order,
    OrderType,
    PositionSide,
    Side,
    State,
)

PositionMode = Literal["dual_side", "single_side"]
"""HTX V5 docs, position/mode: single_side is one-way, dual_side is hedge."""


class Extras(TypedDict, total=False):
    """Optional fields of an order, named as in `Order`."""

    client_order_id: str
    margin_mode: MarginMode
    type: OrderType
    lever_rate: int
    reduce_only: bool
    order_source: str
    tp_trigger_price: str
    sl_trigger_price: str


class LeftOut(Enum):
    """What stands for a field that is not there."""

    LEFT_OUT = auto()


LEFT_OUT: Final = LeftOut.LEFT_OUT
"""In a misprint: the field is not there at all."""


class Ids:
    """19-digit ids that grow with time; see `Order` for why they lie so close together."""

    def __init__(self) -> None:
        self._orders = count(1331225286568849409, 7)
        self._queries = count(1431225286568849411, 7)

    def order(self) -> str:
        """A new `order_id` or `algo_id`."""
        return str(next(self._orders))

    def query(self) -> str:
        """A new `id`, the cursor of paging."""
        return str(next(self._queries))


class Account:
    """One HTX UID: its keys, its position mode and its orders.

    Attributes:
        uid: what rate limits are counted by.
        position_mode: dual_side (hedge) or single_side (one-way).
        secret_of: secret by access key; a key that is taken out is unknown from then on.
        strays: rows in every list of open orders that are no orders, by their place among them.
    """

    def __init__(
        self,
        *,
        uid: str,
        position_mode: PositionMode,
        contracts: Contracts,
        ids: Ids,
        now_ms: Callable[[], int],
    ) -> None:
        self.uid = uid
        self.position_mode = position_mode
        self.secret_of: dict[str, str] = {}
        self._contracts = contracts
        self._ids = ids
        self._now_ms = now_ms
        self._orders: dict[str, Order] = {}
        self._algos: dict[str, AlgoOrder] = {}
        self._misprints: dict[str, Mapping[str, object]] = {}
        self.strays: dict[int, object] = {}

    @property
    def access_key(self) -> str:
        """The access key that was added first."""
        return next(iter(self.secret_of))

    @property
    def secret(self) -> str:
        """The secret of `access_key`."""
        return self.secret_of[self.access_key]

    def add_key(self, access_key: str, secret: str) -> None:
        """Gives the account one more API key; all its keys share the UID's rate limits."""
        self.secret_of[access_key] = secret

    def place(
        self,
        *,
        contract: str = "BTC-USDT",
        side: Side = "buy",
        position_side: PositionSide | None = None,
        price: str = "61200",
        volume: str = "50",
        **extras: Unpack[Extras],
    ) -> str:
        """Rests one order on the book and returns its `order_id`.

        Without `position_side`: long in hedge mode, both in one-way mode. An unlisted
        contract is listed. Without `client_order_id` it equals the order id, as the docs show.
        """
        order_id, now = self._ids.order(), self._now_ms()
        fields: Extras = {
            "client_order_id": order_id,
            "margin_mode": "cross",
            "type": "limit",
            **extras,
        }
        listed = self._contracts.get(contract) or self._contracts.list(contract)
        order = Order(
            id=self._ids.query(),
            order_id=order_id,
            contract=contract,
            contract_type=listed.contract_type,
            side=side,
            position_side=self._position_side(position_side),
            price=price,
            volume=volume,
            created_ms=now,
            updated_ms=now,
            **fields,
        )
        self._orders[order_id] = order
        return order_id

    def place_again(self, order: Order) -> str:
        """Places a fresh, untouched copy of `order` and returns the new `order_id`."""
        order_id, now = self._ids.order(), self._now_ms()
        self._orders[order_id] = replace(
            order,
            id=self._ids.query(),
            order_id=order_id,
            client_order_id=order_id,
            traded=Decimal(0),
            state="new",
            created_ms=now,
            updated_ms=now,
            cancelling=False,
        )
        return order_id

    def place_algo(  # noqa: PLR0913  every argument is optional and named
        self,
        *,
        type: AlgoType = "trigger",  # noqa: A002  the name on the wire
        contract: str = "BTC-USDT",
        side: Side = "sell",
        position_side: PositionSide | None = None,
        volume: str = "1",
        trigger_price: str = "70000",
        margin_mode: MarginMode = "cross",
    ) -> str:
        """Places a trigger, TP/SL or trailing order and returns its `algo_id`."""
        algo_id, now = self._ids.order(), self._now_ms()
        listed = self._contracts.get(contract) or self._contracts.list(contract)
        self._algos[algo_id] = AlgoOrder(
            id=self._ids.query(),
            algo_id=algo_id,
            algo_client_order_id=algo_id,
            contract=contract,
            contract_type=listed.contract_type,
            type=type,
            side=side,
            position_side=self._position_side(position_side),
            margin_mode=margin_mode,
            volume=volume,
            trigger_price=trigger_price,
            created_ms=now,
            updated_ms=now,
        )
        return algo_id

    def _position_side(self, wanted: PositionSide | None) -> PositionSide:
        # HTX V5 docs: one-way mode knows only "both", hedge mode only long and short.
        one_way = self.position_mode == "single_side"
        chosen: PositionSide = wanted or ("both" if one_way else "long")
        if (chosen == "both") is not one_way:
            raise ValueError(f"position_side {chosen} does not exist in {self.position_mode}")
        return chosen

    def fill(self, order_id: str, volume: str | None = None) -> None:
        """Trades `volume` contracts of an open order, the whole rest without it."""
        order = self._orders[order_id]
        if not order.is_open:
            raise ValueError(f"order {order_id} is {order.state}")
        part = order.rest if volume is None else Decimal(volume)
        if not 0 < part <= order.rest:
            raise ValueError(f"cannot fill {part} of {order.rest}")
        state: State = "filled" if part == order.rest else "partially_filled"
        self._change(replace(order, traded=order.traded + part, state=state))

    def cancel(self, order_id: str) -> bool:
        """Cancels an open order, as by hand on the website; False if it is no longer open."""
        order = self._orders[order_id]
        if order.is_open:
            state: State = "partially_canceled" if order.traded else "canceled"
            self._change(replace(order, state=state, cancelling=False))
        return order.is_open

    def reopen(self, order_id: str) -> None:
        """Lists a cancelled order as open again, as a list that lags behind does."""
        self._change(replace(self._orders[order_id], state="new"))

    def misprint(self, order_id: str, /, **fields: object) -> None:
        """Lists an order, or an algo order, with other values in some fields; `LEFT_OUT` leaves a field out.

        The order itself stays what it is: filters and cancellations go by that.
        """
        self._misprints[order_id] = fields

    def stray(self, row: object) -> None:
        """Puts a row of any JSON into every list of open orders and algo orders, after what is there now."""
        self.strays[int(self._ids.query())] = row

    def printed(self, order_id: str, row: dict[str, object]) -> dict[str, object]:
        """The row of an order as it is listed."""
        said = {**row, **self._misprints.get(order_id, {})}
        return {name: value for name, value in said.items() if value is not LEFT_OUT}

    def mark_cancelling(self, order_id: str) -> None:
        """Remembers that a cancellation of this order is on its way."""
        self._orders[order_id] = replace(self._orders[order_id], cancelling=True)

    def _change(self, order: Order) -> None:
        self._orders[order.order_id] = replace(order, updated_ms=self._now_ms())

    def cancel_algo(self, algo_id: str) -> bool:
        """Cancels an active algo order; False if it is no longer active."""
        order = self._algos[algo_id]
        if order.state == "active":
            self._algos[algo_id] = replace(order, state="canceled", updated_ms=self._now_ms())
        return order.state == "active"

    def order(self, order_id: str) -> Order:
        """The order as it is now, open or not."""
        return self._orders[order_id]

    def algo(self, algo_id: str) -> AlgoOrder:
        """The algo order as it is now, active or not."""
        return self._algos[algo_id]

    def orders(self) -> tuple[Order, ...]:
        """Every order ever placed, oldest first."""
        return tuple(self._orders.values())

    def open_orders(self) -> tuple[Order, ...]:
        """Orders that can still trade, oldest first."""
        return tuple(order for order in self._orders.values() if order.is_open)

    def open_ids(self) -> tuple[str, ...]:
        """`order_id` of each open order, oldest first."""
        return tuple(order.order_id for order in self.open_orders())

    def algos(self) -> tuple[AlgoOrder, ...]:
        """Every algo order ever placed, oldest first."""
        return tuple(self._algos.values())

    def open_algos(self) -> tuple[AlgoOrder, ...]:
        """Active algo orders, oldest first."""
        return tuple(order for order in self._algos.values() if order.state == "active")

    def matching(self, *, contract: str | None, side: str | None, position_side: str | None) -> tuple[Order, ...]:
        """Open orders within a cancel-all scope: an absent field means any, present ones are ANDed.

        A position side that the account's mode does not know therefore matches nothing.
        """
        return tuple(
            order
            for order in self.open_orders()
            if contract in (None, order.contract)
            and side in (None, order.side)
            and position_side in (None, order.position_side)
        )
