"""Slack: Socket Mode or signed HTTP in, Web API out, on slack-bolt's async app.

| file | what |
|---|---|
| `payloads` | one payload -> words, tap, odd message, or nothing (pure) |
| `rich_text` | what was typed, without how it is set (pure) |
| `blocks` | Message -> Block Kit and fallback text (pure) |
| `chat` | posting, editing, private answers, and what Slack's errors mean |
| `inlet` | acknowledge, commit to the inbox, then work in tasks of our own |
| `sockets` | Socket Mode and its watchdog |
| `signed` | the same by signed HTTP |
| `manifest` | the app manifest, made from the command table |
"""

from handlers.slack.chat import SlackChat, make_client
from handlers.slack.inlet import Inlet
from handlers.slack.manifest import manifest
from handlers.slack.payloads import identify
from handlers.slack.signed import PATHS, Signed
from handlers.slack.sockets import Sockets, Whoami

__all__ = ["PATHS", "Inlet", "Signed", "SlackChat", "Sockets", "Whoami", "identify", "make_client", "manifest"]
