"""HTX's two words for the direction of an order, and our third value `ANY`."""

from enum import StrEnum


class Side(StrEnum):
    """`buy` or `sell`; `ANY` is the field left out on the wire."""

    BUY = "buy"
    SELL = "sell"
    ANY = "any"


class PositionSide(StrEnum):
    """`long` or `short` in hedge mode, `both` in one-way mode; `ANY` is the field left out on the wire.

    `both` is HTX's word for one-way mode, never "long and short".
    """

    LONG = "long"
    SHORT = "short"
    BOTH = "both"
    ANY = "any"
