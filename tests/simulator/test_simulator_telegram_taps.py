"""Taps in the simulated chat: by label or data, late, repeated, forged, on messages that are gone."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulator.telegram import Group, Message, Person, TelegramSimulator

TOKEN = "123:abc"
GROUP = -1001234567890
CARD = {
    "inline_keyboard": [
        [{"text": "Cancel 14 orders", "callback_data": "c:1", "style": "danger"}],
        [{"text": "Keep orders", "callback_data": "k:1"}],
        [{"text": "Docs", "url": "https://docs.test/"}],
    ]
}


class Clock:
    """Stands still until moved; unix seconds."""

    def __init__(self) -> None:
        self.now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def sim(clock: Clock) -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN, clock=clock) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: TelegramSimulator) -> Person:
    return sim.person(id=11, first_name="Ann", last_name="Lee", username="ann")


@pytest.fixture
def ops(sim: TelegramSimulator) -> Group:
    return sim.group(id=GROUP, title="Ops")


@pytest.fixture
async def api(sim: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as client:
        yield client


async def post(api: httpx.AsyncClient, method: str, **params: object) -> dict[str, Any]:
    body: dict[str, Any] = (await api.post(method, json=params)).json()
    return body


async def newest(api: httpx.AsyncClient) -> dict[str, Any]:
    return dict((await post(api, "getUpdates", offset=-1))["result"][-1])


async def card(sim: TelegramSimulator, api: httpx.AsyncClient, ops: Group) -> Message:
    await post(api, "sendMessage", chat_id=ops.id, text="Cancel 14?", reply_markup=CARD)
    return sim.messages(ops)[-1]


async def test_tap_by_label_and_by_data(
    sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient
) -> None:
    """A tap is named by label or data, carries the message as it stands, and gets one answer."""
    shown = await card(sim, api, ops)
    tap = ann.taps(shown, "Cancel 14 orders")
    query = (await newest(api))["callback_query"]
    assert (query["data"], query["from"]["id"]) == ("c:1", 11)
    assert query["message"]["reply_markup"] == CARD
    said = await post(api, "answerCallbackQuery", callback_query_id=query["id"], text="Cancelling…")
    assert said == {"ok": True, "result": True}
    assert await tap.answer() == "Cancelling…"
    assert ann.taps(shown, "k:1").update_id is not None
    for nowhere in ("Cancel 15 orders", "Docs"):
        with pytest.raises(LookupError, match="no button"):
            ann.taps(shown, nowhere)


async def test_a_tap_is_answered_once_and_in_time(
    sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient, clock: Clock
) -> None:
    """A second answer, a late answer, a made-up id and a long text are all refused."""
    shown = await card(sim, api, ops)
    ann.taps(shown, "c:1")
    first = (await newest(api))["callback_query"]["id"]
    long = await post(api, "answerCallbackQuery", callback_query_id=first, text="x" * 201)
    assert long["description"] == "Bad Request: MESSAGE_TOO_LONG"
    assert (await post(api, "answerCallbackQuery", callback_query_id=first, text="x" * 200))["ok"]
    too_old = "Bad Request: query is too old and response timeout expired or query ID is invalid"
    for query_id in (first, "42"):
        said = await post(api, "answerCallbackQuery", callback_query_id=query_id)
        assert said["description"] == too_old
    late = ann.taps(shown, "c:1")
    clock.now += 10.5
    said = await post(api, "answerCallbackQuery", callback_query_id=late.query.id)
    assert said["description"] == too_old
    with pytest.raises(TimeoutError):
        await late.answer(timeout=0.01)


async def test_odd_taps(sim: TelegramSimulator, ann: Person, ops: Group, api: httpx.AsyncClient) -> None:
    """Made-up data, an outdated screen, an unreadable message and an inline message all arrive."""
    shown = await card(sim, api, ops)
    ann.taps(shown, "c:forged", made_up=True)
    assert (await newest(api))["callback_query"]["data"] == "c:forged"
    await post(api, "editMessageText", chat_id=ops.id, message_id=shown.id, text="Expired.")
    ann.taps(shown, "Cancel 14 orders")
    stale = (await newest(api))["callback_query"]
    assert (stale["data"], stale["message"]["text"]) == ("c:1", "Expired.")
    ann.taps_inaccessible(shown, "c:1")
    bare = (await newest(api))["callback_query"]["message"]
    assert bare == {"message_id": shown.id, "chat": ops.chat.json(), "date": 0}
    ann.taps_inline("AAA-1", "c:1")
    inline = (await newest(api))["callback_query"]
    assert (inline["inline_message_id"], "message" in inline) == ("AAA-1", False)
    ops.removes(shown.id)
    ann.taps(shown, "c:1")
    assert (await newest(api))["callback_query"]["message"]["date"] == 0
