"""Flood limits: token buckets by the simulator's clock, off unless switched on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from simulator.telegram.errors import too_many_requests

LIMITED = frozenset({"sendmessage", "senddocument", "editmessagetext", "editmessagereplymarkup"})
"""Methods that count. Answers to taps, reactions and reads are not limited here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodLimits:
    """How much a bot may send.

    Bot FAQ, "My bot is hitting limits": about 1 message a second in one chat (short bursts pass), 20 a
    minute in one group, about 30 a second in all. Telegram does not promise these numbers.
    """

    overall_per_s: float = 30.0
    chat_per_s: float = 1.0
    chat_burst: int = 3
    """Messages one chat takes at once before the rate counts."""
    group_per_minute: float = 20.0


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class FloodGate:
    """Says 429 when a limit is passed; a refused call costs nothing."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._buckets: dict[str, _Bucket] = {}
        self.limits: FloodLimits | None = None
        """None: no limits."""

    def check(self, method: str, chat_id: int) -> None:
        """Count one call.

        Raises:
            ApiError: 429 with the seconds to wait.
        """
        if self.limits is None or method not in LIMITED:
            return
        buckets = [self._fill(*shape) for shape in _shapes(self.limits, chat_id)]
        wait_s = max((1 - bucket.level) / rate for bucket, rate in buckets)
        if wait_s > 0:
            raise too_many_requests(math.ceil(wait_s))
        for bucket, _ in buckets:
            bucket.level -= 1

    def _fill(self, name: str, rate: float, size: float) -> tuple[_Bucket, float]:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(level=size, at=now))
        bucket.level = min(size, bucket.level + (now - bucket.at) * rate)
        bucket.at = now
        return bucket, rate


def _shapes(limits: FloodLimits, chat_id: int) -> list[tuple[str, float, float]]:
    shapes = [
        ("all", limits.overall_per_s, limits.overall_per_s),
        (f"chat {chat_id}", limits.chat_per_s, float(limits.chat_burst)),
    ]
    if chat_id < 0:
        a_minute = limits.group_per_minute
        shapes.append((f"group {chat_id}", a_minute / 60, a_minute))
    return shapes
