"""The emergency journal: the witness for when the store cannot commit."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.model import Actor, Conversation, MassCancel, MassCancelId, NotRun, Scope
from bot.ports.store import StoredButton


class EntryKind(StrEnum):
    """What an entry says."""

    INTENT = "intent"
    """The licence, and its first attempt."""
    ATTEMPT = "attempt"
    """A further attempt under a licence."""
    CLEAN_UP = "clean_up"
    """Orders that the card showed are cancelled by their ids."""
    END = "end"
    """What came of it."""
    CLOSED = "closed"
    """The store knows all of it: the place is free again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry. Never a secret, never a token; each is enough to find and check its mass cancel."""

    kind: EntryKind
    mass_cancel: MassCancelId
    scope: Scope
    actor: Actor
    """Who confirmed."""
    conversation: Conversation
    """Where the card stands."""
    at: datetime
    """UTC: of an intent, when the tap was licensed."""
    number: int = 1
    """Of an attempt: the first is 1. Of a clean-up: how many orders."""
    outcome: str | None = None
    """Of an end: the event that it came to (`bot.model.EventKind`)."""
    not_run: NotRun | None = None
    """Of an end: why surely nothing was cancelled."""
    code: str | None = None
    """Of such an end: HTX's code, where there was one."""


class Journal(Protocol):
    """Entries that are on the disk once `write` has returned, whatever becomes of the store."""

    @property
    def trouble(self) -> str | None:
        """Why it cannot take an entry now, in a few words; None when it can."""
        ...

    @property
    def shares_disk(self) -> bool:
        """Whether it lies on the store's own file system, so that what breaks one may break the other."""
        ...

    def entries(self, id_: MassCancelId) -> tuple[Entry, ...]:
        """What it holds of a mass cancel, oldest first; none once that is in the store."""
        ...

    def unclosed(self) -> tuple[MassCancelId, ...]:
        """The mass cancels of which it holds entries, oldest first."""
        ...

    async def write(self, entry: Entry) -> None:
        """Put an entry on the disk.

        Raises:
            NoWitness: it is not there, or nobody knows whether it is.
        """
        ...

    async def close(self, id_: MassCancelId) -> None:
        """The store knows all that the journal holds of a mass cancel. Never raises."""
        ...


class Mirror(Protocol):
    """What this process's cards are, in memory: for a tap while the store cannot even be read."""

    def button(self, token: str, now: datetime) -> StoredButton | None:
        """The button that carries this token; None if it is not known or its time is up."""
        ...

    def mass_cancel(self, id_: MassCancelId) -> MassCancel | None:
        """A mass cancel as the store's last commit left it."""
        ...
