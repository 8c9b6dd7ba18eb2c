"""What a mass cancel covers. "Any" and `ALL` live here only: on the wire they are the field left out."""

import re
import unicodedata
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, NewType

from bot.model.order import Order
from bot.model.side import PositionSide, Side
from bot.model.target import Target

AccountName = NewType("AccountName", str)
"""One named HTX API key, so one UID: what people type after `@`."""

ContractCode = NewType("ContractCode", str)
"""`BTC-USDT` (perpetual), `BTC-USDT-241115` (delivery YYMMDD), or `ALL`. Upper case, where HTX has it so."""

OrderId = NewType("OrderId", str)
"""HTX's order id. Nineteen digits: a string everywhere, since a float would round it."""

ALL: Final = ContractCode("ALL")
"""Every contract of the account."""

ALL_ACCOUNTS: Final = AccountName("all")
"""Every account a person may touch, as typed (`@all`). No account may be called so."""

CONTRACT: Final = re.compile(r"[A-Z0-9]{1,20}-USDT(?:-[0-9]{6})?", re.ASCII)
"""The usual shape of a USDT-M contract code (HTX V5 docs: `BTC-USDT`, `BTC-USDT-241115`)."""

LONGEST_CODE: Final = 64
"""Characters of a code that can be named."""

_ODD: Final = re.compile(r"([^\s-]+)-USDT(?:-[0-9]{6})?", re.ASCII)
"""The shape of an unusual one, such as `币安人生-USDT`."""

_PLAIN_ASCII: Final = re.compile(r"[A-Za-z0-9_.$]*", re.ASCII)
"""What may stand for a coin besides letters of other scripts: nothing that parts, quotes or matches anything."""

ACCOUNT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}", re.ASCII)
"""The shape of an account name, the same as that of a keystore entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One account, one contract or all, one side or any, one position side or any.

    Every field must be said: HTX reads a field left out as "all of them", so a scope with a hole would fire wider
    than what was asked.

    Raises:
        ValueError: a field does not have the shape it must have.
    """

    account: AccountName
    contract: ContractCode
    side: Side
    position_side: PositionSide
    target: Target = Target.ORDERS
    """What is stored from before there were two is aimed at orders."""

    def __post_init__(self) -> None:
        if not ACCOUNT.fullmatch(self.account):
            raise ValueError(f"not an account name: {self.account!r}")
        if self.contract != ALL and not can_be_named(self.contract):
            raise ValueError(f"not a contract code: {self.contract!r}")
        if not all(isinstance(word, StrEnum) for word in (self.side, self.position_side, self.target)):
            raise ValueError(f"side, position side and target must be said: {self!r}")

    def covers(self, order: Order) -> bool:
        """Whether this order is of the target and HTX's filters, which are ANDed, hold it (HTX V5 docs), or may.

        What of it cannot be read excludes it from nothing.
        """
        return (self.target is Target.TRIGGERS) is (order.trigger is not None) and order.may_be(*self._filters)

    def is_sure_of(self, order: Order) -> bool:
        """Whether all that decides about an order that it covers could be read, whatever book the order is in."""
        return order.may_be(*self._filters, surely=True)

    @property
    def _filters(self) -> tuple[str | None, Side | None, PositionSide | None]:
        return (
            None if self.contract == ALL else self.contract,
            None if self.side is Side.ANY else self.side,
            None if self.position_side is PositionSide.ANY else self.position_side,
        )

    def aimed_at(self, target: Target) -> "Scope":
        """The same account, contract and filters, on the other book."""
        return replace(self, target=target)


def can_be_named(code: str) -> bool:
    """Whether a code is one contract's and can be sent as it is: what HTX lists may hold anything.

    The usual shape, or any letters and digits before `-USDT`. Not `ALL`, nothing that holds a comma, a blank or
    what cannot be seen: HTX could read it as another contract, as several, or as every one.
    """
    if CONTRACT.fullmatch(code):
        return True
    match = _ODD.fullmatch(code)
    return match is not None and len(code) <= LONGEST_CODE and all(map(_names, match[1]))


def _names(char: str) -> bool:
    """Whether a character may stand in a coin's name, as it is and as whoever normalises it would read it."""
    if char.isascii():
        return _PLAIN_ASCII.fullmatch(char) is not None
    alike = "".join(each for each in unicodedata.normalize("NFKC", char) if each.isascii())
    seen = char.isprintable() and unicodedata.category(char)[0] in "LMNS"
    return seen and _PLAIN_ASCII.fullmatch(alike) is not None
