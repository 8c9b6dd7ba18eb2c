"""Updates by webhook: Telegram calls us, and hears 200 only when an update is committed to the inbox."""

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import structlog
from telegram import Bot
from telegram.error import InvalidToken, TelegramError

from bot.errors import StoreUnavailable
from bot.model import ChatHealth, Platform
from bot.ports import Clock, Reply
from bot.words import chats
from handlers.telegram.inlet import Inlet
from handlers.telegram.polling import WANTED
from handlers.telegram.render import menu
from handlers.unreachable import unreachable

_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"
_LOOK: Final = 30.0
"""Seconds between looks at whether the webhook still stands."""

_OK, _BAD, _FORBIDDEN, _LATER = 200, 400, 403, 503


class Webhook:
    """Registers the webhook, takes updates in, and watches that it stays ours."""

    def __init__(self, bot: Bot, clock: Clock, public_url: str) -> None:
        self._bot = bot
        self._clock = clock
        self._url = public_url
        self._secret = secrets.token_urlsafe(32)
        self._last_good: datetime | None = None
        self._trouble: str | None = chats.silent("Telegram")

    @property
    def path(self) -> str:
        """The path that Telegram calls on our listener."""
        return urlsplit(self._url).path or "/"

    def health(self) -> ChatHealth:
        """When Telegram last called, or last said that the webhook stands."""
        return ChatHealth(platform=Platform.TELEGRAM, last_good=self._last_good, trouble=self._trouble)

    async def receive(self, headers: Mapping[str, str], body: bytes, inlet: Inlet) -> Reply:
        """One call of Telegram's. Nothing is parsed before the secret is right."""
        given = headers.get(_HEADER, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._secret.encode()):
            return Reply(status=_FORBIDDEN)
        try:
            raw = json.loads(body)
            if not isinstance(raw, dict):
                return Reply(status=_BAD)
            await inlet.take(raw)
        except StoreUnavailable:
            return Reply(status=_LATER)  # Telegram keeps it and calls again
        except (ValueError, RecursionError):
            return Reply(status=_BAD)
        self._last_good = self._clock.now()
        return Reply(status=_OK)

    async def run(self) -> None:
        """Register, and keep looking that it stands. Only cancellation ends it."""
        pause = 1.0
        while True:
            try:
                await self._register()
            except TelegramError as error:
                refused = isinstance(error, InvalidToken)
                self._trouble = (
                    chats.token_refused("Telegram", "BotFather") if refused else unreachable("Telegram", error)
                )
                structlog.get_logger().error("webhook not registered", trouble=self._trouble)
                await self._clock.sleep(pause)
                pause = min(pause * 2, _LOOK)
                continue
            await self._watch()

    async def _register(self) -> None:
        await self._bot.get_me()
        await self._bot.set_webhook(
            self._url, allowed_updates=WANTED, secret_token=self._secret, drop_pending_updates=False
        )
        self._trouble = None
        self._last_good = self._clock.now()
        try:
            await self._bot.set_my_commands(menu())
        except TelegramError as error:
            structlog.get_logger().warning("command menu not set", error=type(error).__name__)

    async def _watch(self) -> None:
        """Return when the webhook is no longer ours."""
        while True:
            await self._clock.sleep(_LOOK)
            try:
                standing = await self._bot.get_webhook_info()
            except TelegramError as error:
                self._trouble = unreachable("Telegram", error)
                structlog.get_logger().warning("webhook not checked", error=type(error).__name__)
                continue
            self._trouble = None
            if standing.url != self._url:
                structlog.get_logger().error("webhook pointed elsewhere, set back")
                self._trouble = chats.webhook_elsewhere()
                return
            self._last_good = self._clock.now()
