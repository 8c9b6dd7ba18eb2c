"""From raw updates to the service. Each works in a task of its own: taps wait for nobody."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog
from telegram import Update

from bot.command import stray_name
from bot.model import Doubt, Incoming, OddMessage, Platform
from bot.ports import InboxRow, TapAnswer
from bot.service import Delivery, Intake, Service, World
from handlers.telegram.chat import TelegramChat
from handlers.telegram.names import Names
from handlers.telegram.updates import Tapped, read


class Inlet:
    """What Telegram brings."""

    def __init__(self, chat: TelegramChat, service: Service, world: World, names: Names) -> None:
        self._bot = chat.bot
        self._names = names
        self._chat = chat
        self._service = service
        self._tasks = world.tasks
        self._intake = Intake(Platform.TELEGRAM, world, self)

    async def take(self, raw: Mapping[str, Any]) -> None:
        """Commit one update to the inbox, and begin to work on it unless it is known.

        Raises:
            StoreUnavailable: it was not committed and its people could not be told, so Telegram must keep it.
            ValueError: it has no update id, so it cannot be told from others.
        """
        await self._intake.take(_update_id(raw), raw)

    async def resume(self) -> None:
        """Work on what was taken in and never settled: what a crash left behind."""
        await self._intake.resume()

    async def work(self, delivery: Delivery) -> bool:
        """See `bot.service.Worker`."""
        names = self._names.all()
        readable, event = self._read(delivery)
        if self._puzzles(event, delivery):
            await self._names.look_again()
            if self._names.all() != names:
                readable, event = self._read(delivery)
        match event:
            case Incoming():
                await self._service.hear(event)
            case Tapped():
                self._answer(event, await self._service.tap(event.tap))
            case OddMessage():
                await self._service.odd(event)
            case None:
                pass
        return readable

    async def at_once(self, delivery: Delivery, row: InboxRow) -> bool:
        """See `bot.service.Worker`."""
        _, event = self._read(delivery)
        if not isinstance(event, Tapped) or (answer := await self._service.at_once(event.tap, row)) is None:
            return False
        self._answer(event, answer)
        return True

    async def give_up(self, delivery: Delivery) -> bool:
        """See `bot.service.Worker`."""
        _, event = self._read(delivery)
        if isinstance(event, Tapped):
            settled = await self._service.unwritten(event.tap)
            answer = settled or self._service.not_run(event.tap)
            self._answer(event, answer if settled is not None else replace(answer, said=True))
            if settled is not None:
                return True
            return await self._service.store_down(event.tap)
        if isinstance(event, Incoming):
            return await self._service.store_down(event)
        return await self._service.odd_down(event) if isinstance(event, OddMessage) else True

    def _answer(self, tapped: Tapped, answer: TapAnswer) -> None:
        self._tasks.start(self._answer_or_say(tapped, answer), f"answer {tapped.query}")

    async def _answer_or_say(self, tapped: Tapped, answer: TapAnswer) -> None:
        """Telegram takes an answer for some seconds only: whoever misses it is told in a message."""
        if not await self._chat.answer(tapped.query, answer):
            await self._service.untold(tapped.tap, answer)

    def _puzzles(self, event: Incoming | Tapped | OddMessage | None, delivery: Delivery) -> bool:
        """Whether somebody is named who could be us, since we were renamed."""
        if isinstance(event, Incoming):
            return event.doubt is Doubt.OTHER_NAME
        message = delivery.payload.get("message")
        text = str(message.get("text") or message.get("caption") or "") if isinstance(message, Mapping) else ""
        return event is None and stray_name(text, self._names.all())

    def _read(self, delivery: Delivery) -> tuple[bool, Incoming | Tapped | OddMessage | None]:
        """Whether the update can be read at all, and what it is. One bad update must not stop the others."""
        try:
            update = Update.de_json(dict(delivery.payload), self._bot)
            return True, read(update, delivery, self._names.all())
        except Exception as error:  # noqa: BLE001 whatever a server may send: it is set aside, never fetched again
            structlog.get_logger().error("unreadable update", origin=delivery.origin, error=repr(error)[:200])
            return False, None


def _update_id(raw: Mapping[str, Any]) -> str:
    update_id = raw.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool):
        raise ValueError("an update without an id")  # noqa: TRY004 one kind of refusal
    return str(update_id)
