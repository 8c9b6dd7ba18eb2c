"""Text to Command: the grammar.

Rules of this file: words in any order, each kind at most once, case ignored, ASCII only, at most 256 bytes. A code
that HTX lists or has orders in is understood letter by letter, whatever it is made of. What is not understood
stops everything: nothing is guessed, nothing is normalised, nothing is dropped. Time is linear in the length of
the text.
"""

import re
from collections.abc import Collection
from typing import Final

from bot.command.nearest import LONGEST, VERBS, is_date, nearest_code, nearest_verb, nearest_word
from bot.errors import BadCommand, BadWord
from bot.model import ALL, AccountName, Command, ContractCode, PositionSide, ScopeWords, Side, Verb
from bot.model.scope import ACCOUNT, CONTRACT, can_be_named

MAX_BYTES: Final = 256
"""The longest command that is looked at."""

MASS_CANCEL: Final = re.compile(r"#?[23456789ABCDEFGHJKMNPQRSTVWXYZ]{5}", re.ASCII)
"""How messages name a mass cancel."""

MAX_LOG: Final = 50
"""The most mass cancels `/log` lists."""

_MAX_WORD: Final = LONGEST
_BLANKS: Final = " \t\r\n"
"""What parts words. Nothing else does: other blanks are odd characters, and refused."""

_SIDES: Final = {side.value: side for side in Side if side is not Side.ANY}
_POSITION_SIDES: Final = {side.value: side for side in PositionSide if side is not PositionSide.ANY}


def parse(text: str, known: Collection[str] = ()) -> Command:
    """Understand a command such as `cancelall BTC-USDT-241115 buy long`, without slash or bot name.

    Args:
        text: as typed.
        known: codes that HTX lists, or that have open orders: each is understood exactly as it is.

    Raises:
        BadCommand: which word is not understood, and what would be.
    """
    _check_bytes(text, known)
    first, *words = words_of(text) or [""]
    if first.lower() not in VERBS:
        near = nearest_verb(first)
        raise BadCommand(kind=BadWord.UNKNOWN_COMMAND, word=first[:_MAX_WORD], nearest=near)
    verb = Verb(first.lower())
    if verb in (Verb.CANCELALL, Verb.DRILL, Verb.ORDERS):
        return Command(verb=verb, words=parse_scope(words, known))
    if verb is Verb.LOG:
        return Command(verb=verb, id=words[0].removeprefix("#").upper()) if _is_id(words) else _counted(words)
    if words and verb is not Verb.START:  # Telegram's deep links put a word behind /start
        raise BadCommand(kind=BadWord.UNEXPECTED, word=words[0][:_MAX_WORD], expected=verb.value)
    return Command(verb=verb)


def parse_scope(words: list[str], known: Collection[str] = ()) -> ScopeWords:
    """Understand the words of a scope, in any order.

    Raises:
        BadCommand: a word is not understood, or a kind is said twice.
    """
    _check_bytes(" ".join(words), known)
    found: dict[str, str] = {}
    for word in words:
        kind, value = _understand(word, known)
        if kind in found:
            raise BadCommand(kind=BadWord.TWICE, word=word[:_MAX_WORD], nearest=found[kind], expected=kind)
        found[kind] = value
    return ScopeWords(
        account=AccountName(found["account"]) if "account" in found else None,
        contract=ContractCode(found["contract"]) if "contract" in found else None,
        side=Side(found.get("side", Side.ANY)),
        position_side=PositionSide(found.get("position side", PositionSide.ANY)),
    )


def spelled(command: Command) -> str:
    """The command as somebody would type it: `cancelall @main BTC-USDT buy long`. The inverse of `parse`."""
    parts: list[str] = [command.verb.value]
    if command.words is not None:
        words = command.words
        parts += [f"@{words.account}"] if words.account is not None else []
        parts += [words.contract] if words.contract is not None else []
        parts += [words.side.value] if words.side is not Side.ANY else []
        parts += [words.position_side.value] if words.position_side is not PositionSide.ANY else []
    if command.count is not None:
        parts.append(str(command.count))
    if command.id is not None:
        parts.append(command.id)
    return " ".join(parts)


def may_be_codes(text: str, known: Collection[str]) -> bool:
    """Whether a word that is not known could be a contract of HTX's whose code is not of the usual shape.

    Also one in small letters, which is another code than the usual one that it is read as.
    """
    return any(
        word not in known and can_be_named(word) and not (CONTRACT.fullmatch(word) or word.upper() in known)
        for word in words_of(text)
    )


def words_of(text: str) -> list[str]:
    """The words of a text, as the space bar parts them."""
    return [word for word in re.split(f"[{_BLANKS}]+", text) if word]


def _check_bytes(text: str, known: Collection[str]) -> None:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadCommand(kind=BadWord.TOO_LONG, word=text[:16])
    word = next((word for word in words_of(text) if not (word.isascii() or _is_known(word, known))), None)
    if word is not None:
        at = next(at for at, char in enumerate(word) if not char.isascii())
        start = max(0, at + 1 - _MAX_WORD)  # the odd character must be in what is shown
        raise BadCommand(
            kind=BadWord.NOT_ASCII, word=word[start : start + _MAX_WORD], nearest=nearest_code(word, known)
        )


def _is_known(word: str, known: Collection[str]) -> bool:
    """Whether a word is a known code, and no usual one that is merely spelled in small letters."""
    if word not in known or not can_be_named(word):
        return False
    return not CONTRACT.fullmatch(word.upper()) or word.upper() not in known


def _understand(word: str, known: Collection[str]) -> tuple[str, str]:
    """The kind of a word and its canonical value."""
    low = word.lower()
    if _is_known(word, known):
        return "contract", word
    if word.startswith("@"):
        return "account", _account(low)
    if low in _SIDES:
        return "side", low
    if low in _POSITION_SIDES:
        return "position side", low
    if low == "all":
        return "contract", ALL
    return "contract", _contract(word, known)


def _account(word: str) -> str:
    if not ACCOUNT.fullmatch(word[1:]):
        raise BadCommand(kind=BadWord.BAD_ACCOUNT, word=word[:_MAX_WORD], expected="account")
    return word[1:]


def _contract(word: str, known: Collection[str]) -> str:
    code = word.upper()
    if len(word) <= _MAX_WORD and CONTRACT.fullmatch(code) and is_date(code):
        return code
    nearest = nearest_word(word, known)
    two = nearest is not None and " " in nearest
    looks_like_one = not two and ("-" in word or (nearest is not None and "-" in nearest))
    kind = BadWord.BAD_CONTRACT if looks_like_one else BadWord.UNKNOWN
    raise BadCommand(kind=kind, word=word[:_MAX_WORD], nearest=nearest)


def _is_id(words: list[str]) -> bool:
    """Whether `/log` is asked for one mass cancel, as its messages name it: `#K7Q2M`."""
    return len(words) == 1 and MASS_CANCEL.fullmatch(words[0].upper()) is not None


def _counted(words: list[str]) -> Command:
    return Command(verb=Verb.LOG, count=_count(words))


def _count(words: list[str]) -> int:
    """How many mass cancels `/log` is to list: 5 unless said."""
    if not words:
        return 5
    if len(words) > 1:
        raise BadCommand(kind=BadWord.UNEXPECTED, word=words[1][:_MAX_WORD], expected="log")
    if not words[0].isdecimal() or len(words[0]) > 3 or not 1 <= int(words[0]) <= MAX_LOG:  # noqa: PLR2004
        raise BadCommand(kind=BadWord.BAD_COUNT, word=words[0][:_MAX_WORD])
    return int(words[0])
