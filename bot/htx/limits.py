"""HTX's rate headers: `ratelimit-limit`, `-interval`, `-remaining` and `-reset` come with every private reply."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

EPOCH_MS: Final = 1e11
"""Above this a `ratelimit-reset` is a time, below it a duration: it lies in 1973, or three years off.

The docs say milliseconds and leave open which (HTX V5 docs, rate limits)."""

LONGEST: Final = 60.0
"""Seconds: HTX's interval is 3 s, so anything longer is a clock fault and not worth waiting for."""

MOST: Final = 100_000
"""Requests an interval; HTX's own limit is 72, and a larger number than this is a fault."""

_NUMBER: Final = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What one reply says of a budget; None for what it does not say, or not clearly."""

    limit: int | None
    """Requests an interval."""
    interval: float | None
    """Seconds."""
    remaining: int | None
    """Requests left until the reset."""
    reset: float | None
    """Seconds until requests are welcome again, 0 to 60."""


def quota(headers: Mapping[str, str], *, now: float) -> Quota:
    """Read the four headers.

    Args:
        headers: the reply's headers, names in any case.
        now: HTX's time, Unix seconds.
    """
    given: dict[str, list[str]] = {}
    for name, value in headers.items():
        if (lower := name.lower()).startswith("ratelimit-"):
            given.setdefault(lower.removeprefix("ratelimit-"), []).append(value.strip())
    limit, interval = _number(given.get("limit")), _number(given.get("interval"))
    return Quota(
        limit=limit if limit is not None and 0 < limit <= MOST else None,
        interval=interval / 1000 if interval is not None and 0 < interval <= LONGEST * 1000 else None,
        remaining=_number(given.get("remaining")),
        reset=_reset(_number(given.get("reset")), now),
    )


def seconds_to_reset(headers: Mapping[str, str], *, now: float) -> float | None:
    """Only the reset of `quota`."""
    return quota(headers, now=now).reset


def _reset(value: int | None, now: float) -> float | None:
    if value is None:
        return None
    seconds = value / 1000 - now if value > EPOCH_MS else value / 1000
    return min(max(seconds, 0.0), LONGEST)


def _number(given: list[str] | None) -> int | None:
    if given is None or len(given) != 1 or not _NUMBER.fullmatch(given[0]):
        return None
    return int(given[0])
