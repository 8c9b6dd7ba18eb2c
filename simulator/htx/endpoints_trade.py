"""POST /v5/trade/cancel_*: the orders that act."""

from simulator.htx.call import PrivateCall
from simulator.htx.cancelling import cancel_by_id, cancel_orders
from simulator.htx.checks import (
    POSITION_SIDES,
    SIDES,
    body_fields,
    contract_of,
    id_of,
    word_of,
)
from simulator.htx.codes import SUCCESS
from simulator.htx.replies import Problem, Reply, legacy_error, success

MAX_BATCH = 10
"""HTX V5 docs, cancel_batch_orders: at most 10 orders a request."""


def cancel_all_orders(call: PrivateCall) -> Reply:
    """HTX V5 docs: contract_code, side and position_side, each optional; absent means any.

    An empty object therefore cancels every plain order of the account. Algo orders stay.
    """
    fields = body_fields(call, ("contract_code", "side", "position_side"))
    orders = call.account.matching(
        contract=contract_of(call, fields),
        side=word_of(fields, "side", SIDES, 1035),
        position_side=word_of(fields, "position_side", POSITION_SIDES),
    )
    items = cancel_orders(call, orders[: call.behaviour.max_cancelled])
    return success(items, call.ts) if items else _nothing(call)


def _nothing(call: PrivateCall) -> Reply:
    match call.behaviour.nothing_to_cancel:
        case "1051":
            raise Problem(1051)
        case "legacy":
            return legacy_error(1051, call.ts)
        case "empty":
            return success([], call.ts)
        case "null":
            return success(None, call.ts)


def cancel_order(call: PrivateCall) -> Reply:
    """HTX V5 docs: contract_code and one of order_id, client_order_id; order_id wins."""
    names = ("order_id", "client_order_id")
    fields = body_fields(call, ("contract_code", *names), ("contract_code",))
    given = [(name, value) for name in names if (value := id_of(fields, name)) is not None]
    if not given:
        raise Problem(1066, "order_id or client_order_id is required.")
    contract = contract_of(call, fields) or ""
    (result,) = cancel_by_id(call, given[:1], contract) or [{"code": 1063}]
    if result["code"] != SUCCESS:
        raise Problem(int(str(result["code"])))
    return success({name: result[name] for name in names}, call.ts)


def cancel_batch_orders(call: PrivateCall) -> Reply:
    """HTX V5 docs: contract_code, arrays of order_id and/or client_order_id; 1052 over ten."""
    names = ("order_id", "client_order_id")
    fields = body_fields(call, ("contract_code", *names), ("contract_code",))
    contract = contract_of(call, fields) or ""
    wanted = [(name, value) for name in names for value in _ids(fields.get(name), name)]
    if not wanted:
        raise Problem(1066, "order_id or client_order_id is required.")
    if len(wanted) > MAX_BATCH:
        raise Problem(1052)
    return success(cancel_by_id(call, wanted, contract), call.ts)


def _ids(value: object, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Problem(1067, f"The {name} field is not an array.")
    ids = [id_of({name: one}, name) or "" for one in value]
    if not all(ids):
        raise Problem(1066, f"The {name} field has an empty id.")
    return ids
