"""What the tests of `bot.htx` share: a clock, a key, raw servers that count bytes, and an independent signer."""

import asyncio
import base64
import hashlib
import hmac
import json
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from bot.errors import KeyUnusable
from bot.htx import HtxClient
from bot.model import ALL, AccountName, ContractCode, PositionSide, Scope, Side
from bot.ports import HtxKey
from tests import fair

MAIN = AccountName("main")
BTC = ContractCode("BTC-USDT-241115")
ACCESS = "canary-access-5f1c2e-9d3b77"
SECRET = "canary-secret-77ab01-c0ffee"
LONG_AFTER = 1e12
"""A deadline that never comes."""


class HandClock:
    """Real monotonic time plus a shift moved by hand; a sleep is remembered and moves time, and takes none."""

    def __init__(self) -> None:
        self.shift = 0.0
        self.slept: list[float] = []
        self.looks: int | None = None
        """After so many looks at it the clock is an hour on."""

    def now(self) -> datetime:
        raise AssertionError("the client must not lean on the corrected clock")

    def monotonic(self) -> float:
        if self.looks is not None:
            self.looks -= 1
            if self.looks < 0:
                self.shift, self.looks = self.shift + 3600, None
        return fair.monotonic() + self.shift

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.shift += seconds
        await asyncio.sleep(0)


@dataclass(kw_only=True)
class OneKey:
    """A keystore with one entry, `main`, that counts how often it was opened."""

    access: str = ACCESS
    secret: str = SECRET
    opened: int = 0
    on_open: Callable[[], None] = lambda: None

    @contextmanager
    def htx(self, account: AccountName) -> Iterator[HtxKey]:
        if account != MAIN:
            raise KeyUnusable(account=account, why="missing")
        self.opened += 1
        self.on_open()
        secret = bytearray(self.secret.encode())
        yield HtxKey(access_key=self.access, secret=secret)
        secret[:] = bytes(len(secret))

    def tail(self, account: AccountName) -> str:
        return self.access[-4:] if account == MAIN else "????"


@asynccontextmanager
async def client_of(
    *urls: str,
    keys: OneKey | None = None,
    clock: HandClock | None = None,
    trust: ssl.SSLContext | None = None,
    system_now: Callable[[], float] = time.time,
) -> AsyncIterator[HtxClient]:
    """A client of these addresses. Without `trust` it gets an empty, verifying context: loading roots is slow."""
    client = HtxClient(
        urls=urls,
        keys=keys or OneKey(),
        clock=clock or HandClock(),
        system_now=system_now,
        ssl_context=trust or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )
    async with client:
        yield client


def scope_of(
    contract: ContractCode = BTC,
    side: Side = Side.BUY,
    position_side: PositionSide = PositionSide.LONG,
    account: AccountName = MAIN,
) -> Scope:
    return Scope(account=account, contract=contract, side=side, position_side=position_side)


EVERYTHING = scope_of(contract=ALL, side=Side.ANY, position_side=PositionSide.ANY)


@dataclass(kw_only=True)
class Wire:
    """One connection to a raw server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    seen: bytearray = field(default_factory=bytearray)

    async def request(self) -> bytes:
        """One whole request; empty at the end of the connection."""
        begin = len(self.seen)
        try:
            self.seen += await self.reader.readuntil(b"\r\n\r\n")
            self.seen += await self.reader.readexactly(_length(bytes(self.seen[begin:])))
        except asyncio.IncompleteReadError as error:
            self.seen += error.partial
            return b""
        return bytes(self.seen[begin:])

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Script = Callable[[Wire], Awaitable[None]]


@dataclass(kw_only=True)
class Raw:
    """A raw server: what connected, and every byte it received."""

    script: Script
    port: int = 0
    wires: list[Wire] = field(default_factory=list)
    tasks: list["asyncio.Task[object]"] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def received(self) -> bytes:
        return b"".join(bytes(wire.seen) for wire in self.wires)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.tasks.append(task)
        wire = Wire(reader=reader, writer=writer)
        self.wires.append(wire)
        try:
            await self.script(wire)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def raw_server(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[Raw]:
    """Serve a script on loopback; everything is closed at the end."""
    raw = Raw(script=script)
    server = await asyncio.start_server(raw.serve, "127.0.0.1", 0, ssl=tls)
    raw.port = server.sockets[0].getsockname()[1]
    try:
        yield raw
    finally:
        server.close()
        for task in raw.tasks:
            task.cancel()
        await asyncio.gather(*raw.tasks, return_exceptions=True)
        await server.wait_closed()


def answering(body: bytes, *, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> Script:
    """Answer every request with this."""

    async def script(wire: Wire) -> None:
        while await wire.request():
            await wire.send(http(body, status=status, headers=headers))

    return script


async def silent(wire: Wire) -> None:
    """Takes every request and answers none."""
    while await wire.request():
        pass


async def hang_up(wire: Wire) -> None:
    """Read one request and close."""
    await wire.request()


def http(body: bytes, *, status: str = "200 OK", headers: Mapping[str, str] | None = None) -> bytes:
    lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"HTTP/1.1 {status}\r\n{head}\r\n".encode() + body


def envelope(data: object, code: object = 200, **more: object) -> bytes:
    return json.dumps({"code": code, "message": None, "data": data, "ts": 1731657909000, **more}).encode()


def clock_page(ahead: float = 0.0) -> bytes:
    """HTX's public clock, `ahead` seconds off."""
    return json.dumps({"status": "ok", "ts": round((time.time() + ahead) * 1000)}).encode()


def signature_of(secret: str, method: str, host: str, path: str, pairs: Mapping[str, str]) -> str:
    """HTX's signature from the docs' text: encodes byte by byte, sorts encoded pairs, shares no code with ours."""
    plain = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~"

    def encoded(text: str) -> str:
        return "".join(chr(byte) if byte in plain else f"%{byte:02X}" for byte in text.encode())

    names = sorted(pairs, key=lambda name: list(name.encode()))
    query = "&".join(encoded(name) + "=" + encoded(pairs[name]) for name in names)
    text = method + "\n" + host + "\n" + path + "\n" + query
    return base64.b64encode(hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()).decode()


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC)


def _length(head: bytes) -> int:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    return 0
