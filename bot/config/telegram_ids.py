"""Which numbers are Telegram ids of people and groups. Names can be taken over, so they are refused."""

from types import MappingProxyType
from typing import Final

LARGEST: Final = 2**52
"""Telegram's ids have at most 52 significant bits (Bot API, `Chat.id`)."""

NOT_PEOPLE: Final = MappingProxyType(
    {
        1087968824: "GroupAnonymousBot, behind which every anonymous administrator writes",
        136817688: "the bot behind which channels write",
        777000: "Telegram's own service account",
    }
)
"""Ids that stand for more than one person: whoever listed one would let in a crowd."""


def person(value: object) -> object:
    """A person's id, as far as its kind goes; how large it may be is the field's business.

    Raises:
        ValueError: a name, a group or a crowd; the message continues a sentence that begins with the field's name.
    """
    if isinstance(value, str):
        raise ValueError("is a text, but names can be taken over, so only the numeric id counts")  # noqa: TRY004
    if type(value) is int and value in NOT_PEOPLE:
        raise ValueError(f"is {value}, {NOT_PEOPLE[value]}, not a person")
    if type(value) is int and value < 0:
        raise ValueError(f"is {value}, a group's id")
    return value


def group(value: object) -> object:
    """A group's id, as far as its kind goes; how large it may be is the field's business.

    Raises:
        ValueError: a name or a person; the message continues a sentence that begins with the field's name.
    """
    if type(value) is int and value > 0:
        raise ValueError(
            f"is {value}, a person's id: members' private chats are always allowed and not listed here"
        )
    if isinstance(value, str):
        raise ValueError("is a text, but names can be taken over, so only the numeric id counts")  # noqa: TRY004
    return value
