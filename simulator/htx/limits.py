"""HTX rate limits: "72 trade + 72 read requests per 3 s", counted per UID, not per key."""

from collections import deque
from dataclasses import dataclass
from math import ceil
from typing import Literal

from simulator.htx.replies import Headers

LIMIT = 72
"""Requests of one kind per interval and UID."""

INTERVAL = 3.0
"""Seconds of the interval."""

Kind = Literal["trade", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The state of one budget after a request; times in milliseconds."""

    allowed: bool
    limit: int
    interval_ms: int
    remaining: int
    reset_ms: int

    def headers(self, *, now_ms: int | None) -> Headers:
        """The four `ratelimit-*` headers; with `now_ms` the reset is an epoch, else a duration."""
        reset = self.reset_ms if now_ms is None else now_ms + self.reset_ms
        return (
            ("ratelimit-limit", str(self.limit)),
            ("ratelimit-interval", str(self.interval_ms)),
            ("ratelimit-remaining", str(self.remaining)),
            ("ratelimit-reset", str(reset)),
        )


class RateLimiter:
    """Sliding windows, the strictest reading of the docs: no 3 s may hold more than the limit.

    Attributes:
        limit: requests of one kind per interval and UID; may be changed at any time.
        interval: seconds.
    """

    def __init__(self, *, limit: int = LIMIT, interval: float = INTERVAL) -> None:
        self.limit = limit
        self.interval = interval
        self._taken: dict[tuple[str, Kind], deque[float]] = {}

    def take(self, uid: str, kind: Kind, now: float) -> Quota:
        """Counts one request of `uid` at `now` (seconds); a refused one is not counted."""
        taken = self._taken.setdefault((uid, kind), deque())
        while taken and taken[0] <= now - self.interval:
            taken.popleft()
        allowed = len(taken) < self.limit
        if allowed:
            taken.append(now)
        oldest = taken[0] if taken else now
        return Quota(
            allowed=allowed,
            limit=self.limit,
            interval_ms=round(self.interval * 1000),
            remaining=self.limit - len(taken),
            reset_ms=ceil((oldest + self.interval - now) * 1000),
        )

    def forget(self) -> None:
        """Empties every budget."""
        self._taken.clear()
