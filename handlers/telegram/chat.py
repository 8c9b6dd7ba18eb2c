"""Sending and editing, and what Telegram's errors mean for a delivery."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

import structlog
from telegram import Bot, InputFile, LinkPreviewOptions, ReplyParameters
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)
from telegram.request import BaseRequest, HTTPXRequest

from bot.errors import Undelivered
from bot.model import ChatHealth, Conversation, Message, Platform, Post
from bot.ports import TapAnswer, Way
from handlers.telegram import render
from handlers.telegram.web import through

_FILE: Final = 10.0
"""Seconds a file may take: its message is posted already, and must not be posted again for it."""

_MAX_ANSWER: Final = 200
"""Bot API: characters of the answer to a tap."""

_GONE: Final = (
    "chat not found",
    "message to edit not found",
    "message can't be edited",
    "user is deactivated",
    "group chat was deactivated",
)
_NO_TOPIC: Final = ("message thread not found", "topic_closed", "topic_deleted")


def make_bot(token: str, base_url: str, intake: BaseRequest, way: Way | None = None) -> Bot:
    """A `Bot` that calls `{base_url}/bot<token>/…`, with a pool of its own for polling.

    Args:
        token: the bot's token.
        base_url: such as `https://api.telegram.org`.
        intake: the request object that polls.
        way: how Telegram is reached; None: directly.
    """
    outgoing = HTTPXRequest(
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
        """Send a message, its file after it. See `bot.ports.Chat`. Telegram has nothing for one person alone."""
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
            sent = await _html_or_plain(message, hand_over)
        except Undelivered as error:
            if thread is None or not any(text in error.why.lower() for text in _NO_TOPIC):
                raise
            return await self.send(replace(post, conversation=replace(conversation, thread=None)), tokens, None)
        if message.attachment is not None:
            await self._attach(conversation, message, sent)
        return sent

    async def edit(self, post: Post, tokens: Sequence[str], message_id: str) -> None:
        """Change a message in place. See `bot.ports.Chat`."""
        conversation, message = post.conversation, post.message

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

        await _html_or_plain(message, change, edit=True)

    async def answer(self, query: str, answer: TapAnswer) -> None:
        """Answer a tap, best effort: a late answer is an error on Telegram and must hurt nobody."""
        try:
            await self.bot.answer_callback_query(query, text=answer.text[:_MAX_ANSWER], show_alert=answer.alert)
        except TelegramError as error:
            structlog.get_logger().info("tap answer not taken", error=str(error))

    async def _attach(self, conversation: Conversation, message: Message, sent: str) -> None:
        """The file goes after its message. If it is lost, the message still stands, and the log says so."""
        if message.attachment is None:
            return
        try:
            async with asyncio.timeout(_FILE):
                await self.bot.send_document(
                    chat_id=int(conversation.chat),
                    document=InputFile(message.attachment.content.encode(), filename=message.attachment.name),
                    disable_notification=True,
                    message_thread_id=int(conversation.thread) if conversation.thread else None,
                    reply_parameters=_reply(sent),
                )
        except (TelegramError, TimeoutError) as error:
            structlog.get_logger().warning("file not delivered", name=message.attachment.name, error=str(error))


def _reply(message_id: str | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id=int(message_id), allow_sending_without_reply=True)


async def _html_or_plain(
    message: Message, call: Callable[[str, str | None], Awaitable[str]], *, edit: bool = False
) -> str:
    """Call with HTML; without markup where Telegram does not take it. Other errors become `Undelivered`."""
    try:
        try:
            return await call(render.html(message), ParseMode.HTML)
        except BadRequest as error:
            if "parse entities" not in str(error).lower():
                raise
            return await call(render.plain(message), None)
    except TelegramError as error:
        if "message is not modified" in str(error).lower():
            return ""  # it says already what it should
        raise _undelivered(error, edit=edit) from None


def _undelivered(error: TelegramError, *, edit: bool) -> Undelivered:
    """What an error of Telegram means for a delivery. A refused edit is given up: results wait behind it."""
    match error:
        case RetryAfter():
            wait = error.retry_after
            seconds = wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
            return Undelivered(why="too many requests", retry_after=seconds)
        case ChatMigrated():
            return Undelivered(why="group moved", moved_to=str(error.new_chat_id))
        case Forbidden():
            return Undelivered(why=f"forbidden: {error}", final=True)
        case InvalidToken():
            return Undelivered(why="the bot token is not accepted")
        case BadRequest():
            final = edit or any(text in str(error).lower() for text in _GONE)
            return Undelivered(why=str(error), final=final, refused=True)
        case _:
            return Undelivered(why=type(error).__name__)
