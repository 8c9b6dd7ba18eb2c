"""People who are on no list and write in private: each is told their id now and then, and all together not often.

What is said to a stranger is worth no row, so it goes past the outbox, once. Only what answers a slash command in
somebody's direct messages goes through it: nothing else finds the way there.
"""

from collections import deque
from typing import Final

from bot import card
from bot.model import Conversation, Identity, Post, PostKind
from bot.policy import Denial
from bot.service.desk import Desk, in_private
from bot.service.once import Once
from bot.words import refusals

_HOUR: Final = 3600.0
_MOST: Final = 20
"""Strangers that are told within an hour."""


class Strangers:
    """Tells them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told = Once()
        self._times: deque[float] = deque()

    async def tell(self, who: Identity, where: Conversation, message: str | None) -> None:
        """Tell somebody who is not listed their id, at most once an hour each; `message` is what they wrote."""
        now = self._desk.clock.monotonic()
        while self._times and now - self._times[0] >= _HOUR:
            self._times.popleft()
        if len(self._times) >= _MOST or not self._told.first(who, now, _HOUR):
            return
        self._times.append(now)
        chats = [chat for platform, chat in self._desk.policy.chats if platform is where.platform]
        lines = refusals.denial(Denial.NOT_LISTED, who=who, where=where, chats=chats)
        said = card.notice(lines)
        if in_private(where, message):
            await self._desk.messenger.shout(where, said)
        else:
            await self._desk.say(Post(kind=PostKind.SEND, conversation=where, message=said, only_for=who))
