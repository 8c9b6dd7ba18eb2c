"""The answer to a cancel-all as HTX's documentation shows it, read in one pass.

A thousand orders must not cost milliseconds. Whatever is written in any other way goes the careful way of `wire`,
and comes to the same. Source of the shape: HTX V5 docs, cancel_all_orders.
"""

from typing import Annotated, Final

import msgspec

from bot.htx.codes import OK
from bot.model import Item

_KEYS: Final = 4
"""Keys of the answer, and of each item."""

_Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Item(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False):
    order_id: Annotated[str, msgspec.Meta(min_length=1, max_length=32)]
    client_order_id: _Text | None
    code: Annotated[int, msgspec.Meta(ge=0, le=999_999)] | None
    message: str | None


class _Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    code: int
    message: str | None
    data: tuple[_Item, ...]
    ts: int


_DECODER: Final = msgspec.json.Decoder(_Answer)


def usual_items(body: bytes) -> tuple[Item, ...]:
    """The items of an answer with code 200; none if it is not the usual one, and then the careful way decides."""
    try:
        said = _DECODER.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return ()
    # Each key is there, and no other. One that is there twice brings a colon too many, and so does one in a text.
    once = body.count(b":") == _KEYS * (1 + len(said.data))
    if str(said.code) != OK or not once or not _are_ids([item.order_id for item in said.data]):
        return ()
    return msgspec.convert(said.data, tuple[Item, ...], from_attributes=True)


def _are_ids(ids: list[str]) -> bool:
    """Whether all are digits, and each another one."""
    digits = "".join(ids)
    return digits.isascii() and digits.encode("ascii").isdigit() and len(set(ids)) == len(ids)
