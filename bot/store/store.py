"""The port `Store` over SQL: each method all or nothing, each done where `run` does it."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine

from bot.model import AccountName, Conversation, MassCancel, MassCancelId, Message, Platform, Post, Scope, State
from bot.ports import AuditNote, Copies, InboxRow, OutboxRow, Posts, Queued, StoredButton, Transition
from bot.store import audit, buttons, inbox, outbox, records
from bot.store.engine import open_engine, reading
from bot.store.group_commit import GroupCommit
from bot.store.locks import Presence, appear, is_alive, sweep
from bot.store.mirror import Mirror, filled
from bot.store.running import Run

T = TypeVar("T")

_DIGITS: Final = 4


def open_store(
    data_dir: Path, clock_now: Callable[[], datetime], run: Run, *, instance: str | None = None
) -> "SqlStore":
    """Open the store of a data directory, and show that this process lives.

    Args:
        data_dir: made with mode 0700 where it is missing.
        clock_now: UTC, for the times of audit rows and of what was settled.
        run: where the work is done (`on_executor`, `directly`).
        instance: this process's id, never used before; a random one where none is given.

    Raises:
        StoreUnavailable: see `open_engine`.
    """
    engine = open_engine(data_dir)
    try:
        mirror = filled(engine)
        sweep(data_dir / "instances")
        presence = appear(data_dir / "instances", instance or uuid.uuid4().hex)
    except BaseException:
        engine.dispose()
        raise
    return SqlStore(
        engine=engine,
        clock_now=clock_now,
        run=run,
        presence=presence,
        mirror=mirror,
        writes=GroupCommit(engine, run),
    )


def look_up(data_dir: Path, id_: MassCancelId | None, count: int) -> tuple[MassCancel, ...]:
    """The last mass cancels of a store, newest first; or one, with all on its card if its card bears its id.

    Reads only, beside a running bot or without one.

    Raises:
        StoreUnavailable: there is no store, or it cannot be read.
    """
    engine = open_engine(data_dir, create=False)
    try:
        with reading(engine) as connection:
            if id_ is None:
                return records.newest(connection, count)
            found = records.one(connection, id_)
            if found is None:
                return ()
            return records.card_of(connection, found) if found.card_id == id_ else (found,)
    finally:
        engine.dispose()


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlStore:
    """See `bot.ports.Store` for what each method promises; `open_store` builds one."""

    engine: Engine
    clock_now: Callable[[], datetime]
    run: Run
    presence: Presence
    mirror: Mirror
    """What was committed here, in memory."""
    writes: GroupCommit
    """The way of everything that is committed."""

    def close(self) -> None:
        """Let go of the file and of this process's sign of life. Harmless when repeated."""
        self.engine.dispose()
        self.presence.leave()

    # --- the inbox -------------------------------------------------------------------------------------------
    async def accept(self, platform: Platform, update_id: str, payload: bytes, received_at: datetime) -> bool:
        """Take in one delivery; False if it was taken in before."""
        return await self.writes.write(lambda c: inbox.accept(c, platform, update_id, payload, received_at))

    async def unsettled(self, platform: Platform) -> tuple[InboxRow, ...]:
        """Deliveries taken in and never settled, oldest first."""
        return await self._read(lambda c: inbox.unsettled(c, platform))

    async def settle(self, origin: str, *, unreadable: bool = False) -> None:
        """A delivery has had its effect; its payload is forgotten, its id is not."""
        await self.writes.write(lambda c: inbox.settle(c, origin, self.clock_now(), unreadable=unreadable))

    # --- mass cancels ----------------------------------------------------------------------------------------
    async def open(self, opened: Sequence[MassCancel], notes: Sequence[AuditNote], posts: Posts) -> bool:
        """Insert new mass cancels with their card; False (and nothing changed) if their origin already has some.

        Raises:
            Conflict: the id of one of them is taken by another delivery's; try again with a fresh id.
        """
        added = await self.writes.write(lambda c: self._open(c, opened, notes, posts))
        if added:
            self.mirror.keep(opened)
        return added

    async def commit(self, transitions: Sequence[Transition], by: InboxRow | None = None) -> None:
        """Apply transitions, all or nothing; into EXECUTING, this process becomes the owner."""
        await self.writes.write(lambda c: self._commit(c, transitions, by))
        self.mirror.keep([transition.after for transition in transitions])

    async def record(self, notes: Sequence[AuditNote], posts: Posts | None = None) -> None:
        """Audit rows and outbox rows that change no mass cancel."""
        await self.writes.write(lambda c: self._tell(c, notes, () if posts is None else (posts,)))

    async def mass_cancel(self, id_: MassCancelId) -> MassCancel | None:
        """One mass cancel, as it is now."""
        return await self._read(lambda c: records.one(c, id_))

    async def asked(self, origin: str) -> bool:
        """Whether a delivery already has a mass cancel."""
        return await self._read(lambda c: records.asked(c, origin))

    async def live(
        self, conversation: Conversation, scopes: Sequence[Scope], *, drill: bool = False
    ) -> tuple[MassCancel, ...]:
        """The newest card in this chat for exactly these scopes, one of which is PENDING or EXECUTING."""
        return await self._read(lambda c: records.live(c, conversation, scopes, drill=drill))

    async def due(self, now: datetime) -> tuple[MassCancel, ...]:
        """PENDING ones whose time is up, oldest first."""
        return await self._read(lambda c: records.due(c, now))

    async def orphans(self) -> tuple[MassCancel, ...]:
        """EXECUTING ones whose process is gone, oldest first."""
        return await self._read(self._orphans)

    async def held_elsewhere(self, id_: MassCancelId) -> bool:
        """Whether another process that lives was given its licence."""
        owner = await self._read(lambda c: records.owner_of(c, id_))
        return owner not in (None, self.presence.instance) and is_alive(self.presence.folder, owner)

    async def settled_since(self, state: State, since: datetime) -> tuple[MassCancel, ...]:
        """Those in a state that were confirmed after `since`, oldest first."""
        return await self._read(lambda c: records.settled_since(c, state, since))

    async def recent(self, accounts: Sequence[AccountName], count: int) -> tuple[MassCancel, ...]:
        """The last mass cancels of these accounts, newest first."""
        return await self._read(lambda c: records.recent(c, accounts, count))

    # --- buttons ---------------------------------------------------------------------------------------------
    async def mint(self, row: OutboxRow, tokens: Sequence[str]) -> None:
        """Remember the buttons of a message about to be sent, one token each, by their hashes only."""
        await self.writes.write(lambda c: buttons.mint(c, row, tokens))
        self.mirror.remember(row, tokens)

    async def button(self, token: str, now: datetime) -> StoredButton | None:
        """The button that carries this token, used or not; None if there is none or its time is up."""
        return await self._read(lambda c: buttons.by_token(c, token, now))

    async def message_in(self, slot: str) -> Message | None:
        """The newest message posted under a slot."""
        return await self._read(lambda c: outbox.message_in(c, slot))

    async def shown_at(self, slot: str) -> datetime | None:
        """When the first message under a slot was taken by its platform; None while it was not."""
        return await self._read(lambda c: outbox.shown_at(c, slot))

    # --- the outbox ------------------------------------------------------------------------------------------
    async def queued(self) -> tuple[Queued, ...]:
        """What waits, oldest first. The courier asks often and mostly for nothing: a look needs no write lock."""
        return await self._read(outbox.queued)

    async def taken(self, ids: Sequence[int]) -> tuple[OutboxRow, ...]:
        """What is about to be sent, in order."""
        return await self.writes.write(lambda c: outbox.take(c, ids))

    async def delivered(self, row_id: int, message: str | None) -> None:
        """The platform took it, and named it so."""
        await self.writes.write(lambda c: outbox.deliver(c, row_id, message, self.clock_now()))

    async def deferred(self, row_id: int, not_before: datetime, why: str) -> None:
        """The platform did not take it; try again at that time."""
        await self.writes.write(lambda c: outbox.defer(c, row_id, not_before, why, self.clock_now()))

    async def spread(self, row_id: int, copies: Copies) -> tuple[Post, ...]:
        """Tell elsewhere what its place has not taken; recorded in the audit chain."""
        return await self.writes.write(lambda c: self._spread(c, row_id, copies))

    async def dropped(self, row_id: int, why: str) -> None:
        """It is not delivered there; recorded in the audit chain."""
        await self.writes.write(lambda c: self._drop(c, row_id, why))

    async def head(self) -> str:
        """The audit chain's head, 64 hex digits."""
        return await self._read(audit.head_of)

    async def prune(self, now: datetime) -> None:
        """Forget settled deliveries, old settled posts and expired buttons; never audit rows or mass cancels."""
        await self.writes.write(lambda c: self._prune(c, now))

    # --- the transactions ------------------------------------------------------------------------------------
    async def _read(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            with reading(self.engine) as connection:
                return work(connection)

        return await self.run(transaction)

    def _open(
        self, connection: Connection, opened: Sequence[MassCancel], notes: Sequence[AuditNote], posts: Posts
    ) -> bool:
        added = records.add(connection, opened)
        if added:
            self._tell(connection, notes, (posts,))
        return added

    def _commit(self, connection: Connection, transitions: Sequence[Transition], by: InboxRow | None) -> None:
        if by is not None:
            inbox.take_in(connection, by)
        notes: list[AuditNote] = []
        for transition in transitions:
            records.change(connection, transition, self.presence.instance)
            if transition.before.state is State.PENDING is not transition.after.state:
                buttons.use(connection, transition.after.id)
            notes += (records.note_of(transition), *transition.notes)
        self._tell(connection, notes, [self._card_posts(connection, transition) for transition in transitions])

    @staticmethod
    def _card_posts(connection: Connection, transition: Transition) -> Posts:
        card = records.card_of(connection, transition.after)
        return lambda head: transition.posts(head, card)

    def _tell(self, connection: Connection, notes: Sequence[AuditNote], posts: Sequence[Posts]) -> None:
        """The audit rows first: what people are told carries the head after them."""
        now = self.clock_now()
        head = audit.append(connection, notes, now)
        for made in posts:
            outbox.put(connection, made(head[:_DIGITS]), now)

    def _orphans(self, connection: Connection) -> tuple[MassCancel, ...]:
        found = records.executing(connection)
        alive = {owner for _, owner in found if owner is not None and is_alive(self.presence.folder, owner)}
        return tuple(orphan for orphan, owner in found if owner not in alive)

    def _spread(self, connection: Connection, row_id: int, copies: Copies) -> tuple[Post, ...]:
        told = outbox.spread(connection, row_id, copies, self.clock_now())
        for post in told:
            to = (("platform", post.conversation.platform.value), ("chat", post.conversation.chat))
            facts = (("copy of", post.copy_of or ""), *to)
            note = AuditNote(event="told elsewhere", actor="bot", mass_cancel=None, facts=facts)
            self._tell(connection, [note], ())
        return told

    def _drop(self, connection: Connection, row_id: int, why: str) -> None:
        note = outbox.drop(connection, row_id, why, self.clock_now())
        if note is not None:
            self._tell(connection, [note], ())

    def _prune(self, connection: Connection, now: datetime) -> None:
        inbox.prune(connection, now)
        outbox.prune(connection, now)
        buttons.prune(connection, now)
