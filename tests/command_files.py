"""Reads the cases of tests/data/commands (its README.md tells the format)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
KEYS: Final = frozenset({"expect", "spelled", "text", "doubt", "word", "nearest", "wanted"})

_ESCAPE: Final = re.compile(r"\\(?:([nrts\\])|x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8}))")
_REPEAT: Final = re.compile(r"\{((?:\\.[0-9a-f]*|[^\\{}]))\*([0-9]+)\}")
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", "s": " ", "\\": "\\"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One line of a file."""

    where: str
    given: str
    fields: dict[str, str]

    def __str__(self) -> str:
        return self.where


def unescaped(text: str) -> str:
    """The text that an escaped one stands for."""
    long = _REPEAT.sub(lambda found: found[1] * int(found[2]), text)
    return _ESCAPE.sub(
        lambda found: _PLAIN[found[1]] if found[1] else chr(int(found[2] or found[3] or found[4], 16)), long
    )


def case(line: str, where: str) -> Case:
    """One case; a line without an arrow, an unknown key or one said twice fails."""
    given, arrow, rest = line.partition(" => ")
    pairs = [part.partition(":")[::2] for part in rest.split(" | ")]
    keys = [key for key, _ in pairs]
    if not arrow or not KEYS.issuperset(keys) or len(set(keys)) < len(keys) or "expect" not in keys:
        raise ValueError(f"{where}: not a case: {line!r}")
    return Case(
        where=where, given=unescaped(given), fields={key: unescaped(said.strip(" ")) for key, said in pairs}
    )


def cases() -> Iterator[Case]:
    """Every case of every file."""
    for file in sorted((DATA / "commands").glob("*.txt")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if line and not line.startswith("#"):
                yield case(line, f"{file.stem}:{number}")


def confusables() -> dict[str, tuple[str, ...]]:
    """Our characters, each with those that look like it."""
    rows = (DATA / "confusables.txt").read_text(encoding="ascii").splitlines()
    pairs = (row.split(": ") for row in rows if not row.startswith("#"))
    return {
        ours: tuple(chr(int(code.removeprefix("U+"), base=16)) for code in codes.split()) for ours, codes in pairs
    }
