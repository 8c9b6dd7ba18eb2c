"""Which texts are Slack ids. Names and addresses can be taken over, so they are refused wherever they stand."""

import re
from types import MappingProxyType
from typing import Final

_ID: Final = re.compile(r"[A-Z][A-Z0-9]{1,20}", re.ASCII)
_KINDS: Final = MappingProxyType(
    {
        "A": "an app's id",
        "B": "a bot's id",
        "C": "a channel's id",
        "D": "a direct message's id",
        "E": "an organisation's id",
        "G": "a channel's id",
        "T": "a workspace's id",
        "U": "a person's id",
        "W": "a person's id",
    }
)
_TEAM: Final = "TE"
_USER: Final = "UW"
_CHANNEL: Final = "CG"
_PRIVATE: Final = "DUW"
_SLACKBOT: Final = "USLACKBOT"


def team(text: str) -> str:
    """A workspace (`T…`) or an organisation of several (`E…`).

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    return _checked(text, _TEAM, "a workspace's id")


def user(text: str) -> str:
    """A person (`U…`, or `W…` where a company has several workspaces).

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    if text == _SLACKBOT:
        raise ValueError(f"is {text}, Slack's own bot, not a person")
    where, slash, who = text.partition("/")
    if slash and _is_id(where, _TEAM) and _is_id(who, _USER):
        raise ValueError("is a workspace and a person in one text")
    return _checked(text, _USER, "a person's id")


def channel(text: str) -> str:
    """A channel (`C…`, or `G…` for some private ones).

    Raises:
        ValueError: anything else; the message continues a sentence that begins with the field's name.
    """
    if _kind(text) and text[0] in _PRIVATE:
        raise ValueError(
            f"is {text}, {_kind(text)}: members' direct messages are always allowed and not listed here"
        )
    return _checked(text, _CHANNEL, "a channel's id")


def _checked(text: str, letters: str, what: str) -> str:
    if _is_id(text, letters):
        return text
    if kind := _kind(text):
        raise ValueError(f"is {text}, {kind}")
    raise ValueError(f"is not {what}; names can be taken over, so only ids count")


def _is_id(text: str, letters: str) -> bool:
    return _ID.fullmatch(text) is not None and text[0] in letters


def _kind(text: str) -> str | None:
    """What sort of thing has this id; None where it may as well be a word in capitals."""
    likely = _ID.fullmatch(text) and any(sign.isdigit() for sign in text)
    return _KINDS.get(text[0]) if likely else None
