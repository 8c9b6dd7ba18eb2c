"""One transcript as it lies in tests/data/transcripts (its README.md tells the format)."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tests.e2e.setting import Setting

DATA: Final = Path(__file__).parents[1] / "data" / "transcripts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """One file."""

    name: str
    title: str
    setting: Setting
    only: str | None
    """The one platform on which it makes sense."""
    lines: tuple[tuple[int, str], ...]
    """With their numbers in the file."""


def transcripts() -> list[Transcript]:
    """Every file of the kit."""
    return [read(path) for path in sorted(DATA.glob("*.txt"))]


def read(path: Path) -> Transcript:
    """One file.

    Raises:
        ValueError: it has no title, or a setting that is unknown.
    """
    rows = list(enumerate(path.read_text(encoding="utf-8").splitlines(), start=1))
    title = rows[0][1]
    if not title.startswith("# "):
        raise ValueError(f"{path.name}: the first line is the title")
    lines = [(number, line) for number, line in rows if line.strip() and not line.startswith("#")]
    said = [line.removeprefix("setting ") for _, line in lines if line.startswith("setting ")]
    only = [line.removeprefix("only ") for _, line in lines if line.startswith("only ")]
    return Transcript(
        name=path.stem,
        title=title.removeprefix("# "),
        setting=Setting(**dict(_setting(word) for line in said for word in line.split())),
        only=only[0] if only else None,
        lines=tuple(row for row in lines if not row[1].startswith(("setting ", "only "))),
    )


def _setting(word: str) -> tuple[str, Any]:
    name, _, value = word.partition("=")
    match name:
        case "accounts":
            return name, dict.fromkeys(value.split(","), "dual_side")
        case "one-way":
            return "accounts", {"main": "single_side"}
        case "card-seconds":
            return "card_seconds", int(value)
        case "confirm":
            return name, value
        case "forum":
            return name, True
        case "hosts":
            return name, tuple(value.split(","))
    raise ValueError(f"no such setting: {word}")
