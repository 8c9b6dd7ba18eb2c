"""Under which names people know the Telegram bot, kept over restarts: a small file in the data directory.

Nothing depends on it: without it only the name of now is known.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import structlog

_FILE: Final = "telegram-names.json"
_LONGEST: Final = 4096
"""Bytes of it that are read."""


class RememberedNames:
    """Loads and saves them."""

    def __init__(self, folder: Path, bot_id: str) -> None:
        """Build them; another bot's names (`bot_id`: the number in front of its token) are not ours."""
        self._path = folder / _FILE
        self._bot_id = bot_id

    def load(self) -> tuple[str, ...]:
        """What was saved, newest first; nothing where nothing can be read."""
        try:
            with self._path.open("rb") as file:
                said = json.loads(file.read(_LONGEST))
        except (OSError, ValueError, RecursionError):
            return ()
        names = said.get("names") if isinstance(said, dict) and said.get("bot") == self._bot_id else None
        return tuple(name for name in names if isinstance(name, str)) if isinstance(names, list) else ()

    def save(self, names: Sequence[str]) -> None:
        """Keep them, whole or not at all; a disk that does not take them is logged."""
        new = self._path.with_suffix(".new")
        try:
            new.write_text(json.dumps({"bot": self._bot_id, "names": list(names)}), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            structlog.get_logger().warning("telegram names not kept", error=error.strerror)
