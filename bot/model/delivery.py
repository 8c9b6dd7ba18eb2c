"""What a message is to those it is for, and what is known of one that has not arrived."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.model.people import Identity, Platform


class Matter(StrEnum):
    """What a message is to those it is for. It decides how hard we try."""

    RESULT = "result"
    """An outcome. It goes before all else; not taken in time it is told elsewhere as well, and still goes to its
    place when that takes it."""
    ANSWER = "answer"
    """To what somebody said or tapped. Not taken in time it goes elsewhere instead."""
    COPY = "copy"
    """Of one of the two, for one person: before all else, and on to the next place if it is not taken."""
    NOTICE = "notice"
    """Anything else: one place, when it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A result that its place has not taken yet."""

    what: str
    """Its message's name in the outbox: `result:K7Q2M`."""
    platform: Platform
    chat: str
    people: tuple[Identity, ...]
    """Who must hear it."""
    since: datetime
    """UTC."""
    why: str
    """The platform's last word; empty while it was not tried."""
    told_elsewhere: bool
    """Whether it was posted to another place meanwhile."""
