"""Delivery: what the outbox holds is told to people, in order, at least once, through restarts and outages.

Rules of this file: per conversation in order; a chat that makes us wait holds up itself and nobody else; a token
is made when a message is about to be sent, and only its hash is kept; what was sent is never sent again because
the store failed to note it.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import structlog

from bot import card
from bot.errors import StoreUnavailable, Undelivered
from bot.model import ChatHealth, Conversation, Message, Platform, Post, PostKind
from bot.ports import Chat, Clock, Ids, OutboxRow, Store
from bot.words import reports

_TICK: Final = 1.0
"""Seconds between looks at the outbox where nobody wakes us: other processes post too."""

_AFTER_YOU: Final = 0.005
"""Seconds between being woken and a look: what a tap sets off goes before what is told of it."""

_SEND: Final = 30.0
"""Seconds one delivery may take, its file included: longer than both together may, so that it is not repeated."""

_LONGEST_WAIT: Final = 60.0
_MOST_ATTEMPTS: Final = 2000
"""About a day of trying once a minute."""

_MOST_REFUSALS: Final = 10
"""A platform that says no so often means it; what comes after must not wait behind it for a day."""


class Courier:
    """Carries posts from the outbox to the chats."""

    def __init__(self, store: Store, clock: Clock, ids: Ids) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._chats: dict[Platform, Chat] = {}
        self._only: dict[Platform, str] = {}
        self._woken = asyncio.Event()
        self._busy: dict[tuple[Platform, str], asyncio.Task[None]] = {}
        self._sent: dict[int, str | None] = {}

    def attach(self, chat: Chat, *, only: str | None = None) -> None:
        """Deliver for this chat from now on; `only` one conversation where the others are other processes'."""
        self._chats[chat.platform] = chat
        if only is not None:
            self._only[chat.platform] = only
        self.wake()

    def wake(self) -> None:
        """There may be something to deliver."""
        self._woken.set()

    def health(self) -> tuple[ChatHealth, ...]:
        """How each chat is doing."""
        return tuple(chat.health() for chat in self._chats.values())

    async def shout(self, conversation: Conversation, message: Message) -> bool:
        """Send a message past the outbox; whether it arrived. Never raises."""
        chat = self._chats.get(conversation.platform)
        bare = card.without_buttons(message)
        if chat is None:
            return False
        try:
            post = Post(kind=PostKind.SEND, conversation=conversation, message=replace(bare, loud=True))
            async with asyncio.timeout(_SEND):
                await chat.send(post, (), None)
        except Exception as error:  # noqa: BLE001 what is shouted must stop nothing
            structlog.get_logger().warning("message past the outbox not delivered", error=repr(error))
            return False
        return True

    async def run(self) -> None:
        """Deliver, for ever."""
        while True:
            self._woken.clear()
            try:
                await self._start_due()
            except StoreUnavailable as error:
                structlog.get_logger().error("outbox not readable", why=error.why)
                await self._clock.sleep(_TICK)
            with suppress(TimeoutError):  # not `wait_for`: before Python 3.12 it may swallow the cancellation
                async with asyncio.timeout(_TICK):
                    await self._woken.wait()
            await self._clock.sleep(_AFTER_YOU)

    async def settle(self, seconds: float) -> None:
        """Give what is to be told so long to arrive, at shutdown; the rest waits in the outbox."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while await self._something_due():
                    await self._clock.sleep(0.05)
        for task in self._busy.values():
            task.cancel()

    async def _something_due(self) -> bool:
        if self._busy:
            return True
        try:
            now = self._clock.now()
            return any([await self._due(platform, now) for platform in self._chats])
        except StoreUnavailable:
            return False

    async def _due(self, platform: Platform, now: datetime) -> list[OutboxRow]:
        only = self._only.get(platform)
        rows = await self._store.undelivered(platform, now)
        return [row for row in rows if only in (None, row.post.conversation.chat)]

    async def _start_due(self) -> None:
        """Start a delivery for every conversation that has something due and is not busy."""
        for platform in self._chats:
            due: dict[tuple[Platform, str], list[OutboxRow]] = defaultdict(list)
            for row in await self._due(platform, self._clock.now()):
                due[platform, row.post.conversation.chat].append(row)
            for key, rows in due.items():
                if key not in self._busy:
                    task = asyncio.get_running_loop().create_task(self._deliver_all(rows), name=f"deliver {key}")
                    self._busy[key] = task
                    task.add_done_callback(partial(self._free, key))

    def _free(self, key: tuple[Platform, str], _task: asyncio.Task[None]) -> None:
        self._busy.pop(key, None)
        self.wake()

    async def _deliver_all(self, rows: Sequence[OutboxRow]) -> None:
        """One conversation's first row; the next look takes the next, with what changed meanwhile."""
        try:
            await self._deliver(rows[0])
        except StoreUnavailable as error:
            structlog.get_logger().error("delivery not recorded", row=rows[0].id, why=error.why)
            await self._clock.sleep(_TICK)

    async def _deliver(self, row: OutboxRow) -> None:
        if row.id in self._sent:  # sent before, but the store could not note it
            await self._note_delivered(row.id, self._sent[row.id])
            return
        if row.post.kind is PostKind.EDIT and row.edits_message is None:
            await self._store.dropped(row.id, "nothing to edit")
            return
        try:
            message = await self._hand_over(row)
        except Undelivered as error:
            await self._not_taken(row, error)
            return
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 an answer nobody can read: again, but not at once and for ever
            await self._not_taken(row, Undelivered(why=type(error).__name__))
            return
        self._sent[row.id] = message
        await self._note_delivered(row.id, message)

    async def _note_delivered(self, row_id: int, message: str | None) -> None:
        await self._store.delivered(row_id, message)
        self._sent.pop(row_id, None)

    async def _hand_over(self, row: OutboxRow) -> str | None:
        chat, post = self._chats[row.post.conversation.platform], row.post
        tokens = tuple(self._ids.token() for _ in post.message.buttons)
        if tokens:
            await self._store.mint(row, tokens)
        for _ in range(2):  # once more where a group has become a supergroup
            try:
                async with asyncio.timeout(_SEND):
                    if post.kind is PostKind.EDIT and row.edits_message is not None:
                        await chat.edit(post, tokens, row.edits_message)
                        return row.edits_message
                    return await chat.send(post, tokens, row.replies_to)
            except TimeoutError:
                raise Undelivered(why="timeout") from None
            except Undelivered as error:
                if error.moved_to is None:
                    raise
                old = post.conversation
                structlog.get_logger().error("group moved: list its new id", old=old.chat, new=error.moved_to)
                post = replace(post, conversation=replace(old, chat=error.moved_to, thread=None))
        raise Undelivered(why="moved twice")

    async def _not_taken(self, row: OutboxRow, error: Undelivered) -> None:
        structlog.get_logger().warning("not delivered", row=row.id, attempts=row.attempts, why=error.why)
        most = _MOST_REFUSALS if error.refused else _MOST_ATTEMPTS
        if error.final or row.attempts >= most:
            await self._store.dropped(row.id, error.why, _instead(row.post))
            return
        wait = error.retry_after
        if wait is None:
            wait = min(2.0 ** min(row.attempts, 10), _LONGEST_WAIT)
        await self._store.deferred(row.id, self._clock.now() + timedelta(seconds=wait))


def _instead(post: Post) -> Post | None:
    """Its conversation is gone: what goes to the next place that is named for that."""
    places = [place for place in post.otherwise if not place.same_place(post.conversation)]
    if post.kind is not PostKind.SEND or not places:
        return None
    return Post(
        kind=PostKind.SEND,
        conversation=places[0],
        message=card.copied(post.message, reports.CLOSED),
        otherwise=tuple(places[1:]),
    )
