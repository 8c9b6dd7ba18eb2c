"""A cancel request that is given up: only whether a byte of it was written decides what it is called."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

from bot.htx import HtxClient
from bot.htx.address import address
from bot.htx.lanes import LANES
from bot.htx.line import Call, Line, Lost, Outcome, Unsent
from bot.model import Ambiguous, Answer, Answered, NotSent
from simulator.htx import HtxSimulator
from tests import fair
from tests.htx.htx_kit import (
    ACCESS,
    LONG_AFTER,
    SECRET,
    HandClock,
    Wire,
    client_of,
    envelope,
    http,
    raw_server,
    scope_of,
)

CANCEL = "/v5/trade/cancel_all_orders"


async def cancel(client: HtxClient, not_after: float = LONG_AFTER) -> Answer:
    return await client.cancel_all(scope_of(), host=0, not_after=not_after)


async def deaf(wire: Wire) -> None:
    """Takes the connection and says nothing, not even in TLS."""
    wire.seen += await wire.reader.read(10_000)
    await asyncio.sleep(60)


def silent_after(said: bytes) -> Callable[[Wire], Awaitable[None]]:
    """Reads a request, says the beginning of an answer, and then nothing."""

    async def script(wire: Wire) -> None:
        await wire.request()
        await wire.send(said)
        await asyncio.sleep(60)

    return script


@contextmanager
def black_hole() -> Iterator[str]:
    """An address where a connect is neither taken nor refused."""
    with socket.socket() as hole, socket.socket() as first, socket.socket() as second:
        hole.bind(("127.0.0.1", 0))
        hole.listen(0)
        for filler in (first, second):  # they fill the queue; the kernel drops whoever knocks next
            filler.setblocking(False)
            filler.connect_ex(hole.getsockname())
        yield f"http://127.0.0.1:{hole.getsockname()[1]}"


async def timed(url: str) -> tuple[Answer, float]:
    async with client_of(url) as client:
        began = fair.monotonic()
        return await cancel(client), fair.monotonic() - began


async def test_given_up_before_a_byte_was_written() -> None:
    """A connect or a TLS handshake that nobody answers is not sent, within 2 s and a bit."""
    with black_hole() as hole:
        async with raw_server(deaf) as mute:
            connect, tls = await asyncio.gather(timed(hole), timed(f"https://127.0.0.1:{mute.port}"))
            assert b"POST" not in mute.received
    assert (connect[0], tls[0]) == (NotSent(why="connect"), NotSent(why="tls"))
    assert max(connect[1], tls[1]) < 3


BEGINNINGS = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a head": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
    "all but a byte": http(envelope([{"order_id": "1", "code": 200}]))[:-1],
    "a refusal but a byte": http(b'{"code":1100}')[:-1],
    "a chunk": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cod',
    "an interim head": b"HTTP/1.1 100 Continue\r\n\r\n",
}


async def test_given_up_after_it_was_written() -> None:
    """Whatever part of an answer came, silence after it ends as ambiguous within the time for an answer."""

    async def one(said: bytes) -> tuple[Answer, float, int]:
        async with raw_server(silent_after(said)) as raw:
            answer, took = await timed(raw.url)
            return answer, took, raw.received.count(b"POST ")

    found = await asyncio.gather(*map(one, BEGINNINGS.values()))  # at once: each takes five seconds
    for name, (answer, took, posts) in zip(BEGINNINGS, found, strict=True):
        assert (answer, posts) == (Ambiguous(why="read timeout"), 1), name
        assert 4.9 < took < 6, name


async def test_no_connection_is_free() -> None:
    """With every connection held the request is given up as not sent: it never left the queue."""
    async with raw_server(silent_after(b"")) as raw, client_of(raw.url) as client:
        held = [asyncio.create_task(cancel(client)) for _ in range(100 + LANES)]
        async with asyncio.timeout(4):
            while raw.received.count(b"POST ") < len(held):  # noqa: ASYNC110  a count of bytes wakes nobody
                await asyncio.sleep(0.01)
        before = raw.received
        assert await cancel(client) == NotSent(why="pool")
        assert raw.received == before
        for each in held:
            each.cancel()
        await asyncio.gather(*held, return_exceptions=True)


async def sent(url: str, content: bytes) -> Outcome:
    """One call of any size, past the client."""
    line = Line(clock=HandClock(), ssl_context=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    call = Call(method="POST", address=address(url), path=CANCEL, target=CANCEL.encode(), content=content)
    try:
        return await line.send(call)
    finally:
        await line.aclose()


async def test_given_up_while_it_is_written() -> None:
    """A body that nobody takes in is lost after 2 s: its first bytes are gone."""

    async def stuffed(_wire: Wire) -> None:
        await asyncio.sleep(60)  # asyncio reads ahead, up to a limit; nobody takes it from there

    async with raw_server(stuffed) as raw:
        began = fair.monotonic()
        assert await sent(raw.url, b"x" * 50_000_000) == Lost(why="write timeout")
        assert 1.9 < fair.monotonic() - began < 4


async def test_a_line_without_a_server_is_unsent() -> None:
    """The transport itself tells a refused connection from a lost answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert await sent(f"http://127.0.0.1:{port}", b"{}") == Unsent(why="connect")


async def test_a_real_answer_cut_after_every_byte() -> None:
    """HTX's answer for five orders, cut anywhere over a real socket, is ambiguous; nothing is tried again."""
    async with HtxSimulator() as sim:
        account = sim.add_account(access_key=ACCESS, secret=SECRET)
        sim.limiter.limit = 100_000
        for _ in range(5):
            account.place(contract="BTC-USDT-241115", side="buy", position_side="long")
        async with client_of(sim.url) as client:
            whole = await cancel(client)
            assert isinstance(whole, Answered)
            assert len(whole.items) == 5
            (post,) = sim.posts(CANCEL)
            assert post.answer is not None
            answer = post.answer.body

    cut = 0

    async def script(wire: Wire) -> None:
        await wire.request()
        await wire.send(http(answer)[:cut])

    async with raw_server(script) as raw, client_of(raw.url) as client:
        for cut in range(len(http(answer))):
            assert isinstance(await cancel(client), Ambiguous), cut
        assert len(raw.wires) == len(http(answer))
        cut = len(http(answer))
        assert await cancel(client) == whole
