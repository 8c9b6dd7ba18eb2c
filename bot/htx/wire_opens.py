"""JSON <-> model for the rows of a list of open orders. The rules are those of `wire`, but for one.

A row is an order, whatever stands in it: one that cannot be read may be any order, and a list without it would be
taken for an empty one. So only the list must have its shape; of a row what can be read is read, and the rest is
kept as it came (docs/decisions/0024).
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Final, Literal

import msgspec

from bot.htx.careful import Careful, contract_code, plausible
from bot.htx.strict import DIGITS, WireError, flag, id_text, optional_id, optional_number, shaped
from bot.model import ALL, Order, PositionSide, Side
from bot.model.order import STAND_IN

ANOTHER_CONTRACT: Final = "another contract"
"""Why an answer counts for nothing: it has rows of a contract that was not asked for."""

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
_Id = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One open order, and where it stands in the pages."""

    cursor: int | None
    """What `from` takes: the row's `id`, or its order id. None where that is not a number."""
    order: Order
    borrowed: bool = False
    """Whether the cursor is its order id, for want of an `id`: the two are counted differently."""


class _Row(msgspec.Struct, frozen=True, kw_only=True):
    order_id: _Id
    contract_code: _Text
    side: Literal["buy", "sell"]
    position_side: Literal["long", "short", "both"]
    volume: int | str
    # How it is doing is shown; whether it rests is told by the row itself.
    state: int | str | None = None
    id: _Id | None = None
    client_order_id: _Id | None = None
    price: int | str | None = None
    trade_volume: int | str | None = None
    reduce_only: bool | int | str | None = None


def open_rows(data: object, contract: str) -> tuple[Row, ...]:
    """The rows of one page of open orders of a contract or of `ALL`; null, under code 200, is one without rows.

    Raises:
        WireError: neither, or a row of another contract.
    """
    return () if data is None else of_contract(rows_of(data, _usual, _odd), contract)


def rows_of(data: object, usual: Callable[[object], Row], odd: Callable[[object], Row]) -> tuple[Row, ...]:
    """Each row of a list, read in the usual way, or else field by field.

    Raises:
        WireError: not a list.
    """
    return _told_apart([_either(said, usual, odd) for said in shaped(data, list[object])])


def _either(said: object, usual: Callable[[object], Row], odd: Callable[[object], Row]) -> Row:
    try:
        return usual(said)
    except WireError:
        return odd(said)


def _told_apart(rows: Sequence[Row]) -> tuple[Row, ...]:
    """Rows that nothing but their own text names are numbered: two alike on one page are two orders."""
    seen: Counter[str] = Counter()
    found: list[Row] = []
    for row in rows:
        id_ = row.order.order_id
        if id_.startswith(f"row{STAND_IN}"):
            seen[id_] += 1
            row = replace(row, order=replace(row.order, order_id=f"{id_}{STAND_IN}{seen[id_]}"))  # noqa: PLW2901
        found.append(row)
    return tuple(found)


def of_contract(rows: Sequence[Row], contract: str) -> tuple[Row, ...]:
    """The rows. Raises WireError where one is surely of a contract that was not asked for."""
    if any(not row.order.may_be(None if contract == ALL else contract, None, None) for row in rows):
        raise WireError(ANOTHER_CONTRACT)
    return tuple(rows)


def cursor_of(id_: _Id | None, order_id: str) -> tuple[int | None, bool]:
    """What `from` takes for a row, and whether it is its order id, for want of another; None for an odd one."""
    borrowed = id_ in (None, "")
    cursor = str(order_id if borrowed else id_)
    return (int(cursor) if DIGITS.fullmatch(cursor) else None), borrowed


def usual_contract(code: str) -> str:
    """A code that can be told from others. Raises WireError."""
    found = contract_code(code)
    if found is None:
        raise WireError("odd contract")
    return found


def sizes(*numbers: _Id | None) -> tuple[Decimal | None, ...]:
    """Prices and volumes, None where there are none. Raises WireError for what cannot be one."""
    found = tuple(map(optional_number, numbers))
    if not all(map(plausible, found)):
        raise WireError("odd number")
    return found


def careful_cursor(row: Careful, order_id: str) -> tuple[int | None, bool]:
    """The same as `cursor_of`, of a row that is read field by field."""
    if row.said("id"):
        digits = row.digits("id")
        return (int(digits) if digits else None), False
    return (int(order_id) if DIGITS.fullmatch(order_id) else None), True


def _usual(data: object) -> Row:
    """Raises WireError."""
    said = shaped(data, _Row)
    order_id = id_text(said.order_id)
    price, volume, filled = sizes(said.price, said.volume, said.trade_volume)
    if volume is None or volume < (filled or 0):
        raise WireError("odd number")
    order = Order(
        order_id=order_id,
        client_order_id=optional_id(said.client_order_id),
        contract=usual_contract(said.contract_code),
        side=Side(said.side),
        position_side=PositionSide(said.position_side),
        price=price,
        volume=volume,
        filled=filled or Decimal(0),
        reduce_only=flag(said.reduce_only),
        state="" if said.state is None else str(said.state),
    )
    cursor, borrowed = cursor_of(said.id, order_id)
    return Row(cursor=cursor, order=order, borrowed=borrowed)


def _odd(data: object) -> Row:
    row = Careful(data)
    order_id = row.identity("order_id", "client_order_id")
    contract, side = row.contract(), row.word("side", Side, Side.ANY)
    position_side = row.word("position_side", PositionSide, PositionSide.ANY)
    price, volume = row.number("price"), row.number("volume", needed=True)
    filled = row.number("trade_volume")
    if volume is not None and filled is not None and filled > volume:
        row.note("volume")
        row.note("trade_volume")
    order = Order(
        order_id=order_id,
        client_order_id=row.text("client_order_id"),
        contract=contract,
        side=side,
        position_side=position_side,
        price=price,
        volume=volume or Decimal(0),
        filled=filled or Decimal(0),
        reduce_only=row.flag("reduce_only"),
        state=row.text("state") or "",
        odd=tuple(row.odd),
    )
    cursor, borrowed = careful_cursor(row, order_id)
    return Row(cursor=cursor, order=order, borrowed=borrowed)
