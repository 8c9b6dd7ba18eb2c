"""The simulated Web API refuses and accepts what Slack refuses and accepts."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulator.slack import Channel, Person, SlackSimulator
from tests.simulator.simulator_slack_kit import Api, card, web_api


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    async with SlackSimulator() as simulator:
        yield simulator


@pytest.fixture
def ann(sim: SlackSimulator) -> Person:
    return sim.person(id="U11", name="Ann")


@pytest.fixture
def desk(sim: SlackSimulator, ann: Person) -> Channel:
    return sim.channel(id="C1", name="desk", members=[ann])


@pytest.fixture
async def api(sim: SlackSimulator) -> AsyncIterator[Api]:
    async with web_api(sim) as client:
        yield client


async def test_app_introduces_itself(api: Api) -> None:
    """The answer of auth.test names workspace, bot user and bot id."""
    told = await api.call("auth.test")
    assert (told["team_id"], told["user_id"], told["bot_id"]) == ("T1", "UBOT", "BBOT")


@pytest.mark.parametrize(
    ("method", "token", "error"),
    [
        ("auth.test", "", "not_authed"),
        ("auth.test", "xoxb-wrong", "invalid_auth"),
        ("auth.test", "xapp-simulated", "not_allowed_token_type"),
        ("apps.connections.open", "xoxb-simulated", "not_allowed_token_type"),
        ("chat.dance", "xoxb-simulated", "unknown_method"),
    ],
)
async def test_tokens_open_their_own_doors(sim: SlackSimulator, method: str, token: str, error: str) -> None:
    """Each token works for its methods only, and refusals come with HTTP 200."""
    async with httpx.AsyncClient(base_url=sim.api_url) as http:
        answer = await http.post(method, headers={"Authorization": f"Bearer {token}"} if token else {})
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["error"]) == (False, error)


async def test_revoked_tokens_are_refused_until_restored(sim: SlackSimulator, api: Api) -> None:
    """After a revocation neither the Web API nor a socket opens; restored, both do."""
    sim.revoke()
    assert await api.error("auth.test") == "invalid_auth"
    async with web_api(sim, sim.secrets.app_token) as app:
        assert await app.error("apps.connections.open") == "invalid_auth"
        sim.restore()
        assert (await app.call("apps.connections.open"))["ok"]
    assert (await api.call("auth.test"))["ok"]


async def test_every_encoding_is_read(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """Query string, form with a token field, and JSON mean the same; blocks are JSON text in a form."""
    form = {"channel": "C1", "text": "hi", "blocks": json.dumps(card()), "token": sim.secrets.bot_token}
    async with httpx.AsyncClient(base_url=sim.api_url) as bare:
        for answer in [
            await bare.post("chat.postMessage", params=form),
            await bare.post("chat.postMessage", data=form),
            await api.http.post("chat.postMessage", json={**form, "blocks": card()}),
        ]:
            assert answer.json()["ok"], answer.text
        refused = await bare.post("chat.postMessage", json=form)
    assert refused.json()["error"] == "not_authed"
    assert [m.labels for m in sim.messages(desk)] == [("Cancel 14 orders",)] * 3


@pytest.mark.parametrize(("body", "error"), [("{", "invalid_json"), ("[]", "json_not_object")])
async def test_broken_json_is_refused(api: Api, body: str, error: str) -> None:
    """A JSON body that is no object is refused before anything is done."""
    answer = await api.http.post("auth.test", content=body, headers={"Content-Type": "application/json"})
    assert answer.json() == {"ok": False, "error": error}


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"channel": "C9", "text": "x"}, "channel_not_found"),
        ({"text": "x"}, "channel_not_found"),
        ({"channel": "C2", "text": "x"}, "not_in_channel"),
        ({"channel": "C3", "text": "x"}, "channel_not_found"),
        ({"channel": "C4", "text": "x"}, "is_archived"),
        ({"channel": "C1"}, "no_text"),
        ({"channel": "C1", "text": " \n"}, "no_text"),
        ({"channel": "C1", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C1", "text": "x", "blocks": "{"}, "invalid_blocks_format"),
        ({"channel": "C1", "text": "x", "blocks": {"type": "section"}}, "invalid_blocks"),
    ],
)
async def test_senseless_messages_are_refused(
    sim: SlackSimulator, desk: Channel, api: Api, params: dict[str, Any], error: str
) -> None:
    """Each rule of chat.postMessage is kept with Slack's word for it, and nothing is posted."""
    sim.channel(id="C2", bot=False)
    sim.channel(id="C3", bot=False, private=True)
    sim.channel(id="C4").is_archived = True
    assert await api.error("chat.postMessage", **params) == error
    assert sim.messages(desk) == ()


async def test_threads_and_broadcasts(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """A reply hangs on its thread, a broadcast is marked, and a reply's own ts leads to the parent."""
    first = await api.post("card")
    reply = await api.post("result", thread_ts=first, reply_broadcast=True)
    await api.post("more", thread_ts=reply)
    await api.post("elsewhere", reply_broadcast=True)
    thread = sim.thread(desk, first)
    assert [(m.text, m.broadcast) for m in thread] == [("card", False), ("result", True), ("more", False)]
    assert not sim.messages(desk)[-1].broadcast
    assert any("not the start of a thread" in warning for warning in sim.warnings)


async def test_update_replaces_text_and_blocks(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """Text alone takes buttons away and shows as edited, blocks do not; a value held earlier stays as it was."""
    ts = await api.post("card", blocks=card())
    before = sim.messages(desk)[0]
    await api.call("chat.update", channel="C1", ts=ts, text="card", blocks=card()[:1])
    middle = sim.messages(desk)[0]
    answer = await api.call("chat.update", channel="C1", ts=ts, text="Cancelling…")
    after = sim.messages(desk)[0]
    assert (before.labels, before.edits) == (("Cancel 14 orders",), 0)
    assert (middle.text, middle.labels, middle.edits, middle.edited_ts) == ("Cancel 14?", (), 1, "")
    assert (after.text, after.blocks, after.edits) == ("Cancelling…", (), 2)
    assert answer["message"]["edited"]["ts"] == after.edited_ts


async def test_only_own_messages_change(sim: SlackSimulator, ann: Person, desk: Channel, api: Api) -> None:
    """Somebody else's message, a missing one and an ephemeral one can be neither updated nor deleted."""
    said = ann.says(desk, "hello")
    hidden = (await api.call("chat.postEphemeral", channel="C1", user="U11", text="psst"))["message_ts"]
    for ts, word in (
        (said.ts, "cant_{}_message"),
        ("1.000001", "message_not_found"),
        (hidden, "message_not_found"),
    ):
        assert await api.error("chat.update", channel="C1", ts=ts, text="x") == word.format("update")
        assert await api.error("chat.delete", channel="C1", ts=ts) == word.format("delete")
    own = await api.post("x")
    assert await api.error("chat.update", channel="C1", ts=own, text="x" * 4001) == "msg_too_long"
    assert (await api.call("chat.delete", channel="C1", ts=own))["ok"]
    assert [m.text for m in sim.messages(desk)] == ["hello"]


async def test_ephemerals_are_for_one(sim: SlackSimulator, ann: Person, desk: Channel, api: Api) -> None:
    """An ephemeral message is on one person's screen and in no history; outsiders get none."""
    bo = sim.person(id="U12", name="Bo")
    assert (await api.call("chat.postEphemeral", channel="C1", user="U11", text="only you"))["ok"]
    assert await api.error("chat.postEphemeral", channel="C1", user="U12", text="x") == "user_not_in_channel"
    assert [m.text for m in sim.ephemerals(ann)] == ["only you"]
    assert (sim.ephemerals(bo), sim.messages(desk)) == ((), ())
    assert "only U11 sees this" in sim.transcript(desk, eyes=ann)


async def test_files_take_three_steps(sim: SlackSimulator, desk: Channel, api: Api) -> None:
    """A file is announced, posted and shared in a thread; a missing step or a wrong length is refused."""
    card_ts = await api.post("card")
    place = await api.call("files.getUploadURLExternal", filename="orders.csv", length=3)
    share = {"files": [{"id": place["file_id"], "title": "Orders"}], "channel_id": "C1"}
    assert await api.error("files.completeUploadExternal", **share) == "file_not_found"
    assert (await api.http.post(place["upload_url"], content=b"1234")).status_code == 400
    assert (await api.http.post(place["upload_url"], files={"filename": b"a,b"})).text == "OK - 3"
    done = await api.call("files.completeUploadExternal", **share, thread_ts=card_ts, initial_comment="All 14")
    shared = sim.thread(desk, card_ts)[1]
    assert done["files"][0]["title"] == "Orders"
    assert (shared.text, shared.files[0].file_name, shared.files[0].content) == ("All 14", "orders.csv", b"a,b")
    assert await api.error("files.completeUploadExternal", **share) == "file_not_found"
    assert await api.error("files.getUploadURLExternal", filename="x", length=0) == "invalid_arguments"


async def test_channels_and_people_are_known(sim: SlackSimulator, ann: Person, desk: Channel, api: Api) -> None:
    """Membership comes in pages, shared channels and foreign users are told as such, a user id opens a DM."""
    eve = sim.person(id="U99", name="Eve", team="T2")
    sim.channel(id="C5", name="joint", members=[ann, eve], ext_shared=True)
    assert (await api.call("conversations.info", channel="C5"))["channel"]["is_ext_shared"]
    page = await api.call("conversations.members", channel="C5", limit=2)
    cursor = page["response_metadata"]["next_cursor"]
    rest = await api.call("conversations.members", channel="C5", limit=2, cursor=cursor)
    assert page["members"] + rest["members"] == ["U11", "U99", "UBOT"]
    assert (await api.call("users.info", user="U99"))["user"]["team_id"] == "T2"
    assert await api.error("users.info", user="U0") == "user_not_found"
    opened = (await api.call("conversations.open", users="U11"))["channel"]["id"]
    await api.post("in private", channel="U11")
    assert [m.channel for m in sim.messages(ann)] == [opened] == ["D0U11"]


async def test_timestamps_never_repeat() -> None:
    """Messages posted in the same microsecond get different, rising timestamps."""
    async with SlackSimulator(clock=lambda: 1_700_000_000.5) as sim, web_api(sim) as api:
        sim.channel(id="C1")
        given = [await api.post(str(n)) for n in range(3)]
    assert given == ["1700000000.500000", "1700000000.500001", "1700000000.500002"]
