"""The nouns of the house: frozen values, no behaviour beyond what their own facts decide.

| file | what |
|---|---|
| `scope` | what a mass cancel covers |
| `side` | HTX's words for direction |
| `target` | which of HTX's two books |
| `order` | what rests on the book, and one look at it |
| `people` | who speaks, and where |
| `command` | what was asked |
| `answer` | what the exchange said |
| `verdict` | what came of it |
| `record` | one mass cancel, and the events of its life |
| `message` | what a chat shows |
| `delivery` | what a message is to those it is for |
| `status` | can it fire right now |
"""

from bot.model.answer import (
    Ambiguous,
    Answer,
    Answered,
    Item,
    Maintenance,
    NothingMatched,
    NotSent,
    Refused,
    Sent,
    TooMany,
    Unsent,
)
from bot.model.command import Command, Doubt, ScopeWords, Verb
from bot.model.delivery import Matter, Waiting
from bot.model.message import (
    Action,
    Attachment,
    Button,
    ButtonKind,
    Message,
    Post,
    PostKind,
    Style,
)
from bot.model.order import Ended, Ending, Order, PositionMode, Preview, TriggerKind, Unread
from bot.model.people import (
    Actor,
    Conversation,
    Identity,
    Incoming,
    IncomingTap,
    Member,
    MemberName,
    OddMessage,
    Platform,
    Role,
)
from bot.model.record import Event, EventKind, Listing, MassCancel, MassCancelId, State
from bot.model.scope import ALL, ALL_ACCOUNTS, AccountName, ContractCode, OrderId, Scope
from bot.model.side import PositionSide, Side
from bot.model.status import CLOCK_ALARM, AccountHealth, ChatHealth, Health, HostHealth, clocks_apart
from bot.model.target import Target
from bot.model.verdict import Drill, NotRun, Proof, Verdict

__all__ = [
    "ALL",
    "ALL_ACCOUNTS",
    "CLOCK_ALARM",
    "AccountHealth",
    "AccountName",
    "Action",
    "Actor",
    "Ambiguous",
    "Answer",
    "Answered",
    "Attachment",
    "Button",
    "ButtonKind",
    "ChatHealth",
    "Command",
    "ContractCode",
    "Conversation",
    "Doubt",
    "Drill",
    "Ended",
    "Ending",
    "Event",
    "EventKind",
    "Health",
    "HostHealth",
    "Identity",
    "Incoming",
    "IncomingTap",
    "Item",
    "Listing",
    "Maintenance",
    "MassCancel",
    "MassCancelId",
    "Matter",
    "Member",
    "MemberName",
    "Message",
    "NotRun",
    "NotSent",
    "NothingMatched",
    "OddMessage",
    "Order",
    "OrderId",
    "Platform",
    "PositionMode",
    "PositionSide",
    "Post",
    "PostKind",
    "Preview",
    "Proof",
    "Refused",
    "Role",
    "Scope",
    "ScopeWords",
    "Sent",
    "Side",
    "State",
    "Style",
    "Target",
    "TooMany",
    "TriggerKind",
    "Unread",
    "Unsent",
    "Verb",
    "Verdict",
    "Waiting",
    "clocks_apart",
]
