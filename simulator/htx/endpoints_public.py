"""Public endpoints: time, health and the list of contracts; legacy envelopes."""

from simulator.htx.call import Call
from simulator.htx.checks import MARGIN_MODES, query_fields
from simulator.htx.contracts import CONTRACT_TYPES, Contract
from simulator.htx.replacements import Maintain
from simulator.htx.replies import Problem, Reply, legacy_error, legacy_ok

BUSINESS_TYPES = frozenset({"swap", "futures", "all"})


def timestamp(call: Call) -> Reply:
    """HTX docs, /api/v1/timestamp: `status` and the exchange's `ts` in milliseconds."""
    return Reply(payload={"status": "ok", "ts": call.ts})


def heartbeat(call: Call) -> Reply:
    """HTX docs, /heartbeat/: 1 up, 0 maintenance, and the estimated recovery time or null."""
    fault = next((fault for fault in call.faults if isinstance(fault, Maintain)), None)
    data = {
        "heartbeat": 1,
        "estimated_recovery_time": None,
        "swap_heartbeat": 1,
        "swap_estimated_recovery_time": None,
        "linear_swap_heartbeat": 1 if fault is None else 0,
        "linear_swap_estimated_recovery_time": None if fault is None else fault.until_ms,
    }
    return legacy_ok(data, call.ts)


def contract_info(call: Call) -> Reply:
    """HTX docs, swap_contract_info: contracts that fit.

    `business_type` is required to see dated contracts ("must be futures or all"):
    without it only perpetuals are listed.
    """
    names = ("contract_code", "support_margin_mode", "pair", "contract_type", "business_type")
    try:
        given = {name: str(value) for name, value in query_fields(call, names).items()}
    except Problem as problem:
        return legacy_error(problem.code, call.ts, problem.detail)
    business = given.get("business_type", "swap")
    known = (
        business in BUSINESS_TYPES
        and given.get("support_margin_mode", "all") in MARGIN_MODES | {"all"}
        and given.get("contract_type", "swap") in CONTRACT_TYPES
    )
    if not known:
        return legacy_error(1067, call.ts)
    rows = [_row(one) for one in call.contracts.all() if _fits(one, given, business)]
    return legacy_ok(rows, call.ts) if rows else legacy_error(1014, call.ts)


def _fits(contract: Contract, given: dict[str, str], business: str) -> bool:
    kind = "swap" if contract.contract_type == "swap" else "futures"
    if business not in ("all", kind):
        return False
    if "contract_code" in given:
        # HTX docs: contract_code is preferred when pair and contract_type are given too.
        return contract.code == given["contract_code"]
    return contract.pair == given.get("pair", contract.pair) and contract.contract_type == given.get(
        "contract_type", contract.contract_type
    )


def _row(contract: Contract) -> dict[str, object]:
    swap = contract.contract_type == "swap"
    delivery = "" if swap else f"20{contract.code[-6:]}"
    return {
        "symbol": contract.pair.split("-")[0],
        "contract_code": contract.code,
        "contract_size": 0.001,
        "price_tick": 0.1,
        "delivery_date": delivery,
        "delivery_time": "",
        "create_date": "20201021",
        "contract_status": contract.status,
        "settlement_date": "1731657600000",
        "support_margin_mode": "all" if swap else "cross",
        "business_type": "swap" if swap else "futures",
        "pair": contract.pair,
        "contract_type": contract.contract_type,
        "trade_partition": "USDT",
    }
