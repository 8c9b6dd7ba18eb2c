"""What must be on a disk before a request: an audit row in the store, else an entry in the emergency journal."""

import asyncio
from collections.abc import Sequence
from typing import Final

from bot.errors import NoWitness, StoreUnavailable
from bot.model import MassCancel, State, Target
from bot.ports import AuditNote, Entry, EntryKind
from bot.service.desk import Desk
from bot.service.targets import can_be_named

PATIENCE: Final = 2.5
"""Seconds from the tap that the store has for the licence before the emergency journal is asked."""

_AGAIN: Final = 1.5
"""Seconds the store has for the row of a further attempt."""


def attempt_note(desk: Desk, record: MassCancel, number: int, *more: tuple[str, str]) -> AuditNote:
    """The audit row that stands before each attempt."""
    scope = record.scope
    facts = (
        ("number", str(number)),
        ("account", scope.account),
        ("contract", scope.contract),
        ("side", scope.side.value),
        ("position_side", scope.position_side.value),
    )
    return desk.note("attempt", None, record.id, *facts, *_named(record), *more)


def _named(record: MassCancel) -> tuple[tuple[str, str], ...]:
    """The ids that the request names; none of a cancel-all."""
    if record.scope.target is Target.ORDERS:
        return ()
    shown = record.preview.orders if record.preview else ()
    ids = [order.order_id for order in shown if can_be_named(record.scope, order)]
    return (("target", record.scope.target.value), ("count", str(len(ids))), ("ids", " ".join(ids)))


async def witnessed(desk: Desk, record: MassCancel, number: int) -> bool:
    """Put a further attempt on a disk. False: neither store nor journal takes it, so it must not be made."""
    note = attempt_note(desk, record, number)
    return await _witnessed(desk, record, note, EntryKind.ATTEMPT, number)


async def clean_up_witnessed(desk: Desk, record: MassCancel, ids: Sequence[str]) -> bool:
    """Put a clean-up on a disk, its ids where there is room for them. False: it must not be made."""
    facts = (("account", record.scope.account), ("count", str(len(ids))), ("ids", " ".join(ids)))
    note = desk.note("clean up", None, record.id, *facts)
    return await _witnessed(desk, record, note, EntryKind.CLEAN_UP, len(ids))


async def _witnessed(desk: Desk, record: MassCancel, note: AuditNote, kind: EntryKind, number: int) -> bool:
    if not desk.journal.entries(record.id):  # what began in the journal goes on there, in one place and in order
        try:
            async with asyncio.timeout(_AGAIN):
                await desk.store.record([note])
        except (StoreUnavailable, TimeoutError) as error:
            desk.log().error("not in the log", mass_cancel=record.id, what=kind, why=repr(error))
        else:
            return True
    if record.state is not State.EXECUTING:  # a later look: nobody would bring the entry into the log
        return False
    try:
        await desk.journal.write(entry(record, kind, desk, number))
    except NoWitness as error:
        desk.log().error("neither log nor journal can be written", mass_cancel=record.id, what=kind, why=error.why)
        return False
    return True


def entry(record: MassCancel, kind: EntryKind, desk: Desk, number: int = 1) -> Entry:
    """A journal entry about a mass cancel that was confirmed.

    Raises:
        ValueError: nobody has confirmed it.
    """
    if record.decided_by is None or record.decided_at is None:
        raise ValueError(f"{record.id} is not confirmed")
    return Entry(
        kind=kind,
        mass_cancel=record.id,
        scope=record.scope,
        actor=record.decided_by,
        conversation=record.conversation,
        at=record.decided_at if kind is EntryKind.INTENT else desk.clock.now(),
        number=number,
    )
