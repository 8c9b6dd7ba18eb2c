"""One update -> what it is to us. Pure: the traps of who is really talking are all in this file.

Only a new message of a real, plain user is a command. Edited and forwarded messages, messages through another bot,
and messages in the name of a group or channel are refused with a sentence; bots and taps on inline messages are
passed over in silence. (Bot API: Message, CallbackQuery; `sender_chat` is the truth for anonymous admins.)
"""

from dataclasses import dataclass
from datetime import UTC
from typing import Final

from telegram import CallbackQuery, Chat, Message, Update, User

from bot.command import addressed
from bot.model import Conversation, Identity, Incoming, IncomingTap, Platform
from bot.service import Delivery

_OLD_FORWARDS: Final = ("forward_date", "forward_from", "forward_from_chat", "forward_sender_name")
"""How servers before Bot API 7.0 mark a forwarded message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """A command that is not a plain new message of a real user."""

    kind: str
    """`edited`, `forwarded`, `via_bot` or `anonymous`."""
    conversation: Conversation
    message: str
    sender: Identity | None
    """None where the platform hides who it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tapped:
    """A tap, and the query that wants to be answered once."""

    tap: IncomingTap
    query: str


def read(update: Update, delivery: Delivery, bot_name: str) -> Incoming | Tapped | Odd | None:
    """What an update is to us; None: nothing.

    Args:
        update: parsed by python-telegram-bot.
        delivery: what it came in.
        bot_name: our own user name, without `@`.
    """
    if update.callback_query is not None:
        return _tap(update.callback_query, delivery)
    message = update.message or update.edited_message
    if message is None or message.text is None:
        return None
    sender = message.from_user
    if sender is not None and sender.is_bot and message.sender_chat is None:
        return None  # never answer a bot: it might answer back
    text = addressed(message.text, bot_name, private=message.chat.type == Chat.PRIVATE)
    if text is None:
        return None
    return _odd(message, edited=update.message is None) or _words(message, text, delivery.origin)


def _odd(message: Message, *, edited: bool) -> Odd | None:
    """The first reason why a message is not a plain new one of a real user."""
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
    if kind is None:
        return None
    known = None if hidden or sender is None or sender.is_bot else _identity(sender)
    return Odd(kind=kind, conversation=_conversation(message), message=str(message.message_id), sender=known)


def _words(message: Message, text: str, origin: str) -> Incoming | None:
    sender = message.from_user
    if sender is None or sender.is_bot or message.is_automatic_forward or message.sender_business_bot is not None:
        return None
    return Incoming(
        origin=origin,
        identity=_identity(sender),
        conversation=_conversation(message),
        message=str(message.message_id),
        text=text,
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
