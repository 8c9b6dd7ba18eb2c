"""Deliveries taken in: each one once, and none forgotten before it had its effect."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, exists, insert, select, update

from bot.model import Platform
from bot.ports import InboxRow
from bot.store.codec import micros, moment
from bot.store.schema import inbox

KEPT: Final = timedelta(hours=48)
"""How long a settled delivery's id is kept: twice as long as Telegram repeats one."""


def accept(
    connection: Connection, platform: Platform, update_id: str, payload: bytes, received_at: datetime
) -> bool:
    """Take in one delivery; False if it was taken in before."""
    same = (inbox.c.platform == platform.value) & (inbox.c.update_id == update_id)
    if connection.execute(select(exists().where(same))).scalar_one():
        return False
    connection.execute(
        insert(inbox).values(
            platform=platform.value, update_id=update_id, payload=payload, received_at=micros(received_at)
        )
    )
    return True


def unsettled(connection: Connection, platform: Platform) -> tuple[InboxRow, ...]:
    """Deliveries without an effect yet, oldest first."""
    waiting = (inbox.c.platform == platform.value) & inbox.c.settled_at.is_(None)
    rows = connection.execute(select(inbox).where(waiting).order_by(inbox.c.id))
    return tuple(
        InboxRow(
            origin=f"{row.platform}:{row.update_id}", payload=row.payload, received_at=moment(row.received_at)
        )
        for row in rows
    )


def settle(connection: Connection, origin: str, now: datetime, *, unreadable: bool) -> None:
    """Keep the id alone. The payload goes: that of a tap carries the button's token."""
    platform, _, update_id = origin.partition(":")
    connection.execute(
        update(inbox)
        .where(inbox.c.platform == platform, inbox.c.update_id == update_id, inbox.c.settled_at.is_(None))
        .values(settled_at=micros(now), unreadable=unreadable, payload=b"")
    )


def prune(connection: Connection, now: datetime) -> None:
    """Forget the ids of deliveries that nobody repeats any more."""
    connection.execute(delete(inbox).where(inbox.c.settled_at < micros(now - KEPT)))
