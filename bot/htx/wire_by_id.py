"""JSON <-> model for one order at a time: cancelled by its id, or read to learn what became of it.

The rules are those of `wire`. Ten ids a request is HTX's limit (HTX V5 docs, cancel_batch_orders).
"""

from collections.abc import Sequence
from decimal import Decimal
from types import MappingProxyType
from typing import Final

import msgspec

from bot.htx.careful import Careful
from bot.htx.strict import WireError, id_text, shaped
from bot.model import ContractCode, Ended, Ending
from bot.model.scope import can_be_named

CANCEL_BATCH: Final = "/v5/trade/cancel_batch_orders"
ORDER: Final = "/v5/trade/order"
BATCH: Final = 10

_ENDINGS: Final = MappingProxyType(
    {
        "filled": Ending.FILLED,
        "canceled": Ending.CANCELLED,
        "partially_canceled": Ending.PARTLY_FILLED,
        # Numbers stand where words are expected in HTX's own samples; the numbering is that of its older API.
        "6": Ending.FILLED,
        "7": Ending.CANCELLED,
        "5": Ending.PARTLY_FILLED,
    }
)


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    order_id: int | str
    state: object = None
    volume: object = None
    trade_volume: object = None


def batch_body(contract: ContractCode, order_ids: Sequence[str]) -> bytes:
    """The body that cancels these orders and no others.

    Raises:
        ValueError: no contract code, no id, one that is not HTX's, or more than ten.
    """
    if not can_be_named(contract):
        raise ValueError(f"not a contract code: {contract!r}")
    if not 0 < len(order_ids) <= BATCH:
        raise ValueError(f"{len(order_ids)} ids where 1 to {BATCH} may stand")
    return msgspec.json.encode({"contract_code": contract, "order_id": [checked_id(one) for one in order_ids]})


def order_params(contract: ContractCode, order_id: str, margin_mode: str) -> dict[str, str]:
    """The query of one order's record."""
    return {"contract_code": contract, "order_id": order_id, "margin_mode": margin_mode}


def checked_id(text: str) -> str:
    """An id of ours that may be said to HTX. Raises ValueError for anything else."""
    try:
        return id_text(text)
    except WireError:
        raise ValueError(f"not an order id: {text!r}") from None


def ended(data: object, order_id: str) -> Ended | None:
    """What became of an order; None where HTX does not say that it has ended.

    Raises:
        WireError: an odd shape, another order, or a state that its own volumes contradict. Volumes that are no
            numbers say nothing.
    """
    said = shaped(data, _Order)
    if id_text(said.order_id) != order_id:
        raise WireError("contradiction")
    ending = _ENDINGS.get(str(said.state).lower())
    if ending is None:
        return None
    row = Careful(data)
    volume, filled = row.number("volume"), row.number("trade_volume")
    if ending is Ending.CANCELLED and volume is not None and filled is not None and 0 < filled < volume:
        ending = Ending.PARTLY_FILLED  # the volumes say more than the word
    if volume is not None and filled is not None and not _agree(ending, volume, filled):
        raise WireError("contradiction")
    done = volume if filled is None and ending is Ending.FILLED else filled
    return Ended(order_id=order_id, ending=ending, filled=done or Decimal(0), volume=volume or Decimal(0))


def _agree(ending: Ending, volume: Decimal, filled: Decimal) -> bool:
    match ending:
        case Ending.FILLED:
            return filled == volume
        case Ending.CANCELLED:
            return filled == 0
        case Ending.PARTLY_FILLED:
            return 0 < filled < volume
