"""State that survives a crash."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.model import (
    AccountName,
    Action,
    Conversation,
    Event,
    MassCancel,
    MassCancelId,
    Matter,
    Message,
    Platform,
    Post,
    PostKind,
    Scope,
    State,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredButton:
    """A button that was shown, as the store knows it."""

    action: Action
    conversation: Conversation
    slot: str | None
    """The message it stands on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditNote:
    """One row for the audit chain."""

    event: str
    """A short word: `asked`, `confirm`, `attempt`, `tap refused`, …"""
    actor: str
    """A name with its id, such as `ann telegram:123456789`, or `bot`."""
    mass_cancel: MassCancelId | None
    facts: tuple[tuple[str, str], ...] = ()
    """More, in a fixed order. Never a secret, never a token."""


Posts = Callable[[str], Sequence[Post]]
"""From the audit head's first hex digits to what people must be told: results carry those digits."""


CardPosts = Callable[[str, tuple[MassCancel, ...]], Sequence[Post]]
"""The same for a step: it also learns every mass cancel of the card, as they are after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """One step of a mass cancel, with all that must be true at once."""

    before: MassCancel
    after: MassCancel
    event: Event
    notes: tuple[AuditNote, ...]
    posts: CardPosts


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxRow:
    """One delivery: taken in and not settled, or about to be taken in."""

    origin: str
    payload: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """What is known of a post that waits, without its text."""

    id: int
    """Rises with each post."""
    platform: Platform
    chat: str
    kind: PostKind
    slot: str | None
    matter: Matter
    attempts: int
    not_before: datetime
    """UTC; the past where it may go at once."""
    posted_at: datetime
    """UTC."""
    spread: bool
    """Whether it was told elsewhere, or nowhere else was left to tell it."""
    why: str
    """The platform's last word; empty while it was not tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One post that has not been delivered."""

    id: int
    post: Post
    attempts: int
    edits_message: str | None
    """EDIT: the platform's id of the message, None while that message was never delivered."""
    replies_to: str | None
    """The platform's id of the message to reply to, where it is known."""


Copies = Callable[[Post], Sequence[Post]]
"""From a post that its place has not taken to what is told elsewhere."""


class Inbox(Protocol):
    """Deliveries are committed here before the platform is told that we have them."""

    async def accept(self, platform: Platform, update_id: str, payload: bytes, received_at: datetime) -> bool:
        """Take in one delivery; False if it was taken in before."""
        ...

    async def unsettled(self, platform: Platform) -> tuple[InboxRow, ...]:
        """Deliveries taken in and never settled: what a crash left behind. Oldest first."""
        ...

    async def settle(self, origin: str, *, unreadable: bool = False) -> None:
        """A delivery has had its effect."""
        ...


class Store(Inbox, Protocol):
    """State that survives us. Each method does all or nothing; StoreUnavailable where it cannot commit."""

    # --- mass cancels ----------------------------------------------------------------------------------------
    async def open(self, opened: Sequence[MassCancel], notes: Sequence[AuditNote], posts: Posts) -> bool:
        """Insert mass cancels with their card; False (and nothing changed) if their origin already has some.

        Raises:
            Conflict: an id is taken by another delivery's; try again with a fresh one.
        """
        ...

    async def commit(self, transitions: Sequence[Transition], by: InboxRow | None = None) -> None:
        """Apply transitions: compare-and-set on `(id, state, version)`, audit rows, outbox rows, all or nothing.

        Args:
            transitions: what changes.
            by: a delivery that is not in the inbox yet, of which this is the effect: taken in with it.

        Raises:
            Conflict: one of them is no longer in the state it was; nothing was changed.
            KnownDelivery: `by` was taken in before; nothing was changed.
        """
        ...

    async def record(self, notes: Sequence[AuditNote], posts: Posts | None = None) -> None:
        """Audit rows and outbox rows that change no mass cancel."""
        ...

    async def mass_cancel(self, id_: MassCancelId) -> MassCancel | None:
        """One mass cancel, as it is now."""
        ...

    async def asked(self, origin: str) -> bool:
        """Whether a delivery already has a mass cancel."""
        ...

    async def live(
        self, conversation: Conversation, scopes: Sequence[Scope], *, drill: bool = False
    ) -> tuple[MassCancel, ...]:
        """The newest card in this conversation for exactly these scopes, one of which is PENDING or EXECUTING.

        Every mass cancel of the card, in its order; empty where there is none. Drills and real ones never see each
        other.
        """
        ...

    async def due(self, now: datetime) -> tuple[MassCancel, ...]:
        """PENDING ones whose time is up."""
        ...

    async def orphans(self) -> tuple[MassCancel, ...]:
        """EXECUTING ones whose process is gone."""
        ...

    async def held_elsewhere(self, id_: MassCancelId) -> bool:
        """Whether another process that lives was given its licence."""
        ...

    async def settled_since(self, state: State, since: datetime) -> tuple[MassCancel, ...]:
        """Those in a state that were confirmed after `since`, oldest first."""
        ...

    async def recent(self, accounts: Sequence[AccountName], count: int) -> tuple[MassCancel, ...]:
        """The last mass cancels of these accounts, newest first."""
        ...

    # --- buttons ---------------------------------------------------------------------------------------------
    async def mint(self, row: OutboxRow, tokens: Sequence[str]) -> None:
        """Remember the buttons of a message about to be sent, one token each, by their hashes only."""
        ...

    async def button(self, token: str, now: datetime) -> StoredButton | None:
        """The button that carries this token; None if there is none or its time is up."""
        ...

    async def message_in(self, slot: str) -> Message | None:
        """The newest message posted under a slot."""
        ...

    async def shown_at(self, slot: str) -> datetime | None:
        """When the first message under a slot was taken by its platform; None while it was not."""
        ...

    # --- the outbox ------------------------------------------------------------------------------------------
    async def queued(self) -> tuple[Queued, ...]:
        """What waits, oldest first: the first few thousand."""
        ...

    async def taken(self, ids: Sequence[int]) -> tuple[OutboxRow, ...]:
        """What is about to be sent, in order: nothing folds into it from now on. What was settled is left out."""
        ...

    async def delivered(self, row_id: int, message: str | None) -> None:
        """The platform took it, and named it so."""
        ...

    async def deferred(self, row_id: int, not_before: datetime, why: str) -> None:
        """The platform did not take it; try again at that time."""
        ...

    async def spread(self, row_id: int, copies: Copies) -> tuple[Post, ...]:
        """Tell elsewhere what its place has not taken; what was told, nothing if it was settled or spread before.

        A post with a slot that was posted before is not posted again: nobody gets two copies in one place.
        """
        ...

    async def dropped(self, row_id: int, why: str) -> None:
        """It is not delivered there; recorded in the audit, not forgotten."""
        ...

    async def prune(self, now: datetime) -> None:
        """Forget what nobody needs any more. Mass cancels and the audit stay for ever."""
        ...

    async def head(self) -> str:
        """The audit chain's head, 64 hex digits."""
        ...
