"""Socket Mode, with a watchdog: no inbound port, two sockets so that a refresh leaves no deaf gap.

Slack sends each payload over any one of an app's sockets; whoever else holds the app token steals commands in
silence, so the number of sockets that Slack counts is watched. The SDK may call a wedged session connected: the
age of its last pong is what counts.
"""

import asyncio
import json
import logging
import time
from datetime import datetime
from typing import Any, Final

import structlog
from aiohttp import ClientError, WSMessage
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackClientError
from slack_sdk.web.async_client import AsyncWebClient

from bot.model import ChatHealth, Platform
from bot.ports import Clock, Way
from bot.words import chats
from handlers.slack.payloads import Us
from handlers.slack.web import reroute
from handlers.unreachable import unreachable

SOCKETS: Final = 2

_PING: Final = 3.0
"""Seconds between pings: a dead socket is noticed within about a dozen."""

_LOOK: Final = 1.0
_LOOKS_DOWN: Final = 5
"""Looks at a dead socket before its address is given up."""

_WEDGED: Final = 15.0
"""Seconds without a pong after which a session counts as wedged, whatever it says of itself."""

_COUNT_AGAIN: Final = 300.0
"""Seconds after which too many sockets are counted anew: Slack may have counted one of ours that was dead."""

_ASK_WHO: Final = 30.0
"""Seconds between calls of auth.test: the token may be revoked while the sockets stand."""

_TOKEN_ERRORS: Final = frozenset(
    {"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"}
)


class Whoami:
    """Who we are at Slack, and whether it still accepts the bot token."""

    def __init__(self, client: AsyncWebClient, clock: Clock, team: str) -> None:
        self._client = client
        self._clock = clock
        self.us = Us(team=team, bot_user="")
        self.last_good: datetime | None = None
        self.trouble: str | None = chats.silent("Slack")
        self.refused: asyncio.Event = asyncio.Event()

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            await self.ask()
            await self._clock.sleep(_ASK_WHO if self.trouble is None else _LOOK)

    async def ask(self) -> None:
        """Ask once."""
        try:
            answer = await self._client.auth_test()
        except (SlackClientError, ClientError, OSError, TimeoutError, ValueError) as error:
            code = _code(error)
            refused = code in _TOKEN_ERRORS
            page = "your app's page"
            self.trouble = chats.token_refused("Slack", page) if refused else unreachable("Slack", error)
            structlog.get_logger().error("slack auth.test failed", error=code or type(error).__name__)
            return
        team, user = str(answer.get("team_id") or ""), str(answer.get("user_id") or "")
        self.us = Us(team=self.us.team, bot_user=user)
        self.trouble = None if team in ("", self.us.team) else chats.other_workspace(team, self.us.team)
        self.last_good = self._clock.now()


class Sockets:
    """Holds the sockets open, and says how they are."""

    def __init__(self, whoami: Whoami, clock: Clock) -> None:
        self._whoami = whoami
        self._clock = clock
        self._counted, self._counted_at = 0, 0.0
        self._handlers: list[AsyncSocketModeHandler] = []
        self._down: dict[int, int] = {}
        self._last_good: datetime | None = None
        self._said: str | None = None
        self._told = False
        """Whether the log says that something is wrong."""

    def health(self) -> ChatHealth:
        """When a socket was last known to be alive, and what is wrong."""
        return ChatHealth(platform=Platform.SLACK, last_good=self._last_good, trouble=self._trouble())

    async def run(self, app: AsyncApp, app_token: str) -> None:
        """Connect, and keep looking. Only cancellation ends it; then the sockets are closed."""
        self._handlers = [await self._handler(app, app_token) for _ in range(SOCKETS)]
        clients: list[Any] = [handler.client for handler in self._handlers]  # the SDK leaves these calls untyped
        self._said = self._trouble()  # that nothing is connected yet is no news
        connecting = [asyncio.ensure_future(client.connect()) for client in clients]
        try:
            while True:
                await self._look()
                await self._clock.sleep(_LOOK)
        finally:
            for task in connecting:
                task.cancel()
            await asyncio.gather(*connecting, return_exceptions=True)
            for client in clients:
                await client.close()

    async def _handler(self, app: AsyncApp, app_token: str) -> AsyncSocketModeHandler:
        quiet = logging.getLogger("slack_sdk.quiet")
        quiet.setLevel(logging.CRITICAL)  # it prints a traceback every few seconds of an outage; we say it once
        handler = AsyncSocketModeHandler(
            app, app_token=app_token, logger=quiet, web_client=app.client, ping_interval=_PING
        )
        await reroute(handler.client, getattr(app.client, "way", Way()))
        handler.client.on_message_listeners.append(self._on_message)
        return handler

    async def _look(self) -> None:
        """Note what is alive; help what is not."""
        for place, handler in enumerate(self._handlers):
            if self._alive(handler):
                self._last_good = self._clock.now()
                self._down[place] = 0
                continue
            self._down[place] = self._down.get(place, 0) + 1
            if self._wedged(handler):
                structlog.get_logger().error("slack connection stuck, connecting again")
                handler.client.last_ping_pong_time = None
                await self._renew(handler)
            elif self._down[place] % _LOOKS_DOWN == 0:
                # The SDK tries one and the same address for ever; without one it asks Slack for another.
                handler.client.wss_uri = None
        if self._counted > SOCKETS and self._clock.monotonic() - self._counted_at > _COUNT_AGAIN:
            self._counted_at = self._clock.monotonic()
            await self._renew(self._handlers[0])  # only a hello tells the number
        trouble = self._trouble()
        if trouble != self._said:
            if trouble:
                structlog.get_logger().warning("slack", trouble=trouble)
            elif self._told:
                structlog.get_logger().info("slack recovered")
            self._said, self._told = trouble, trouble is not None

    async def _renew(self, handler: AsyncSocketModeHandler) -> None:
        try:
            async with asyncio.timeout(_WEDGED):
                await handler.client.connect_to_new_endpoint(force=True)
        except (SlackClientError, OSError, TimeoutError) as error:
            structlog.get_logger().warning("slack connection not renewed", error=type(error).__name__)

    def _alive(self, handler: AsyncSocketModeHandler) -> bool:
        session = handler.client.current_session
        return session is not None and not session.closed and not self._wedged(handler)

    def _wedged(self, handler: AsyncSocketModeHandler) -> bool:
        last = handler.client.last_ping_pong_time
        return last is not None and time.time() - last > _WEDGED

    def _trouble(self) -> str | None:
        if self._whoami.trouble is not None:
            return self._whoami.trouble
        if not any(self._alive(handler) for handler in self._handlers):
            return chats.silent("Slack")
        if self._counted > SOCKETS:
            return chats.too_many_sockets(self._counted, SOCKETS)
        return None

    async def _on_message(self, message: WSMessage) -> None:
        """Slack's hello says how many sockets the app has; any message says that one is alive."""
        self._last_good = self._clock.now()
        try:
            said = json.loads(message.data)
        except (TypeError, ValueError):
            return
        if isinstance(said, dict) and said.get("type") == "hello":
            count = said.get("num_connections")
            self._counted = count if isinstance(count, int) else 0
            self._counted_at = self._clock.monotonic()


def _code(error: Exception) -> str:
    """Slack's word for a refusal; empty where the answer was none of Slack's."""
    data = getattr(getattr(error, "response", None), "data", None)
    return str(data.get("error") or "") if isinstance(data, dict) else ""
