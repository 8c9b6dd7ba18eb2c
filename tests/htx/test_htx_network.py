"""The sockets under the transport: a whole request leaves in one piece, and nothing that broke looks right."""

import asyncio
import ssl
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET, create_server, socket

import httpcore
import pytest

from benchmarks.certificate import certificate
from bot.htx.network import HELD, KEPT, Network
from bot.model import Maintenance, NothingMatched, NotSent
from tests.htx.htx_kit import LONG_AFTER, Wire, client_of, envelope, http, raw_server, scope_of

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(serve: Serve) -> AsyncIterator[httpcore.AsyncNetworkStream]:
    """A stream to a server on loopback."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    stream = await Network().connect_tcp("127.0.0.1", server.sockets[0].getsockname()[1], timeout=2)
    try:
        yield stream
    finally:
        await stream.aclose()
        server.close()
        await asyncio.sleep(0.01)


async def silence(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    """Take all, say nothing, until the other side goes."""
    while await reader.read(1 << 16):
        pass


async def deafness(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read nothing, say nothing."""
    await writer.wait_closed()


class Segments(threading.Thread):
    """A server that answers by hand, notes what each `recv` brought, and may close after an answer."""

    def __init__(self, *, closes: bool) -> None:
        super().__init__(daemon=True)
        self.listener = create_server(("127.0.0.1", 0))
        self.came: list[bytes] = []
        self.closed = threading.Event()
        self._closes = closes

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self) -> None:
        for _ in range(2):
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self._serve(connection)
            self.closed.set()

    def _serve(self, connection: socket) -> None:
        while come := connection.recv(1 << 16):
            self.came.append(come)
            if b"}" in come:
                connection.sendall(http(envelope([])))
                if self._closes:
                    return


async def test_a_request_leaves_in_one_piece() -> None:
    """Head and body of the cancel request arrive together: the head does not wake the exchange for nothing."""
    server = Segments(closes=False)
    server.start()
    async with client_of(server.url) as client:
        for _ in range(2):
            answer = await client.cancel_all(scope_of(), host=0, not_after=LONG_AFTER)
            assert answer == NothingMatched()
    server.listener.close()
    assert [come.count(b"POST") for come in server.came] == [1, 1]
    assert all(come.endswith(b"}") for come in server.came)


async def test_an_answer_that_was_there_before_the_request_is_not_its_own() -> None:
    """A reply sent twice in one piece is not taken for the next request's: that one has surely not left."""
    bodies = []

    async def doubles(wire: Wire) -> None:
        while request := await wire.request():
            bodies.append(request)
            first = len(bodies) == 1
            await wire.send(http(b'{"code":1056}') * 2 if first else http(envelope([])))

    async with raw_server(doubles) as raw, client_of(raw.url) as client:
        answers = [await client.cancel_all(scope_of(), host=0, not_after=LONG_AFTER) for _ in range(4)]
        assert answers == [Maintenance(code="1056"), NotSent(why="surplus"), NothingMatched(), NothingMatched()]
        assert len(bodies) == 3
        assert len(raw.wires) == 2
        assert raw.received.count(b"POST") == 3


async def test_a_connection_that_just_ended_is_not_used() -> None:
    """An idle connection whose end the loop has not looked at yet is not written to: that would be ambiguous."""
    server = Segments(closes=True)
    server.start()
    async with client_of(server.url) as client:
        assert await client.cancel_all(scope_of(), host=0, not_after=LONG_AFTER) == NothingMatched()
        assert server.closed.wait(5)  # the loop stands still: only the system knows
        time.sleep(0.02)  # noqa: ASYNC251  the end is on its way through the system
        assert await client.cancel_all(scope_of(), host=0, not_after=LONG_AFTER) == NothingMatched()
    server.listener.close()
    assert len(server.came) == 2


async def test_what_is_not_read_is_held_back() -> None:
    """A server that sends without end is made to wait, and every byte is there when it is read."""
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(400):
            writer.write(b"x" * (HELD // 8))
            sent += HELD // 8
            await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with connected(flood) as stream:
        before = -1
        while sent > before:  # until it stands still
            before = sent
            await asyncio.sleep(0.05)
        assert sent < 400 * (HELD // 8)
        read = 0
        while come := await stream.read(1 << 16, timeout=2):
            assert len(come) <= 1 << 16
            read += len(come)
        assert read == sent == 400 * (HELD // 8)


async def test_silence_is_a_read_timeout() -> None:
    """Where nothing comes, a read ends after its time, and the next one may still be made."""
    async with connected(silence) as stream:
        for _ in range(2):
            with pytest.raises(httpcore.ReadTimeout):
                await stream.read(10, timeout=0.02)


async def test_a_side_that_takes_nothing_is_a_write_timeout() -> None:
    """What the system does not take is given up after its time."""
    async with connected(deafness) as stream:
        with pytest.raises(httpcore.WriteTimeout):
            await stream.write(b"x" * (KEPT * 1000), timeout=0.05)


async def test_a_broken_connection_is_an_error() -> None:
    """After a reset a read and a write fail; they do not come back empty, as after an orderly end."""

    async def reset(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        writer.transport.abort()

    async with connected(reset) as stream:
        with pytest.raises(httpcore.ReadError):
            await stream.read(10, timeout=2)
        with pytest.raises(httpcore.WriteError):
            await stream.write(b"x", timeout=2)
        assert stream.get_extra_info("is_readable")


async def test_a_handshake_that_is_not_answered_ends() -> None:
    """A server that accepts and never speaks TLS is a connect timeout, and the connection is closed."""
    async with connected(silence) as stream:
        with pytest.raises(httpcore.ConnectTimeout):
            await stream.start_tls(ssl.create_default_context(), server_hostname="localhost", timeout=0.05)
        assert stream.get_extra_info("is_readable")


async def test_a_server_without_tls_is_a_connect_error() -> None:
    """What is no TLS at all is told as a connection that could not be made."""

    async def babble(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)

    async with connected(babble) as stream:
        with pytest.raises(httpcore.ConnectError):
            await stream.start_tls(ssl.create_default_context(), server_hostname="localhost", timeout=2)


async def test_what_came_before_the_handshake_is_never_read_as_if_it_came_over_tls(tmp_path: Path) -> None:
    """A server that speaks in the clear, and then TLS with a certificate we trust, is not spoken to."""
    made = certificate(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(made.public, made.key)

    async def clear_then_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        with suppress(ConnectionError):
            await writer.start_tls(server)
            await silence(reader, writer)

    async with connected(clear_then_tls) as stream:
        async with asyncio.timeout(2):
            while not stream.get_extra_info("is_readable"):  # noqa: ASYNC110 there is no event to wait for
                await asyncio.sleep(0.001)
            await asyncio.sleep(0.01)
        trust = ssl.create_default_context(cafile=str(made.public))
        with pytest.raises(httpcore.ConnectError, match="before the handshake"):
            await stream.start_tls(trust, server_hostname="localhost", timeout=2)
