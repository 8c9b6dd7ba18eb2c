"""Preview + answer + proof read -> verdict.

Rules of this file: the word of success comes from a complete read begun after the request ended, and from nothing
else; "not run" comes only from answers that surely had no effect; "filled" is said only where HTX says so.
"""

from collections import Counter
from datetime import datetime
from typing import Final

from bot.model import (
    Ambiguous,
    Answered,
    Event,
    EventKind,
    Item,
    Maintenance,
    NotRun,
    NotSent,
    Preview,
    Proof,
    Refused,
    Sent,
    TooMany,
    Unsent,
    Verdict,
)

CANCELLED: Final = 200
"""HTX's code on an order it cancelled."""

FILLED: Final = 1063
"""HTX's code on an order that was filled before it could be cancelled."""


def not_run(answer: Unsent, *, sent_at: datetime | None) -> Event:
    """The verdict on an answer that surely had no effect."""
    match answer:
        case NotSent(why="key"):
            verdict = Verdict(proof=None, not_run=NotRun.KEY_UNUSABLE, sent_at=sent_at)
        case NotSent():
            verdict = Verdict(proof=None, not_run=NotRun.UNREACHABLE, sent_at=sent_at)
        case TooMany():
            verdict = Verdict(proof=None, not_run=NotRun.RATE_LIMITED, sent_at=sent_at)
        case Refused(code=code):
            verdict = Verdict(proof=None, not_run=NotRun.EXCHANGE_REFUSED, code=code, sent_at=sent_at)
        case Maintenance(code=code):
            verdict = Verdict(proof=None, not_run=NotRun.MAINTENANCE, code=code, sent_at=sent_at)
    return Event(kind=EventKind.NO_RUN, verdict=verdict)


def judge(
    answer: Sent,
    *,
    preview: Preview | None,
    proof: Proof | None,
    sent_at: datetime,
    took: float,
) -> Event:
    """The verdict on an answer that may have had an effect.

    Args:
        answer: what the last attempt came to.
        preview: what the card showed, None where nothing could be shown.
        proof: a complete read begun after the request ended, None where there was none in time.
        sent_at: when the last attempt began, UTC.
        took: seconds from tap to now.
    """
    items = answer.items if isinstance(answer, Answered) else ()
    left = frozenset(order.order_id for order in proof.left) if proof else frozenset[str]()
    shown = frozenset(order.order_id for order in preview.orders) if preview else None
    # An item without a code stands under the envelope's 200: HTX names what it cancelled.
    cancelled = tuple(i.order_id for i in items if i.code in (CANCELLED, None) and i.order_id not in left)
    filled = tuple(i.order_id for i in items if i.code == FILLED and i.order_id not in left)
    known = (shown or frozenset[str]()) | {i.order_id for i in items}
    gone = sorted(known - left - set(cancelled) - set(filled)) if proof else []
    verdict = Verdict(
        proof=proof,
        code=answer.code if isinstance(answer, Ambiguous) else None,
        cancelled=cancelled,
        filled=filled,
        gone=tuple(gone),
        placed_since=tuple(sorted(left - shown)) if shown is not None else (),
        item_codes=_codes(items, left),
        ambiguous=answer.why if isinstance(answer, Ambiguous) else None,
        sent_at=sent_at,
        took=took,
    )
    return Event(kind=_kind(proof), verdict=verdict)


def check(proof: Proof | None, *, sent_at: datetime | None) -> Event:
    """The verdict of a later read: what is open now. What the request did stays unknown."""
    return Event(kind=_kind(proof), verdict=Verdict(proof=proof, sent_at=sent_at, later=True))


def _kind(proof: Proof | None) -> EventKind:
    if proof is None:
        return EventKind.NO_PROOF
    return EventKind.OPEN if proof.left else EventKind.ZERO


def _codes(items: tuple[Item, ...], left: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """HTX's codes on what is still open, most frequent first."""
    codes = Counter(i.code for i in items if i.order_id in left and i.code is not None)
    return tuple((code, count) for code, count in codes.most_common())
