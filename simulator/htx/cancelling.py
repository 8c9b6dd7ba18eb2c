"""What a cancellation really does to each order, faults included."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from math import ceil
from typing import Literal
from zlib import crc32

from simulator.htx.call import PrivateCall
from simulator.htx.codes import SUCCESS, message_of
from simulator.htx.faults import Fault, FillDuring, Half, ItemCodes, Late, Lie, Refill
from simulator.htx.orders import Order

Deed = Literal["cancel", "fill", "leave"]

EXECUTED = 1063
REPEATED = 1071
GONE = frozenset({1017, 1061, 1071})
"""Codes that say the order is no longer there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What happens to one order: `traded` contracts first, then the deed; None as code: unsaid."""

    deed: Deed = "cancel"
    code: int | None = SUCCESS
    traded: str | None = None


def item(order_id: str, client_order_id: str, code: int) -> dict[str, object]:
    """One item of a cancel answer as the HTX V5 docs show it."""
    return {
        "client_order_id": client_order_id,
        "code": code,
        "message": message_of(code),
        "order_id": order_id,
    }


def cancel_orders(call: PrivateCall, orders: Sequence[Order]) -> list[dict[str, object]]:
    """Cancels open `orders` as far as the faults let it; returns the items to report."""
    items: list[dict[str, object]] = []
    cancelled: list[Order] = []
    for position, order in enumerate(orders):
        fate = _fate(order, position, len(orders), call.faults)
        if _perform(call, order, fate):
            cancelled.append(order)
        if fate.code is not None:
            items.append(item(order.order_id, order.client_order_id, fate.code))
    _refill(call, cancelled)
    return items


def _fate(order: Order, position: int, total: int, faults: tuple[Fault, ...]) -> Fate:
    if order.cancelling:
        return Fate(deed="leave", code=REPEATED)
    fate = Fate()
    for fault in faults:
        match fault:
            case Lie():
                fate = replace(fate, deed="leave", code=SUCCESS)
            case Half(share=share, claims_all=claims) if position >= ceil(total * share):
                fate = replace(fate, deed="leave", code=SUCCESS if claims else None)
            case FillDuring() if _strikes(fault, order, position):
                fate = _filled(fate, order, fault)
            case ItemCodes() if (code := _item_code(fault, order.order_id)) is not None:
                fate = replace(fate, deed=fault.deed or _deed_of(code), code=code)
            case _:
                pass
    return fate


def _strikes(fault: FillDuring, order: Order, position: int) -> bool:
    if fault.order_ids is not None:
        return order.order_id in fault.order_ids
    return fault.count is None or position < fault.count


def _filled(fate: Fate, order: Order, fault: FillDuring) -> Fate:
    if fault.volume is not None and order.rest > Decimal(fault.volume):
        return replace(fate, traded=fault.volume)
    return replace(fate, deed="fill", code=EXECUTED if fault.reported else None)


def _item_code(fault: ItemCodes, order_id: str) -> int | None:
    if order_id in fault.codes:
        return fault.codes[order_id]
    picked = crc32(f"{fault.seed}:{order_id}".encode()) / 2**32 < fault.share
    return fault.code if picked else None


def _deed_of(code: int) -> Deed:
    if code == EXECUTED:
        return "fill"
    return "cancel" if code in GONE or code == SUCCESS else "leave"


def _perform(call: PrivateCall, order: Order, fate: Fate) -> bool:
    """Carries a fate out and says whether the order is cancelled, now or soon."""
    if fate.traded is not None:
        call.account.fill(order.order_id, fate.traded)
        call.note("filled", order.order_id)
    if fate.deed == "fill":
        call.account.fill(order.order_id)
        call.note("filled", order.order_id)
    if fate.deed != "cancel":
        return False
    cancel = partial(_cancel, call, order.order_id)
    late = next((fault for fault in call.faults if isinstance(fault, Late)), None)
    if late is None:
        cancel()
    else:
        call.account.mark_cancelling(order.order_id)
        call.later(late.seconds, cancel)
    return True


def _cancel(call: PrivateCall, order_id: str) -> None:
    # A late cancellation may find that the order has traded meanwhile: then it does nothing.
    if call.account.cancel(order_id):
        call.note("cancelled", order_id)


def _refill(call: PrivateCall, cancelled: Sequence[Order]) -> None:
    for fault in call.faults:
        if isinstance(fault, Refill):
            for order in cancelled[: fault.count]:
                call.note("placed", call.account.place_again(order))


def cancel_by_id(call: PrivateCall, wanted: Sequence[tuple[str, str]], contract: str) -> list[dict[str, object]]:
    """Cancels orders by `("order_id" | "client_order_id", value)`; one item each, live ones first.

    HTX codes: 1061 does not exist, 1063 already executed, 1071 already cancelled.
    """
    items: list[dict[str, object]] = []
    live: list[Order] = []
    for field, value in wanted:
        order = _find(call, field, value, contract)
        if order is not None and order.is_open and order not in live:
            live.append(order)
        elif order is None:
            ids = (value, "") if field == "order_id" else ("", value)
            items.append(item(*ids, 1061))
        else:
            code = EXECUTED if order.state == "filled" else REPEATED
            items.append(item(order.order_id, order.client_order_id, code))
    return [*cancel_orders(call, live), *items]


def _find(call: PrivateCall, field: str, value: str, contract: str) -> Order | None:
    same: Callable[[Order], bool] = (
        (lambda order: order.order_id == value)
        if field == "order_id"
        else (lambda order: order.client_order_id == value)
    )
    found = (o for o in call.account.orders() if same(o) and o.contract == contract)
    return next(found, None)
