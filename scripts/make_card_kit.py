"""Make the card kit: `python -m scripts.make_card_kit [FOLDER]`, by default tests/data/cards.

One message a file: a header of `key: value` lines, an empty line, then the message as a person reads it, line by
line; `[ Label ] (what the button does)`; after `---` the attached file.

    comment   what is special about it
    notifies  yes or no

The same text comes out each time, and a test compares it with the files in the repository.
"""

import sys
from pathlib import Path
from typing import Final

from scripts.card_drills import rehearsals
from scripts.card_groups import groups
from scripts.card_kit import text
from scripts.card_odd import odd_orders, unread
from scripts.card_refills import after_zero
from scripts.card_refusals import refused, taps, told
from scripts.card_reports import pickers, reports, unlisted_codes
from scripts.card_samples import lives

FOLDER: Final = Path(__file__).parent.parent / "tests" / "data" / "cards"


def files() -> dict[str, str]:
    """Every file of the kit by its name."""
    made: dict[str, str] = {}
    for name, comment, message in (
        *lives(),
        *after_zero(),
        *rehearsals(),
        *groups(),
        *odd_orders(),
        *unread(),
        *pickers(),
        *unlisted_codes(),
        *reports(),
        *refused(),
        *taps(),
        *told(),
    ):
        if f"{name}.txt" in made:
            raise ValueError(f"two samples are called {name}")
        notifies = "yes" if message.loud else "no"
        made[f"{name}.txt"] = f"comment: {comment}\nnotifies: {notifies}\n\n{text(message)}"
    return made


def main(folder: Path) -> None:
    """Write them all, and take away those that no sample makes."""
    folder.mkdir(parents=True, exist_ok=True)
    made = files()
    for old in folder.glob("*.txt"):
        if old.name not in made:
            old.unlink()
    for name, content in made.items():
        (folder / name).write_text(content, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
