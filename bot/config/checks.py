"""Which names and paths are good ones."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from bot.config import slack_ids
from bot.model.scope import ACCOUNT, ALL_ACCOUNTS

SYSTEM: Final = "system"
"""What `htx.ca_file` says for the roots that this machine trusts."""

_CHATS: Final = ("telegram", "slack")

_MEMBER: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}", re.ASCII)


def account_name(text: str) -> str:
    """A good account name.

    Raises:
        ValueError: it is none; the message continues a sentence that begins with the field's name.
    """
    if text == ALL_ACCOUNTS:
        raise ValueError("is the word for every account")
    if text in _CHATS:
        raise ValueError(f"is the name of {text.title()}'s own entry in the keystore")
    if not ACCOUNT.fullmatch(text):
        raise ValueError("is not a good account name")
    return text


def member_name(text: str) -> str:
    """A good member name.

    Raises:
        ValueError: it is none; the message continues a sentence that begins with the field's name.
    """
    # The first is a letter: somebody who is not listed is shown by the bare id, and the two must never look alike.
    if not _MEMBER.fullmatch(text):
        raise ValueError("is not a good member name")
    return text


def nobody() -> Mapping[str, Any]:
    """Nothing by name."""
    # Refused, but by `together`, which tells how to find out who to list.
    return MappingProxyType({})


def at_least_one(hosts: tuple[str, ...]) -> tuple[str, ...]:
    """A list that is not empty.

    Raises:
        ValueError: it is.
    """
    # Not `min_length`: that one also counts what a fault of its own has taken out.
    if not hosts:
        raise ValueError("is empty")
    return hosts


def absolute(path: Path) -> Path:
    """A path from the root.

    Raises:
        ValueError: it is none; the message continues a sentence that begins with the field's name.
    """
    # Not resolved against wherever the bot happens to be started: another start would not find what was sent.
    if not path.is_absolute():
        raise ValueError("is not an absolute path")
    if "$" in str(path):
        raise ValueError("has a $ in it, and only a $HOME at the beginning is understood")
    return path


def trust(text: str) -> str:
    """An absolute path, or `SYSTEM`.

    Raises:
        ValueError: neither; the message continues a sentence that begins with the field's name.
    """
    return text if text == SYSTEM else str(absolute(Path(text)))


def slack_user(value: object) -> object:
    """The short form, `slack = "U…"`, as the table that it stands for."""
    if isinstance(value, str):
        return {"user": slack_ids.user(value)}
    if value is None or isinstance(value, dict):
        return value
    raise ValueError("is neither a text in quotes nor a table")
