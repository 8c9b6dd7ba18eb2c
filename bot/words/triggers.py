"""What waits for a price, beside the orders that a cancel-all reaches."""

from collections.abc import Sequence

from bot.model import MassCancel, Order, Target
from bot.words import plain


def live(triggers: tuple[Order, ...]) -> str:
    """`2 triggers live`."""
    return f"{plain.count(len(triggers), 'trigger')} live"


def card_for(triggers: Sequence[Order]) -> str:
    """The button that opens a card for them."""
    return f"Card for {plain.count(len(triggers), 'trigger order')}"


def live_of(record: MassCancel) -> tuple[Order, ...] | None:
    """What was seen to wait for a price when the proof was read; None: nobody knows."""
    proof = record.verdict.proof if record.verdict else None
    return proof.triggers if proof else None


def untouched(records: Sequence[MassCancel]) -> str:
    """What the cancel-alls left alone; a count only where it is known of each."""
    if records[0].scope.target is Target.TRIGGERS:
        return "Plain orders and positions not touched"
    triggers = plain.every(map(live_of, records))
    if triggers is None:
        return "Triggers, TP/SL not covered"
    return f"Not covered: {plain.kinds(triggers)}" if triggers else "No triggers live"
