"""Posting, editing, private answers, and what Slack's errors mean for a delivery."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.errors import Undelivered
from bot.model import Attachment, ChatHealth, Conversation, Identity, Message, Platform, Post
from bot.ports import TapAnswer
from bot.words import chats
from handlers.slack import blocks, web
from handlers.slack.web import Client

_TIMEOUT: Final = 10
_GONE: Final = frozenset(
    {
        "channel_not_found",
        "is_archived",
        "message_not_found",
        "cant_update_message",
        "not_in_channel",
        "user_not_found",
    }
)
_NOT_OURS: Final = frozenset({"not_in_channel", "channel_not_found"})
_MOST_ADDRESSES: Final = 1000
_ANSWERS: Final = 5
"""Slack docs: a response_url works five times, within thirty minutes."""


class SlackChat:
    """`bot.ports.Chat` for Slack."""

    platform = Platform.SLACK

    def __init__(self, client: Client, health: Callable[[], ChatHealth], channels: Sequence[str] = ()) -> None:
        """Build one; `channels` are those that are listed, to name where the bot is not in one."""
        self.client = client
        self._health = health
        self._channels = channels
        self._addresses: OrderedDict[tuple[str, str], tuple[str, int]] = OrderedDict()
        self._roots: OrderedDict[tuple[str, str], str] = OrderedDict()

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
        """Post a message, its file after it. See `bot.ports.Chat`."""
        conversation, message = post.conversation, post.message
        if post.only_for is not None:
            return await self._privately(conversation, message, tokens, post.only_for)
        thread = conversation.thread or self._root(conversation.chat, reply_to)
        # What must be heard is shown in the channel, too, and so is what answers somebody who is there.
        broadcast = reply_to is not None and (message.loud or not conversation.thread)
        try:
            posted = await self._post(conversation.chat, message, tokens, thread, broadcast=broadcast)
        except Undelivered as error:
            if error.why in _NOT_OURS:
                await self._not_in(conversation, message)
            raise
        ts = str(posted.get("ts") or "")
        if thread:
            self._roots[conversation.chat, ts] = thread
            while len(self._roots) > _MOST_ADDRESSES:
                self._roots.popitem(last=False)
        if message.attachment is not None:
            await self._attach(conversation, message.attachment, thread or ts)
        return ts

    async def _post(
        self, channel: str, message: Message, tokens: Sequence[str], thread: str | None, *, broadcast: bool
    ) -> Any:  # noqa: ANN401 the SDK's answer is a mapping of anything
        mention = blocks.mentioned(message)
        return await _call(
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

    async def _not_in(self, conversation: Conversation, message: Message) -> None:
        """The bot is not in this channel: whoever did something there last hears it, by the address of that."""
        last = next((user for chat, user in reversed(self._addresses) if chat == conversation.chat), None)
        if last is None:
            return
        if not message.notify:  # a card or a list: that nothing can be done here is all there is to say
            title, *lines = chats.not_in_channel(self._channels)
            message = Message(title=title, lines=tuple(lines))
        bare = replace(message, buttons=())
        who = Identity(platform=Platform.SLACK, user=last)
        await self._by_address(conversation, who, blocks.fallback(bare, None), blocks.blocks(bare, (), None))

    def _root(self, channel: str, reply_to: str | None) -> str | None:
        """The first message of the thread that a message of ours stands in: Slack wants no reply named."""
        return self._roots.get((channel, reply_to), reply_to) if reply_to else None

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Change a message in place. See `bot.ports.Chat`."""
        conversation, message = post.conversation, post.message
        mention = blocks.mentioned(message)
        await _call(
            self.client.chat_update(
                channel=conversation.chat,
                ts=message_id,
                text=blocks.fallback(message, mention),
                blocks=blocks.blocks(message, tokens, mention),
                parse="none",
                link_names=False,
            )
        )

    async def answer(self, who: Identity, where: Conversation, answer: TapAnswer) -> None:
        """Tell the person who tapped, to them alone, best effort; what the card itself shows is not said twice."""
        if answer.on_card:
            return
        try:
            await self._privately(where, Message(title=answer.text), (), who)
        except Undelivered as error:
            structlog.get_logger().info("tap answer not taken", why=error.why)

    async def _privately(
        self, conversation: Conversation, message: Message, tokens: Sequence[str], who: Identity
    ) -> str:
        """To one person alone: as the bot, or by the address that came with what they did."""
        user = who.user.rpartition("/")[2]
        text, shown = blocks.fallback(message, None), blocks.blocks(message, tokens, None)
        try:
            posted = await _call(
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
        except Undelivered as error:
            if await self._by_address(conversation, who, text, shown):
                return ""
            # What is for one person alone must never hold up what is for all.
            final = error.refused or error.final
            raise Undelivered(why=error.why, retry_after=error.retry_after, final=final) from None
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

    async def _attach(self, conversation: Conversation, attachment: Attachment, thread: str) -> None:
        """The file goes after its message. If it is lost, the message still stands, and the log says so."""
        try:
            async with asyncio.timeout(_TIMEOUT):
                await self.client.files_upload_v2(
                    channel=conversation.chat,
                    filename=attachment.name,
                    content=attachment.content,
                    thread_ts=thread,
                )
        except Exception as error:  # noqa: BLE001 whatever the SDK raises: the message is posted, never again
            structlog.get_logger().warning("file not delivered", name=attachment.name, error=type(error).__name__)


async def _call(work: Awaitable[Any]) -> Any:  # noqa: ANN401 the SDK's answer is a mapping of anything
    """Await a Web API call; what goes wrong becomes `Undelivered`."""
    try:
        return await work
    except SlackApiError as error:
        raise _undelivered(error) from None
    except SlackClientError as error:
        raise Undelivered(why=type(error).__name__) from None
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise Undelivered(why=type(error).__name__) from None
    except ValueError as error:  # not JSON
        raise Undelivered(why=f"unreadable answer ({type(error).__name__})") from None


def _undelivered(error: SlackApiError) -> Undelivered:
    """What an error of Slack means for a delivery."""
    response: Any = error.response
    status = getattr(response, "status_code", 0)
    headers = getattr(response, "headers", {}) or {}
    data = getattr(response, "data", {})
    why = str(data.get("error")) if isinstance(data, dict) and data.get("error") else f"http {status}"
    if status == 429 or why == "ratelimited":  # noqa: PLR2004 HTTP's "too many requests"
        wait = next((value for key, value in headers.items() if str(key).lower() == "retry-after"), None)
        return Undelivered(why="too many requests", retry_after=_seconds(wait))
    return Undelivered(why=why, final=why in _GONE, refused=isinstance(data, dict) and status < 500)  # noqa: PLR2004 HTTP


def _seconds(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None
