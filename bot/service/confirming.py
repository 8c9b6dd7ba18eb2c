"""A confirmation: one commit for delivery and licence, then the request; without a store, the journal's word.

Rules of this file: nothing is set off before a witness stands; a licence whose commit is in doubt is disowned.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from bot.errors import Refused, StoreUnavailable
from bot.mass_cancel import Effect, Step
from bot.model import (
    Action,
    Event,
    EventKind,
    IncomingTap,
    MassCancel,
    MassCancelId,
    NotRun,
    State,
    Verdict,
)
from bot.ports import AuditNote, InboxRow, StoredButton, TapAnswer
from bot.service.degraded import TOO_OLD, Degraded
from bot.service.desk import Desk, no_notes
from bot.service.drills import Drills, cut_off, drill_note
from bot.service.execution import Execution
from bot.service.witness import PATIENCE, attempt_note
from bot.words import drills, refusals

_SOME: Final = 0.3
"""Seconds the store has in any case."""

_JOURNAL_FIRST: Final = 1.0
"""Seconds after which a commit in doubt is looked at: until then the emergency journal may fire it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a confirmation sets off: a card never changes from one to the other."""

    fire: Execution
    drill: Drills


class Confirming:
    """Settles cards: confirms and keeps."""

    def __init__(self, desk: Desk, ways: Ways, degraded: Degraded) -> None:
        self._desk = desk
        self._ways = ways
        self._degraded = degraded

    def knows(self, tap: IncomingTap) -> StoredButton | None:
        """The live confirm button that was tapped, from memory; None for every other tap."""
        return self._degraded.knows(tap)

    def age(self, tap: IncomingTap) -> timedelta:
        """How long ago it came in."""
        return max(self._desk.clock.now() - tap.received_at, timedelta(0))

    def patience(self, tap: IncomingTap) -> float:
        """Seconds the store has for it, where the emergency journal can stand in."""
        return max(PATIENCE - self.age(tap).total_seconds(), _SOME)

    async def at_once(self, tap: IncomingTap, delivery: InboxRow) -> TapAnswer | None:
        """Confirm a card, its delivery taken in by the same commit: the request waits for one commit, not for two.

        Returns:
            What the person hears; None: nothing was done, the delivery is to be taken in first.

        Raises:
            KnownDelivery: it was taken in before; nothing was done.
            StoreUnavailable: the store did not take it in time. Whatever it did, nothing was sent.
        """
        known = self.knows(tap)
        records = [] if known is None else self._degraded.on_card(known)
        if known is None or not self._is_plain(tap, known.action, records):
            return None
        tapped = self._desk.clock.monotonic() - self.age(tap).total_seconds()
        event = Event(kind=EventKind.CONFIRM, by=self._desk.policy.actor(tap.identity))
        try:
            async with asyncio.timeout(self.patience(tap)):
                answer = await self._taken(records[0], event, tapped, delivery)
        except Refused:
            return None
        except (StoreUnavailable, TimeoutError) as error:
            self.disown(known.action, after=_JOURNAL_FIRST)
            raise StoreUnavailable(why=repr(error)) from error
        return drills_marked(answer) if known.action.drill else answer

    def _is_plain(self, tap: IncomingTap, action: Action, records: Sequence[MassCancel]) -> bool:
        """Whether nothing but a commit stands between this tap and its effect, by all that is in memory."""
        usual = all(one.state is State.PENDING and one.drill is action.drill for one in records)
        if tap.resumed or self.age(tap) > TOO_OLD or not records or not usual:
            return False
        return self._desk.policy.may_confirm(tap.identity, tap.conversation, *records) is None

    async def settle(self, record: MassCancel, event: Event, tapped: float) -> TapAnswer:
        """Confirm or keep the card of this mass cancel; what the person hears.

        Args:
            record: one on the card.
            event: CONFIRM or KEEP.
            tapped: when the tap came in, monotonic seconds.

        Raises:
            StoreUnavailable: nothing was committed, as far as is known.
        """
        try:
            return await self._taken(record, event, tapped, None)
        except Refused:
            return answer_of(await self._desk.store.mass_cancel(record.id) or record)

    async def _taken(
        self, record: MassCancel, event: Event, tapped: float, delivery: InboxRow | None
    ) -> TapAnswer:
        confirm = event.kind is EventKind.CONFIRM
        notes = (lambda one: [_first_note(self._desk, one)]) if confirm else no_notes
        return self._set_off(await self._desk.take_card(record, event, notes, delivery), tapped)

    def _set_off(self, steps: Sequence[Step], tapped: float) -> TapAnswer:
        """Use the licences that were given."""
        desk = self._desk
        licensed = [taken.after for taken in steps if Effect.FIRE in taken.effects]
        fired = [one for one in licensed if desk.licences.fire(one)]  # the rest: the emergency journal was faster
        for one in fired:  # side by side: one that hangs must not hold up another
            desk.tasks.start(self._ways.fire.run(one, tapped), f"execute {one.id}")
        drilled = [taken.after for taken in steps if Effect.DRILL in taken.effects]
        for one in drilled:
            desk.licences.fire(one)  # nobody may take it for one whose commit was lost
            desk.tasks.start(self._ways.drill.run(one, tapped), f"drill {one.id}")
        if drilled:
            return TapAnswer(text=drills.tapping(), alert=False, on_card=True)
        if fired:
            return TapAnswer(text=refusals.cancelling(), alert=False, on_card=True)
        if licensed:
            return answer_of(desk.licences.fired(licensed[0].id) or licensed[0])
        return replace(answer_of(steps[0].after), on_card=True)

    async def without_store(self, tap: IncomingTap) -> TapAnswer | None:
        """Settle a tap on the emergency journal's word; None where nothing was done."""
        tapped = self._desk.clock.monotonic() - self.age(tap).total_seconds()
        return await self._degraded.confirm(tap, tapped, self._ways.fire.run)

    def disown(self, action: Action, after: float = 0.2) -> None:
        """A commit failed or was not waited for: it may have reached the disk after all.

        What was not fired is then EXECUTING for ever.

        Args:
            action: the button's.
            after: seconds until it is looked at first.
        """
        for id_ in action.mass_cancels:
            self._desk.tasks.start(self._disown(id_, after), f"disown {id_}")

    async def _disown(self, id_: MassCancelId, pause: float) -> None:
        """End a licence whose commit could not be told from a failed one: nothing was sent under it."""
        while True:
            await self._desk.clock.sleep(pause)
            pause = min(pause * 2, 30.0)
            try:
                record = await self._desk.store.mass_cancel(id_)
                if self._desk.licences.fired(id_):
                    return  # a later tap was committed, and its request is under way: this is not our lost one
                if record is not None and record.state is State.EXECUTING:
                    await self._desk.take(record, _unwitnessed(record))
            except StoreUnavailable:
                continue
            except Refused:
                return
            return


def answer_of(record: MassCancel) -> TapAnswer:
    """What a tap hears on a card that is settled."""
    if record.drill:
        return TapAnswer(text=drills.decided(record), alert=False)
    replaced = record.replaced_by
    text = refusals.decided(record.state, record.decided_by, record.decided_at, replaced_by=replaced)
    return TapAnswer(text=text, alert=False)


def drills_marked(answer: TapAnswer) -> TapAnswer:
    """The same for a drill's card."""
    return replace(answer, text=drills.marked(answer.text))


def _first_note(desk: Desk, record: MassCancel) -> AuditNote:
    return drill_note(desk, record) if record.drill else attempt_note(desk, record, 1)


def _unwitnessed(record: MassCancel) -> Event:
    if record.drill:
        return cut_off(record)
    return Event(kind=EventKind.NO_RUN, verdict=Verdict(proof=None, not_run=NotRun.NO_WITNESS))
