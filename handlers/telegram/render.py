"""Message -> HTML, plain text, keyboard. Pure.

HTML needs three characters escaped, MarkdownV2 eighteen, `-` and `.` among them: every contract and price would
break it.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from telegram import BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import KeyboardButtonStyle

from bot.command import COMMANDS
from bot.model import Message, Style, Verb

MAX_TEXT: Final = 4096
"""Bot API: characters of a message after its entities are parsed."""

_CUT: Final = "… (cut: too long for one message)"


def plain(message: Message) -> str:
    """The text, cut at a line where it is too long for one message."""
    lines = [message.title]
    room = MAX_TEXT - len(message.title) - len(_CUT) - 2
    for line in message.lines:
        room -= len(line) + 1
        if room < 0:
            lines.append(_CUT)
            break
        lines.append(line)
    return "\n".join(lines)[:MAX_TEXT]


def html(message: Message) -> str:
    """The same with a bold first line. Nothing in it can become markup."""
    title, *rest = plain(message).split("\n")
    return "\n".join([f"<b>{escape(title, quote=False)}</b>", *(escape(line, quote=False) for line in rest)])


def keyboard(message: Message, tokens: Sequence[str]) -> InlineKeyboardMarkup | None:
    """One button a row; each carries its token and nothing else."""
    if not message.buttons:
        return None
    rows = [
        [
            InlineKeyboardButton(
                button.label,
                callback_data=token,
                style=KeyboardButtonStyle.DANGER if button.style is Style.DANGER else None,
            )
        ]
        for button, token in zip(message.buttons, tokens, strict=True)
    ]
    return InlineKeyboardMarkup(rows)


def menu() -> list[BotCommand]:
    """What the phone offers behind `/`. Telegram has a button of its own for `/start`."""
    return [BotCommand(row.verb.value, row.menu) for row in COMMANDS if row.verb is not Verb.START]
