"""Who speaks, in which role, and where."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

from bot.model.command import Command, Doubt
from bot.model.scope import AccountName

MemberName = NewType("MemberName", str)
"""A person's key on the allow list (`[members.ann]`)."""


class Platform(StrEnum):
    """Where somebody speaks to us."""

    TELEGRAM = "telegram"
    SLACK = "slack"
    HOST = "host"
    """A shell on the machine: `cancelall now`."""


class Role(StrEnum):
    """What a member may do."""

    VIEWER = "viewer"
    """Reads: `/orders`, `/status`, `/log`."""
    OPERATOR = "operator"
    """Reads, asks and confirms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An immutable id on one platform. Names are never identity: they can be taken over."""

    platform: Platform
    user: str
    """Telegram: the numeric id. Slack: `T…/U…`. Host: the OS user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A person on the allow list."""

    name: MemberName
    role: Role
    identities: tuple[Identity, ...]
    accounts: tuple[AccountName, ...]
    """What this person may touch. None listed: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who did something, as cards and the audit name them."""

    identity: Identity
    name: str
    """A member's name, `host:<os user>`, or the bare id of somebody who is not listed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A chat, topic or channel where a member talks to the bot."""

    platform: Platform
    chat: str
    """Telegram: the chat id. Slack: the channel. Host: the process's own id."""
    thread: str | None
    """Forum topic or Slack thread; answers go back to it."""
    private: bool
    """A chat between one person and the bot."""

    def same_place(self, other: "Conversation") -> bool:
        """Whether both are the same chat. Topics do not count: a tap does not always carry one."""
        return (self.platform, self.chat) == (other.platform, other.chat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One message that is for us, from a real, plain user."""

    origin: str
    """The delivery's own id (`telegram:4711`): the same delivery twice is one command."""
    identity: Identity
    conversation: Conversation
    message: str | None
    """The platform's id of the message, to reply to."""
    text: str
    """The command as typed, without the slash and bot name: `cancelall BTC-USDT buy`."""
    sent_at: datetime | None
    """The platform's time of the message, UTC; None where it tells none (Slack slash commands)."""
    shown_name: str
    """What the platform shows as the person's name; only ever displayed, by `/whoami`."""
    doubt: Doubt | None = None
    """Why it must not be run as it is."""
    called: str = ""
    """With the doubt `OTHER_NAME`: the bot that was named."""
    command: Command | None = None
    """Set where a button asked, not words: the text is then only for the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OddMessage:
    """A message that is for us, and is not a plain new text of a real, plain user."""

    kind: str
    """`edited`, `forwarded`, `via_bot`, `anonymous`, `caption` or `media`."""
    conversation: Conversation
    message: str | None
    """The platform's id of the message, to reply to."""
    sender: Identity | None
    """Who surely sent it; None where the platform hides that."""
    text: str = ""
    """The command that its words would be, to be offered anew; empty where nothing is to be offered."""
    part_of: str | None = None
    """What it came as a part of: of all parts one is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingTap:
    """One press on a button."""

    origin: str
    identity: Identity
    conversation: Conversation
    token: str
    """What the button carried: unguessable, and nothing else."""
    received_at: datetime
    """When we took it in, UTC: taps carry no time of their own on Telegram."""
    shown_name: str
    resumed: bool = False
    """Taken in by a process that is gone: its person may have heard, or concluded, that it was not run."""
