"""One row of which something cannot be read: what can be is taken, the rest is kept as it came, for people.

Rules of this file: nothing raises, and nothing is guessed. A field that is not surely one of HTX's words is
unread, and whoever asks must take it for any of them.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Final, TypeVar

from bot.htx.strict import DIGITS, NUMBER, WireError, flag
from bot.model.order import STAND_IN
from bot.model.scope import can_be_named

LONGEST: Final = 24
"""Characters of a value that are shown."""

_CODE: Final = re.compile(r"[^\W_]{1,32}-[A-Z0-9]{2,10}(?:-[A-Z0-9]{1,16})?")
"""What can be told from ours as another contract: a coin in any script, and what it is counted in."""

_CLIENT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_SHOWN: Final = re.compile(r"[^A-Za-z0-9 .,:+\-\"'\[\]{}()#=?!$%;_]|(?<=[A-Za-z])\.", re.ASCII)
"""What is not shown of a stranger's text: signs that a chat could take for a mention, a link or a command."""

_PLACES: Final = 18
"""Digits before or after the point at most: more is no price and no volume of this exchange."""

_E = TypeVar("_E", bound=StrEnum)


def as_it_came(value: object) -> str:
    """A value of HTX's in JSON's words, cleaned and cut: text in quotes, so that `"5"` and `5` differ."""
    text = _SHOWN.sub("?", _written(value))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _written(value: object) -> str:
    try:
        return json.dumps(value, sort_keys=True, separators=(",", ":"))
    except RecursionError:
        return "nested too deeply"


def contract_code(value: object) -> str | None:
    """A contract's code in HTX's own spelling; None where it cannot be told which contract it is."""
    if isinstance(value, str) and can_be_named(value):
        return value
    text = value.strip() if isinstance(value, str) else ""
    text = text.upper() if text.isascii() else text
    return text if _CODE.fullmatch(text) and unicodedata.is_normalized("NFKC", text) else None


def plausible(value: Decimal | None) -> bool:
    """Whether a number may be a price or a volume at all."""
    return not value or abs(value.adjusted()) <= _PLACES


class Careful:
    """One row, field by field; `odd` has what could not be read."""

    def __init__(self, said: object) -> None:
        self._said: Mapping[str, object] = said if isinstance(said, dict) else {}
        self._whole = said
        self.odd: list[tuple[str, str]] = [] if isinstance(said, dict) else [("row", as_it_came(said))]

    def note(self, name: str) -> None:
        """Keep a field as it came."""
        if isinstance(self._whole, dict):
            self.odd.append((name, as_it_came(self._said[name]) if name in self._said else "missing"))

    def word(self, name: str, kind: type[_E], but: _E | None = None) -> _E | None:
        """One of HTX's words, in any case; None, and noted, for everything else.

        Args:
            name: the field.
            kind: the words.
            but: one of them that is ours, and never HTX's.
        """
        value = self._said.get(name)
        text = value.strip().lower() if isinstance(value, str) else None
        found = next((word for word in kind if word.value == text and word is not but), None)
        if found is None:
            self.note(name)
        return found

    def contract(self) -> str:
        """The contract; empty, and noted, where it cannot be told."""
        found = contract_code(self._said.get("contract_code"))
        if found is None:
            self.note("contract_code")
        return found or ""

    def number(self, name: str, *, needed: bool = False) -> Decimal | None:
        """A number that may be left out, unless it is needed; noted where it is none."""
        value = self._said.get(name)
        if value in (None, "") and not needed:
            return None
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        found = Decimal(text) if NUMBER.fullmatch(text) else None
        if found is None or not plausible(found):
            self.note(name)
            return None
        return found

    def flag(self, name: str) -> bool:
        """A flag; False, and noted, where it is none."""
        value = self._said.get(name)
        try:
            if value is None or isinstance(value, bool | int | str):
                return flag(value.lower() if isinstance(value, str) else value)
        except WireError:
            pass
        self.note(name)
        return False

    def text(self, name: str) -> str | None:
        """A text or a whole number; None, and noted where it is neither, nor null."""
        value = self._said.get(name)
        if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
            return str(value) or None
        if value is not None:
            self.note(name)
        return None

    def digits(self, name: str) -> str | None:
        """An id of HTX's; None where it is none."""
        value = self._said.get(name)
        text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
        return text if DIGITS.fullmatch(text) else None

    def said(self, name: str) -> bool:
        """Whether there is anything in a field."""
        return self._said.get(name) not in (None, "")

    def identity(self, order_id: str, client: str) -> str:
        """HTX's id of the order, or what else tells it from others; at last what the row says.

        Args:
            order_id: the field with HTX's id.
            client: the field with its client's.
        """
        if named := self.digits(order_id):
            return named
        self.note(order_id)
        if row := self.digits("id"):
            return f"id{STAND_IN}{row}"
        own = str(self._said.get(client, ""))
        if _CLIENT.fullmatch(own) and self.said(client):
            return f"client{STAND_IN}{own}"
        return f"row{STAND_IN}{hashlib.sha256(_written(self._whole).encode()).hexdigest()[:12]}"
