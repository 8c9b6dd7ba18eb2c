"""What this process committed, kept in memory too: cards and their confirm buttons, of tokens only the hashes.

A tap is looked up here first: its commit compares with the store in any case, and without a store there is nothing
else to ask.

It follows each commit that succeeded. One whose outcome is not known leaves it as it was: people were told then
that nothing was done.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from bot.model import ButtonKind, MassCancel, MassCancelId
from bot.ports import OutboxRow, StoredButton
from bot.store import buttons, records
from bot.store.engine import reading

_MOST: Final = 5000


class Mirror:
    """See `bot.ports.Mirror`; bounded, the oldest go first."""

    def __init__(self) -> None:
        self._records: OrderedDict[MassCancelId, MassCancel] = OrderedDict()
        self._buttons: OrderedDict[str, StoredButton] = OrderedDict()

    def button(self, token: str, now: datetime) -> StoredButton | None:
        """The confirm button that carries this token; None if it is not known or its time is up."""
        found = self._buttons.get(buttons.hashed(token))
        if found is None or (found.action.expires_at is not None and found.action.expires_at <= now):
            return None
        return found

    def mass_cancel(self, id_: MassCancelId) -> MassCancel | None:
        """A mass cancel as the last commit left it."""
        return self._records.get(id_)

    def keep(self, committed: Iterable[MassCancel]) -> None:
        """These were committed."""
        for record in committed:
            self._records[record.id] = record
            self._records.move_to_end(record.id)
        while len(self._records) > _MOST:
            self._records.popitem(last=False)

    def remember(self, row: OutboxRow, tokens: Sequence[str]) -> None:
        """These tokens were given to a message's buttons."""
        for shown, token in zip(row.post.message.buttons, tokens, strict=True):
            if shown.action.kind is ButtonKind.CONFIRM:
                where = row.post.conversation
                stored = StoredButton(action=shown.action, conversation=where, slot=row.post.slot)
                self._put(buttons.hashed(token), stored)

    def fill(self, found: Iterable[MassCancel], known: Iterable[tuple[str, StoredButton]]) -> None:
        """What an earlier process left: cards, and buttons by their tokens' hashes."""
        self.keep(found)
        for token_hash, stored in known:
            self._put(token_hash, stored)

    def _put(self, token_hash: str, stored: StoredButton) -> None:
        self._buttons[token_hash] = stored
        while len(self._buttons) > _MOST:
            self._buttons.popitem(last=False)


def filled(engine: Engine) -> Mirror:
    """A mirror of the cards that stand.

    Raises:
        StoreUnavailable: they cannot be read.
    """
    mirror = Mirror()
    with reading(engine) as connection:
        mirror.fill(reversed(records.pending(connection)), buttons.confirming(connection).items())
    return mirror
