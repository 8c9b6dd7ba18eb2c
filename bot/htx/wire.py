"""JSON <-> model for the cancel request and what is open.

This and the other `wire_…` are the only files that know HTX's field names. Source of all shapes: HTX V5 docs and
captures.

Rules of this file: fields we do not know are fine, shapes we do not know are errors, ids are strings, money is
Decimal, and a message text is never looked at (HTX sends English, Chinese or null).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import msgspec

from bot.htx.codes import MAINTAIN, OK
from bot.htx.strict import WireError, id_text, optional_id, parsed, shaped
from bot.model import ALL, Item, PositionMode, PositionSide, Scope, Side, Target
from bot.model.scope import can_be_named

CANCEL_ALL: Final = "/v5/trade/cancel_all_orders"
OPENS: Final = "/v5/trade/order/opens"
POSITION_MODE: Final = "/v5/position/mode"
TIMESTAMP: Final = "/api/v1/timestamp"

PAGE: Final = 100
"""Rows asked for: the most HTX allows. Unsaid it would be 10 (HTX V5 docs)."""

_Id = int | str
_T = TypeVar("_T")

_CODE: Final = re.compile(r"0|[1-9][0-9]{0,5}|[a-z][a-z-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The outer layer of an answer, free of contradictions."""

    code: str | None
    """HTX's code, whichever field held it."""
    maintain: bool
    """Whether this is the fixed body of a suspension."""
    fine: bool
    """Whether `status` is the legacy word `ok`."""
    data: object
    """`msgspec.UNSET` where the field is missing."""
    ts: int | str | None

    @property
    def carries(self) -> bool:
        """Whether the data holds anything at all."""
        return self.data not in (msgspec.UNSET, None, "", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class OpensQuery:
    """One page of open orders."""

    contract: str
    margin_mode: str | None = None
    cursor: int | None = None
    direct: Literal["next", "prev"] | None = None
    """`next` goes up in time (HTX V5 docs)."""


class _Envelope(msgspec.Struct, frozen=True, kw_only=True):
    code: _Id | None = None
    err_code: _Id | None = None
    err_dash_code: _Id | None = msgspec.field(name="err-code", default=None)
    status: Literal["ok", "error", "maintain"] | None = None
    success: bool | None = None
    data: object = msgspec.UNSET
    ts: _Id | None = None


class _Item(msgspec.Struct, frozen=True, kw_only=True):
    order_id: _Id | None = None
    order_id_camel: _Id | None = msgspec.field(name="orderId", default=None)
    client_order_id: _Id | None = None
    client_order_id_camel: _Id | None = msgspec.field(name="clientOrderId", default=None)
    code: _Id | None = None
    err_code: _Id | None = None
    err_dash_code: _Id | None = msgspec.field(name="err-code", default=None)


class _Mode(msgspec.Struct, frozen=True, kw_only=True):
    position_mode: PositionMode


def cancel_all_body(scope: Scope) -> bytes:
    """The request body that says exactly this scope: what is any, or `ALL`, is left out.

    Raises:
        ValueError: a field holds something else than its words. HTX reads a field left out as "all of them", so
            nothing may fall through to that.
    """
    if scope.target is not Target.ORDERS:
        raise ValueError("a cancel-all reaches orders on the book, not those that wait for a price")
    body: dict[str, str] = {}
    if scope.contract != ALL:
        if not can_be_named(scope.contract):
            raise ValueError(f"not a contract code: {scope.contract!r}")
        body["contract_code"] = scope.contract
    _say(body, "side", scope.side, Side.ANY, {Side.BUY: "buy", Side.SELL: "sell"})
    positions = {PositionSide.LONG: "long", PositionSide.SHORT: "short", PositionSide.BOTH: "both"}
    _say(body, "position_side", scope.position_side, PositionSide.ANY, positions)
    return msgspec.json.encode(body)


def _say(body: dict[str, str], name: str, value: _T, unsaid: _T, words: Mapping[_T, str]) -> None:
    # By identity: a plain string that happens to read the same was not made by us.
    if value is unsaid:
        return
    found = [word for member, word in words.items() if member is value]
    if not found:
        raise ValueError(f"{name} cannot be said: {value!r}")
    body[name] = found[0]


def opens_params(query: OpensQuery) -> dict[str, str]:
    """The query of one page of open orders."""
    params = {"limit": str(PAGE)}
    if query.contract != ALL:
        params["contract_code"] = query.contract
    if query.margin_mode is not None:
        params["margin_mode"] = query.margin_mode
    if query.cursor is not None and query.direct is not None:
        params |= {"from": str(query.cursor), "direct": query.direct}
    return params


def envelope(body: bytes, *, read: bool = False) -> Envelope:
    """Read the outer layer of an answer.

    Args:
        body: the answer.
        read: it is the answer to a read, where a constant such as `NaN` makes one row odd, and no more.

    Raises:
        WireError: not one JSON object, a repeated key, an odd field, or fields that contradict each other.
    """
    said = shaped(parsed(body, constants=read), _Envelope)
    codes = {str(code) for code in (said.code, said.err_code, said.err_dash_code) if code is not None}
    if len(codes) > 1:
        raise WireError("contradiction")
    code = codes.pop() if codes else None
    # `maintain` is a status: as a code nobody has seen it.
    if code is not None and (not _CODE.fullmatch(code) or code == MAINTAIN):
        raise WireError("odd code")
    good, bad = said.status == "ok" or said.success is True, said.status == "error" or said.success is False
    maintain = said.status == MAINTAIN
    if (good and (bad or maintain or code not in (None, OK))) or (code == OK and (bad or maintain)):
        raise WireError("contradiction")
    return Envelope(code=code, maintain=maintain, fine=said.status == "ok", data=said.data, ts=said.ts)


def is_foreign(document: object) -> bool:
    """Whether it is an object with nothing that HTX's own answers hold (HTX docs, all three shapes)."""
    if not isinstance(document, dict) or document.keys() & {
        "code",
        "data",
        "err_code",
        "err-code",
        "success",
        "ts",
    }:
        return False
    return document.get("status") not in ("ok", "error", MAINTAIN)


def items(data: object) -> tuple[Item, ...]:
    """The items of a cancel answer.

    Raises:
        WireError: not a list of items, an item without an id, an odd code, or an order told of twice.
    """
    found = tuple(_item(each) for each in shaped(data, list[_Item]))
    if len({item.order_id for item in found}) < len(found):
        raise WireError("contradiction")
    return found


def position_mode(data: object) -> PositionMode:
    """The account's position mode. Raises WireError for any other word."""
    return shaped(data, _Mode).position_mode


def server_time(said: Envelope) -> float:
    """HTX's clock, Unix seconds. Raises WireError where `ts` is not milliseconds of this age."""
    text = str(said.ts)
    if not re.fullmatch(r"[12][0-9]{12}", text, re.ASCII):
        raise WireError("odd time")
    return int(text) / 1000


def _item(said: _Item) -> Item:
    ids = {id_text(each) for each in (said.order_id, said.order_id_camel) if each not in (None, "")}
    if len(ids) != 1:
        raise WireError("odd id")
    client = said.client_order_id if said.client_order_id_camel is None else said.client_order_id_camel
    return Item(
        order_id=ids.pop(),
        client_order_id=optional_id(client),
        code=item_code(said.code, said.err_code, said.err_dash_code),
    )


def item_code(*said: _Id | None) -> int | None:
    """HTX's code on one order, in whichever of its fields; None where it is listed without one.

    Raises:
        WireError: an odd one, or two that differ.
    """
    codes = {str(each) for each in said if each is not None}
    if len(codes) > 1:
        raise WireError("contradiction")
    if not codes:
        return None
    code = codes.pop()
    if not (_CODE.fullmatch(code) and code.isdigit()):
        raise WireError("odd code")
    return int(code)
