"""Text to Command: the grammar, and the table of commands that help, menus and the README are made from.

Rules of this file: words in any order, each kind at most once, case ignored, ASCII only, at most 256 bytes. What
is not understood stops everything: nothing is guessed, nothing is normalised, nothing is dropped. Time is linear
in the length of the text.
"""

import re
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Final

from bot.errors import BadCommand, BadWord
from bot.model import ALL, AccountName, Command, ContractCode, PositionSide, ScopeWords, Side, Verb
from bot.model.scope import ACCOUNT, CONTRACT

MAX_BYTES: Final = 256
"""The longest command that is looked at."""

MAX_LOG: Final = 50
"""The most mass cancels `/log` lists."""

MASS_CANCEL: Final = re.compile(r"#?[23456789ABCDEFGHJKMNPQRSTVWXYZ]{5}", re.ASCII)
"""How messages name a mass cancel."""

_MAX_WORD: Final = 64
_BLANKS: Final = " \t\r\n"
"""What parts words. Nothing else does: other blanks are odd characters, and refused."""

_ADDRESSED: Final = re.compile(
    r"[ ]*/(?P<verb>[A-Za-z][A-Za-z0-9_]*)(?:@(?P<name>[A-Za-z0-9_]+))?(?P<rest>(?![A-Za-z0-9_@]).*)?$",
    re.ASCII | re.DOTALL,
)
_VERBS: Final = frozenset(verb.value for verb in Verb)
_SIDES: Final = {side.value: side for side in Side if side is not Side.ANY}
_POSITION_SIDES: Final = {side.value: side for side in PositionSide if side is not PositionSide.ANY}
_VOCABULARY: Final = (*_SIDES, *_POSITION_SIDES, "all")
_COIN: Final = re.compile(r"(?!USDT$)[A-Z][A-Z0-9]{1,5}", re.ASCII)
"""A coin in capitals; in lower case it may be any word."""
_UNDASHED: Final = re.compile(r"([A-Z0-9]{1,20}?)[-_/]?USDT(?:[-_/]?([0-9]{6}))?(?:[-_]?(?:SWAP|PERP))?", re.ASCII)


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


def addressed(text: str, bot_name: str, *, private: bool) -> str | None:
    """The command in a message, without its slash and bot name; None where it is not for us.

    `/cancelall@OurBot buy` is ours, `/cancelall@OtherBot` is not, `cancelall` without a slash is talk. A verb we
    do not know is ours where nobody else can be meant, or where it is nearly one of ours: it is answered, not run.
    """
    match = _ADDRESSED.match(text)
    if match is None:
        return None
    verb, name, rest = match["verb"], match["name"], match["rest"]
    if name and name.lower() != bot_name.lower():
        return None
    meant = private or bool(name) or _nearest_verb(verb) is not None
    return f"{verb}{rest or ''}".rstrip(_BLANKS) if meant else None


def parse(text: str) -> Command:
    """Understand a command such as `cancelall BTC-USDT-241115 buy long`, without slash or bot name.

    Raises:
        BadCommand: which word is not understood, and what would be.
    """
    _check_bytes(text)
    first, *words = _words(text) or [""]
    if first.lower() not in _VERBS:
        near = _nearest_verb(first)
        raise BadCommand(kind=BadWord.UNKNOWN_COMMAND, word=first[:_MAX_WORD], nearest=near)
    verb = Verb(first.lower())
    if verb in (Verb.CANCELALL, Verb.DRILL, Verb.ORDERS):
        return Command(verb=verb, words=parse_scope(words))
    if verb is Verb.LOG:
        return Command(verb=verb, id=words[0].removeprefix("#").upper()) if _is_id(words) else _counted(words)
    if words and verb is not Verb.START:  # Telegram's deep links put a word behind /start
        raise BadCommand(kind=BadWord.UNEXPECTED, word=words[0][:_MAX_WORD], expected=verb.value)
    return Command(verb=verb)


def parse_scope(words: list[str]) -> ScopeWords:
    """Understand the words of a scope, in any order.

    Raises:
        BadCommand: a word is not understood, or a kind is said twice.
    """
    _check_bytes(" ".join(words))
    found: dict[str, str] = {}
    for word in words:
        kind, value = _understand(word)
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


def _words(text: str) -> list[str]:
    return [word for word in re.split(f"[{_BLANKS}]+", text) if word]


def _nearest_verb(word: str) -> str | None:
    """The verb that was probably meant; the word itself if it is one."""
    close = get_close_matches(word.lower()[:_MAX_WORD], sorted(_VERBS), n=1, cutoff=0.75)
    return close[0] if close else None


def _check_bytes(text: str) -> None:
    if len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise BadCommand(kind=BadWord.TOO_LONG, word=text[:16])
    if not text.isascii():
        word = next(word for word in _words(text) if not word.isascii())
        at = next(at for at, char in enumerate(word) if not char.isascii())
        start = max(0, at + 1 - _MAX_WORD)  # the odd character must be in what is shown
        raise BadCommand(kind=BadWord.NOT_ASCII, word=word[start : start + _MAX_WORD])


def _understand(word: str) -> tuple[str, str]:
    """The kind of a word and its canonical value."""
    low = word.lower()
    if word.startswith("@"):
        return "account", _account(low)
    if low in _SIDES:
        return "side", low
    if low in _POSITION_SIDES:
        return "position side", low
    if low == "all":
        return "contract", ALL
    return "contract", _contract(word)


def _account(word: str) -> str:
    if not ACCOUNT.fullmatch(word[1:]):
        raise BadCommand(kind=BadWord.BAD_ACCOUNT, word=word[:_MAX_WORD], expected="account")
    return word[1:]


def _contract(word: str) -> str:
    code = word.upper()
    if len(word) <= _MAX_WORD and CONTRACT.fullmatch(code) and _is_date(code):
        return code
    nearest = _nearest(word)
    looks_like_one = "-" in word or (nearest is not None and "-" in nearest)
    kind = BadWord.BAD_CONTRACT if looks_like_one else BadWord.UNKNOWN
    raise BadCommand(kind=kind, word=word[:_MAX_WORD], nearest=nearest)


def _is_date(code: str) -> bool:
    """Whether the delivery date of a dated contract is one (YYMMDD); a perpetual has none."""
    digits = code.split("-")[2:]
    if not digits:
        return True
    try:
        date(2000 + int(digits[0][:2]), int(digits[0][2:4]), int(digits[0][4:]))
    except ValueError:
        return False
    return True


def _nearest(word: str) -> str | None:
    """The word that was probably meant. Only ever shown: nothing is corrected."""
    if len(word) > _MAX_WORD:
        return None
    if match := _UNDASHED.fullmatch(word.upper()):
        coin, date = match.groups()
        code = f"{coin}-USDT" + (f"-{date}" if date else "")
        return code if _is_date(code) else None
    close = get_close_matches(word.lower(), _VOCABULARY, n=1, cutoff=0.6)  # 0.5 leads from SOL to `sell`
    if close:
        return close[0]
    return f"{word}-USDT" if _COIN.fullmatch(word) else None


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
