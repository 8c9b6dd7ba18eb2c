"""HTX's clock as the client measures it: by it requests are signed."""

import asyncio
import json

import pytest

from bot.model import NothingMatched
from simulator.htx import HtxSimulator, Verdict
from tests import fair
from tests.htx.htx_desk import CANCEL, cancel, desk
from tests.htx.htx_kit import ACCESS, SECRET, OneKey, Wire, answering, client_of, clock_page, http, raw_server


@pytest.mark.parametrize("ahead", [-3600.0, 0.0, 90.5])
async def test_the_offset_is_measured_and_used(ahead: float) -> None:
    """The offset is HTX's clock less ours, and signatures carry HTX's time from then on."""
    async with desk() as (client, sim, _):
        sim.behaviour.clock_offset = ahead
        assert client.offset == 0.0
        (found,) = await client.measure()
        assert found.clock_offset == client.offset == pytest.approx(ahead, abs=0.1)
        assert await cancel(client) == NothingMatched()
        assert sim.posts(CANCEL)[0].verdict is Verdict.VALID


async def test_each_address_is_signed_for_by_its_own_clock() -> None:
    """An address whose clock is an hour off is sent its own time, and the other one is sent the right time."""
    async with HtxSimulator() as odd, HtxSimulator() as good:
        odd.behaviour.clock_offset = 3600
        for sim in (odd, good):
            sim.add_account(access_key=ACCESS, secret=SECRET)
        async with client_of(odd.url, good.url) as client:
            await client.measure()
            assert client.offset == pytest.approx(0, abs=0.1)
            for host, sim in enumerate((odd, good)):
                assert await cancel(client, host=host) == NothingMatched()
                assert sim.posts(CANCEL)[0].verdict is Verdict.VALID


async def test_half_the_round_trip_is_taken_off() -> None:
    """A slow answer shifts the offset by half its delay at most, and connecting does not count."""

    async def script(wire: Wire) -> None:
        while await wire.request():
            stamp = round(fair.now() * 1000)
            await asyncio.sleep(0.2)
            await wire.send(http(json.dumps({"status": "ok", "ts": stamp}).encode()))

    async with raw_server(script) as raw, client_of(raw.url, system_now=fair.now) as client:
        (found,) = await client.measure()
        assert found.clock_offset == pytest.approx(-0.1, abs=0.05)
        assert found.took == pytest.approx(0.2, abs=0.05)


async def test_the_public_call_is_unsigned() -> None:
    """Asking for the time opens no key and sends no signature, and says what each address answered."""
    keys = OneKey()
    async with (
        raw_server(answering(b"", status="502 Bad Gateway")) as bad,
        raw_server(answering(clock_page())) as good,
    ):
        async with client_of(bad.url, good.url, keys=keys) as client:
            one, two = await client.measure()
        assert (one.trouble, two.trouble) == ("http 502", None)
        assert keys.opened == 0
        assert good.received.startswith(b"GET /api/v1/timestamp HTTP/1.1\r\n")
        assert b"Signature" not in good.received


@pytest.mark.parametrize("body", [b'{"status":"ok"}', b'{"status":"ok","ts":1}', b'{"status":"maintain"}', b"[]"])
async def test_a_time_that_cannot_be_read(body: bytes) -> None:
    """Without a believable time the offset stays as it was, and the address is in trouble."""
    async with raw_server(answering(body)) as raw, client_of(raw.url) as client:
        (found,) = await client.measure()
        assert found.trouble is not None
        assert client.offset == 0.0
