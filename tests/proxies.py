"""Proxies on loopback that count what goes through them: one for HTTP, one for SOCKS5."""

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

Wires = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(kw_only=True)
class Proxy:
    """One that runs."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    """Hosts and ports that clients asked for."""
    given: list[str] = field(default_factory=list)
    """Users and passwords that came."""
    password: str | None = None
    """`user:password`, where it wants one."""


@asynccontextmanager
async def socks_proxy(password: str | None = None) -> AsyncIterator[Proxy]:
    """A SOCKS5 proxy (RFC 1928, RFC 1929)."""
    async with _serving(Proxy(password=password), _socks) as proxy:
        yield proxy


@asynccontextmanager
async def http_proxy() -> AsyncIterator[Proxy]:
    """An HTTP proxy: requests in absolute form, and CONNECT."""
    async with _serving(Proxy(), _http) as proxy:
        yield proxy


@asynccontextmanager
async def _serving(proxy: Proxy, talk: Callable[[Proxy, Wires], Awaitable[None]]) -> AsyncIterator[Proxy]:
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            tasks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await talk(proxy, (reader, writer))
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _socks(proxy: Proxy, client: Wires) -> None:
    reader, writer = client
    _, methods = await reader.readexactly(2)
    offered = await reader.readexactly(methods)
    wanted = 0 if proxy.password is None else 2
    if wanted not in offered:
        writer.write(b"\x05\xff")
        await writer.drain()
        return
    writer.write(bytes((5, wanted)))
    if wanted:
        await reader.readexactly(1)
        user = await reader.readexactly((await reader.readexactly(1))[0])
        word = await reader.readexactly((await reader.readexactly(1))[0])
        proxy.given.append(f"{user.decode()}:{word.decode()}")
        writer.write(b"\x01\x00" if proxy.given[-1] == proxy.password else b"\x01\x01")
    _, _, _, kind = await reader.readexactly(4)
    if kind == 1:
        host = ".".join(map(str, await reader.readexactly(4)))
    else:
        host = (await reader.readexactly((await reader.readexactly(1))[0])).decode()
    (port,) = struct.unpack(">H", await reader.readexactly(2))
    proxy.asked.append(f"{host}:{port}")
    there = await asyncio.open_connection(host, port)
    writer.write(b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")
    await _both_ways(client, there)


async def _http(proxy: Proxy, client: Wires) -> None:
    reader, writer = client
    head = await reader.readuntil(b"\r\n")
    method, target, version = head.split()
    url = urlsplit(target.decode() if method != b"CONNECT" else f"//{target.decode()}")
    proxy.asked.append(f"{url.hostname}:{url.port}")
    there = await asyncio.open_connection(url.hostname, url.port)
    if method == b"CONNECT":
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    else:
        rest = f"{url.path}{f'?{url.query}' if url.query else ''}"
        there[1].write(b" ".join((method, rest.encode(), version)) + b"\r\n")
    await _both_ways(client, there)


async def _both_ways(one: Wires, other: Wires) -> None:
    """Until either side ends. A second request of an HTTP client on the same wire is let through as it is."""
    ways = [asyncio.ensure_future(_copy(one[0], other[1])), asyncio.ensure_future(_copy(other[0], one[1]))]
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        other[1].close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
