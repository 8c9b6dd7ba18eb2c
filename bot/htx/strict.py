"""Reading what a stranger wrote: strict JSON, typed shapes, exact numbers. Knows no field names.

Fractions stay text until they become Decimal, ids stay text for ever. A repeated key, a second document or a
constant such as `NaN` is an error: two readers could read it in two ways. Where a list of orders is read, such a
constant is text, which is no number either: it must not take the other orders with it.
"""

import json
import re
from decimal import Decimal
from typing import Annotated, Final, TypeVar

import msgspec

DIGITS: Final = re.compile(r"[0-9]{1,32}", re.ASCII)
"""The shape of an HTX id: 19 digits today."""

NUMBER: Final = re.compile(r"[0-9]{1,24}(?:\.[0-9]{1,24})?(?:[eE][+-]?[0-9]{1,2})?", re.ASCII)
"""Prices and volumes. Decimal alone would take `NaN`, `1_000`, and an exponent that prints as a gigabyte."""

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]
"""A contract code in a row: one that is odd must not blind us for the rows beside it."""

BOM: Final = b"\xef\xbb\xbf"
"""A mark that some servers put before UTF-8; it says nothing (RFC 8259, 8.1)."""

_LONGEST: Final = 40
"""Digits of a whole number that is read as one."""

_USUAL: Final = msgspec.json.Decoder(float_hook=str)
"""Fractions come back as text, and are written as text: what holds one is never written as it was."""

_FLAGS: Final[dict[object, bool]] = {
    True: True,
    False: False,
    None: False,
    "": False,
    "true": True,
    "false": False,
}
_T = TypeVar("_T")


class WireError(Exception):
    """An answer that does not have a shape we know; `why` is a short fact and quotes nothing of the answer."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def parsed(body: bytes, *, constants: bool = False) -> object:
    """One JSON document in UTF-8, objects without repeated keys, fractions as text. Raises WireError.

    Args:
        body: the document.
        constants: whether `NaN` and its like are taken as text; otherwise they are an error.
    """
    body = body.removeprefix(BOM)
    found = _usual(body)
    if found is not msgspec.UNSET:
        return found
    try:
        # Not msgspec: it lets the last of two equal keys win without a word.
        return json.loads(
            body.decode(),
            object_pairs_hook=_object,
            parse_float=str,
            parse_int=_whole,
            parse_constant=str if constants else _constant,
        )
    except (ValueError, RecursionError):
        raise WireError("not json") from None


def _usual(body: bytes) -> object:
    """The document if it is written as we would write it ourselves, apart from blanks; `msgspec.UNSET` if not.

    What comes out again byte for byte lost nothing on the way in, so it has no key twice. With a thousand orders
    that takes a quarter of the time of the careful way, which everything else goes.
    """
    try:
        found = _USUAL.decode(body)
        written = msgspec.json.encode(found)
        same = written == body or written == msgspec.json.format(body, indent=-1)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return msgspec.UNSET
    return found if same else msgspec.UNSET


def shaped(data: object, kind: type[_T]) -> _T:
    """`data` as `kind`, nothing coerced. Raises WireError."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        raise WireError("odd shape") from None


def id_text(value: int | str | None) -> str:
    """An id as text; a rounded number (`1.33e+18`) names no order. Raises WireError."""
    if value is None or not DIGITS.fullmatch(str(value)):
        raise WireError("odd id")
    return str(value)


def code_text(code: str) -> str:
    """A contract code that can be stored and shown: half a surrogate pair is no character, and is spelled out."""
    return code.encode("utf-8", "backslashreplace").decode()


def optional_id(value: int | str | None) -> str | None:
    """A client's own id as text, None where it is null or empty."""
    return None if value in (None, "") else str(value)


def number(value: int | str) -> Decimal:
    """A number that is not negative, from text or a JSON number. Raises WireError."""
    if not NUMBER.fullmatch(str(value)):
        raise WireError("odd number")
    return Decimal(str(value))


def optional_number(value: int | str | None) -> Decimal | None:
    """The same, None where it is null or empty."""
    return None if value is None or value == "" else number(value)


def flag(value: bool | int | str | None) -> bool:  # noqa: FBT001  this is what the wire holds
    """A flag, as HTX writes them: true, 1, "true", and null or nothing for no. Raises WireError."""
    if value not in _FLAGS:
        raise WireError("odd flag")
    return _FLAGS[value]


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise WireError("repeated key")
    return made


def _whole(digits: str) -> int | str:
    """A whole number; one too long to be anything of HTX's stays text, and then is none."""
    return int(digits) if len(digits) <= _LONGEST else digits


def _constant(word: str) -> object:
    raise ValueError(word)
