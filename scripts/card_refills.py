"""Samples of the card kit: the minute after zero."""

from collections.abc import Iterator
from dataclasses import replace

from bot import card
from bot.model import Order
from scripts import card_kit as kit
from scripts.card_samples import Sample, answered, judged


def after_zero() -> Iterator[Sample]:
    """Orders that come back, some that were never gone, and a minute in which nobody could look."""
    zero = judged(answered(14))
    for n, comment in ((1, "one new order"), (3, "three"), (12, "twelve: five are named, and a file has all")):
        yield f"refill-{n}", comment, card.refill(zero, _new(n), kit.SENT)
    old = kit.orders(14, kit.scope())[:2]
    yield "refill-again", "two of the card's own are listed again", card.refill(zero, old, kit.SENT)
    yield "refill-mixed", "three new ones, and one of the card's", card.refill(zero, (*_new(3), old[0]), kit.SENT)
    yield "refill-blind", "no look in the minute succeeded", card.unwatched(zero)


def _new(count: int) -> tuple[Order, ...]:
    """Orders that were on no card."""
    rows = kit.orders(count, kit.scope())
    return tuple(replace(row, order_id=str(int(row.order_id) + 700)) for row in rows)
