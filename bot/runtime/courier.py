"""Delivery: what the outbox holds is told to people, at least once, through restarts and outages.

Rules of this file: what may go now is decided in `schedule`; where a place refuses a result or does not take it in
time, it is told elsewhere, and the place still gets it when it can; a token is made when a message is about to be
sent, and only its hash is kept; what was sent is never sent again because the store failed to note it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

import structlog

from bot import card
from bot.errors import Remedy, StoreUnavailable, Undelivered
from bot.model import ChatHealth, Conversation, Identity, Matter, Message, Platform, Post, PostKind, Waiting
from bot.ports import Chat, Clock, Elsewhere, Ids, OutboxRow, Queued, Store
from bot.runtime.schedule import IN_TIME, Held, Lane, lane_of, may_go, next_look, overdue
from bot.words import chats

_TICK: Final = 1.0
"""Seconds between looks at the outbox where nobody wakes us: other processes post too."""

_AFTER_YOU: Final = 0.005
"""Seconds between being woken and a look: what a tap sets off goes before what is told of it."""

_SEND: Final = 30.0
"""Seconds one delivery may take, whatever its transport does."""

_SHOUT: Final = IN_TIME.total_seconds()
"""Seconds a place has to take what is told past the outbox, before the next is tried."""

_LONGEST_WAIT: Final = 60.0
_LONGEST_REFUSED: Final = 300.0
"""Seconds between two tries of a result, at the most, where its place refuses it, or may have taken it before."""

_MOST_ATTEMPTS: Final = 2000
"""About a day of trying once a minute: an outage."""

_MOST_REFUSALS: Final = 10
"""A platform that says no so often means it. The same for what may have been taken each time, and for what is no
word of the platform's: people have ten copies, or none, for a reason that more tries will not change."""

_MOST_RESULTS: Final = 25
"""The same for a result that is refused: more than an hour, in which somebody may give the bot its rights back."""

_MOST_LOST: Final = 300
"""The same for a result whose answers are lost: about a day."""


class Courier:
    """Carries posts from the outbox to the chats."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, elsewhere: Elsewhere) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._elsewhere = elsewhere
        self._chats: dict[Platform, Chat] = {}
        self._only: dict[Platform, str] = {}
        self._woken = asyncio.Event()
        self._busy: dict[Lane, asyncio.Task[None]] = {}
        self._in_hand: set[int] = set()
        self._files: set[asyncio.Task[None]] = set()
        self._held: dict[tuple[Platform, str], Held] = {}
        self._sent: dict[int, str | None] = {}
        self._queued: tuple[Queued, ...] = ()
        self._began = clock.now()
        self._hear: dict[int, tuple[Identity, ...]] = {}
        self._copied: set[str] = set()
        """Names of what has arrived elsewhere: an answer is no more to be told in its own place."""
        self._arrived: set[str] = set()
        """Names of what has arrived in its own place: its copies are no more to be told."""
        self._moved: set[int] = set()
        """Copies that are told at the next place, and no more here if they are not taken."""

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

    def waiting(self) -> tuple[Waiting, ...]:
        """The results that their places have not taken in time, by the last look at the outbox."""
        now = self._clock.now()
        return tuple(
            Waiting(
                what=_name(row),
                platform=row.platform,
                chat=row.chat,
                people=self._hear.get(row.id, ()),
                since=row.posted_at,
                why=row.why,
                told_elsewhere=row.spread,
            )
            for row in self._queued
            if row.matter is Matter.RESULT and now >= row.posted_at + IN_TIME and row.id not in self._sent
            if row.platform is not Platform.HOST
        )

    async def shout(self, conversation: Conversation, message: Message, *hear: Identity) -> bool:
        """Send a message past the outbox; whether it arrived. Never raises."""
        bare = replace(card.without_buttons(message), loud=True)
        post = Post(
            kind=PostKind.SEND, conversation=conversation, message=bare, matter=Matter.RESULT, hear=tuple(hear)
        )
        if await self._shout(post):
            return True
        told = False
        places = list(self._elsewhere.copies("shout", post, "", self._down())) if hear else []
        while places:
            copy = places.pop(0)
            if await self._shout(copy):
                told = True
            else:
                places += self._elsewhere.copies("shout", copy, "", self._down())
        return told

    async def _shout(self, post: Post) -> bool:
        chat = self._chats.get(post.conversation.platform)
        if chat is None:
            return False
        bare = replace(post, message=card.without_buttons(post.message))
        try:
            async with asyncio.timeout(_SHOUT):
                await chat.send(bare, (), None)
        except Exception as error:  # noqa: BLE001 what is shouted must stop nothing
            structlog.get_logger().warning("message past the outbox not delivered", error=repr(error))
            return False
        return True

    async def run(self) -> None:
        """Deliver, for ever."""
        self._began = self._clock.now()
        while True:
            self._woken.clear()
            wait = _TICK
            try:
                wait = await self._look()
            except StoreUnavailable as error:
                structlog.get_logger().error("outbox not readable", why=error.why)
                await self._clock.sleep(_TICK)
            with suppress(TimeoutError):  # not `wait_for`: before Python 3.12 it may swallow the cancellation
                async with asyncio.timeout(wait):
                    await self._woken.wait()
            await self._clock.sleep(_AFTER_YOU)

    async def settle(self, seconds: float) -> None:
        """Give what is to be told so long to arrive, at shutdown; the rest waits in the outbox."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._files or await self._something_due():
                    await self._clock.sleep(0.05)
        for task in (*self._busy.values(), *self._files):
            task.cancel()

    async def _something_due(self) -> bool:
        if self._busy:
            return True
        try:
            rows = await self._store.queued()
        except StoreUnavailable:
            return False
        return bool(may_go(self._mine(rows), self._clock.now(), (), self._held))

    def _mine(self, rows: Sequence[Queued]) -> list[Queued]:
        """Those of chats that are served here."""
        return [
            row for row in rows if row.platform in self._chats and self._only.get(row.platform) in (None, row.chat)
        ]

    async def _look(self) -> float:
        """Start a delivery in every free lane, tell elsewhere what is overdue; seconds until the next look."""
        rows, now = await self._store.queued(), self._clock.now()
        self._queued = rows
        known = {row.id for row in rows}
        self._hear = {id_: hear for id_, hear in self._hear.items() if id_ in known}
        self._moved &= known
        self._held = {chat: held for chat, held in self._held.items() if held.until > now}
        if self._copied or self._arrived:
            await self._drop_told(rows)
            rows = await self._store.queued()
        going = may_go(self._mine(rows), now, self._busy, self._held)
        if going:
            taken = {row.id: row for row in await self._store.taken([row.id for row in going])}
            for queued in going:
                if queued.id in taken:
                    self._start(lane_of(queued), taken[queued.id])
        for row in rows:
            # A shell's conversation is its own process's business.
            if overdue(row, now, self._began) and row.platform is not Platform.HOST and not self._only:
                late = Undelivered(why=row.why or "no answer")
                told = await self._tell_elsewhere(row.id, row.platform, late)
                if told and row.matter is Matter.COPY and row.id not in self._in_hand:
                    await self._store.dropped(row.id, late.why)
        return next_look(rows, now, self._held, _TICK)

    def _start(self, lane: Lane, row: OutboxRow) -> None:
        self._hear[row.id] = row.post.hear
        task = asyncio.get_running_loop().create_task(self._deliver_safely(lane, row), name=f"deliver {lane}")
        self._busy[lane] = task
        self._in_hand.add(row.id)
        task.add_done_callback(partial(self._free, lane, row.id))

    def _free(self, lane: Lane, row_id: int, _task: asyncio.Task[None]) -> None:
        self._busy.pop(lane, None)
        self._in_hand.discard(row_id)
        self.wake()

    async def _deliver_safely(self, lane: Lane, row: OutboxRow) -> None:
        try:
            await self._deliver(lane, row)
        except StoreUnavailable as error:
            structlog.get_logger().error("delivery not recorded", row=row.id, why=error.why)
            await self._clock.sleep(_TICK)

    async def _deliver(self, lane: Lane, row: OutboxRow) -> None:
        if row.id in self._sent:  # sent before, but the store could not note it
            await self._note_delivered(row.id, self._sent[row.id])
            return
        if row.post.kind is PostKind.EDIT and not row.edits_message:  # it never came, or nobody knows its id
            await self._store.dropped(row.id, "nothing to edit")
            return
        tokens = tuple(self._ids.token() for _ in row.post.message.buttons)
        try:
            message = await self._hand_over(row, tokens)
        except Undelivered as error:
            await self._not_taken(lane, row, error)
            return
        except StoreUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 no word of the platform's: again, but not at once and for ever
            structlog.get_logger().exception("delivery broke", row=row.id)
            await self._not_taken(lane, row, Undelivered(why=type(error).__name__, remedy=Remedy.UNKNOWN))
            return
        self._sent[row.id] = message
        await self._note_delivered(row.id, message)
        if row.post.copy_of is not None:
            self._copied.add(row.post.copy_of)
        elif row.post.matter is not Matter.NOTICE:
            self._arrived.add(row.post.slot or f"row:{row.id}")
        if row.post.message.attachment is not None and row.post.kind is PostKind.SEND:
            self._send_file(row.post, tokens, message)

    async def _note_delivered(self, row_id: int, message: str | None) -> None:
        await self._store.delivered(row_id, message)
        self._sent.pop(row_id, None)

    async def _drop_told(self, rows: Sequence[Queued]) -> None:
        """Drop what its people have heard: an answer told elsewhere, a copy of what has arrived after all."""
        names = {_name(row).partition("@")[0] for row in rows}  # that of a copy begins with that of its first
        self._copied &= names
        self._arrived &= names
        for row in rows:
            of = _name(row).partition("@")[0]
            told = (row.matter is Matter.ANSWER and of in self._copied) or (
                row.matter is Matter.COPY and of in self._arrived
            )
            if told and row.id not in self._in_hand:
                await self._store.dropped(row.id, "told in another place")

    async def _hand_over(self, row: OutboxRow, tokens: Sequence[str]) -> str | None:
        """Send or edit; once more where a group has become a supergroup, and where the message was at fault."""
        chat, post, replies_to = self._chats[row.post.conversation.platform], row.post, row.replies_to
        if tokens:
            await self._store.mint(row, tokens)
        while True:
            try:
                async with asyncio.timeout(_SEND):
                    if post.kind is PostKind.EDIT and row.edits_message:
                        await chat.edit(post, tokens, row.edits_message)
                        return row.edits_message
                    return await chat.send(post, tokens, replies_to)
            except TimeoutError:
                raise Undelivered(why="timeout", lost=True) from None
            except Undelivered as error:
                old = post.conversation
                if error.remedy is Remedy.AS_SAID:
                    return row.edits_message
                if error.moved_to not in (None, old.chat) and old == row.post.conversation:
                    structlog.get_logger().error("group moved: list its new id", old=old.chat, new=error.moved_to)
                    post = replace(post, conversation=replace(old, chat=error.moved_to, thread=None))
                elif error.remedy is Remedy.OURS and post.message is row.post.message:
                    structlog.get_logger().error("message refused, sent bare", row=row.id, why=error.why)
                    post, tokens, replies_to = replace(post, message=card.bare(post.message)), (), None
                else:
                    raise

    async def _not_taken(self, lane: Lane, row: OutboxRow, error: Undelivered) -> None:
        """Elsewhere, again, or given up: by what the platform said, and by what the message is."""
        post, now = row.post, self._clock.now()
        structlog.get_logger().warning(
            "not delivered", row=row.id, attempts=row.attempts, why=error.why, remedy=error.remedy
        )
        waits = error.remedy is Remedy.WAIT
        if post.kind is PostKind.EDIT and not waits:
            await self._store.dropped(row.id, error.why)
            return
        wait = timedelta(seconds=_pause(row.attempts, error, is_result=post.matter is Matter.RESULT))
        if waits:
            flood = error.retry_after is not None and post.kind is PostKind.SEND
            self._held[lane.platform, lane.chat] = Held(until=now + wait, results=flood)
        if post.matter is not Matter.NOTICE and (not waits or wait > IN_TIME) and not self._only:
            await self._tell_elsewhere(row.id, lane.platform, error)
        if row.id in self._moved and post.matter is Matter.COPY:
            await self._store.dropped(row.id, error.why)
            return
        if row.attempts >= _most(error, is_result=post.matter is Matter.RESULT):
            await self._store.dropped(row.id, error.why)
            return
        await self._store.deferred(row.id, now + wait, error.why)

    async def _tell_elsewhere(self, row_id: int, platform: Platform, error: Undelivered) -> bool:
        """Post what a place has not taken to where its people look; whether there was such a place."""
        down, doubtful = self._down(), set[Platform]()
        if error.remedy is Remedy.PLATFORM:
            down.add(platform)
        elif error.remedy is Remedy.WAIT and error.retry_after is None:
            doubtful.add(platform)  # a hang, an outage: perhaps not this place alone

        def copies(post: Post) -> Sequence[Post]:
            self._hear[row_id] = post.hear
            return self._elsewhere.copies(post.slot or f"row:{row_id}", post, error.why, down, doubtful)

        told = await self._store.spread(row_id, copies)
        for post in told:
            to = post.conversation
            structlog.get_logger().warning(
                "told elsewhere", row=row_id, platform=to.platform, chat=to.chat, why=error.why
            )
        if told:
            self._moved.add(row_id)
            self.wake()
        return bool(told)

    def _down(self) -> set[Platform]:
        """The platforms that are in trouble."""
        well = {chat.platform for chat in self._chats.values() if chat.health().trouble is None}
        return set(Platform) - well

    def _send_file(self, post: Post, tokens: Sequence[str], message: str | None) -> None:
        """The file goes after its message, and holds up nothing."""
        task = asyncio.get_running_loop().create_task(self._attach(post, tokens, message), name="file")
        self._files.add(task)
        task.add_done_callback(self._files.discard)

    async def _attach(self, post: Post, tokens: Sequence[str], message: str | None) -> None:
        """Send a message's file; where it is not taken the message says so, and how to get it."""
        chat = self._chats[post.conversation.platform]
        try:
            async with asyncio.timeout(_SEND):
                await chat.attach(post, message or "")
        except Exception as error:  # noqa: BLE001 whatever broke: the message stands, and says that its file is not there
            why = error.why if isinstance(error, Undelivered) else type(error).__name__
            name = post.message.attachment.name if post.message.attachment else ""
            structlog.get_logger().warning("file not delivered", name=name, why=why)
        else:
            return
        said = chats.no_file(_mass_cancel(post))
        without = replace(post, kind=PostKind.EDIT, message=card.without_file(post.message, said))
        try:
            async with asyncio.timeout(_SEND):
                await chat.edit(without, tokens, message or "")
        except Exception as error:  # noqa: BLE001 as above: then it is said in a message of its own
            structlog.get_logger().warning("message not changed", error=repr(error))
            alone = Post(
                kind=PostKind.SEND,
                conversation=post.conversation,
                message=card.notice((post.message.title, said)),
                only_for=post.only_for,
            )
            with suppress(StoreUnavailable):
                await self._store.record((), lambda _head: [alone])
                self.wake()


def _name(row: Queued) -> str:
    """What a post is called: by its slot, or by its number."""
    return row.slot or f"row:{row.id}"


def _mass_cancel(post: Post) -> str | None:
    """The id of the mass cancel whose result a post is, or is a copy of."""
    kind, _, id_ = (post.copy_of or post.slot or "").partition("@")[0].partition(":")
    return id_ if kind == "result" and id_ else None


def _pause(attempts: int, error: Undelivered, *, is_result: bool) -> float:
    """Seconds until the next try here."""
    if error.retry_after is not None:
        return error.retry_after
    slowly = is_result and (error.lost or error.remedy is not Remedy.WAIT)
    longest = _LONGEST_REFUSED if slowly else _LONGEST_WAIT
    return min(2.0 ** min(attempts, 10), longest)


def _most(error: Undelivered, *, is_result: bool) -> int:
    """How many failed tries there may be."""
    if error.remedy is not Remedy.WAIT:
        return _MOST_RESULTS if is_result else _MOST_REFUSALS
    if error.lost:
        return _MOST_LOST if is_result else _MOST_REFUSALS
    return _MOST_ATTEMPTS
