"""Slack: Socket Mode or signed HTTP in, Web API out, on slack-bolt's async app.

| file | what |
|---|---|
| `payloads` | one payload -> words, tap, odd message, or nothing (pure) |
| `rich_text` | what was typed, without how it is set (pure) |
| `blocks` | Message -> Block Kit and fallback text (pure) |
| `chat` | posting, editing, files, private answers |
| `outgoing` | what Slack really answered, and what that means (`errors.txt`) |
| `web` | the way to Slack: clients, sessions, proxies |
| `inlet` | acknowledge, commit to the inbox, then work in tasks of our own |
| `sockets` | Socket Mode and its watchdog |
| `signed` | the same by signed HTTP |
| `manifest` | the app manifest, made from the command table |
"""

from handlers.slack.chat import SlackChat
from handlers.slack.inlet import Inlet
from handlers.slack.manifest import manifest
from handlers.slack.payloads import identify
from handlers.slack.signed import PATHS, Signed
from handlers.slack.sockets import Sockets, Whoami
from handlers.slack.web import Client, close, make_client, reroute

__all__ = [
    "PATHS",
    "Client",
    "Inlet",
    "Signed",
    "SlackChat",
    "Sockets",
    "Whoami",
    "close",
    "identify",
    "make_client",
    "manifest",
    "reroute",
]
