"""What a chat shows: platform-neutral, plain text; the adapters escape it and lay it out."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.command import Command
from bot.model.delivery import Matter
from bot.model.people import Conversation, Identity
from bot.model.record import MassCancelId


class Style(StrEnum):
    """How a button may look. Colour never carries the meaning alone."""

    DANGER = "danger"
    PLAIN = "plain"


class ButtonKind(StrEnum):
    """What a button does."""

    CONFIRM = "confirm"
    """Fires; one-time."""
    KEEP = "keep"
    """Ends the card; one-time."""
    PICK = "pick"
    """Asks with one word more, and takes the picker's buttons away."""
    ASK = "ask"
    """Asks anew: opens a new card, or lists."""
    CHECK = "check"
    """Reads the exchange again for one mass cancel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """The facts behind a button. They stay with us: the button itself carries a token."""

    kind: ButtonKind
    mass_cancels: tuple[MassCancelId, ...] = ()
    """With `CONFIRM`, `KEEP` and `CHECK`."""
    command: Command | None = None
    """With `PICK` and `ASK`."""
    expires_at: datetime | None = None
    """None: as long as the message stands."""
    drill: bool = False
    """It stands on a message of a drill, and leads to nothing but a drill or a read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One button, one row."""

    label: str
    action: Action
    style: Style = Style.PLAIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A small text file that goes with a message."""

    name: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A first line that works alone on a lock screen, then short lines, then buttons."""

    title: str
    lines: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    attachment: Attachment | None = None
    loud: bool = False
    """Notifies. Everything else arrives silently."""
    notify: tuple[Identity, ...] = ()
    """Whom to name so that they are woken, on platforms where that takes a mention. From the member list only."""


class PostKind(StrEnum):
    """What the courier does with a post."""

    SEND = "send"
    EDIT = "edit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One thing people must be told: a row of the outbox."""

    kind: PostKind
    conversation: Conversation
    message: Message
    slot: str | None = None
    """SEND: the name under which this message can be edited or replied to. EDIT: which message."""
    reply_to: str | None = None
    """A slot, or `message:<id>` for a message that is not ours."""
    only_for: Identity | None = None
    """Shown to this person alone, on platforms that can."""
    matter: Matter = Matter.NOTICE
    """How hard we try."""
    hear: tuple[Identity, ...] = ()
    """Who must hear it: told elsewhere if its conversation does not take it in time."""
    again: Command | None = None
    """What asks for it anew: a card that its conversation does not take is not carried elsewhere, but offered."""
    copy_of: str | None = None
    """With `COPY`: the name of what it is a copy of."""
    tried: tuple[Conversation, ...] = ()
    """With `COPY`: the places that did not take it."""
