"""After the tap: the verdict and what people need to know about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.model import (
    ALL,
    Actor,
    Ended,
    Ending,
    MassCancel,
    MassCancelId,
    Order,
    Proof,
    Scope,
    State,
    Target,
    Verdict,
)
from bot.words import codes, plain, reasons, triggers
from bot.words.plain import span as _span

NEW_CARD: Final = "Cancel what is left…"
SHOW_ORDERS: Final = "Show orders"
CHECK_AGAIN: Final = "Check again"
DEGRADED: Final = (
    "DEGRADED: this result is true, only my log is late.",
    "Until then it is in the emergency journal.",
)
LOG_PENDING: Final = "not written yet"
LOG_WRITTEN: Final = "written"
"""What stands for the log's head where a result is told past the log."""
LISTED: Final = 10
"""Up to so many orders stand in the message; of more, the first five and a file of all."""

_FIRST: Final = 5
_NAMED: Final = 3
"""Partly filled orders are named up to so many."""

_MARKS: Final = {State.ZERO_LEFT: "✅", State.STILL_OPEN: "⚠️", State.UNKNOWN: "❓", State.NOT_RUN: "⛔"}


def mark(record: MassCancel) -> str:
    """The sign that goes with a verdict, and never stands for it."""
    return _MARKS[record.state]


def title(record: MassCancel) -> str:
    """The verdict, the full scope, and how many orders still wait for a price there."""
    live = triggers.live_of(record)
    said = f"{mark(record)} {verdict_words(record)} · {plain.scope_title(record.scope)}"
    return f"{said} · {triggers.live(live)}" if live else said


def verdict_words(record: MassCancel) -> str:
    """`ZERO LEFT`, `2 STILL OPEN`, `NOT RUN`, `UNKNOWN`."""
    words = record.state.replace("_", " ").upper()
    proof = record.verdict.proof if record.verdict else None
    return f"{plain.number(len(proof.left))} {words}" if record.state is State.STILL_OPEN and proof else words


def facts(record: MassCancel) -> tuple[str, ...]:
    """What happened, for each verdict."""
    verdict = record.verdict
    if verdict is None:
        return ()
    match record.state:
        case State.ZERO_LEFT:
            return _zero(record, verdict)
        case State.STILL_OPEN if verdict.proof:
            return _open(record, verdict, verdict.proof)
        case State.NOT_RUN:
            return reasons.not_run(record, verdict)
        case _:
            return _unknown(record, verdict)


def people(record: MassCancel) -> str:
    """Who asked and who confirmed."""
    asker, by, at = record.asked_by, record.decided_by, record.decided_at
    if by is None or at is None:
        return f"Asked by {plain.name(asker)}"
    if asker.name == by.name:
        return f"Asked and confirmed by {plain.name(by)} {plain.clock(at)}"
    return f"Asked by {plain.name(asker)}, confirmed by {plain.name(by)} {plain.clock(at)}"


def footer(record: MassCancel, log_head: str) -> str:
    """The id, and the log's head as a witness."""
    return f"#{record.id} · log {log_head}"


def only_journalled(id_: MassCancelId, scope: Scope, by: Actor, at: datetime) -> tuple[str, ...]:
    """A request that stands in the emergency journal, and of which the log says something else or nothing."""
    return (
        f"❓ {plain.name(by)} sent #{id_} {plain.clock(at)} while I could not write my log.",
        f"{scope.account} · {plain.scope_title(scope)}. My log does not show this: see /orders, or the HTX app.",
    )


def orders(rows: tuple[Order, ...], *, with_contract: bool) -> tuple[str, ...]:
    """The orders themselves, two a line; of many, the first few."""
    # What cannot be read comes first: it must not be found in the file alone.
    rows = tuple(sorted(rows, key=lambda row: not row.odd))
    shown = rows if len(rows) <= LISTED else rows[:_FIRST]
    texts = [plain.order(row, with_contract=with_contract) for row in shown]
    width = 1 if with_contract or any(row.odd for row in shown) else 2
    lines = [" · ".join(texts[i : i + width]) for i in range(0, len(texts), width)]
    rest = len(rows) - len(shown)
    return (*lines, f"and {plain.number(rest)} more, all in the file") if rest else tuple(lines)


def unclear(scope: Scope, rows: Sequence[Order]) -> tuple[str, ...]:
    """That some of the orders may lie outside the scope, where that cannot be read."""
    n = sum(not scope.is_sure_of(row) for row in rows)
    if not n:
        return ()
    which = "may be outside: it is" if n == 1 else "may be outside: they are"
    return (f"{plain.number(n)} of these {which} counted, and never cancelled by id.",)


def _zero(record: MassCancel, verdict: Verdict) -> tuple[str, ...]:
    done = f"{record.scope.account} · {_done(record, verdict)}"
    return (
        done,
        *_lost_answer(verdict),
        *_drift(record, verdict),
        *_by_id(verdict),
        *_gone(record, verdict),
        *_unknown_fate(record, verdict),
    )


def _done(record: MassCancel, verdict: Verdict) -> str:
    """What was done, as far as it is known: `14 cancelled in 0.9 s`, or only what is open now."""
    if verdict.later and verdict.proof:
        return f"0 open now, read {plain.clock(verdict.proof.read_at)} UTC"
    if verdict.ambiguous is not None:
        return "0 open now" + (f", read {_span(verdict.took)} after the tap" if verdict.took is not None else "")
    took = f" in {_span(verdict.took)}" if verdict.took is not None else ""
    cancelled = len(verdict.cancelled)
    shown = record.preview.orders if record.preview else ()
    if not cancelled and (verdict.gone or verdict.endings) and verdict.took is not None:
        return f"0 open now, read {_span(verdict.took)} after the tap"
    if not cancelled and not verdict.gone and not verdict.filled and not shown:
        return f"nothing matched, 0 open{took and ', read' + took}"
    return f"{plain.number(cancelled)} cancelled{took}"


def _drift(record: MassCancel, verdict: Verdict) -> tuple[str, ...]:
    """What came between the card and the tap, and went with the rest: 14 became 17.

    Where HTX does not name all that was shown, nobody knows how many were left: then only what came is told.
    """
    if record.preview is None or verdict.later:
        return ()
    shown = {order.order_id for order in record.preview.orders}
    named = {*verdict.cancelled, *verdict.filled}
    unnamed = sum(not order.named for order in record.preview.orders)  # they may be among those HTX names now
    if len(newer := named - shown) <= unnamed:
        return ()
    came = f"{plain.number(len(newer))} placed after your card"
    if not shown <= named:
        return (came,)
    return (f"{plain.number(len(shown))} became {plain.number(len(named))}: {came}",)


def _by_id(verdict: Verdict) -> tuple[str, ...]:
    """What the request itself had left, and went by its id."""
    if not verdict.by_id:
        return ()
    n = len(verdict.by_id)
    rest = verdict.later or verdict.ambiguous is not None
    of_them = "" if rest else " of them"
    return (f"{plain.number(n)}{of_them} {'was' if n == 1 else 'were'} cancelled singly, by id",)


def _gone(record: MassCancel, verdict: Verdict) -> tuple[str, ...]:
    """What became of orders that were not simply cancelled, as far as HTX says."""
    lines: list[str] = []
    if verdict.filled:
        lines.append(f"{plain.number(len(verdict.filled))} filled, says HTX")
    lines += _partly(record, verdict)
    whole = {one.order_id for one in verdict.endings if one.ending is Ending.CANCELLED}
    ended = whole - set(verdict.cancelled)
    if ended:
        lines.append(f"{plain.number(len(ended))} cancelled, by HTX's records")
    if verdict.gone and (verdict.ambiguous is not None or verdict.later or not verdict.cancelled):
        lines.append(
            f"{plain.number(len(verdict.gone))} gone: cancelled or {_happened(record)}, HTX did not say which"
        )
    elif verdict.gone:
        lines.append(f"{plain.number(len(verdict.gone))} gone another way ({_happened(record)} or cancelled)")
    if verdict.gone and record.scope.target is Target.TRIGGERS:
        lines.append("A triggered one has placed an order: look at /orders.")
    return tuple(lines)


def _happened(record: MassCancel) -> str:
    """What may have happened to an order that is gone, besides a cancel."""
    return "triggered" if record.scope.target is Target.TRIGGERS else "filled"


def _partly(record: MassCancel, verdict: Verdict) -> list[str]:
    """Orders of which some was filled before the rest went: by name, they changed the position."""
    shown = {order.order_id: order for order in record.preview.orders} if record.preview else {}
    partly = [one for one in verdict.endings if one.ending is Ending.PARTLY_FILLED]
    if not partly:
        return []
    named = [_part_of(one, shown.get(one.order_id)) for one in partly[:_NAMED]]
    more = [f"{plain.number(len(partly) - _NAMED)} more"] if len(partly) > _NAMED else []
    return [f"{plain.number(len(partly))} partly filled: {' · '.join([*named, *more])}"]


def _part_of(one: Ended, order: Order | None) -> str:
    """`buy 20 of 50 @ 61,900`."""
    part = f"{plain.number(one.filled)} of {plain.number(one.volume)}"
    if order is None:
        return part
    return f"{order.side or '?'} {part}" + (f" @ {plain.number(order.price)}" if order.price is not None else "")


def _lost_answer(verdict: Verdict) -> tuple[str, ...]:
    """What is not known about the request itself, before what was read instead."""
    if verdict.later or verdict.ambiguous is None:
        return ()
    what = "HTX gave no clear answer" + (f" (code {verdict.code})" if verdict.code else "")
    if verdict.proof and verdict.proof.left:
        return (f"{what}, and may still cancel more.",)
    return (f"{what}. I read the orders instead.",)


def _unknown_fate(record: MassCancel, verdict: Verdict) -> tuple[str, ...]:
    """Of a later check: that nobody knows what became of each order."""
    if not verdict.later or verdict.gone or verdict.endings or verdict.by_id:
        return ()
    return (f"Which were cancelled and which {_happened(record)} is not known.",)


def _open(record: MassCancel, verdict: Verdict, proof: Proof) -> tuple[str, ...]:
    return (
        f"{record.scope.account} · {_some(record, verdict, proof)}",
        *orders(proof.left, with_contract=record.scope.contract == ALL),
        *unclear(record.scope, proof.left),
        *(f"HTX: {codes.item(code)} ×{n}" for code, n in verdict.item_codes),
        *_lost_answer(verdict),
        *_by_id(verdict),
        *_gone(record, verdict),
        *_unknown_fate(record, verdict),
        f"Last checked {plain.clock(proof.read_at)} UTC",
    )


def _some(record: MassCancel, verdict: Verdict, proof: Proof) -> str:
    """`12 of 14 cancelled · 1 placed after your card`."""
    if verdict.later:
        return f"{plain.number(len(proof.left))} open now"
    parts: list[str] = []
    if verdict.ambiguous is None:
        parts.append(_cancelled(record, verdict))
    if verdict.placed_since:
        parts.append(f"{plain.number(len(verdict.placed_since))} placed after your card")
    return " · ".join(parts) or f"{plain.number(len(proof.left))} open now"


def _cancelled(record: MassCancel, verdict: Verdict) -> str:
    """`12 of 14 cancelled`; with what came between card and tap: `14 of 14 + 2 newer cancelled`."""
    if record.preview is None:
        return f"{plain.number(len(verdict.cancelled))} cancelled"
    shown = {order.order_id for order in record.preview.orders}
    ours = sum(id_ in shown for id_ in verdict.cancelled)
    newer = len(verdict.cancelled) - ours
    more = f" + {plain.number(newer)} newer" if newer else ""
    return f"{plain.number(ours)} of {plain.number(len(shown))}{more} cancelled"


def _unknown(record: MassCancel, verdict: Verdict) -> tuple[str, ...]:
    account = record.scope.account
    if verdict.later and verdict.sent_at is None:
        at = f" after {plain.clock(record.decided_at)}" if record.decided_at else ""
        first = f"{account} · I was cut off{at}: it may have been sent,"
    elif verdict.ambiguous is not None or verdict.sent_at is None:
        at = f" {plain.clock(verdict.sent_at)}" if verdict.sent_at else ""
        first = f"{account} · sent{at}, no usable answer,"
    else:
        done = plain.number(len(verdict.cancelled))
        first = f"{account} · sent {plain.clock(verdict.sent_at)}, HTX says {done} cancelled,"
    return (first, "and open orders cannot be read.", "Assume orders are still OPEN. Use the HTX app.")
