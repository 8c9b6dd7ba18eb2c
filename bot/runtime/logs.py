"""Structured logs for machines, with nothing secret in them: redacted by value and by pattern."""

import json
import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any, Final, TextIO, cast

import structlog

from bot.runtime.screen import Queued, Screen

REDACTED: Final = "[redacted]"

STYLES: Final = ("json", "console")
LEVELS: Final = ("DEBUG", "INFO", "WARNING", "ERROR")

_SHORTEST: Final = 6
"""Shorter values are not redacted by value: they would blank out ordinary words."""

_PATTERNS: Final = (
    re.compile(r"\b\d{3,}:[A-Za-z0-9_-]{8,}"),  # a Telegram bot token, also behind `/bot`
    re.compile(r"xox[a-z]-[A-Za-z0-9-]+|xapp-[A-Za-z0-9-]+"),  # Slack tokens
    re.compile(r"(?<=Signature=)[^&\s\"']+"),  # a signed HTX request may be replayed for minutes
    re.compile(r"(?<=AccessKeyId=)[^&\s\"']+"),
)


class Redactor:
    """Takes secrets out of text."""

    def __init__(self) -> None:
        self._values: list[str] = []

    def learn(self, values: Iterable[str]) -> None:
        """Values that must never be written, whatever they look like."""
        known = set(self._values) | {value for value in values if len(value) >= _SHORTEST}
        self._values = sorted(known, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """The text without secrets."""
        for value in self._values:
            text = text.replace(value, REDACTED)
        for pattern in _PATTERNS:
            text = pattern.sub(REDACTED, text)
        return text

    def __call__(self, _logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """A structlog processor: clean every value before it is rendered."""
        return {key: self._clean_value(value) for key, value in event.items()}

    def _clean_value(self, value: object) -> object:
        if isinstance(value, bool | int | float | None):
            return value
        return self.clean(value if isinstance(value, str) else repr(value))


@cache
def redactor() -> Redactor:
    """The process's one redactor: what it learns at any place counts for every log line."""
    return Redactor()


class _Stream:
    """A stream that may fail: a full disk or a closed pipe must not break what is being logged."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        with suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError, ValueError):
            self._stream.flush()


class _Stdlib(logging.Handler):
    """Sends the libraries' own log records through structlog, and so through the redactor."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger()
        logger.log(record.levelno, record.getMessage(), logger=record.name, exc_info=record.exc_info)


def set_up(redactor: Redactor, *, style: str, level: str, stream: TextIO) -> None:
    """Send all logs to one stream.

    Args:
        redactor: what takes the secrets out.
        style: `json` or `console`.
        level: `DEBUG`, `INFO`, `WARNING` or `ERROR`.
        stream: usually stderr. On one that nobody waits for (`Queued`) the log itself says how much was lost.
    """
    if isinstance(stream, Screen) and isinstance(stream.outlet, Queued):
        stream.outlet.notice = partial(_lost, style)
    number = logging.getLevelNamesMapping().get(level.upper(), logging.INFO)
    renderer = (
        structlog.processors.JSONRenderer() if style == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            redactor,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, _Stream(stream))),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers[:] = [_Stdlib()]
    root.setLevel(logging.WARNING)
    for name in ("httpx", "httpcore"):  # at INFO they print whole URLs: bot token, key and signature
        logging.getLogger(name).setLevel(logging.WARNING)


def _lost(style: str, lines: int) -> str:
    """The line that stands where lines were lost."""
    at, level, event = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}", "warning", "log lines lost"
    if style == "json":
        return json.dumps({"lost": lines, "level": level, "timestamp": at, "event": event}) + "\n"
    return f"{at} [{level}] {event} lost={lines}\n"


def guard_excepthook(redactor: Redactor) -> None:
    """Even the last traceback of a dying process goes through the redactor."""
    import traceback  # noqa: PLC0415 only the dying need it

    def hook(kind: type[BaseException], error: BaseException, trace: Any) -> None:  # noqa: ANN401 as sys wants it
        sys.stderr.write(redactor.clean("".join(traceback.format_exception(kind, error, trace))))

    sys.excepthook = hook
