"""What can go wrong between the bot and Telegram, switched on per method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simulator.telegram.errors import QUERY_TOO_OLD, ApiError, bad_request, too_many_requests

FaultKind = Literal["refuse", "raw", "odd", "hang", "cut_before", "cut_after", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One misbehaviour."""

    kind: FaultKind
    error: ApiError | None = None
    """Of `refuse`: the answer instead of acting."""
    status: int = 200
    """Of `raw` and `odd`: the HTTP status of a body that is no Bot API answer."""
    body: str = ""
    """Of `raw`."""
    content_type: str = "application/json"
    """Of `raw`."""
    delay_s: float = 0.0
    """Of `slow`: seconds between acting and answering."""


def refuse(error: ApiError) -> Fault:
    """Answer with this error and do nothing."""
    return Fault(kind="refuse", error=error)


def unauthorized() -> Fault:
    """401, as after a revoked token."""
    return refuse(ApiError(code=401))


def not_found() -> Fault:
    """404, as a confused front end answers now and then."""
    return refuse(ApiError(code=404))


def conflict() -> Fault:
    """409, as if a second instance were polling."""
    reason = "terminated by other getUpdates request; make sure that only one bot instance is running"
    return refuse(ApiError(code=409, reason=reason))


def flooded(retry_after: int) -> Fault:
    """429 with `retry_after` in seconds."""
    return refuse(too_many_requests(retry_after))


def late_answer() -> Fault:
    """400 for an answer to a tap, as if it came too late."""
    return refuse(bad_request(QUERY_TOO_OLD))


def bad_gateway() -> Fault:
    """502 with an HTML page, as the front end answers while a data centre is down."""
    page = "<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"
    return Fault(kind="raw", status=502, body=page, content_type="text/html")


def garbage() -> Fault:
    """200 with a body that breaks off in the middle."""
    return Fault(kind="raw", status=200, body='{"ok":true,"result":[{"upd')


def odd(body: str, content_type: str = "application/json") -> Fault:
    """Act, then answer 200 with this body: `{id}` in it becomes the id of what was posted."""
    return Fault(kind="odd", body=body, content_type=content_type)


def hang() -> Fault:
    """A black hole: the request is taken and never answered. It ends when the fault is cleared."""
    return Fault(kind="hang")


def cut_before() -> Fault:
    """Close the connection without acting."""
    return Fault(kind="cut_before")


def cut_after() -> Fault:
    """Act, then close the connection: the message is posted and the bot does not know."""
    return Fault(kind="cut_after")


def slow(delay_s: float) -> Fault:
    """Act at once, answer after `delay_s` seconds."""
    return Fault(kind="slow", delay_s=delay_s)


@dataclass(slots=True)
class _Armed:
    method: str
    fault: Fault
    left: int | None
    where: str | None


class FaultBoard:
    """The faults switched on now. First armed, first used; one per call."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._armed: list[_Armed] = []
        self._generation = 0

    @property
    def generation(self) -> int:
        """Goes up whenever faults are cleared; hanging calls watch it."""
        return self._generation

    def arm(self, method: str, fault: Fault, *, times: int | None = 1, where: object = None) -> None:
        """Let the next `times` calls of `method` go wrong; None until cleared; `*` is any method.

        `where` is the id of the one chat in which they do.
        """
        self._armed.append(
            _Armed(method=method.lower(), fault=fault, left=times, where=None if where is None else str(where))
        )

    def clear(self, method: str | None = None) -> None:
        """Switch off the faults of one method, or all, and let hanging calls end."""
        gone = None if method is None else method.lower()
        self._armed = [armed for armed in self._armed if gone not in (None, armed.method)]
        self._generation += 1
        self._changed()

    def take(self, method: str, where: object = None) -> Fault | None:
        """The fault this call meets, if any; `where` is its chat."""
        for armed in self._armed:
            if armed.where not in (None, str(where)):
                continue
            if armed.method in ("*", method.lower()) and armed.left != 0:
                if armed.left is not None:
                    armed.left -= 1
                return armed.fault
        return None
