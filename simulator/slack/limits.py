"""Rate limits, off unless switched on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulator.slack.errors import rate_limited

POSTING = frozenset({"chat.postMessage", "chat.postEphemeral"})
"""Limited by channel, not by method."""
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimits:
    """How much is too much."""

    channel_burst: int = 5
    """Messages a channel takes at once. Slack docs, rate limits: one a second, and bursts are let pass."""
    channel_per_s: float = 1.0
    """Messages a second and channel after that."""
    method_per_minute: int = 50
    """Calls of any other method. Slack docs, rate limits: Tier 3, as `chat.update`."""


class RateGate:
    """Token buckets by channel and by method. A refused call costs nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._level: dict[str, tuple[float, float]] = {}
        self.limits: RateLimits | None = None

    def check(self, method: str, channel: str) -> None:
        """Count one call.

        Raises:
            SlackError: 429 with the whole seconds until it would pass.
        """
        if self.limits is None:
            return
        if method in POSTING:
            self._draw(f"to {channel}", self.limits.channel_burst, self.limits.channel_per_s)
        else:
            most = self.limits.method_per_minute
            self._draw(method, most, most / MINUTE_S)

    def _draw(self, key: str, most: int, per_s: float) -> None:
        now = self._clock()
        left, since = self._level.get(key, (float(most), now))
        left = min(float(most), left + (now - since) * per_s)
        self._level[key] = (left, now)
        if left < 1:
            raise rate_limited(math.ceil((1 - left) / per_s))
        self._level[key] = (left - 1, now)
