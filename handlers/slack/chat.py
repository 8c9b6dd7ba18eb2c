"""Posting, editing, files, and private answers."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any, Final

import aiohttp
import structlog

from bot.errors import Undelivered
from bot.model import ChatHealth, Conversation, Identity, Message, Platform, Post
from bot.ports import TapAnswer
from handlers.slack import blocks, outgoing, web
from handlers.slack.web import Client

_TIMEOUT: Final = 10
_NO_THREAD: Final = (
    "cannot_reply_to_message",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "thread_not_found",
)
"""What stands against the thread alone: the channel may still take it."""

_MOST_ADDRESSES: Final = 1000
_ANSWERS: Final = 5
"""Slack docs: a response_url works five times, within thirty minutes."""


class SlackChat:
    """`bot.ports.Chat` for Slack."""

    platform = Platform.SLACK

    def __init__(self, client: Client, health: Callable[[], ChatHealth]) -> None:
        self.client = client
        self._health = health
        self._addresses: OrderedDict[tuple[str, str], tuple[str, int]] = OrderedDict()
        self._roots: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._real: OrderedDict[str, str] = OrderedDict()
        """From a person's id, which names the private chat with them where something is posted, to its own id."""

    def health(self) -> ChatHealth:
        """How the intake is doing."""
        return self._health()

    def remember(self, who: Identity, where: Conversation, response_url: str | None) -> None:
        """An address for private answers to this person, also in channels that the bot is not in."""
        if response_url is None:
            return
        self._addresses[where.chat, who.user] = (response_url, _ANSWERS)
        self._addresses.move_to_end((where.chat, who.user))
        while len(self._addresses) > _MOST_ADDRESSES:
            self._addresses.popitem(last=False)

    async def send(self, post: Post, tokens: Sequence[str], reply_to: str | None) -> str:
        """Post a message. See `bot.ports.Chat`."""
        conversation, message = post.conversation, post.message
        if post.only_for is not None:
            return await self._privately(conversation, message, tokens, post.only_for)
        thread = conversation.thread or self._root(conversation.chat, reply_to)
        # What must be heard is shown in the channel, too, and so is what answers somebody who is there.
        broadcast = reply_to is not None and (message.loud or not conversation.thread)
        try:
            posted = await self._post(conversation.chat, message, tokens, thread, broadcast=broadcast)
        except Undelivered as error:
            if thread is None or error.why not in _NO_THREAD:
                raise
            thread = None
            posted = await self._post(conversation.chat, message, tokens, None, broadcast=False)
        ts = str(posted.get("ts") or "")
        if posted.get("channel") not in (None, "", conversation.chat):
            self._real[conversation.chat] = str(posted["channel"])
            while len(self._real) > _MOST_ADDRESSES:
                self._real.popitem(last=False)
        if thread:
            self._roots[conversation.chat, ts] = thread
            while len(self._roots) > _MOST_ADDRESSES:
                self._roots.popitem(last=False)
        return ts

    async def _post(
        self, channel: str, message: Message, tokens: Sequence[str], thread: str | None, *, broadcast: bool
    ) -> dict[str, Any]:
        mention = blocks.mentioned(message)
        return await outgoing.call(
            self.client.chat_postMessage(
                channel=channel,
                text=blocks.fallback(message, mention),
                blocks=blocks.blocks(message, tokens, mention),
                thread_ts=thread,
                reply_broadcast=broadcast or None,
                parse="none",
                link_names=False,
                unfurl_links=False,
                unfurl_media=False,
            )
        )

    def _root(self, channel: str, reply_to: str | None) -> str | None:
        """The first message of the thread that a message of ours stands in: Slack wants no reply named."""
        return self._roots.get((channel, reply_to), reply_to) if reply_to else None

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Change a message in place. See `bot.ports.Chat`."""
        conversation, message = post.conversation, post.message
        mention = blocks.mentioned(message)
        await outgoing.call(
            self.client.chat_update(
                channel=self._real.get(conversation.chat, conversation.chat),
                ts=message_id,
                text=blocks.fallback(message, mention),
                blocks=blocks.blocks(message, tokens, mention),
                parse="none",
                link_names=False,
            )
        )

    async def attach(self, post: Post, message_id: str) -> None:
        """Upload a message's file after it. See `bot.ports.Chat`."""
        conversation, attachment = post.conversation, post.message.attachment
        if attachment is None:
            return
        thread = conversation.thread or self._root(conversation.chat, message_id or None)
        try:
            async with asyncio.timeout(_TIMEOUT):
                await outgoing.call(
                    self.client.files_upload_v2(
                        channel=self._real.get(conversation.chat, conversation.chat),
                        filename=attachment.name,
                        content=attachment.content,
                        thread_ts=thread or None,
                    )
                )
        except TimeoutError:
            raise Undelivered(why="timeout", lost=True) from None

    async def answer(self, who: Identity, where: Conversation, answer: TapAnswer) -> bool:
        """Tell the person who tapped, to them alone; whether they were told.

        What the card itself shows is not said twice.
        """
        if answer.on_card:
            return True
        try:
            await self._privately(where, Message(title=answer.text), (), who)
        except Undelivered as error:
            structlog.get_logger().info("tap answer not taken", why=error.why)
            return False
        return True

    async def _privately(
        self, conversation: Conversation, message: Message, tokens: Sequence[str], who: Identity
    ) -> str:
        """To one person alone: as the bot, or by the address that came with what they did."""
        user = who.user.rpartition("/")[2]
        text, shown = blocks.fallback(message, None), blocks.blocks(message, tokens, None)
        try:
            posted = await outgoing.call(
                self.client.chat_postEphemeral(
                    channel=conversation.chat,
                    user=user,
                    text=text,
                    blocks=shown,
                    thread_ts=conversation.thread,
                    parse="none",
                    link_names=False,
                )
            )
        except Undelivered:
            if await self._by_address(conversation, who, text, shown):
                return ""
            raise
        return str(posted.get("message_ts") or "")

    async def _by_address(
        self, conversation: Conversation, who: Identity, text: str, shown: list[dict[str, Any]]
    ) -> bool:
        """Answer by response_url; False where there is none that still works."""
        url, left = self._addresses.get((conversation.chat, who.user), ("", 0))
        if left <= 0:
            return False
        self._addresses[conversation.chat, who.user] = (url, left - 1)
        body = {"response_type": "ephemeral", "replace_original": False, "text": text, "blocks": shown}
        way = self.client.way
        try:
            async with web.session(way) as session, session.post(url, json=body, **web.through(way)) as answer:
                return answer.status < 400  # noqa: PLR2004 HTTP's line between yes and no
        except (aiohttp.ClientError, TimeoutError):
            return False
