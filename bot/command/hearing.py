"""A chat's text: for us or not, and the command in it.

Rules of this file: what can mean nothing else is understood (a slash left out in private, `／`, `//`, blanks that
nobody sees). What is for us and can be read in two ways is heard with a doubt: it is answered, and never run. A
group's talk among people is not for us.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from bot.command.nearest import VERBS, nearest_verb
from bot.model import Doubt

ALARMS: Final = frozenset(
    {"stop", "halt", "panic", "kill", "abort", "emergency", "killswitch", "killall", "stopall", "stopp", "cancel"}
)
"""What people type who want everything to end, now. It shows the way to a card, and never fires."""

_WITH_ALARMS: Final = frozenset(
    {"all", "everything", "it", "now", "orders", "please", "trading", "the", "bot", "switch", "every", "order"}
)
"""What may stand beside them."""

_BLANKS: Final = " \t\r\n"
_SLASHES: Final = "/／∕⁄⧸"
"""What phones and keyboards make of a slash."""

_AFTER_NAME: Final = ",:;-–—*_~`"
_COMMAND: Final = re.compile(
    r"(?P<verb>[A-Za-z][A-Za-z0-9_]*)(?:@(?P<name>[A-Za-z0-9_]+))?(?P<rest>(?![A-Za-z0-9_]).*)?$",
    re.ASCII | re.DOTALL,
)
_NAME: Final = re.compile(r"(?<![\w@.])@(?P<name>[A-Za-z0-9_]{3,32})(?!\w)", re.ASCII)
_ANY_NAME: Final = re.compile(r"(?<![.])@(?P<name>[A-Za-z0-9_]{3,32})(?!\w)", re.ASCII)
_VERB: Final = re.compile(
    rf"(?<![\w-])(?P<text>(?:{'|'.join(sorted(VERBS))})\b.*)", re.ASCII | re.DOTALL | re.IGNORECASE
)
_BULLETS: Final = frozenset("*_~`>•◦▪‣·-–" + _SLASHES)
_NUMBERED: Final = re.compile(r"[0-9]{1,3}[.)]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """Something said to us."""

    text: str
    """The command, without slash and bot name; where there is a doubt, what it would be."""
    doubt: Doubt | None = None
    """Why it must not be run as it is."""
    called: str = ""
    """With `OTHER_NAME`: the name that was said."""


def hear(text: str, names: Sequence[str], *, private: bool, to_us: bool = False) -> Spoken | None:
    """What a message says to us; None: it is for somebody else.

    Args:
        text: as it came.
        names: our user names without `@`, those we had among them.
        private: nobody but us hears it.
        to_us: it answers a message of ours, or begins with our name.
    """
    body = _bare(text)
    named = next((each for each in _NAME.finditer(body) if _is_ours(each["name"], names)), None)
    if body[:1] and body[0] in _SLASHES:
        meant = private or to_us or named is not None
        spoken = _slashed(body.lstrip(_SLASHES), names, private=meant)
        if spoken is not None or not meant:
            return spoken
        if named is not None:
            return hear_named(body[: named.start()], body[named.end() :], names)
    elif (match := _COMMAND.match(body)) and match["name"] and match["verb"].lower() in VERBS:
        return _slashed(body, names, private=private)
    elif named is not None:
        return hear_named(body[: named.start()], body[named.end() :], names)
    body = _bare(body.lstrip(_SLASHES))
    if not (private or to_us):
        return None
    if not body:
        return Spoken(text="", doubt=Doubt.NO_COMMAND) if private else None
    if _begins_with_verb(body) or is_alarm(body) or (private and nearest_verb(_first(body)) is not None):
        return Spoken(text=body)
    return Spoken(text=body, doubt=Doubt.NO_COMMAND) if private else None


def hear_named(before: str, after: str, names: Sequence[str] = ()) -> Spoken:
    """What a message says in which our name stands.

    Args:
        before: what stands before our name.
        after: what stands behind it.
        names: our user names, which may stand in it once more.
    """
    rest = _bare(_unnamed(_bare(after).lstrip(_AFTER_NAME), names))
    if _is_mark(before):
        heard = hear(rest, (), private=True, to_us=True)
        return heard or Spoken(text=rest, doubt=Doubt.NO_COMMAND)
    first = hear(f"{before} {rest}", (), private=False, to_us=True)
    if first is not None and first.doubt is None:
        return first
    whole = _VERB.search(f"{before} {rest}")
    text = whole["text"] if whole else rest
    return Spoken(text=_bare(text.lstrip(_SLASHES)), doubt=Doubt.IN_A_SENTENCE)


def is_alarm(text: str) -> bool:
    """Whether somebody only shouts `STOP`, in whichever of a few words."""
    words = [each for word in text.lower().split() if (each := word.strip(".,;:!?*_~`'\"/"))]
    if words[:1] == ["cancelall"]:
        words = words[1:]
        return bool(words) and set(words) <= ALARMS | _WITH_ALARMS
    # "cancel" alone may be the beginning of anything.
    return bool(words) and words[0] in ALARMS and words != ["cancel"] and set(words) <= ALARMS | _WITH_ALARMS


def stray_name(text: str, names: Collection[str]) -> bool:
    """Whether somebody is named whom we do not know: it could be us, under a new name."""
    return any(not _is_ours(each["name"], names) for each in _ANY_NAME.finditer(text))


def _slashed(body: str, names: Sequence[str], *, private: bool) -> Spoken | None:
    """What stands behind a slash."""
    match = _COMMAND.match(_bare(body) if private else body)
    if match is None:
        return None
    verb, name, rest = match["verb"], match["name"], match["rest"] or ""
    rest = _unnamed(rest, names) if names else rest
    text = f"{verb}{rest}".rstrip(_BLANKS)
    if name and not _is_ours(name, names):
        near = any(_one_slip(name.lower(), ours.lower()) for ours in names)
        return Spoken(text=text, doubt=Doubt.OTHER_NAME, called=name) if near or private else None
    if not (private or name or nearest_verb(verb) is not None):
        return None
    if rest.startswith("@"):  # `/cancelall@OurBot@main`: nothing says where one word ends
        again = next((ours for ours in names if rest[1:].lower().startswith(ours.lower())), "")
        rest = rest[1 + len(again) :] if again else rest
        return Spoken(text=f"{verb} {rest.lstrip(_BLANKS)}".rstrip(_BLANKS), doubt=Doubt.JOINED)
    return Spoken(text=text)


def _unnamed(text: str, names: Sequence[str]) -> str:
    """The text without our name, however often it stands in it."""
    return _NAME.sub(lambda found: "" if _is_ours(found["name"], names) else found[0], text)


def _is_mark(before: str) -> bool:
    """Whether what stands before our name is only how it is set: bold, a list, a quotation."""
    words = before.split()
    return all(set(word) <= _BULLETS or _NUMBERED.fullmatch(word) for word in words if _bare(word))


def _bare(text: str) -> str:
    """The text without blanks in front, those that nobody sees among them: zero-width ones, marks of order."""
    at = 0
    while at < len(text) and (text[at].isspace() or unicodedata.category(text[at]) in ("Cf", "Zs", "Zl", "Zp")):
        at += 1
    return text[at:].rstrip(_BLANKS)


def _first(body: str) -> str:
    return body.split(maxsplit=1)[0]


def _begins_with_verb(body: str) -> bool:
    return _first(body).lower() in VERBS


def _is_ours(name: str, names: Collection[str]) -> bool:
    return name.lower() in {ours.lower() for ours in names}


def _one_slip(typed: str, ours: str) -> bool:
    """Whether one typing error lies between: a letter too many, too few, another, or two that changed places.

    One digit for another is no slip: `desk1_bot` and `desk2_bot` are two bots.
    """
    if abs(len(typed) - len(ours)) > 1 or typed == ours:
        return False
    same = next(
        (at for at, (a, b) in enumerate(zip(typed, ours, strict=False)) if a != b), min(len(typed), len(ours))
    )
    left, right = typed[same:], ours[same:]
    if len(left) != len(right):
        return left[1:] == right or left == right[1:]
    if left[1:] == right[1:]:
        return not (left[0].isdecimal() and right[0].isdecimal())
    return left[:2] == right[1::-1] and left[2:] == right[2:]
