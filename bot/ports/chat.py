"""A chat platform, outgoing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.model import ChatHealth, Conversation, Message, Platform, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class TapAnswer:
    """What the person who tapped sees at once."""

    text: str
    alert: bool
    """Shown as a box to be closed, where the platform has one."""
    on_card: bool = False
    """The card shows it too, at once: a platform without pop-ups need not say it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a webhook answers to its caller."""

    status: int
    """HTTP."""
    body: bytes = b""
    content_type: str = "text/plain"


class Chat(Protocol):
    """One chat platform, outgoing."""

    @property
    def platform(self) -> Platform:
        """Which one."""
        ...

    async def send(self, post: Post, tokens: Sequence[str], reply_to: str | None) -> str:
        """Send a message, one token a button; returns the platform's id of it.

        Args:
            post: what, where, and whether for one person alone.
            tokens: what its buttons carry.
            reply_to: the platform's id of the message it answers.

        Raises:
            Undelivered: it was not taken, or the answer was lost.
        """
        ...

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Change a message in place. Raises as `send` does."""
        ...

    def health(self) -> ChatHealth:
        """How it is doing."""
        ...


class Messenger(Protocol):
    """The courier, as the service sees it."""

    def wake(self) -> None:
        """There may be something to deliver."""
        ...

    async def shout(self, conversation: Conversation, message: Message) -> bool:
        """Send a message past the outbox, for when the store cannot commit; whether it arrived. Never raises."""
        ...

    def health(self) -> tuple[ChatHealth, ...]:
        """How each chat is doing."""
        ...
