"""Sending and editing, and what Telegram's errors mean for a delivery."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Final

import structlog
from telegram import Bot, InputFile, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.request import BaseRequest

from bot.errors import Remedy, Undelivered
from bot.model import ChatHealth, Message, Platform, Post
from bot.ports import TapAnswer, Way
from handlers.telegram import render
from handlers.telegram.outgoing import Outgoing, forget, last, posted, undelivered
from handlers.telegram.web import through

_FILE: Final = 10.0
"""Seconds a file may take: its message is posted already, and must not be posted again for it."""

_MAX_ANSWER: Final = 200
"""Bot API: characters of the answer to a tap."""

_NO_TOPIC: Final = (
    "message thread not found",
    "message thread is closed",
    "topic_closed",
    "topic_deleted",
    "topic_id_invalid",
    "topic is closed",
)
"""What stands against the forum topic alone: the group may still take it."""


def make_bot(token: str, base_url: str, intake: BaseRequest, way: Way | None = None) -> Bot:
    """A `Bot` that calls `{base_url}/bot<token>/…`, with a pool of its own for polling.

    Args:
        token: the bot's token.
        base_url: such as `https://api.telegram.org`.
        intake: the request object that polls.
        way: how Telegram is reached; None: directly.
    """
    outgoing = Outgoing(
        connection_pool_size=32,
        connect_timeout=5.0,
        read_timeout=10.0,
        write_timeout=10.0,
        pool_timeout=5.0,
        **through(way),
    )
    base = base_url.rstrip("/")
    return Bot(
        token,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=outgoing,
        get_updates_request=intake,
    )


class TelegramChat:
    """`bot.ports.Chat` for Telegram."""

    platform = Platform.TELEGRAM

    def __init__(self, bot: Bot, health: Callable[[], ChatHealth]) -> None:
        self.bot = bot
        """Shared with the intake: one token, one connection pool."""
        self._health = health

    def health(self) -> ChatHealth:
        """How the intake is doing: that is where Telegram falls silent first."""
        return self._health()

    async def send(self, post: Post, tokens: Sequence[str], reply_to: str | None) -> str:
        """Send a message. See `bot.ports.Chat`. Telegram has nothing for one person alone."""
        conversation, message = post.conversation, post.message
        thread = int(conversation.thread) if conversation.thread else None

        async def hand_over(text: str, mode: str | None) -> str:
            """Send it in one parse mode; the message's id."""
            sent = await self.bot.send_message(
                chat_id=int(conversation.chat),
                text=text,
                parse_mode=mode,
                reply_markup=render.keyboard(message, tokens),
                disable_notification=not message.loud,
                message_thread_id=thread,
                reply_parameters=_reply(reply_to),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
            return str(sent.message_id)

        try:
            return await _html_or_plain(message, hand_over)
        except Undelivered as error:
            if thread is None or not any(text in error.why.lower() for text in _NO_TOPIC):
                raise
            return await self.send(replace(post, conversation=replace(conversation, thread=None)), tokens, None)

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Change a message in place. See `bot.ports.Chat`."""
        conversation, message = post.conversation, post.message
        if not message_id.isdecimal():
            raise Undelivered(why="message_id unknown", remedy=Remedy.GIVE_UP)

        async def change(text: str, mode: str | None) -> str:
            """Edit it in one parse mode; the message's id."""
            await self.bot.edit_message_text(
                text,
                chat_id=int(conversation.chat),
                message_id=int(message_id),
                parse_mode=mode,
                reply_markup=render.keyboard(message, tokens),
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
            return message_id

        await _html_or_plain(message, change)

    async def attach(self, post: Post, message_id: str) -> None:
        """Send a message's file after it. See `bot.ports.Chat`."""
        conversation, attachment = post.conversation, post.message.attachment
        if attachment is None:
            return
        forget()
        try:
            async with asyncio.timeout(_FILE):
                await self.bot.send_document(
                    chat_id=int(conversation.chat),
                    document=InputFile(attachment.content.encode(), filename=attachment.name),
                    disable_notification=True,
                    message_thread_id=int(conversation.thread) if conversation.thread else None,
                    reply_parameters=_reply(message_id),
                )
        except TimeoutError:
            raise Undelivered(why="timeout", lost=True) from None
        except Exception as error:  # noqa: BLE001 the library's parsing: the answer itself says what happened
            _unless_posted(error)

    async def answer(self, query: str, answer: TapAnswer) -> bool:
        """Answer a tap, best effort; whether it was taken: a late answer is an error on Telegram."""
        forget()
        try:
            await self.bot.answer_callback_query(query, text=answer.text[:_MAX_ANSWER], show_alert=answer.alert)
        except Exception as error:  # noqa: BLE001 whatever the library raises: it must hurt nobody
            structlog.get_logger().info("tap answer not taken", error=str(error))
            found = last()
            return found is not None and posted(found) is not None
        return True


def _reply(message_id: str | None) -> ReplyParameters | None:
    if message_id is None or not message_id.isdecimal():  # its id may not be known: what says it is what counts
        return None
    return ReplyParameters(message_id=int(message_id), allow_sending_without_reply=True)


async def _html_or_plain(message: Message, call: Callable[[str, str | None], Awaitable[str]]) -> str:
    """Call with HTML; without markup where Telegram does not take it. Other errors become `Undelivered`."""
    try:
        return await _call(call, render.html(message), ParseMode.HTML)
    except Undelivered as error:
        if "parse entities" not in error.why.lower():
            raise
        return await _call(call, render.plain(message), None)


async def _call(call: Callable[[str, str | None], Awaitable[str]], text: str, mode: str | None) -> str:
    forget()
    try:
        return await call(text, mode)
    except Exception as error:  # noqa: BLE001 the library's parsing: the answer itself says what happened
        return _unless_posted(error)


def _unless_posted(error: Exception) -> str:
    """The id of what was posted although the library failed.

    Raises:
        Undelivered: it was not, or nobody knows.
    """
    answer = last()
    if answer is not None and (message := posted(answer)) is not None:
        structlog.get_logger().warning("answer not parsed, and taken as posted", error=type(error).__name__)
        return message
    raise undelivered(answer, error) from None
