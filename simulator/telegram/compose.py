"""What a person's message looks like to the bot, and whether the bot gets to see it at all."""

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from simulator.telegram.chat import Message, Room
from simulator.telegram.people import ANONYMOUS_ADMIN, CHANNEL_BOT, SERVICE, Chat, User
from simulator.telegram.text import Entity, found_in
from simulator.telegram.world import World

FORWARD_AGE_S = 60
"""How old the original of a forwarded message is, in seconds."""
PHOTO: Mapping[str, Any] = {
    "photo": [{"file_id": "photo-1", "file_unique_id": "up1", "width": 90, "height": 90, "file_size": 900}]
}
"""A picture nobody looks at."""


class Place(Protocol):
    """Anything that has a chat id: a `Group`, a `Person` (their private chat), a `Chat`."""

    @property
    def id(self) -> int:
        """The chat id."""


Where = int | Place
"""Any way to name a chat."""


class How(TypedDict, total=False):
    """The ways a message can reach the bot that are not "a person typed it just now"."""

    thread: int | None
    """`message_thread_id` of a forum topic."""
    date: float
    """Unix seconds shown on the message, instead of now."""
    reply_to: int
    """`message_id` it answers."""
    edits: int
    """`message_id` of the writer's earlier message that is edited into this text."""
    forwarded_from: User
    """The author of the forwarded original."""
    via_bot: User
    """The inline bot that produced it."""
    anonymous: bool
    """Written by an administrator in the name of the group: `from` is GroupAnonymousBot."""
    as_channel: Place
    """Written in the name of a channel: `from` is Channel_Bot."""
    auto_forward: Place
    """A post of the linked channel, forwarded automatically: `from` is Telegram (777000)."""
    photo: bool
    """A picture; the text, if any, is its caption."""
    media: Mapping[str, Any]
    """Anything else that is no text, as in the Bot API: `{"sticker": …}`; the text, if any, is its caption."""
    extra: Mapping[str, Any]
    """Any other Bot API fields of the message, as they are: `sender_business_bot`, `guest_query_id`, …"""


def chat_id(where: Where) -> int:
    """The id of a chat, however it was named."""
    return where if isinstance(where, int) else where.id


def compose(world: World, room: Room, writer: User, text: str, how: How) -> Message:
    """The message as Telegram stores it.

    Raises:
        LookupError: no such topic in this chat.
    """
    thread = how.get("thread")
    if thread is not None and thread not in room.topics:
        raise LookupError(f"no topic {thread} in chat {room.id}")
    return Message(
        id=room.next_id(),
        chat=room.chat,
        sender=_sender(writer, how),
        date=int(how.get("date", world.clock())),
        text=text,
        html=text,
        entities=found_in(text),
        reply_to=how.get("reply_to"),
        thread=thread,
        media=PHOTO if how.get("photo") else how.get("media", {}),
        extra=_origin(world, room, how),
    )


def hears(world: World, room: Room, message: Message) -> bool:
    """Whether the bot is told: not where it was thrown out, and in groups not everything.

    Bot features, "Privacy mode": in a group a bot gets commands meant for it, replies to it and mentions of it.
    """
    if room.refusal:
        return False
    if not world.privacy or room.chat.type in {"private", "channel"}:
        return True
    answered = None if message.reply_to is None else room.find(message.reply_to)
    if answered is not None and answered.by_bot:
        return True
    return any(_meant(world.bot, message.text, entity) for entity in message.entities)


def _sender(writer: User, how: How) -> User:
    if how.get("anonymous"):
        return ANONYMOUS_ADMIN
    if "as_channel" in how:
        return CHANNEL_BOT
    return SERVICE if "auto_forward" in how else writer


def _origin(world: World, room: Room, how: How) -> dict[str, Any]:
    extra = dict(how.get("extra", {}))
    if how.get("anonymous") or room.chat.type == "channel":
        extra["sender_chat"] = room.chat.json()
    if "as_channel" in how:
        extra["sender_chat"] = _chat(world, how["as_channel"]).json()
    if "via_bot" in how:
        extra["via_bot"] = how["via_bot"].json()
    if "forwarded_from" in how:
        author, date = how["forwarded_from"].json(), world.now() - FORWARD_AGE_S
        origin: dict[str, Any] = {"type": "user", "sender_user": author, "date": date}
        extra |= {"forward_origin": origin, "forward_from": author, "forward_date": date}
    if "auto_forward" in how:
        channel = _chat(world, how["auto_forward"]).json()
        origin = {"type": "channel", "chat": channel, "message_id": 1, "date": world.now()}
        extra |= {"sender_chat": channel, "forward_origin": origin, "is_automatic_forward": True}
    return extra


def _chat(world: World, place: Place) -> Chat:
    return world.rooms[place.id].chat


def _meant(bot: User, text: str, entity: Entity) -> bool:
    units = text.encode("utf-16-le")
    words = units[2 * entity.offset : 2 * (entity.offset + entity.length)].decode("utf-16-le")
    _, at, name = words.partition("@")
    return not at or name.lower() == bot.username.lower()
