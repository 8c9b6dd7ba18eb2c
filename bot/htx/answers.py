"""From one reply to what it means: pure, one function for the cancel request and one for reads.

No success because of an HTTP status alone, no refusal either: both take one whole JSON object that does not
contradict itself. Everything else is ambiguous for the cancel request, and another address's turn for a read.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from bot.htx import wire
from bot.htx.codes import MAINTAIN, OF_THE_ADDRESS, OK, THROTTLED, Kind, kind_of, may_change
from bot.htx.strict import BOM, WireError, parsed
from bot.htx.wire import Envelope
from bot.htx.wire_usual import usual_items
from bot.model import Ambiguous, Answer, Answered, Item, Maintenance, NothingMatched, Refused, TooMany

TOO_MANY_REQUESTS: Final = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """A read that brought nothing."""

    why: str
    code: str | None = None
    elsewhere: bool = False
    """Another address may do better."""
    odd: bool = False
    """HTX said something we do not understand: that is no fault of the address."""
    busy: bool = False
    """Refused for the rate: the same again after `wait`."""
    wait: float | None = None
    """Seconds, None where HTX did not say."""


Items = Callable[[object], tuple[Item, ...]]
"""Reads the items of an executed cancel. Raises WireError."""


def cancel_answer(*, status: int, body: bytes | None, wait: float | None, items: Items = wire.items) -> Answer:
    """What a whole reply to the cancel request means.

    Args:
        status: HTTP status.
        body: the decoded body, None if it was over the limit.
        wait: seconds to the rate limit's reset, None where HTX did not say.
        items: reads the items, where they are not those of plain orders.
    """
    if body is None:
        return Ambiguous(why="too large")
    if not _readable(status):
        return Ambiguous(why=f"http {status}")
    if body.startswith(BOM):  # HTX writes none: whoever did may have made up the rest as well
        return Ambiguous(why="byte order mark")
    if items is wire.items and _successful(status) and (usual := usual_items(body)):
        return Answered(items=usual)
    try:
        said = wire.envelope(body)
        answer = _by_code(said, items, status=status, wait=wait)
    except WireError as error:
        throttled = status == TOO_MANY_REQUESTS and _says_no_more(body)
        return TooMany(wait=wait) if throttled else Ambiguous(why=error.why)
    return _throttled(said, answer, wait=wait) if status == TOO_MANY_REQUESTS else answer


def _is_cut(body: bytes) -> bool:
    """Whether it begins as JSON does: what was cut off may have said anything."""
    return body.lstrip().startswith((b"{", b"["))


def _says_no_more(body: bytes) -> bool:
    """Whether the status is all there is: a page of the content network's, nothing, or a framework's own JSON."""
    try:
        said = parsed(body)
    except WireError:
        return not _is_cut(body)
    return wire.is_foreign(said)


def _throttled(said: Envelope, answer: Answer, *, wait: float | None) -> Answer:
    """An answer under HTTP 429: refused for the rate, unless its body says that it was not refused at all."""
    silent = (
        (said.code is None or said.code in THROTTLED) and not said.maintain and not said.fine and not said.carries
    )
    if silent or isinstance(answer, TooMany | Refused):
        return TooMany(wait=wait)
    return Ambiguous(why="contradiction", code=said.code)


def read_answer(
    *, status: int, body: bytes | None, wait: float | None, code: str | None = OK
) -> Envelope | Trouble:
    """What a whole reply to a read means: its envelope, or why there is none.

    Args:
        status: HTTP status.
        body: the decoded body, None if it was over the limit.
        wait: seconds to the rate limit's reset, None where HTX did not say.
        code: the code of success; None for the old public calls, which say `"status": "ok"` instead.
    """
    if status == TOO_MANY_REQUESTS:
        return Trouble(why="http 429", busy=True, wait=wait)
    if body is None:
        return Trouble(why="too large", elsewhere=True)
    if not _readable(status):
        return Trouble(why=f"http {status}", elsewhere=True)
    try:
        said = wire.envelope(body, read=True)
    except WireError as error:
        return Trouble(why=error.why, elsewhere=True)
    if _successful(status) and said.code == code and (code is not None or said.fine):
        return said
    return _read_trouble(said, status=status, wait=wait)


def _read_trouble(said: Envelope, *, status: int, wait: float | None) -> Trouble:
    code = MAINTAIN if said.maintain else said.code
    if code is None or code == OK:
        return Trouble(why=f"http {status}", elsewhere=True)
    busy, elsewhere = kind_of(code) is Kind.TOO_MANY, may_change(code)
    odd, wait = elsewhere and code not in OF_THE_ADDRESS, wait if busy else None
    return Trouble(why=f"code {code}", code=code, elsewhere=elsewhere, odd=odd, busy=busy, wait=wait)


def _by_code(said: Envelope, items: Items, *, status: int, wait: float | None) -> Answer:
    code = said.code or (MAINTAIN if said.maintain else None)
    if code is None:
        return Ambiguous(why="no code")
    kind = kind_of(code)
    if kind is Kind.DONE:
        return _executed(said, items, status=status)
    if kind is Kind.UNCLEAR:
        return Ambiguous(why=f"code {code}", code=code)
    # A refusal that brings items, or a suspension that refuses for another reason, says two things at once.
    if said.carries or (said.maintain and kind is not Kind.MAINTENANCE):
        return Ambiguous(why="contradiction", code=code)
    return _no_effect(kind, code, wait=wait)


def _no_effect(kind: Kind, code: str, *, wait: float | None) -> Answer:
    match kind:
        case Kind.NOTHING:
            return NothingMatched()
        case Kind.TOO_MANY:
            return TooMany(wait=wait)
        case Kind.MAINTENANCE:
            return Maintenance(code=code)
        case Kind.REFUSED:
            return Refused(code=code)
        case _:
            return Ambiguous(why=f"code {code}", code=code)


def _executed(said: Envelope, items: Items, *, status: int) -> Answer:
    if not _successful(status):
        return Ambiguous(why=f"http {status}")
    if said.data is msgspec.UNSET:
        return Ambiguous(why="no data")
    if said.data is None or said.data == []:
        return NothingMatched()
    return Answered(items=items(said.data))


def _readable(status: int) -> bool:
    """2xx and 4xx: HTX's error bodies were seen with 200 and 404. Redirects and 5xx prove nothing."""
    return 200 <= status < 300 or 400 <= status < 500  # noqa: PLR2004  classes of HTTP statuses


def _successful(status: int) -> bool:
    return 200 <= status < 300  # noqa: PLR2004  a class of HTTP statuses
