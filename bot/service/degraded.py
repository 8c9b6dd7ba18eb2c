"""A tap while the store cannot commit: fired on the emergency journal's word, told at once, brought in later.

Rules of this file: the entry is on the disk before anything is sent; what the journal holds is never sent again;
it lets go of a mass cancel only when the store knows all of it. docs/mass-cancel.md, "Without the log", says it in
full.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from bot import card
from bot.errors import Conflict, NoWitness, Refused
from bot.mass_cancel import Effect, step
from bot.model import (
    Event,
    EventKind,
    IncomingTap,
    MassCancel,
    MassCancelId,
    Matter,
    Message,
    State,
    Verdict,
)
from bot.policy import Denial
from bot.ports import AuditNote, Entry, EntryKind, StoredButton, TapAnswer
from bot.service.desk import Desk, under_card
from bot.service.telling import people_of
from bot.service.witness import attempt_note, entry
from bot.words import refusals, results

TOO_OLD: Final = timedelta(seconds=10)
"""A tap that waited so long is not acted on: its request would come too late."""

_BUSY: Final = 3.0
"""Seconds to wait for whoever else settles the same mass cancel: there are ten in all."""

_STORE: Final = 1.0
"""Seconds the store has to take a verdict before people are told past it."""

_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 10.0

Fire = Callable[[MassCancel, float], Coroutine[Any, Any, None]]
"""Carries a licence out: the record, and when the tap came in (monotonic seconds)."""


class Degraded:
    """Works with the journal where the store does not."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def knows(self, tap: IncomingTap) -> StoredButton | None:
        """The live confirm button that was tapped, from memory; None for every other tap."""
        return self._desk.mirror.button(tap.token, self._desk.clock.now())

    async def confirm(self, tap: IncomingTap, tapped: float, fire: Fire) -> TapAnswer | None:
        """Settle a tap that the store cannot settle: all that is on the card, or nothing of it.

        Args:
            tap: on a confirm button, else nothing is done.
            tapped: when it came in, monotonic seconds.
            fire: what carries a licence out.

        Returns:
            What the person hears; None where nothing was done, and people must be told that.
        """
        button = self.knows(tap)
        if button is None or button.action.drill:  # a drill is never worth the journal
            return None
        if tap.resumed or self._desk.clock.now() - tap.received_at > TOO_OLD:
            return None
        records = self.on_card(button)
        if not records or any(record.drill for record in records):
            return None
        if denied := self._denied(tap, records):
            return denied
        if decided := self._first_decided(
            records
        ):  # asked before the wait: whoever brings it in may be waiting long
            return decided
        try:
            async with AsyncExitStack() as locks:
                async with asyncio.timeout(_BUSY):
                    for id_ in sorted(record.id for record in records):
                        await locks.enter_async_context(self._desk.licences.settling(id_))
                return await self._licensed(self.on_card(button) or records, tap, tapped, fire)
        except TimeoutError:
            if decided := self._first_decided(self.on_card(button) or records):
                return decided
            self._desk.log().error(
                "another process settles it, and the store does not answer", mass_cancel=records[0].id
            )
            return None

    def on_card(self, button: StoredButton) -> list[MassCancel]:
        """Every mass cancel of the card, from memory; none where one of them is not known."""
        found = [self._desk.mirror.mass_cancel(id_) for id_ in button.action.mass_cancels]
        records = [record for record in found if record is not None]
        return records if len(records) == len(found) else []

    def _denied(self, tap: IncomingTap, records: Sequence[MassCancel]) -> TapAnswer | None:
        """Who may not confirm all of a card confirms none of it; None: all of it."""
        policy = self._desk.policy
        denial = policy.may_confirm(tap.identity, tap.conversation, *records)
        if denial is None:
            return None
        ids = [record.id for record in records]
        self._desk.log().warning("tap refused", mass_cancels=ids, user=tap.identity.user, why=denial)
        elsewhere = denial is Denial.ELSEWHERE
        text = refusals.elsewhere() if elsewhere else refusals.wrong_tap(policy.confirmers(*records))
        return TapAnswer(text=text, alert=True)

    async def _licensed(
        self, records: Sequence[MassCancel], tap: IncomingTap, tapped: float, fire: Fire
    ) -> TapAnswer | None:
        """The journal's word is the licence, if all of the card is PENDING by all that is known."""
        desk = self._desk
        if decided := self._first_decided(records):
            return decided
        event = Event(kind=EventKind.CONFIRM, by=desk.policy.actor(tap.identity), degraded=True)
        steps = [step(record, event, desk.clock.now()) for record in records]
        if not all(Effect.FIRE in taken.effects for taken in steps):
            return _answer(steps[0].after)
        licensed = [taken.after for taken in steps]
        if not await self._all_witnessed(licensed):
            return None
        for after in licensed:
            desk.licences.fire(after)
            desk.log().error("sent on the emergency journal alone", mass_cancel=after.id)
            desk.tasks.start(fire(after, tapped), f"execute {after.id}")
        return TapAnswer(text=refusals.cancelling(), alert=False)

    async def _all_witnessed(self, licensed: Sequence[MassCancel]) -> bool:
        """Put all of a card into the journal. Where one finds no place, those before it are taken out again."""
        desk, written = self._desk, list[MassCancelId]()
        try:
            for after in licensed:
                await desk.journal.write(entry(after, EntryKind.INTENT, desk))
                written.append(after.id)
        except NoWitness as error:
            desk.log().error(
                "neither log nor journal can be written", mass_cancel=licensed[len(written)].id, why=error.why
            )
        if len(written) == len(licensed):
            return True
        for id_ in written:  # one that cannot be taken out counts as sent, which is loud and harmless
            await desk.journal.close(id_)
        return False

    def _first_decided(self, records: Sequence[MassCancel]) -> TapAnswer | None:
        return next((answer for record in records if (answer := self._decided(record))), None)

    def _decided(self, record: MassCancel) -> TapAnswer | None:
        """What a second tap hears; None where this is the first."""
        held = self._desk.journal.entries(record.id)
        if fired := self._desk.licences.fired(record.id):
            return _answer(fired)
        if held:
            text = refusals.decided(State.EXECUTING, held[0].actor, held[0].at, replaced_by=None)
            return TapAnswer(text=text, alert=False)
        return None if record.state is State.PENDING else _answer(record)

    async def conclude(self, record: MassCancel, event: Event) -> MassCancel | None:
        """A verdict on what the journal witnessed: into the store if it is back, else told at once and kept.

        Returns:
            The record as the store has it in the end; None where it does not know it.
        """
        desk, told, pause = self._desk, False, _PAUSE
        await self._keep(record, event)
        while True:
            try:
                async with asyncio.timeout(None if told else _STORE):
                    after = await self._bring_in(record, event)
            except Exception as error:  # noqa: BLE001 an outcome is known and must not be lost, whatever happens
                desk.log().error("verdict not recorded yet", mass_cancel=record.id, why=repr(error))
                if not told:
                    await self._tell(record, event)
                told = True
                await desk.clock.sleep(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            return after

    async def _keep(self, record: MassCancel, event: Event) -> None:
        """The outcome, in the journal too: a restart then knows it."""
        verdict = event.verdict or Verdict(proof=None)
        end = entry(record, EntryKind.END, self._desk)
        end = replace(end, outcome=event.kind.value, not_run=verdict.not_run, code=verdict.code)
        try:
            await self._desk.journal.write(end)
        except NoWitness as error:
            self._desk.log().error("outcome not in the journal", mass_cancel=record.id, why=error.why)

    async def _tell(self, record: MassCancel, event: Event) -> None:
        """Tell people past the outbox, which cannot be written; it says it again when it can."""
        others = [card.result(one, results.LOG_WRITTEN) for one in self._desk.untold_beside(record)]
        for message in (self._result(record, event), *others):
            await self._desk.messenger.shout(record.conversation, message, *people_of(record))

    def _result(self, record: MassCancel, event: Event) -> Message:
        after = step(record, replace(event, degraded=True), self._desk.clock.now()).after
        return card.result(after, results.LOG_PENDING)

    async def recover(self) -> None:
        """At a start: what the journal holds goes into the store, as far as it is known. Nothing is sent.

        Raises:
            StoreUnavailable: the store cannot commit.
        """
        for id_ in self._desk.journal.unclosed():
            held = self._desk.journal.entries(id_)
            self._desk.log().warning("cut off, known to the emergency journal", mass_cancel=id_)
            try:
                await self._bring_in(held[0], _known(held))
            except (Conflict, Refused) as error:
                self._desk.log().error("journal not copied into the log", mass_cancel=id_, why=repr(error))

    async def _bring_in(self, about: MassCancel | Entry, event: Event) -> MassCancel | None:
        """Commit what the journal holds of a mass cancel, and then let the journal forget it; the record after."""
        id_ = about.id if isinstance(about, MassCancel) else about.mass_cancel
        async with self._desk.licences.settling(id_):
            held = self._desk.journal.entries(id_)
            fresh = await self._desk.store.mass_cancel(id_)
            if held:
                fresh = await self._replay(fresh, held, replace(event, degraded=True))
            await self._desk.journal.close(id_)
        return fresh

    async def _replay(self, fresh: MassCancel | None, held: tuple[Entry, ...], event: Event) -> MassCancel | None:
        desk, first = self._desk, held[0]
        if fresh is None or fresh.state not in (State.PENDING, State.EXECUTING):
            if fresh is None or not fresh.degraded:  # else it is here: only the journal was not told
                await self._contradicted(fresh, held, event)
            return fresh
        happened = [(event, desk.clock.now())]
        if fresh.state is State.PENDING:
            confirm = Event(kind=EventKind.CONFIRM, by=first.actor, degraded=True)
            happened.insert(0, (confirm, first.at))
        return await desk.replay(fresh, happened, self._notes(fresh, held))

    def _notes(self, record: MassCancel, held: tuple[Entry, ...]) -> list[AuditNote]:
        """The attempts as the journal has them: the audit says when, and that it was not there."""
        notes: list[AuditNote] = []
        for one in held:
            when = ("journalled", one.at.isoformat())
            if one.kind in (EntryKind.INTENT, EntryKind.ATTEMPT):
                notes.append(attempt_note(self._desk, record, one.number, when))
            elif one.kind is EntryKind.CLEAN_UP:
                count = ("count", str(one.number))
                notes.append(self._desk.note("clean up", None, record.id, count, when))
        return notes

    async def _contradicted(self, fresh: MassCancel | None, held: tuple[Entry, ...], event: Event) -> None:
        """The store does not know it, or has it ended otherwise: both stand, and people hear what was sent."""
        desk, first = self._desk, held[0]
        desk.log().error("journal and log differ", mass_cancel=first.mass_cancel, state=fresh and fresh.state)
        facts = (("verdict", event.kind.value), ("journalled", first.at.isoformat()))
        note = desk.note("late verdict", first.actor.identity, first.mass_cancel, *facts)
        lines = results.only_journalled(first.mass_cancel, first.scope, first.actor, first.at)
        notice = card.notice(lines, loud=True)
        who = first.actor.identity
        await desk.say(
            under_card(first.mass_cancel, first.conversation, notice, who, matter=Matter.RESULT), [note]
        )


def _known(held: tuple[Entry, ...]) -> Event:
    """What is surely known of one that was cut off: that it was not run; else it must be looked at."""
    for one in reversed(held):
        if one.not_run is not None:
            verdict = Verdict(proof=None, not_run=one.not_run, code=one.code)
            return Event(kind=EventKind.NO_RUN, verdict=verdict)
    return Event(kind=EventKind.RESTART)


def _answer(record: MassCancel) -> TapAnswer:
    replaced = record.replaced_by
    text = refusals.decided(record.state, record.decided_by, record.decided_at, replaced_by=replaced)
    return TapAnswer(text=text, alert=False)
