"""What everybody in the service works with: the ports, the policy, and the few moves that all make."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from bot import card
from bot.errors import Conflict, Refused
from bot.mass_cancel import Effect, Step, step
from bot.model import (
    Conversation,
    Event,
    EventKind,
    Identity,
    Incoming,
    MassCancel,
    MassCancelId,
    Message,
    NotRun,
    Platform,
    Post,
    PostKind,
    State,
)
from bot.policy import Policy
from bot.ports import AuditNote, Clock, Exchange, Ids, Journal, Keys, Messenger, Mirror, Store, Transition
from bot.service.contracts import Contracts
from bot.service.licences import Licences
from bot.service.tasks import Tasks

_ATTEMPTS: Final = 5
"""How often a compare-and-set is tried again with fresh eyes."""


def card_slot(id_: MassCancelId) -> str:
    """The name under which the card of a mass cancel can be edited and replied to."""
    return f"card:{id_}"


def answer_to(incoming: Incoming, message: Message, *, slot: str | None = None, privately: bool = False) -> Post:
    """A message that answers a command, where it was given.

    Args:
        incoming: the command.
        message: the answer.
        slot: the name under which it can be edited.
        privately: for the person who asked alone, on platforms that can: refusals are nobody else's business.
    """
    return Post(
        kind=PostKind.SEND,
        conversation=incoming.conversation,
        message=message,
        slot=slot,
        reply_to=f"message:{incoming.message}" if incoming.message else None,
        only_for=incoming.identity if privately else None,
    )


def under_card(id_: MassCancelId, conversation: Conversation, message: Message) -> Post:
    """A message that answers a card."""
    return Post(kind=PostKind.SEND, conversation=conversation, message=message, reply_to=card_slot(id_))


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
    card_seconds: int
    """How long a card can be confirmed, in seconds."""
    started_at: datetime

    async def take(self, record: MassCancel, event: Event, notes: Sequence[AuditNote] = ()) -> Step:
        """Commit one event: the step, its audit rows and what people must be told, all or nothing.

        Somebody else may be first: then the event is tried on what is there now.

        Raises:
            Refused: the event is not possible in the state that is there now; nothing was changed.
            StoreUnavailable: nothing was committed.
        """
        async with self.licences.settling(record.id):
            for _ in range(_ATTEMPTS):
                if self._is_fired(record, event):
                    raise Refused(state=State.EXECUTING, event=event.kind)
                taken = step(record, event, self.clock.now())
                try:
                    await self.store.commit([self._transition(record, taken, notes)])
                except Conflict:
                    fresh = await self.store.mass_cancel(record.id)
                    record = fresh if fresh is not None else record
                    continue
                self.messenger.wake()
                return taken
        raise Conflict(mass_cancel=record.id)

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

    def _transition(self, record: MassCancel, taken: Step, notes: Sequence[AuditNote]) -> Transition:
        # A confirmation that came too late fires nothing, so nothing may be noted as tried.
        kept = tuple(notes) if Effect.FIRE in taken.effects or taken.event.kind is not EventKind.LAPSE else ()
        return Transition(
            before=record,
            after=taken.after,
            event=taken.event,
            notes=kept,
            posts=lambda head: self.posts(taken, head),
        )

    def posts(self, taken: Step, log_head: str) -> list[Post]:
        """What people must be told after a step."""
        posts: list[Post] = []
        if Effect.RESULT in taken.effects:
            posts += self._result(taken.after, log_head)
        if Effect.SHOW in taken.effects or Effect.RESULT in taken.effects:
            posts.append(self._show(taken))
        return posts

    def _show(self, taken: Step) -> Post:
        record, tail = taken.after, self.keys.tail(taken.after.scope.account)
        late = taken.event.kind is EventKind.PREVIEW and record.state is State.PENDING
        shown = card.edited_card(record, tail) if late else card.card(record, tail)
        return Post(kind=PostKind.EDIT, conversation=record.conversation, message=shown, slot=card_slot(record.id))

    def _result(self, record: MassCancel, log_head: str) -> list[Post]:
        message = card.result(record, log_head, notify=self._identities(record.asked_by.identity))
        here = Post(
            kind=PostKind.SEND,
            conversation=record.conversation,
            message=message,
            slot=f"result:{record.id}",
            reply_to=card_slot(record.id),
            otherwise=self.other_places(record),
        )
        group = self.first_group(record.conversation.platform)
        if not record.conversation.private or group is None:
            return [here]
        where = "a shell on the host" if record.conversation.platform is Platform.HOST else "a private chat"
        return [here, Post(kind=PostKind.SEND, conversation=group, message=card.copied(message, where))]

    def _identities(self, who: Identity) -> tuple[Identity, ...]:
        """Every id of the member behind one of them: from the list, never from input."""
        member = self.policy.member(who)
        return member.identities if member else ()

    def other_places(self, record: MassCancel) -> tuple[Conversation, ...]:
        """Where a result goes if the card's conversation is gone: the group, then who asked and who confirmed."""
        group = self.first_group(record.conversation.platform)
        people = (record.asked_by, *((record.decided_by,) if record.decided_by else ()))
        ids = [identity for person in people for identity in self._identities(person.identity)]
        private = [
            # A private chat can be named by its person's id (Bot API: Chat; Slack: chat.postMessage).
            Conversation(platform=id_.platform, chat=id_.user.rpartition("/")[2], thread=None, private=True)
            for id_ in dict.fromkeys(ids)
            if id_.platform is not Platform.HOST
        ]
        return (*((group,) if group else ()), *private)

    def first_group(self, like: Platform) -> Conversation | None:
        """The first listed group or channel of a platform, or else of any: where private results are copied to."""
        listed = sorted(self.policy.chats, key=lambda chat: chat[0] is not like)  # stable: their order stays
        for platform, chat in listed:
            return Conversation(platform=platform, chat=chat, thread=None, private=False)
        return None

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
