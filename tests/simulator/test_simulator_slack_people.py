"""What people do in the simulated Slack reaches the bot as Slack would tell it."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from simulator.slack import Channel, Message, Patience, Person, SlackSimulator
from tests.simulator.simulator_slack_kit import Api, card, web_api


@pytest.fixture
def now() -> list[float]:
    return [1_700_000_000.0]


@pytest.fixture
async def sim(now: list[float]) -> AsyncIterator[SlackSimulator]:
    async with SlackSimulator(clock=lambda: now[0], patience=Patience(retries_s=())) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: SlackSimulator) -> Person:
    return sim.person(id="U11", name="Ann")


@pytest.fixture
def eve(sim: SlackSimulator) -> Person:
    return sim.person(id="U99", name="Eve", team="T2")


@pytest.fixture
def desk(sim: SlackSimulator, ann: Person, eve: Person) -> Channel:
    return sim.channel(id="C1", name="desk", members=[ann, eve], ext_shared=True)


@pytest.fixture
async def api(sim: SlackSimulator) -> AsyncIterator[Api]:
    async with web_api(sim) as client:
        yield client


async def shown(sim: SlackSimulator, desk: Channel, api: Api, **more: str) -> Message:
    await api.post("Cancel 14?", blocks=card(), **more)
    return sim.messages(desk)[-1]


def event(said: Any) -> dict[str, Any]:  # noqa: ANN401 - a Said that must have been delivered
    assert said.delivery is not None
    inner: dict[str, Any] = said.delivery.payload["event"]
    return inner


def test_commands_have_their_limits(sim: SlackSimulator, ann: Person, eve: Person, desk: Channel) -> None:
    """No command in a thread, none by a foreign user, none unknown, none where one is not a member."""
    with pytest.raises(ValueError, match="threads"):
        ann.slash(desk, "/cancelall", thread="1.000001")
    with pytest.raises(PermissionError, match="not a valid command"):
        eve.slash(desk, "/cancelall")
    with pytest.raises(PermissionError, match="not a valid command"):
        ann.slash(desk, "/cancellall")
    with pytest.raises(PermissionError, match="not in"):
        ann.slash(sim.channel(id="C2", name="other"), "/cancelall")
    assert sim.deliveries == ()


async def test_commands_can_be_made_up(sim: SlackSimulator, ann: Person, eve: Person, desk: Channel) -> None:
    """What Slack would never send can be sent: a foreign user, a foreign app, any field."""
    foreign = eve.slash(desk, "/cancelall", made_up=True).payload
    changed = ann.slash(desk, "/cancelall", team_id="T9", api_app_id="A9").payload
    private = ann.slash(ann, "/cancelall").payload
    assert (foreign["user_id"], foreign["team_id"]) == ("U99", "T2")
    assert (changed["team_id"], changed["api_app_id"]) == ("T9", "A9")
    assert (private["channel_id"], private["channel_name"]) == ("D0U11", "directmessage")
    assert "ts" not in private


async def test_mention_is_an_event(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """A mention arrives as app_mention with escaped text, its time and an event id."""
    said = ann.mentions(desk, "@bot cancelall <b> & @ann")
    payload = said.delivery.payload if said.delivery else {}
    assert payload["type"] == "event_callback"
    assert (payload["team_id"], payload["api_app_id"]) == ("T1", "A1")
    assert payload["event_id"].startswith("Ev")
    assert event(said)["text"] == "<@UBOT> cancelall &lt;b&gt; &amp; @ann"
    assert (event(said)["user"], event(said)["ts"], event(said)["channel"]) == ("U11", said.ts, "C1")
    assert said.message.text == "@Kill switch cancelall <b> & @ann"
    with pytest.raises(ValueError, match="does not mention"):
        ann.mentions(desk, "cancelall")


async def test_mentions_vary(sim: SlackSimulator, ann: Person, eve: Person, desk: Channel) -> None:
    """Threads, old mentions, edits, other bots, apps and teams each leave their mark on the event."""
    other = sim.person(id="U77", name="Other bot", app="A77")
    desk.members.add(other.id)
    old = ann.mentions(desk, "@bot a", ago_s=400)
    assert float(event(old)["ts"]) == pytest.approx(1_700_000_000 - 400, abs=0.1)
    assert event(ann.mentions(desk, "@bot b", thread=old.ts))["thread_ts"] == old.ts
    edited = ann.edits(old, "@bot c")
    with pytest.raises(LookupError, match="has no message"):
        eve.edits(old, "@bot c")
    assert (event(edited)["ts"], event(edited)["edited"]["user"]) == (old.ts, "U11")
    assert edited.delivery is not None
    assert old.delivery is not None
    assert edited.delivery.event_id != old.delivery.event_id
    assert event(other.mentions(desk, "@bot d"))["bot_id"] == "B77"
    assert event(ann.mentions(desk, "@bot e", via_app="A88"))["app_id"] == "A88"
    foreign = event(eve.mentions(desk, "@bot f"))
    assert (foreign["user_team"], foreign["source_team"], foreign["team"]) == ("T2", "T2", "T2")
    odd = ann.mentions(desk, "@bot g", marks={"subtype": "x"}, envelope={"team_id": "T9"})
    assert odd.delivery is not None
    assert (event(odd)["subtype"], odd.delivery.payload["team_id"]) == ("x", "T9")


async def test_bot_hears_what_it_may(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """The bot hears mentions where it is a member, and everything in private; its own words come back too."""
    assert ann.says(desk, "hello").delivery is None
    ann.kicks_bot(desk)
    assert ann.mentions(desk, "@bot cancelall").delivery is None
    ann.invites_bot(desk)
    assert ann.mentions(desk, "@bot cancelall").delivery is not None
    private = event(ann.says(ann, "cancelall"))
    assert (private["type"], private["channel_type"], private["channel"]) == ("message", "im", "D0U11")
    own = event(sim.me.says(desk, "@bot cancelall"))
    assert (own["user"], own["bot_id"]) == ("UBOT", "BBOT")
    with pytest.raises(PermissionError):
        sim.person(id="U12", name="Bo").says(desk, "hello")


async def test_tap_is_a_block_action(sim: SlackSimulator, ann: Person, desk: Channel, api: Api) -> None:
    """A tap names who, where, which message and which button."""
    message = await shown(sim, desk, api)
    payload = ann.taps(message, "Cancel 14 orders").payload
    assert (payload["type"], payload["api_app_id"]) == ("block_actions", "A1")
    assert payload["user"] == {"id": "U11", "username": "ann", "name": "ann", "team_id": "T1"}
    assert (payload["team"]["id"], payload["channel"]) == ("T1", {"id": "C1", "name": "desk"})
    assert payload["container"] == {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": "C1",
        "is_ephemeral": False,
    }
    assert payload["message"]["ts"] == message.ts
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"], action["style"]) == ("go", "c:1", "danger")
    assert action["block_id"] == message.buttons[0].block_id
    assert ann.taps(message, "c:1").trigger_id != payload["trigger_id"]


async def test_strange_taps(sim: SlackSimulator, ann: Person, eve: Person, desk: Channel, api: Api) -> None:
    """Foreign users, the bot itself, made-up values, foreign apps and outdated cards can all tap."""
    root = await api.post("root")
    message = await shown(sim, desk, api, thread_ts=root)
    foreign = eve.taps(message, "Cancel 14 orders").payload
    assert (foreign["user"]["team_id"], foreign["team"]["id"]) == ("T2", "T1")
    assert foreign["container"]["thread_ts"] == root
    assert sim.me.taps(message, "Cancel 14 orders").payload["user"]["id"] == "UBOT"
    made_up = ann.taps(message, "Cancel 14 orders", value="c:2", action_id="stop", api_app_id="A9").payload
    action = made_up["actions"][0]
    assert (action["value"], action["action_id"], made_up["api_app_id"]) == ("c:2", "stop", "A9")
    await api.call("chat.update", channel="C1", ts=message.ts, text="gone")
    assert ann.taps(message, "Cancel 14 orders").payload["actions"][0]["value"] == "c:1"
    with pytest.raises(LookupError, match="only \\('Cancel 14 orders',\\)"):
        ann.taps(message, "Keep")
    assert ann.taps(message, "Keep", made_up=True).payload["actions"][0]["value"] == "Keep"


async def test_taps_on_ephemerals(sim: SlackSimulator, ann: Person, eve: Person, desk: Channel, api: Api) -> None:
    """A tap on an ephemeral message comes without the message, and only from who sees it."""
    await api.call("chat.postEphemeral", channel="C1", user="U11", text="x", blocks=card())
    (message,) = sim.ephemerals(ann)
    payload = ann.taps(message, "Cancel 14 orders").payload
    assert payload["container"]["is_ephemeral"]
    assert "message" not in payload
    with pytest.raises(PermissionError):
        eve.taps(message, "Cancel 14 orders")
    assert eve.taps(message, "Cancel 14 orders", made_up=True).payload["user"]["id"] == "U99"


async def test_response_url_replaces_and_deletes(
    sim: SlackSimulator, ann: Person, desk: Channel, api: Api
) -> None:
    """An answer is private by default, or for the channel, or replaces or deletes what was tapped."""
    await api.call("chat.postEphemeral", channel="C1", user="U11", text="x", blocks=card())
    url = ann.taps(sim.ephemerals(ann)[0], "Cancel 14 orders").response_url
    async with httpx.AsyncClient() as http:
        for body in (
            {"text": "only you"},
            {"text": "all", "response_type": "in_channel"},
            {"text": "new", "replace_original": True},
        ):
            assert (await http.post(url, json=body)).text == "ok"
        assert [m.text for m in sim.ephemerals(ann)] == ["new", "only you"]
        assert [m.text for m in sim.messages(desk)] == ["all"]
        assert (await http.post(url, json={"delete_original": True})).status_code == 200
    assert [m.text for m in sim.ephemerals(ann)] == ["only you"]


async def test_response_url_wears_out(sim: SlackSimulator, now: list[float], ann: Person, desk: Channel) -> None:
    """Five uses within thirty minutes; the sixth, a late and a guessed one are refused."""
    worn, late = (ann.slash(desk, "/cancelall").response_url for _ in range(2))
    async with httpx.AsyncClient() as http:
        used = [await http.post(worn, json={"text": str(n)}) for n in range(6)]
        now[0] += 1801
        expired = await http.post(late, json={"text": "x"})
        guessed = await http.post(late[:-1] + "x", json={"text": "x"})
        senseless = await http.post(late, content=b"[]")
    assert [answer.status_code for answer in used] == [200] * 5 + [404]
    assert used[5].json()["error"] == "used_url"
    assert [expired.json()["error"], guessed.json()["error"]] == ["expired_url"] * 2
    assert (senseless.status_code, sim.responses.uses(worn)) == (400, 5)
    assert [m.text for m in sim.ephemerals(ann) if m.sender.id == "UBOT"] == list("01234")


async def test_waiting_and_transcript(sim: SlackSimulator, ann: Person, desk: Channel, api: Api) -> None:
    """The newest match after a moment is found, a miss shows the channel, the transcript reads like a chat."""
    first = await api.post("one")
    await api.post("one more", thread_ts=first)
    assert (await sim.wait_for("C1", "one")).text == "one more"
    assert (await sim.wait_for(desk, lambda m: m.ts == first)).text == "one"
    with pytest.raises(TimeoutError, match="one more"):
        await sim.wait_for(desk, "two", timeout=0.01)
    with pytest.raises(TimeoutError, match="nothing like"):
        await sim.wait_for(desk, "one", timeout=0.01, after=sim.messages(desk)[-1].ts)
    with pytest.raises(TimeoutError, match="among"):
        await sim.wait_for_ephemeral(ann, "one", timeout=0.01)
    with pytest.raises(TimeoutError, match="no call 9"):
        await sim.wait_for_call("chat.postMessage", timeout=0.01, count=9)
    await shown(sim, desk, api)
    assert sim.transcript(desk).splitlines() == [
        "── #desk ─────────────────────────────────────",
        "",
        "22:13:20 · Kill switch",
        "│ one",
        "",
        "  ↳ 22:13:20 · Kill switch",
        "    │ one more",
        "",
        "22:13:20 · Kill switch",
        "│ Cancel 14?",
        "  [ Cancel 14 orders ]",
    ]


def test_ids_are_given_once(sim: SlackSimulator, ann: Person, eve: Person, desk: Channel) -> None:
    """A second person or channel of the same id is refused, and so is a stranger in a channel of one's own."""
    with pytest.raises(ValueError, match="user U11"):
        sim.person(id="U11", name="Ann again")
    with pytest.raises(ValueError, match="channel C1"):
        sim.channel(id="C1")
    with pytest.raises(ValueError, match="not shared"):
        sim.channel(id="C2", members=[eve])
