"""Telegram: long polling or webhook in, Bot API out, through python-telegram-bot's `Bot`.

| file | what |
|---|---|
| `updates` | one update -> words, tap, odd message, or nothing (pure) |
| `render` | Message -> HTML, plain text, keyboard (pure) |
| `chat` | sending, editing, files, answers to taps |
| `outgoing` | what Telegram really answered, and what that means (`errors.txt`) |
| `web` | the way to Telegram |
| `names` | what our bot is called, and was |
| `inlet` | every update is committed to the inbox and worked on |
| `polling` | the poll loop and its watchdog |
| `webhook` | the same by webhook |
"""

from handlers.telegram.chat import TelegramChat, make_bot
from handlers.telegram.inlet import Inlet
from handlers.telegram.names import Names
from handlers.telegram.polling import Poller, RawUpdates
from handlers.telegram.webhook import Webhook

__all__ = ["Inlet", "Names", "Poller", "RawUpdates", "TelegramChat", "Webhook", "make_bot"]
