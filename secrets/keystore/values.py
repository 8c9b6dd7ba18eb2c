"""What may be stored: entry names, the values of each kind, and which four characters of them are public."""

import re
from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, assert_never

from keystore.errors import BadNameError, BadValueError, ValueCountError, WrongNameError
from keystore.secret import Kind, Masked, field_names

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
"""Entry names: short, lower case, safe in a shell, a log and a file name."""
MAX_VALUE: Final = 256
"""Bytes in one value. HTX keys have 30 to 36, Telegram tokens 46, Slack tokens about 60."""
TAIL: Final = 4
"""Characters of the public part that `list` shows."""

_MEANT: Final = MappingProxyType(
    {
        "all": "it is the word for every account",
        "telegram": "Telegram's token has that name",
        "slack": "Slack's tokens have that name",
    }
)
_QUOTES: Final = b"\"'`"

_PRINTABLE: Final = re.compile(rb"[\x21-\x7e]+")
# Lenient about lengths on purpose: emulators hand out tokens such as 123:tok.
_SHAPES: Final = MappingProxyType(
    {
        "token": (re.compile(rb"[0-9]+:[A-Za-z0-9_-]+"), "it must be digits, a colon, then letters and digits"),
        "bot_token": (re.compile(rb"xoxb-.+"), "it must begin with xoxb-"),
        "app_token": (re.compile(rb"xapp-.+"), "it must begin with xapp-"),
    },
)


def check_name(name: str) -> str:
    """Return the name.

    Raises:
        BadNameError: it does not match `NAME`.
    """
    if NAME.fullmatch(name) is None:
        raise BadNameError
    return name


def check_place(name: str, kind: Kind) -> None:
    """A name under which the bot looks for an entry of this kind.

    Raises:
        WrongNameError: it looks elsewhere, or the name means something else.
    """
    problem = None
    if kind == "htx" and name in _MEANT:
        problem = f"{_MEANT[name]}. Choose the name that the account is to have"
    if kind not in ("htx", name):
        problem = f"the bot looks for it under {kind}. Add it as {kind}"
    if problem is not None:
        raise WrongNameError(name=name, kind=kind, problem=problem)


def is_storable(value: bytes | bytearray) -> bool:
    """Whether the format can carry the value: 1 to 256 printable ASCII bytes without blanks."""
    return len(value) <= MAX_VALUE and _PRINTABLE.fullmatch(value) is not None


def check_values(kind: Kind, values: Sequence[Masked]) -> tuple[Masked, ...]:
    """Return the values of one entry, in `field_names` order.

    Raises:
        ValueCountError: not as many as the kind has.
        BadValueError: one of them cannot be what it should be.
    """
    names = field_names(kind)
    if len(values) != len(names):
        expected = ", ".join(name.replace("_", " ") for name in names)
        raise ValueCountError(kind=kind, expected=expected, count=len(values))
    for name, value in zip(names, values, strict=True):
        if (problem := _problem(name, value)) is not None:
            raise BadValueError(kind=kind, field=name.replace("_", " "), problem=problem)
    if kind == "htx" and values[0] == values[1]:
        raise BadValueError(kind=kind, field="secret", problem="it equals the access key")
    return tuple(values)


def public_tail(kind: Kind, values: Sequence[Masked]) -> str:
    """The last four characters of what is public: HTX's access key, Telegram's bot id, nothing of Slack's."""
    match kind:
        case "htx":
            return values[0][-TAIL:].decode("ascii")
        case "telegram":
            return values[0].partition(b":")[0][-TAIL:].decode("ascii")
        case "slack":
            return ""
        case _:
            assert_never(kind)


def _problem(name: str, value: Masked) -> str | None:
    if not value:
        return "it is empty"
    if len(value) > MAX_VALUE:
        return f"it has more than {MAX_VALUE} bytes"
    if not is_storable(value):
        return "it has blanks or characters outside printable ASCII"
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        return "it has quotes around it"
    pattern, problem = _SHAPES.get(name, (_PRINTABLE, ""))
    return None if pattern.fullmatch(value) else problem
