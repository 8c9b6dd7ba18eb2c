"""Values to what a column holds, and back. Nothing here knows a table."""

from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import msgspec

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC.

    Raises:
        TypeError: the time has no zone, so nobody knows when it is.
    """
    return (at - _EPOCH) // _MICROSECOND


def micros_or_none(at: datetime | None) -> int | None:
    """As `micros`, where there may be no time."""
    return None if at is None else micros(at)


def moment(value: int) -> datetime:
    """The UTC time of `micros`."""
    return _EPOCH + value * _MICROSECOND


def dump(value: object) -> str:
    """One of our frozen values as a JSON document; decimals become strings, so money is never rounded."""
    return msgspec.json.encode(value).decode()


def load(document: str, kind: type[T]) -> T:
    """The value of a document.

    Raises:
        msgspec.ValidationError: it is not a `kind`.
        msgspec.DecodeError: it is not JSON.
    """
    return msgspec.json.decode(document, type=kind)
