"""JSON <-> model for orders that wait for a price: trigger, TP/SL, trailing. The rules are those of `wire`.

HTX asks for one `type` a read, and says neither how many ids one cancel may carry (ten, as its siblings) nor
whether its body is an array or one object: clients send an array, HTX's own SDK sends an object (HTX V5 docs).
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec

from bot.htx.careful import Careful
from bot.htx.strict import WireError, flag, id_text, optional_id, shaped
from bot.htx.wire import OpensQuery, item_code, opens_params
from bot.htx.wire_by_id import BATCH, checked_id
from bot.htx.wire_opens import Row, careful_cursor, cursor_of, of_contract, rows_of, sizes, usual_contract
from bot.model import Item, Order, PositionSide, Side, TriggerKind
from bot.model.scope import can_be_named

ALGO_OPENS: Final = "/v5/algo/order/opens"
ALGO_CANCEL: Final = "/v5/algo/cancel_orders"

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Number = int | str | None
_PRICES: Final = ("trigger_price", "tp_trigger_price", "sl_trigger_price", "active_price")


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    algo_id: int | str
    contract_code: _Text
    side: Literal["buy", "sell"]
    position_side: Literal["long", "short", "both"]
    type: Literal["tp", "sl", "tpsl", "trigger", "trailing_stop"] | None = None
    state: int | str | None = None
    id: int | str | None = None
    algo_client_order_id: int | str | None = None
    volume: _Number = None
    trigger_price: _Number = None
    tp_trigger_price: _Number = None
    sl_trigger_price: _Number = None
    active_price: _Number = None
    reduce_only: bool | int | str | None = None


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    algo_id: int | str
    algo_client_order_id: int | str | None = None
    code: int | str | None = None
    err_code: int | str | None = None
    err_dash_code: int | str | None = msgspec.field(name="err-code", default=None)


def algo_params(query: OpensQuery, kind: TriggerKind) -> dict[str, str]:
    """The query of one page of open orders of one kind."""
    return opens_params(query) | {"type": kind.value}


def algo_rows(data: object, kind: TriggerKind, contract: str) -> tuple[Row, ...]:
    """The rows of one page; null, under code 200, is a page without rows.

    Raises:
        WireError: neither, or a row of another kind or contract.
    """
    if data is None:
        return ()
    rows = rows_of(data, lambda said: _row(shaped(said, _Row), kind), lambda said: _odd(said, kind))
    if any(row.order.trigger is not kind for row in rows):
        raise WireError("contradiction")
    return of_contract(rows, contract)


def algo_cancel_bodies(orders: Sequence[Order], *, as_array: bool) -> list[bytes]:
    """What cancels these orders and no others: arrays of at most ten, or one object an order.

    Raises:
        ValueError: an order that waits for no price, or whose contract or id is not HTX's.
    """
    entries = [_entry(order) for order in orders]
    if not as_array:
        return [msgspec.json.encode(entry) for entry in entries]
    return [msgspec.json.encode(entries[at : at + BATCH]) for at in range(0, len(entries), BATCH)]


def _entry(order: Order) -> dict[str, str]:
    if order.trigger is None or not can_be_named(order.contract):
        raise ValueError(f"not a trigger order: {order!r}")
    return {"contract_code": order.contract, "algo_id": checked_id(order.order_id)}


def algo_items(data: object) -> tuple[Item, ...]:
    """The items of a cancel answer; one object stands for a list of one.

    Raises:
        WireError: neither, an item without an id, an odd code, or an order told of twice.
    """
    found = tuple(_item(each) for each in shaped(data if isinstance(data, list) else [data], list[_Item]))
    if len({item.order_id for item in found}) < len(found):
        raise WireError("contradiction")
    return found


def _item(said: _Item) -> Item:
    client = optional_id(said.algo_client_order_id)
    code = item_code(said.code, said.err_code, said.err_dash_code)
    return Item(order_id=id_text(said.algo_id), client_order_id=client, code=code)


def _row(said: _Row, kind: TriggerKind) -> Row:
    """Raises WireError."""
    prices = sizes(said.trigger_price, said.tp_trigger_price, said.sl_trigger_price, said.active_price)
    algo_id = id_text(said.algo_id)
    (volume,) = sizes(said.volume)
    order = Order(
        order_id=algo_id,
        client_order_id=optional_id(said.algo_client_order_id),
        contract=usual_contract(said.contract_code),
        side=Side(said.side),
        position_side=PositionSide(said.position_side),
        price=next((price for price in prices if price), None),
        volume=volume or Decimal(0),
        filled=Decimal(0),
        reduce_only=flag(said.reduce_only),
        state="" if said.state is None else str(said.state),
        trigger=TriggerKind(said.type or kind),
    )
    cursor, borrowed = cursor_of(said.id, algo_id)
    return Row(cursor=cursor, order=order, borrowed=borrowed)


def _odd(data: object, kind: TriggerKind) -> Row:
    """A row of which something cannot be read; its kind is then that of its list."""
    row = Careful(data)
    algo_id = row.identity("algo_id", "algo_client_order_id")
    prices = [row.number(name) for name in _PRICES]
    order = Order(
        order_id=algo_id,
        client_order_id=row.text("algo_client_order_id"),
        contract=row.contract(),
        side=row.word("side", Side, Side.ANY),
        position_side=row.word("position_side", PositionSide, PositionSide.ANY),
        price=next((price for price in prices if price), None),
        volume=row.number("volume") or Decimal(0),
        filled=Decimal(0),
        reduce_only=row.flag("reduce_only"),
        state=row.text("state") or "",
        trigger=(row.word("type", TriggerKind) if row.said("type") else None) or kind,
        odd=tuple(row.odd),
    )
    cursor, borrowed = careful_cursor(row, algo_id)
    return Row(cursor=cursor, order=order, borrowed=borrowed)
