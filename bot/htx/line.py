"""One request on one address, and the proof of whether any of it was written.

httpx's `trace` extension calls us right before the first byte of a request is written. Until then nothing has
left, whatever goes wrong, and another attempt is harmless; from then on everything but a whole reply is "lost".
The same call is the last look at the deadline. Nothing here tries twice.
"""

import asyncio
import math
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpcore
import httpx

from bot import causes
from bot.htx import trust
from bot.htx.address import Address
from bot.htx.body import read_body
from bot.htx.network import Transport
from bot.model.answer import CERTIFICATE, NO_FILES
from bot.ports import Clock

CONNECT: Final = 2.0
"""Seconds for name lookup, TCP and TLS together."""
WRITE: Final = 2.0
READ: Final = 5.0
POOL: Final = 0.5
AFTER: Final = 7.0
"""Seconds from the first byte written to the last byte read, even from a server that drips."""
GRACE: Final = 0.25
"""The outer limit of a connect that is cut short by a deadline; the exact check is made at the first byte."""
IDLE: Final = 30.0
"""Seconds an idle connection is kept: three heartbeats, and shorter than what middleboxes forget."""

WRITES: Final = "http11.send_request_headers.started"
PHASES: Final = {"connection.connect_tcp.started": "connect", "connection.start_tls.started": "tls"}
"""Names of httpcore's trace events."""

SURPLUS: Final = "surplus"
"""Why a request did not leave: an answer lay on the connection already, which was closed."""

_CONNECTING: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_LOST: Final[tuple[tuple[type[Exception], str], ...]] = (
    (TimeoutError, "answer timeout"),
    (httpx.ReadTimeout, "read timeout"),
    (httpx.WriteTimeout, "write timeout"),
    (httpx.ReadError, "read error"),
    (httpx.WriteError, "write error"),
    (httpx.RemoteProtocolError, "cut off"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, signed or public."""

    method: str
    address: Address
    path: str
    """For the log: the target holds a replayable signature."""
    target: bytes = field(repr=False)
    """What follows the method on the wire, byte for byte."""
    content: bytes = b""
    patience: float = READ
    """Seconds without a byte of the answer after which it is given up."""

    @property
    def content_type(self) -> str:
        """What HTX expects (HTX V5 docs; the GET value is that of its own SDKs)."""
        return "application/json" if self.method == "POST" else "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A whole HTTP reply."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None
    """Decoded; None if over the limit."""
    took: float
    """Seconds from the first byte written to the last byte read."""
    ended: float
    """When that was, monotonic seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsent:
    """Surely no byte was written."""

    why: str
    """`connect`, `dns`, `tls`, `pool`, `deadline`, `surplus`, `NO_FILES`, or `CERTIFICATE` and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Bytes were or may have been written, and no whole reply came."""

    why: str
    """`read timeout`, `cut off`, …"""


Outcome = Reply | Unsent | Lost


class Line:
    """One pool of HTTP/1.1 connections to all addresses: for ever, verifying, deaf to the environment.

    The transport without httpx's client around it: cookies, redirects and authentication are not wanted here, and
    each costs time on every request.

    Args:
        clock: for deadlines.
        ssl_context: whom to trust; None: the certifi roots.
        network: what carries the bytes; None: sockets.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ssl_context: ssl.SSLContext | None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        context = ssl_context or trust.of_the_program()
        if context.verify_mode is not ssl.CERT_REQUIRED or not context.check_hostname:
            raise ValueError("an SSL context that does not verify")
        self._clock = clock
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=40, keepalive_expiry=IDLE)
        self._http = Transport(context, limits, network)

    async def send(self, call: Call, *, not_after: float = math.inf) -> Outcome:
        """Make one attempt. Nothing is written after `not_after` (monotonic seconds); only cancellation raises."""
        left = not_after - self._clock.monotonic()
        if left < 0:
            return Unsent(why="deadline")
        watch = _Watch(clock=self._clock, not_after=not_after)
        try:
            async with asyncio.timeout(min(POOL + CONNECT, left + GRACE)) as watch.limit:
                response = await self._http.handle_async_request(_request(call, watch, left))
                try:
                    await _check_is_ours(response)
                    body = await read_body(response)
                finally:
                    await response.aclose()
        except Exception as error:  # noqa: BLE001  whatever it is, what matters is whether bytes were written
            return watch.judge(error)
        return watch.reply(response, body)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()


def _request(call: Call, watch: "_Watch", left: float) -> httpx.Request:
    """The request; the URL that httpx may log or raise is the bare address, the target goes in beside it."""
    headers = {
        "Host": call.address.host,
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "Content-Type": call.content_type,
        "User-Agent": "cancelall",
    }
    timeout = {"connect": min(CONNECT, left), "write": WRITE, "read": call.patience, "pool": min(POOL, left)}
    extensions = {"target": call.target, "trace": watch, "timeout": timeout}
    content = call.content if call.method == "POST" else None
    return httpx.Request(call.method, call.address.url, headers=headers, content=content, extensions=extensions)


class _SurplusError(Exception):
    """An answer was there while the whole request still was here: it is an earlier one's, sent twice."""


async def _check_is_ours(response: httpx.Response) -> None:
    """Close the connection if this cannot be the answer to what was written (RFC 9112, 9.2).

    Raises:
        _SurplusError: not a byte of the request has left, nor ever will.
    """
    stream = response.extensions.get("network_stream")
    if isinstance(stream, httpcore.AsyncNetworkStream) and stream.get_extra_info("unsent"):
        await stream.aclose()
        raise _SurplusError


class _LateError(Exception):
    """The deadline passed before the first byte."""


class _Watch:
    """What httpcore's trace tells of one request."""

    def __init__(self, *, clock: Clock, not_after: float) -> None:
        self.limit: asyncio.Timeout | None = None
        self._clock = clock
        self._not_after = not_after
        self._phase: str | None = None
        self._written_at: float | None = None

    async def __call__(self, event: str, _info: Mapping[str, object]) -> None:
        if event in PHASES:
            self._phase = PHASES[event]
        elif event == WRITES:
            self._begin()

    def _begin(self) -> None:
        now = self._clock.monotonic()
        if now > self._not_after:
            raise _LateError
        if self.limit is not None:
            self.limit.reschedule(asyncio.get_running_loop().time() + AFTER)
        self._written_at = now

    def reply(self, response: httpx.Response, body: bytes | None) -> Reply:
        """The whole reply, which has just ended."""
        now = self._clock.monotonic()
        took = now - (now if self._written_at is None else self._written_at)
        return Reply(status=response.status_code, headers=response.headers, body=body, took=took, ended=now)

    def judge(self, error: Exception) -> Unsent | Lost:
        """Whether the request may have left. "No" takes a positive sign besides the silence of the trace."""
        if isinstance(error, _SurplusError):
            return Unsent(why=SURPLUS)
        proof = self._phase is not None or isinstance(error, (_LateError, *_CONNECTING))
        if self._written_at is None and proof:
            return Unsent(why=self._before(error))
        return Lost(why=next((why for kind, why in _LOST if isinstance(error, kind)), type(error).__name__))

    def _before(self, error: Exception) -> str:
        if isinstance(error, _LateError):
            return "deadline"
        if isinstance(error, httpx.PoolTimeout):
            return "pool"
        if (certificate := causes.certificate(error)) is not None:
            return f"{CERTIFICATE}: {certificate}"
        if causes.out_of_files(error):
            return NO_FILES
        return "dns" if _is_dns(error) else self._phase or "connect"


def _is_dns(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, socket.gaierror):
            return True
        error = error.__cause__ or error.__context__
    return False
