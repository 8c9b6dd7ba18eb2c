"""A sign of life on disk, for `cancelall health` and the container's healthcheck: no port needed."""

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from bot.ports import Clock, Messenger
from bot.runtime.standard import lost_lines
from bot.words import chats

EVERY: Final = 5.0
"""Seconds between beats."""

LATE: Final = 30.0
"""Seconds after which a missing beat counts as dead."""

DEAF: Final = 90.0
"""Seconds after which a chat without a good poll counts as deaf: several times as long as a poll is held open."""

UNTOLD: Final = timedelta(seconds=30)
"""How long a result may wait for its place before that is trouble."""

_FILE: Final = "pulse.json"


class Pulse:
    """Beats while the bot's loop turns."""

    def __init__(self, data_dir: Path, clock: Clock, messenger: Messenger) -> None:
        self._path = data_dir / _FILE
        self._clock = clock
        self._messenger = messenger

    async def run(self) -> None:
        """Beat until cancelled, then leave no pulse. A beat that cannot be written must not stop anything."""
        try:
            while True:
                try:
                    self._beat()
                except OSError as error:
                    structlog.get_logger().warning("pulse file not written", error=error.strerror)
                    with suppress(OSError):  # that the loop turns can be shown on a full disk, too
                        os.utime(self._path)
                await self._clock.sleep(EVERY)
        finally:
            self._path.unlink(missing_ok=True)

    def _beat(self) -> None:
        now = self._clock.now()
        heard = {
            chat.platform.value: {
                "last_good": chat.last_good.isoformat() if chat.last_good else None,
                "trouble": chat.trouble,
            }
            for chat in self._messenger.health()
        }
        untold = [
            {"said": chats.waiting(one, now, names=()), "late": now - one.since > UNTOLD}
            for one in self._messenger.waiting()
        ]
        beat = {
            "at": datetime.now(UTC).isoformat(),
            "pid": os.getpid(),
            "chats": heard,
            "waiting": untold,
            "log_lines_lost": lost_lines(),
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(beat))
        fresh.replace(self._path)


def diagnose(data_dir: Path, now: datetime) -> str | None:
    """What is wrong with the bot of this data directory; None when nothing is."""
    if dead := stopped(data_dir, now):
        return dead
    try:
        beat = json.loads((data_dir / _FILE).read_text())
        age = (now - datetime.fromisoformat(beat["at"])).total_seconds()
        heard, untold = dict(beat["chats"]), list(beat.get("waiting", ()))
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"{_FILE} cannot be read: {error}"
    if age > LATE:
        return f"{_FILE} was not written for {age:.0f} s: is the disk of {data_dir} full?"
    deaf = [_deaf(name, chat, now) for name, chat in heard.items()]
    late = [str(one["said"]) for one in untold if one["late"]]
    return "; ".join(filter(None, (*deaf, *late))) or None


def lost_of(data_dir: Path) -> int:
    """How many lines of its log the bot of this data directory could not write; 0 where nobody knows."""
    try:
        return int(json.loads((data_dir / _FILE).read_text())["log_lines_lost"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0


def stopped(data_dir: Path, now: datetime) -> str | None:
    """Why the bot's loop counts as standing still; None while it turns, whatever its chats and HTX do."""
    try:
        age = now.timestamp() - (data_dir / _FILE).stat().st_mtime
    except FileNotFoundError:
        return f"the bot does not run, or uses another data directory: there is no {_FILE} in {data_dir}"
    except OSError as error:
        return f"{_FILE} cannot be read: {error}"
    return f"the bot has been silent for {age:.0f} s: it hangs, or it was killed" if age > LATE else None


def _deaf(name: str, chat: Mapping[str, str | None], now: datetime) -> str | None:
    """What is wrong with one chat."""
    if trouble := chat.get("trouble"):
        return f"{name}: {trouble}"
    last = chat.get("last_good")
    age = (now - datetime.fromisoformat(last)).total_seconds() if last else 0.0
    return f"{name}: nothing heard for {age:.0f} s" if age > DEAF else None
