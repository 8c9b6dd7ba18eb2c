"""Values and small doings for the tests of the store."""

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from bot.model import (
    AccountName,
    Action,
    Actor,
    Button,
    ButtonKind,
    ContractCode,
    Conversation,
    Event,
    EventKind,
    Identity,
    MassCancel,
    MassCancelId,
    Message,
    Order,
    Platform,
    PositionSide,
    Post,
    PostKind,
    Scope,
    Side,
    State,
)
from bot.ports import AuditNote, OutboxRow, Posts, Transition
from bot.runtime.schedule import may_go
from bot.store import SqlStore, directly, open_store

T = TypeVar("T")

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
TELEGRAM = Platform.TELEGRAM
CHAT = Conversation(platform=TELEGRAM, chat="-100", thread=None, private=False)
ANN = Actor(identity=Identity(platform=TELEGRAM, user="123456789"), name="ann")
SCOPE = Scope(
    account=AccountName("main"),
    contract=ContractCode("BTC-USDT"),
    side=Side.BUY,
    position_side=PositionSide.LONG,
)
PENDING = MassCancel(
    id=MassCancelId("K7Q2M"),
    state=State.PENDING,
    version=1,
    scope=SCOPE,
    asked_by=ANN,
    conversation=CHAT,
    origin="telegram:4711",
    created_at=NOW,
    expires_at=NOW + timedelta(seconds=60),
)
ASKED = AuditNote(
    event="asked", actor="ann telegram:123456789", mass_cancel=PENDING.id, facts=(("contract", "BTC"),)
)


@dataclass
class SetClock:
    """A clock that stands where it is put."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


def opened_at(folder: Path, instance: str | None = None, clock: SetClock | None = None) -> SqlStore:
    return open_store(folder, (clock or SetClock()).now, directly, instance=instance)


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run what a store opened with `directly` does, where there is no loop."""
    return asyncio.run(work)


def quiet(_digits: str) -> Sequence[Post]:
    return ()


def named(
    id_: str, *, scope: Scope = SCOPE, conversation: Conversation = CHAT, expires_at: datetime = PENDING.expires_at
) -> MassCancel:
    """Another PENDING mass cancel, from a delivery of its own."""
    return replace(
        PENDING,
        id=MassCancelId(id_),
        origin=f"telegram:{id_}",
        scope=scope,
        conversation=conversation,
        expires_at=expires_at,
    )


def stepped(  # noqa: PLR0913 each has its default
    before: MassCancel,
    state: State,
    kind: EventKind = EventKind.CONFIRM,
    *,
    notes: tuple[AuditNote, ...] = (),
    posts: Posts = quiet,
    decided_at: datetime | None = None,
) -> Transition:
    """A transition that tells nobody, unless `posts` are given."""
    after = replace(before, state=state, version=before.version + 1, decided_at=decided_at or before.decided_at)
    by = ANN if kind in (EventKind.CONFIRM, EventKind.KEEP) else None
    event = Event(kind=kind, by=by)
    return Transition(before=before, after=after, event=event, notes=notes, posts=lambda head, _card: posts(head))


def button(kind: ButtonKind = ButtonKind.CONFIRM, expires_at: datetime | None = None, *ids: str) -> Button:
    targets = tuple(MassCancelId(id_) for id_ in ids) or (PENDING.id,)
    return Button(label="Cancel", action=Action(kind=kind, mass_cancels=targets, expires_at=expires_at))


def send(  # noqa: PLR0913 each has its default
    title: str,
    slot: str | None = None,
    *,
    chat: str = "-100",
    buttons: tuple[Button, ...] = (),
    loud: bool = False,
    reply_to: str | None = None,
) -> Post:
    """A post of a new message."""
    message = Message(title=title, buttons=buttons, loud=loud)
    where = replace(CHAT, chat=chat)
    return Post(kind=PostKind.SEND, conversation=where, message=message, slot=slot, reply_to=reply_to)


def edit(title: str, slot: str, *, chat: str = "-100") -> Post:
    return replace(send(title, slot, chat=chat), kind=PostKind.EDIT)


async def posted(store: SqlStore, *posts: Post) -> None:
    await store.record((), lambda _: posts)


async def taken(store: SqlStore, at: datetime = NOW) -> tuple[OutboxRow, ...]:
    rows = [row for row in await store.queued() if row.platform is TELEGRAM]
    return await store.taken([row.id for row in may_go(rows, at, (), {})])


async def titles(store: SqlStore, at: datetime = NOW) -> list[str]:
    return [row.post.message.title for row in await taken(store, at)]


def an_order() -> Order:
    return Order(
        order_id="1234567890123456789",
        client_order_id=None,
        contract="BTC-USDT",
        side=Side.BUY,
        position_side=PositionSide.LONG,
        price=Decimal("64000.10"),
        volume=Decimal(3),
        filled=Decimal("0.1"),
        reduce_only=False,
        state="3",
    )
