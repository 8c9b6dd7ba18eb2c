"""Everything the simulated Telegram knows: one bot, its chats, the updates it still has to fetch."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from simulator.telegram.chat import Document, Message, Room
from simulator.telegram.errors import ApiError, bad_request, forbidden
from simulator.telegram.people import Chat, User
from simulator.telegram.pulse import Pulse
from simulator.telegram.updates import UpdateQueue

NEVER_STARTED = "bot can't initiate conversation with a user"
"""A bot cannot write first: the person has to write to it, or press Start, before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What `answerCallbackQuery` showed to the one who tapped."""

    text: str
    """0-200 characters; empty only stops the spinner on the button."""
    alert: bool = False
    """A dialog to dismiss instead of a toast that fades."""


@dataclass(slots=True, kw_only=True)
class Query:
    """A tap waiting for its answer."""

    id: str
    asked_at: float
    """Unix seconds, by the simulator's clock."""
    answer: Answer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Where updates are pushed; `url` empty means polling."""

    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error_date: int = 0
    last_error_message: str = ""


@dataclass(slots=True, kw_only=True)
class World:
    """The state behind the methods. People change it directly, the bot through HTTP."""

    bot: User
    clock: Callable[[], float]
    callback_deadline_s: float
    privacy: bool
    updates: UpdateQueue
    pulse: Pulse
    rooms: dict[int, Room] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    commands: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    """Command menus by scope and language, as the bot set them."""
    files: dict[str, Document] = field(default_factory=dict)
    webhook: Webhook = field(default_factory=Webhook)
    _serial: int = 0

    def now(self) -> int:
        """Whole unix seconds, the resolution of every date in the Bot API."""
        return int(self.clock())

    def serial(self) -> int:
        """A number never given out before, for callback and file ids."""
        self._serial += 1
        return self._serial

    def add_room(self, chat: Chat, *, refusal: str = "") -> Room:
        """Open a chat.

        Raises:
            ValueError: there is one with this id already.
        """
        if chat.id in self.rooms:
            raise ValueError(f"there is a chat {chat.id} already")
        self.rooms[chat.id] = Room(chat=chat, refusal=refusal)
        return self.rooms[chat.id]

    def room(self, chat_id: int) -> Room:
        """The chat for a read.

        Raises:
            ApiError: 400 when the bot has never heard of it.
        """
        try:
            return self.rooms[chat_id]
        except KeyError:
            raise bad_request("chat not found") from None

    def writable(self, chat_id: int) -> Room:
        """The chat for a write.

        Raises:
            ApiError: 400 with `migrate_to_chat_id` after an upgrade, 403 when the bot is unwelcome.
        """
        room = self.room(chat_id)
        if room.migrated_to is not None:
            raise ApiError(
                code=400,
                reason="group chat was upgraded to a supergroup chat",
                parameters={"migrate_to_chat_id": room.migrated_to},
            )
        if room.refusal:
            raise forbidden(room.refusal)
        return room

    def show(self, room: Room, message: Message) -> Message:
        """Put a new message or version on screen and wake whoever waits for it."""
        room.put(message)
        self.pulse.beat()
        return message

    def edit(self, room: Room, message: Message, **changes: Any) -> Message:  # noqa: ANN401 - fields
        """Put a new version on screen and count the edit."""
        return self.show(room, replace(message, edits=message.edits + 1, **changes))

    def deliver(self, kind: str, room: Room, message: Message) -> int | None:
        """Queue an update about a message; None when the bot did not ask for this kind."""
        return self.updates.add(kind, room.as_json(message))
