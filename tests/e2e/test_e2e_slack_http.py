"""Slack by signed HTTP: what is rightly signed works, everything else is one 401 and has no effect."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from simulator.slack import Delivery, Signed, payloads
from simulator.slack.signed import SIGNATURE, TIMESTAMP
from tests import fair
from tests.e2e.setting import Setting
from tests.e2e.world import World
from tests.ports import free_port

OK, UNAUTHORIZED, NOT_FOUND = 200, 401, 404
FORGED: Final = 1000


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A desk that Slack calls by HTTP."""
    setting = Setting(chats=("slack",), slack_http=f"127.0.0.1:{free_port()}")
    async with World(setting, folder=tmp_path) as running:
        running.place(3)
        yield running


def request_of(delivery: Delivery) -> Signed:
    """What was sent, byte for byte."""
    request = delivery.attempts[0].request
    assert request is not None
    return request


async def test_a_cancel_by_signed_http(world: World) -> None:
    """Commands, mentions and taps that are rightly signed work as over a socket; the challenge was answered."""
    slack = world.slack
    slack.ann.mentions(slack.desk, "@bot status")
    assert "✓ slack" in (await slack.shown("READY")).text
    asked = await slack.slash().settled()
    card = await slack.shown("🛑")
    tapped = await slack.bo.taps(card, card.labels[0]).settled()
    assert "3 cancelled" in (await slack.shown("ZERO LEFT")).text
    assert [asked.error, tapped.error] == ["", ""]
    assert not slack.sim.warnings
    assert slack.sim.sockets.opened == 0


async def test_the_same_bytes_again_are_refused(world: World) -> None:
    """A request that was caught and is sent again is 401 and has no effect, while its signature still holds."""
    slack = world.slack
    slack.slash()
    card = await slack.shown("🛑")
    tapped = await slack.ann.taps(card, card.labels[0]).settled()
    await slack.shown("ZERO LEFT")
    for _ in range(3):
        assert await slack.sim.post(request_of(tapped)) == UNAUTHORIZED
    await world.move(290)
    assert await slack.sim.post(request_of(tapped)) == UNAUTHORIZED
    assert len(world.posts()) == 1


async def test_the_same_payload_signed_anew_is_done_once(world: World) -> None:
    """Slack itself may bring a payload again: acknowledged, and not done twice."""
    slack = world.slack
    slack.slash()
    card = await slack.shown("🛑")
    tapped = await slack.ann.taps(card, card.labels[0]).settled()
    await slack.shown("ZERO LEFT")
    await world.move(2)  # another second, another signature
    assert await slack.sim.post(slack.sim.signer.wrap("interactive", tapped.payload)) == OK
    await asyncio.sleep(0.1)
    assert len(world.posts()) == 1


def mutations(good: Signed, seed: int) -> Iterator[Signed]:
    """A rightly signed request with one thing changed, over and over."""
    rng = random.Random(seed)  # noqa: S311 the same each time
    while True:
        at = rng.randrange(len(good.body))
        changed = good.body[:at] + bytes([good.body[at] ^ (1 << rng.randrange(8))]) + good.body[at + 1 :]
        sign = good.headers[SIGNATURE]
        place = rng.randrange(len(sign))
        yield Signed(body=changed, headers=good.headers)
        yield Signed(body=good.body[:at], headers=good.headers)
        other = rng.choice("0123456789abcdefXé \t")
        yield good.having({SIGNATURE: sign[:place] + other + sign[place + 1 :] + "x"})
        yield good.having({TIMESTAMP: str(int(good.headers[TIMESTAMP]) + rng.randrange(1, 10**9))})


async def test_forged_requests_have_no_effect(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """A thousand forged, mutated, old and future requests are 401 each, quickly, and leave no trace in the log."""
    slack = world.slack
    slack.slash()
    card = await slack.shown("🛑")
    button = card.buttons[0]
    payload = payloads.tap(slack.sim.world, slack.ann.user, card, button, "")  # a tap that would fire
    capsys.readouterr()
    signer, begun = slack.sim.signer, fair.monotonic()
    forged = [request for _, request in signer.forgeries("interactive", payload)]
    changes = mutations(signer.wrap("interactive", payload), 7)
    forged += [next(changes) for _ in range(FORGED - len(forged))]
    for request in forged:
        assert await slack.sim.post(request) == UNAUTHORIZED
    assert fair.monotonic() - begun < 10
    assert await slack.sim.post(signer.not_text()) < 500
    slack.slash("/cancelall log")
    await slack.shown("The last mass cancel")
    said = capsys.readouterr().out
    assert "Traceback" not in said
    assert button.value not in said
    assert not world.posts()
    assert await slack.sim.post(signer.wrap("interactive", payload)) == OK  # that one was good
    await world.until(world.posts, "the request")


async def test_rightly_signed_nonsense_breaks_nothing(world: World) -> None:
    """What is rightly signed and makes no sense is answered without a 5xx, and the next command works."""
    slack, signer = world.slack, world.slack.sim.signer
    bodies = (b"", b"{}", b"[]", b"null", b"payload=", b"payload=[]", b"payload={}", b"\x00", b"{" * 5000)
    deep = json.dumps({"type": "event_callback", "event": {"type": "app_mention", "text": {"a": [1]}}}).encode()
    for body in (*bodies, deep):
        for kind in ("application/json", "application/x-www-form-urlencoded", "text/plain"):
            assert await slack.sim.post(signer.sign(body, kind)) < 500, (body[:20], kind)
    slack.slash("/cancelall orders")
    await slack.shown("3 open")
    assert not world.posts()


async def test_other_paths_and_methods_are_not_served(world: World) -> None:
    """Only POST on Slack's paths is answered: anything else is 404 or 405, whoever signed it."""
    good = world.slack.sim.signer.wrap("slash_commands", {"command": "/cancelall"})
    base = f"http://{world.setting.slack_http}"
    async with aiohttp.ClientSession() as http:
        for path in ("/slack/event", "/telegram", "/slack/events/", "/slack%2fevents/x"):
            async with http.post(base + path, data=good.body, headers=dict(good.headers)) as answer:
                assert answer.status == NOT_FOUND, path
        async with http.get(f"{base}/slack/events") as answer:
            assert answer.status == 405


async def test_a_dead_web_api_is_no_dead_command(world: World) -> None:
    """With Slack's Web API down a signed command is acknowledged, and answered by its own address."""
    slack = world.slack
    slack.sim.revoke(app=False)
    asked = await slack.slash("/cancelall orders").settled()
    assert not asked.error
    await slack.whispered("3 open")
