"""A sign of life on disk, for `cancelall health` and the container's healthcheck: no port needed."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from bot.model import ChatHealth
from bot.ports import Clock
from bot.runtime.standard import lost_lines

EVERY: Final = 5.0
"""Seconds between beats."""

LATE: Final = 30.0
"""Seconds after which a missing beat counts as dead."""

DEAF: Final = 90.0
"""Seconds after which a chat without a good poll counts as deaf: several times as long as a poll is held open."""

_FILE: Final = "pulse.json"


class Pulse:
    """Beats while the bot's loop turns."""

    def __init__(self, data_dir: Path, clock: Clock, health: Callable[[], tuple[ChatHealth, ...]]) -> None:
        self._path = data_dir / _FILE
        self._clock = clock
        self._health = health

    async def run(self) -> None:
        """Beat until cancelled, then leave no pulse. A beat that cannot be written must not stop anything."""
        try:
            while True:
                try:
                    self._beat()
                except OSError as error:
                    structlog.get_logger().warning("no pulse", error=error.strerror)
                await self._clock.sleep(EVERY)
        finally:
            self._path.unlink(missing_ok=True)

    def _beat(self) -> None:
        chats = {
            chat.platform.value: {
                "last_good": chat.last_good.isoformat() if chat.last_good else None,
                "trouble": chat.trouble,
            }
            for chat in self._health()
        }
        beat = {
            "at": datetime.now(UTC).isoformat(),
            "pid": os.getpid(),
            "chats": chats,
            "log_lines_lost": lost_lines(),
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(beat))
        fresh.replace(self._path)


def diagnose(data_dir: Path, now: datetime) -> str | None:
    """What is wrong with the bot of this data directory; None when nothing is."""
    try:
        beat = json.loads((data_dir / _FILE).read_text())
        age = (now - datetime.fromisoformat(beat["at"])).total_seconds()
        chats = dict(beat["chats"])
    except FileNotFoundError:
        return f"there is no pulse in {data_dir}: the bot does not run, or has another data directory"
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"no readable pulse: {error}"
    if age > LATE:
        return f"no pulse for {age:.0f} s"
    return "; ".join(filter(None, (_deaf(name, chat, now) for name, chat in chats.items()))) or None


def lost_of(data_dir: Path) -> int:
    """How many lines of its log the bot of this data directory could not write; 0 where nobody knows."""
    try:
        return int(json.loads((data_dir / _FILE).read_text())["log_lines_lost"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def _deaf(name: str, chat: dict[str, str | None], now: datetime) -> str | None:
    """What is wrong with one chat."""
    if trouble := chat.get("trouble"):
        return f"{name}: {trouble}"
    last = chat.get("last_good")
    age = (now - datetime.fromisoformat(last)).total_seconds() if last else 0.0
    return f"{name}: nothing heard for {age:.0f} s" if age > DEAF else None
