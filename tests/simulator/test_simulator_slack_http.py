"""The simulated Slack signs what it sends over HTTP, tries events again, and can be imitated badly."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import pytest
from aiohttp import web

from simulator.slack import Channel, Patience, Person, SlackSimulator
from tests.simulator.simulator_slack_kit import card, web_api

SECRET = "simulated-secret"
TIME, SIGNATURE = "X-Slack-Request-Timestamp", "X-Slack-Signature"


@dataclass
class Bot:
    """A bot's web server that verifies by the book: keeps what passes, answers as told."""

    url: str = ""
    now: float = 1_700_000_000.0
    got: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answers: list[web.Response] = field(default_factory=list)
    slow: bool = False

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        if not self.genuine(request, body):
            return web.Response(status=401)
        if request.content_type == "application/json" and "challenge" in (sent := json.loads(body)):
            return web.json_response({"challenge": sent["challenge"]})
        self.got.append(request)
        self.bodies.append(body)
        await asyncio.sleep(5 if self.slow else 0)
        return self.answers.pop(0) if self.answers else web.Response()

    def genuine(self, request: web.Request, body: bytes) -> bool:
        at, given = request.headers.get(TIME, ""), request.headers.get(SIGNATURE, "")
        if not (at.isascii() and at.isdigit() and len(at) < 12) or abs(self.now - int(at)) > 300:
            return False
        digest = hmac.new(SECRET.encode(), b"v0:" + at.encode() + b":" + body, hashlib.sha256).hexdigest()
        return given.isascii() and hmac.compare_digest(given, f"v0={digest}")


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    made = Bot()
    app = web.Application()
    app.router.add_post("/slack", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.05, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack"
    yield made
    await runner.cleanup()


@pytest.fixture
async def sim(bot: Bot) -> AsyncIterator[SlackSimulator]:
    patience = Patience(ack_s=0.5, retries_s=(0.0, 0.02, 0.02))
    async with SlackSimulator(clock=lambda: bot.now, patience=patience) as simulator:
        await simulator.use_http(bot.url)
        yield simulator


@pytest.fixture
def ann(sim: SlackSimulator) -> Person:
    return sim.person(id="U11", name="Ann")


@pytest.fixture
def desk(sim: SlackSimulator, ann: Person) -> Channel:
    return sim.channel(id="C1", name="desk", members=[ann])


async def test_commands_come_as_forms(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """A slash command is a signed form; plain text in the answer is a private reply."""
    bot.answers.append(web.Response(text="On it"))
    asked = await ann.slash(desk, "/cancelall A&B=ü").settled()
    form = parse_qs(bot.bodies[0].decode())
    assert (form["command"], form["text"]) == (["/cancelall"], ["A&B=ü"])
    assert (asked.error, asked.attempts[0].status) == ("", 200)
    assert [m.text for m in sim.ephemerals(ann)] == ["On it"]


async def test_answers_may_be_json(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """A JSON answer to a command can speak to the whole channel, and an empty one says nothing."""
    bot.answers += [web.json_response({"response_type": "in_channel", "text": "Seen"}), web.Response()]
    await ann.slash(desk, "/cancelall").settled()
    await ann.slash(desk, "/cancelall").settled()
    assert ([m.text for m in sim.messages(desk)], sim.ephemerals(ann)) == (["Seen"], ())


async def test_taps_come_as_json_in_a_form(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """A tap is a form with one field, payload, that holds JSON."""
    async with web_api(sim) as api:
        await api.post(blocks=card())
    assert (await ann.taps(sim.messages(desk)[0], "Cancel 14 orders").settled()).error == ""
    payload = json.loads(parse_qs(bot.bodies[0].decode())["payload"][0])
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "c:1")


@pytest.mark.parametrize("status", [404, 500])
async def test_bad_answers_reach_the_user(
    sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel, status: int
) -> None:
    """A command is sent once whatever the answer, and the user reads why it failed."""
    bot.answers.append(web.Response(status=status))
    assert (await ann.slash(desk, "/cancelall").settled()).error == "dispatch_failed"
    assert len(bot.got) == 1


async def test_slow_answers_time_out(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """A command answered too late is an operation_timeout."""
    bot.slow = True
    assert (await ann.slash(desk, "/cancelall").settled()).error == "operation_timeout"


async def test_events_are_tried_again(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """A failed event comes again with its number and reason, until it is taken."""
    bot.answers += [web.Response(status=500), web.Response(status=503)]
    said = ann.mentions(desk, "@bot cancelall")
    assert said.delivery is not None
    await said.delivery.settled()
    told = [(r.headers.get("X-Slack-Retry-Num"), r.headers.get("X-Slack-Retry-Reason")) for r in bot.got]
    assert told == [(None, None), ("1", "http_error"), ("2", "http_error")]
    assert len(set(bot.bodies)) == 1
    assert said.delivery.error == ""


async def test_bot_may_forbid_retries(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """X-Slack-No-Retry in the answer ends the attempts."""
    bot.answers.append(web.Response(status=500, headers={"X-Slack-No-Retry": "1"}))
    said = ann.mentions(desk, "@bot cancelall")
    assert said.delivery is not None
    await said.delivery.settled()
    assert (len(bot.got), said.delivery.error) == (1, "dispatch_failed")


async def test_address_must_answer_the_challenge(sim: SlackSimulator, bot: Bot) -> None:
    """An address that does not return the challenge is not taken."""
    with pytest.raises(ValueError, match="challenge"):
        await sim.use_http(bot.url + "/elsewhere")


async def test_unreachable_bot(sim: SlackSimulator, ann: Person, desk: Channel) -> None:
    """With nobody listening the user reads dispatch_failed."""
    await sim.use_http("http://127.0.0.1:9/", verify=False)
    assert (await ann.slash(desk, "/cancelall").settled()).error == "dispatch_failed"


async def test_requests_can_be_replayed(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """The very bytes of a delivery pass again within five minutes, and not after."""
    asked = await ann.slash(desk, "/cancelall").settled()
    caught = asked.attempts[0].request
    assert caught is not None
    assert await sim.post(caught) == 200
    bot.now += 301
    assert await sim.post(caught) == 401
    assert bot.bodies == [caught.body] * 2


async def test_forgeries_are_what_they_say(sim: SlackSimulator, bot: Bot, ann: Person, desk: Channel) -> None:
    """Every forgery fails a verification by the book, and an honest request of the same content passes."""
    asked = await ann.slash(desk, "/cancelall").settled()
    forged = dict(sim.signer.forgeries(asked.kind, asked.payload))
    answers = {name: await sim.post(request) for name, request in forged.items()}
    assert answers == dict.fromkeys(forged, 401)
    assert len(forged) > 20
    for age_s in (0, 299, -299):
        assert await sim.post(sim.signer.wrap(asked.kind, asked.payload, age_s=age_s)) == 200


async def test_body_need_not_be_text(sim: SlackSimulator, bot: Bot) -> None:
    """A body that is no UTF-8 can be signed rightly, so only reading it can refuse it."""
    assert await sim.post(sim.signer.not_text()) == 200
    with pytest.raises(UnicodeDecodeError):
        bot.bodies[0].decode()
