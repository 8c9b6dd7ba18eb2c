"""Samples of the card kit: the minute after zero."""

from collections.abc import Iterator

from bot import card
from scripts import card_kit as kit
from scripts.card_samples import Sample, answered, judged


def after_zero() -> Iterator[Sample]:
    """Orders that come back, and a minute in which nobody could look."""
    zero = judged(answered(14))
    for n, comment in ((1, "one new order"), (3, "three"), (12, "twelve: five are named, and a file has all")):
        yield f"refill-{n}", comment, card.refill(zero, kit.orders(n, kit.scope()), kit.SENT)
    yield "refill-blind", "no look in the minute succeeded", card.unwatched(zero)
