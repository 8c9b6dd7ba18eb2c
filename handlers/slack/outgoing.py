"""What Slack really answered to a call of ours: its own words, whatever the library makes of them.

The library takes an answer of an unexpected type, or one that breaks off, for a failure, although it says "ok" and
the message is posted. Here the body is the truth, and where it is none, nothing of it was Slack's word.
"""

import json
import re
from collections.abc import Awaitable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any, Final

import aiohttp
import structlog

from bot.errors import Remedy, Undelivered, remedies

_OK: Final = 200
_TOO_MANY: Final = 429
_MOST: Final = 256 * 1024
"""Bytes of an answer that are kept."""

_SAYS_OK: Final = re.compile(rb'\s*\{\s*"ok"\s*:\s*true\b')
_TS: Final = re.compile(rb'"(?:message_)?ts"\s*:\s*"(\d{1,12}\.\d{1,9})"')
_CHANNEL: Final = re.compile(rb'"channel"\s*:\s*"([A-Z0-9]{1,24})"')


@dataclass(slots=True)
class Answer:
    """One HTTP answer, as far as it came."""

    status: int = 0
    retry_after: str | None = None
    body: bytearray = field(default_factory=bytearray)


_LAST: ContextVar[Answer | None] = ContextVar("last_slack_answer", default=None)
"""The answer to the last call of this task."""


def trace() -> aiohttp.TraceConfig:
    """What a session needs so that its answers can be read by `call`."""
    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(_begins)
    trace.on_response_chunk_received.append(_goes_on)
    trace.on_request_end.append(_ends)
    return trace


async def _begins(_session: aiohttp.ClientSession, _context: SimpleNamespace, _params: object) -> None:
    _LAST.set(Answer())


async def _goes_on(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceResponseChunkReceivedParams
) -> None:
    answer = _LAST.get()
    if answer is not None and len(answer.body) < _MOST:
        answer.body += params.chunk


async def _ends(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    answer = _LAST.get()
    if answer is not None:
        answer.status = params.response.status
        answer.retry_after = params.response.headers.get("Retry-After")


async def call(work: Awaitable[Any]) -> dict[str, Any]:
    """Await a Web API call of the library's; what Slack answered.

    Where the answer says "ok" and the library failed, that is `channel` and `ts`, as far as they can be read.

    Raises:
        Undelivered: it was refused, or nobody knows.
    """
    _LAST.set(None)
    try:
        answer = await work
        said = answer.data if isinstance(answer.data, dict) else {}
    except Exception as error:  # noqa: BLE001 whatever the library raises: the answer itself says what happened
        found = _LAST.get()
        if found is not None and (posted := _posted(found)) is not None:
            structlog.get_logger().warning("answer not parsed, and taken as posted", error=type(error).__name__)
            return posted
        raise undelivered(found, error) from None
    return said


def _posted(answer: Answer) -> dict[str, Any] | None:
    """What was posted, where the answer says "ok"; None where it does not."""
    body = bytes(answer.body)
    if answer.status != _OK or not _SAYS_OK.match(body):
        return None
    ts, channel = _TS.search(body), _CHANNEL.search(body)
    return {"ts": ts[1].decode() if ts else "", "channel": channel[1].decode() if channel else ""}


def undelivered(answer: Answer | None, error: Exception) -> Undelivered:
    """What an answer that is no "ok" means for a delivery.

    Args:
        answer: what came back, as far as it did; None: no request was made.
        error: what the library made of it.
    """
    if answer is None or not answer.status:
        lost = answer is not None and not isinstance(error, aiohttp.ClientConnectorError)
        return Undelivered(why=type(error).__name__, lost=lost)
    said = _said(answer)
    why = str(said.get("error") or "") if said else ""
    if answer.status == _TOO_MANY or why in ("ratelimited", "rate_limited"):
        return Undelivered(why="too many requests", retry_after=_seconds(answer.retry_after))
    if not why:  # a page of somebody between Slack and us, or an answer that is none
        return Undelivered(why=f"http {answer.status}", lost=answer.status == _OK)
    return Undelivered(why=why[:100], remedy=_table().get(why, Remedy.UNKNOWN))


@cache
def _table() -> dict[str, Remedy]:
    return dict(remedies(files("handlers.slack").joinpath("errors.txt").read_text("utf-8")))


def _said(answer: Answer) -> dict[str, Any] | None:
    """Slack's own refusal; None where the body is not Slack's."""
    try:
        said = json.loads(bytes(answer.body))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and said.get("ok") is False else None


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if 0 <= seconds < 86_400 else None  # noqa: PLR2004 a day; anything else is no answer
