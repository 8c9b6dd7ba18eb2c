"""The tap: looked up, authorised again, settled locally, answered once. The request never waits for the answer."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

from bot import card
from bot.errors import StoreUnavailable
from bot.model import (
    ALL_ACCOUNTS,
    Action,
    ButtonKind,
    Conversation,
    Event,
    EventKind,
    Identity,
    Incoming,
    IncomingTap,
    MassCancel,
    MassCancelId,
    Post,
    PostKind,
    State,
    Verb,
)
from bot.policy import Denial
from bot.ports import StoredButton, TapAnswer
from bot.service.checks import Checks
from bot.service.commands import Commands
from bot.service.confirming import Confirming, answer_of, drills_marked
from bot.service.degraded import TOO_OLD
from bot.service.desk import Desk, under_card
from bot.service.once import Once
from bot.words import refusals

Hear = Callable[[Incoming], Coroutine[Any, Any, None]]


class Taps:
    """Settles taps."""

    def __init__(self, desk: Desk, commands: Commands, confirming: Confirming, checks: Checks, hear: Hear) -> None:
        """Build them; `hear` answers a command and never raises."""
        self._desk = desk
        self._hear = hear
        self._commands = commands
        self._confirming = confirming
        self._checks = checks
        self._logged = Once()

    async def tap(self, tap: IncomingTap) -> TapAnswer:
        """Settle one tap; what is returned is shown to the person who tapped."""
        known = self._confirming.knows(tap)
        left = None if known is None else self._confirming.patience(tap)
        try:
            async with asyncio.timeout(left):
                return await self._stored(tap, known)
        except (StoreUnavailable, TimeoutError) as error:
            self._desk.log().error("tap not settled by the store", why=repr(error))
        answer = await self._confirming.without_store(tap)
        if known is not None:
            self._confirming.disown(known.action)
        if answer is not None:
            return answer
        drill = self.on_drill(tap)
        said = card.marked_if(drill, card.notice(refusals.store_down(), loud=True))
        await self._desk.messenger.shout(tap.conversation, said, tap.identity)
        down = TapAnswer(text=" ".join(refusals.store_down()), alert=True, said=True)
        return drills_marked(down) if drill else down

    def on_drill(self, tap: IncomingTap) -> bool:
        """Whether it is on a drill's live confirm button, from memory."""
        known = self._confirming.knows(tap)
        return known is not None and known.action.drill

    async def _stored(self, tap: IncomingTap, known: StoredButton | None) -> TapAnswer:
        tapped = self._desk.clock.monotonic()
        button = known or await self._desk.store.button(tap.token, self._desk.clock.now())
        if button is None:
            return TapAnswer(text=refusals.unknown_button(), alert=True)
        decides = button.action.kind in (ButtonKind.CONFIRM, ButtonKind.KEEP)
        answer = await (self._decide(tap, button.action, tapped) if decides else self._ask(tap, button))
        return drills_marked(answer) if button.action.drill else answer

    async def _decide(self, tap: IncomingTap, action: Action, tapped: float) -> TapAnswer:
        """Confirm or keep, all of a card's mass cancels at once."""
        records = await self._on_card(action)
        if len(records) < len(action.mass_cancels) or any(one.drill is not action.drill for one in records):
            return TapAnswer(text=refusals.unknown_button(), alert=True)
        if denial := self._desk.policy.may_confirm(tap.identity, tap.conversation, *records):
            return await self._denied(tap, records, denial)
        late = self._confirming.age(tap)
        if any(one.state is State.PENDING for one in records) and (tap.resumed or late > TOO_OLD):
            return await self._too_late(tap, records[0], late)
        kind = EventKind.CONFIRM if action.kind is ButtonKind.CONFIRM else EventKind.KEEP
        event = Event(kind=kind, by=self._desk.policy.actor(tap.identity))
        return await self._confirming.settle(records[0], event, tapped - late.total_seconds())

    async def _on_card(self, action: Action) -> list[MassCancel]:
        """A card's mass cancels, from memory if they are there: the commit compares them with the store's."""
        remembered, store = self._desk.mirror.mass_cancel, self._desk.store.mass_cancel
        found = [remembered(id_) or await store(id_) for id_ in action.mass_cancels]
        return [record for record in found if record is not None]

    async def _too_late(self, tap: IncomingTap, record: MassCancel, late: timedelta) -> TapAnswer:
        """A tap that waited through a restart does nothing; its pop-up may be gone, so a message says it, too."""
        fresh = await self._desk.store.mass_cancel(record.id)  # nothing is committed, so nothing else compares
        if fresh is not None and fresh.state is not State.PENDING:
            return answer_of(fresh)
        text = refusals.stale_tap(late)
        said = card.marked_if(record.drill, card.notice((text,), loud=True))
        await self._desk.say(under_card(record.card_id, record.conversation, said, tap.identity))
        return TapAnswer(text=text, alert=True, said=True)

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
        if denial is None and not _is_for(button, tap):
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
            again = self._check_again(record.id, tap.conversation, tap.identity)
            self._desk.tasks.start(again, f"check {record.id}")
        return TapAnswer(text=refusals.on_it(), alert=False, on_card=True)

    async def _check_again(self, id_: MassCancelId, conversation: Conversation, who: Identity) -> None:
        try:
            await self._checks.on_request(id_, conversation, who)
        except StoreUnavailable as error:
            self._desk.log().error("check not told", mass_cancel=id_, why=error.why)
            lines = refusals.check_failed()
            await self._desk.messenger.shout(conversation, card.notice(lines, loud=True), who)

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


def _is_for(button: StoredButton, tap: IncomingTap) -> bool:
    """Whether a button that reads was shown where it was tapped.

    A private chat may be named by its person or by itself; either way nobody else sees what stands there.
    """
    shown, tapped = button.conversation, tap.conversation
    return shown.same_place(tapped) or (shown.private and tapped.private and shown.platform is tapped.platform)


def _asked(tap: IncomingTap, action: Action, button: StoredButton) -> Incoming:
    """The command behind a button, as if it had been typed now."""
    return Incoming(
        origin=tap.origin,
        identity=tap.identity,
        # The button's own has the topic, which a tap may lack; but a private chat may be named in two ways.
        conversation=tap.conversation if tap.conversation.private else button.conversation,
        message=None,
        text="(button)",
        sent_at=None,
        shown_name=tap.shown_name,
        command=action.command,
    )
