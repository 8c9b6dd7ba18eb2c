"""The doors of the core: what the service needs of the world, as Protocols.

Implementations: `bot/htx` (Exchange), `bot/store` (Store), `bot/runtime` (Clock, Ids, Messenger), `handlers/*`
(Chat). `bot/app.py` puts them in.
"""

from bot.ports.chat import Chat, Messenger, Reply, TapAnswer
from bot.ports.clock import Clock, Ids
from bot.ports.exchange import Exchange, HtxKey, Keys
from bot.ports.store import AuditNote, Inbox, InboxRow, OutboxRow, Posts, Store, StoredButton, Transition

__all__ = [
    "AuditNote",
    "Chat",
    "Clock",
    "Exchange",
    "HtxKey",
    "Ids",
    "Inbox",
    "InboxRow",
    "Keys",
    "Messenger",
    "OutboxRow",
    "Posts",
    "Reply",
    "Store",
    "StoredButton",
    "TapAnswer",
    "Transition",
]
