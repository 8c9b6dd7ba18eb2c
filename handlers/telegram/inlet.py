"""Every update is committed to the inbox first, then worked on in a task of its own: taps wait for nobody."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from telegram import Update

from bot.errors import StoreUnavailable
from bot.model import Incoming, Platform
from bot.ports import Clock, Inbox
from bot.service import Service, Tasks
from handlers.telegram.chat import TelegramChat
from handlers.telegram.updates import Odd, Tapped, read


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What an inlet needs beside Telegram and the service."""

    inbox: Inbox
    clock: Clock
    tasks: Tasks


class Inlet:
    """From raw updates to the service."""

    def __init__(self, chat: TelegramChat, service: Service, world: World) -> None:
        self._bot = chat.bot
        self._chat = chat
        self._service = service
        self._inbox, self._clock, self._tasks = world.inbox, world.clock, world.tasks
        self._given_up: dict[str, None] = {}
        """Updates of which people were told "not run" while nothing could be committed: they stay not run."""

    async def take(self, raw: Mapping[str, Any]) -> None:
        """Commit one update to the inbox, and begin to work on it unless it is known.

        Raises:
            StoreUnavailable: it was not committed, so Telegram must not be told that we have it.
            ValueError: it has no update id, so it cannot be told from others.
        """
        update_id = raw.get("update_id")
        if not isinstance(update_id, int) or isinstance(update_id, bool):
            raise ValueError("an update without an id")  # noqa: TRY004 one kind of refusal
        payload = json.dumps(raw, separators=(",", ":")).encode()
        now = self._clock.now()
        try:
            fresh = await self._inbox.accept(Platform.TELEGRAM, str(update_id), payload, now)
        except StoreUnavailable:
            await self.give_up(raw)
            raise
        origin = f"{Platform.TELEGRAM}:{update_id}"
        if str(update_id) in self._given_up:  # people were told "not run": settled without any effect
            self._tasks.start(self._inbox.settle(origin), f"update {update_id}")
        elif fresh:
            self._tasks.start(self._work(origin, raw, now), f"update {update_id}")

    async def resume(self) -> None:
        """Work on what was taken in and never settled: what a crash left behind."""
        for row in await self._inbox.unsettled(Platform.TELEGRAM):
            self._tasks.start(self._work(row.origin, json.loads(row.payload), row.received_at), row.origin)

    async def give_up(self, raw: Mapping[str, Any]) -> None:
        """Nothing can be committed: people are told "not run", and so it stays when the update comes again."""
        update_id = str(raw.get("update_id"))
        first = update_id not in self._given_up
        self._given_up[update_id] = None
        _, event = self._read("unstored", raw, self._clock.now())
        if isinstance(event, Tapped) and first:
            self._tasks.start(self._chat.answer(event.query, self._service.not_run()), f"answer {event.query}")
        if isinstance(event, Incoming | Tapped):
            who = event if isinstance(event, Incoming) else event.tap
            await self._service.store_down(who.identity, who.conversation)

    async def _work(self, origin: str, raw: Mapping[str, Any], received_at: datetime) -> None:
        readable, event = self._read(origin, raw, received_at)
        match event:
            case Incoming():
                await self._service.hear(event)
            case Tapped():
                answer = await self._service.tap(event.tap)
                self._tasks.start(self._chat.answer(event.query, answer), f"answer {event.query}")
            case Odd():
                await self._service.odd(event.conversation, event.kind, event.message, event.sender)
            case None:
                pass
        await self._inbox.settle(origin, unreadable=not readable)

    def _read(
        self, origin: str, raw: Mapping[str, Any], received_at: datetime
    ) -> tuple[bool, Incoming | Tapped | Odd | None]:
        """Whether the update can be read at all, and what it is. One bad update must not stop the others."""
        try:
            update = Update.de_json(dict(raw), self._bot)
            return True, read(update, origin, self._name(), received_at)
        except Exception as error:  # noqa: BLE001 whatever a server may send: it is set aside, never fetched again
            structlog.get_logger().error("unreadable update set aside", origin=origin, error=repr(error)[:200])
            return False, None

    def _name(self) -> str:
        """Our user name; empty until Telegram has told us, and then `/cancelall@anyone` is nobody's."""
        try:
            return self._bot.username or ""
        except RuntimeError:
            return ""
