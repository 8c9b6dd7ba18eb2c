"""What Slack brings: acknowledged within its three seconds whatever happens, worked on in tasks of our own.

slack-bolt routes payloads to listeners. Ours commits to the inbox and acknowledges, no more: a listener that
raises after `ack()` loses the acknowledgement, and one that is still at work when the socket closes is dropped.
"""

import asyncio
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import StoreUnavailable
from bot.model import Incoming, IncomingTap, OddMessage, Platform
from bot.ports import InboxRow, TapAnswer
from bot.service import Delivery, Intake, Service, World
from handlers.slack.chat import SlackChat
from handlers.slack.payloads import Heard, Us, delivery_id, is_echo, read

_PATIENCE: Final = 2.0
"""Seconds a listener waits for the inbox before it acknowledges all the same. Slack gives three."""


class Inlet:
    """From payloads to the service."""

    def __init__(self, chat: SlackChat, service: Service, world: World, us: Callable[[], Us]) -> None:
        """Build one.

        Args:
            chat: where private answers go.
            service: what works.
            world: inbox, clock, tasks.
            us: our own app as Slack knows it by now.
        """
        self._chat = chat
        self._service = service
        self._tasks = world.tasks
        self._us = us
        self.intake = Intake(Platform.SLACK, world, self)

    def app(self, client: AsyncWebClient) -> AsyncApp:
        """A bolt app whose every listener is `receive`.

        Signatures are checked before anything reaches it (`signed`), and Socket Mode has none to check.
        """

        async def authorize(**_: Any) -> AuthorizeResult:  # noqa: ANN401 bolt passes whatever it has
            us = self._us()
            return AuthorizeResult(
                enterprise_id=None, team_id=us.team, bot_token=client.token, bot_user_id=us.bot_user
            )

        async def listen(ack: Callable[[], Any], body: dict[str, Any]) -> None:
            await self.receive(body)
            await ack()

        quiet = logging.getLogger("slack_bolt.quiet")
        quiet.setLevel(logging.ERROR)  # at every start it warns that our client has a token
        app = AsyncApp(
            client=client,
            logger=quiet,
            authorize=authorize,
            request_verification_enabled=False,
            ignoring_self_events_enabled=False,
        )
        app.command("/cancelall")(listen)
        app.command("/drill")(listen)
        app.event("app_mention")(listen)
        app.event("message")(listen)
        app.action(re.compile(".*"))(listen)
        return app

    async def receive(self, payload: Mapping[str, Any]) -> None:
        """Commit one payload, but hold up its acknowledgement for two seconds at most. Never raises."""
        taking = asyncio.ensure_future(self._take(payload))
        done, _ = await asyncio.wait({taking}, timeout=_PATIENCE)
        if not done:
            self._tasks.start(_finish(taking), "slow inbox")

    async def _take(self, payload: Mapping[str, Any]) -> None:
        try:
            id_ = delivery_id(payload)
            if id_ is not None and not is_echo(payload):
                await self.intake.take(id_, payload)
        except StoreUnavailable as error:
            structlog.get_logger().error("slack payload not committed", why=error.why)
        except Exception:  # noqa: BLE001 whatever a payload may hold: bolt must not see an exception
            structlog.get_logger().exception("slack payload not taken")

    async def work(self, delivery: Delivery) -> bool:
        """See `bot.service.Worker`."""
        readable, event = self._read(delivery)
        match event:
            case Heard(what=Incoming() as words):
                self._chat.remember(words.identity, words.conversation, event.response_url)
                await self._service.hear(words)
            case Heard(what=IncomingTap() as tap):
                self._chat.remember(tap.identity, tap.conversation, event.response_url)
                self._answer(tap, await self._service.tap(tap))
            case OddMessage():
                await self._service.odd(event)
            case None:
                pass
        return readable

    async def at_once(self, delivery: Delivery, row: InboxRow) -> bool:
        """See `bot.service.Worker`."""
        _, event = self._read(delivery)
        if not isinstance(event, Heard) or not isinstance(tap := event.what, IncomingTap):
            return False
        if (answer := await self._service.at_once(tap, row)) is None:
            return False
        self._chat.remember(tap.identity, tap.conversation, event.response_url)
        self._answer(tap, answer)
        return True

    async def give_up(self, delivery: Delivery) -> bool:
        """See `bot.service.Worker`."""
        _, event = self._read(delivery)
        if isinstance(event, OddMessage):
            return await self._service.odd_down(event)
        if event is None:
            return True
        what = event.what
        self._chat.remember(what.identity, what.conversation, event.response_url)
        if isinstance(what, IncomingTap) and (settled := await self._service.unwritten(what)) is not None:
            self._answer(what, settled)
            return True
        return await self._service.store_down(what)

    def _answer(self, tap: IncomingTap, answer: TapAnswer) -> None:
        self._tasks.start(self._answer_or_say(tap, answer), f"answer {tap.origin}")

    async def _answer_or_say(self, tap: IncomingTap, answer: TapAnswer) -> None:
        """Where neither the bot nor the tap's own address reaches the person, a message does, elsewhere."""
        if not await self._chat.answer(tap.identity, tap.conversation, answer):
            await self._service.untold(tap, answer)

    def _read(self, delivery: Delivery) -> tuple[bool, Heard | OddMessage | None]:
        try:
            return True, read(delivery, self._us())
        except Exception as error:  # noqa: BLE001 one bad payload must not stop the others
            structlog.get_logger().error("unreadable payload", origin=delivery.origin, error=repr(error)[:200])
            return False, None


async def _finish(taking: "asyncio.Future[None]") -> None:
    await taking
