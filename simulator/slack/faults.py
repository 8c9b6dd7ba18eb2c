"""What can go wrong between the bot and the Web API, switched on per method."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from simulator.slack.errors import SlackError, rate_limited, refused

FaultKind = Literal["refuse", "raw", "odd", "hang", "cut_before", "cut_after", "slow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One misbehaviour."""

    kind: FaultKind
    error: SlackError | None = None
    """Of `refuse`: the answer instead of acting."""
    status: int = 200
    """Of `raw` and `odd`: the HTTP status of a body that is no Web API answer."""
    body: str = ""
    """Of `raw`."""
    content_type: str = "application/json"
    """Of `raw`."""
    delay_s: float = 0.0
    """Of `slow`: seconds between acting and answering."""


def refuse(error: str) -> Fault:
    """`ok: false` with this error, e.g. `channel_not_found`, and nothing done."""
    return Fault(kind="refuse", error=refused(error))


def flooded(retry_after: int) -> Fault:
    """429 `ratelimited` with Retry-After in seconds."""
    return Fault(kind="refuse", error=rate_limited(retry_after))


def server_error(status: int = 500) -> Fault:
    """An HTML page with status 500, or 502, 503."""
    page = "<!DOCTYPE html><html><head><title>Server Error | Slack</title></head></html>"
    return Fault(kind="raw", status=status, body=page, content_type="text/html")


def garbage() -> Fault:
    """200 with a body that breaks off in the middle."""
    return Fault(kind="raw", status=200, body='{"ok":true,"channel":"C1","ts":"17')


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
    """The faults switched on now. First armed, first used; one per call.

    Besides the Web API's methods there are `response_url`, `upload` and `socket` (the WebSocket handshake).
    """

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

        `where` is the id of the one channel in which they do.
        """
        self._armed.append(
            _Armed(method=method, fault=fault, left=times, where=None if where is None else str(where))
        )

    def clear(self, method: str | None = None) -> None:
        """Switch off the faults of one method, or all, and let hanging calls end."""
        self._armed = [armed for armed in self._armed if method not in (None, armed.method)]
        self._generation += 1
        self._changed()

    def take(self, method: str, where: object = None) -> Fault | None:
        """The fault this call meets, if any; `where` is its channel."""
        for armed in self._armed:
            if armed.where not in (None, str(where)):
                continue
            if armed.method in ("*", method) and armed.left != 0:
                if armed.left is not None:
                    armed.left -= 1
                return armed.fault
        return None
