"""Ids of the example that were left as they stood: each may be a stranger's, who could then cancel.

On this machine's own addresses they are let pass: a simulator's people may have any ids.
"""

from collections.abc import Iterator
from typing import Final

from bot.config import urls
from bot.config.faults import Path, sentence
from bot.config.sources import Tree

EXAMPLES: Final = frozenset(
    {123456789, 987654321, -1001234567890, "U0123456789", "T0123456789", "T9876543210", "C0123456789"}
)
"""The ids in `bot.config.EXAMPLE`."""

_HOW: Final = "the real one, which `cancelall whoami` prints"


def faults(tree: Tree) -> Iterator[str]:
    """One sentence an id."""
    for section, place in (("telegram", "chats"), ("slack", "channels")):
        table = _table(tree.get(section))
        url = table.get("base_url")
        if isinstance(url, str) and urls.on_loopback(url.rstrip("/")):
            continue
        yield from _people(tree, section)
        rooms = table.get(place)
        for index, room in enumerate(rooms if isinstance(rooms, list) else ()):
            yield from _told(
                (section, place, index),
                room,
                f"{place} = [-1002345678901]" if section == "telegram" else f'{place} = ["C01ABCD2EFG"]',
            )
        yield from _told((section, "team"), table.get("team"), 'team = "T01ABCD2EFG"')


def _people(tree: Tree, section: str) -> Iterator[str]:
    example = "telegram = 5550123" if section == "telegram" else 'slack = "U01ABCD2EFG"'
    for name, person in _table(tree.get("members")).items():
        said = _table(person).get(section)
        parts = said.values() if isinstance(said, dict) else (said,)
        for part in parts:
            yield from _told(("members", name, section), part, example)


def _told(path: Path, value: object, example: str) -> Iterator[str]:
    if isinstance(value, int | str) and value in EXAMPLES:
        yield sentence(path, f"is {value}, the example's, which may be a stranger's", _HOW, example)


def _table(found: object) -> Tree:
    return found if isinstance(found, dict) else {}
