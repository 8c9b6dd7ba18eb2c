"""One update -> what it is to us. Pure: the traps of who is really talking are all in this file.

Only a new message of a real, plain user is a command. In private whatever a person sends is for us; in a group
what names us. Edited and forwarded messages, messages through another bot, in the name of a group or channel, and
what is no text are refused with a sentence; bots, taps on inline messages and what Telegram itself says (somebody
joined, something was pinned) are passed over in silence. (Bot API: Message, CallbackQuery; `sender_chat` is the
truth for anonymous admins.)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from telegram import CallbackQuery, Chat, Message, Update, User
from telegram.constants import MessageAttachmentType

from bot.command import Spoken, hear
from bot.model import Conversation, Doubt, Identity, Incoming, IncomingTap, OddMessage, Platform
from bot.service import Delivery

_OLD_FORWARDS: Final = ("forward_date", "forward_from", "forward_from_chat", "forward_sender_name")
"""How servers before Bot API 7.0 mark a forwarded message."""


_OFFERED: Final = ("edited", "caption")
"""What the person typed, and only in a way that is not taken."""

_SENT_BY_PEOPLE: Final = (
    *(kind.value for kind in MessageAttachmentType if kind.value not in {"successful_payment", "passport_data"}),
    "checklist",
)
"""What a message without text holds that a person sent: everything else without text is Telegram's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A tap, and the query that wants to be answered once."""

    tap: IncomingTap
    query: str


def read(update: Update, delivery: Delivery, names: Sequence[str]) -> Incoming | Tapped | OddMessage | None:
    """What an update is to us; None: nothing.

    Args:
        update: parsed by python-telegram-bot.
        delivery: what it came in.
        names: our own user names, those we had among them, without `@`.
    """
    if update.callback_query is not None:
        return _tap(update.callback_query, delivery)
    message, edited = update.message or update.edited_message, update.message is None
    if message is None or (edited and message.location is not None):
        return None  # a live location is edited every few seconds
    sender = message.from_user
    if sender is not None and sender.is_bot and message.sender_chat is None:
        return None  # never answer a bot: it might answer back
    private = message.chat.type == Chat.PRIVATE
    spoken = _heard(message, names, private=private)
    if spoken is None and not (private and any(getattr(message, kind, None) for kind in _SENT_BY_PEOPLE)):
        return None
    spoken = spoken or Spoken(text="")
    return _odd(message, spoken, edited=edited) or _words(message, spoken, delivery.origin)


def _heard(message: Message, names: Sequence[str], *, private: bool) -> Spoken | None:
    """What its text, or what stands under its picture, says to us."""
    text = message.text or message.caption
    if text is None:
        return None
    answered = message.reply_to_message.from_user if message.reply_to_message else None
    known = {name.lower() for name in names}
    to_us = answered is not None and answered.is_bot and (answered.username or "").lower() in known
    return hear(text, names, private=private, to_us=to_us)


def _odd(message: Message, spoken: Spoken, *, edited: bool) -> OddMessage | None:
    """The first reason why a message is not a plain new text of a real user."""
    sender = message.from_user
    hidden = message.sender_chat is not None
    kind = None
    if hidden:
        kind = "anonymous"
    elif edited:
        kind = "edited"
    elif message.forward_origin is not None or any(key in message.api_kwargs for key in _OLD_FORWARDS):
        kind = "forwarded"
    elif message.via_bot is not None:
        kind = "via_bot"
    elif message.text is None:
        kind = "caption" if message.caption else "media"
    if kind is None:
        return None
    known = None if hidden or sender is None or sender.is_bot else _identity(sender)
    talk = edited and message.chat.type == Chat.PRIVATE and spoken.doubt is Doubt.NO_COMMAND
    return OddMessage(
        kind=kind,
        conversation=_conversation(message),
        message=str(message.message_id),
        sender=known,
        text=spoken.text if kind in _OFFERED else "",
        part_of=message.media_group_id or (f"edit:{message.message_id}" if talk else None),
    )


def _words(message: Message, spoken: Spoken, origin: str) -> Incoming | None:
    sender = message.from_user
    if sender is None or sender.is_bot or message.is_automatic_forward or message.sender_business_bot is not None:
        return None
    return Incoming(
        origin=origin,
        identity=_identity(sender),
        conversation=_conversation(message),
        message=str(message.message_id),
        text=spoken.text,
        doubt=spoken.doubt,
        called=spoken.called,
        sent_at=message.date.astimezone(UTC),
        shown_name=sender.full_name,
    )


def _tap(query: CallbackQuery, delivery: Delivery) -> Tapped | None:
    if query.from_user.is_bot or query.message is None or not query.data:
        return None  # an inline message, a game, or a bot: not a card of ours
    message = query.message
    thread = _thread(message) if isinstance(message, Message) else None
    tap = IncomingTap(
        origin=delivery.origin,
        identity=_identity(query.from_user),
        conversation=_where(message.chat, thread),
        token=query.data,
        received_at=delivery.received_at,
        resumed=delivery.resumed,
        shown_name=query.from_user.full_name,
    )
    return Tapped(tap=tap, query=query.id)


def _identity(user: User) -> Identity:
    return Identity(platform=Platform.TELEGRAM, user=str(user.id))


def _conversation(message: Message) -> Conversation:
    return _where(message.chat, _thread(message))


def _thread(message: Message) -> str | None:
    """The forum topic. Plain groups number reply threads too; those are not topics and cannot be posted to."""
    is_topic = message.is_topic_message and message.message_thread_id is not None
    return str(message.message_thread_id) if is_topic else None


def _where(chat: Chat, thread: str | None) -> Conversation:
    return Conversation(
        platform=Platform.TELEGRAM, chat=str(chat.id), thread=thread, private=chat.type == Chat.PRIVATE
    )
