"""Who is measured: the floor, our client, httpx, and its transport alone. ccxt is in `ccxt_contenders`.

Each signs with the same invented key, sends the same request, reads the whole answer, decodes it, and says how
many orders it tells of; the floor and the transport only count bytes. Each keeps its connection as it does by
default.
"""

import math
import socket
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Protocol

import httpx
import msgspec

from benchmarks.wire import ACCESS_KEY, ACCOUNT, PATH, SECRET, contract, request_body
from bot.app import OpenKeys
from bot.htx import HtxClient
from bot.htx.signing import sign
from bot.model import AccountName, Answered, ContractCode, NothingMatched, PositionSide, Scope, Side
from bot.ports import HtxKey
from bot.runtime.clock import SystemClock
from keystore import Keyfile, Keystore, Masked

FLOOR: Final = "raw socket"
OURS: Final = "cancelall"
HTTPX: Final = "httpx"
TRANSPORT: Final = "httpx's transport"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where to send, and whom to trust there."""

    port: int
    trusted: Path | None
    """A PEM file; None: plain http."""

    @property
    def host(self) -> str:
        """The Host header."""
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        """The address."""
        return f"{'http' if self.trusted is None else 'https'}://{self.host}"

    def context(self) -> ssl.SSLContext | None:
        """A verifying context that trusts this one."""
        return None if self.trusted is None else ssl.create_default_context(cafile=str(self.trusted))


class Contender(Protocol):
    """One way to send the request."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        ...

    async def call(self, orders: int) -> int:
        """Cancel on the contract with so many orders; how many the answer tells of."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...


def _signed(host: str) -> str:
    key = HtxKey(access_key=ACCESS_KEY, secret=bytearray(SECRET.encode()))
    return sign("POST", host, PATH, {}, key, datetime.now(UTC))


class Floor:
    """The least that can be done: a signature, one write, reads until the bytes are there. Nothing is decoded."""

    name = FLOOR

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket: socket.socket | None = None

    async def call(self, orders: int) -> int:
        """See `Contender`; it blocks the loop, which has nothing else to do."""
        if self._socket is None:
            self._socket = self._connected()
        body = msgspec.json.encode(request_body(orders))
        head = f"POST {_signed(self._target.host)} HTTP/1.1\r\nHost: {self._target.host}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._socket.sendall(head.encode() + body)
        come = self._socket.recv(1 << 18)
        while (start := come.find(b"\r\n\r\n")) < 0:
            come += self._socket.recv(1 << 18)
        said = come[: start + 2].lower()
        whole = int(said[said.index(b"content-length:") + 15 :].split(b"\r\n", 1)[0])
        left = start + 4 + whole - len(come)
        while left > 0:
            left -= len(self._socket.recv(1 << 18))
        return orders

    def _connected(self) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", self._target.port))
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        context = self._target.context()
        return made if context is None else context.wrap_socket(made, server_hostname="localhost")

    async def close(self) -> None:
        """See `Contender`."""
        if self._socket is not None:
            self._socket.close()


class Ours:
    """`bot.htx` as the bot uses it: the keystore opened for the signing, every check, the log line."""

    name = OURS

    def __init__(self, target: Target) -> None:
        clock = SystemClock(lambda: 0.0)
        self._client = HtxClient(
            urls=[target.url], keys=_keys(), clock=clock, system_now=time.time, ssl_context=target.context()
        )

    async def call(self, orders: int) -> int:
        """See `Contender`."""
        scope = Scope(
            account=AccountName(ACCOUNT),
            contract=ContractCode(contract(orders)),
            side=Side.BUY,
            position_side=PositionSide.LONG,
        )
        match await self._client.cancel_all(scope, host=0, not_after=math.inf):
            case Answered(items=items):
                return len(items)
            case NothingMatched():
                return 0
            case other:
                raise RuntimeError(repr(other))

    async def close(self) -> None:
        """See `Contender`."""
        await self._client.aclose()


class Httpx:
    """`httpx.AsyncClient().post(url, json=…)` with the same signature, and `.json()`."""

    name = HTTPX

    def __init__(self, target: Target) -> None:
        self._target = target
        context = target.context()
        self._client = httpx.AsyncClient() if context is None else httpx.AsyncClient(verify=context)

    async def call(self, orders: int) -> int:
        """See `Contender`."""
        url = self._target.url + _signed(self._target.host)
        reply = await self._client.post(url, json=request_body(orders))
        return len(reply.json()["data"])

    async def close(self) -> None:
        """See `Contender`."""
        await self._client.aclose()


class Transport:
    """httpx's transport without the client around it: a signature, bytes out, bytes in, none decoded."""

    name = TRANSPORT

    def __init__(self, target: Target) -> None:
        self._target = target
        self._transport = httpx.AsyncHTTPTransport(verify=target.context() or True)

    async def call(self, orders: int) -> int:
        """See `Contender`."""
        body = msgspec.json.encode(request_body(orders))
        headers = {"Host": self._target.host, "Content-Type": "application/json"}
        url = self._target.url + _signed(self._target.host)
        reply = await self._transport.handle_async_request(
            httpx.Request("POST", url, headers=headers, content=body)
        )
        await reply.aread()
        await reply.aclose()
        return orders

    async def close(self) -> None:
        """See `Contender`."""
        await self._transport.aclose()


def _keys() -> OpenKeys:
    with TemporaryDirectory(prefix="cancelall-bench-") as folder:
        store = Keystore.create(Path(folder) / "keystore.json", Keyfile(value=Masked(b"k" * 32)))
        store.add(ACCOUNT, "htx", (ACCESS_KEY, SECRET))
        return OpenKeys(store)
