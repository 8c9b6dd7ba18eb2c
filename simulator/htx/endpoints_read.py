"""Signed GET endpoints about plain orders and the account."""

from collections.abc import Mapping

from simulator.htx.call import PrivateCall
from simulator.htx.checks import (
    MARGIN_MODES,
    contract_of,
    id_of,
    page_of,
    query_fields,
    word_of,
)
from simulator.htx.codes import SUCCESS
from simulator.htx.orders import Order, order_row
from simulator.htx.replies import Problem, Reply, success

OPENS = (
    "contract_code",
    "margin_mode",
    "order_id",
    "client_order_id",
    "from",
    "limit",
    "direct",
)


def order_opens(call: PrivateCall) -> Reply:
    """HTX V5 docs, order/opens: open orders in order of creation, 10 unless `limit` says more."""
    fields = query_fields(call, OPENS)
    default_margin = "cross" if call.behaviour.opens_margin == "cross" else None
    wanted: Mapping[str, str | None] = {
        "contract": contract_of(call, fields),
        "margin_mode": word_of(fields, "margin_mode", MARGIN_MODES) or default_margin,
        "order_id": id_of(fields, "order_id"),
        "client_order_id": id_of(fields, "client_order_id"),
    }
    page = page_of(call, fields)
    book = call.account
    found: dict[int, object] = {
        int(order.id): book.printed(order.order_id, order_row(order, call.behaviour))
        for order in book.open_orders()
        if _fits(order, wanted)
    } | book.strays
    rows = [found[one] for one in page.of(found)]
    return success(rows, call.ts)


def _fits(order: Order, wanted: Mapping[str, str | None]) -> bool:
    return all(value in (None, getattr(order, name)) for name, value in wanted.items())


def order_info(call: PrivateCall) -> Reply:
    """HTX V5 docs, order: one order, open or not; margin_mode defaults to cross.

    The docs' sample has `success` true, a null message and no `ts`.
    """
    names = ("contract_code", "margin_mode", "order_id", "client_order_id")
    fields = query_fields(call, names, ("contract_code",))
    order_id, client_id = id_of(fields, "order_id"), id_of(fields, "client_order_id")
    if order_id is None and client_id is None:
        raise Problem(1066, "order_id or client_order_id is required.")
    wanted: Mapping[str, str | None] = {
        "contract": contract_of(call, fields),
        "margin_mode": word_of(fields, "margin_mode", MARGIN_MODES) or "cross",
        "order_id": order_id,
        # HTX V5 docs: order_id wins if both are given.
        "client_order_id": None if order_id else client_id,
    }
    order = next((o for o in call.account.orders() if _fits(o, wanted)), None)
    if order is None:
        raise Problem(1061)
    row = call.account.printed(order.order_id, order_row(order, call.behaviour))
    return Reply(payload={"code": SUCCESS, "message": None, "success": True, "data": row})


def account_balance(call: PrivateCall) -> Reply:
    """HTX V5 docs, account/balance: no parameters; the sums are made up and never change."""
    query_fields(call, ())
    sums = {
        "equity": "10000",
        "initial_margin": "500",
        "maintenance_margin": "50",
        "maintenance_margin_rate": "0.005",
        "profit_unreal": "0",
        "available_margin": "9500",
        "voucher_value": "0",
    }
    detail = {
        "currency": "USDT",
        "equity": "10000",
        "available": "9500",
        "withdraw_available": "9500",
        "profit_unreal": "0",
    }
    times = {"created_time": str(call.ts), "updated_time": str(call.ts)}
    return success({"state": "normal", **sums, **times, "details": [detail]}, call.ts)


def position_mode(call: PrivateCall) -> Reply:
    """HTX V5 docs, position/mode: single_side is one-way, dual_side is hedge."""
    query_fields(call, ())
    return success({"position_mode": call.account.position_mode}, call.ts)
