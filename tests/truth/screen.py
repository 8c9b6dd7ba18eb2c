"""The chat: what people see, and what they type and tap. It outlives the bot's processes."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from bot.model import ChatHealth, Conversation, Identity, Message, Platform, Post

DESK: Final = Conversation(platform=Platform.TELEGRAM, chat="-1002234567890", thread=None, private=False)
ANN: Final = Identity(platform=Platform.TELEGRAM, user="11")
BO: Final = Identity(platform=Platform.TELEGRAM, user="12")


@dataclass(slots=True, kw_only=True)
class Shown:
    """One message as it stands now."""

    id: str
    at: float
    reply_to: str | None
    message: Message
    tokens: tuple[str, ...]
    edited: list[tuple[float, Message]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that can be read, but the buttons."""
        return "\n".join([self.message.title, *self.message.lines])

    def token(self, label: str) -> str | None:
        """What the first button with such a beginning carries; one that ends with dots opens another card."""
        pairs = zip(self.message.buttons, self.tokens, strict=True)
        named = ((button.label, token) for button, token in pairs if button.label.startswith(label))
        return next((token for said, token in named if not said.endswith("…")), None)


class Screen:
    """One chat."""

    def __init__(self) -> None:
        self.messages: list[Shown] = []
        self.on_event: Callable[[str], None] = lambda _what: None
        self._changed = asyncio.Event()

    def show(self, post: Post, tokens: Sequence[str], reply_to: str | None, now: float) -> str:
        """A new message."""
        id_ = str(len(self.messages) + 1)
        shown = Shown(id=id_, at=now, reply_to=reply_to, message=post.message, tokens=tuple(tokens))
        self.messages.append(shown)
        self._tell(f"shown {id_}: {shown.text!r}")
        return id_

    def change(self, id_: str, message: Message, tokens: Sequence[str], now: float) -> None:
        """An edit."""
        shown = self.messages[int(id_) - 1]
        shown.edited.append((now, shown.message))
        shown.message, shown.tokens = message, tuple(tokens)
        self._tell(f"edited {id_}: {shown.text!r} {[button.label for button in message.buttons]}")

    def _tell(self, what: str) -> None:
        self.on_event(what)
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, found: Callable[[Shown], object], seconds: float) -> Shown | None:
        """The newest message of which something is true; None if it does not come in time."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    fits = [one for one in self.messages if found(one)]
                    if fits:
                        return fits[-1]
                    await self._changed.wait()
        except TimeoutError:
            return None


class Chat:
    """`bot.ports.Chat` for one process."""

    platform = Platform.TELEGRAM

    def __init__(self, screen: Screen, delay: Callable[[], float]) -> None:
        self.dead = False
        self._screen = screen
        self._delay = delay

    async def send(self, post: Post, tokens: Sequence[str], reply_to: str | None) -> str:
        """Show a message."""
        await self._way()
        id_ = self._screen.show(post, tokens, reply_to, asyncio.get_running_loop().time())
        await self._way()
        return id_

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Change one."""
        await self._way()
        self._screen.change(message_id, post.message, tokens, asyncio.get_running_loop().time())
        await self._way()

    async def attach(self, post: Post, message_id: str) -> None:
        """Files are no part of the story."""

    async def _way(self) -> None:
        await asyncio.sleep(self._delay())
        if self.dead:
            raise asyncio.CancelledError

    def health(self) -> ChatHealth:
        """Always well."""
        return ChatHealth(platform=Platform.TELEGRAM, last_good=datetime.now(UTC), trouble=None)
