"""Signed HTTP: Slack calls us. Nothing is parsed before the signature is right, and nothing is taken twice.

A captured request stays valid for five minutes, so signatures are remembered for ten. The SDK's verifier raises on
malformed headers; here everything that is not a good signature is one 401 without a word.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

from bot.model import ChatHealth, Platform
from bot.ports import Clock, Reply
from handlers.slack.sockets import Whoami

PATHS: Final = ("/slack/events", "/slack/commands", "/slack/actions", "/slack", "/")
"""Where Slack may be told to call us: all the same, since the payload says what it is."""

WINDOW: Final = 300
"""Seconds a request's time may differ from ours (Slack docs: five minutes)."""

_REMEMBERED: Final = 2 * WINDOW
_MOST: Final = 10_000
_LONGEST_STAMP: Final = 12
_BAD, _UNAUTHORIZED = 400, 401


class Signed:
    """Takes signed requests in."""

    def __init__(self, secret: str, whoami: Whoami, clock: Clock) -> None:
        self._secret = secret.encode()
        self._whoami = whoami
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._last_good: datetime | None = None

    def health(self) -> ChatHealth:
        """When Slack last called, or last said who we are."""
        times = [at for at in (self._last_good, self._whoami.last_good) if at is not None]
        return ChatHealth(
            platform=Platform.SLACK, last_good=max(times, default=None), trouble=self._whoami.trouble
        )

    async def receive(self, headers: Mapping[str, str], body: bytes, app: AsyncApp) -> Reply:
        """One call of Slack's."""
        signature = self._checked(headers, body)
        if signature is None or not self._first(signature):
            return Reply(status=_UNAUTHORIZED)
        self._last_good = self._clock.now()
        try:
            request = AsyncBoltRequest(body=body.decode("utf-8", "replace"), headers=dict(headers))
            answer = await app.async_dispatch(request)
        except Exception as error:  # noqa: BLE001 rightly signed, and nothing that the library can read
            structlog.get_logger().warning("unreadable slack request", error=type(error).__name__)
            return Reply(status=_BAD)
        return Reply(
            status=answer.status,
            body=str(answer.body or "").encode(),
            content_type=answer.first_headers_without_set_cookie().get("content-type", "text/plain"),
        )

    def _checked(self, headers: Mapping[str, str], body: bytes) -> str | None:
        """The signature, where it is right and recent; None for everything else."""
        given = headers.get("X-Slack-Signature", "")
        stamp = headers.get("X-Slack-Request-Timestamp", "")
        if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _LONGEST_STAMP):
            return None
        if abs(self._clock.now().timestamp() - int(stamp)) > WINDOW:
            return None
        text = b"v0:" + stamp.encode() + b":" + body
        wanted = "v0=" + hmac.new(self._secret, text, hashlib.sha256).hexdigest()
        right = hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode())
        return wanted if right else None

    def _first(self, signature: str) -> bool:
        """Whether a signature was not seen before."""
        now = self._clock.monotonic()
        while self._seen and (len(self._seen) > _MOST or next(iter(self._seen.values())) < now - _REMEMBERED):
            self._seen.popitem(last=False)
        if signature in self._seen:
            return False
        self._seen[signature] = now
        return True
