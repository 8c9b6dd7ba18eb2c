"""Deliveries taken in: each one once, and none forgotten before it had its effect."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, exists, insert, literal, select, update

from bot.errors import KnownDelivery
from bot.model import Platform
from bot.ports import InboxRow
from bot.store.codec import micros, moment
from bot.store.schema import inbox

KEPT: Final = timedelta(hours=48)
"""How long a settled delivery's id is kept: twice as long as Telegram repeats one."""

WORKED_ON: Final = timedelta(hours=24)
"""After this long a delivery that is not settled is left over: its commit came when it had been given up."""

_NEW: Final = ("platform", "update_id", "payload", "received_at")
_SAME: Final = (inbox.c.platform == bindparam("platform")) & (inbox.c.update_id == bindparam("update_id"))

# On every tap's way, as `change`, `use`, `append` and `put` are: put together once, they cost half as much.
_ACCEPT: Final = insert(inbox).from_select(
    [*_NEW, "unreadable"],
    select(*(bindparam(name, type_=inbox.c[name].type) for name in _NEW), literal(value=False)).where(
        ~exists(select(inbox.c.id).where(_SAME))
    ),
)
_SETTLE: Final = (
    update(inbox)
    .where(
        inbox.c.platform == bindparam("on"), inbox.c.update_id == bindparam("its"), inbox.c.settled_at.is_(None)
    )
    .values(payload=b"")
)


def accept(
    connection: Connection, platform: Platform, update_id: str, payload: bytes, received_at: datetime
) -> bool:
    """Take in one delivery; False if it was taken in before."""
    new = (platform.value, update_id, payload, micros(received_at))
    return connection.execute(_ACCEPT, dict(zip(_NEW, new, strict=True))).rowcount == 1


def take_in(connection: Connection, delivery: InboxRow) -> None:
    """Take in one delivery together with its effect.

    Raises:
        KnownDelivery: it was taken in before.
    """
    platform, _, update_id = delivery.origin.partition(":")
    if not accept(connection, Platform(platform), update_id, delivery.payload, delivery.received_at):
        raise KnownDelivery(origin=delivery.origin)


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
    settled = {"on": platform, "its": update_id, "settled_at": micros(now), "unreadable": unreadable}
    connection.execute(_SETTLE, settled)


def prune(connection: Connection, now: datetime) -> None:
    """Forget the ids of deliveries that nobody repeats any more, and what is in those nobody will settle."""
    late = inbox.c.settled_at.is_(None) & (inbox.c.received_at < micros(now - WORKED_ON))
    connection.execute(update(inbox).where(late).values(settled_at=micros(now), payload=b""))
    connection.execute(delete(inbox).where(inbox.c.settled_at < micros(now - KEPT)))
