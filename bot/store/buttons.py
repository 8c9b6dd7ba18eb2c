"""Buttons that were shown. Of a token only its SHA-256 is kept: it has 128 random bits, so no salt is needed."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, delete, exists, insert, or_, select, update

from bot.model import Action, Button, ButtonKind, Conversation, MassCancelId, State
from bot.ports import OutboxRow, StoredButton
from bot.store.codec import dump, load, micros, micros_or_none
from bot.store.schema import button, button_target, mass_cancel

_ONE_TIME: Final = (ButtonKind.CONFIRM.value, ButtonKind.KEEP.value)

_OF_IT: Final = select(button_target.c.token_hash).where(button_target.c.mass_cancel == bindparam("id"))
_USE: Final = update(button).where(button.c.token_hash.in_(_OF_IT), button.c.kind.in_(_ONE_TIME)).values(used=True)


def mint(connection: Connection, row: OutboxRow, tokens: Sequence[str]) -> None:
    """Remember a message's buttons. Those of an earlier attempt stay valid: it may have arrived after all.

    Raises:
        ValueError: there is not exactly one token a button.
    """
    for shown, token in zip(row.post.message.buttons, tokens, strict=True):
        _remember(connection, row, shown, hashed(token))


def by_token(connection: Connection, token: str, now: datetime) -> StoredButton | None:
    """The button with this token, used or not; None if there is none or its time is up."""
    valid = or_(button.c.expires_at.is_(None), button.c.expires_at > micros(now))
    row = connection.execute(select(button).where(button.c.token_hash == hashed(token), valid)).first()
    if row is None:
        return None
    return _stored(row)


def confirming(connection: Connection) -> dict[str, StoredButton]:
    """The unused confirm buttons, by their tokens' hashes."""
    rows = connection.execute(select(button).where(button.c.kind == ButtonKind.CONFIRM.value, ~button.c.used))
    return {row.token_hash: _stored(row) for row in rows}


def use(connection: Connection, id_: MassCancelId) -> None:
    """Mark the confirm and keep buttons of a mass cancel that is no longer PENDING."""
    connection.execute(_USE, {"id": id_})


def prune(connection: Connection, now: datetime) -> None:
    """Forget buttons whose time is up."""
    connection.execute(delete(button).where(button.c.expires_at <= micros(now)))


def _remember(connection: Connection, row: OutboxRow, shown: Button, token_hash: str) -> None:
    action = shown.action
    connection.execute(
        insert(button).values(
            token_hash=token_hash,
            kind=action.kind.value,
            action=dump(action),
            conversation=dump(row.post.conversation),
            slot=row.post.slot,
            expires_at=micros_or_none(action.expires_at),
            used=action.kind.value in _ONE_TIME and _is_decided(connection, action.mass_cancels),
        )
    )
    for id_ in dict.fromkeys(action.mass_cancels):
        connection.execute(insert(button_target).values(token_hash=token_hash, mass_cancel=id_))


def _stored(row: Row[Any]) -> StoredButton:
    return StoredButton(
        action=load(row.action, Action), conversation=load(row.conversation, Conversation), slot=row.slot
    )


def _is_decided(connection: Connection, ids: Sequence[MassCancelId]) -> bool:
    """Whether one of them left PENDING before its message was even sent."""
    decided = mass_cancel.c.id.in_(ids) & (mass_cancel.c.state != State.PENDING.value)
    return bool(connection.execute(select(exists().where(decided))).scalar_one())


def hashed(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
