"""A drill: a full rehearsal, everything except sending. Nothing here may sound as if orders had gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model import Actor, Drill, MassCancel, State
from bot.words import plain, refusals

MARK: Final = "DRILL · "
"""Stands before every line of a drill."""

_KEY_FIX: Final = "run `cancelall keys list` and `keys verify` on the host, then drill again"

NOT_REAL: Final = "nothing will be sent"
AGAIN: Final = "Preview again"


def marked(line: str) -> str:
    """`DRILL · 🛑 Cancel 14? BTC-USDT-241115 BUY LONG`."""
    return f"{MARK}{line}"


def label(text: str) -> str:
    """`DRILL: cancel 14 orders`, `DRILL: BTC-USDT · 3`."""
    said = text[:1].lower() + text[1:] if text[1:2].islower() else text
    return f"DRILL: {said}"


def account(name: str, key_tail: str) -> str:
    """Which account, in place of a real card's `REAL` line."""
    return f"{name} (key …{key_tail}) · {NOT_REAL}"


def tapped(by: Actor, at: datetime) -> str:
    """The card's last line once it was tapped."""
    return f"Nothing is sent… tapped by {plain.name(by)} {plain.clock(at)}"


def settled(by: Actor, at: datetime) -> str:
    """The card's last line once the drill is over."""
    return f"Tapped by {plain.name(by)} {plain.clock(at)}: drilled, nothing was sent"


def tapping() -> str:
    """The tap counts."""
    return "Nothing is sent. The result follows here."


def decided(record: MassCancel) -> str:
    """A tap on a drill that was settled before."""
    by, at = record.decided_by, record.decided_at
    who = f", tapped by {plain.name(by)} {plain.clock(at)}" if by and at else ""
    match record.state:
        case State.EXECUTING:
            return f"Under way{who}. Nothing is sent."
        case State.DRILLED:
            return f"Done{who}. Nothing was sent."
        case _:
            return refusals.decided(record.state, by, at, replaced_by=record.replaced_by)


def title(record: MassCancel) -> str:
    """What a real one would have cancelled, and the full scope."""
    return f"{_would(_told(record))} · {plain.scope_title(record.scope)}"


def _would(told: Drill) -> str:
    if told.cut_off:
        return "cut off"
    if told.to_request is None:
        return "would NOT have run"
    n = "(count unknown)" if told.would is None else plain.number(told.would)
    return f"would have cancelled {n}"


def facts(record: MassCancel) -> tuple[str, ...]:
    """What was and was not done, and what is open."""
    told, name = _told(record), record.scope.account
    proof = record.verdict.proof if record.verdict else None
    if told.cut_off:
        return (f"{name} · I was cut off. Nothing was sent.", "Drill again to see the rest.")
    if told.to_request is None:
        return (f"{name} · its API key cannot be opened. Nothing was sent.", f"Fix: {_KEY_FIX}.")
    request = "The request was built and signed, but not sent."
    if proof is None:
        return (f"{name} · open orders cannot be read: a real cancel could not be proved.", request)
    n = plain.number(len(proof.left))
    return (f"{name} · nothing was sent, {n} open now, read {plain.clock(proof.read_at)}", request)


def times(record: MassCancel) -> tuple[str, ...]:
    """`Time to tap 4.1 s · tap to request 0.01 s · tap to proof 0.3 s`; what did not happen is said to be none."""
    told = _told(record)
    spans = (
        ("Time to tap", told.to_tap),
        ("tap to request", told.to_request),
        ("tap to proof", told.to_proof),
    )
    if told.to_tap is None:
        return ()  # cut off: nobody took the time
    said = (f"{what} {'none' if seconds is None else plain.span(seconds)}" for what, seconds in spans)
    return (" · ".join(said),)


def title_of_all(records: Sequence[MassCancel]) -> str:
    """The same for several accounts: what would have gone in all of them."""
    told = [_told(record) for record in records]
    known = [one.would for one in told if one.would is not None and one.to_request is not None]
    unknown = "+" if len(known) < len(told) else ""
    n = f"{plain.number(sum(known))}{unknown}" if known else "(count unknown)"
    return f"would have cancelled {n} in {len(records)} accounts · {plain.scope_title(records[0].scope)}"


def facts_of_all(records: Sequence[MassCancel]) -> tuple[str, ...]:
    """Of each account what would have gone and what is open; what went wrong is said with its name."""
    lines: list[str] = []
    for record in records:
        first, *rest = facts(record)
        lines.append(f"{_would(_told(record))} · {first}")
        lines += [f"{record.scope.account} · {line}" for line in rest if _told(record).to_request is None]
    return tuple(lines)


def times_of_all(records: Sequence[MassCancel]) -> tuple[str, ...]:
    """The times of each account: they are drilled side by side, and one that is slow must not hide."""
    return tuple(f"{record.scope.account} · {line}" for record in records for line in times(record))


def _told(record: MassCancel) -> Drill:
    return (record.verdict.drill if record.verdict else None) or Drill()
