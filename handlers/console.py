"""A shell on the host as a chat: cards and results are printed, buttons are kept for whoever reads the keys."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.model import Attachment, ButtonKind, ChatHealth, Message, Platform, Post


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """One message as it was printed, with the tokens of its buttons."""

    message: Message
    tokens: tuple[str, ...]

    def token(self, kind: ButtonKind) -> str | None:
        """The token of the first button of a kind."""
        for button, token in zip(self.message.buttons, self.tokens, strict=True):
            if button.action.kind is kind:
                return token
        return None


class ConsoleChat:
    """`bot.ports.Chat` for one terminal."""

    platform = Platform.HOST

    def __init__(self, write: Callable[[str], None], save: Callable[[Attachment], str]) -> None:
        """Build one.

        Args:
            write: takes the text of a message, lines parted by newlines.
            save: keeps a message's file and returns where it is.
        """
        self._write = write
        self._save = save
        self._count = 0
        self._titles: dict[str, str] = {}
        self.printed: asyncio.Queue[Printed] = asyncio.Queue()

    def health(self) -> ChatHealth:
        """A terminal is always there."""
        return ChatHealth(platform=Platform.HOST, last_good=None, trouble=None)

    async def send(self, post: Post, tokens: Sequence[str], reply_to: str | None) -> str:
        """Print a message. Where it belongs and what it answers is plain on a terminal."""
        del reply_to
        message = post.message
        self._count += 1
        self._write("\n".join((message.title, *message.lines)))
        if message.attachment is not None:
            self._write(f"All of them: {self._save(message.attachment)}")
        self._titles[str(self._count)] = message.title
        self.printed.put_nowait(Printed(message=message, tokens=tuple(tokens)))
        return str(self._count)

    async def attach(self, post: Post, message_id: str) -> None:
        """Its file was kept and named as the message was printed."""

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Print what has changed: of a card that is its last facts, and its title where the count came late.

        A card that has lost its buttons is not shown again: how it ended is told by its own message, or to whoever
        answered it.
        """
        message = post.message
        if not tokens:
            return
        title = () if message.title == self._titles.get(message_id) else (message.title,)
        self._titles[message_id] = message.title
        self._write("\n".join((*title, *message.lines[-2:])))
        self.printed.put_nowait(Printed(message=message, tokens=tuple(tokens)))
