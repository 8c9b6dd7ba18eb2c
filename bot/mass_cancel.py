"""The life of one mass cancel: one transition table, one `step`.

Rules of this file: everything that decides what may happen next is in `TRANSITIONS` and in the three guards
of `step`. No clock, no I/O, no randomness: `now` is an argument. `step` returns the next record and the effects to
perform, or raises and changes nothing. `PENDING -> EXECUTING` is the licence to send one request; nothing else is.
docs/mass-cancel.md is drawn from the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final

from bot.errors import Refused
from bot.model import Event, EventKind, MassCancel, State, Verdict

TRANSITIONS: Final[Mapping[State, Mapping[EventKind, State]]] = {
    State.PENDING: {
        EventKind.PREVIEW: State.PENDING,
        EventKind.CONFIRM: State.EXECUTING,  # at or after expires_at: EXPIRED
        EventKind.KEEP: State.KEPT,
        EventKind.LAPSE: State.EXPIRED,
        EventKind.REPLACE: State.EXPIRED,
    },
    State.EXECUTING: {
        EventKind.PREVIEW: State.EXECUTING,  # stored, not shown
        EventKind.ZERO: State.ZERO_LEFT,
        EventKind.OPEN: State.STILL_OPEN,
        EventKind.NO_RUN: State.NOT_RUN,
        EventKind.NO_PROOF: State.UNKNOWN,
        EventKind.RESTART: State.UNKNOWN,
        EventKind.DRILLED: State.DRILLED,  # of a drill, and the only end it has
    },
    State.UNKNOWN: {
        EventKind.ZERO: State.ZERO_LEFT,
        EventKind.OPEN: State.STILL_OPEN,
        EventKind.NO_PROOF: State.UNKNOWN,
    },
    State.KEPT: {},
    State.EXPIRED: {},
    State.ZERO_LEFT: {},
    State.STILL_OPEN: {},
    State.NOT_RUN: {},
    State.DRILLED: {},
}
"""Every transition there is. What is not here is refused."""

FINAL: Final = frozenset(state for state, events in TRANSITIONS.items() if not events)
"""Nothing leaves these."""


class Effect(StrEnum):
    """What the service must do once the step is committed."""

    FIRE = "fire"
    """Send the request: the licence, given once, and never to a drill."""
    DRILL = "drill"
    """Go the whole way, and send nothing."""
    SHOW = "show"
    """Edit the card to what is true now."""
    RESULT = "result"
    """Post the outcome as a new message."""
    CHECK = "check"
    """Read the exchange, and only read."""


_EFFECTS: Final[Mapping[EventKind, tuple[Effect, ...]]] = {
    EventKind.PREVIEW: (),
    EventKind.CONFIRM: (Effect.FIRE, Effect.SHOW),
    EventKind.KEEP: (Effect.SHOW,),
    EventKind.LAPSE: (Effect.SHOW,),
    EventKind.REPLACE: (Effect.SHOW,),
    EventKind.RESTART: (Effect.CHECK,),
    EventKind.ZERO: (Effect.RESULT,),
    EventKind.OPEN: (Effect.RESULT,),
    EventKind.NO_RUN: (Effect.RESULT,),
    EventKind.NO_PROOF: (Effect.RESULT,),
    EventKind.DRILLED: (Effect.RESULT,),
}

_ENDINGS: Final = frozenset(
    {EventKind.RESTART, EventKind.ZERO, EventKind.OPEN, EventKind.NO_RUN, EventKind.NO_PROOF, EventKind.DRILLED}
)
"""What leads out of EXECUTING: a drill has one of its own, and none of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step came to."""

    after: MassCancel
    event: Event
    """The event that took effect: a confirmation past the time has become a LAPSE."""
    effects: tuple[Effect, ...]


def step(record: MassCancel, event: Event, now: datetime) -> Step:
    """Take one event.

    Raises:
        Refused: the table has no such transition; nothing is changed.
        ValueError: the event lacks the facts its kind must bring.
    """
    if event.kind is EventKind.CONFIRM and record.state is State.PENDING and now >= record.expires_at:
        event = Event(kind=EventKind.LAPSE)  # whatever the timer did: never EXECUTING past the time
    target = TRANSITIONS[record.state].get(event.kind)
    if target is None or _too_late(record, event) or _other_kind(record, event):
        raise Refused(state=record.state, event=event.kind)
    _check_facts(event)
    degraded = record.degraded or event.degraded
    moved = replace(record, state=target, version=record.version + 1, degraded=degraded)
    return Step(after=_with_facts(moved, event, now), event=event, effects=_effects(record, event))


def _too_late(record: MassCancel, event: Event) -> bool:
    """A preview read after the tap shows what was placed since: it must not count as what was shown."""
    read_at = event.preview.read_at if event.preview else None
    return read_at is not None and record.decided_at is not None and read_at > record.decided_at


def _other_kind(record: MassCancel, event: Event) -> bool:
    """A drill ends as a drill, and nothing else does."""
    return event.kind in _ENDINGS and record.drill is not (event.kind is EventKind.DRILLED)


def _effects(record: MassCancel, event: Event) -> tuple[Effect, ...]:
    if event.kind is EventKind.PREVIEW and record.state is State.PENDING:
        return (Effect.SHOW,)
    if event.kind is EventKind.CONFIRM and record.drill:
        return (Effect.DRILL, Effect.SHOW)
    if event.kind is EventKind.NO_PROOF and record.verdict is not None:
        return ()  # UNKNOWN again: it was said once, and saying it every few seconds would drown the news
    return _EFFECTS[event.kind]


def _with_facts(moved: MassCancel, event: Event, now: datetime) -> MassCancel:
    """The record with what the event brings beside state and version."""
    match event.kind:
        case EventKind.PREVIEW:
            return replace(moved, preview=event.preview, unread=event.unread)
        case EventKind.CONFIRM | EventKind.KEEP:
            return replace(moved, decided_by=event.by, decided_at=now)
        case EventKind.REPLACE:
            return replace(moved, replaced_by=event.replaced_by)
        case EventKind.ZERO | EventKind.OPEN | EventKind.NO_RUN | EventKind.NO_PROOF | EventKind.DRILLED:
            return replace(moved, verdict=event.verdict, concluded_at=now)
        case EventKind.LAPSE | EventKind.RESTART:
            return moved


def _check_facts(event: Event) -> None:
    """Refuse an event that does not bring what it claims: ZERO without a proof must never pass."""
    verdict = event.verdict
    complete = {
        EventKind.PREVIEW: (event.preview is None) is not (event.unread is None),
        EventKind.CONFIRM: event.by is not None,
        EventKind.KEEP: event.by is not None,
        EventKind.REPLACE: event.replaced_by is not None,
        EventKind.ZERO: _left(verdict) == 0 and not _unrun(verdict),
        EventKind.OPEN: (_left(verdict) or 0) > 0 and not _unrun(verdict),
        EventKind.NO_RUN: _unrun(verdict) and _left(verdict) is None,
        EventKind.NO_PROOF: verdict is not None and verdict.proof is None and verdict.not_run is None,
        EventKind.DRILLED: verdict is not None and not _unrun(verdict),
    }
    drilled = verdict is not None and verdict.drill is not None
    if not complete.get(event.kind, True) or drilled is not (event.kind is EventKind.DRILLED):
        raise ValueError(f"{event.kind} without its facts")


def _unrun(verdict: Verdict | None) -> bool:
    return verdict is not None and verdict.not_run is not None


def _left(verdict: Verdict | None) -> int | None:
    return None if verdict is None or verdict.proof is None else len(verdict.proof.left)
