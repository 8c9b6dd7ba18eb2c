"""The last page of the story: one line a scene, what was told beside what really happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import set_cell_size

from bot.cli.demo.screen import WIDTH

_COLUMNS: Final = (3, 26, 20)
"""Number, what it was, what was told; what really happened has the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One scene."""

    number: int
    what: str
    told: str
    """The verdict, or the word in its place."""
    happened: str
    """From the exchange's log and book."""
    true: bool = True


def summary(lines: Sequence[Line]) -> list[str]:
    """The page, `WIDTH` columns wide at most."""
    return [
        "",
        _row("", "the scene", "what was told", "what happened at the exchange"),
        "─" * WIDTH,
        *(_row(f"{'' if line.true else '✗'}{line.number}", line.what, line.told, line.happened) for line in lines),
        "─" * WIDTH,
    ]


def _row(number: str, *rest: str) -> str:
    """Cells; one that is too long is cut."""
    widths = (*(width - 1 for width in _COLUMNS[1:]), WIDTH - sum(_COLUMNS))
    cells = map(set_cell_size, rest, widths)
    return f"{number:>{_COLUMNS[0] - 1}} {' '.join(cells)}".rstrip()
