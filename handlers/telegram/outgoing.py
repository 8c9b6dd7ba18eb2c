"""What Telegram really answered to a call of ours: its own words, whatever the library makes of them.

The library goes by the HTTP status, so that a proxy's error page counts as "forbidden", and an answer that says
"ok" and that it cannot parse counts as a failure, although the message is posted. Here the body is the truth, and
where it is none, nothing of it was Telegram's word.
"""

import json
import re
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from telegram.error import TelegramError
from telegram.request import HTTPXRequest

from bot.errors import Remedy, Undelivered, remedies

_OK: Final = 200
_TOO_MANY: Final = 429
_LONGEST: Final = 160
_MESSAGE_ID: Final = re.compile(rb'"message_id"\s*:\s*(\d{1,18})')
_SAYS_OK: Final = re.compile(rb'\s*\{\s*"ok"\s*:\s*true\b')

_LAST: ContextVar["Answer | None"] = ContextVar("last_answer", default=None)
"""The answer to the last call of this task."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes


class Outgoing(HTTPXRequest):
    """The library's own transport, with the last answer kept for whoever made the call."""

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:  # noqa: ANN401 the library's own
        """Make a request and keep what came back."""
        _LAST.set(None)
        status, body = await super().do_request(*args, **kwargs)
        _LAST.set(Answer(status, body))
        return status, body


def forget() -> None:
    """A new call begins: what was answered before says nothing about it."""
    _LAST.set(None)


def last() -> Answer | None:
    """The answer to this task's last call; None where there was none."""
    return _LAST.get()


def posted(answer: Answer) -> str | None:
    """The id of what was posted or edited, where the answer says "ok"; empty where it does not say which.

    None: the answer does not say so. One that breaks off, or that has a shape nobody expected, says it all the
    same if it begins so: what was posted must not be posted again.
    """
    if answer.status != _OK or not _SAYS_OK.match(answer.body):
        return None
    try:
        result = json.loads(answer.body)["result"]
        if isinstance(result, dict) and isinstance(result.get("message_id"), int):
            return str(result["message_id"])
    except (ValueError, KeyError, RecursionError):
        pass
    found = _MESSAGE_ID.search(answer.body)  # the message's own comes first: `result` is the message
    return found[1].decode() if found else ""


def undelivered(answer: Answer | None, error: Exception) -> Undelivered:
    """What an answer that is no "ok" means for a delivery.

    Args:
        answer: what came back; None: nothing did.
        error: what the library made of it.
    """
    name = type(error).__name__
    said = None if answer is None else _said(answer)
    if answer is None or said is None:
        # No answer, or a page of somebody between Telegram and us. `TimedOut` may have been taken.
        if answer is None and not isinstance(error, TelegramError):  # no request was made: it is ours to mend
            return Undelivered(why=name, remedy=Remedy.UNKNOWN)
        lost = name == "TimedOut" or (answer is not None and answer.status == _OK)
        return Undelivered(why=name if answer is None else f"http {answer.status}", lost=lost)
    parameters = said.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    why = str(said.get("description") or f"error {said.get('error_code', answer.status)}")[:_LONGEST]
    moved = parameters.get("migrate_to_chat_id")
    if isinstance(moved, int):
        return Undelivered(why="group moved", remedy=Remedy.ELSEWHERE, moved_to=str(moved))
    wait = parameters.get("retry_after")
    if said.get("error_code", answer.status) == _TOO_MANY or isinstance(wait, int | float):
        seconds = float(wait) if isinstance(wait, int | float) and wait >= 0 else None
        return Undelivered(why="too many requests", retry_after=seconds)
    return Undelivered(why=why, remedy=remedy(why))


def remedy(description: str) -> Remedy:
    """What Telegram's description of an error means: by the longest line of the table that is part of it."""
    text = description.lower()
    fitting = [part for part in _table() if part in text]
    return _table()[max(fitting, key=len)] if fitting else Remedy.UNKNOWN


@cache
def _table() -> dict[str, Remedy]:
    return dict(remedies(files("handlers.telegram").joinpath("errors.txt").read_text("utf-8")))


def _said(answer: Answer) -> dict[str, Any] | None:
    """Telegram's own refusal; None where the body is not the Bot API's."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) and said.get("ok") is False else None
