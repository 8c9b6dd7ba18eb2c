"""Who may ask and who may confirm. Deny by default, by immutable ids; once for the command, again for the tap."""

from dataclasses import dataclass
from enum import StrEnum

from bot.model import (
    AccountName,
    Actor,
    Conversation,
    Identity,
    MassCancel,
    Member,
    MemberName,
    Platform,
    Role,
    Verb,
)

_READ_VERBS = frozenset({Verb.ORDERS, Verb.STATUS, Verb.LOG})
OPEN_VERBS = frozenset({Verb.WHOAMI, Verb.START, Verb.HELP})
"""What does nothing to anybody, and so is answered to strangers in private and however late it comes."""


class Denial(StrEnum):
    """Why not."""

    NOT_LISTED = "not_listed"
    """The person is on no list."""
    CHAT_NOT_LISTED = "chat_not_listed"
    """The person is listed, the chat is not."""
    VIEWER = "viewer"
    """The person may only read."""
    ACCOUNT = "account"
    """The person may not touch this account, or it does not exist: which of the two is nobody's business."""
    ELSEWHERE = "elsewhere"
    """The card is in another conversation."""
    ASKER_ONLY = "asker_only"
    """Only the person who asked may confirm here."""


class Confirm(StrEnum):
    """Who may confirm a card."""

    OPERATOR = "operator"
    """Any operator who may use the account."""
    ASKER = "asker"
    """Only the person who asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The allow list."""

    members: tuple[Member, ...]
    accounts: tuple[AccountName, ...]
    """Every configured account."""
    chats: tuple[tuple[Platform, str], ...]
    """Listed groups and channels, in the order of the configuration. Members' private chats need no listing."""
    confirm: Confirm

    def member(self, identity: Identity) -> Member | None:
        """The one member with this id. Somebody with a shell on the host is an operator of every account."""
        if identity.platform is Platform.HOST:
            name = MemberName(f"host:{identity.user}")
            return Member(name=name, role=Role.OPERATOR, identities=(identity,), accounts=self.accounts)
        found = [member for member in self.members if identity in member.identities]
        return found[0] if len(found) == 1 else None  # two members with one id: neither

    def actor(self, identity: Identity) -> Actor:
        """How cards and the audit name this person."""
        member = self.member(identity)
        return Actor(identity=identity, name=member.name if member else identity.user)

    def chat_listed(self, conversation: Conversation) -> bool:
        """Whether the bot works in this conversation for its members."""
        if conversation.private or conversation.platform is Platform.HOST:
            return True
        return (conversation.platform, conversation.chat) in self.chats

    def may_ask(self, verb: Verb, identity: Identity, conversation: Conversation) -> Denial | None:
        """Whether this person may give this command here, before its words are looked at."""
        member = self.member(identity)
        if verb in OPEN_VERBS and (conversation.private or member):
            return None
        if member is None:
            return Denial.NOT_LISTED
        if not self.chat_listed(conversation):
            return Denial.CHAT_NOT_LISTED
        if verb not in _READ_VERBS and member.role is not Role.OPERATOR:
            return Denial.VIEWER
        return None

    def may_use(self, identity: Identity, account: AccountName) -> Denial | None:
        """Whether this person may touch this account."""
        member = self.member(identity)
        allowed = member is not None and account in member.accounts and account in self.accounts
        return None if allowed else Denial.ACCOUNT

    def may_confirm(
        self, identity: Identity, conversation: Conversation, first: MassCancel, *others: MassCancel
    ) -> Denial | None:
        """Whether this person may confirm or keep this card, tapping here: all that is on it, or nothing."""
        for mass_cancel in (first, *others):
            if not mass_cancel.conversation.same_place(conversation):
                return Denial.ELSEWHERE
            if denial := self.may_ask(Verb.CANCELALL, identity, conversation):
                return denial
            if denial := self.may_use(identity, mass_cancel.scope.account):
                return denial
            asker = self.member(mass_cancel.asked_by.identity)
            if self.confirm is Confirm.ASKER and asker != self.member(identity):
                return Denial.ASKER_ONLY
        return None

    def confirmers(self, first: MassCancel, *others: MassCancel) -> tuple[str, ...]:
        """The names of those who may confirm a card, the asker first; they may use every account on it."""
        asker = first.asked_by.name
        if self.confirm is Confirm.ASKER:
            return (asker,)
        needed = {one.scope.account for one in (first, *others)}
        more = sorted(
            member.name
            for member in self.members
            if member.role is Role.OPERATOR
            and needed <= set(member.accounts)
            and any(
                i.platform is first.conversation.platform and self.member(i) == member for i in member.identities
            )
            and member.name != asker
        )
        return (asker, *more)
