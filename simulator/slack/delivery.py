"""One thing Slack tells the bot, and what became of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from simulator.slack.signed import Kind, Signed

TIMED_OUT = "operation_timeout"
"""What the user reads when the bot did not acknowledge within three seconds."""
UNREACHABLE = "dispatch_failed"
"""What the user reads when there was nobody to tell, or an answer other than 200. The word is seen in the field;
Slack documents none."""


@dataclass(slots=True, kw_only=True)
class Attempt:
    """The same thing, told once."""

    id: str
    """`envelope_id` in Socket Mode; a number of our own over HTTP."""
    connection: int = 0
    """The socket that carried it; 0 over HTTP."""
    sent_at: float
    """`time.monotonic()`."""
    acked_at: float | None = None
    """When the acknowledgement arrived, in time or not."""
    payload: Any = None
    """What came with the acknowledgement: the body of an immediate reply."""
    acks: int = 0
    """More than one is a fault of the bot, harmless to Slack."""
    status: int | None = None
    """HTTP status; None in Socket Mode, and when there was no answer."""
    retry: int = 0
    """`retry_attempt`: 0 for the first time."""
    retry_reason: str = ""
    request: Signed | None = None
    """The HTTP request byte for byte, e.g. to replay it; None in Socket Mode."""

    @property
    def delay_s(self) -> float | None:
        """Seconds until it was acknowledged; None if it never was."""
        return None if self.acked_at is None else self.acked_at - self.sent_at


@dataclass(slots=True, kw_only=True)
class Delivery:
    """A slash command, event or tap on its way to the bot."""

    kind: Kind
    payload: dict[str, Any]
    attempts: list[Attempt] = field(default_factory=list)
    """One per envelope or request; more with retries, redelivery and double delivery."""
    error: str = ""
    """What the user sees instead of success: `operation_timeout`, `dispatch_failed`; empty if nothing."""
    over: bool = False
    """Acknowledged, or given up."""
    _heard: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    _settled: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    @property
    def acked(self) -> bool:
        """Whether the bot acknowledged it at all, in time or not."""
        return any(attempt.acked_at is not None for attempt in self.attempts)

    @property
    def trigger_id(self) -> str:
        """The same in every copy of one command or tap, so good for telling replays."""
        return str(self.payload.get("trigger_id", ""))

    @property
    def event_id(self) -> str:
        """The same in every retry of one event."""
        return str(self.payload.get("event_id", ""))

    @property
    def response_url(self) -> str:
        """Where the bot may answer 5 times within 30 minutes; empty for events."""
        return str(self.payload.get("response_url", ""))

    def acknowledged(self) -> None:
        """Wake whoever waits for an acknowledgement."""
        self._heard.set()

    async def heard(self, patience_s: float) -> bool:
        """Wait for an acknowledgement of any attempt; False when none comes within `patience_s` seconds."""
        try:
            async with asyncio.timeout(patience_s):
                await self._heard.wait()
        except TimeoutError:
            return False
        return True

    def end(self, error: str = "") -> None:
        """Nothing more will come of it."""
        self.error = error
        self.over = True
        self._settled.set()

    async def settled(self, timeout: float = 5.0) -> "Delivery":  # noqa: ASYNC109 - a person's patience
        """Wait until it is acknowledged or given up; look at `error` then.

        Raises:
            TimeoutError: still under way after `timeout` real seconds.
        """
        async with asyncio.timeout(timeout):
            await self._settled.wait()
        return self
