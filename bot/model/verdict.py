"""What came of a mass cancel."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.order import Ended, Order


class NotRun(StrEnum):
    """Why surely nothing was cancelled."""

    EXCHANGE_REFUSED = "exchange_refused"
    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    MAINTENANCE = "maintenance"
    KEY_UNUSABLE = "key_unusable"
    NO_WITNESS = "no_witness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A complete read of the open orders in scope, begun after the cancel request ended."""

    left: tuple[Order, ...]
    """Every open order in the scope."""
    reads: int
    """How many complete reads it took."""
    read_at: datetime
    """When the last one began, UTC: what was placed later need not be in it."""
    triggers: tuple[Order, ...] | None = None
    """What waits for a price in the same scope and was not touched; None: not read in time, or not asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drill:
    """What a drill found out. What did not happen is None."""

    would: int | None = None
    """Open orders in scope when the request would have been sent: what it would have cancelled."""
    to_tap: float | None = None
    """Seconds from the card's arrival to the tap."""
    to_request: float | None = None
    """Seconds from the tap to the request, built and signed; None where the key did not open."""
    to_proof: float | None = None
    """Seconds from the tap to the end of the proof read."""
    cut_off: bool = False
    """The process that drilled is gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The outcome in facts; `bot/words/` makes sentences of them."""

    proof: Proof | None
    """None: the open orders could not be read, or need not be (not run)."""
    not_run: NotRun | None = None
    code: str | None = None
    """HTX's code for a refusal, or for an answer that was on no list."""
    cancelled: tuple[str, ...] = ()
    """Ids HTX says it cancelled and that are gone."""
    filled: tuple[str, ...] = ()
    """Ids HTX says were filled: code 1063, or its record of the order."""
    gone: tuple[str, ...] = ()
    """Previewed ids that are gone, and HTX did not say how."""
    by_id: tuple[str, ...] = ()
    """Those of `cancelled` that went one by one, by their ids, after the request itself had left them."""
    endings: tuple[Ended, ...] = ()
    """HTX's own records of orders that are gone, where they were read."""
    placed_since: tuple[str, ...] = ()
    """Ids left that were not in the preview; empty where there was none."""
    item_codes: tuple[tuple[int, int], ...] = ()
    """HTX's codes on orders that are left all the same, with how often."""
    ambiguous: str | None = None
    """Why the answer was not usable, where it was not."""
    unsent: str | None = None
    """Why not a byte of the request could be written, where the network is not to blame: `NotSent.why`."""
    sent_at: datetime | None = None
    """When the last attempt began, UTC."""
    took: float | None = None
    """Seconds from tap to proof."""
    later: bool = False
    """From a later check: what is open now is known, what the request did is not."""
    until: datetime | None = None
    """When the exchange expects its suspension to be over, UTC, where it says so."""
    drill: Drill | None = None
    """Of a drill, and of nothing else."""
