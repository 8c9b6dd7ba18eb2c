"""Trigger, TP/SL and trailing orders: a family of its own with its own list and cancel."""

from typing import get_args

from simulator.htx.call import PrivateCall
from simulator.htx.checks import (
    checked_fields,
    contract_of,
    id_of,
    json_body,
    page_of,
    query_fields,
    word_of,
)
from simulator.htx.codes import SUCCESS, message_of
from simulator.htx.orders import AlgoOrder, AlgoType, algo_row
from simulator.htx.replies import Problem, Reply, success

TYPES: frozenset[str] = frozenset(get_args(AlgoType))

MAX_ALGO_BATCH = 10
"""Most algo orders a cancel call takes. Unknown: assumed as for plain orders."""


def algo_opens(call: PrivateCall) -> Reply:
    """HTX V5 docs, algo/order/opens: `type` is required (1066), one query for each type."""
    names = ("type", "contract_code", "algo_id", "algo_client_order_id", "from", "limit", "direct")
    fields = query_fields(call, names, ("type",))
    kind = word_of(fields, "type", TYPES)
    contract = contract_of(call, fields)
    algo_id, client_id = id_of(fields, "algo_id"), id_of(fields, "algo_client_order_id")
    page = page_of(call, fields)
    book = call.account
    found: dict[int, object] = {
        int(order.id): book.printed(order.algo_id, algo_row(order, call.behaviour))
        for order in book.open_algos()
        if order.type == kind
        and contract in (None, order.contract)
        and algo_id in (None, order.algo_id)
        and client_id in (None, order.algo_client_order_id)
    } | book.strays
    rows = [found[one] for one in page.of(found)]
    return success(rows, call.ts)


def algo_cancel_orders(call: PrivateCall) -> Reply:
    """POST algo/cancel_orders: {contract_code, algo_id | algo_client_order_id}, or an array.

    Which of the two shapes HTX takes is unknown: see `Behaviour.algo_body`.
    """
    body = json_body(call)
    form = "array" if isinstance(body, list) else "object"
    if call.behaviour.algo_body not in ("either", form):
        raise Problem(1030, f"The body must not be an {form}.")
    entries = body if isinstance(body, list) else [body]
    if not entries:
        raise Problem(1066)
    if len(entries) > MAX_ALGO_BATCH:
        raise Problem(1052)
    # Every entry is read before the first one acts: a refused request has no effect.
    orders = [_named(call, entry) for entry in entries]
    return success([_cancel(call, *named) for named in orders], call.ts)


def _named(call: PrivateCall, entry: object) -> tuple[str, str, AlgoOrder | None]:
    if not isinstance(entry, dict):
        raise Problem(1030, "An entry is not an object.")
    names = ("contract_code", "algo_id", "algo_client_order_id")
    fields = checked_fields(entry, names, ("contract_code",))
    contract = contract_of(call, fields)
    algo_id = id_of(fields, "algo_id") or ""
    client_id = id_of(fields, "algo_client_order_id") or ""
    if not algo_id and not client_id:
        raise Problem(1066, "algo_id or algo_client_order_id is required.")
    found = (
        order
        for order in call.account.algos()
        if order.contract == contract
        and algo_id in ("", order.algo_id)
        and client_id in ("", order.algo_client_order_id)
    )
    return algo_id, client_id, next(found, None)


def _cancel(call: PrivateCall, algo_id: str, client_id: str, order: AlgoOrder | None) -> dict[str, object]:
    if order is None:
        code = 1061
    elif call.account.cancel_algo(order.algo_id):
        call.note("algo_cancelled", order.algo_id)
        code = SUCCESS
    else:
        code = 1071
    return {
        "algo_id": order.algo_id if order else algo_id,
        "algo_client_order_id": order.algo_client_order_id if order else client_id,
        "code": code,
        "message": message_of(code),
    }
