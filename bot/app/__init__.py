"""The composition root: builds the running bot out of its parts, and knows in which order it starts and stops.

| file | what |
|---|---|
| `keys` | the opened keystore, as the ports want it |
| `parts` | everything but the chats |
| `trust` `ways` | whose certificates are good, and how each chat is reached |
| `chats` `closed_chat` | the chat platforms, and one that cannot be used |
| `running` | the order of starting and stopping |
"""

from bot.app.heartbeat import Heartbeat
from bot.app.keys import KeysLocked, OpenKeys, open_keys
from bot.app.parts import MakeClock, Parts, host_identity, put_together, wired
from bot.app.running import armed, run
from bot.app.trust import htx_trust
from bot.app.ways import slack_way, telegram_way

__all__ = [
    "Heartbeat",
    "KeysLocked",
    "MakeClock",
    "OpenKeys",
    "Parts",
    "armed",
    "host_identity",
    "htx_trust",
    "open_keys",
    "put_together",
    "run",
    "slack_way",
    "telegram_way",
    "wired",
]
