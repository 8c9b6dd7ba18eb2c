"""Socket Mode as Slack documents it: hello, envelopes, acknowledgements, retries, double delivery."""

from collections.abc import AsyncIterator
from typing import Literal

import aiohttp
import pytest

from simulator.slack import Channel, Patience, Person, SlackSimulator
from tests.simulator.simulator_slack_kit import socket

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


async def test_hello_tells_who_else_is_there(sim: SlackSimulator) -> None:
    """Hello carries the app, the number of connections and how long they last."""
    async with socket(sim) as first, socket(sim) as second:
        assert first.hello["connection_info"] == {"app_id": "A1"}
        assert first.hello["debug_info"]["approximate_connection_time"] == 18060
        assert [first.hello["num_connections"], second.hello["num_connections"]] == [1, 2]


async def test_command_is_acknowledged(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """A slash command comes in an envelope, and an acknowledgement with a body answers in private."""
    async with socket(sim) as here:
        asked = ann.slash(desk, "/cancelall BTC-USDT  buy ")
        envelope = await here.serve({"text": "On it"})
        await asked.settled()
    payload = envelope["payload"]
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert (payload["command"], payload["text"]) == ("/cancelall", "BTC-USDT  buy")
    assert (payload["user_id"], payload["team_id"], payload["channel_id"]) == ("U11", "T1", "C1")
    assert (asked.acked, asked.error, asked.attempts[0].payload) == (True, "", {"text": "On it"})
    assert [m.text for m in sim.ephemerals(ann)] == ["On it"]


async def test_in_channel_reply_is_for_everybody(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """An acknowledgement may answer in the channel; a senseless one is noted and shows nothing."""
    async with socket(sim) as here:
        ann.slash(desk, "/cancelall")
        await here.serve({"response_type": "in_channel", "text": "Seen"})
        await sim.wait_for(desk, "Seen")
        asked = ann.slash(desk, "/cancelall")
        await here.serve({"blocks": [{"type": "x"}]})
        await asked.settled()
    assert sim.ephemerals(ann) == ()
    assert "refused: invalid_blocks" in sim.warnings[0]


async def test_late_acknowledgement_is_a_timeout(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """Without an acknowledgement in time the user reads operation_timeout, and a late one changes nothing."""
    async with socket(sim) as here:
        asked = ann.slash(desk, "/cancelall")
        envelope = await here.take()
        await asked.settled()
        await here.ack(envelope)
        assert await sim.world.pulse.until(lambda: asked.acked or None, 3)
    assert asked.error == "operation_timeout"
    assert [m.text for m in sim.ephemerals(ann)] == ["/cancelall failed with the error “operation_timeout”"]
    delay_s = asked.attempts[0].delay_s
    assert delay_s is not None
    assert delay_s > HASTE.ack_s


async def test_nobody_there(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """With no socket open a command fails at once, and it is not sent later."""
    asked = await ann.slash(desk, "/cancelall").settled()
    assert (asked.error, asked.attempts) == ("dispatch_failed", [])


async def test_events_are_tried_again(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """An event whose acknowledgement got lost comes again: same event, new envelope, counted."""
    async with socket(sim) as here:
        sim.sockets.lose_acks()
        said = ann.mentions(desk, "@bot cancelall")
        first, second = await here.serve(), await here.serve()
        assert said.delivery is not None
        await said.delivery.settled()
    assert (first["retry_attempt"], first["retry_reason"]) == (0, "")
    assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
    assert first["payload"]["event_id"] == second["payload"]["event_id"] == said.delivery.event_id
    assert first["envelope_id"] != second["envelope_id"]
    assert said.delivery.error == ""


async def test_events_are_given_up(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """After the last retry an event is gone, and nobody is told."""
    async with socket(sim) as here:
        said = ann.mentions(desk, "@bot cancelall")
        assert said.delivery is not None
        await said.delivery.settled()
        assert [(await here.take())["retry_attempt"] for _ in range(3)] == [0, 1, 2]
    assert said.delivery.error == "operation_timeout"
    assert sim.ephemerals(ann) == ()


async def test_each_payload_goes_to_one_socket(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """Of two sockets one gets a payload, taking turns, and either may acknowledge it."""
    async with socket(sim) as first, socket(sim) as second:
        asked = [ann.slash(desk, "/cancelall"), ann.slash(desk, "/cancelall")]
        one, two = await first.take(), await second.take()
        await second.ack(one)
        await first.ack(two)
        for each in asked:
            await each.settled()
    assert [len(each.attempts) for each in asked] == [1, 1]
    assert {each.attempts[0].connection for each in asked} == {1, 2}


@pytest.mark.parametrize(("spread", "ids"), [("all", 1), ("all_new_ids", 2)])
async def test_double_delivery(
    sim: SlackSimulator, ann: Person, desk: Channel, spread: Literal["all", "all_new_ids"], ids: int
) -> None:
    """Switched on, every socket gets every payload, in envelopes of one id or of an id each."""
    sim.sockets.spread = spread
    async with socket(sim) as first, socket(sim) as second:
        asked = ann.slash(desk, "/cancelall")
        one, two = await first.serve(), await second.serve()
        await asked.settled()
    assert one["payload"] == two["payload"]
    assert len({one["envelope_id"], two["envelope_id"]}) == ids
    assert len(asked.attempts) == 2


async def test_payload_can_come_again(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """The same command can be delivered once more, with the same trigger_id."""
    async with socket(sim) as here:
        asked = ann.slash(desk, "/cancelall")
        first = await here.serve()
        await asked.settled()
        sim.again(asked)
        second = await here.serve()
    assert second["payload"] == first["payload"]
    assert second["envelope_id"] != first["envelope_id"]
    assert asked.trigger_id


async def test_strange_frames_are_kept(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """What is no acknowledgement is kept for the test to see, and a repeated one is counted."""
    async with socket(sim) as here:
        await here.ws.send_str("hello?")
        await here.ws.send_json({"envelope_id": "e404"})
        await here.ws.send_bytes(b"x")
        asked = ann.slash(desk, "/cancelall")
        envelope = await here.serve()
        await here.ack(envelope)
        tap = ann.slash(desk, "/cancelall")
        await here.serve()
        await tap.settled()
    assert [odd[:6] for odd in sim.sockets.oddities] == ["hello?", '{"enve', "a fram"]
    assert asked.attempts[0].acks == 2


async def test_pings_are_answered_both_ways(sim: SlackSimulator) -> None:
    """The server answers pings with their data and counts answers to its own."""
    async with socket(sim) as here:
        await here.ws.ping(b"sdk-ping-pong:1.0")
        answer = await here.ws.receive(timeout=3)
        await sim.sockets.ping()
        asked = await here.ws.receive(timeout=3)
        await here.ws.pong(asked.data)
        (connection,) = sim.sockets.connections
        await sim.world.pulse.until(lambda: connection.pongs or None, 3)
    assert (answer.type, bytes(answer.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1.0")
    assert (connection.pings, connection.pongs) == (1, 1)
