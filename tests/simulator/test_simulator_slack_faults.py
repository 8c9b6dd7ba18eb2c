"""The simulated faults do to a client what a bad night does."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from simulator.slack import Channel, RateLimits, SlackSimulator, faults
from tests import fair
from tests.simulator.simulator_slack_kit import Api, web_api

POST = "chat.postMessage"


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    async with SlackSimulator() as simulator:
        yield simulator


@pytest.fixture
def desk(sim: SlackSimulator) -> Channel:
    return sim.channel(id="C1", members=[sim.person(id="U11", name="Ann")])


@pytest.fixture
async def api(sim: SlackSimulator) -> AsyncIterator[Api]:
    async with web_api(sim) as client:
        yield client


async def send(api: Api, text: str = "x", channel: str = "C1") -> httpx.Response:
    return await api.http.post(POST, json={"channel": channel, "text": text})


async def test_rate_limit_is_a_429(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """A flooded call gets 429 with Retry-After and does nothing; the next works."""
    sim.faults.arm(POST, faults.flooded(7))
    answer = await send(api)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "7")
    assert answer.json() == {"ok": False, "error": "ratelimited"}
    assert sim.messages(desk) == ()
    assert (await send(api)).json()["ok"]


async def test_faults_last_until_cleared(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """`times` counts calls, None lasts until cleared, and `*` meets every method."""
    sim.faults.arm(POST, faults.server_error(), times=2)
    assert [(await send(api)).status_code for _ in range(3)] == [500, 500, 200]
    sim.faults.arm(POST, faults.refuse("internal_error"))
    assert (await send(api)).json()["error"] == "internal_error"
    sim.faults.arm("*", faults.garbage(), times=None)
    for answer in (await send(api), await api.http.post("auth.test")):
        with pytest.raises(ValueError, match="Unterminated"):
            answer.json()
    sim.faults.clear(POST)
    assert "ts" in (await send(api)).text
    sim.faults.clear()
    assert (await api.call("auth.test"))["ok"]


async def test_cut_connections(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """Cut before acting nothing is posted; cut after acting the message is there, unknown to the bot."""
    sim.faults.arm(POST, faults.cut_before())
    with pytest.raises(httpx.TransportError):
        await send(api, "before")
    sim.faults.arm(POST, faults.cut_after())
    with pytest.raises(httpx.TransportError):
        await send(api, "after")
    assert [m.text for m in sim.messages(desk)] == ["after"]
    assert [call.status for call in sim.calls] == [None, None]


async def test_black_hole_ends_when_cleared(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """A hanging call lasts until the fault is cleared, or the simulator stops."""
    sim.faults.arm(POST, faults.hang(), times=2)
    first = asyncio.create_task(send(api))
    await sim.wait_for_call(POST)
    sim.faults.clear()
    with pytest.raises(httpx.TransportError):
        await asyncio.wait_for(first, 2)
    sim.faults.arm(POST, faults.hang())
    second = asyncio.create_task(send(api))
    await sim.wait_for_call(POST, count=2)
    await asyncio.wait_for(sim.stop(), 2)
    with pytest.raises(httpx.TransportError):
        await second
    assert sim.messages(desk) == ()


async def test_slow_answer_acts_at_once(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """A slow call has taken effect long before its answer."""
    sim.faults.arm(POST, faults.slow(0.2))
    began = fair.monotonic()
    waiting = asyncio.create_task(send(api))
    await sim.wait_for(desk, "x")
    assert not waiting.done()
    assert (await waiting).json()["ok"]
    assert fair.monotonic() - began >= 0.2


async def test_response_url_and_upload_fail_too(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """Faults also meet what is no Web API method."""
    sim.faults.arm("response_url", faults.server_error(503))
    sim.faults.arm("upload", faults.server_error(502))
    place = await api.call("files.getUploadURLExternal", filename="x", length=1)
    url = sim.url + sim.responses.issue("C1", "U11")
    assert (await api.http.post(url, json={"text": "x"})).status_code == 503
    assert (await api.http.post(place["upload_url"], content=b"x")).status_code == 502
    assert (await api.http.post(url, json={"text": "x"})).status_code == 200
    assert [call.method for call in sim.calls[1:]] == ["response_url", "upload", "response_url"]


async def test_rate_limits_count_by_the_clock() -> None:
    """A burst passes, then 429 says when to come again; other channels and methods have their own."""
    now = [1_700_000_000.0]
    async with SlackSimulator(clock=lambda: now[0]) as sim, web_api(sim) as api:
        for name in ("C1", "C2"):
            sim.channel(id=name)
        sim.limit_rate(RateLimits(channel_burst=2, method_per_minute=3))
        assert [(await send(api)).status_code for _ in range(3)] == [200, 200, 429]
        assert (await send(api, channel="C2")).status_code == 200
        now[0] += 1
        assert [(await send(api)).status_code for _ in range(2)] == [200, 429]
        told = [(await api.http.post("auth.test")).headers.get("Retry-After") for _ in range(4)]
        assert told == [None, None, None, "20"]
        sim.limit_rate(None)
        assert (await send(api)).status_code == 200
