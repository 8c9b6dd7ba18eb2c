import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app.heartbeat import EVERY
from bot.htx import HtxClient
from bot.htx.lanes import LANES, READS_WARM
from bot.htx.line import IDLE
from bot.model import ALL, Answer, NothingMatched
from simulator.htx import Delay, Hang, HtxSimulator
from tests import fair
from tests.htx.htx_kit import (
    ACCESS,
    LONG_AFTER,
    MAIN,
    SECRET,
    HandClock,
    Raw,
    Script,
    Wire,
    client_of,
    clock_page,
    envelope,
    hang_up,
    http,
    raw_server,
    scope_of,
)

WARM = LANES + READS_WARM


async def cancel(client: HtxClient) -> Answer:
    return await client.cancel_all(scope_of(), host=0, not_after=LONG_AFTER)


async def htx(wire: Wire) -> None:
    """The time, and an answer with nothing in it to everything else."""
    while request := await wire.request():
        await wire.send(http(clock_page() if b"/timestamp" in request else envelope([])))


@asynccontextmanager
async def against(script: Script) -> AsyncIterator[tuple[HtxClient, Raw]]:
    async with raw_server(script) as raw, client_of(raw.url) as client:
        yield client, raw


def test_the_heartbeat_comes_before_connections_are_dropped() -> None:
    """Two beats may fail to come before an idle connection is closed."""
    assert EVERY * 3 <= IDLE
    assert LANES >= 2


async def test_the_request_at_the_tap_finds_a_warm_connection() -> None:
    """After a heartbeat the cancel request opens no connection, nor does the read that proves it."""
    async with against(htx) as (client, raw):
        await client.measure()
        assert len(raw.wires) == WARM
        assert await cancel(client) == NothingMatched()
        await client.open_orders(MAIN, ALL, urgent=True)
        assert len(raw.wires) == WARM


async def test_every_beat_uses_every_warm_connection() -> None:
    """Beat after beat the same connections are used, each of them: none goes idle for longer than a beat."""
    async with against(htx) as (client, raw):
        for beat in range(1, 4):
            await client.measure()
            assert len(raw.wires) == WARM
            assert min(bytes(wire.seen).count(b"GET ") for wire in raw.wires) >= beat - 1
        assert raw.received.count(b"GET ") == 3 * WARM


async def test_a_heartbeat_under_way_does_not_hold_the_request_up() -> None:
    """While a beat hangs on one connection, the request goes over another one that is warm."""
    stuck = asyncio.Event()
    beats = 0

    async def script(wire: Wire) -> None:
        nonlocal beats
        while request := await wire.request():
            beats += b"/timestamp" in request
            if b"/timestamp" in request and beats > WARM:
                stuck.set()
                await asyncio.sleep(60)
            await wire.send(http(clock_page() if b"/timestamp" in request else envelope([])))

    async with against(script) as (client, raw):
        await client.measure()
        beat = asyncio.create_task(client.measure())
        await stuck.wait()
        assert await cancel(client) == NothingMatched()
        assert len(raw.wires) == WARM
        beat.cancel()
        await asyncio.gather(beat, return_exceptions=True)


async def test_reads_cannot_take_the_connections_of_the_request() -> None:
    """With more reads hanging than may be under way, the request still opens no connection."""
    async with HtxSimulator() as sim:
        sim.add_account(access_key=ACCESS, secret=SECRET)
        async with client_of(sim.url) as client:
            await client.measure()
            switch = sim.faults.add(Hang(), "/v5/trade/order/opens")
            reads = [asyncio.create_task(client.open_orders(MAIN, ALL)) for _ in range(20)]
            await sim.until(lambda: len(sim.requests("/v5/trade/order/opens")) >= 16)
            before = sim.connections
            assert await cancel(client) == NothingMatched()
            assert sim.connections == before
            for read in reads:
                read.cancel()
            await asyncio.gather(*reads, return_exceptions=True)
            switch.clear()


async def test_more_requests_at_once_than_lanes_all_go_at_once() -> None:
    """On a card of many accounts what finds no free lane is sent beside it, and none waits for another."""
    async with HtxSimulator() as sim:
        sim.add_account(access_key=ACCESS, secret=SECRET)
        async with client_of(sim.url) as client:
            sim.faults.add(Delay(before=0.5), "/v5/trade/cancel_all_orders")
            began = fair.monotonic()
            await asyncio.gather(*(cancel(client) for _ in range(5)))
            assert fair.monotonic() - began < 0.9


@pytest.mark.parametrize("way", ["closed", "silent"])
async def test_a_broken_connection_is_replaced_by_the_heartbeat(way: str) -> None:
    """A connection that was forgotten on the way is found by the beat, not by the cancel request."""
    broken: set[int] = set()

    async def script(wire: Wire) -> None:
        while request := await wire.request():
            if id(wire) in broken:
                if way == "closed":
                    return
                await asyncio.sleep(60)
            await wire.send(http(clock_page() if b"/timestamp" in request else envelope([])))

    async with against(script) as (client, raw):
        await client.measure()
        broken.update(id(wire) for wire in raw.wires)
        (found,) = await client.measure()
        assert found.trouble is None
        began = fair.monotonic()
        assert await cancel(client) == NothingMatched()
        assert fair.monotonic() - began < 0.5
        assert raw.received.count(b"POST ") == 1


async def test_a_heartbeat_whose_answers_come_twice_goes_on() -> None:
    """What is left over on a connection costs that connection, and says nothing against the address."""

    async def twice(wire: Wire) -> None:
        while await wire.request():
            await wire.send(http(clock_page()) * 2)

    async with against(twice) as (client, raw):
        for _ in range(3):
            (health,) = await client.measure()
            assert health.trouble is None
        assert len(raw.wires) > WARM


async def test_a_dead_address_does_not_slow_the_others() -> None:
    """While one address swallows everything, the other is measured in its own time, and goes first."""

    async def black_hole(wire: Wire) -> None:
        await wire.request()
        await asyncio.sleep(60)

    warm = asyncio.Event()

    async def counted(wire: Wire) -> None:
        while await wire.request():
            await wire.send(http(clock_page()))
            if good.received.count(b"GET ") == WARM:
                warm.set()

    async with (
        raw_server(black_hole) as dead,
        raw_server(counted) as good,
        client_of(dead.url, good.url) as client,
    ):
        beat = asyncio.create_task(client.measure())
        began = fair.monotonic()
        await warm.wait()
        assert fair.monotonic() - began < 0.5
        one, two = await beat
        assert (one.trouble, two.trouble) == ("read timeout", None)
        assert client.ranking == (1, 0)
        assert fair.monotonic() - began < 6


async def test_a_beat_has_an_end() -> None:
    """An address that drips is called too slow, and whoever asks during a beat gets what that one finds."""

    async def drip(wire: Wire) -> None:
        await wire.request()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        while True:
            await wire.send(b" ")
            await asyncio.sleep(0.2)

    async with against(drip) as (client, raw):
        began = fair.monotonic()
        found = await asyncio.gather(client.measure(), client.measure())
        assert [host.trouble for hosts in found for host in hosts] == ["too slow", "too slow"]
        assert fair.monotonic() - began < 8
        assert raw.received.count(b"GET ") == 1


async def test_what_requests_meet_changes_the_ranking() -> None:
    """A cancel request or a read that does not get through puts its address behind the other, before any beat."""
    async with raw_server(hang_up) as bad, raw_server(htx) as good, client_of(bad.url, good.url) as client:
        await cancel(client)
        assert client.ranking == (1, 0)
    async with raw_server(hang_up) as bad, raw_server(htx) as good, client_of(bad.url, good.url) as client:
        await client.open_orders(MAIN, ALL)
        assert client.ranking == (1, 0)


async def test_many_pages_stay_within_the_rate_limit() -> None:
    """Reading 3,600 orders in three margin modes takes more reads than the limit, and HTX refuses none of them."""
    clock = HandClock()
    async with HtxSimulator(clock=lambda: time.time() + clock.shift) as sim:
        account = sim.add_account(access_key=ACCESS, secret=SECRET)
        for _ in range(3600):
            account.place(contract="BTC-USDT", side="buy", position_side="long")
        async with client_of(sim.url, clock=clock, system_now=lambda: time.time() + clock.shift) as client:
            assert len(await client.open_orders(MAIN, ALL)) == 3600
        reads = sim.requests("/v5/trade/order/opens")
        assert len(reads) > 72
        assert clock.slept
        assert not [record for record in reads if record.answer is None or b'"code":1032' in record.answer.body]


async def test_the_cancel_request_is_tried_though_the_budget_is_used_up() -> None:
    """With reads and batches over the limit, the cancel-all is sent without a wait."""
    clock = HandClock()
    async with raw_server(htx) as raw, client_of(raw.url, clock=clock) as client:
        for _ in range(80):
            assert await cancel(client) == NothingMatched()
        assert clock.slept == []
        assert raw.received.count(b"POST ") == 80
