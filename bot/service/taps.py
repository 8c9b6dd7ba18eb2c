"""The tap: looked up, authorised again, settled locally, answered once. The request never waits for the answer."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot import card
from bot.errors import Refused, StoreUnavailable
from bot.mass_cancel import Effect
from bot.model import (
    ALL_ACCOUNTS,
    Action,
    ButtonKind,
    Event,
    EventKind,
    Incoming,
    IncomingTap,
    MassCancel,
    MassCancelId,
    NotRun,
    Post,
    PostKind,
    State,
    Verb,
    Verdict,
)
from bot.policy import Denial
from bot.ports import AuditNote, StoredButton, TapAnswer
from bot.service.checks import Checks
from bot.service.commands import Commands
from bot.service.degraded import Degraded
from bot.service.desk import Desk, no_notes, under_card
from bot.service.drills import Drills, cut_off, drill_note
from bot.service.execution import DEADLINE, Execution
from bot.service.once import Once
from bot.service.witness import PATIENCE, attempt_note
from bot.words import drills, refusals

_TOO_OLD: Final = timedelta(seconds=DEADLINE)
"""A tap that waited so long (through a restart) is not acted on: its request would come too late."""

_SOME: Final = 0.3
"""Seconds the store has in any case."""

Hear = Callable[[Incoming], Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """What a confirmation sets off: a card never changes from one to the other."""

    fire: Execution
    drill: Drills


class Taps:
    """Settles taps."""

    def __init__(  # noqa: PLR0913, PLR0917 made in one place
        self, desk: Desk, commands: Commands, ways: Ways, checks: Checks, degraded: Degraded, hear: Hear
    ) -> None:
        """Build them; `hear` answers a command and never raises."""
        self._desk = desk
        self._degraded = degraded
        self._hear = hear
        self._commands = commands
        self._ways = ways
        self._checks = checks
        self._logged = Once()

    async def tap(self, tap: IncomingTap) -> TapAnswer:
        """Settle one tap; what is returned is shown to the person who tapped."""
        known = self._degraded.knows(tap)
        left = None if known is None else max(PATIENCE - self._age(tap), _SOME)
        try:
            async with asyncio.timeout(left):
                return await self._stored(tap, known)
        except (StoreUnavailable, TimeoutError) as error:
            self._desk.log().error("tap not settled by the store", why=repr(error))
        answer = await self.without_store(tap)
        for id_ in known.action.mass_cancels if known else ():
            # The commit may have reached the disk after all: what was not fired is then EXECUTING for ever.
            self._desk.tasks.start(self._disown(id_), f"disown {id_}")
        if answer is not None:
            return answer
        drill = self.on_drill(tap)
        said = card.marked_if(drill, card.notice(refusals.store_down(), loud=True))
        await self._desk.messenger.shout(tap.conversation, said)
        return _marked_if(drill, TapAnswer(text=" ".join(refusals.store_down()), alert=True))

    async def without_store(self, tap: IncomingTap) -> TapAnswer | None:
        """Settle a tap on the emergency journal's word; None where nothing was done."""
        tapped = self._desk.clock.monotonic() - self._age(tap)
        return await self._degraded.confirm(tap, tapped, self._ways.fire.run)

    def urgent(self, tap: IncomingTap) -> bool:
        """Whether it is on a live confirm button, so that it must not wait for a store that is slow."""
        return self._degraded.knows(tap) is not None

    def on_drill(self, tap: IncomingTap) -> bool:
        """Whether it is on a drill's live confirm button, from memory."""
        known = self._degraded.knows(tap)
        return known is not None and known.action.drill

    def _age(self, tap: IncomingTap) -> float:
        """Seconds since it came in."""
        return max((self._desk.clock.now() - tap.received_at).total_seconds(), 0.0)

    async def _stored(self, tap: IncomingTap, known: StoredButton | None) -> TapAnswer:
        tapped = self._desk.clock.monotonic()
        button = known or await self._desk.store.button(tap.token, self._desk.clock.now())
        if button is None:
            return TapAnswer(text=refusals.unknown_button(), alert=True)
        decides = button.action.kind in (ButtonKind.CONFIRM, ButtonKind.KEEP)
        answer = await (self._decide(tap, button.action, tapped) if decides else self._ask(tap, button))
        return _marked_if(button.action.drill, answer)

    async def _decide(self, tap: IncomingTap, action: Action, tapped: float) -> TapAnswer:
        """Confirm or keep, all of a card's mass cancels at once."""
        records = await self._on_card(action)
        if len(records) < len(action.mass_cancels) or any(one.drill is not action.drill for one in records):
            return TapAnswer(text=refusals.unknown_button(), alert=True)
        if denial := self._desk.policy.may_confirm(tap.identity, tap.conversation, *records):
            return await self._denied(tap, records, denial)
        late = max(self._desk.clock.now() - tap.received_at, timedelta(0))
        if any(one.state is State.PENDING for one in records) and (tap.resumed or late > _TOO_OLD):
            return await self._too_late(records[0], late)
        kind = EventKind.CONFIRM if action.kind is ButtonKind.CONFIRM else EventKind.KEEP
        event = Event(kind=kind, by=self._desk.policy.actor(tap.identity))
        return await self._settle(records[0], event, tapped - late.total_seconds())

    async def _on_card(self, action: Action) -> list[MassCancel]:
        """A card's mass cancels, from memory if they are there: the commit compares them with the store's."""
        remembered, store = self._desk.mirror.mass_cancel, self._desk.store.mass_cancel
        found = [remembered(id_) or await store(id_) for id_ in action.mass_cancels]
        return [record for record in found if record is not None]

    async def _too_late(self, record: MassCancel, late: timedelta) -> TapAnswer:
        """A tap that waited through a restart does nothing; its pop-up may be gone, so a message says it, too."""
        fresh = await self._desk.store.mass_cancel(record.id)  # nothing is committed, so nothing else compares
        if fresh is not None and fresh.state is not State.PENDING:
            return _answer(fresh)
        text = refusals.stale_tap(late)
        said = card.marked_if(record.drill, card.notice((text,), loud=True))
        await self._desk.say(under_card(record.card_id, record.conversation, said))
        return TapAnswer(text=text, alert=True)

    async def _settle(self, record: MassCancel, event: Event, tapped: float) -> TapAnswer:
        desk = self._desk
        confirm = event.kind is EventKind.CONFIRM
        notes = (lambda one: [_first_note(desk, one)]) if confirm else no_notes
        try:
            steps = await desk.take_card(record, event, notes)
        except Refused:
            return await self._already(record)
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
            return _answer(desk.licences.fired(licensed[0].id) or licensed[0])
        return replace(_answer(steps[0].after), on_card=True)

    async def _already(self, record: MassCancel) -> TapAnswer:
        return _answer(await self._desk.store.mass_cancel(record.id) or record)

    async def _disown(self, id_: MassCancelId) -> None:
        """End a licence whose commit could not be told from a failed one: nothing was sent under it."""
        pause = 0.2
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

    async def _denied(self, tap: IncomingTap, records: Sequence[MassCancel], denial: Denial) -> TapAnswer:
        id_ = records[0].id
        if self._logged.first((tap.identity, id_), self._desk.clock.monotonic(), 3600):  # nobody may fill the disk
            note = self._desk.note("tap refused", tap.identity, id_, ("why", denial.value))
            await self._desk.store.record([note])
        self._desk.log().warning("tap refused", mass_cancel=id_, user=tap.identity.user, why=denial)
        if denial is Denial.ELSEWHERE:
            return TapAnswer(text=refusals.elsewhere(), alert=True)
        return TapAnswer(text=refusals.wrong_tap(self._desk.policy.confirmers(*records)), alert=True)

    async def _ask(self, tap: IncomingTap, button: StoredButton) -> TapAnswer:
        """A button that reads or opens a new card."""
        action = button.action
        verb = action.command.verb if action.command else Verb.ORDERS
        denial = self._desk.policy.may_ask(verb, tap.identity, tap.conversation)
        if denial is None and not button.conversation.same_place(tap.conversation):
            denial = Denial.ELSEWHERE
        if denial is not None:
            lines = self._commands.denial(denial, tap.identity, tap.conversation)
            return TapAnswer(text=" ".join(lines), alert=True)
        if action.kind is ButtonKind.CHECK:
            return await self._check(tap, action.mass_cancels)
        asked = _asked(tap, action, button)
        words = asked.command.words if asked.command else None
        named = words.account if words else None
        if named and named != ALL_ACCOUNTS and self._desk.policy.may_use(tap.identity, named):
            lines = self._commands.denial(Denial.ACCOUNT, tap.identity, tap.conversation)
            return TapAnswer(text=" ".join(lines), alert=True)
        if action.kind is ButtonKind.PICK and button.slot is not None:
            await self._clear(button)
        self._desk.tasks.start(self._hear(asked), f"ask {tap.origin}")
        return TapAnswer(text=refusals.on_it(), alert=False, on_card=True)

    async def _check(self, tap: IncomingTap, ids: Sequence[MassCancelId]) -> TapAnswer:
        found = [await self._desk.store.mass_cancel(id_) for id_ in ids]
        records = [record for record in found if record is not None]
        accounts = [record.scope.account for record in records]
        if not records or any(self._desk.policy.may_use(tap.identity, account) for account in accounts):
            return TapAnswer(text=refusals.unknown_button(), alert=True)
        for record in records:
            self._desk.tasks.start(self._check_again(record.id, record), f"check {record.id}")
        return TapAnswer(text=refusals.on_it(), alert=False, on_card=True)

    async def _check_again(self, id_: MassCancelId, record: MassCancel) -> None:
        try:
            await self._checks.on_request(id_, record.conversation)
        except StoreUnavailable as error:
            self._desk.log().error("check not told", mass_cancel=id_, why=error.why)
            lines = refusals.check_failed()
            await self._desk.messenger.shout(record.conversation, card.notice(lines, loud=True))

    async def _clear(self, button: StoredButton) -> None:
        """A pick takes the picker's buttons away."""
        shown = await self._desk.store.message_in(button.slot or "")
        if shown is None or not shown.buttons:
            return
        post = Post(
            kind=PostKind.EDIT,
            conversation=button.conversation,
            message=card.without_buttons(shown),
            slot=button.slot,
        )
        await self._desk.store.record([], lambda _head: [post])
        self._desk.messenger.wake()


def _first_note(desk: Desk, record: MassCancel) -> AuditNote:
    return drill_note(desk, record) if record.drill else attempt_note(desk, record, 1)


def _marked_if(drill: bool, answer: TapAnswer) -> TapAnswer:  # noqa: FBT001 as in `bot.card`
    return replace(answer, text=drills.marked(answer.text)) if drill else answer


def _unwitnessed(record: MassCancel) -> Event:
    if record.drill:
        return cut_off(record)
    return Event(kind=EventKind.NO_RUN, verdict=Verdict(proof=None, not_run=NotRun.NO_WITNESS))


def _answer(record: MassCancel) -> TapAnswer:
    if record.drill:
        return TapAnswer(text=drills.decided(record), alert=False)
    replaced = record.replaced_by
    text = refusals.decided(record.state, record.decided_by, record.decided_at, replaced_by=replaced)
    return TapAnswer(text=text, alert=False)


def _asked(tap: IncomingTap, action: Action, button: StoredButton) -> Incoming:
    """The command behind a button, as if it had been typed now."""
    return Incoming(
        origin=tap.origin,
        identity=tap.identity,
        conversation=button.conversation,
        message=None,
        text="(button)",
        sent_at=None,
        shown_name=tap.shown_name,
        command=action.command,
    )
