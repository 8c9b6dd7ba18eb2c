"""HTX's rate headers: `ratelimit-limit`, `-interval`, `-remaining` and `-reset` come with every private reply."""

import re
from collections.abc import Mapping
from typing import Final

EPOCH_MS: Final = 1e11
"""Above this a `ratelimit-reset` is a time, below it a duration: it lies in 1973, or three years off.

The docs say milliseconds and leave open which (HTX V5 docs, rate limits)."""

LONGEST: Final = 60.0
"""Seconds: HTX's interval is 3 s, so anything longer is a clock fault and not worth waiting for."""

_NUMBER: Final = re.compile(r"[0-9]{1,16}", re.ASCII)


def seconds_to_reset(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds until requests are welcome again, 0 to 60; None where HTX does not say, or not clearly.

    Args:
        headers: the reply's headers, names in any case.
        now: HTX's time, Unix seconds.
    """
    given = [value.strip() for name, value in headers.items() if name.lower() == "ratelimit-reset"]
    if len(given) != 1 or not _NUMBER.fullmatch(given[0]):
        return None
    value = float(given[0])
    seconds = value / 1000 - now if value > EPOCH_MS else value / 1000
    return min(max(seconds, 0.0), LONGEST)
