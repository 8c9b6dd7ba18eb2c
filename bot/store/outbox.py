"""What people must be told: kept until a platform took it, in order within a chat.

Edits fold. One that finds its own message or an earlier edit of it still waiting puts its content there, so that
after an outage people get the newest state at once and not its history. What the courier may have in hand
(`sending`) is never changed: the courier would report as delivered what it never sent.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, select, update

from bot.model import Matter, Message, Platform, Post, PostKind
from bot.ports import AuditNote, Copies, OutboxRow, Queued
from bot.store.codec import dump, load, micros, moment
from bot.store.schema import outbox

KEPT: Final = timedelta(days=30)
"""How long a delivered message can still be edited, replied to and read back."""

_NOT_OURS: Final = "message:"


class Delivery(StrEnum):
    """What became of a row."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FOLDED = "folded"
    """Its content went out with an earlier row."""
    DROPPED = "dropped"


MOST: Final = 2000
"""How many waiting posts a look sees: an outage may leave more."""

_FACTS: Final = (
    *("id", "platform", "chat", "kind", "slot", "matter"),
    *("attempts", "not_before", "posted_at", "spread", "why"),
)
# Asked by every look of the courier, mostly for nothing: put together once.
_QUEUED: Final = (
    select(*(outbox.c[name] for name in _FACTS))
    .where(outbox.c.state == Delivery.WAITING.value)
    .order_by(outbox.c.id)
    .limit(MOST)
)

_PUT: Final = insert(outbox)
_UNDER: Final = (
    select(outbox)
    .where(outbox.c.slot == bindparam("slot"), outbox.c.state == Delivery.WAITING.value)
    .order_by(outbox.c.id)
)


def put(connection: Connection, posts: Sequence[Post], now: datetime) -> None:
    """Add posts in their order; edits fold into what still waits."""
    for post in posts:
        row = {
            "platform": post.conversation.platform.value,
            "chat": post.conversation.chat,
            "kind": post.kind.value,
            "slot": post.slot,
            "post": dump(post),
            "state": Delivery.WAITING.value,
            "matter": post.matter.value,
            "posted_at": micros(now),
        }
        connection.execute(_PUT, row)
        if post.kind is PostKind.EDIT and post.slot is not None:
            _fold(connection, post.slot, now)


def queued(connection: Connection) -> tuple[Queued, ...]:
    """What waits, due or not, oldest first."""
    return tuple(
        Queued(
            id=row.id,
            platform=Platform(row.platform),
            chat=row.chat,
            kind=PostKind(row.kind),
            slot=row.slot,
            matter=Matter(row.matter),
            attempts=row.attempts,
            not_before=moment(row.not_before),
            posted_at=moment(row.posted_at),
            spread=row.spread,
            why=row.why or "",
        )
        for row in connection.execute(_QUEUED)
    )


def take(connection: Connection, ids: Sequence[int]) -> tuple[OutboxRow, ...]:
    """Waiting rows by their ids, marked as in the courier's hands."""
    wanted = (outbox.c.id.in_(ids), outbox.c.state == Delivery.WAITING.value)
    rows = connection.execute(select(outbox).where(*wanted).order_by(outbox.c.id)).all()
    connection.execute(update(outbox).where(*wanted, ~outbox.c.sending).values(sending=True))
    return tuple(_resolved(connection, row) for row in rows)


def spread(connection: Connection, row_id: int, copies: Copies, now: datetime) -> tuple[Post, ...]:
    """Post elsewhere what a row's place has not taken, once a row and once a place."""
    row = connection.execute(select(outbox).where(*_waiting_row(row_id), ~outbox.c.spread)).first()
    if row is None:
        return ()
    connection.execute(update(outbox).where(outbox.c.id == row_id).values(spread=True))
    told: list[Post] = []
    for post in copies(load(row.post, Post)):
        if not _is_told(connection, post.slot):
            put(connection, [post], now)
            told.append(post)
    return tuple(told)


def _is_told(connection: Connection, slot: str | None) -> bool:
    told = exists().where(outbox.c.slot == slot, outbox.c.state != Delivery.DROPPED.value)
    return slot is not None and bool(connection.execute(select(told)).scalar_one())


def deliver(connection: Connection, row_id: int, message: str | None, now: datetime) -> None:
    """Settle a row with the platform's id of it. A row already settled stays as it is."""
    _settle(connection, row_id, Delivery.DELIVERED, now, message=message)


def defer(connection: Connection, row_id: int, not_before: datetime, why: str, now: datetime) -> None:
    """Give a row back; what came meanwhile folds into it."""
    again = {"attempts": outbox.c.attempts + 1, "not_before": micros(not_before)}
    values = {**again, "sending": False, "why": why}
    connection.execute(update(outbox).where(*_waiting_row(row_id)).values(values))
    slot = connection.execute(select(outbox.c.slot).where(outbox.c.id == row_id)).scalar()
    if slot is not None:
        _fold(connection, slot, now)


def drop(connection: Connection, row_id: int, why: str, now: datetime) -> AuditNote | None:
    """Give a row up; what to record of it, None if it was settled before."""
    row = connection.execute(select(outbox).where(*_waiting_row(row_id))).first()
    if row is None:
        return None
    _settle(connection, row_id, Delivery.DROPPED, now, why=why)
    facts = (("platform", row.platform), ("chat", row.chat), ("kind", row.kind), ("slot", row.slot or ""))
    return AuditNote(event="dropped", actor="bot", mass_cancel=None, facts=(*facts, ("why", why)))


def message_in(connection: Connection, slot: str) -> Message | None:
    """The newest message posted under a slot, delivered or still to be; not one that was given up."""
    kept = (outbox.c.slot == slot, outbox.c.state != Delivery.DROPPED.value)
    newest = select(outbox.c.post).where(*kept).order_by(outbox.c.id.desc()).limit(1)
    document = connection.execute(newest).scalar()
    return None if document is None else load(document, Post).message


def shown_at(connection: Connection, slot: str) -> datetime | None:
    """When the first message under a slot was delivered; None while it was not."""
    delivered = (outbox.c.slot == slot, outbox.c.state == Delivery.DELIVERED.value)
    first = select(outbox.c.settled_at).where(*delivered).order_by(outbox.c.id).limit(1)
    at = connection.execute(first).scalar()
    return None if at is None else moment(at)


def prune(connection: Connection, now: datetime) -> None:
    """Forget what was settled long ago."""
    connection.execute(delete(outbox).where(outbox.c.settled_at < micros(now - KEPT)))


def _waiting_row(row_id: int) -> tuple[Any, ...]:
    return (outbox.c.id == row_id, outbox.c.state == Delivery.WAITING.value)


def _settle(connection: Connection, row_id: int, state: Delivery, now: datetime, **values: str | None) -> None:
    settled = {"state": state.value, "settled_at": micros(now), "sending": False} | values
    connection.execute(update(outbox).where(*_waiting_row(row_id)).values(settled))


def _resolved(connection: Connection, row: Row[Any]) -> OutboxRow:
    """A row with its slots turned into the platform's ids."""
    post = load(row.post, Post)
    return OutboxRow(
        id=row.id,
        post=post,
        attempts=row.attempts,
        edits_message=_message_under(connection, post.slot, row.id) if post.kind is PostKind.EDIT else None,
        replies_to=_answered(connection, post.reply_to, row.id),
    )


def _answered(connection: Connection, reply_to: str | None, before: int) -> str | None:
    if reply_to is None:
        return None
    if reply_to.startswith(_NOT_OURS):
        return reply_to.removeprefix(_NOT_OURS)
    return _message_under(connection, reply_to, before)


def _message_under(connection: Connection, slot: str | None, before: int) -> str | None:
    """The platform's id of the newest message sent under a slot before a row; None if it never arrived.

    An edit of a message that never arrived may have been sent as a message of its own: then that one counts.
    """
    under = select(outbox).where(outbox.c.slot == slot, outbox.c.id < before).order_by(outbox.c.id.desc())
    message: str | None = None
    for row in connection.execute(under):
        message = message or row.message
        if row.kind == PostKind.SEND.value:
            break
    return message


def _fold(connection: Connection, slot: str, now: datetime) -> None:
    """Put the newest content under a slot into the first row that waits for it and is in nobody's hands."""
    rows = _foldable(connection.execute(_UNDER, {"slot": slot}).all())
    if len(rows) < 2:  # noqa: PLR2004 one row has nothing to fold with
        return
    first, newest = load(rows[0].post, Post), load(rows[-1].post, Post)
    # Whether a message notifies is its own matter: an edit never does.
    folded = replace(first, message=replace(newest.message, loud=first.message.loud))
    connection.execute(update(outbox).where(outbox.c.id == rows[0].id).values(post=dump(folded)))
    for row in rows[1:]:
        _settle(connection, row.id, Delivery.FOLDED, now)


def _foldable(rows: Sequence[Row[Any]]) -> list[Row[Any]]:
    """The newest message under a slot and its edits, as far as none of them is, or follows, one being sent."""
    run: list[Row[Any]] = []
    for row in rows:
        if row.sending:
            run = []
        elif row.kind == PostKind.SEND.value:
            run = [row]
        else:
            run.append(row)
    return run
