"""The real slack-bolt library talks to the simulator as it talks to Slack."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web

from simulator.slack import Channel, Message, Patience, Person, SlackSimulator, faults
from tests.simulator.simulator_slack_kit import card

pytest.importorskip("slack_bolt", reason="slack-bolt is not installed")

from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

PING_S = 0.1
"""Pings and checks come this often, so that outages are short."""


@pytest.fixture
async def sim() -> AsyncIterator[SlackSimulator]:
    async with SlackSimulator(patience=Patience(ack_s=1.0, retries_s=())) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: SlackSimulator) -> Person:
    return sim.person(id="U11", name="Ann")


@pytest.fixture
def desk(sim: SlackSimulator, ann: Person) -> Channel:
    return sim.channel(id="C1", name="desk", members=[ann])


@pytest.fixture
def client(sim: SlackSimulator) -> AsyncWebClient:
    return AsyncWebClient(token=sim.secrets.bot_token, base_url=sim.api_url)


@pytest.fixture
def app(client: AsyncWebClient, sim: SlackSimulator) -> AsyncApp:
    made = AsyncApp(client=client, signing_secret=sim.secrets.signing_secret)

    @made.command("/cancelall")
    async def asked(ack: Callable[..., Awaitable[Any]], command: dict[str, str], say: Any) -> None:  # noqa: ANN401
        await ack(f"Got {command['text']}")
        await say(text="Cancel 14?", blocks=card())

    @made.action("go")
    async def tapped(ack: Callable[..., Awaitable[Any]], body: dict[str, Any], respond: Any) -> None:  # noqa: ANN401
        await ack()
        await respond("Only you see this")
        where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
        await made.client.chat_update(**where, text=f"Cancelling… tapped by {body['user']['id']}")

    @made.event("app_mention")
    async def mentioned(event: dict[str, Any], say: Any) -> None:  # noqa: ANN401
        await say(text="Yes?", thread_ts=event["ts"])

    return made


@pytest.fixture
async def handler(sim: SlackSimulator, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    logging.getLogger("slack_sdk").setLevel(logging.CRITICAL)
    made: Any = AsyncSocketModeHandler(app, sim.secrets.app_token, ping_interval=PING_S)
    await made.connect_async()
    await sim.connected()
    yield made
    await made.close_async()


async def conversation(sim: SlackSimulator, ann: Person, desk: Channel) -> Message:
    asked = await ann.slash(desk, "/cancelall BTC-USDT buy").settled()
    shown = await sim.wait_for(desk, "Cancel 14?")
    tap = await ann.taps(shown, "Cancel 14 orders").settled()
    after = await sim.wait_for(desk, "Cancelling…")
    await sim.wait_for_ephemeral(ann, "Only you see this")
    assert (asked.error, tap.error) == ("", "")
    assert "Got BTC-USDT buy" in [m.text for m in sim.ephemerals(ann)]
    return after


async def test_a_whole_conversation(
    sim: SlackSimulator, ann: Person, desk: Channel, handler: AsyncSocketModeHandler
) -> None:
    """Command, card, tap, private answer, update and mention all pass through Socket Mode unharmed."""
    after = await conversation(sim, ann, desk)
    said = ann.mentions(desk, "@bot status")
    await sim.wait_for(desk, "Yes?")
    assert (after.text, after.labels) == ("Cancelling… tapped by U11", ())
    assert [m.text for m in sim.thread(desk, said.ts)][1:] == ["Yes?"]
    assert (sim.sockets.oddities, sim.warnings) == ([], ())


async def test_the_same_over_http(sim: SlackSimulator, ann: Person, desk: Channel, app: AsyncApp) -> None:
    """Signed HTTP requests are accepted by the library's own verification, and forgeries are not."""

    async def take(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    listener = web.Application()
    listener.router.add_post("/slack/events", take)
    runner = web.AppRunner(listener, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    await sim.use_http(f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events")
    await conversation(sim, ann, desk)
    caught = sim.deliveries[0]
    wrong = sim.signer.wrap(caught.kind, caught.payload, secret="guessed")
    assert await sim.post(wrong) == 401
    assert await sim.post(sim.signer.wrap(caught.kind, caught.payload, age_s=301)) == 401
    await sim.use_http("")
    await runner.cleanup()


async def test_files_and_look_ups(sim: SlackSimulator, ann: Person, desk: Channel, client: AsyncWebClient) -> None:
    """Uploads in three steps, deletion, ephemerals and look-ups are understood both ways."""
    root = (await client.chat_postMessage(channel="C1", text="card", blocks=card()))["ts"]
    await client.files_upload_v2(channel="C1", content="id\n1\n", filename="o.csv", thread_ts=root, title="All")
    shared = sim.thread(desk, root)[1]
    assert (shared.files[0].content, shared.files[0].title) == (b"id\n1\n", "All")
    await client.chat_postEphemeral(channel="C1", user="U11", text="psst")
    await client.chat_delete(channel="C1", ts=root)
    members = [
        member
        async for page in await client.conversations_members(channel="C1", limit=1)
        for member in page["members"]
    ]
    assert members == ["U11", "UBOT"]
    assert (await client.users_info(user="U11"))["user"]["name"] == "ann"
    assert (await client.conversations_info(channel="C1"))["channel"]["is_member"]
    assert [m.text for m in sim.ephemerals(ann)] == ["psst"]


async def test_errors_become_the_librarys_own(sim: SlackSimulator, desk: Channel, client: AsyncWebClient) -> None:
    """Each refusal arrives as SlackApiError with Slack's word and status."""
    with pytest.raises(SlackApiError) as refused:
        await client.chat_postMessage(channel="C9", text="x")
    assert refused.value.response["error"] == "channel_not_found"
    sim.faults.arm("chat.postMessage", faults.flooded(3))
    with pytest.raises(SlackApiError) as flooded:
        await client.chat_postMessage(channel="C1", text="x")
    assert (flooded.value.response.status_code, flooded.value.response.headers["Retry-After"]) == (429, "3")
    sim.faults.arm("chat.postMessage", faults.garbage())
    with pytest.raises(SlackApiError, match="body"):
        await client.chat_postMessage(channel="C1", text="x")


async def test_cut_answer_is_posted_twice(sim: SlackSimulator, desk: Channel, client: AsyncWebClient) -> None:
    """The library sends a message again when the connection breaks after Slack acted: it is there twice."""
    sim.faults.arm("chat.postMessage", faults.cut_after())
    await client.chat_postMessage(channel="C1", text="x")
    assert [m.text for m in sim.messages(desk)] == ["x", "x"]


@pytest.mark.parametrize("reason", ["refresh_requested", "warning"])
async def test_library_takes_a_new_socket(
    sim: SlackSimulator,
    ann: Person,
    desk: Channel,
    handler: AsyncSocketModeHandler,
    reason: Any,  # noqa: ANN401
) -> None:
    """Told to refresh, the library opens another socket, and commands arrive there."""
    await sim.sockets.disconnect(reason)
    assert await sim.world.pulse.until(lambda: sim.sockets.opened > 1 or None, 3)
    await conversation(sim, ann, desk)


async def test_library_comes_back_after_an_outage(
    sim: SlackSimulator, ann: Person, desk: Channel, handler: AsyncSocketModeHandler
) -> None:
    """Killed and started again on its port, the simulator gets its client back."""
    await sim.stop()
    await sim.start()
    await sim.connected()
    await conversation(sim, ann, desk)


async def test_library_leaves_a_frozen_server(
    sim: SlackSimulator, ann: Person, desk: Channel, handler: AsyncSocketModeHandler
) -> None:
    """A server that answers no pings loses its client to one new connection after the other until it thaws."""
    sim.sockets.freeze()
    assert await sim.world.pulse.until(lambda: sim.sockets.opened > 2 or None, 5)
    sim.sockets.thaw()
    await sim.connected()
    await conversation(sim, ann, desk)


async def test_two_sockets_get_everything_twice(
    sim: SlackSimulator, ann: Person, desk: Channel, app: AsyncApp, handler: AsyncSocketModeHandler
) -> None:
    """With two handlers and double delivery one command runs twice: nothing in the library prevents it."""
    second: Any = AsyncSocketModeHandler(app, sim.secrets.app_token, ping_interval=PING_S)
    await second.connect_async()
    await sim.connected(2)
    sim.sockets.spread = "all"
    await ann.slash(desk, "/cancelall").settled()
    await sim.world.pulse.until(lambda: len(sim.messages(desk)) > 1 or None, 3)
    assert [m.text for m in sim.messages(desk)] == ["Cancel 14?"] * 2
    await second.close_async()
