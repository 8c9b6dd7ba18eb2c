"""The sockets under httpx's transport, on asyncio alone.

httpcore's own go through anyio: a cancel scope a read and, with TLS, a read a record. These hand on what has come,
and send a request in one piece. The interface is what httpcore documents for network backends; `Line` judges by
httpcore's exceptions and trace alone, and both stay the same: the trace tells of a write before it is made.
"""

import asyncio
import ipaddress
import select
import ssl
from collections.abc import Iterable
from typing import Any, Final

import httpcore
import httpx

HELD: Final = 512 * 1024
"""Bytes that wait here to be read before the other side is made to wait."""

KEPT: Final = 64 * 1024
"""Bytes of a request that wait for the rest of it. httpcore writes the head, then the body: two segments, of which
the first wakes the exchange for nothing and costs us half as much again."""

HAPPY: Final = 0.25
"""Seconds until the next address of a name is tried beside the first (RFC 8305)."""


class Transport(httpx.AsyncHTTPTransport):
    """httpx's transport over these sockets: httpx has no argument for that, httpcore has.

    Args:
        context: whom to trust.
        limits: how many connections, and for how long.
        network: what opens connections; None: `Network`.
    """

    def __init__(
        self, context: ssl.SSLContext, limits: httpx.Limits, network: httpcore.AsyncNetworkBackend | None = None
    ) -> None:
        super().__init__(verify=context, trust_env=False, limits=limits, retries=0)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=context,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            retries=0,
            network_backend=network or Network(),
        )


class Network(httpcore.AsyncNetworkBackend):
    """Opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect.

        Raises:
            httpcore.ConnectTimeout: it took longer than `timeout` seconds.
            httpcore.ConnectError: it failed; the cause tells a name that is not known from other trouble.
        """
        local = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                transport, wire = await asyncio.get_running_loop().create_connection(
                    _Wire, host, port, local_addr=local, happy_eyeballs_delay=None if _is_ip(host) else HAPPY
                )
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except OSError as error:
            raise httpcore.ConnectError(error) from error
        for option in socket_options or ():
            transport.get_extra_info("socket").setsockopt(*option)
        return _Stream(transport, wire)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


def _is_ip(host: str) -> bool:
    """Whether there is one address only, so that nothing is to be tried beside it."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


class _Wire(asyncio.Protocol):
    """What has come and was not read yet, and what became of the connection."""

    def __init__(self) -> None:
        self.come = bytearray()
        self.over = False
        """Nothing more will come."""
        self.lost = False
        """Nothing more can be written."""
        self.error: Exception | None = None
        self.reader: asyncio.Future[None] | None = None
        self.writable = asyncio.Event()
        self.writable.set()
        self.transport: asyncio.Transport | None = None
        self.held = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.come += data
        if len(self.come) > HELD and not self.held and self.transport is not None:
            self.held = True
            self.transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self.over = True
        self._wake()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.over, self.lost, self.error = True, True, exc
        self.writable.set()
        self._wake()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def take(self, most: int) -> bytes:
        """Up to so many of the bytes that have come."""
        if len(self.come) <= most:
            taken = bytes(self.come)
            self.come.clear()
        else:
            taken = bytes(self.come[:most])
            del self.come[:most]
        if self.held and len(self.come) <= HELD and self.transport is not None:
            self.held = False
            if not self.lost:
                self.transport.resume_reading()
        return taken

    def _wake(self) -> None:
        if self.reader is not None and not self.reader.done():
            self.reader.set_result(None)


class _Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, transport: asyncio.Transport, wire: _Wire) -> None:
        self._transport = transport
        self._wire = wire
        self._kept = bytearray()
        self._begun = False
        """Whether a part of what is being written has left."""

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  httpcore's
        """What has come, or the next that does; empty at the end.

        Raises:
            httpcore.ReadTimeout: nothing came for `timeout` seconds.
            httpcore.ReadError: the connection broke.
        """
        self._flush()
        self._begun = False
        wire = self._wire
        if not wire.come and not wire.over:
            await self._wait(wire, timeout)
        if wire.come:
            return wire.take(max_bytes)
        if wire.error is not None:
            raise httpcore.ReadError(wire.error) from wire.error
        return b""

    @staticmethod
    async def _wait(wire: _Wire, seconds: float | None) -> None:
        loop = asyncio.get_running_loop()
        wire.reader = reader = loop.create_future()
        late = None if seconds is None else loop.call_later(seconds, _give_up, reader)
        try:
            await reader
        finally:
            wire.reader = None
            if late is not None:
                late.cancel()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  httpcore's
        """Keep until the answer is read, so that head and body leave together; what is long leaves at once.

        Raises:
            httpcore.WriteTimeout: the system took nothing for `timeout` seconds.
            httpcore.WriteError: the connection is gone.
        """
        self._kept += buffer
        if len(self._kept) > KEPT:
            self._begun = True
            self._flush()
            await self._drained(timeout)
        if self._wire.lost:
            raise httpcore.WriteError(self._wire.error or "connection lost") from self._wire.error

    def _flush(self) -> None:
        if self._kept and not self._wire.lost:
            self._transport.write(bytes(self._kept))
        self._kept.clear()

    async def _drained(self, seconds: float | None) -> None:
        """Wait until the system takes more."""
        try:
            async with asyncio.timeout(seconds):
                await self._wire.writable.wait()
        except TimeoutError as error:
            raise httpcore.WriteTimeout from error

    async def aclose(self) -> None:
        """Close at once: a farewell of TLS would keep the socket for as long as the other side likes."""
        self._kept.clear()
        self._transport.abort()
        await asyncio.sleep(0)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  httpcore's interface
    ) -> httpcore.AsyncNetworkStream:
        """TLS's handshake; the stream to use from then on.

        Raises:
            httpcore.ConnectTimeout: it took longer than `timeout` seconds.
            httpcore.ConnectError: the other side cannot be trusted, or broke off.
        """
        loop = asyncio.get_running_loop()
        if self._wire.come:  # what came in the clear must never be read as if it came over TLS
            await self.aclose()
            raise httpcore.ConnectError("bytes before the handshake")
        try:
            async with asyncio.timeout(timeout):
                secure = await loop.start_tls(
                    self._transport, self._wire, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError as error:
            await self.aclose()
            raise httpcore.ConnectTimeout from error
        except OSError as error:  # ssl.SSLError is one
            await self.aclose()
            raise httpcore.ConnectError(error) from error
        if secure is None:
            raise httpcore.ConnectError("connection lost")
        self._wire.transport = secure
        return _Stream(secure, self._wire)

    def _has_more(self) -> bool:
        """Whether the system holds something that the loop has not looked at yet: usually the other side's end."""
        number = self._transport.get_extra_info("socket").fileno()
        if number < 0:
            return True
        look = select.poll()
        look.register(number, select.POLLIN)
        return bool(look.poll(0))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  httpcore's interface
        """What httpcore asks for: whether an idle connection has anything to say means that it is over."""
        match info:
            case "is_readable":
                return bool(self._wire.come) or self._wire.over or self._has_more()
            case "unsent":
                return bool(self._kept) and not self._begun
            case "client_addr":
                return self._transport.get_extra_info("sockname")
            case "server_addr":
                return self._transport.get_extra_info("peername")
            case _:
                return self._transport.get_extra_info(info)


def _give_up(reader: "asyncio.Future[None]") -> None:
    if not reader.done():
        reader.set_exception(httpcore.ReadTimeout())
