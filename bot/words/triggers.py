"""What waits for a price, beside the orders that a cancel-all reaches."""

from collections.abc import Sequence

from bot.model import MassCancel, Order, Target
from bot.words import plain


def live(triggers: tuple[Order, ...]) -> str:
    """`2 triggers open`."""
    return f"{plain.count(len(triggers), 'trigger')} open"


def card_for(triggers: Sequence[Order]) -> str:
    """The button that opens a card for them."""
    return f"Cancel {plain.count(len(triggers), 'trigger')}…"


def live_of(record: MassCancel) -> tuple[Order, ...] | None:
    """What was seen to wait for a price when the proof was read; None: nobody knows."""
    proof = record.verdict.proof if record.verdict else None
    return proof.triggers if proof else None


def untouched(records: Sequence[MassCancel]) -> str:
    """What the cancel-alls left alone; a count only where it is known of each."""
    if records[0].scope.target is Target.TRIGGERS:
        return "Plain orders and positions stay"
    triggers = plain.every(map(live_of, records))
    if triggers is None:
        return "Triggers and TP/SL stay (not counted)"
    return f"Triggers stay: {plain.kinds(triggers)}" if triggers else "No triggers open"
