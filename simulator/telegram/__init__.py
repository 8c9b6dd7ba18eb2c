"""Telegram on loopback: a stateful Bot API written from its documentation, with faults to switch on."""

from simulator.telegram.chat import Document, Message
from simulator.telegram.compose import How
from simulator.telegram.flood import FloodLimits
from simulator.telegram.group import Group
from simulator.telegram.keyboard import Button
from simulator.telegram.people import Chat, User
from simulator.telegram.person import Person, Said, TapResult
from simulator.telegram.poison import Poison
from simulator.telegram.server import TelegramSimulator
from simulator.telegram.wire import Call
from simulator.telegram.world import Answer

__all__ = [
    "Answer",
    "Button",
    "Call",
    "Chat",
    "Document",
    "FloodLimits",
    "Group",
    "How",
    "Message",
    "Person",
    "Poison",
    "Said",
    "TapResult",
    "TelegramSimulator",
    "User",
]
