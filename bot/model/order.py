"""What rests on the book, and one complete look at it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from bot.model.side import PositionSide, Side


class PositionMode(StrEnum):
    """How the account holds positions (HTX `position_mode`)."""

    ONE_WAY = "single_side"
    """Orders carry `both` as their position side."""
    HEDGE = "dual_side"
    """Orders carry `long` or `short`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One open order, as HTX's `order/opens` tells it."""

    order_id: str
    client_order_id: str | None
    contract: str
    side: Side
    """Never `ANY`."""
    position_side: PositionSide
    """Never `ANY`."""
    price: Decimal | None
    """In USDT; None where HTX gives none (market orders, price matching)."""
    volume: Decimal
    """Contracts asked for."""
    filled: Decimal
    """Contracts filled so far."""
    reduce_only: bool
    state: str
    """HTX's word or number, kept for the file of a result."""

    @property
    def remaining(self) -> Decimal:
        """Contracts that still rest on the book."""
        return self.volume - self.filled

    @property
    def closes(self) -> bool:
        """Whether the order can only close a position: reduce-only, sell + long, or buy + short (HTX V5 docs)."""
        return self.reduce_only or (self.side, self.position_side) in {
            (Side.SELL, PositionSide.LONG),
            (Side.BUY, PositionSide.SHORT),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The open orders in scope, read when the card is made; complete or not at all."""

    orders: tuple[Order, ...]
    elsewhere: tuple[tuple[str, int], ...]
    """Contracts outside the scope that do have open orders, with their counts; most first."""
    mode: PositionMode | None
    """None when the position mode could not be read: a warning, never a block."""
    read_at: datetime
    """When the read was complete, UTC, by the exchange-corrected clock."""
