"""The poll loop, and the watchdog over it.

Our own loop, since the library's confirms updates before they are handled, ends on one 401 and spins on one update
it cannot parse. Ours asks for the next updates only when the last are committed to the inbox.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter
from telegram.request import BaseRequest, HTTPXRequest

from bot.errors import StoreUnavailable
from bot.model import ChatHealth, Platform
from bot.ports import Clock, Way
from bot.words import chats
from handlers.telegram.inlet import Inlet
from handlers.telegram.render import menu
from handlers.telegram.web import through
from handlers.unreachable import unreachable

WANTED: Final = ("message", "edited_message", "callback_query")
"""The kinds of update we ask for. Edited messages only to refuse them audibly."""

_POLL: Final = 20
"""Seconds Telegram holds a poll open."""

_SLACK: Final = 10.0
"""Seconds more before a poll counts as silent."""

_TOO_QUICK: Final = 0.2
"""An empty answer faster than this is a server that does not hold polls: do not spin."""

_TAKING: Final = 0.5
"""Seconds in which the updates of one poll are committed one by one; what is left after that, all at once."""

_AFTER_YOU: Final = 0.01
"""Seconds a tap has the machine to itself before the next poll is made ready: they would share one core."""

_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 15.0


class RawUpdates(HTTPXRequest):
    """Hands updates out as they came: one that the library cannot parse would block all others for ever."""

    def __init__(self, way: Way | None = None) -> None:
        """Build one; `way` is how Telegram is reached, None: directly."""
        super().__init__(
            connection_pool_size=4, connect_timeout=5.0, read_timeout=_SLACK, pool_timeout=5.0, **through(way)
        )
        self.taken: list[Mapping[str, Any]] = []

    def parse_json_payload(self, payload: bytes) -> dict[str, Any]:  # type: ignore[override]  # a documented seam
        """Keep the updates, and tell the library there were none."""
        answer = BaseRequest.parse_json_payload(payload)
        result = answer.get("result")
        if isinstance(result, list):
            self.taken = [row for row in result if isinstance(row, dict)]
            return {**answer, "result": []}
        return answer


class Poller:
    """Long polling with a watchdog: it notices a dead, a silent and a spinning loop, says so, and recovers."""

    def __init__(self, bot: Bot, request: RawUpdates, clock: Clock) -> None:
        self._bot = bot
        self._request = request
        self._clock = clock
        self._offset: int | None = None
        self._failures = 0
        self._last_good: datetime | None = None
        self._trouble: str | None = None

    def health(self) -> ChatHealth:
        """When Telegram last answered a poll, and what is wrong."""
        return ChatHealth(platform=Platform.TELEGRAM, last_good=self._last_good, trouble=self._trouble)

    async def run(self, inlet: Inlet) -> None:
        """Poll for ever. Only cancellation ends it."""
        await self._introduce(webhook=False)
        while True:
            begun, held, offset = self._clock.monotonic(), self._last_good is not None, self._offset
            try:
                updates = await self._poll()
                await self._take(updates, inlet)
            except Exception as error:  # noqa: BLE001 whatever a server answers, the loop outlives it
                await self._recover(error)
                continue
            self._good()
            if updates:
                await self._clock.sleep(_AFTER_YOU)
            if held and self._offset == offset and self._clock.monotonic() - begun < _TOO_QUICK:
                await self._clock.sleep(_TOO_QUICK)

    async def _poll(self) -> list[Mapping[str, Any]]:
        self._request.taken = []
        async with asyncio.timeout(_POLL + 2 * _SLACK):  # whatever the transport does, a poll ends
            if self._name_unknown():
                await self._bot.get_me()
            # The first is not held open: `/status` is to say at once whether Telegram answers.
            hold = _POLL if self._last_good else 0
            await self._bot.get_updates(offset=self._offset, timeout=hold, allowed_updates=WANTED)
        return self._request.taken

    def _name_unknown(self) -> bool:
        try:
            return not self._bot.username
        except RuntimeError:
            return True

    async def _take(self, updates: list[Mapping[str, Any]], inlet: Inlet) -> None:
        """Commit each update, then move the offset past all: that is what confirms them to Telegram."""
        ids: list[int] = []
        outcomes = await self._take_all(updates, inlet)
        for raw, error in zip(updates, outcomes, strict=True):
            if isinstance(error, ValueError):
                structlog.get_logger().error("update not understood, set aside", error=str(error))
            elif error is not None:
                raise error
            else:
                ids.append(int(raw["update_id"]))
        if ids:  # of this batch alone: after a quiet week Telegram may number anew, from anywhere
            self._offset = max(ids) + 1

    @staticmethod
    async def _take_all(updates: list[Mapping[str, Any]], inlet: Inlet) -> list[BaseException | None]:
        """One after the other while that is quick: a tap must not wait behind commands that a dead store holds."""
        left = asyncio.get_running_loop().time() + _TAKING
        taking: list[asyncio.Future[None]] = []
        try:
            for raw in updates:
                taking.append(asyncio.ensure_future(inlet.take(raw)))
                if (wait := left - asyncio.get_running_loop().time()) > 0:
                    await asyncio.wait(taking[-1:], timeout=wait)
            return await asyncio.gather(*taking, return_exceptions=True)
        except asyncio.CancelledError:
            for task in taking:
                task.cancel()
            raise

    def _good(self) -> None:
        if self._trouble is not None:
            structlog.get_logger().info("telegram recovered", was=self._trouble)
        self._failures, self._trouble = 0, None
        self._last_good = self._clock.now()

    async def _recover(self, error: Exception) -> None:
        """Say what is wrong, wait a little, and start with fresh connections where the old ones may be stuck."""
        self._failures += 1
        trouble = _trouble(error)
        if trouble != self._trouble or self._failures % 20 == 0:
            facts = {"failures": self._failures, "error": type(error).__name__}
            structlog.get_logger().error("telegram polling failed", trouble=trouble, **facts)
        self._trouble = trouble
        if not isinstance(error, StoreUnavailable | Conflict | InvalidToken | RetryAfter):
            await self._request.shutdown()
            await self._request.initialize()
        await self._clock.sleep(_pause(error, self._failures))

    async def _introduce(self, *, webhook: bool) -> None:
        """Tell Telegram how we want updates, and what the menu is. Best effort: polls will show what is wrong."""
        steps = [self._bot.set_my_commands(menu())]
        if not webhook:
            steps.append(self._bot.delete_webhook(drop_pending_updates=False))
        for step in steps:
            try:
                await step
            except Exception as error:  # noqa: BLE001 best effort, whatever is answered
                structlog.get_logger().warning("telegram set-up step failed", error=type(error).__name__)


def _pause(error: Exception, failures: int) -> float:
    """Seconds until the next poll."""
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        return float(wait) if isinstance(wait, int) else wait.total_seconds()
    return float(min(_FIRST_PAUSE * 2 ** min(failures - 1, 6), _LONGEST_PAUSE))


def _trouble(error: Exception) -> str:
    match error:
        case Conflict():
            return chats.second_poller()
        case InvalidToken():
            return chats.token_refused("Telegram", "BotFather")
        case RetryAfter():
            return chats.asked_to_wait("Telegram")
        case StoreUnavailable():
            return chats.cannot_write(error.why)
        case _:
            return unreachable("Telegram", error)
