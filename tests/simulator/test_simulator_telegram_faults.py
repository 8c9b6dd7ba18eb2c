"""The simulated faults do to a client what a bad night does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulator.telegram import FloodLimits, Group, TelegramSimulator, faults
from tests import fair

TOKEN = "123:abc"
GROUP = -1001234567890


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN) as simulator:
        yield simulator


@pytest.fixture
def ops(sim: TelegramSimulator) -> Group:
    return sim.group(id=GROUP, title="Ops")


@pytest.fixture
async def api(sim: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as client:
        yield client


async def send(api: httpx.AsyncClient, text: str = "x", chat: int = GROUP) -> httpx.Response:
    return await api.post("sendMessage", json={"chat_id": chat, "text": text})


@pytest.mark.parametrize(
    ("fault", "description"),
    [
        (faults.unauthorized(), "Unauthorized"),
        (faults.not_found(), "Not Found"),
        (faults.conflict(), "Conflict: terminated by other getUpdates request"),
        (faults.flooded(7), "Too Many Requests: retry after 7"),
        (faults.late_answer(), "Bad Request: query is too old"),
    ],
)
async def test_refusals_happen_once(
    sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient, fault: faults.Fault, description: str
) -> None:
    """An armed refusal answers one call without acting; the next call works."""
    sim.faults.arm("sendMessage", fault)
    answer = await send(api)
    assert answer.status_code == answer.json()["error_code"]
    assert answer.json()["description"].startswith(description)
    assert sim.messages(ops) == ()
    assert (await send(api)).status_code == 200


async def test_retry_after_is_in_body_and_header(
    sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient
) -> None:
    """429 says how long to wait in both places."""
    sim.faults.arm("sendMessage", faults.flooded(7))
    answer = await send(api)
    assert answer.json()["parameters"] == {"retry_after": 7}
    assert answer.headers["Retry-After"] == "7"


async def test_faults_last_until_cleared(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """`times` counts calls, None lasts until cleared, and `*` meets every method."""
    sim.faults.arm("sendMessage", faults.bad_gateway(), times=2)
    assert [(await send(api)).status_code for _ in range(3)] == [502, 502, 200]
    sim.faults.arm("*", faults.garbage(), times=None)
    for answer in (await send(api), await api.get("getMe")):
        with pytest.raises(ValueError, match="Unterminated"):
            answer.json()
    sim.faults.clear("sendMessage")
    assert "result" in (await send(api)).text
    sim.faults.clear()
    assert (await api.get("getMe")).json()["ok"]


async def test_cut_connections(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """Cut before acting nothing is posted; cut after acting the message is there, unknown to the bot."""
    sim.faults.arm("sendMessage", faults.cut_before())
    with pytest.raises(httpx.TransportError):
        await send(api, "before")
    assert sim.messages(ops) == ()
    sim.faults.arm("sendMessage", faults.cut_after())
    with pytest.raises(httpx.TransportError):
        await send(api, "after")
    assert [m.text for m in sim.messages(ops)] == ["after"]
    assert [call.status for call in sim.calls] == [None, None]


async def test_black_hole_ends_when_cleared(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """A hanging call is never answered; clearing the fault cuts it."""
    sim.faults.arm("sendMessage", faults.hang(), times=None)
    with pytest.raises(httpx.ReadTimeout):
        await api.post("sendMessage", json={"chat_id": GROUP, "text": "x"}, timeout=0.1)
    hanging = asyncio.create_task(send(api))
    await sim.wait_for_call("sendMessage", count=2)
    sim.faults.clear()
    with pytest.raises(httpx.TransportError):
        await asyncio.wait_for(hanging, 2)
    assert sim.messages(ops) == ()


async def test_black_hole_does_not_hold_up_the_end(
    sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient
) -> None:
    """Stopping does not wait for calls that hang."""
    sim.faults.arm("sendMessage", faults.hang())
    hanging = asyncio.create_task(send(api))
    await sim.wait_for_call("sendMessage")
    await asyncio.wait_for(sim.stop(), 2)
    with pytest.raises(httpx.TransportError):
        await hanging


async def test_slow_answer_acts_at_once(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """A slow call has taken effect long before its answer."""
    sim.faults.arm("sendMessage", faults.slow(0.3))
    began = fair.monotonic()
    waiting = asyncio.create_task(send(api))
    await sim.wait_for(ops, "x")
    assert fair.monotonic() - began < 0.25
    assert (await waiting).status_code == 200
    assert fair.monotonic() - began >= 0.3


async def test_outage_keeps_state_and_port(sim: TelegramSimulator, ops: Group, api: httpx.AsyncClient) -> None:
    """Stopped, nothing answers, also not a running poll; started again, all is as it was."""
    await send(api, "before")
    url = sim.url
    poll = asyncio.create_task(api.post("getUpdates", json={"timeout": 20}))
    await sim.wait_for_call("getUpdates")
    await sim.stop()
    with pytest.raises(httpx.TransportError):
        await asyncio.wait_for(poll, 2)
    with pytest.raises(httpx.ConnectError):
        await send(api)
    await sim.start()
    assert sim.url == url
    await send(api, "after")
    assert [m.text for m in sim.messages(ops)] == ["before", "after"]


async def test_flood_limits_count_by_the_clock() -> None:
    """A burst passes, then 429 says when to come again; a refused call costs nothing."""
    now = [1_000.0]
    async with (
        TelegramSimulator(TOKEN, clock=lambda: now[0]) as sim,
        httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as api,
    ):
        sim.group(id=GROUP)
        other = sim.group(id=-1002, title="Other")
        sim.limit_flood(FloodLimits(chat_burst=2, group_per_minute=4))
        assert [(await send(api)).status_code for _ in range(3)] == [200, 200, 429]
        assert (await send(api, chat=other.id)).status_code == 200
        now[0] += 1
        assert (await send(api)).status_code == 200
        now[0] += 1
        assert (await send(api)).status_code == 200
        now[0] += 1
        refused = await send(api)
        assert refused.json()["parameters"] == {"retry_after": 12}
        now[0] += 12
        assert (await send(api)).status_code == 200
        sim.limit_flood(None)
        statuses: list[Any] = [(await send(api)).status_code for _ in range(5)]
    assert statuses == [200] * 5
