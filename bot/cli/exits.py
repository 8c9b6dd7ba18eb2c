"""The exit codes of `cancelall now`: that of the worst verdict."""

from collections.abc import Sequence
from typing import Final

from bot.model import MassCancel, State

EXITS: Final = {
    State.ZERO_LEFT: 0,
    State.STILL_OPEN: 10,
    State.NOT_RUN: 11,
    State.UNKNOWN: 12,
    State.KEPT: 13,
    State.EXPIRED: 13,
    State.DRILLED: 14,
}
WORST_FIRST: Final = (
    State.UNKNOWN,
    State.STILL_OPEN,
    State.NOT_RUN,
    State.KEPT,
    State.EXPIRED,
    State.DRILLED,
    State.ZERO_LEFT,
)
"""Of several accounts the worst outcome is the exit code."""

USAGE: Final = 2
BROKEN: Final = 1


def exit_code(records: Sequence[MassCancel]) -> int:
    """That of the worst outcome. A drill that would not have run, or that proved nothing, is no success."""
    found = {_as_if_real(record) for record in records}
    return next((EXITS[state] for state in WORST_FIRST if state in found), BROKEN)


def _as_if_real(record: MassCancel) -> State:
    """The state; of a drill that failed the one in which a real cancel would have ended."""
    drill = record.verdict.drill if record.verdict else None
    if drill is None:
        return record.state
    if drill.to_request is None and not drill.cut_off:
        return State.NOT_RUN
    return State.UNKNOWN if drill.to_proof is None else record.state
