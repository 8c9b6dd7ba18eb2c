"""The minute after ZERO LEFT: whoever placed those orders may do so again, and people believe they are gone."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot import card, proof
from bot.errors import StoreUnavailable
from bot.model import (
    AccountName,
    Conversation,
    MassCancel,
    MassCancelId,
    Matter,
    Message,
    Order,
    Platform,
    Post,
    PostKind,
    State,
    Target,
)
from bot.service.desk import Desk
from bot.service.proving import read_once
from bot.service.telling import card_slot, people_of

WATCHED: Final = timedelta(seconds=60)
"""How long after the proof new orders are told of."""

_PAUSES: Final = (1.0, 2.0, 3.0, 4.0)
"""Seconds between the first looks; the last of them between all that follow."""

_ONE_LOOK: Final = 3.0
_BLIND: Final = 5
"""Looks of which one should have succeeded: after a restart the rest of a minute says little."""


Claim = tuple[str, AccountName, Target, str]
"""An order on one of an account's books, and the chat in which it is told of."""


def refill_slot(id_: MassCancelId) -> str:
    """The name under which the one message about new orders stands."""
    return f"refill:{id_}"


def again_slot(id_: MassCancelId) -> str:
    """The same for orders that were gone and are listed again: it must not stand in for new ones."""
    return f"again:{id_}"


class Refills:
    """Watches scopes that were proved empty."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._watched: set[MassCancelId] = set()
        self._claims: dict[Claim, MassCancelId] = {}
        """By which mass cancel an order is told of."""

    def follow(self, record: MassCancel) -> None:
        """Watch from now on, where there is something to watch; harmless when repeated."""
        if record.state is not State.ZERO_LEFT or record.id in self._watched or self._left(record) <= 0:
            return
        self._watched.add(record.id)
        self._desk.tasks.start(self._watch(record), f"refills {record.id}", idle=True)

    def _left(self, record: MassCancel) -> float:
        """Seconds of the minute that are left."""
        if record.concluded_at is None:
            return 0.0
        return (WATCHED - (self._desk.clock.now() - record.concluded_at)).total_seconds()

    async def _watch(self, record: MassCancel) -> None:
        looks, seen, told, told_again, again, doubted = 0, False, False, False, False, False
        try:
            # The last look is at the minute's end; what it shows and is not believed at once gets one more.
            while (left := self._left(record)) > 0 or doubted:
                pause = _PAUSES[min(looks, len(_PAUSES) - 1)]
                await self._desk.clock.sleep(min(pause, left) if left > 0 else _PAUSES[0])
                looks += 1
                if told:
                    continue
                rows = await self._look(record)
                seen = seen or rows is not None
                # What was known may be an old list, once; what is new, or there twice in a row, is not.
                fresh = self._unclaimed(record, rows)
                if proof.placed_since_zero(record, fresh):
                    told = await self._told_of(record, fresh, refill_slot(record.id))
                elif fresh and again and not told_again:
                    told_again = await self._told_of(record, fresh, again_slot(record.id))
                again = again if rows is None else bool(rows)
                doubted = again and not (told or told_again) and left > 0
            if looks >= _BLIND and not seen:
                await self._told(record, card.unwatched(record), refill_slot(record.id))
        finally:
            self._watched.discard(record.id)
            if not self._watched:
                self._claims.clear()

    async def _look(self, record: MassCancel) -> tuple[Order, ...] | None:
        """What is open in the scope; None: it could not be read."""
        await self._desk.rush.over()
        hard = self._desk.clock.monotonic() + _ONE_LOOK
        return await read_once(self._desk, record.scope, hard)

    def _unclaimed(self, record: MassCancel, rows: Sequence[Order] | None) -> tuple[Order, ...]:
        """Of what is open that which no other watch tells the same people: two scopes may hold the same order."""
        return tuple(
            row for row in rows or () if self._claims.get(self._claim(record, row), record.id) == record.id
        )

    async def _told_of(self, record: MassCancel, rows: tuple[Order, ...], slot: str) -> bool:
        """Tell people of orders, and keep other watches from telling them again; whether they know now."""
        # Before anything is waited for: the other watch looks, too.
        self._claims |= {self._claim(record, row): record.id for row in rows}
        return await self._told(record, card.refill(record, rows, self._desk.clock.now()), slot)

    def _claim(self, record: MassCancel, row: Order) -> Claim:
        where = self._where(record)
        chat = "" if where is None else f"{where.platform}:{where.chat}"
        return row.order_id, record.scope.account, record.scope.target, chat

    async def _told(self, record: MassCancel, message: Message, slot: str) -> bool:
        """Whether people know now."""
        try:
            if await self._desk.store.message_in(slot) is not None:
                self._release(record)  # told before a restart: of which orders nobody knows any more
                return True
            await self._tell(record, message, slot)
        except StoreUnavailable as error:
            self._release(record)
            self._desk.log().error(
                "end of the watch after zero not told yet", mass_cancel=record.id, why=error.why
            )
            return False
        return True

    def _release(self, record: MassCancel) -> None:
        """Let other watches tell of what this one did not: twice is better than not at all."""
        self._claims = {claim: by for claim, by in self._claims.items() if by != record.id}

    async def _tell(self, record: MassCancel, message: Message, slot: str) -> None:
        self._desk.log().warning("after zero", mass_cancel=record.id, said=message.title)
        facts = (("account", record.scope.account), ("said", message.title))
        note = self._desk.note("after zero", None, record.id, *facts)
        if (where := self._where(record)) is None:
            await self._desk.store.record([note])
            return
        post = Post(
            kind=PostKind.SEND,
            conversation=where,
            message=message,
            slot=slot,
            reply_to=card_slot(record.card_id),
            matter=Matter.RESULT,
            hear=people_of(record),
        )
        await self._desk.say(post, [note])

    def _where(self, record: MassCancel) -> Conversation | None:
        """Where the card stands; what was done at a shell, which is gone, in the first group if there is one."""
        if record.conversation.platform is not Platform.HOST:
            return record.conversation
        return self._desk.telling.first_group(record.conversation.platform)
