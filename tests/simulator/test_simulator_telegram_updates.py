"""The simulated update queue delivers, confirms and conflicts as Telegram's does."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulator.telegram import Person, Poison, TelegramSimulator
from tests import fair

TOKEN = "123:abc"


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN, first_update_id=500) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: TelegramSimulator) -> Person:
    return sim.person(id=11, first_name="Ann")


@pytest.fixture
async def api(sim: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as client:
        yield client


async def poll(api: httpx.AsyncClient, **params: object) -> list[dict[str, Any]]:
    body = (await api.post("getUpdates", json=params)).json()
    assert body["ok"], body
    return list(body["result"])


def ids(updates: list[dict[str, Any]]) -> list[int]:
    return [update["update_id"] for update in updates]


async def test_updates_stay_until_confirmed(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """A poll without an offset repeats; an offset forgets all that lies below it for good."""
    for text in ("/a", "/b", "/c"):
        ann.says(ann, text)
    assert ids(await poll(api)) == ids(await poll(api)) == [500, 501, 502]
    assert ids(await poll(api, offset=502)) == [502]
    assert ids(await poll(api)) == [502]
    assert sim.updates.pending == 1


async def test_limit_and_negative_offset(ann: Person, api: httpx.AsyncClient) -> None:
    """`limit` cuts a batch; a negative offset keeps only that many of the newest."""
    for text in ("/a", "/b", "/c"):
        ann.says(ann, text)
    assert ids(await poll(api, limit=2)) == [500, 501]
    assert ids(await poll(api, offset=-1)) == [502]
    assert ids(await poll(api)) == [502]


async def test_long_poll_ends_with_the_first_update(ann: Person, api: httpx.AsyncClient) -> None:
    """A waiting poll answers as soon as somebody writes, and empty when nobody does."""
    waiting = asyncio.create_task(poll(api, timeout=20))
    await asyncio.sleep(0.05)
    ann.says(ann, "/a")
    assert ids(await asyncio.wait_for(waiting, 2)) == [500]
    began = fair.monotonic()
    assert await poll(api, offset=501, timeout=1) == []
    assert 0.9 < fair.monotonic() - began < 3


async def test_second_poll_ends_the_first(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """Of two running polls the older gets 409 and the younger the update."""
    older = asyncio.create_task(api.post("getUpdates", json={"timeout": 20}))
    await sim.wait_for_call("getUpdates")
    younger = asyncio.create_task(poll(api, timeout=20))
    answer = await asyncio.wait_for(older, 2)
    assert answer.status_code == 409
    assert answer.json()["description"].startswith("Conflict: terminated by other getUpdates")
    ann.says(ann, "/a")
    assert ids(await younger) == [500]


async def test_allowed_updates_are_remembered(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """Only the kinds named last are queued; a poll that names none changes nothing."""
    await poll(api, allowed_updates=["callback_query"])
    await poll(api)
    assert ann.says(ann, "/a").update_id is None
    await poll(api, allowed_updates=["message"])
    assert ann.says(ann, "/b").update_id == 500
    await poll(api, allowed_updates=[])
    assert ann.says(ann, "/c").update_id == 501
    assert sim.updates.allowed == ()


async def test_redelivery_and_resending(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """A confirmed update can come again under its own id once, or as a copy under a new id."""
    said = ann.says(ann, "/a")
    assert said.update_id == 500
    first = await poll(api)
    assert await poll(api, offset=501) == []
    sim.updates.redeliver(500)
    assert await poll(api, offset=501) == first
    assert await poll(api, offset=501) == []
    assert sim.updates.resend(500) == 501
    again = await poll(api, offset=501)
    assert again == [{**first[0], "update_id": 501}]


async def test_disorder_and_doubles(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """One batch comes newest first, one comes with each update twice, then all is well."""
    for text in ("/a", "/b"):
        ann.says(ann, text)
    sim.updates.shuffle_next_batch()
    assert ids(await poll(api)) == [501, 500]
    sim.updates.double_next_batch()
    assert ids(await poll(api)) == [500, 500, 501, 501]
    assert ids(await poll(api)) == [500, 501]


async def test_ids_may_jump(sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient) -> None:
    """After a jump downwards the old, higher offset neither hides nor confirms new updates."""
    ann.says(ann, "/a")
    assert await poll(api, offset=501) == []
    sim.updates.jump(70)
    ann.says(ann, "/b")
    assert ids(await poll(api, offset=501)) == [70]
    assert ids(await poll(api, offset=501)) == [70]
    assert await poll(api, offset=71) == []
    assert 0 < sim.updates.jump() < 2**31


@pytest.mark.parametrize("kind", ["date", "types", "missing", "unknown"])
async def test_unreadable_updates_have_sound_ids(
    sim: TelegramSimulator, ann: Person, api: httpx.AsyncClient, kind: Poison
) -> None:
    """An unreadable update sits among good ones under an id that can be confirmed."""
    ann.says(ann, "/a")
    assert sim.send_unreadable(kind) == 501
    ann.says(ann, "/b")
    assert ids(await poll(api)) == [500, 501, 502]
    assert ids(await poll(api, offset=502)) == [502]


async def test_spin_guard_slows_a_hot_loop() -> None:
    """With the guard an offset repeated at once gets a single update."""
    async with (
        TelegramSimulator(TOKEN, spin_guard=True) as sim,
        httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as api,
    ):
        ann = sim.person(id=11, first_name="Ann")
        for text in ("/a", "/b"):
            ann.says(ann, text)
        assert len(await poll(api, offset=1)) == 2
        assert len(await poll(api, offset=1)) == 1


async def test_poll_survives_a_client_that_hangs_up(ann: Person, api: httpx.AsyncClient) -> None:
    """A client that gives up its long poll loses nothing: the next poll gets the update."""
    with pytest.raises(httpx.ReadTimeout):
        await api.post("getUpdates", json={"timeout": 20}, timeout=0.1)
    ann.says(ann, "/a")
    assert ids(await poll(api)) == [500]
