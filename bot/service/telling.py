"""Who hears of a step, and where: the card's edit, the result, and its copy."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot import card
from bot.mass_cancel import Effect, Step
from bot.model import (
    Conversation,
    EventKind,
    Identity,
    MassCancel,
    MassCancelId,
    Matter,
    Message,
    Platform,
    Post,
    PostKind,
    State,
)
from bot.policy import Policy
from bot.ports import Keys
from bot.service.elsewhere import copy_name
from bot.words import reports


def card_slot(id_: MassCancelId) -> str:
    """The name under which a card can be edited and replied to; it goes by `MassCancel.card_id`."""
    return f"card:{id_}"


def people_of(record: MassCancel) -> tuple[Identity, ...]:
    """Who must hear of a mass cancel: who asked, and who confirmed."""
    decided = (record.decided_by.identity,) if record.decided_by else ()
    return tuple(dict.fromkeys((record.asked_by.identity, *decided)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """Makes the posts of a step. It reads lists and names, and changes nothing."""

    policy: Policy
    keys: Keys

    def posts(self, before: MassCancel, taken: Step, log_head: str, on_card: tuple[MassCancel, ...]) -> list[Post]:
        """What people must be told.

        Args:
            before: the mass cancel before its step.
            taken: the step.
            log_head: the audit head's first hex digits.
            on_card: every mass cancel of the card as it is after the step.
        """
        posts: list[Post] = []
        if Effect.RESULT in taken.effects:
            posts += self._results(before, taken.after, log_head, on_card)
        elif taken.event.kind is EventKind.LAPSE and any(one.verdict is not None for one in on_card):
            # The process died between two entries of the emergency journal: the rest of the card was never sent.
            posts += self._together(taken.after, log_head, on_card)
        if Effect.SHOW in taken.effects or Effect.RESULT in taken.effects:
            posts.append(self._show(taken, on_card))
        return posts

    def shown(self, on_card: Sequence[MassCancel], *, late: bool = False) -> Message:
        """The card as it is to be shown now.

        Args:
            on_card: every mass cancel of it.
            late: only a preview has arrived: labels may change, no button may be added.
        """
        if len(on_card) > 1:
            tails = {one.scope.account: self.keys.tail(one.scope.account) for one in on_card}
            return card.group_card(on_card, tails)
        record, tail = on_card[0], self.keys.tail(on_card[0].scope.account)
        return card.edited_card(record, tail) if late else card.card(record, tail)

    def _show(self, taken: Step, on_card: tuple[MassCancel, ...]) -> Post:
        record = taken.after
        late = taken.event.kind is EventKind.PREVIEW and record.state is State.PENDING
        message, slot = self.shown(on_card, late=late), card_slot(record.card_id)
        return Post(kind=PostKind.EDIT, conversation=record.conversation, message=message, slot=slot)

    def _results(
        self, before: MassCancel, record: MassCancel, log_head: str, on_card: tuple[MassCancel, ...]
    ) -> list[Post]:
        """The outcome: of several on one card once all are known, and later of each that becomes known."""
        # One that is PENDING beside it was sent without the log and is not in it yet, or was never sent:
        # nobody knows when more can be said.
        alone = len(on_card) == 1 or any(one.state is State.PENDING for one in on_card)
        if alone or before.verdict is not None:
            wake = self._identities(record.asked_by.identity)
            return self._result(record, card.result(record, log_head, notify=wake), f"result:{record.id}")
        return self._together(record, log_head, on_card)

    def _together(self, record: MassCancel, log_head: str, on_card: tuple[MassCancel, ...]) -> list[Post]:
        """One result of all, where nothing of the card is under way any more."""
        if any(_is_under_way(one) for one in on_card):
            return []
        wake = self._identities(record.asked_by.identity)
        message = card.group_result(on_card, log_head, notify=wake)
        return self._result(record, message, f"result:{record.card_id}")

    def _result(self, record: MassCancel, message: Message, slot: str) -> list[Post]:
        here = Post(
            kind=PostKind.SEND,
            conversation=record.conversation,
            message=message,
            slot=slot,
            reply_to=card_slot(record.card_id),
            matter=Matter.RESULT,
            hear=people_of(record),
        )
        group = self.first_group(record.conversation.platform)
        if not record.conversation.private or group is None:
            return [here]
        where = reports.SHELL if record.conversation.platform is Platform.HOST else reports.PRIVATE
        copy, name = card.copied(message, where), copy_name(slot, group)
        return [here, Post(kind=PostKind.SEND, conversation=group, message=copy, slot=name)]

    def _identities(self, who: Identity) -> tuple[Identity, ...]:
        """Every id of the member behind one of them: from the list, never from input."""
        member = self.policy.member(who)
        return member.identities if member else ()

    def first_group(self, like: Platform) -> Conversation | None:
        """The first listed group or channel of a platform, or else of any: where private results are copied to."""
        listed = sorted(self.policy.chats, key=lambda chat: chat[0] is not like)  # stable: their order stays
        for platform, chat in listed:
            return Conversation(platform=platform, chat=chat, thread=None, private=False)
        return None


def _is_under_way(record: MassCancel) -> bool:
    """Whether its outcome is still to come."""
    return record.state is State.EXECUTING or (record.state is State.UNKNOWN and record.verdict is None)
