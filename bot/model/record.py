"""One mass cancel, from command to verdict, and the events of its life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.model.order import Preview, Unread
from bot.model.people import Actor, Conversation
from bot.model.scope import Scope
from bot.model.verdict import Verdict

MassCancelId = NewType("MassCancelId", str)
"""Five characters people can read out, such as `K7Q2M`."""


class Listing(StrEnum):
    """What HTX's list of contracts says about the contract of a mass cancel."""

    LISTED = "listed"
    UNLISTED = "unlisted"
    """It is not on the list, and somebody wants it all the same, or it has open orders."""
    UNCHECKED = "unchecked"
    """There is no list that is new enough."""


class State(StrEnum):
    """Where a mass cancel is in its life (bot/mass_cancel.py holds the one table)."""

    PENDING = "pending"
    KEPT = "kept"
    EXPIRED = "expired"
    EXECUTING = "executing"
    ZERO_LEFT = "zero_left"
    STILL_OPEN = "still_open"
    NOT_RUN = "not_run"
    UNKNOWN = "unknown"
    DRILLED = "drilled"
    """The end of a drill: nothing was sent, so nothing is said about what went."""


class EventKind(StrEnum):
    """What can happen to a mass cancel."""

    CONFIRM = "confirm"
    KEEP = "keep"
    LAPSE = "lapse"
    """Time is up."""
    REPLACE = "replace"
    """The same scope was asked for again and this card had little time left."""
    PREVIEW = "preview"
    """A late preview arrived, or failed."""
    RESTART = "restart"
    """The process that was executing it is gone."""
    ZERO = "zero"
    OPEN = "open"
    NO_RUN = "no_run"
    NO_PROOF = "no_proof"
    DRILLED = "drilled"
    """A drill has gone its way, or was cut off on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened, with the facts it brings."""

    kind: EventKind
    by: Actor | None = None
    """Who tapped: with `CONFIRM` and `KEEP`."""
    preview: Preview | None = None
    """With `PREVIEW`; None: it failed."""
    unread: Unread | None = None
    """With `PREVIEW`: why it failed."""
    verdict: Verdict | None = None
    """With `ZERO`, `OPEN`, `NO_RUN`, `NO_PROOF` and `DRILLED`."""
    replaced_by: MassCancelId | None = None
    """With `REPLACE`."""
    degraded: bool = False
    """Its witness was the emergency journal: the store could not commit when it happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MassCancel:
    """One asked-for cancel of a scope: what is shown, stored and sent is this scope."""

    id: MassCancelId
    state: State
    version: int
    """Rises by one with each transition: the compare-and-set goes by `(id, state, version)`."""
    scope: Scope
    asked_by: Actor
    conversation: Conversation
    origin: str
    """The delivery that asked: a command delivered twice makes one card."""
    created_at: datetime
    expires_at: datetime
    """UTC; at and after this time a confirmation ends the card instead."""
    preview: Preview | None = None
    unread: Unread | None = None
    """Why there is no preview; None: there is one, or it is being read."""
    decided_by: Actor | None = None
    """Who confirmed or kept."""
    decided_at: datetime | None = None
    replaced_by: MassCancelId | None = None
    concluded_at: datetime | None = None
    verdict: Verdict | None = None
    listing: Listing | None = None
    """None: every contract, or stored before the list was looked at."""
    degraded: bool = False
    """An attempt was made on the word of the emergency journal alone."""
    drill: bool = False
    """The whole way with the write left out; never changes."""
    card: tuple[MassCancelId, ...] = ()
    """Every mass cancel of its card, in the card's order; empty where the card holds this one alone."""

    @property
    def card_id(self) -> MassCancelId:
        """What its card goes by: the id of the card's first mass cancel."""
        return self.card[0] if self.card else self.id
