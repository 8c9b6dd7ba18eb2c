"""What everybody in the service works with: the ports, the policy, and the few moves that all make."""

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot import card
from bot.errors import Conflict, Refused
from bot.mass_cancel import Effect, Step, step
from bot.model import (
    Command,
    Conversation,
    Event,
    EventKind,
    Identity,
    Incoming,
    MassCancel,
    MassCancelId,
    Matter,
    Message,
    NotRun,
    Post,
    PostKind,
    State,
    Verb,
)
from bot.policy import Policy
from bot.ports import (
    AuditNote,
    Clock,
    Exchange,
    Ids,
    InboxRow,
    Journal,
    Keys,
    Messenger,
    Mirror,
    Store,
    Transition,
)
from bot.service.contracts import Contracts
from bot.service.licences import Licences
from bot.service.rush import Rush
from bot.service.tasks import Tasks
from bot.service.telling import Telling, card_slot

_ATTEMPTS: Final = 5
"""How often a compare-and-set is tried again with fresh eyes."""


def is_drill(incoming: Incoming) -> bool:
    """Whether a command asks for a drill, understood or not."""
    if incoming.command is not None:
        return incoming.command.verb is Verb.DRILL
    return incoming.text.lower().split(maxsplit=1)[:1] == [Verb.DRILL.value]


def in_private(where: Conversation, message: str | None) -> bool:
    """Whether something was written to the bot itself, where nobody else reads: what is told there may stay there.

    Slack's slash commands leave no message: they may have been given between two people.
    """
    return where.private and message is not None


def answer_to(
    incoming: Incoming,
    message: Message,
    *,
    slot: str | None = None,
    privately: bool = False,
    again: Command | None = None,
) -> Post:
    """A message that answers a command, where it was given.

    Args:
        incoming: the command.
        message: the answer.
        slot: the name under which it can be edited.
        privately: for the person who asked alone, on platforms that can: refusals are nobody else's business.
        again: what asks for it anew, where the answer belongs to its conversation and cannot be carried elsewhere.
    """
    return Post(
        kind=PostKind.SEND,
        conversation=incoming.conversation,
        message=card.marked_if(is_drill(incoming), message),
        slot=slot,
        reply_to=f"message:{incoming.message}" if incoming.message else None,
        only_for=incoming.identity
        if privately and not in_private(incoming.conversation, incoming.message)
        else None,
        matter=Matter.ANSWER,
        hear=(incoming.identity,),
        again=again,
    )


def under_card(
    id_: MassCancelId,
    conversation: Conversation,
    message: Message,
    *hear: Identity,
    matter: Matter = Matter.ANSWER,
) -> Post:
    """A message that answers a card, for the people who must hear it."""
    return Post(
        kind=PostKind.SEND,
        conversation=conversation,
        message=message,
        reply_to=card_slot(id_),
        matter=matter,
        hear=hear,
    )


NotesOf = Callable[[MassCancel], Sequence[AuditNote]]
"""From one mass cancel of a card to the audit rows that go with its step."""


def no_notes(_record: MassCancel) -> Sequence[AuditNote]:
    """Nothing to note besides the step itself."""
    return ()


def _nothing(_head: str, _on_card: tuple[MassCancel, ...]) -> Sequence[Post]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The working place of the service."""

    policy: Policy
    exchange: Exchange
    contracts: Contracts
    store: Store
    mirror: Mirror
    journal: Journal
    licences: Licences
    keys: Keys
    clock: Clock
    ids: Ids
    messenger: Messenger
    tasks: Tasks
    rush: Rush
    card_seconds: int
    """How long a card can be confirmed, in seconds."""
    started_at: datetime
    lost_lines: Callable[[], int] = lambda: 0
    """How many lines of the log could not be written since the start."""

    async def take(self, record: MassCancel, event: Event, notes: Sequence[AuditNote] = ()) -> Step:
        """Commit one event: the step, its audit rows and what people must be told, all or nothing.

        Somebody else may be first: then the event is tried on what is there now.

        Raises:
            Refused: the event is not possible in the state that is there now; nothing was changed.
            StoreUnavailable: nothing was committed.
        """
        (taken,) = await self._take([record], event, lambda _one: notes)
        return taken

    async def take_card(
        self, card_of: MassCancel, event: Event, notes: NotesOf = no_notes, by: InboxRow | None = None
    ) -> tuple[Step, ...]:
        """The same for every mass cancel of a card at once: what is tapped, kept, replaced or expires is the card.

        Those that refuse are left as they are: after a tap without the log some may be ahead of others.

        Args:
            card_of: one of them.
            event: what happened to the card.
            notes: from each of them to its audit rows.
            by: the delivery that sets it off, where it is to be taken in with it.

        Raises:
            Refused: all of them refuse; nothing was changed.
            KnownDelivery: `by` was taken in before; nothing was changed.
            StoreUnavailable: nothing was committed.
        """
        return await self._take(await self.on_card(card_of), event, notes, by)

    async def on_card(self, record: MassCancel) -> tuple[MassCancel, ...]:
        """Every mass cancel of a card as it is now, in the card's order."""
        if not record.card:
            return (record,)
        found = [await self.store.mass_cancel(id_) for id_ in record.card]
        return tuple(one for one in found if one is not None)

    def untold_beside(self, record: MassCancel) -> tuple[MassCancel, ...]:
        """The others of its card whose outcome is known and would be told together with its own; from memory."""
        others = (self.mirror.mass_cancel(id_) for id_ in record.card if id_ != record.id)
        return tuple(one for one in others if one is not None and one.verdict is not None)

    async def _take(
        self, records: Sequence[MassCancel], event: Event, notes: NotesOf, by: InboxRow | None = None
    ) -> tuple[Step, ...]:
        async with AsyncExitStack() as locks:
            for id_ in sorted(record.id for record in records):  # in one order, so that no two wait for each other
                await locks.enter_async_context(self.licences.settling(id_))
            for _ in range(_ATTEMPTS):
                steps = self._possible(records, event)
                try:
                    await self.store.commit(self._transitions(steps, notes), by)
                except Conflict:
                    fresh = [await self.store.mass_cancel(record.id) for record in records]
                    records = [new or old for new, old in zip(fresh, records, strict=True)]
                    continue
                self.messenger.wake()
                return tuple(taken for _, taken in steps)
        raise Conflict(mass_cancel=records[0].id)

    def _possible(self, records: Sequence[MassCancel], event: Event) -> list[tuple[MassCancel, Step]]:
        """The steps that can be taken now. Raises Refused where none can."""
        now = self.clock.now()
        steps: list[tuple[MassCancel, Step]] = []
        refused: Refused | None = None
        for record in records:
            try:
                steps.append((record, self._step(record, event, now)))
            except Refused as error:
                refused = error
        if refused is not None and not steps:
            raise refused
        return steps

    def _step(self, record: MassCancel, event: Event, now: datetime) -> Step:
        if self._is_fired(record, event):
            raise Refused(state=State.EXECUTING, event=event.kind)
        return step(record, event, now)

    def _transitions(self, steps: Sequence[tuple[MassCancel, Step]], notes: NotesOf) -> list[Transition]:
        """What changes together; the first of them carries what people are told of all."""
        return [
            self._transition(record, taken, notes(record), tells=number == 0)
            for number, (record, taken) in enumerate(steps)
        ]

    def _is_fired(self, record: MassCancel, event: Event) -> bool:
        """Whether its request was sent on the emergency journal's word, which the record does not show yet."""
        if record.state is State.PENDING:
            return bool(self.journal.entries(record.id))
        unheard = event.verdict is not None and event.verdict.not_run is NotRun.NO_WITNESS
        return unheard and self.licences.fired(record.id) is not None

    async def replay(
        self, record: MassCancel, happened: Sequence[tuple[Event, datetime]], notes: Sequence[AuditNote]
    ) -> MassCancel:
        """Commit what happened while the store could not, all or nothing; the record after it.

        Args:
            record: as the store has it.
            happened: the events and their times, oldest first.
            notes: what else the audit must say, after the first of them.

        Raises:
            Conflict: somebody else changed the record meanwhile.
            Refused: the first event is not possible in the record's state.
            StoreUnavailable: nothing was committed.
        """
        transitions: list[Transition] = []
        for event, at in happened:
            taken = step(record, event, at)
            transitions.append(self._transition(record, taken, notes if not transitions else ()))
            record = taken.after
        await self.store.commit(transitions)
        self.messenger.wake()
        return record

    def _transition(
        self, record: MassCancel, taken: Step, notes: Sequence[AuditNote], *, tells: bool = True
    ) -> Transition:
        # A confirmation that came too late fires nothing, so nothing may be noted as tried.
        kept = tuple(notes) if Effect.FIRE in taken.effects or taken.event.kind is not EventKind.LAPSE else ()
        return Transition(
            before=record,
            after=taken.after,
            event=taken.event,
            notes=kept,
            posts=(lambda head, on_card: self.posts(record, taken, head, on_card)) if tells else _nothing,
        )

    def posts(self, before: MassCancel, taken: Step, log_head: str, on_card: tuple[MassCancel, ...]) -> list[Post]:
        """What people must be told after a step; see `Telling`."""
        return self.telling.posts(before, taken, log_head, on_card)

    @property
    def telling(self) -> Telling:
        """Who hears of what, and where."""
        return Telling(policy=self.policy, keys=self.keys)

    def note(
        self, event: str, who: Identity | None, record: MassCancelId | None = None, *facts: tuple[str, str]
    ) -> AuditNote:
        """A row for the audit chain."""
        return AuditNote(event=event, actor=self._named(who), mass_cancel=record, facts=facts)

    def _named(self, who: Identity | None) -> str:
        """A member's name with the id that stands for it; the bare id of anybody else."""
        if who is None:
            return "bot"
        id_ = f"{who.platform}:{who.user}"
        member = self.policy.member(who)
        return id_ if member is None or member.name == id_ else f"{member.name} {id_}"

    async def say(self, post: Post, notes: Sequence[AuditNote] = ()) -> None:
        """Tell people something, through the outbox, with what is to be noted of it."""
        await self.store.record(notes, lambda _head: [post])
        self.messenger.wake()

    def log(self) -> structlog.stdlib.BoundLogger:
        """The structured log."""
        logger: structlog.stdlib.BoundLogger = structlog.get_logger()
        return logger
