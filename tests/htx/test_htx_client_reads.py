"""The client's reads: every page of every book, the next address, the rate limit."""

import asyncio

import pytest

from bot.errors import ReadFailed
from bot.htx.client import LEFT_OUT, HtxClient
from bot.model import ALL, AccountName, ContractCode, NothingMatched, PositionMode
from simulator.htx import Fault, Hang, HtxSimulator, RateLimited, Refuse, Verdict
from tests import fair
from tests.htx.htx_desk import MODE, OPENS, cancel, desk, place
from tests.htx.htx_kit import (
    ACCESS,
    BTC,
    MAIN,
    SECRET,
    HandClock,
    Wire,
    answering,
    client_of,
    envelope,
    hang_up,
    http,
    raw_server,
    silent,
)


@pytest.mark.parametrize("count", [0, 14, 100, 230])
@pytest.mark.parametrize("inclusive", [False, True])
async def test_open_orders(count: int, inclusive: bool) -> None:
    """All orders of the contract are read, over any number of pages, and none of another."""
    async with desk() as (client, sim, account):
        sim.behaviour.from_inclusive = inclusive
        sim.behaviour.opens_margin = "cross"
        placed = place(account, count)
        placed.add(account.place(contract=BTC, side="sell", position_side="short", margin_mode="isolated"))
        other = place(account, 3, "ETH-USDT")
        assert {o.order_id for o in await client.open_orders(MAIN, BTC)} == placed
        assert {o.order_id for o in await client.open_orders(MAIN, ALL)} == placed | other
        assert all(record.verdict is Verdict.VALID for record in sim.log)


async def test_reads_left_out_are_remembered_by_contract() -> None:
    """A margin mode HTX refuses is not asked for again there, is told of, and is still asked for elsewhere."""

    async def script(wire: Wire) -> None:
        while request := await wire.request():
            refused = b"margin_mode=cross" in request and b"BTC-USDT" in request
            await wire.send(http(b'{"code":1348}' if refused else envelope([])))

    async with raw_server(script) as raw, client_of(raw.url) as client:
        assert client.reads_left_out(MAIN) == ()
        for expected in (3, 5):
            await client.open_orders(MAIN, BTC)
            assert raw.received.count(b"GET ") == expected
        assert client.reads_left_out(MAIN) == ("cross",)
        assert client.reads_left_out(AccountName("other")) == ()
        await client.open_orders(MAIN, ContractCode("ETH-USDT"))
        assert raw.received.count(b"GET ") == 8


async def test_a_margin_mode_is_not_left_out_for_ever() -> None:
    """A mode that was refused in error is asked for again after a minute, and for every proof."""
    clock, refuses = HandClock(), True

    async def script(wire: Wire) -> None:
        while request := await wire.request():
            refused = refuses and b"margin_mode=isolated" in request
            await wire.send(http(b'{"code":1067}' if refused else envelope([])))

    async with raw_server(script) as raw, client_of(raw.url, clock=clock) as client:
        await client.open_orders(MAIN, BTC)
        await client.open_orders(MAIN, BTC)
        assert raw.received.count(b"margin_mode=isolated") == 1
        await client.open_orders(MAIN, BTC, urgent=True)
        assert raw.received.count(b"margin_mode=isolated") == 2
        refuses = False
        clock.shift += LEFT_OUT
        await client.open_orders(MAIN, BTC)
        assert raw.received.count(b"margin_mode=isolated") == 3
        assert client.reads_left_out(MAIN) == ()


async def test_a_margin_mode_that_was_answered_is_not_left_out_at_once() -> None:
    """Orders may rest in it: for a minute after an answer a refusal fails the read, however often it comes."""
    clock, refuses = HandClock(), False

    async def script(wire: Wire) -> None:
        while request := await wire.request():
            refused = refuses and b"margin_mode=isolated" in request
            await wire.send(http(b'{"code":1067}' if refused else envelope([])))

    async with raw_server(script) as raw, client_of(raw.url, clock=clock) as client:
        await client.open_orders(MAIN, BTC, urgent=True)
        refuses = True
        for urgent in (True, False, True):
            with pytest.raises(ReadFailed) as caught:
                await client.open_orders(MAIN, BTC, urgent=urgent)
            assert caught.value.why == "contradiction"
        assert client.reads_left_out(MAIN) == ()
        clock.shift += LEFT_OUT
        await client.open_orders(MAIN, BTC, urgent=True)
        assert client.reads_left_out(MAIN) == ("isolated",)


async def test_a_refused_contract_leaves_nothing_out() -> None:
    """A refusal of the mandatory read fails the read, and says nothing about margin modes."""
    async with desk() as (client, sim, _):
        sim.faults.add(Refuse(code=1067), OPENS)
        with pytest.raises(ReadFailed) as caught:
            await client.open_orders(MAIN, BTC)
        assert (caught.value.why, caught.value.code) == ("code 1067", "1067")
        assert client.reads_left_out(MAIN) == ()


@pytest.mark.parametrize("mode", PositionMode)
async def test_position_mode(mode: PositionMode) -> None:
    """The position mode is read as it is."""
    async with HtxSimulator() as sim:
        sim.add_account(access_key=ACCESS, secret=SECRET, position_mode=mode.value)
        async with client_of(sim.url) as client:
            assert await client.position_mode(MAIN) is mode


async def test_reads_go_on_to_the_next_address() -> None:
    """A dead address, a 5xx, a page of HTML or a cut answer sends a read to the next one, and there it stays."""
    scripts = (hang_up, answering(b"", status="502 Bad Gateway"), answering(b"<html>"))
    for script in scripts:
        async with (
            raw_server(script) as bad,
            raw_server(answering(envelope([]))) as good,
            client_of(bad.url, good.url) as client,
        ):
            await client.open_orders(MAIN, BTC)
            await client.open_orders(MAIN, BTC)
            assert (bad.received.count(b"GET "), good.received.count(b"GET ")) == (3, 6)


@pytest.mark.parametrize("code", ["1000", "1004", "1108"])
async def test_a_system_error_may_be_one_addresss_alone(code: str) -> None:
    """The other address is asked, and asked first from then on."""
    async with (
        raw_server(answering(b'{"code":%s,"data":null}' % code.encode())) as bad,
        raw_server(answering(envelope([]))) as good,
        client_of(bad.url, good.url) as client,
    ):
        assert await client.open_orders(MAIN, BTC) == ()
        await client.open_orders(MAIN, BTC)
        assert (bad.received.count(b"GET "), good.received.count(b"GET ")) == (3, 6)


async def test_an_address_that_hangs_is_left_by_reads_that_do_not_wait_for_it() -> None:
    """A look that is given up after 3 s sends the next one to the other address."""
    async with (
        raw_server(silent) as bad,
        raw_server(answering(envelope([]))) as good,
        client_of(bad.url, good.url) as client,
    ):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.open_orders(MAIN, BTC), 2.2)
        assert await asyncio.wait_for(client.open_orders(MAIN, BTC), 2.2) == ()


async def test_reads_give_up_after_two_rounds() -> None:
    """With no address in order a read fails after two tries at each."""
    async with (
        raw_server(hang_up) as one,
        raw_server(answering(b"", status="503 Busy")) as two,
        client_of(one.url, two.url) as client,
    ):
        with pytest.raises(ReadFailed) as caught:
            await client.position_mode(MAIN)
        assert caught.value.why == "cut off"
        assert (one.received.count(b"GET "), two.received.count(b"GET ")) == (2, 2)


async def test_reads_that_never_left_use_up_nothing() -> None:
    """However long no address can be reached, the first read afterwards waits for no rate limit."""
    clock = HandClock()
    async with client_of("http://127.0.0.1:9", "http://127.0.0.1:9", clock=clock) as client:
        for _ in range(20):
            with pytest.raises(ReadFailed):
                await client.position_mode(MAIN)
    assert clock.slept == []


async def test_refusals_of_reads_are_final() -> None:
    """A code by which HTX refuses is an answer: another address is not asked."""
    async with (
        raw_server(answering(b'{"code":1010}')) as one,
        raw_server(answering(envelope([]))) as two,
        client_of(one.url, two.url) as client,
    ):
        with pytest.raises(ReadFailed) as caught:
            await client.position_mode(MAIN)
        assert (caught.value.why, caught.value.code) == ("code 1010", "1010")
        assert two.wires == []


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (RateLimited(reset_ms=1500), 1.5),
        (RateLimited(reset_ms=50_000, status=429), 3.0),
    ],
    ids=["said", "long"],
)
async def test_reads_wait_for_the_rate_limit(fault: Fault, wait: float) -> None:
    """Over the limit a read waits for the reset, at most 3 s, and tries again."""
    clock = HandClock()
    async with desk(clock=clock) as (client, sim, _):
        sim.limiter.limit = 10_000
        sim.faults.add(fault, MODE, times=1)
        await waits_once(client, clock, wait)


async def test_reads_wait_a_second_for_a_reset_that_is_not_said() -> None:
    """A refusal for the rate with no headers of it is waited out for a second."""
    clock = HandClock()

    async def script(wire: Wire) -> None:
        await wire.request()
        await wire.send(http(b'{"status":"error","err_code":1032,"err_msg":"busy","ts":1731657909000}'))
        await wire.request()
        await wire.send(http(envelope({"position_mode": "dual_side"})))

    async with raw_server(script) as raw, client_of(raw.url, clock=clock) as client:
        await waits_once(client, clock, 1.0)


async def waits_once(client: HtxClient, clock: HandClock, wait: float) -> None:
    """Read, and see one wait: a hair more than `wait`, less what passed between the answer and the wait."""
    began = fair.monotonic()
    await client.position_mode(MAIN)
    took = fair.monotonic() - began
    assert len(clock.slept) == 1
    assert wait - took <= clock.slept[0] <= wait + 0.003


async def test_reads_do_not_wait_for_ever() -> None:
    """A limit that is never lifted fails the read."""
    clock = HandClock()
    async with desk(clock=clock) as (client, sim, _):
        sim.faults.add(RateLimited(), MODE)
        with pytest.raises(ReadFailed) as caught:
            await client.position_mode(MAIN)
        assert caught.value.code == "1032"
        assert len(clock.slept) == 3


async def test_hanging_reads_do_not_hold_up_the_request() -> None:
    """With dozens of reads hanging, the cancel request finds a connection at once."""
    async with desk() as (client, sim, _):
        switch = sim.faults.add(Hang(), OPENS)
        reads = [asyncio.create_task(client.open_orders(MAIN, BTC)) for _ in range(50)]
        await asyncio.sleep(0.2)
        began = fair.monotonic()
        assert await cancel(client) == NothingMatched()
        assert fair.monotonic() - began < 0.4
        for read in reads:
            read.cancel()
        await asyncio.gather(*reads, return_exceptions=True)
        switch.clear()
