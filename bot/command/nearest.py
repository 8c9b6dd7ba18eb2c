"""What was probably meant by a word that is not understood. Only ever shown: nothing is corrected."""

import re
from collections.abc import Collection
from datetime import date
from difflib import get_close_matches
from typing import Final

from bot.model import PositionSide, Side, Verb
from bot.model.scope import CONTRACT

LONGEST: Final = 64
"""Characters of a word that is looked at, and shown."""

VERBS: Final = frozenset(verb.value for verb in Verb)
SIDES: Final = tuple(side.value for side in Side if side is not Side.ANY)
POSITION_SIDES: Final = tuple(side.value for side in PositionSide if side is not PositionSide.ANY)
_VOCABULARY: Final = (*SIDES, *POSITION_SIDES, "all")

_COIN: Final = re.compile(r"(?!USDT$)[A-Z][A-Z0-9]{1,5}", re.ASCII)
"""A coin in capitals; in lower case it may be any word."""

_COMMON: Final = frozenset(["btc", "eth", "sol", "xrp", "doge", "ltc", "bch", "bnb", "ada", "link", "avax"])
"""Coins that are taken for one in lower case, too, where the list of contracts is not known."""

_UNDASHED: Final = re.compile(r"([A-Z0-9]{1,20}?)[-_/]?USDT(?:[-_/]?([0-9]{6}))?(?:[-_]?(?:SWAP|PERP))?", re.ASCII)
_LONG_DATE: Final = re.compile(r"([A-Z0-9]{1,20}-USDT)-20([0-9]{6})", re.ASCII)
_AROUND: Final = ".,;:!?\"'`()[]{}<>*_~"
"""Punctuation that sticks to a word."""

_BETWEEN: Final = re.compile(r"[-_/+&.,]?")


def nearest_verb(word: str) -> str | None:
    """The verb that was probably meant; the word itself if it is one."""
    close = get_close_matches(word.lower()[:LONGEST], sorted(VERBS), n=1, cutoff=0.75)
    return close[0] if close else None


def nearest_word(word: str, known: Collection[str] = ()) -> str | None:
    """The word of a scope that was probably meant, or two of them where one was typed.

    Args:
        word: as typed.
        known: codes that HTX lists, or that have open orders.
    """
    if len(word) > LONGEST:
        return None
    if match := _UNDASHED.fullmatch(word.upper()):
        coin, day = match.groups()
        code = f"{coin}-USDT" + (f"-{day}" if day else "")
        return code if is_date(code) else _close_code(word, known)
    low, code = word.lower(), word.upper()
    if match := _LONG_DATE.fullmatch(code):
        code = f"{match[1]}-{match[2]}"
        return code if is_date(code) else None
    return (
        next((each for each in known if each.casefold() == word.casefold()), None)
        or _stripped(word, known)
        or _parted(low)
        or _first(get_close_matches(low, _VOCABULARY, n=1, cutoff=0.6))  # 0.5 leads from SOL to `sell`
        or _coin(word, known)
        or _close_code(word, known)
    )


def nearest_code(word: str, known: Collection[str]) -> str | None:
    """The known code of exactly this coin that was probably meant: no look-alike is taken for a letter."""
    if len(word) > LONGEST:
        return None
    same = next((each for each in known if each.casefold() == word.casefold()), None)
    return same or (f"{word}-USDT" if f"{word}-USDT" in known else _close_code(word, known))


def is_date(code: str) -> bool:
    """Whether the delivery date of a dated contract is one (YYMMDD); a perpetual has none."""
    digits = code.split("-")[2:]
    if not digits:
        return True
    try:
        date(2000 + int(digits[0][:2]), int(digits[0][2:4]), int(digits[0][4:]))
    except ValueError:
        return False
    return True


def _first(found: list[str]) -> str | None:
    return found[0] if found else None


def _stripped(word: str, known: Collection[str]) -> str | None:
    """The word without the punctuation around it, where that is a word of ours."""
    bare = word.strip(_AROUND)
    if bare == word:
        return None
    if bare.lower() in _VOCABULARY:
        return bare.lower()
    code = bare.upper()
    return bare if bare in known else code if CONTRACT.fullmatch(code) and is_date(code) else None


def _parted(low: str) -> str | None:
    """`buy long` of `buylong`, `long-buy`, `sell/short`."""
    for side in SIDES:
        for held in POSITION_SIDES:
            for first, last in ((side, held), (held, side)):
                between = low.removeprefix(first).removesuffix(last)
                if low == f"{first}{between}{last}" and _BETWEEN.fullmatch(between):
                    return f"{side} {held}"
    return None


def _coin(word: str, known: Collection[str]) -> str | None:
    """The perpetual of a coin."""
    code = f"{word.upper()}-USDT"
    named = _COIN.fullmatch(word) or (word.lower() in _COMMON and CONTRACT.fullmatch(code))
    return code if code in known or (named and code.isascii()) else None


def _close_code(word: str, known: Collection[str]) -> str | None:
    """A known contract of the same coin that is spelled nearly so."""
    coin, dash, _ = word.upper().partition("-")
    same = sorted(code for code in known if code.startswith(f"{coin}-"))
    return _first(get_close_matches(word.upper(), same, n=1, cutoff=0.8)) if dash else None
