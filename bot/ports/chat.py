"""A chat platform, outgoing."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.model import ChatHealth, Conversation, Identity, Message, Platform, Post, Waiting


@dataclass(frozen=True, slots=True, kw_only=True)
class TapAnswer:
    """What the person who tapped sees at once."""

    text: str
    alert: bool
    """Shown as a box to be closed, where the platform has one."""
    on_card: bool = False
    """The card shows it too, at once: a platform without pop-ups need not say it again."""
    said: bool = False
    """A message says it too: should the platform not take this answer, nobody misses it."""


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

    async def attach(self, post: Post, message_id: str) -> None:
        """Send a message's file after it, bounded in time. Raises as `send` does."""
        ...

    def health(self) -> ChatHealth:
        """How it is doing."""
        ...


class Elsewhere(Protocol):
    """Where people are told what a place does not take."""

    def copies(
        self, name: str, post: Post, why: str, down: Collection[Platform], doubtful: Collection[Platform] = ()
    ) -> Sequence[Post]:
        """One copy for each person who must hear it, at the next best place; none where there is no other.

        Args:
            name: what the post is called, such as `result:K7Q2M`; a copy keeps that of its first.
            post: what its place has not taken.
            why: the platform's word for it, or what broke.
            down: the platforms that are in trouble: any other place is better.
            doubtful: those that did not answer in time: another platform is better.
        """
        ...


class Messenger(Protocol):
    """The courier, as the service sees it."""

    def wake(self) -> None:
        """There may be something to deliver."""
        ...

    async def shout(self, conversation: Conversation, message: Message, *hear: Identity) -> bool:
        """Send a message past the outbox, for when the store cannot commit; whether it arrived. Never raises.

        Args:
            conversation: where.
            message: goes without its buttons.
            hear: who must hear it: told elsewhere if the conversation does not take it.
        """
        ...

    def health(self) -> tuple[ChatHealth, ...]:
        """How each chat is doing."""
        ...

    def waiting(self) -> tuple[Waiting, ...]:
        """The results that their places have not taken in time."""
        ...
