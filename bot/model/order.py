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


class TriggerKind(StrEnum):
    """Orders that wait for a price; cancel-all leaves them alone (HTX V5 docs, algo orders: `type`)."""

    TP = "tp"
    SL = "sl"
    TPSL = "tpsl"
    TRIGGER = "trigger"
    TRAILING_STOP = "trailing_stop"


class Ending(StrEnum):
    """What became of an order that is gone, as HTX's own record of it has it."""

    FILLED = "filled"
    CANCELLED = "cancelled"
    """Nothing of it was filled."""
    PARTLY_FILLED = "partly_filled"
    """Some of it was filled, the rest is cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An order that is gone, from one read of it."""

    order_id: str
    ending: Ending
    filled: Decimal
    """Contracts filled in all."""
    volume: Decimal
    """Contracts asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One open order, as HTX's `order/opens` or `algo/order/opens` tells it."""

    order_id: str
    """HTX's `order_id`, or `algo_id` of a trigger order."""
    client_order_id: str | None
    contract: str
    side: Side
    """Never `ANY`."""
    position_side: PositionSide
    """Never `ANY`."""
    price: Decimal | None
    """In USDT; None where HTX gives none (market orders, price matching). Of a trigger order: what it awaits."""
    volume: Decimal
    """Contracts asked for; 0 of a trigger order without a size of its own."""
    filled: Decimal
    """Contracts filled so far."""
    reduce_only: bool
    state: str
    """HTX's word or number, kept for the file of a result."""
    trigger: TriggerKind | None = None
    """None: a plain order, on the book."""

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
    triggers: tuple[Order, ...] | None = None
    """Of a card for orders: what waits for a price in the same scope. None: it could not be read in time."""
    read_at: datetime
    """When the read was complete, UTC, by the exchange-corrected clock."""
