"""Preview + answer + proof read -> verdict.

Rules of this file: the word of success comes from a complete read begun after the request ended, and from nothing
else; "not run" comes only from answers that surely had no effect; "filled" is said only where HTX says so, on the
order or in its own record of it.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.model import (
    Ambiguous,
    Answered,
    Ended,
    Ending,
    Event,
    EventKind,
    Item,
    Maintenance,
    MassCancel,
    NotRun,
    NotSent,
    Order,
    Preview,
    Proof,
    Refused,
    Sent,
    TooMany,
    Unsent,
    Verdict,
)
from bot.model.answer import CERTIFICATE, NO_FILES

CANCELLED: Final = 200
"""HTX's code on an order it cancelled."""

FILLED: Final = 1063
"""HTX's code on an order that was filled before it could be cancelled."""


def not_run(answer: Unsent, *, sent_at: datetime | None, until: datetime | None = None) -> Event:
    """The verdict on an answer that surely had no effect.

    Args:
        answer: what the last attempt came to.
        sent_at: when that began, UTC.
        until: when the exchange expects a suspension to be over, UTC, where it says so.
    """
    match answer:
        case NotSent(why="key"):
            verdict = Verdict(proof=None, not_run=NotRun.KEY_UNUSABLE, sent_at=sent_at)
        case NotSent(why=why):
            unsent = why if why == NO_FILES or why.startswith(CERTIFICATE) else None
            verdict = Verdict(proof=None, not_run=NotRun.UNREACHABLE, unsent=unsent, sent_at=sent_at)
        case TooMany():
            verdict = Verdict(proof=None, not_run=NotRun.RATE_LIMITED, sent_at=sent_at)
        case Refused(code=code):
            verdict = Verdict(proof=None, not_run=NotRun.EXCHANGE_REFUSED, code=code, sent_at=sent_at)
        case Maintenance(code=code):
            verdict = Verdict(proof=None, not_run=NotRun.MAINTENANCE, code=code, sent_at=sent_at, until=until)
    return Event(kind=EventKind.NO_RUN, verdict=verdict)


def judge(  # noqa: PLR0913  a verdict weighs all of these, each by its name
    answer: Sent,
    *,
    preview: Preview | None,
    proof: Proof | None,
    sent_at: datetime,
    took: float,
    cleaned: Collection[Item] = (),
) -> Event:
    """The verdict on an answer that may have had an effect.

    Args:
        answer: what the last attempt came to.
        preview: what the card showed, None where nothing could be shown.
        proof: a complete read begun after the request ended, None where there was none in time.
        sent_at: when the last attempt began, UTC.
        took: seconds from tap to now.
        cleaned: HTX's words on orders that were cancelled by their ids afterwards, in the order they came.
    """
    first = answer.items if isinstance(answer, Answered) else ()
    items = _latest((*first, *cleaned))
    left = _ids_of(proof)
    shown = frozenset(order.order_id for order in preview.orders) if preview else None
    # An item without a code stands under the envelope's 200: HTX names what it cancelled.
    cancelled = tuple(i.order_id for i in items if i.code in (CANCELLED, None) and i.order_id not in left)
    filled = tuple(i.order_id for i in items if i.code == FILLED and i.order_id not in left)
    known = (shown or frozenset[str]()) | {i.order_id for i in items}
    lost = known - left - set(cancelled) - set(filled)
    gone = _gone(lost, preview, {*cancelled, *filled}) if proof else []
    one_by_one = {i.order_id for i in cleaned if i.code in (CANCELLED, None)}
    verdict = Verdict(
        proof=proof,
        code=answer.code if isinstance(answer, Ambiguous) else None,
        cancelled=cancelled,
        by_id=tuple(id_ for id_ in cancelled if id_ in one_by_one),
        filled=filled,
        gone=tuple(gone),
        placed_since=_placed_since(left, preview),
        item_codes=_codes(items, left),
        ambiguous=answer.why if isinstance(answer, Ambiguous) else None,
        sent_at=sent_at,
        took=took,
    )
    return Event(kind=_kind(proof), verdict=verdict)


def check(
    proof: Proof | None,
    *,
    sent_at: datetime | None,
    preview: Preview | None = None,
    cleaned: Collection[Item] = (),
) -> Event:
    """The verdict of a later read: what is open now. What the request itself did stays unknown.

    Args:
        proof: the read, None where there was none.
        sent_at: when the last attempt began, UTC, where that is known.
        preview: what the card showed.
        cleaned: HTX's words on orders that were cancelled by their ids since.
    """
    left = _ids_of(proof)
    shown = frozenset(order.order_id for order in preview.orders) if preview else frozenset[str]()
    by_id = tuple(i.order_id for i in _latest(cleaned) if i.code in (CANCELLED, None) and i.order_id not in left)
    gone = sorted(shown - left - set(by_id)) if proof else []
    verdict = Verdict(proof=proof, sent_at=sent_at, cancelled=by_id, by_id=by_id, gone=tuple(gone), later=True)
    return Event(kind=_kind(proof), verdict=verdict)


def told(event: Event, endings: Iterable[Ended]) -> Event:
    """The same verdict with HTX's own records of orders that are gone.

    A record outranks an item: an order that HTX listed as cancelled and has down as filled was filled.
    """
    verdict = event.verdict
    if verdict is None or verdict.proof is None:
        return event
    left = _ids_of(verdict.proof)
    known = tuple(one for one in endings if one.order_id not in left)
    filled = {one.order_id for one in known if one.ending is Ending.FILLED}
    settled = {one.order_id for one in known}
    return replace(
        event,
        verdict=replace(
            verdict,
            cancelled=tuple(id_ for id_ in verdict.cancelled if id_ not in filled),
            by_id=tuple(id_ for id_ in verdict.by_id if id_ not in filled),
            filled=(*(id_ for id_ in verdict.filled if id_ not in filled), *sorted(filled)),
            gone=tuple(id_ for id_ in verdict.gone if id_ not in settled),
            endings=known,
        ),
    )


def _latest(items: Iterable[Item]) -> tuple[Item, ...]:
    """One word an order. What was cancelled stays so where HTX says later that it is done already."""
    found: dict[str, Item] = {}
    for item in items:
        before = found.get(item.order_id)
        if before is None or before.code not in (CANCELLED, None) or item.code == FILLED:
            found[item.order_id] = item
    return tuple(found.values())


def _unnamed(preview: Preview | None) -> frozenset[str]:
    """The stand-ins on the card: orders that HTX may name by ids nobody has seen."""
    return frozenset(order.order_id for order in preview.orders if not order.named) if preview else frozenset()


def _gone(lost: Collection[str], preview: Preview | None, named: Collection[str]) -> list[str]:
    """What is gone without a word; not a stand-in where HTX named an order that the card did not."""
    shown = {order.order_id for order in preview.orders} if preview else set[str]()
    unnamed = _unnamed(preview) if set(named) - shown else frozenset[str]()
    return sorted(set(lost) - unnamed)


def _placed_since(left: frozenset[str], preview: Preview | None) -> tuple[str, ...]:
    """What is left and was not on the card; none where it may be what the card showed without an id."""
    newer = left - {order.order_id for order in preview.orders} if preview else frozenset[str]()
    return tuple(sorted(newer)) if len(newer) > len(_unnamed(preview) - left) else ()


def _ids_of(proof: Proof | None) -> frozenset[str]:
    return frozenset(order.order_id for order in proof.left) if proof else frozenset()


def _kind(proof: Proof | None) -> EventKind:
    if proof is None:
        return EventKind.NO_PROOF
    return EventKind.OPEN if proof.left else EventKind.ZERO


def _codes(items: tuple[Item, ...], left: frozenset[str]) -> tuple[tuple[int, int], ...]:
    """HTX's codes on what is still open, most frequent first."""
    codes = Counter(i.code for i in items if i.order_id in left and i.code is not None)
    return tuple((code, count) for code, count in codes.most_common())


def placed_since_zero(record: MassCancel, rows: tuple[Order, ...]) -> tuple[Order, ...]:
    """Of orders that are open after zero was proved, those that neither the card nor the outcome knows."""
    verdict = record.verdict
    known = {order.order_id for order in record.preview.orders} if record.preview else set[str]()
    if verdict is not None:
        known |= {*verdict.cancelled, *verdict.filled, *verdict.gone, *(one.order_id for one in verdict.endings)}
    return tuple(order for order in rows if order.order_id not in known)
