"""Cards that went out without their preview: they learn what is read later, or why it cannot be read.

No card says that it is being read while nobody reads: a failure is shown with its reason, and tried again as long
as the card can be tapped.
"""

import asyncio
from datetime import timedelta
from typing import Final

from bot.errors import Conflict, Refused, StoreUnavailable
from bot.mass_cancel import step
from bot.model import Conversation, Event, EventKind, MassCancel, Preview, State, Unread
from bot.service.desk import Desk
from bot.service.looks import read_preview, seen
from bot.service.tasks import end

_PAUSES: Final = (2.0, 4.0, 8.0)
"""Seconds between the reads for a card; the last of them between all that follow."""

_EVER: Final = timedelta(days=1)
"""Longer than any card can be tapped."""


class Late:
    """Follows cards until they have a preview, or have ended."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def follow(self, record: MassCancel, reading: "asyncio.Future[Preview] | None" = None) -> None:
        """Read for a card from now on.

        Args:
            record: as it was committed, without a preview.
            reading: one that is under way, or has failed.
        """
        self._desk.tasks.start(self._follow(record, reading), f"preview {record.id}", idle=True)

    async def resume(self, only: Conversation | None = None) -> None:
        """Read for the cards that a process before us left without a preview.

        Args:
            only: the one place whose cards are ours.

        Raises:
            StoreUnavailable: they cannot be read.
        """
        for record in await self._desk.store.due(self._desk.clock.now() + _EVER):
            mine = only is None or record.conversation.same_place(only)
            if mine and record.preview is None and not _is_hopeless(record.unread):
                self.follow(record)

    async def _follow(self, record: MassCancel, reading: "asyncio.Future[Preview] | None") -> None:
        desk, number = self._desk, 0
        while True:
            if reading is None:
                reading = asyncio.ensure_future(read_preview(desk, record.scope))
            try:
                await asyncio.wait({reading})
            finally:
                await end({reading})  # a stop must not leave it behind
            found = seen(desk, reading)
            if not await self._take(record, found) or isinstance(found, Preview) or found.hopeless:
                return
            pause = _PAUSES[min(number, len(_PAUSES) - 1)]
            number, reading = number + 1, None
            if desk.clock.now() + timedelta(seconds=pause) >= record.expires_at:
                return
            await desk.clock.sleep(pause)

    async def _take(self, record: MassCancel, found: Preview | Unread) -> bool:
        """Show it on the card; whether the card can still be tapped."""
        desk = self._desk
        preview, unread = (found, None) if isinstance(found, Preview) else (None, found)
        event = Event(kind=EventKind.PREVIEW, preview=preview, unread=unread)
        try:
            fresh = await desk.store.mass_cancel(record.id) or record
            if unread is not None and (fresh.state is not State.PENDING or fresh.unread == unread):
                return fresh.state is State.PENDING
            step(fresh, event, desk.clock.now())
            await desk.take(fresh, event)
        except (Refused, Conflict):
            desk.log().info("preview came after the end", mass_cancel=record.id)
            return False
        except StoreUnavailable as error:
            desk.log().warning("preview not recorded", mass_cancel=record.id, why=error.why)
        return True


def _is_hopeless(unread: Unread | None) -> bool:
    return unread is not None and unread.hopeless
