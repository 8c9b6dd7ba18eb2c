"""How sockets end, stall and come back: goodbyes, a frozen server, a killed one, tickets that wear out."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Literal

import aiohttp
import pytest

from simulator.slack import Channel, Patience, Person, SlackSimulator, faults
from tests.simulator.simulator_slack_kit import socket, ticket

HASTE = Patience(ack_s=0.4, retries_s=(0.0, 0.05))


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    async with SlackSimulator(patience=HASTE) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: SlackSimulator) -> Person:
    return sim.person(id="U11", name="Ann")


@pytest.fixture
def desk(sim: SlackSimulator, ann: Person) -> Channel:
    return sim.channel(id="C1", name="desk", members=[ann])


async def test_frozen_server_takes_and_never_answers(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """Frozen, sockets open without hello, pings stay unanswered, and envelopes come when it thaws."""
    async with socket(sim) as here:
        sim.sockets.freeze()
        await here.ws.ping(b"x")
        asked = await ann.slash(desk, "/cancelall").settled()
        async with socket(sim, hello=False) as other:
            with pytest.raises(TimeoutError):
                await other.ws.receive(timeout=0.05)
            with pytest.raises(TimeoutError):
                await here.ws.receive(timeout=0.05)
            sim.sockets.thaw()
            got = {(await here.ws.receive(timeout=3)).type for _ in range(2)}
            assert (await other.take())["type"] == "hello"
    assert asked.error == "operation_timeout"
    assert got == {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.PONG}


@pytest.mark.parametrize("reason", ["refresh_requested", "link_disabled"])
async def test_goodbye_closes(sim: SlackSimulator, reason: Literal["refresh_requested", "link_disabled"]) -> None:
    """A disconnect message names its reason and the socket is closed after it."""
    async with socket(sim) as here, socket(sim) as other:
        await sim.sockets.disconnect(reason, count=1)
        assert (await here.take())["reason"] == reason
        assert (await here.ws.receive(timeout=3)).type is aiohttp.WSMsgType.CLOSE
        assert not other.ws.closed


async def test_warning_leaves_the_socket_open(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """After a warning the connection still works for a while."""
    async with socket(sim) as here:
        await sim.sockets.disconnect("warning")
        assert (await here.take())["reason"] == "warning"
        asked = ann.slash(desk, "/cancelall")
        await here.serve()
        assert (await asked.settled()).error == ""


async def test_eleventh_connection_is_too_many(sim: SlackSimulator) -> None:
    """Ten connections are let in, the next is told too_many_websockets and closed."""
    async with AsyncExitStack() as stack:
        for _ in range(10):
            await stack.enter_async_context(socket(sim))
        refused = await stack.enter_async_context(socket(sim))
        assert refused.hello["reason"] == "too_many_websockets"
        assert len(sim.sockets.connections) == 10


async def test_ticket_is_good_once_and_not_for_long() -> None:
    """The WebSocket URL opens one connection within half a minute."""
    now = [1_700_000_000.0]
    async with SlackSimulator(clock=lambda: now[0]) as sim, aiohttp.ClientSession() as http:
        once, late = await ticket(sim), await ticket(sim)
        async with http.ws_connect(once) as ws:
            assert (await ws.receive_json())["type"] == "hello"
        now[0] += 31
        for url in (once, late, f"ws{sim.url[4:]}/link/"):
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                await http.ws_connect(url)


async def test_killed_server_comes_back(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """Stopped, sockets break and a command fails; started again on the same port, all is as it was."""
    url = sim.url
    async with socket(sim) as here:
        pending = ann.slash(desk, "/cancelall")
        await here.take()
        await sim.stop()
        assert (await here.ws.receive(timeout=3)).type in {
            aiohttp.WSMsgType.CLOSED,
            aiohttp.WSMsgType.ERROR,
            aiohttp.WSMsgType.CLOSE,
        }
    assert (pending.over, pending.error) == (True, "dispatch_failed")
    assert (await ann.slash(desk, "/cancelall").settled()).error == "dispatch_failed"
    await sim.start()
    assert sim.url == url
    async with socket(sim) as again:
        asked = ann.slash(desk, "/cancelall")
        await again.serve()
        assert (await asked.settled()).error == ""


async def test_frozen_server_can_be_killed(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """A frozen server stops at once and is well after a restart; what it held back is gone."""
    async with socket(sim):
        sim.sockets.freeze()
        asked = ann.slash(desk, "/cancelall")
        await asked.settled()
        await asyncio.wait_for(sim.stop(), 2)
    await sim.start()
    sim.sockets.thaw()
    async with socket(sim) as here:
        assert here.hello["num_connections"] == 1
        ann.slash(desk, "/cancelall again")
        assert (await here.serve())["payload"]["text"] == "again"


async def test_cut_sockets_break_without_goodbye(sim: SlackSimulator) -> None:
    """A cut drops connections as a killed process does, and the server goes on."""
    async with socket(sim) as here:
        sim.sockets.cut()
        assert (await here.ws.receive(timeout=3)).type is not aiohttp.WSMsgType.TEXT
        assert here.ws.close_code == 1006
    async with socket(sim) as again:
        assert again.hello["num_connections"] == 1


async def test_handshake_can_fail(sim: SlackSimulator) -> None:
    """Faults also meet the WebSocket handshake: refused, cut, or slow."""
    async with aiohttp.ClientSession() as http:
        sim.faults.arm("socket", faults.server_error(503))
        with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
            await http.ws_connect(await ticket(sim))
        sim.faults.arm("socket", faults.cut_before(), times=None)
        with pytest.raises(aiohttp.ClientError):
            await http.ws_connect(await ticket(sim))
        sim.faults.clear()
        sim.faults.arm("socket", faults.slow(0.05))
        async with http.ws_connect(await ticket(sim)) as ws:
            assert (await ws.receive_json())["type"] == "hello"
    statuses = [call.status for call in sim.calls if call.method == "socket"]
    assert statuses[0] == 503
    assert set(statuses[1:]) == {None}
