"""The exchange behind real sockets, on 127.0.0.1 and nowhere else."""

import asyncio
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from types import TracebackType
from typing import Self

from aiohttp import web

from simulator.htx.behaviour import Behaviour
from simulator.htx.book import Account, PositionMode
from simulator.htx.contracts import LISTED, Contracts
from simulator.htx.exchange import Exchange, Incoming, Outgoing
from simulator.htx.limits import LIMIT, RateLimiter
from simulator.htx.pacing import Pacer, Sleep
from simulator.htx.record import Record
from simulator.htx.sockets import abort, send_part
from simulator.htx.switchboard import Faults

HOST = "127.0.0.1"
"""The only address it ever listens on."""

STOP_PATIENCE = 1.0
"""Seconds that requests in progress get to end when the simulator stops."""


class HtxSimulator:
    """A fake HTX futures V5 REST API; use it as an async context manager, once.

    Args:
        clock: unix seconds; what the exchange believes the time to be.
        sleep: waits for delays, hangs and late effects; replace it for virtual time.
        monotonic: seconds for the times in the log.
        contracts: contract codes that are listed at first.
        rate_limit: trade requests, and as many reads, per 3 s and UID (HTX: 72).
        keep_alive: seconds after which the server closes an idle connection.
    """

    def __init__(  # noqa: PLR0913  every argument is optional and named
        self,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
        contracts: Iterable[str] = LISTED,
        rate_limit: int = LIMIT,
        keep_alive: float = 75.0,
    ) -> None:
        self.connections = 0
        """TCP connections accepted so far."""
        self.port = 0
        """The port it listens on; chosen by the system at the first start, then kept."""
        self._pacer = Pacer(sleep)
        self._exchange = Exchange(
            clock=clock,
            monotonic=monotonic,
            pacer=self._pacer,
            limiter=RateLimiter(limit=rate_limit),
            contracts=Contracts(contracts),
        )
        self._keep_alive = keep_alive
        self._web: web.Server | None = None
        self._listener: asyncio.Server | None = None

    @property
    def host(self) -> str:
        """`127.0.0.1:port`, the Host header and the host line to sign."""
        return f"{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """`http://127.0.0.1:port`, without a slash at the end."""
        return f"http://{self.host}"

    @property
    def exchange(self) -> Exchange:
        """The exchange behind the sockets; `exchange.handle` carries a request without any."""
        return self._exchange

    @property
    def behaviour(self) -> Behaviour:
        """Switches for what the documentation leaves open."""
        return self._exchange.behaviour

    @property
    def faults(self) -> Faults:
        """Switches for what can go wrong."""
        return self._exchange.faults

    @property
    def contracts(self) -> Contracts:
        """The listed contracts."""
        return self._exchange.contracts

    @property
    def limiter(self) -> RateLimiter:
        """The rate limits; `limiter.limit` may be changed, `limiter.forget()` empties them."""
        return self._exchange.limiter

    @property
    def log(self) -> tuple[Record, ...]:
        """Every request so far, in the order received."""
        return self._exchange.log.records()

    def requests(self, path: str, method: str | None = None) -> tuple[Record, ...]:
        """The requests to one path, of any method unless one is named."""
        return tuple(record for record in self.log if record.path == path and method in (None, record.method))

    def posts(self, path: str) -> tuple[Record, ...]:
        """The POSTs to one path."""
        return self.requests(path, "POST")

    async def until(self, holds: Callable[[], bool]) -> None:
        """Waits until `holds()`, asked again after each request, effect and answer."""
        await self._exchange.log.until(holds)

    def add_account(
        self,
        *,
        access_key: str | None = None,
        secret: str | None = None,
        position_mode: PositionMode = "dual_side",
        uid: str | None = None,
    ) -> Account:
        """Opens an account with one key pair, made up unless given; dual_side is hedge mode."""
        account = self._exchange.add_account(uid=uid, position_mode=position_mode)
        key = access_key or f"simulated-key-{account.uid}"
        account.add_key(key, secret or f"simulated-secret-of-{account.uid}")
        return account

    async def start(self, port: int = 0) -> None:
        """Begins to listen; port 0 lets the system choose."""
        self._web = web.Server(self._serve, access_log=None, keepalive_timeout=self._keep_alive)
        self.port = port
        await self.accept()

    async def stop(self) -> None:
        """Stops listening, lets go of everything that hangs and closes all connections."""
        await self._pacer.stop()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._web is not None:
            await self._web.shutdown(STOP_PATIENCE)
            self._web = None

    async def accept(self) -> None:
        """Listens again on the same port after `refuse`."""
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(self._accepted, HOST, self.port)
            self.port = self._listener.sockets[0].getsockname()[1]

    async def refuse(self) -> None:
        """Refuses connections from now on, and breaks those that stand."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        await self.disconnect()

    async def disconnect(self) -> None:
        """Closes every standing connection, as a load balancer does with idle ones."""
        for connection in self._web.connections if self._web else []:
            if connection.transport is not None:
                connection.transport.abort()
        # One turn of the loop for the sockets to close for good.
        await asyncio.sleep(0)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    def _accepted(self) -> asyncio.BaseProtocol:
        if self._web is None:
            raise RuntimeError("the simulator is not running")
        self.connections += 1
        return self._web()

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        path, _, query = request.raw_path.partition("?")
        incoming = Incoming(
            method=request.method,
            path=path,
            query=query,
            host=request.headers.get("Host", ""),
            content_type=request.headers.get("Content-Type", ""),
            body=await request.read(),
            connection=_port_of(request),
        )
        return _response(request, await self._exchange.handle(incoming))


def _port_of(request: web.BaseRequest) -> int:
    peer = None if request.transport is None else request.transport.get_extra_info("peername")
    return int(peer[1]) if peer else 0


def _response(request: web.BaseRequest, outgoing: Outgoing) -> web.StreamResponse:
    reply = outgoing.reply
    if reply is None:
        abort(request.transport, reset=outgoing.reset)
        return web.Response()
    headers = {"Content-Type": reply.content_type, **dict(reply.headers)}
    body = reply.body()
    if outgoing.cut is not None:
        reason = HTTPStatus(reply.status).phrase
        send_part(request.transport, f"{reply.status} {reason}", headers, body, outgoing.cut)
    return web.Response(body=body, status=reply.status, headers=headers)
