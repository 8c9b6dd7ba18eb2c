"""The doors of the core: what the service needs of the world, as Protocols.

Implementations: `bot/htx` (Exchange), `bot/store` (Store), `bot/runtime` (Clock, Ids, Messenger), `handlers/*`
(Chat). `bot/app/` puts them in.
"""

from bot.ports.chat import Chat, Elsewhere, Messenger, Reply, TapAnswer
from bot.ports.clock import Clock, Ids
from bot.ports.exchange import Exchange, HtxKey, Keys
from bot.ports.journal import Entry, EntryKind, Journal, Mirror
from bot.ports.store import (
    AuditNote,
    CardPosts,
    Copies,
    Inbox,
    InboxRow,
    OutboxRow,
    Posts,
    Queued,
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
    "Copies",
    "Elsewhere",
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
    "Queued",
    "Reply",
    "Store",
    "StoredButton",
    "TapAnswer",
    "Transition",
    "Way",
]
