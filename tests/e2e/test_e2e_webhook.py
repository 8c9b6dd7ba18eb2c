"""Updates by webhook: the secret first, the inbox before the 200."""

import json
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.setting import ASK, Setting
from tests.e2e.world import World
from tests.ports import free_port

HEADER = "X-Telegram-Bot-Api-Secret-Token"


@pytest.fixture
async def hooked(tmp_path: Path) -> AsyncIterator[World]:
    async with World(Setting(webhook=f"127.0.0.1:{free_port()}"), folder=tmp_path) as world:
        await world.until(lambda: world.telegram.world.webhook.secret_token, "the webhook is set")
        yield world


async def push(world: World, body: bytes, secret: str | None) -> int:
    """One call of the webhook by anybody; the HTTP status."""
    headers = [(b"Content-Type", b"application/json")]
    if secret is not None:
        headers.append((HEADER.encode(), secret.encode()))
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(trust_env=False, verify=no_tls, timeout=5) as http:
        return (await http.post(f"http://{world.setting.webhook}/hook", content=body, headers=headers)).status_code


def command(world: World, update_id: int = 77) -> bytes:
    """An update as Telegram would bring it: Ann asks."""
    message = {
        "message_id": 900,
        "date": int(world.now()),
        "chat": world.desk.chat.json(),
        "from": world.ann.user.json(),
        "text": ASK,
    }
    return json.dumps({"update_id": update_id, "message": message}).encode()


def cards(world: World) -> list[str]:
    """The titles of the cards in the desk's group."""
    return [m.text.partition("\n")[0] for m in world.telegram.messages(world.desk) if "🛑" in m.text]


async def test_a_cancel_from_end_to_end(hooked: World) -> None:
    """A command, a card, a tap and a result, without a single poll."""
    hooked.place(3)
    assert "3 cancelled" in (await hooked.run()).text
    assert len(hooked.posts()) == 1
    assert not [call for call in hooked.telegram.calls if call.method == "getUpdates"]


@pytest.mark.parametrize("secret", [None, "", "wrong", "ä"], ids=["missing", "empty", "wrong", "not ascii"])
async def test_without_the_secret_nothing_is_taken(hooked: World, secret: str | None) -> None:
    """A caller who does not know the secret is refused, whatever the body, and nothing comes of it."""
    assert await push(hooked, command(hooked), secret) == 403
    assert await push(hooked, b"{", secret) == 403
    await hooked.say("/whoami", "Ann Lee")
    assert not cards(hooked)


async def test_what_is_no_update_is_refused(hooked: World) -> None:
    """Garbage, something else than an update, and a body that is too big are refused, and hurt nobody."""
    secret = hooked.telegram.world.webhook.secret_token
    for body in (b"", b"{", b"[]", b"7", b"null", b'{"update_id":"x"}', b"\xff\xfe", b"[" * 100_000):
        assert await push(hooked, body, secret) == 400
    assert await push(hooked, b" " * (2 * 1024 * 1024), secret) == 413
    assert await push(hooked, command(hooked), secret) == 200
    await hooked.shown("🛑")


async def test_other_paths_and_methods_are_not_there(hooked: World) -> None:
    """Only POST on the one path is ours."""
    secret = hooked.telegram.world.webhook.secret_token
    no_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    async with httpx.AsyncClient(trust_env=False, verify=no_tls, timeout=5) as http:
        base = f"http://{hooked.setting.webhook}"
        assert (await http.get(f"{base}/hook", headers={HEADER: secret})).status_code == 405
        assert (await http.post(f"{base}/", content=command(hooked), headers={HEADER: secret})).status_code == 404
    assert not cards(hooked)


async def test_committed_before_the_200(hooked: World) -> None:
    """An update that was answered 200 is not lost by a crash in the same moment."""
    hooked.place(3)
    assert await push(hooked, command(hooked), hooked.telegram.world.webhook.secret_token) == 200
    await hooked.crash()
    await hooked.start()
    await hooked.shown("🛑 Cancel 3?")
    assert len(cards(hooked)) == 1


async def test_the_same_update_twice_is_one(hooked: World) -> None:
    """Telegram brings an update again when it is not sure: both are answered 200, one is worked on."""
    hooked.place(3)
    secret = hooked.telegram.world.webhook.secret_token
    assert [await push(hooked, command(hooked), secret) for _ in range(2)] == [200, 200]
    await hooked.shown("🛑")
    await hooked.say("/whoami", "Ann Lee")
    assert len(cards(hooked)) == 1


async def test_a_new_secret_with_each_start(hooked: World) -> None:
    """The secret of an earlier start is worth nothing."""
    old = hooked.telegram.world.webhook.secret_token
    await hooked.stop()
    await hooked.start()
    await hooked.until(lambda: hooked.telegram.world.webhook.secret_token != old, "a new secret")
    assert await push(hooked, command(hooked), old) == 403


async def test_a_webhook_that_was_moved_is_set_back(hooked: World) -> None:
    """Somebody points the webhook elsewhere: it is noticed, and set back."""
    params = {"url": "http://127.0.0.1:9/elsewhere", "secret_token": "theirs"}
    async with httpx.AsyncClient(trust_env=False, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http:
        await http.post(f"{hooked.telegram.url}/bot{hooked.telegram.token}/setWebhook", data=params)
    await hooked.move(31)
    await hooked.until(lambda: hooked.telegram.world.webhook.url.endswith("/hook"), "it is ours again")
    await hooked.say("/whoami", "Ann Lee")
