"""What rests on the book, and one complete look at it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from bot.model.side import PositionSide, Side

STAND_IN: Final = ":"
"""Stands in every stand-in for an order's id (`id:…`, `client:…`, `row:…`), and in no id of HTX's."""


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
    """HTX's `order_id`, or `algo_id` of a trigger order; where none can be read, a stand-in: see `named`."""
    client_order_id: str | None
    contract: str
    """Empty: it cannot be read, and may be any."""
    side: Side | None
    """Never `ANY`. None: it cannot be read, and may be either."""
    position_side: PositionSide | None
    """Never `ANY`. None: it cannot be read, and may be any."""
    price: Decimal | None
    """In USDT; None where HTX gives none (market orders, price matching). Of a trigger order: what it awaits."""
    volume: Decimal
    """Contracts asked for; 0 of a trigger order without a size of its own, and where it cannot be read."""
    filled: Decimal
    """Contracts filled so far."""
    reduce_only: bool
    state: str
    """HTX's word or number, kept for the file of a result."""
    trigger: TriggerKind | None = None
    """None: a plain order, on the book."""
    odd: tuple[tuple[str, str], ...] = ()
    """What could not be read: HTX's name of the field, and what stood there, cleaned and cut for people."""

    @property
    def named(self) -> bool:
        """Whether HTX knows it by its `order_id`; a stand-in tells rows apart, and is never said to HTX."""
        return STAND_IN not in self.order_id

    @property
    def remaining(self) -> Decimal | None:
        """Contracts that still rest on the book; None where that cannot be read."""
        return None if self.is_odd("volume", "trade_volume") else self.volume - self.filled

    def is_odd(self, *fields: str) -> bool:
        """Whether one of these fields, by HTX's names, could not be read, or the whole row."""
        return any(name in (*fields, "row") for name, _ in self.odd)

    def may_be(
        self, contract: str | None, side: Side | None, position_side: PositionSide | None, *, surely: bool = False
    ) -> bool:
        """Whether it has these facts, as far as it can be read: only a fact that is read and differs excludes it.

        Args:
            contract: None: any.
            side: None: any.
            position_side: None: any.
            surely: what cannot be read excludes it, too.
        """
        facts = ((contract, self.contract), (side, self.side), (position_side, self.position_side))
        return all(wanted in (None, found) or not (found or surely) for wanted, found in facts)

    @property
    def closes(self) -> bool:
        """Whether the order can only close a position: reduce-only, sell + long, or buy + short (HTX V5 docs)."""
        return self.reduce_only or (self.side, self.position_side) in {
            (Side.SELL, PositionSide.LONG),
            (Side.BUY, PositionSide.SHORT),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """Why a card has no preview, and no read for one is under way."""

    why: str
    """As in `ReadFailed`; `key`: the account's API key cannot be opened."""
    code: str | None = None
    """HTX's code, where there was one."""

    @property
    def hopeless(self) -> bool:
        """Whether a tap could do no better: what it needs is not there."""
        return self.why == "key"


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
