"""Rate limits, connections, the log, injected time, and the command line."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator

import httpx
import pytest

from simulator.htx import Delay, Hang, HtxSimulator, Late, RateLimited, Verdict
from tests.simulator.simulator_htx_kit import (
    BALANCE,
    CANCEL_ALL,
    HEARTBEAT,
    NOON,
    OPENS,
    Desk,
    open_desk,
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        yield opened


async def test_seventy_two_reads_and_as_many_trades(desk: Desk) -> None:
    """The 73rd read within 3 s gives 1032, trades have a budget of their own, time heals."""
    answers = [await desk.get(BALANCE) for _ in range(73)]
    assert [answer.json()["code"] for answer in answers] == [200] * 72 + [1032]
    assert answers[0].headers["ratelimit-limit"] == "72"
    assert answers[0].headers["ratelimit-interval"] == "3000"
    assert [answers[n].headers["ratelimit-remaining"] for n in (0, 71, 72)] == ["71", "0", "0"]
    assert answers[72].status_code == 200
    assert await desk.code(CANCEL_ALL) == 1051
    desk.clock.now += 2.999
    assert (await desk.get(BALANCE)).json()["code"] == 1032
    desk.clock.now += 0.001
    assert (await desk.get(BALANCE)).json()["code"] == 200


async def test_limits_slide(desk: Desk) -> None:
    """No 3 s hold more than 72 requests, wherever a window is thought to begin."""
    for second in (0.0, 2.0):
        desk.clock.now = NOON + second
        for _ in range(36):
            await desk.get(BALANCE)
    desk.clock.now = NOON + 3
    codes = [(await desk.get(BALANCE)).json()["code"] for _ in range(37)]
    assert codes == [200] * 36 + [1032]


async def test_limits_are_per_uid(desk: Desk) -> None:
    """Two keys of one account share a budget, another account has its own."""
    desk.sim.limiter.limit = 1
    desk.account.add_key("second-key", "second-secret")
    assert (await desk.get(BALANCE)).json()["code"] == 200
    second = Desk(sim=desk.sim, account=desk.account, http=desk.http, clock=desk.clock)
    first_key = desk.account.access_key
    first_secret = desk.account.secret_of.pop(first_key)
    assert (await second.get(BALANCE)).json()["code"] == 1032
    desk.account.add_key(first_key, first_secret)
    stranger = Desk(sim=desk.sim, account=desk.sim.add_account(), http=desk.http, clock=desk.clock)
    assert (await stranger.get(BALANCE)).json()["code"] == 200


async def test_a_refused_request_does_not_act(desk: Desk) -> None:
    """A cancel-all over the limit cancels nothing, in any switchable shape."""
    desk.account.place()
    desk.sim.limiter.limit = 0
    desk.sim.behaviour.rate_limit_status = 429
    desk.sim.behaviour.rate_limit_shape = "legacy"
    answer = await desk.post(CANCEL_ALL)
    assert (answer.status_code, answer.json()["err_code"]) == (429, 1032)
    assert len(desk.account.open_orders()) == 1


@pytest.mark.parametrize("epoch", [False, True])
async def test_the_reset_is_a_duration_or_an_epoch(desk: Desk, epoch: bool) -> None:
    """ratelimit-reset is either the milliseconds left or the moment in epoch milliseconds."""
    desk.sim.behaviour.reset_header = "epoch" if epoch else "duration"
    await desk.get(BALANCE)
    desk.clock.now += 1
    answer = await desk.get(BALANCE)
    moment = int(desk.clock.now * 1000) if epoch else 0
    assert int(answer.headers["ratelimit-reset"]) == moment + 2000


@pytest.mark.parametrize("epoch", [False, True])
async def test_rate_limited_on_demand(desk: Desk, epoch: bool) -> None:
    """A 1032 can be forced, with the reset in either form and any HTTP status."""
    desk.account.place()
    desk.sim.faults.add(RateLimited(reset_ms=700, reset="epoch" if epoch else "duration", status=429), times=1)
    answer = await desk.post(CANCEL_ALL)
    assert (answer.status_code, answer.json()["code"]) == (429, 1032)
    moment = int(desk.clock.now * 1000) if epoch else 0
    assert answer.headers.get_list("ratelimit-reset") == [str(moment + 700)]
    assert len(desk.account.open_orders()) == 1
    assert await desk.code(CANCEL_ALL) == 200


async def test_refused_connections(desk: Desk) -> None:
    """While it does not listen nobody can connect; later it is back on the same port."""
    url = desk.sim.url
    await desk.get(BALANCE)
    await desk.sim.refuse()
    with pytest.raises(httpx.ConnectError):
        await desk.get(BALANCE)
    await desk.sim.accept()
    assert desk.sim.url == url
    assert (await desk.get(BALANCE)).json()["code"] == 200


async def test_connections_are_counted(desk: Desk) -> None:
    """Requests on a kept connection share it; after a disconnect there is a second one."""
    for _ in range(3):
        await desk.get(BALANCE)
    assert desk.sim.connections == 1
    assert len({record.connection for record in desk.sim.log}) == 1
    await desk.sim.disconnect()
    await asyncio.sleep(0.01)
    await desk.get(BALANCE)
    assert desk.sim.connections == 2
    assert len({record.connection for record in desk.sim.log}) == 2


async def test_idle_connections_are_closed() -> None:
    """After `keep_alive` idle seconds the server closes a connection."""
    async with HtxSimulator(keep_alive=0.05) as sim, httpx.AsyncClient() as http:
        await http.get(sim.url + HEARTBEAT)
        await asyncio.sleep(0.2)
        await http.get(sim.url + HEARTBEAT)
        assert sim.connections == 2


async def test_the_log_holds_everything(desk: Desk) -> None:
    """Each request is recorded with its bytes, verdict, effects and answer, in order."""
    order_id = desk.account.place()
    await desk.post(CANCEL_ALL, {"side": "buy"})
    await desk.get(OPENS, {"limit": "100"})
    post, read = desk.sim.log
    assert (post.method, post.path, post.host) == ("POST", CANCEL_ALL, desk.sim.host)
    assert (post.body, post.json) == (b'{"side":"buy"}', {"side": "buy"})
    assert (post.verdict, post.access_key) == (Verdict.VALID, desk.account.access_key)
    assert post.cancelled == (order_id,)
    assert post.answer is not None
    assert post.received <= post.effects[0].at <= post.answer.at <= read.received
    assert (post.answer.status, post.answer.sent) == (200, len(post.answer.body))
    assert "limit=100" in read.raw_query
    assert desk.sim.posts(CANCEL_ALL) == (post,)
    assert desk.sim.posts(OPENS) == ()
    assert desk.sim.requests(OPENS) == (read,)


async def test_sleep_can_be_virtual() -> None:
    """With an injected sleep, an hour's delay and a day's late effect take no time."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with (
        HtxSimulator(clock=lambda: NOON, sleep=sleep, monotonic=lambda: 7.0) as sim,
        httpx.AsyncClient() as http,
    ):
        sim.faults.add(Delay(before=3600))
        assert (await http.get(sim.url + HEARTBEAT)).status_code == 200
        assert slept == [3600]
        assert sim.log[0].received == 7.0


async def test_stop_lets_go_of_everything() -> None:
    """Stopping ends hanging requests and pending effects at once."""
    async with open_desk() as desk:
        desk.account.place()
        desk.sim.faults.add(Late(seconds=60), CANCEL_ALL)
        assert await desk.code(CANCEL_ALL) == 200
        desk.sim.faults.add(Hang(), BALANCE)
        waiting = asyncio.create_task(desk.get(BALANCE))
        async with asyncio.timeout(1):
            await desk.sim.until(lambda: bool(desk.sim.requests(BALANCE)))
            await desk.sim.stop()
            with pytest.raises(httpx.TransportError):
                await waiting
        assert len(desk.account.open_orders()) == 1


async def test_simulators_share_nothing() -> None:
    """Two simulators at once have their own ports, orders and logs."""
    async with open_desk() as one, open_desk() as other:
        one.account.place()
        await one.get(BALANCE)
        assert one.sim.url != other.sim.url
        assert other.account.open_orders() == ()
        assert other.sim.log == ()


async def test_by_hand() -> None:
    """`python -m simulator.htx` prints where it listens and its keys, and serves."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "simulator.htx", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        text = (await process.stdout.readuntil(b"Ctrl-C")).decode()
        found = re.search(r"http://127\.0\.0\.1:\d+", text)
        assert found
        async with httpx.AsyncClient() as http:
            assert (await http.get(found[0] + HEARTBEAT)).json()["status"] == "ok"
    finally:
        process.terminate()
        await process.communicate()
    assert "access key  simulated-" in text
    assert "secret" in text
    assert "open orders 19" in text
