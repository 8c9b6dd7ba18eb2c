"""What people were told, read off the screen: the words alone, as a person would."""

import re
from dataclasses import dataclass
from typing import Final

from tests.truth.screen import Shown
from tests.truth.story import Story

_WORDS: Final = re.compile(r"^\S+ (ZERO LEFT|([\d,]+) STILL OPEN|NOT RUN|UNKNOWN) · ")
_CANCELLED: Final = re.compile(r"· ([\d,]+)(?: of [\d,]+)?(?: \+ ([\d,]+) newer)? cancelled")
_FILLED: Final = re.compile(r"([\d,]+) filled, says HTX")
_PARTLY: Final = re.compile(r"([\d,]+) partly filled: ")
_RECORDS: Final = re.compile(r"([\d,]+) cancelled, by HTX's records")
_GONE: Final = re.compile(r"([\d,]+) gone(?:: cancelled or filled| another way)")
_BY_ID: Final = re.compile(r"([\d,]+) (?:of them )?(?:was|were) cancelled singly, by id")
_NEW: Final = re.compile(r"^\S+ ([\d,]+) NEW after ZERO LEFT · ")
_PLACED: Final = re.compile(r"([\d,]+) placed after your card")
_ID: Final = re.compile(r"#([2-9A-Z]{5})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One result on the screen."""

    at: float
    text: str
    verdict: str
    """`ZERO LEFT`, `STILL OPEN`, `NOT RUN`, `UNKNOWN`."""
    left: int | None
    """The number before STILL OPEN."""

    @property
    def cancelled(self) -> int | None:
        """How many were cancelled, those that came after the card among them."""
        found = _CANCELLED.search(self.text)
        return None if found is None else sum(_number(group) for group in found.groups() if group)

    @property
    def filled(self) -> int:
        """How many HTX says were filled."""
        return _first(_FILLED, self.text)

    @property
    def partly(self) -> int:
        """How many were filled in part, and the rest cancelled."""
        return _first(_PARTLY, self.text)

    @property
    def by_records(self) -> int:
        """How many HTX has down as cancelled, and did not answer so."""
        return _first(_RECORDS, self.text)

    @property
    def gone(self) -> int:
        """How many are gone nobody knows how."""
        return _first(_GONE, self.text)

    @property
    def by_id(self) -> int:
        """How many were cancelled by their id."""
        return _first(_BY_ID, self.text)

    @property
    def placed(self) -> int:
        """How many came after the card."""
        return _first(_PLACED, self.text)


def new_orders(story: Story) -> list[tuple[float, str, int]]:
    """The messages that orders are back: when, of which mass cancel, and how many."""
    found = ((shown, _NEW.search(shown.message.title)) for shown in story.screen.messages)
    return [(shown.at, id_of(shown) or "", _number(match[1])) for shown, match in found if match]


def results(story: Story, id_: str) -> list[Told]:
    """The results of one mass cancel, each once, in their order."""
    found: dict[str, Told] = {}
    for shown in story.screen.messages:
        match = _WORDS.search(shown.message.title)
        if match is None or f"#{id_} · log " not in shown.text or shown.text in found:
            continue
        left = None if match[2] is None else _number(match[2])
        verdict = match[1] if left is None else "STILL OPEN"
        found[shown.text] = Told(at=shown.at, text=shown.text, verdict=verdict, left=left)
    return list(found.values())


def id_of(shown: Shown) -> str | None:
    """The mass cancel that a card belongs to."""
    found = _ID.findall(shown.text)
    return found[-1] if found else None


def _first(what: re.Pattern[str], text: str) -> int:
    found = what.search(text)
    return _number(found[1]) if found else 0


def _number(text: str) -> int:
    return int(text.replace(",", ""))
