"""Faults on the wire: each does what its name says, as seen by a plain HTTP client."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Literal

import httpx
import pytest

from simulator.htx import (
    ContentType,
    Cut,
    Delay,
    Drop,
    Hang,
    Html,
    Maintain,
    Mangle,
    Oversized,
    Patch,
    RawBody,
    Redirect,
    Refuse,
    Words,
)
from tests.simulator.simulator_htx_kit import (
    BALANCE,
    CANCEL_ALL,
    HEARTBEAT,
    OPENS,
    TIMESTAMP,
    Desk,
    open_desk,
)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with open_desk() as opened:
        opened.account.place()
        yield opened


async def test_refuse_in_the_v5_shape(desk: Desk) -> None:
    """A refusal carries its code, message and HTTP status, and nothing is cancelled."""
    desk.sim.faults.add(Refuse(code=1056, message="结算中", status=503), CANCEL_ALL)
    answer = await desk.post(CANCEL_ALL)
    assert answer.status_code == 503
    assert (answer.json()["code"], answer.json()["message"]) == (1056, "结算中")
    assert len(desk.account.open_orders()) == 1
    assert (await desk.get(OPENS)).json()["code"] == 200


async def test_refuse_in_the_legacy_shape(desk: Desk) -> None:
    """The same refusal in the legacy shape has `status` and `err_code`."""
    desk.sim.faults.add(Refuse(code=1056, shape="legacy"))
    answer = (await desk.post(CANCEL_ALL)).json()
    assert (answer["status"], answer["err_code"]) == ("error", 1056)


async def test_a_refusal_may_lie(desk: Desk) -> None:
    """With `acts`, the answer is an error and the orders are gone all the same."""
    desk.sim.faults.add(Refuse(code=1004, acts=True))
    assert await desk.code(CANCEL_ALL) == 1004
    assert desk.account.open_orders() == ()
    assert len(desk.sim.log[0].cancelled) == 1


async def test_a_refusal_does_not_hide_a_wrong_signature(desk: Desk) -> None:
    """A wrongly signed request is refused as such, whatever code is switched on."""
    desk.sim.faults.add(Refuse(code=1004))
    answer = (await desk.http.post(desk.sim.url + CANCEL_ALL, json={})).json()
    assert answer["err_code"] == 403


async def test_faults_strike_so_many_requests(desk: Desk) -> None:
    """A fault skips, strikes and is spent as counted, and only on its own path."""
    desk.sim.faults.add(Refuse(code=1004), OPENS, times=2, skip=1)
    codes = [(await desk.get(OPENS)).json()["code"] for _ in range(5)]
    assert codes == [200, 1004, 1004, 200, 200]
    switch = desk.sim.faults.add(Refuse(code=1000), BALANCE)
    assert (await desk.get(BALANCE)).json()["code"] == 1000
    switch.clear()
    assert (await desk.get(BALANCE)).json()["code"] == 200


@pytest.mark.parametrize("acts", [False, True])
async def test_hang_then_close(desk: Desk, acts: bool) -> None:
    """A hanging request is closed unanswered after its time, having acted or not."""
    desk.sim.faults.add(Hang(seconds=0.05, acts=acts))
    with pytest.raises(httpx.RemoteProtocolError):
        await desk.post(CANCEL_ALL)
    assert bool(desk.account.open_orders()) is not acts
    assert desk.sim.log[0].answer is None


async def test_a_frozen_exchange_takes_connections_and_never_answers(desk: Desk) -> None:
    """A frozen request times out at the client and is let go when the fault is cleared."""
    switch = desk.sim.faults.add(Hang())
    with pytest.raises(httpx.ReadTimeout):
        await desk.http.post(desk.url("POST", CANCEL_ALL), json={}, timeout=0.1)
    assert [record.path for record in desk.sim.log] == [CANCEL_ALL]
    waiting = asyncio.create_task(desk.get(BALANCE))
    async with asyncio.timeout(5):
        await desk.sim.until(lambda: len(desk.sim.log) == 2)
    switch.clear()
    with pytest.raises(httpx.RemoteProtocolError):
        await waiting
    assert (await desk.get(BALANCE)).json()["code"] == 200
    assert len(desk.account.open_orders()) == 1


async def test_delay_before_acting_outlives_the_client(desk: Desk) -> None:
    """A client that gives up during a delay learns nothing, and the orders go afterwards."""
    desk.sim.faults.add(Delay(before=0.15), CANCEL_ALL)
    with pytest.raises(httpx.ReadTimeout):
        await desk.http.post(desk.url("POST", CANCEL_ALL), json={}, timeout=0.05)
    assert len(desk.account.open_orders()) == 1
    async with asyncio.timeout(5):
        await desk.sim.until(lambda: not desk.account.open_orders())
    assert desk.sim.log[0].effects[0].at >= desk.sim.log[0].received + 0.15


async def test_delay_after_acting(desk: Desk) -> None:
    """During a delay after acting the orders are gone and the answer is still to come."""
    desk.sim.faults.add(Delay(after=0.1))
    waiting = asyncio.create_task(desk.post(CANCEL_ALL))
    async with asyncio.timeout(5):
        await desk.sim.until(lambda: not desk.account.open_orders())
    assert not waiting.done()
    assert (await waiting).json()["code"] == 200


@pytest.mark.parametrize("acts", [False, True])
@pytest.mark.parametrize("reset", [False, True])
async def test_drop(desk: Desk, acts: bool, reset: bool) -> None:
    """A dropped connection ends or is reset without an answer, before or after acting."""
    desk.sim.faults.add(Drop(acts=acts, reset=reset), times=1)
    with pytest.raises(httpx.ReadError if reset else httpx.RemoteProtocolError):
        await desk.post(CANCEL_ALL)
    assert bool(desk.account.open_orders()) is not acts


async def _broken_read(desk: Desk) -> tuple[bytes, int]:
    """The bytes that arrived before the connection broke, and how many were announced."""
    got, announced = b"", 0
    try:
        async with desk.http.stream("POST", desk.url("POST", CANCEL_ALL), json={}) as answer:
            announced = int(answer.headers["content-length"])
            async for chunk in answer.aiter_raw():
                got += chunk
    except httpx.RemoteProtocolError:
        return got, announced
    pytest.fail("the answer was whole")


@pytest.mark.parametrize("at", [0, 1, 40])
async def test_cut(desk: Desk, at: int) -> None:
    """A cut answer announces its whole length, sends so many bytes and ends; it has acted."""
    desk.sim.faults.add(Cut(at=at), CANCEL_ALL)
    got, announced = await _broken_read(desk)
    record = desk.sim.log[0]
    assert record.answer is not None
    assert (got, announced) == (record.answer.body[:at], len(record.answer.body))
    assert record.answer.sent == at
    assert desk.account.open_orders() == ()


@pytest.mark.parametrize("status", [502, 503, 403])
async def test_html(desk: Desk, status: int) -> None:
    """An error page comes even for unsigned requests, and nothing acts."""
    desk.sim.faults.add(Html(status=status), CANCEL_ALL)
    for answer in (await desk.post(CANCEL_ALL), await desk.http.post(desk.sim.url + CANCEL_ALL)):
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html")
    assert len(desk.account.open_orders()) == 1


async def test_maintenance(desk: Desk) -> None:
    """During maintenance everything answers the fixed body but the heartbeat, which tells."""
    desk.sim.faults.add(Maintain(until_ms=1731660000000))
    assert (await desk.post(CANCEL_ALL)).json() == {"status": "maintain"}
    assert (await desk.http.get(desk.sim.url + TIMESTAMP)).json() == {"status": "maintain"}
    beat = (await desk.http.get(desk.sim.url + HEARTBEAT)).json()["data"]
    assert beat["linear_swap_heartbeat"] == 0
    assert beat["linear_swap_estimated_recovery_time"] == 1731660000000
    assert len(desk.account.open_orders()) == 1


async def test_redirect(desk: Desk) -> None:
    """A redirect names another place and does not act."""
    desk.sim.faults.add(Redirect(location="http://127.0.0.1:9/x"))
    answer = await desk.post(CANCEL_ALL)
    assert (answer.status_code, answer.headers["location"]) == (302, "http://127.0.0.1:9/x")
    assert len(desk.account.open_orders()) == 1


@pytest.mark.parametrize("text", ["成功", "取消成功 [Success]", None])
async def test_words(desk: Desk, text: str | None) -> None:
    """Messages of envelope and items can be Chinese, bilingual or null."""
    desk.sim.faults.add(Words(text=text))
    answer = (await desk.post(CANCEL_ALL)).json()
    assert answer["message"] == text
    assert [entry["message"] for entry in answer["data"]] == [text]


async def test_oversized(desk: Desk) -> None:
    """An oversized answer is over 8 MiB of valid JSON that says the usual."""
    desk.sim.faults.add(Oversized())
    answer = await desk.post(CANCEL_ALL)
    assert len(answer.content) > 8 * 1024 * 1024
    assert answer.json()["code"] == 200


async def test_content_type(desk: Desk) -> None:
    """The Content-Type can be wrong while the body is right."""
    desk.sim.faults.add(ContentType(value="text/plain;charset=utf-8"))
    answer = await desk.get(OPENS)
    assert answer.headers["content-type"] == "text/plain;charset=utf-8"
    assert answer.json()["code"] == 200


@pytest.mark.parametrize("kind", ["garbage", "empty"])
async def test_no_json(desk: Desk, kind: Literal["garbage", "empty"]) -> None:
    """Garbage and empty answers cannot be decoded, though the request acted."""
    desk.sim.faults.add(Mangle(kind=kind))
    answer = await desk.post(CANCEL_ALL)
    with pytest.raises(json.JSONDecodeError):
        answer.json()
    assert desk.account.open_orders() == ()


async def test_wrong_shapes(desk: Desk) -> None:
    """Arrays, wrong types and string codes are JSON that is not what the docs promise."""
    desk.sim.faults.add(Mangle(kind="array"), times=1)
    assert isinstance((await desk.get(OPENS)).json(), list)
    desk.sim.faults.add(Mangle(kind="wrong_types"), times=1)
    assert (await desk.get(OPENS)).json()["code"] is True
    desk.sim.faults.add(Mangle(kind="string_codes"), times=1)
    assert (await desk.get(OPENS)).json()["code"] == "200"
    desk.sim.faults.add(Patch(changes={"code": None, "data": {}}), times=1)
    assert (await desk.get(OPENS)).json()["data"] == {}


async def test_duplicate_keys(desk: Desk) -> None:
    """The answer has two codes: 1062 for who takes the first, 200 for who takes the last."""
    desk.sim.faults.add(Mangle(kind="duplicate_keys"))
    pairs = json.loads((await desk.post(CANCEL_ALL)).content, object_pairs_hook=list)
    assert [value for name, value in pairs if name == "code"] == [1062, 200]


async def test_ids_as_numbers(desk: Desk) -> None:
    """Ids come as JSON numbers, exact or rounded to what a float can hold."""
    (order_id,) = desk.account.open_ids()
    desk.sim.faults.add(Mangle(kind="numeric_ids"), times=1)
    assert (await desk.get(OPENS)).json()["data"][0]["order_id"] == int(order_id)
    desk.sim.faults.add(Mangle(kind="rounded_ids"), times=1)
    rounded = (await desk.get(OPENS)).json()["data"][0]["order_id"]
    assert rounded == int(float(order_id)) != int(order_id)


async def test_any_bytes(desk: Desk) -> None:
    """Any bytes can be the answer."""
    desk.sim.faults.add(RawBody(body=b"\x00\xff", content_type="application/octet-stream"))
    assert (await desk.get(OPENS)).content == b"\x00\xff"


async def test_faults_combine(desk: Desk) -> None:
    """Several faults strike one request together, and the log names them."""
    desk.sim.faults.add(Delay(before=0.02))
    desk.sim.faults.add(Words(text=None))
    desk.sim.faults.add(Mangle(kind="string_codes"))
    answer = (await desk.post(CANCEL_ALL)).json()
    assert (answer["code"], answer["message"]) == ("200", None)
    assert desk.sim.log[0].faults == ("Delay", "Words", "Mangle")
    desk.sim.faults.clear()
    assert (await desk.get(OPENS)).json()["message"] == "Success"
