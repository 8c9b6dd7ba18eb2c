"""The list of contracts: whether a code is on it, and which listed codes are nearest to one that is not.

Rules of this file: nothing is corrected. What is nearest is only ever offered, as a choice; the same coin comes
before any other, and a coin that is not spelled nearly so is never offered at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Final

from bot.model import ContractCode

NEAREST: Final = 3
"""How many listed contracts are offered in place of one that is not."""

_ALIKE: Final = 0.6
"""How alike two coins must be to be taken for each other: `BTC` and `BTCC` 0.86, `BTC` and `ETH` 0.33."""

_PERPETUAL: Final = 100_000
"""Days that a perpetual counts as away from any date: after every dated contract of the coin."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unlisted:
    """A well-formed code that is not on the list."""

    code: ContractCode
    expired_on: date | None
    """Of a dated code whose date is past; None for every other."""
    nearest: tuple[ContractCode, ...]
    """At most three listed ones, best first; none where none is near."""


def unlisted(code: ContractCode, listed: Sequence[ContractCode], today: date) -> Unlisted | None:
    """What to say about a code; None where it is on the list.

    Args:
        code: one contract, well-formed.
        listed: the list, in any order.
        today: the day at the exchange, UTC.
    """
    if code in listed:
        return None
    day = _date(code)
    return Unlisted(
        code=code,
        expired_on=day if day is not None and day < today else None,
        nearest=nearest(code, listed),
    )


def nearest(code: ContractCode, listed: Sequence[ContractCode]) -> tuple[ContractCode, ...]:
    """The listed contracts that were most probably meant: the same coin first, by date; then close spellings."""
    likeness = {coin: _likeness(_coin(code), coin) for coin in {_coin(other) for other in listed}}
    near = [other for other in dict.fromkeys(listed) if likeness[_coin(other)] >= _ALIKE]
    ranked = sorted(near, key=lambda other: (-likeness[_coin(other)], _days(code, other), other))
    return tuple(ranked[:NEAREST])


def _coin(code: str) -> str:
    return code.partition("-")[0]


def _likeness(typed: str, coin: str) -> float:
    """From 0 (nothing in common) to 1 (the same)."""
    return SequenceMatcher(None, typed, coin, autojunk=False).ratio()


def _days(code: str, other: str) -> int:
    """How far apart two contracts of one coin are, in days; a perpetual is near to a perpetual alone."""
    wanted, day = _date(code), _date(other)
    if day is None:
        return 0 if wanted is None else _PERPETUAL
    return abs((day - wanted).days) if wanted is not None else day.toordinal()


def _date(code: str) -> date | None:
    """The delivery date of a dated contract (YYMMDD); None of a perpetual, or where it is none."""
    digits = code.split("-")[2:]
    if not digits:
        return None
    try:
        return date(2000 + int(digits[0][:2]), int(digits[0][2:4]), int(digits[0][4:]))
    except ValueError:
        return None
