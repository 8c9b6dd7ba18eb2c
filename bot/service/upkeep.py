"""Time, restarts, loose ends: what must happen although nobody says anything."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.errors import Refused, StoreUnavailable
from bot.model import Conversation, Event, EventKind, MassCancel, MassCancelId, State
from bot.service.checks import FIRST_CHECK, PAUSES, Checks
from bot.service.degraded import Degraded
from bot.service.desk import Desk
from bot.service.drills import cut_off
from bot.service.late import Late
from bot.service.proving import CLEAN_UP
from bot.service.refills import WATCHED, Refills

SWEEP: Final = 0.5
"""Seconds between looks at cards whose time is up."""

_ORPHANS_EVERY: Final = 10
"""Sweeps between looks for mass cancels whose process died beside us: `cancelall now`, cut off."""

_EVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any mass cancel there is."""

_LONGEST_RUN: Final = timedelta(seconds=sum(PAUSES) + 60)
"""From a tap to the last check that can come to ZERO LEFT."""

FOLLOWED: Final = timedelta(seconds=sum(PAUSES))
"""How long after its tap an UNKNOWN is still followed after a restart."""


class Upkeep:
    """Keeps promises that no update reminds us of."""

    def __init__(self, desk: Desk, checks: Checks, refills: Refills, degraded: Degraded) -> None:
        self._desk = desk
        self._degraded = degraded
        self._checks = checks
        self._refills = refills
        self._followed: set[MassCancelId] = set()

    async def recover(self, only: Conversation | None = None) -> None:
        """Put things right after a start, before any update is taken. Doing it twice changes nothing more.

        In this order: what only the emergency journal knows is brought in; cards past their time end; mass cancels
        whose process is gone become UNKNOWN, are checked and reported; cards without a preview are read for.
        Nothing is ever sent again.

        Args:
            only: the one place whose cards are ours, where another process has the others: it may have fired one
                on its journal's word, which the store does not show yet.

        Raises:
            StoreUnavailable: the store cannot commit; there is no point in going on.
        """
        await self._degraded.recover()
        await self.expire_due(only)
        await self.look_after_orphans()
        await self.watch_zeros()
        await Late(self._desk).resume(only)

    async def watch_zeros(self) -> None:
        """Go on watching what was proved empty within the last minute, by whichever process."""
        recent = self._desk.clock.now() - WATCHED - _LONGEST_RUN
        for record in await self._desk.store.settled_since(State.ZERO_LEFT, recent):
            self._refills.follow(record)

    async def look_after_orphans(self) -> None:
        """Mass cancels whose process is gone become UNKNOWN; those not reported yet are checked and reported."""
        for record in await self._desk.store.orphans():
            self._desk.log().warning("cut off", mass_cancel=record.id)
            try:
                await self._desk.take(record, cut_off(record))
            except Refused:
                continue  # another process of ours was faster
        recent = self._desk.clock.now() - FOLLOWED
        unknown = await self._desk.store.settled_since(State.UNKNOWN, _EVER)
        fresh = [record for record in unknown if record.id not in self._followed]
        wanted = [one for one in fresh if one.verdict is None or (one.decided_at or recent) > recent]
        mine = [one for one in wanted if not await self._is_followed_elsewhere(one)]
        await asyncio.gather(*(self._follow(record) for record in mine))

    async def _is_followed_elsewhere(self, record: MassCancel) -> bool:
        """Whether the process that sent it lives and may still cancel by id: we could only read, and end that."""
        if record.verdict is None or record.decided_at is None:
            return False
        fresh = self._desk.clock.now() - record.decided_at < timedelta(seconds=CLEAN_UP)
        return fresh and await self._desk.store.held_elsewhere(record.id)

    async def _follow(self, record: MassCancel) -> None:
        """Check and report one that nobody was told of, however old it is; then follow it for a while.

        What cannot be committed now is tried again at the next look.
        """
        try:
            if record.verdict is None:
                await self._checks.check(record, FIRST_CHECK)
        except StoreUnavailable as error:
            self._desk.log().error("not checked yet", mass_cancel=record.id, why=error.why)
            return
        self._followed.add(record.id)
        self._desk.tasks.start(self._checks.watch(record.id), f"watch {record.id}", idle=True)

    async def expire_due(self, only: Conversation | None = None) -> None:
        """End the cards whose time is up: all of them, or those of one place."""
        for record in await self._desk.store.due(self._desk.clock.now()):
            if only is not None and not record.conversation.same_place(only):
                continue
            try:
                await self._desk.take_card(record, Event(kind=EventKind.LAPSE))
            except Refused:
                continue  # tapped in this very moment

    async def sweep(self, only: Conversation | None = None) -> None:
        """End cards as their time comes, and now and then look for what a dying process left; for ever."""
        turns = 0
        while True:
            await self._desk.clock.sleep(SWEEP)
            await self._desk.rush.over()
            turns += 1
            try:
                await self.expire_due(only)
                if turns % _ORPHANS_EVERY == 0:
                    await self.look_after_orphans()
                    await self.watch_zeros()
            except StoreUnavailable as error:
                self._desk.log().error("cards not expired", why=error.why)
                await self._desk.clock.sleep(1.0)
