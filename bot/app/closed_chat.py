"""A chat that cannot be used here: what is to be told in it waits, and `/status` elsewhere says why."""

from collections.abc import Sequence
from typing import Final

from bot.errors import Remedy, Undelivered
from bot.model import ChatHealth, Platform, Post

_CLOSED: Final = "this chat cannot be used: see /status"


class ClosedChat:
    """`bot.ports.Chat` without a chat."""

    def __init__(self, platform: Platform, why: str) -> None:
        self.platform = platform
        """Which one it would be."""
        self._why = why

    async def send(self, post: Post, tokens: Sequence[str], reply_to: str | None) -> str:
        """Nothing is sent; it is tried again later, and after the next start."""
        del post, tokens, reply_to
        raise Undelivered(why=_CLOSED, remedy=Remedy.PLATFORM)

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Nothing is changed."""
        del post, tokens, message_id
        raise Undelivered(why=_CLOSED, remedy=Remedy.PLATFORM)

    async def attach(self, post: Post, message_id: str) -> None:
        """Nothing is sent."""
        del post, message_id
        raise Undelivered(why=_CLOSED, remedy=Remedy.PLATFORM)

    def health(self) -> ChatHealth:
        """Why it cannot be used."""
        return ChatHealth(platform=self.platform, last_good=None, trouble=self._why)
