"""The doors of the core: what the service needs of the world, as Protocols.

Implementations: `bot/htx` (Exchange), `bot/store` (Store), `bot/runtime` (Clock, Ids, Messenger), `handlers/*`
(Chat). `bot/app/` puts them in.
"""

from bot.ports.chat import Chat, Messenger, Reply, TapAnswer
from bot.ports.clock import Clock, Ids
from bot.ports.exchange import Exchange, HtxKey, Keys
from bot.ports.journal import Entry, EntryKind, Journal, Mirror
from bot.ports.store import (
    AuditNote,
    CardPosts,
    Inbox,
    InboxRow,
    OutboxRow,
    Posts,
    Store,
    StoredButton,
    Transition,
)
from bot.ports.way import Way

__all__ = [
    "AuditNote",
    "CardPosts",
    "Chat",
    "Clock",
    "Entry",
    "EntryKind",
    "Exchange",
    "HtxKey",
    "Ids",
    "Inbox",
    "InboxRow",
    "Journal",
    "Keys",
    "Messenger",
    "Mirror",
    "OutboxRow",
    "Posts",
    "Reply",
    "Store",
    "StoredButton",
    "TapAnswer",
    "Transition",
    "Way",
]
