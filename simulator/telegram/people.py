"""Who and where: frozen users and chats, and their Bot API shapes."""

from dataclasses import dataclass
from typing import Any, Literal

ANONYMOUS_ADMIN_ID = 1087968824
"""`from.id` of every anonymous group administrator (GroupAnonymousBot). Bot API: Message.from."""
CHANNEL_BOT_ID = 136817688
"""`from.id` of whoever writes in a group in the name of a channel (Channel_Bot)."""
SERVICE_ID = 777000
"""`from.id` of a channel post forwarded automatically into its discussion group (Telegram)."""
SUPERGROUP_CEILING = -1_000_000_000_000
"""Supergroup and channel ids lie below this; ids of basic groups lie between it and 0."""

ChatType = Literal["private", "group", "supergroup", "channel"]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A Bot API `User`."""

    id: int
    first_name: str
    last_name: str = ""
    username: str = ""
    """Without the `@`; usernames can change hands, ids cannot."""
    is_bot: bool = False

    @property
    def name(self) -> str:
        """What stands above their messages."""
        return f"{self.first_name} {self.last_name}".strip()

    def json(self) -> dict[str, Any]:
        """The Bot API object; optional fields are left out when empty, as Telegram does."""
        body: dict[str, Any] = {
            "id": self.id,
            "is_bot": self.is_bot,
            "first_name": self.first_name,
        }
        if self.last_name:
            body["last_name"] = self.last_name
        if self.username:
            body["username"] = self.username
        if not self.is_bot:
            body["language_code"] = "en"
        return body


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """A Bot API `Chat`: a private chat, a basic group, a supergroup or a channel."""

    id: int
    """Private: the user's id. Groups and channels: negative."""
    type: ChatType
    title: str = ""
    """Of groups and channels."""
    first_name: str = ""
    """Of the person, in a private chat; so is `last_name`."""
    last_name: str = ""
    username: str = ""
    is_forum: bool = False
    """A supergroup with topics: messages carry `message_thread_id`."""

    @property
    def name(self) -> str:
        """What stands above the conversation."""
        return self.title or f"{self.first_name} {self.last_name}".strip()

    def json(self) -> dict[str, Any]:
        """The Bot API object; empty fields are left out."""
        body: dict[str, Any] = {"id": self.id, "type": self.type}
        for name in ("title", "first_name", "last_name", "username"):
            if value := getattr(self, name):
                body[name] = value
        if self.is_forum:
            body["is_forum"] = True
        return body


ANONYMOUS_ADMIN = User(id=ANONYMOUS_ADMIN_ID, first_name="Group", username="GroupAnonymousBot", is_bot=True)
"""The stand-in sender of anonymous administrators: many people, one id."""
CHANNEL_BOT = User(id=CHANNEL_BOT_ID, first_name="Channel", username="Channel_Bot", is_bot=True)
"""The stand-in sender of messages written in the name of a channel."""
SERVICE = User(id=SERVICE_ID, first_name="Telegram")
"""The stand-in sender of automatic forwards."""


def private_chat(user: User) -> Chat:
    """The private chat with a person has the person's id."""
    return Chat(
        id=user.id,
        type="private",
        first_name=user.first_name,
        last_name=user.last_name,
        username=user.username,
    )


def group_type(chat_id: int) -> ChatType:
    """Tell a supergroup from a basic group by its id, as Telegram numbers them."""
    return "supergroup" if chat_id < SUPERGROUP_CEILING else "group"
