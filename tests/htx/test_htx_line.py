import asyncio
import gzip
import json
import socket
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.htx import HtxClient
from bot.model import Ambiguous, Answer, Answered, Item, NothingMatched, NotSent, Refused, TooMany
from tests import fair
from tests.htx.htx_kit import (
    EVERYTHING,
    LONG_AFTER,
    HandClock,
    OneKey,
    Raw,
    Script,
    Wire,
    answering,
    client_of,
    envelope,
    hang_up,
    http,
    raw_server,
    scope_of,
)

ONE_ITEM = envelope([{"order_id": "1331225286568849408", "code": 200}])
ANSWERED = Answered(items=(Item(order_id="1331225286568849408", client_order_id=None, code=200),))
REFUSED_403 = b'{"status":"error","err_code":403,"err_msg":"Verification failure","ts":1}'


async def cancel(client: HtxClient, host: int = 0, not_after: float = LONG_AFTER) -> Answer:
    return await client.cancel_all(scope_of(), host=host, not_after=not_after)


@asynccontextmanager
async def against(script: Script) -> AsyncIterator[tuple[HtxClient, Raw]]:
    async with raw_server(script) as raw, client_of(raw.url) as client:
        yield client, raw


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert isinstance(port, int)
        return port


# --- surely not sent -------------------------------------------------------------------------------------------


async def test_nothing_listening() -> None:
    """A refused connection is not sent, for want of a connection."""
    async with client_of(f"http://127.0.0.1:{closed_port()}") as client:
        assert await cancel(client) == NotSent(why="connect")


async def test_a_name_that_does_not_resolve() -> None:
    """A host without an address is not sent, for want of a name; nothing asks the network for `.invalid`."""
    async with client_of("https://htx.invalid") as client:
        assert await cancel(client) in (NotSent(why="dns"), NotSent(why="connect"))


async def test_a_black_hole() -> None:
    """A connect that nobody answers ends at the deadline, as not sent."""
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        # Two fill the queue; the kernel then drops whoever knocks next.
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(deaf.getsockname())
        async with client_of(f"http://127.0.0.1:{deaf.getsockname()[1]}") as client:
            began = fair.monotonic()
            assert await cancel(client, not_after=began + 0.3) == NotSent(why="connect")
            assert fair.monotonic() - began < 0.8


async def test_past_the_deadline_nothing_is_opened() -> None:
    """An attempt that begins too late opens neither the key nor a connection."""
    keys = OneKey()
    async with raw_server(answering(ONE_ITEM)) as raw, client_of(raw.url, keys=keys) as client:
        assert await cancel(client, not_after=fair.monotonic() - 0.001) == NotSent(why="deadline")
        assert (keys.opened, raw.wires) == (0, [])


@pytest.mark.parametrize("warm", [False, True])
async def test_the_deadline_is_checked_at_the_first_byte(warm: bool) -> None:
    """Whenever the deadline passes before the first byte, nothing is written; after it, the answer counts."""
    answers: list[Answer] = []
    for looks in range(6):
        clock = HandClock()
        async with raw_server(answering(ONE_ITEM)) as raw, client_of(raw.url, clock=clock) as client:
            if warm:
                assert await cancel(client) == ANSWERED
            before = raw.received
            deadline = clock.monotonic() + 60
            clock.looks = looks
            answers.append(await cancel(client, not_after=deadline))
            assert (raw.received == before) is (answers[-1] == NotSent(why="deadline"))
    # The client looks when it begins, when it connects, and at the first byte.
    assert answers == [NotSent(why="deadline")] * 3 + [ANSWERED] * 3


async def test_a_key_that_opens_slowly_can_miss_the_deadline() -> None:
    """A deadline that passes while the key opens stops the attempt before anything is connected."""
    clock = HandClock()
    keys = OneKey(on_open=lambda: setattr(clock, "shift", 5))
    async with raw_server(answering(ONE_ITEM)) as raw, client_of(raw.url, keys=keys, clock=clock) as client:
        assert await cancel(client, not_after=clock.monotonic() + 4) == NotSent(why="deadline")
        assert raw.wires == []


async def test_an_unusable_key_is_not_sent() -> None:
    """A key that does not open stops the attempt before anything is connected."""
    async with raw_server(answering(ONE_ITEM)) as raw, client_of(raw.url, keys=OneKey()) as client:
        answer = await client.cancel_all(scope_of(account=EVERYTHING.account), host=0, not_after=LONG_AFTER)
        assert answer == ANSWERED
        other = scope_of(account=type(EVERYTHING.account)("other"))
        assert await client.cancel_all(other, host=0, not_after=LONG_AFTER) == NotSent(why="key")
        assert len(raw.wires) == 1


# --- sent, and no usable answer --------------------------------------------------------------------------------


async def reset(wire: Wire) -> None:
    await wire.request()
    wire.writer.transport.abort()


async def half_a_head(wire: Wire) -> None:
    await wire.request()
    await wire.send(b"HTTP/1.1 200 OK\r\nContent-Le")


async def not_http(wire: Wire) -> None:
    await wire.request()
    await wire.send(b"220 smtp ready\r\n\r\n")


async def switched(wire: Wire) -> None:
    await wire.request()
    await wire.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")


@pytest.mark.parametrize("script", [hang_up, reset, half_a_head, not_http, switched])
async def test_sent_and_lost(script: Script) -> None:
    """Once a byte was written, whatever the server does but answer is ambiguous, and is tried once."""
    async with against(script) as (client, raw):
        assert isinstance(await cancel(client), Ambiguous)
        assert raw.received.count(b"POST ") == 1
        assert len(raw.wires) == 1


async def test_closed_right_after_the_headers() -> None:
    """A server that reads the head alone and closes may have acted: ambiguous."""

    async def script(wire: Wire) -> None:
        wire.seen += await wire.reader.readuntil(b"\r\n\r\n")

    async with against(script) as (client, _):
        assert isinstance(await cancel(client), Ambiguous)


async def test_a_kept_connection_that_closes_under_the_request_is_not_tried_again() -> None:
    """On a warm connection a close after the request was written is ambiguous; no second attempt is made."""

    async def script(wire: Wire) -> None:
        if await wire.request():
            await wire.send(http(ONE_ITEM))
            await wire.request()

    async with against(script) as (client, raw):
        assert await cancel(client) == ANSWERED
        assert isinstance(await cancel(client), Ambiguous)
        assert (len(raw.wires), raw.received.count(b"POST ")) == (1, 2)


async def test_a_kept_connection_that_closed_while_idle_is_replaced() -> None:
    """A connection closed between two requests is noticed before anything is written on it."""

    async def script(wire: Wire) -> None:
        await wire.request()
        await wire.send(http(ONE_ITEM))

    async with against(script) as (client, raw):
        assert await cancel(client) == ANSWERED
        await asyncio.sleep(0.02)
        assert await cancel(client) == ANSWERED
        assert len(raw.wires) == 2


async def test_silence_and_drips_are_bounded() -> None:
    """A server that says nothing is left after 5 s, one that drips a byte a moment after 7 s; both ambiguous."""

    async def drip(wire: Wire) -> None:
        await wire.request()
        await wire.send(http(b"")[:-4].replace(b"Content-Length: 0", b"Content-Length: 999") + b"\r\n\r\n")
        while True:
            await wire.send(b" ")
            await asyncio.sleep(0.5)

    async def silent(wire: Wire) -> None:
        await wire.request()
        await asyncio.sleep(60)

    async def timed(script: Script) -> tuple[Answer, float]:
        async with against(script) as (client, _):
            began = fair.monotonic()
            return await cancel(client), fair.monotonic() - began

    (silence, quiet), (dripped, slow) = await asyncio.gather(timed(silent), timed(drip))
    assert (silence, dripped) == (Ambiguous(why="read timeout"), Ambiguous(why="answer timeout"))
    assert 4.9 < quiet < 6
    assert 6.9 < slow < 8


async def test_cancellation_goes_through() -> None:
    """A cancelled attempt is cancelled, not turned into an answer."""
    begun = asyncio.Event()

    async def script(wire: Wire) -> None:
        await wire.request()
        begun.set()
        await asyncio.sleep(60)

    async with against(script) as (client, _):
        task = asyncio.create_task(cancel(client))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


Cutting = Callable[[bytes], bytes]


def announced(body: bytes) -> bytes:
    return http(body)


def until_closed(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body


def chunked(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize("framing", [announced, until_closed, chunked])
@pytest.mark.parametrize(
    ("body", "whole"), [(REFUSED_403, Refused(code="403")), (ONE_ITEM, ANSWERED)], ids=["refusal", "success"]
)
async def test_cut_at_every_byte(framing: Cutting, body: bytes, whole: Answer) -> None:
    """An answer cut anywhere is ambiguous; whole, it is itself."""
    answer = framing(body)
    cut = 0

    async def script(wire: Wire) -> None:
        await wire.request()
        await wire.send(answer[:cut])

    async with against(script) as (client, _):
        for cut in range(len(answer) + 1):
            found = await cancel(client)
            assert found == whole if cut == len(answer) else isinstance(found, Ambiguous), cut


async def test_oversize_is_cut() -> None:
    """Past 8 MiB a body is not read on, announced, endless or compressed; blanks around an answer are its size."""
    huge = ONE_ITEM + b" " * (8 * 1024 * 1024)
    packed = gzip.compress(huge, 1)
    assert len(packed) < 100_000
    for body, headers in ((huge, {}), (packed, {"Content-Encoding": "gzip"})):
        async with against(answering(body, headers=headers)) as (client, _):
            assert await cancel(client) == Ambiguous(why="too large")


async def test_compression() -> None:
    """A gzip body is read; one that is cut, broken, followed by more or in another coding is ambiguous."""
    packed = gzip.compress(ONE_ITEM)
    cases: list[tuple[bytes, str, bool]] = [
        (packed, "gzip", True),
        (packed, "GZIP", True),
        (ONE_ITEM, "identity", True),
        (packed[:-1], "gzip", False),
        (packed[:-9], "gzip", False),
        (packed + packed, "gzip", False),
        (ONE_ITEM, "gzip", False),
        (packed, "br", False),
        (packed, "gzip, gzip", False),
        (packed, "", False),
    ]
    for body, coding, good in cases:
        async with against(answering(body, headers={"Content-Encoding": coding})) as (client, _):
            found = await cancel(client)
            assert found == ANSWERED if good else isinstance(found, Ambiguous), (coding, found)


# --- the answer's envelope, over the wire ----------------------------------------------------------------------


async def test_redirects_are_not_followed() -> None:
    """A redirect is ambiguous, whether its target is fit or not, and nobody goes there."""
    async with raw_server(answering(ONE_ITEM)) as elsewhere:
        for location in (elsewhere.url + "/x", "http://[", ""):
            script = answering(b"", status="307 Temporary Redirect", headers={"Location": location})
            async with against(script) as (client, raw):
                assert isinstance(await cancel(client), Ambiguous)
                assert raw.received.count(b"POST ") == 1
        assert elsewhere.wires == []


async def test_too_many_carries_the_reset() -> None:
    """The reset header, as a duration or as a time, becomes the wait."""
    for value, low, high in (("1500", 1.5, 1.5), (str(round(time.time() * 1000) + 30_000), 10, 30)):
        script = answering(b'{"code":1032}', headers={"RateLimit-Reset": value})
        async with against(script) as (client, _):
            answer = await cancel(client)
            assert isinstance(answer, TooMany)
            assert answer.wait is not None
            assert low <= answer.wait <= high


async def test_what_goes_over_the_wire() -> None:
    """One POST: the target, the host that was signed, a JSON body with its length, and no cookie."""
    headers = {"Set-Cookie": "cf=1; Path=/", "Location": "/x"}
    async with against(answering(envelope([]), headers=headers)) as (client, raw):
        for _ in range(2):
            assert await cancel(client) == NothingMatched()
        head, _, body = raw.received[: len(raw.received) // 2].partition(b"\r\n\r\n")
        line, *fields = head.decode().split("\r\n")
        method, target, version = line.split(" ")
        names = dict(field.lower().split(": ", 1) for field in fields)
        assert (method, target.partition("?")[0], version) == ("POST", "/v5/trade/cancel_all_orders", "HTTP/1.1")
        assert json.loads(body) == {"contract_code": "BTC-USDT-241115", "side": "buy", "position_side": "long"}
        assert names["host"] == f"127.0.0.1:{raw.port}"
        assert names["content-type"] == "application/json"
        assert set(names) <= {
            "host", "accept", "accept-encoding", "content-type", "user-agent", "content-length",
        }  # fmt: skip
        assert b"cookie" not in raw.received.lower()


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
async def test_proxies_of_the_environment_are_ignored(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment sees nothing: bodies are not covered by the signature."""
    async with raw_server(answering(ONE_ITEM)) as proxy:
        monkeypatch.setenv(name, proxy.url)
        async with against(answering(REFUSED_403)) as (client, _):
            assert await cancel(client) == Refused(code="403")
        assert proxy.wires == []
