"""Inline keyboards: checked as Telegram checks them, kept as a person sees them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from simulator.telegram.errors import bad_request

DATA_BYTES = range(1, 65)
"""Bot API, InlineKeyboardButton.callback_data: "1-64 bytes"."""
STYLES = frozenset({"danger", "success", "primary"})
"""Bot API 9.4, InlineKeyboardButton.style."""
MOST_BUTTONS = 100
"""Buttons under one message; the Bot API answers `reply markup is too long` beyond it."""


class Button(NamedTuple):
    """A button as a person sees it."""

    label: str
    data: str | None
    """`callback_data`; None for a link or copy button, which never reaches the bot."""
    style: str | None
    """`danger`, `success`, `primary`, or None for the app's own colour."""


Rows = tuple[tuple[Button, ...], ...]
"""Buttons as they lie under a message, row by row."""


def rows(markup: object) -> Rows:
    """Read `reply_markup`; None or an empty keyboard is no buttons.

    Raises:
        ApiError: 400 when Telegram would not show this keyboard.
    """
    if markup is None:
        return ()
    if not isinstance(markup, Mapping):
        raise bad_request("object expected as reply markup")
    keyboard = markup.get("inline_keyboard", [])
    if not isinstance(keyboard, list) or not all(isinstance(row, list) for row in keyboard):
        raise bad_request('field "inline_keyboard" must be an Array of Arrays')
    read = tuple(tuple(_button(button) for button in row) for row in keyboard if row)
    if sum(len(row) for row in read) > MOST_BUTTONS:
        raise bad_request("reply markup is too long")
    return read


def _button(button: object) -> Button:
    if not isinstance(button, Mapping):
        raise bad_request("InlineKeyboardButton must be an Object")
    label = button.get("text")
    if not isinstance(label, str):
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    if not label.strip():
        raise bad_request("inline keyboard button text must be non-empty")
    style = button.get("style")
    if style is not None and style not in STYLES:
        raise bad_request("can't parse inline keyboard button: invalid button style specified")
    return Button(label=label, data=_data(button), style=style)


def _data(button: Mapping[str, Any]) -> str | None:
    if "callback_data" not in button:
        if "url" in button or "copy_text" in button:
            return None
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button["callback_data"]
    if not isinstance(data, str) or len(data.encode()) not in DATA_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return data
