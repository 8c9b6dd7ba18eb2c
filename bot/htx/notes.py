"""One line in the log a request: where, what, what came of it, how long. Never a target: it holds a signature."""

from contextlib import suppress
from typing import Final, Protocol

import structlog

from bot.htx.address import Address
from bot.htx.answers import Trouble
from bot.htx.wire import Envelope
from bot.model import (
    Ambiguous,
    Answer,
    Answered,
    Maintenance,
    NothingMatched,
    NotSent,
    Refused,
    TooMany,
)
from bot.ports import Clock

_OUTCOMES: Final = {
    Envelope: "ok",
    Trouble: "failed",
    Answered: "ok",
    NothingMatched: "nothing matched",
    Refused: "refused",
    Maintenance: "maintenance",
    TooMany: "too many requests",
    NotSent: "not sent",
    Ambiguous: "unclear",
}
"""What came of a request, in the words of the log."""


def _said(outcome: Answer | Envelope | Trouble) -> str:
    return _OUTCOMES.get(type(outcome), type(outcome).__name__)


class Log(Protocol):
    """As much of a structlog logger as is needed."""

    def info(self, event: str, /, **facts: object) -> object:
        """Write one line."""
        ...


class Notes:
    """Writes them.

    Args:
        clock: `monotonic` only.
        log: where to; None: structlog's, as configured at the time of each call.
    """

    def __init__(self, clock: Clock, log: Log | None) -> None:
        self._clock = clock
        self._log = log

    def request(self, where: Address, path: str, outcome: Answer | Envelope | Trouble, began: float) -> None:
        """Note one request that began at `began`, monotonic seconds."""
        facts = {name: getattr(outcome, name) for name in ("why", "code") if getattr(outcome, name, None)}
        ms = round((self._clock.monotonic() - began) * 1000)
        self._write("htx", host=where.host, path=path, outcome=_said(outcome), ms=ms, **facts)

    def odd(self, where: Address, path: str, why: str) -> None:
        """Note that the data of an answer cannot be true, or has no shape we know."""
        self._write("htx answered oddly", host=where.host, path=path, why=why)

    def _write(self, event: str, **facts: object) -> None:
        log = self._log or structlog.get_logger()
        # A full disk or a closed pipe must not turn an outcome into an exception.
        with suppress(OSError, ValueError):
            log.info(event, **facts)
