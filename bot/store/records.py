"""Mass cancels: inserted once a delivery, changed only by compare-and-set, never deleted."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, insert, select, update

from bot.errors import Conflict
from bot.model import AccountName, Actor, Conversation, MassCancel, MassCancelId, Scope, State
from bot.ports import AuditNote, Transition
from bot.store.codec import dump, load, micros, micros_or_none
from bot.store.schema import mass_cancel

# Asked twice a second for ever: to put the statement together costs more than SQLite's answer.
_DUE: Final = (
    select(mass_cancel.c.document)
    .where(mass_cancel.c.state == State.PENDING.value, mass_cancel.c.expires_at <= bindparam("now"))
    .order_by(mass_cancel.c.number)
)
_CHANGE: Final = update(mass_cancel).where(
    mass_cancel.c.id == bindparam("its_id"),
    mass_cancel.c.state == bindparam("before_state"),
    mass_cancel.c.version == bindparam("before_version"),
)


def add(connection: Connection, opened: Sequence[MassCancel]) -> bool:
    """Insert new ones; False if a delivery among theirs already has some.

    Raises:
        Conflict: the id of one of them is taken.
    """
    origins = {one.origin for one in opened}
    if _any(connection, mass_cancel.c.origin.in_(origins)):
        return False
    for place, one in enumerate(opened):
        if _any(connection, mass_cancel.c.id == one.id):
            raise Conflict(mass_cancel=one.id)
        connection.execute(insert(mass_cancel).values(_fixed(one, place) | _changing(one)))
    return True


def change(connection: Connection, transition: Transition, instance: str) -> None:
    """Apply one transition if the mass cancel is still as it was before.

    Raises:
        Conflict: it is not.
        ValueError: the two ends are not one step of one mass cancel.
    """
    before, after = transition.before, transition.after
    if (after.id, after.version) != (before.id, before.version + 1):
        raise ValueError(f"not one step: {before.id} {before.version} to {after.id} {after.version}")
    values = _changing(after)
    if after.state is State.EXECUTING is not before.state:
        values["owner"] = instance
    same = {"its_id": before.id, "before_state": before.state.value, "before_version": before.version}
    if connection.execute(_CHANGE, values | same).rowcount != 1:
        raise Conflict(mass_cancel=before.id)


def note_of(transition: Transition) -> AuditNote:
    """The audit row that every transition leaves."""
    scope = transition.after.scope
    return AuditNote(
        event=transition.event.kind.value,
        actor=_named(transition.event.by),
        mass_cancel=transition.after.id,
        facts=(
            ("from", transition.before.state.value),
            ("to", transition.after.state.value),
            ("account", scope.account),
            ("contract", scope.contract),
            ("side", scope.side.value),
            ("position_side", scope.position_side.value),
            *((("drill", "yes"),) if transition.after.drill else ()),
        ),
    )


def one(connection: Connection, id_: MassCancelId) -> MassCancel | None:
    """One by its id."""
    return next(iter(_found(connection, mass_cancel.c.id == id_)), None)


def asked(connection: Connection, origin: str) -> bool:
    """Whether a delivery has one."""
    return _any(connection, mass_cancel.c.origin == origin)


def live(
    connection: Connection, conversation: Conversation, scopes: Sequence[Scope], *, drill: bool
) -> tuple[MassCancel, ...]:
    """The newest card in this chat for exactly these scopes, one of which is PENDING or EXECUTING.

    Topics and threads do not count.
    """
    found = [row for scope in scopes for row in _live_ones(connection, conversation, scope)]
    for row in sorted(found, key=lambda row: row.created_at, reverse=True):
        card = card_of(connection, row)
        if [one.scope for one in card] == list(scopes) and row.drill is drill:
            return card
    return ()


def card_of(connection: Connection, of: MassCancel) -> tuple[MassCancel, ...]:
    """Every mass cancel of its card as it is now, in the card's order."""
    if not of.card:
        return (of,)
    found = {row.id: row for row in _found(connection, mass_cancel.c.id.in_(of.card))}
    return tuple(found[id_] for id_ in of.card)


def _live_ones(connection: Connection, conversation: Conversation, scope: Scope) -> tuple[MassCancel, ...]:
    return _found(
        connection,
        mass_cancel.c.state.in_((State.PENDING.value, State.EXECUTING.value)),
        mass_cancel.c.platform == conversation.platform.value,
        mass_cancel.c.chat == conversation.chat,
        mass_cancel.c.account == scope.account,
        mass_cancel.c.contract == scope.contract,
        mass_cancel.c.side == scope.side.value,
        mass_cancel.c.position_side == scope.position_side.value,
    )


def due(connection: Connection, now: datetime) -> tuple[MassCancel, ...]:
    """PENDING ones whose time is up, oldest first."""
    return tuple(
        load(document, MassCancel) for document in connection.execute(_DUE, {"now": micros(now)}).scalars()
    )


def pending(connection: Connection) -> tuple[MassCancel, ...]:
    """PENDING ones, newest first."""
    return _found(connection, mass_cancel.c.state == State.PENDING.value)


def executing(connection: Connection) -> tuple[tuple[MassCancel, str | None], ...]:
    """EXECUTING ones with the instance that took them there, oldest first."""
    rows = connection.execute(
        select(mass_cancel.c.document, mass_cancel.c.owner)
        .where(mass_cancel.c.state == State.EXECUTING.value)
        .order_by(mass_cancel.c.number)
    )
    return tuple((load(row.document, MassCancel), row.owner) for row in rows)


def owner_of(connection: Connection, id_: MassCancelId) -> str | None:
    """The instance that was given its licence; None where none was."""
    return connection.execute(select(mass_cancel.c.owner).where(mass_cancel.c.id == id_)).scalar()


def settled_since(connection: Connection, state: State, since: datetime) -> tuple[MassCancel, ...]:
    """Those in a state that were confirmed after `since`, oldest first."""
    found = _found(connection, mass_cancel.c.state == state.value, mass_cancel.c.decided_at > micros(since))
    return tuple(reversed(found))


def recent(connection: Connection, accounts: Sequence[AccountName], count: int) -> tuple[MassCancel, ...]:
    """The last ones of these accounts, newest first."""
    return _found(connection, mass_cancel.c.account.in_(accounts), count=count)


def newest(connection: Connection, count: int) -> tuple[MassCancel, ...]:
    """The last ones of all accounts, newest first."""
    return _found(connection, count=count)


def _found(
    connection: Connection, *conditions: ColumnElement[bool], count: int | None = None
) -> tuple[MassCancel, ...]:
    """What meets the conditions, newest first."""
    query = select(mass_cancel.c.document).where(*conditions).order_by(mass_cancel.c.number.desc()).limit(count)
    return tuple(load(document, MassCancel) for document in connection.execute(query).scalars())


def _any(connection: Connection, condition: ColumnElement[bool]) -> bool:
    return bool(connection.execute(select(exists().where(condition))).scalar_one())


def _fixed(opened: MassCancel, place: int) -> dict[str, Any]:
    scope, conversation = opened.scope, opened.conversation
    return {
        "id": opened.id,
        "account": scope.account,
        "contract": scope.contract,
        "side": scope.side.value,
        "position_side": scope.position_side.value,
        "platform": conversation.platform.value,
        "chat": conversation.chat,
        "origin": opened.origin,
        "place": place,
    }


def _changing(now: MassCancel) -> dict[str, Any]:
    return {
        "state": now.state.value,
        "version": now.version,
        "expires_at": micros(now.expires_at),
        "decided_at": micros_or_none(now.decided_at),
        "document": dump(now),
    }


def _named(actor: Actor | None) -> str:
    if actor is None:
        return "bot"
    id_ = f"{actor.identity.platform.value}:{actor.identity.user}"
    return id_ if actor.name == id_ else f"{actor.name} {id_}"
