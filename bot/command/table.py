"""The table of commands that help, menus and the README are made from."""

from dataclasses import dataclass
from typing import Final

from bot.model import Verb


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One command, as people are told about it."""

    verb: Verb
    words: str
    """The words that may follow, as shown."""
    what: str
    """What it does, in one line."""
    menu: str
    """The same for a phone's command menu: at most 40 characters."""


SCOPE_WORDS: Final = "[@account or @all] [CONTRACT or ALL] [buy or sell] [long, short or both]"

COMMANDS: Final = (
    CommandRow(
        verb=Verb.CANCELALL,
        words=SCOPE_WORDS,
        what="show what would go, and cancel it on one tap",
        menu="Cancel resting orders, after one tap",
    ),
    CommandRow(
        verb=Verb.DRILL,
        words=SCOPE_WORDS,
        what="a full rehearsal: everything except sending",
        menu="Rehearse a cancel: nothing is sent",
    ),
    CommandRow(
        verb=Verb.ORDERS, words=SCOPE_WORDS, what="list open orders; cancels nothing", menu="List open orders"
    ),
    CommandRow(verb=Verb.STATUS, words="", what="can it cancel right now?", menu="Can it cancel right now?"),
    CommandRow(
        verb=Verb.LOG,
        words="[n or ID]",
        what="the last mass cancels: who, what, verdict; with an ID: that one, and its orders as a file",
        menu="The last mass cancels",
    ),
    CommandRow(verb=Verb.WHOAMI, words="", what="your ids, so that an admin can list you", menu="Your ids"),
    CommandRow(verb=Verb.START, words="", what="the same as /whoami", menu="Your ids"),
    CommandRow(verb=Verb.HELP, words="", what="this list", menu="What I understand"),
)
"""Every command, in the order of `/help`."""
