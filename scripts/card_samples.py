"""Samples of the card kit: every way a card and a result can look."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from bot import card, proof
from bot.model import (
    Ambiguous,
    Answered,
    Ended,
    Ending,
    EventKind,
    Item,
    Listing,
    MassCancel,
    MassCancelId,
    Message,
    NothingMatched,
    NotSent,
    Order,
    PositionMode,
    PositionSide,
    Preview,
    Proof,
    Scope,
    Sent,
    Side,
    Target,
    Verdict,
)
from scripts import card_kit as kit
from scripts.card_kit import FOURTEEN, SEEN
from scripts.card_unsent import not_run

Sample = tuple[str, str, Message]
"""Name of the file, what is special about it, the message."""

MANY: Final = (("BTC-USDT", 120), ("ETH-USDT", 60), ("SOL-USDT", 20), ("XRP-USDT", 10), ("DOGE-USDT", 3))
LEFT: Final = (kit.order(3, kit.scope()), kit.order(90, kit.scope(), price="60000", size="40"))


def everything() -> tuple[Order, ...]:
    """213 orders in five contracts."""
    codes = [code for code, n in MANY for _ in range(n)]
    rows = kit.orders(len(codes), kit.EVERYTHING)
    return tuple(replace(row, contract=code) for row, code in zip(rows, codes, strict=True))


def lives() -> Iterator[Sample]:
    """Cards and results."""
    for name, comment, record in (*pending(), *ended()):
        yield f"card-{name}", comment, card.card(record, kit.TAIL)
    for name, comment, record in late():
        yield f"edit-{name}", comment, card.edited_card(record, kit.TAIL)
    for name, comment, record in (*zero(), *still_open(), *unknown(), *not_run()):
        yield f"result-{name}", comment, card.result(record, kit.HEAD)


def pending() -> Iterator[tuple[str, str, MassCancel]]:
    """Cards that wait for a tap."""
    sell_both = kit.scope("ETH-USDT", Side.SELL, PositionSide.BOTH)
    empty = kit.preview(elsewhere=(("ETH-USDT-241115", 3), ("BTC-USDT", 1)))
    all_buys = kit.scope("ALL", Side.BUY, PositionSide.ANY)
    yield "fourteen", "the example of the design", kit.pending(seen=SEEN)
    aimed, every = (of.aimed_at(Target.TRIGGERS) for of in (kit.scope(), kit.EVERYTHING))
    yield "for-triggers", "a card for two triggers", kit.pending(aimed, kit.preview(kit.triggers(2, aimed)))
    yield "for-many-triggers", "eleven, listed in a file", kit.pending(every, kit.preview(kit.triggers(11, every)))
    only = kit.preview(waiting=kit.triggers(2, kit.scope()))
    yield "nothing-but-triggers", "nothing in scope, two triggers", kit.pending(seen=only)
    waiting = kit.preview(FOURTEEN, waiting=kit.triggers(2, kit.scope()))
    yield "triggers", "two triggers in the same scope", kit.pending(seen=waiting)
    yield "no-triggers", "it is known that there are none", kit.pending(seen=kit.preview(FOURTEEN, waiting=()))
    yield "one", "a single order", kit.pending(seen=kit.preview(kit.orders(1, kit.scope())))
    yield "no-preview", "the preview took longer than 800 ms, or failed", kit.pending()
    one_way = kit.preview(kit.orders(3, sell_both), mode=PositionMode.ONE_WAY)
    yield "one-way", "sell both in one-way mode", kit.pending(sell_both, one_way)
    sides = kit.scope("BTC-USDT", Side.ANY, PositionSide.ANY)
    yield "all-sides", "one contract, no filters", kit.pending(sides, kit.preview(kit.orders(7, sides)))
    longs = kit.scope("BTC-USDT", Side.ANY, PositionSide.LONG)
    yield "any-side-long", "only the position side", kit.pending(longs, kit.preview(kit.orders(7, longs)))
    closing = kit.scope("BTC-USDT", Side.SELL, PositionSide.LONG)
    yield "all-close", "every order closes a position", kit.pending(closing, kit.preview(kit.orders(4, closing)))
    yield "everything", "every contract", kit.pending(kit.EVERYTHING, kit.preview(everything()))
    yield "everything-blind", "every contract, no preview", kit.pending(kit.EVERYTHING)
    yield "everything-buys", "every contract, one side", kit.pending(all_buys, kit.preview(everything()))
    yield "everything-empty", "every contract, nothing open", kit.pending(kit.EVERYTHING, kit.preview())
    yield "nothing", "nothing in scope, something elsewhere", kit.pending(seen=empty)
    yield "nothing-anywhere", "nothing in scope, nothing elsewhere", kit.pending(seen=kit.preview())
    both = kit.scope("BTC-USDT", Side.BUY, PositionSide.BOTH)
    yield "hedge-both", "`both` in a hedge account", kit.pending(both, kit.preview())
    wrong = kit.preview(mode=PositionMode.ONE_WAY)
    yield "one-way-long", "`long` in a one-way account", kit.pending(seen=wrong)
    yield "mode-unknown", "the position mode cannot be read", kit.pending(seen=replace(SEEN, mode=None))
    yield (
        "unchecked",
        "the list of contracts cannot be read",
        replace(kit.pending(seen=SEEN), listing=Listing.UNCHECKED),
    )
    unsure = replace(kit.pending(seen=replace(SEEN, mode=None)), listing=Listing.UNLISTED)
    yield "unlisted", "not on the list, and the position mode cannot be read", unsure
    market = tuple(replace(row, price=None) for row in FOURTEEN)
    yield "no-prices", "orders without a price", kit.pending(seen=kit.preview(market))
    wide = kit.scope(f"{'A' * 20}-USDT-241231", Side.SELL, PositionSide.ANY, account="a" * 32)
    yield (
        "widest",
        "the longest names there can be",
        kit.pending(wide, kit.preview(kit.orders(1234, wide, closing=999))),
    )


def ended() -> Iterator[tuple[str, str, MassCancel]]:
    """Cards after their life: edited, not sent anew."""
    yield "executing", "confirmed by Bo", kit.executing(kit.pending(seen=SEEN))
    yield "kept", "kept by Bo", kit.moved(kit.pending(seen=SEEN), EventKind.KEEP, by=kit.BO)
    yield "expired", "its time is up", kit.moved(kit.pending(seen=SEEN), EventKind.LAPSE)
    replaced = MassCancelId("M3XQP")
    yield "replaced", "asked again", kit.moved(kit.pending(seen=SEEN), EventKind.REPLACE, replaced_by=replaced)
    outcomes = (next(zero()), next(still_open()), next(unknown()), next(not_run()))
    for _, comment, record in outcomes:
        yield f"settled-{record.state.value.replace('_', '-')}", comment, record
    blind = kit.concluded(kit.pending(), proof.not_run(NotSent(why="dns"), sent_at=kit.SENT))
    yield "settled-blind", "no preview, not run", blind


def late() -> Iterator[tuple[str, str, MassCancel]]:
    """Cards that were sent without a preview, when it arrives."""
    yield "fourteen", "the preview arrives late", kit.pending(seen=SEEN)
    empty = kit.preview(elsewhere=(("ETH-USDT", 3),))
    yield "nothing", "the late preview is empty: no button may be added", kit.pending(seen=empty)
    wrong = kit.preview(mode=PositionMode.ONE_WAY)
    yield "one-way-long", "the late preview tells of a wrong mode", kit.pending(seen=wrong)


def judged(
    answer: Sent,
    left: tuple[Order, ...] | None = (),
    seen: Preview | None = SEEN,
    reads: int = 1,
    waiting: tuple[Order, ...] | None = None,
) -> MassCancel:
    """The record after an answer and a read."""
    return cleaned(answer, (), left, seen=seen, reads=reads, waiting=waiting)


def cleaned(  # noqa: PLR0913  a sample names what differs
    answer: Sent,
    by_id: tuple[Item, ...],
    left: tuple[Order, ...] | None = (),
    *,
    seen: Preview | None = SEEN,
    reads: int = 2,
    endings: tuple[Ended, ...] = (),
    waiting: tuple[Order, ...] | None = None,
) -> MassCancel:
    """The record after an answer, orders cancelled by id, a read, and reads of the orders that are gone."""
    found = kit.proof(left, reads, waiting) if left is not None else None
    event = proof.judge(answer, preview=seen, proof=found, sent_at=kit.SENT, took=0.94, cleaned=by_id)
    return kit.concluded(kit.pending(seen=seen), proof.told(event, endings))


def ending(number: int, how: Ending, filled: int = 0) -> Ended:
    """HTX's record of an order that is gone."""
    return Ended(order_id=str(kit.FIRST_ID + number), ending=how, filled=Decimal(filled), volume=Decimal(50))


def answered(count: int, *odd: tuple[int, int]) -> Answered:
    """An answer: 200 for each order but for the odd ones."""
    codes = dict(odd)
    rows = [
        Item(order_id=str(kit.FIRST_ID + n), client_order_id=None, code=codes.get(n, 200)) for n in range(count)
    ]
    return Answered(items=tuple(rows))


def of_triggers(scope: Scope, seen: Preview, left: tuple[Order, ...]) -> MassCancel:
    """A card for triggers: HTX says two cancelled."""
    items = tuple(Item(order_id=row.order_id, client_order_id=None, code=200) for row in seen.orders[:2])
    event = proof.judge(Answered(items=items), preview=seen, proof=kit.proof(left), sent_at=kit.SENT, took=0.42)
    return kit.concluded(kit.pending(scope, seen), event)


def zero() -> Iterator[tuple[str, str, MassCancel]]:
    """Zero left."""
    yield "zero", "fourteen shown, fourteen cancelled", judged(answered(14))
    aimed = kit.scope().aimed_at(Target.TRIGGERS)
    shown = kit.preview(kit.triggers(3, aimed))
    yield "zero-of-triggers", "three triggers, one gone another way", of_triggers(aimed, shown, ())
    live = kit.triggers(2, kit.scope())
    yield "zero-triggers", "two triggers are live", judged(answered(14), waiting=live)
    yield "zero-no-triggers", "it is known that there are none", judged(answered(14), waiting=())
    few = kit.preview(FOURTEEN[:3])
    yield "zero-filled", "one filled, one gone", judged(answered(3, (1, 1063), (2, 1061)), seen=few)
    yield "zero-drift", "three more came between card and tap", judged(answered(17))
    named = Answered(items=answered(17).items[2:])
    yield "zero-drift-gone", "three more came, two that were shown HTX did not name", judged(named)
    yield "zero-lost-answer", "no usable answer, nothing left", judged(Ambiguous(why="read timeout"))
    coded = Ambiguous(why="code 1000", code="1000")
    yield "zero-odd-code", "an answer with a code on no list", judged(coded)
    degraded = replace(judged(answered(14)), degraded=True)
    yield "zero-degraded", "the log could not be written, the emergency journal could", degraded
    yield "zero-nothing", "nothing there, nothing matched", judged(NothingMatched(), seen=kit.preview())
    yield "zero-nothing-blind", "no preview, nothing matched", judged(NothingMatched(), seen=None)
    yield "zero-too-late", "three shown, all gone before the request", judged(NothingMatched(), seen=few)
    yield "zero-blind", "no preview, fourteen cancelled", judged(answered(14), seen=None)
    five = answered(14, (0, 1062), (1, 1062)).items[:5]
    yield (
        "zero-by-id",
        "two of fourteen went by their ids",
        cleaned(answered(14, (0, 1062), (1, 1062)), answered(2).items),
    )
    yield (
        "zero-lost-by-id",
        "no usable answer, all by their ids",
        cleaned(Ambiguous(why="cut off"), answered(14).items),
    )
    ends = (ending(5, Ending.FILLED, 50), ending(6, Ending.PARTLY_FILLED, 20), ending(7, Ending.CANCELLED))
    yield (
        "zero-endings",
        "filled, partly filled, cancelled by hand",
        cleaned(Answered(items=five), (), endings=ends),
    )
    alone = kit.concluded(kit.pending(seen=SEEN, asker=kit.BO), proof.check(kit.proof(), sent_at=kit.SENT))
    yield "zero-same-person", "asked and confirmed by one person", alone
    yield "zero-after-restart", "cut off, then read", kit.cut_off(kit.pending(seen=SEEN), later(kit.proof()))
    by_host = kit.concluded(
        kit.pending(kit.EVERYTHING, asker=kit.HOST),
        proof.judge(answered(14), preview=None, proof=kit.proof(), sent_at=kit.SENT, took=12.06),
        kit.HOST,
    )
    yield "zero-host", "everything, from a shell on the host", by_host


def still_open() -> Iterator[tuple[str, str, MassCancel]]:
    """Something left."""
    half = answered(14, (3, 1062), (4, 1061))
    yield "open-two", "the example of the design", judged(half, LEFT, reads=3)
    yield (
        "open-one",
        "one left of one, HTX says it may not be cancelled",
        judged(answered(1, (0, 1088)), FOURTEEN[:1], kit.preview(FOURTEEN[:1]), 4),
    )
    yield "open-lie", "HTX says cancelled, it is still open", judged(answered(14), FOURTEEN[:1], reads=9)
    drift = (kit.order(16, kit.scope()),)
    yield "open-by-id", "one by its id, one left", cleaned(half, answered(14).items[3:4], LEFT[1:])
    yield "open-drift", "three more came, one of them is left", judged(answered(17, (16, 1062)), drift)
    yield "open-lost-answer", "no usable answer, two left", judged(Ambiguous(why="http 502"), LEFT)
    yield (
        "open-placed",
        "all cancelled, two placed since",
        judged(answered(14), tuple(kit.order(n, kit.scope()) for n in (90, 91))),
    )
    aimed = kit.scope().aimed_at(Target.TRIGGERS)
    shown = kit.preview(kit.triggers(2, aimed))
    newer = kit.triggers(5, aimed)[4:]
    yield "open-of-triggers", "two triggers gone, one placed since", of_triggers(aimed, shown, newer)
    live = kit.triggers(3, kit.scope())
    yield "open-triggers", "two left, three triggers live", judged(half, LEFT, reads=3, waiting=live)
    yield "open-blind", "no preview, two left", judged(half, LEFT, None)
    yield "open-all", "nothing matched, all left", judged(NothingMatched(), FOURTEEN, reads=5)
    yield (
        "open-codes",
        "five kinds of trouble",
        judged(answered(14, (0, 1062), (1, 1088), (2, 1480), (3, 1440), (4, 9999)), FOURTEEN[:5], reads=5),
    )
    rows = everything()
    event = proof.judge(
        answered(200), preview=kit.preview(rows), proof=kit.proof(rows[200:211], 4), sent_at=kit.SENT, took=5.0
    )
    yield (
        "open-everything",
        "every contract, eleven left",
        kit.concluded(kit.pending(kit.EVERYTHING, kit.preview(rows)), event),
    )
    yield "open-after-restart", "cut off, then read", kit.cut_off(kit.pending(seen=SEEN), later(kit.proof(LEFT)))


def later(found: Proof | None) -> Verdict:
    """What a check after a restart finds: when it was sent is not known."""
    return Verdict(proof=found, later=True)


def unknown() -> Iterator[tuple[str, str, MassCancel]]:
    """Nobody knows."""
    yield "unknown", "the example of the design", judged(Ambiguous(why="read timeout"), None)
    yield "unknown-answered", "HTX says fourteen cancelled, the books cannot be read", judged(answered(14), None)
    yield "unknown-nothing", "HTX says nothing matched, the books cannot be read", judged(NothingMatched(), None)
    yield "unknown-blind", "no preview, no answer, no read", judged(Ambiguous(why="http 502"), None, None)
    yield "unknown-after-restart", "cut off, and no read", kit.cut_off(kit.pending(seen=SEEN), later(None))
