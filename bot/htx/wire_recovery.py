"""JSON <-> model for HTX's public word on a suspension. The rules are those of `wire`."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from bot.htx.strict import WireError, shaped

HEARTBEAT: Final = "/heartbeat/"
"""Answered during a suspension, too (HTX docs)."""

_LONGEST: Final = timedelta(days=7)
_UP: Final = 1


class _Health(msgspec.Struct, frozen=True, kw_only=True):
    linear_swap_heartbeat: int
    linear_swap_estimated_recovery_time: int | str | None = None


def recovery(data: object, now: datetime) -> datetime | None:
    """When HTX expects to be back, UTC; None where it is up or does not say, or says what cannot be.

    Raises:
        WireError: not HTX's word on its health.
    """
    said = shaped(data, _Health)
    text = str(said.linear_swap_estimated_recovery_time or "")
    if said.linear_swap_heartbeat == _UP or not text:
        return None
    if not (text.isascii() and text.isdecimal()) or len(text) != len("1731657909000"):
        raise WireError("odd time")
    until = datetime.fromtimestamp(int(text) / 1000, UTC)
    return until if timedelta(0) < until - now < _LONGEST else None
