import asyncio

from structlog.testing import capture_logs

from bot.app.heartbeat import EVERY, Heartbeat
from bot.htx import HtxClient
from simulator.htx import HtxSimulator
from tests import fair
from tests.htx.htx_kit import HandClock, Wire, client_of, raw_server

TIME = "/api/v1/timestamp"


async def said(client: HtxClient, heartbeat: Heartbeat) -> list[str]:
    """What one beat says in the log."""
    with capture_logs() as logs:
        await heartbeat.beat()
    assert client.ranking
    return [f"{line['log_level']} {line['event']}" for line in logs]


async def test_only_news_is_logged() -> None:
    """An address that comes or goes is logged once, by name, with its round trip, its clock or its trouble."""
    async with HtxSimulator() as sim, client_of(sim.url) as client:
        heartbeat = Heartbeat(client, HandClock())
        with capture_logs() as logs:
            await heartbeat.beat()
        assert [set(line) for line in logs] == [{"event", "log_level", "host", "ms", "offset"}]
        assert logs[0]["host"] == sim.host
        assert await said(client, heartbeat) == []
        await sim.refuse()
        assert await said(client, heartbeat) == ["warning HTX host down"]
        assert await said(client, heartbeat) == []
        await sim.accept()
        assert await said(client, heartbeat) == ["info HTX host up"]


async def test_a_clock_that_is_off_is_an_error_in_the_log() -> None:
    """An address more than two seconds off, and addresses that disagree by as much, are logged as errors."""
    async with HtxSimulator() as one, HtxSimulator() as two, client_of(one.url, two.url) as client:
        heartbeat = Heartbeat(client, HandClock())
        await heartbeat.beat()
        one.behaviour.clock_offset = 1.9
        two.behaviour.clock_offset = -1.9
        assert await said(client, heartbeat) == ["error HTX clocks disagree"]
        one.behaviour.clock_offset = two.behaviour.clock_offset = 90
        assert await said(client, heartbeat) == ["info HTX host up", "error HTX clock off"] * 2
        assert await said(client, heartbeat) == []


async def test_a_slow_beat_takes_nothing_from_the_pause() -> None:
    """The next beat begins ten seconds after the last one began, however long an address let it wait."""

    class Counting(HandClock):
        """Sleeps end when they are let go."""

        def __init__(self) -> None:
            super().__init__()
            self.begun = asyncio.Event()

        async def sleep(self, seconds: float) -> None:
            self.slept.append(seconds)
            self.begun.set()
            await asyncio.sleep(60)

    async def silent(wire: Wire) -> None:
        await wire.request()
        await asyncio.sleep(60)

    clock = Counting()
    async with raw_server(silent) as raw, client_of(raw.url) as client:
        running = asyncio.create_task(Heartbeat(client, clock).run())
        await asyncio.wait_for(clock.begun.wait(), 1)
        assert clock.slept == [EVERY]
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_a_dead_address_does_not_hold_up_a_start() -> None:
    """The first beat ends soon after one address answered, which then goes first; with none its time ends it."""

    async def silent(wire: Wire) -> None:
        await wire.request()
        await asyncio.sleep(60)

    async with raw_server(silent) as dead, HtxSimulator() as sim, client_of(dead.url, sim.url) as client:
        began = fair.monotonic()
        one, two = await client.connect(3.0)
        assert fair.monotonic() - began < 1
        assert (one.trouble, two.trouble) == ("no answer yet", None)
        assert client.ranking == (1, 0)
    async with raw_server(silent) as dead, client_of(dead.url) as client:
        began = fair.monotonic()
        (one,) = await client.connect(0.2)
        assert fair.monotonic() - began < 1
        assert one.trouble == "no answer yet"
