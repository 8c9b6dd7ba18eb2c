"""What is on screen in one chat now: edits applied, deleted messages gone."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.telegram.keyboard import Button, Rows, rows
from simulator.telegram.people import Chat, User
from simulator.telegram.text import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file under a message."""

    file_name: str
    content: bytes
    file_id: str
    mime_type: str = "application/octet-stream"

    def json(self) -> dict[str, Any]:
        """The Bot API `Document`."""
        return {
            "file_id": self.file_id,
            "file_unique_id": f"u{self.file_id}",
            "file_name": self.file_name,
            "mime_type": self.mime_type,
            "file_size": len(self.content),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as it stands now. A later edit makes a new value; this one stays as it was seen."""

    id: int
    """`message_id`: counts from 1 in each chat, so equal ids in two chats are two messages."""
    chat: Chat
    sender: User
    date: int
    """Unix seconds."""
    text: str = ""
    """Plain text after parsing; the caption, if `media` is set."""
    html: str = ""
    """What the bot sent, before parsing; equals `text` for what people type."""
    entities: tuple[Entity, ...] = ()
    markup: Mapping[str, Any] = field(default_factory=dict)
    """`reply_markup` as the bot sent it; empty for no buttons."""
    reply_to: int | None = None
    """`message_id` of the message it answers."""
    thread: int | None = None
    """`message_thread_id` of its forum topic."""
    silent: bool = False
    """Sent with `disable_notification`: no sound on the phone."""
    protected: bool = False
    """Sent with `protect_content`: cannot be forwarded or saved."""
    by_bot: bool = False
    """Written by the bot under test, not by a person or another bot."""
    edits: int = 0
    """How often it was edited."""
    edit_date: int = 0
    """Unix seconds of the last edit of its text; 0 if never."""
    documents: tuple[Document, ...] = ()
    media: Mapping[str, Any] = field(default_factory=dict)
    """`photo` and the like, as in the Bot API; then `text` is the caption."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further Bot API fields: `sender_chat`, `forward_origin`, `via_bot`, service messages."""
    reactions: tuple[str, ...] = ()
    """Emoji the bot put under it."""

    @property
    def rows(self) -> Rows:
        """Buttons, row by row."""
        return rows(self.markup)

    @property
    def buttons(self) -> tuple[Button, ...]:
        """All buttons from top to bottom, rows flattened: (label, data, style) each."""
        return tuple(button for row in self.rows for button in row)

    @property
    def labels(self) -> tuple[str, ...]:
        """The words on the buttons from top to bottom."""
        return tuple(button.label for button in self.buttons)

    def json(self, reply: "Message | None" = None) -> dict[str, Any]:
        """The Bot API `Message`; `reply` is shown one level deep, as Telegram does."""
        body: dict[str, Any] = {
            "message_id": self.id,
            "chat": self.chat.json(),
            "date": self.date,
            **self._words(),
            **self.media,
            **self.extra,
        }
        if self.chat.type != "channel":
            body["from"] = self.sender.json()
        if self.edit_date:
            body["edit_date"] = self.edit_date
        if self.thread is not None:
            body |= {"message_thread_id": self.thread, "is_topic_message": True}
        if reply is not None:
            body["reply_to_message"] = reply.json()
        if self.documents:
            body["document"] = self.documents[0].json()
        if self.rows:
            body["reply_markup"] = dict(self.markup)
        if self.protected:
            body["has_protected_content"] = True
        return body

    def _words(self) -> dict[str, Any]:
        if not self.text:
            return {}
        key = "caption" if self.media or self.documents else "text"
        body: dict[str, Any] = {key: self.text}
        if self.entities:
            listed = [entity.json() for entity in self.entities]
            body["entities" if key == "text" else "caption_entities"] = listed
        return body


@dataclass(slots=True, kw_only=True)
class Room:
    """One chat with its messages, and how the bot stands in it."""

    chat: Chat
    refusal: str = ""
    """Why the bot may not write here (text of the 403); empty when it may."""
    migrated_to: int | None = None
    """The supergroup's id, once the basic group was upgraded."""
    topics: dict[int, str] = field(default_factory=dict)
    """`message_thread_id` to name; General (id 1) is never addressed by id."""
    _messages: dict[int, Message] = field(default_factory=dict)
    _last_id: int = 0

    @property
    def id(self) -> int:
        """The chat id."""
        return self.chat.id

    def next_id(self) -> int:
        """The id of the next message; never reused, also not after a deletion."""
        self._last_id += 1
        return self._last_id

    def put(self, message: Message) -> Message:
        """Show a new message, or a new version of one."""
        self._messages[message.id] = message
        return message

    def find(self, message_id: int) -> Message | None:
        """The message as it stands, or None when it never was or is deleted."""
        return self._messages.get(message_id)

    def remove(self, message_id: int) -> None:
        """Take a message off the screen."""
        self._messages.pop(message_id, None)

    def messages(self) -> tuple[Message, ...]:
        """What is on screen, oldest first."""
        return tuple(self._messages[key] for key in sorted(self._messages))

    def as_json(self, message: Message) -> dict[str, Any]:
        """The Bot API `Message` with the message it answers, if that is still there.

        In a forum topic a message that answers nothing still carries `reply_to_message`: the notice that opened
        the topic. The open Bot API server calls it the implicit reply.
        """
        target = message.reply_to or message.thread
        return message.json(None if target is None or target == message.id else self.find(target))
