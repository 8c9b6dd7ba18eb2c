"""The simulated Telegram pushes to a webhook until each update is taken."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from aiohttp import web

from simulator.telegram import Person, TelegramSimulator

TOKEN = "123:abc"


@dataclass
class Hook:
    """A bot's web server: keeps what it gets, answers as told."""

    url: str = ""
    got: list[dict[str, Any]] = field(default_factory=list)
    secrets: list[str | None] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(await request.json())
        self.heard.set()
        self.secrets.append(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def received(self, count: int) -> list[int]:
        async with asyncio.timeout(5):
            while len(self.got) < count:
                self.heard.clear()
                await self.heard.wait()
        return [update["update_id"] for update in self.got]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app, shutdown_timeout=0.05)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


@pytest.fixture
async def sim() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator(TOKEN, first_update_id=1, webhook_retry_s=0.02) as simulator:
        yield simulator


@pytest.fixture
def ann(sim: TelegramSimulator) -> Person:
    return sim.person(id=11, first_name="Ann")


@pytest.fixture
async def api(sim: TelegramSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"{sim.url}/bot{TOKEN}/") as client:
        yield client


async def post(api: httpx.AsyncClient, method: str, **params: object) -> dict[str, Any]:
    body: dict[str, Any] = (await api.post(method, json=params)).json()
    return body


async def test_updates_are_pushed_with_the_secret(ann: Person, hook: Hook, api: httpx.AsyncClient) -> None:
    """Waiting and new updates arrive in order, each with the secret header."""
    ann.says(ann, "/a")
    assert (await post(api, "setWebhook", url=hook.url, secret_token="s3cret"))["ok"]
    ann.says(ann, "/b")
    assert await hook.received(2) == [1, 2]
    assert hook.secrets == ["s3cret", "s3cret"]
    assert (await post(api, "getWebhookInfo"))["result"]["pending_update_count"] == 0


async def test_refused_push_is_repeated(ann: Person, hook: Hook, api: httpx.AsyncClient) -> None:
    """Anything but 2xx brings the same update again, and getWebhookInfo tells why."""
    hook.statuses = [500, 302]
    await post(api, "setWebhook", url=hook.url)
    ann.says(ann, "/a")
    assert await hook.received(3) == [1, 1, 1]
    info = (await post(api, "getWebhookInfo"))["result"]
    assert info["last_error_message"] == "Wrong response from the webhook: 302 Found"
    assert hook.secrets == [None] * 3


async def test_polling_conflicts_with_a_webhook(
    sim: TelegramSimulator, ann: Person, hook: Hook, api: httpx.AsyncClient
) -> None:
    """Setting a webhook ends a running poll, and each later poll, with 409; deleting it heals."""
    poll = asyncio.create_task(post(api, "getUpdates", timeout=20))
    await sim.wait_for_call("getUpdates")
    await post(api, "setWebhook", url=hook.url)
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"
    assert "while webhook is active" in (await post(api, "getUpdates"))["description"]
    await post(api, "deleteWebhook")
    ann.says(ann, "/a")
    assert len((await post(api, "getUpdates"))["result"]) == 1
    assert hook.got == []


async def test_pending_updates_can_be_dropped(ann: Person, hook: Hook, api: httpx.AsyncClient) -> None:
    """drop_pending_updates forgets what waits, with deleteWebhook and setWebhook alike."""
    ann.says(ann, "/a")
    await post(api, "deleteWebhook", drop_pending_updates=True)
    assert (await post(api, "getUpdates"))["result"] == []
    ann.says(ann, "/b")
    await post(api, "setWebhook", url=hook.url, drop_pending_updates=True)
    ann.says(ann, "/c")
    assert await hook.received(1) == [3]


async def test_webhook_rules(sim: TelegramSimulator, hook: Hook, api: httpx.AsyncClient) -> None:
    """A secret with other characters and a host off this machine are refused; kinds are kept."""
    bad = await post(api, "setWebhook", url=hook.url, secret_token="no spaces")
    assert bad["description"] == "Bad Request: secret token contains unallowed characters"
    away = await post(api, "setWebhook", url="https://example.org/hook")
    assert away["description"].startswith("Bad Request: bad webhook: Failed to resolve host")
    await post(api, "setWebhook", url=hook.url, allowed_updates=["message"])
    assert (await post(api, "getWebhookInfo"))["result"]["allowed_updates"] == ["message"]
    assert (await post(api, "setWebhook", url=""))["ok"]
    assert (await post(api, "getWebhookInfo"))["result"]["url"] == ""


async def test_unreachable_webhook_keeps_the_update(ann: Person, hook: Hook, api: httpx.AsyncClient) -> None:
    """While nobody listens the update waits, and arrives once the URL is right."""
    ann.says(ann, "/a")
    await post(api, "setWebhook", url="http://127.0.0.1:1/hook")
    await asyncio.sleep(0.2)
    assert (await post(api, "getWebhookInfo"))["result"]["last_error_message"] == "Connection refused"
    await post(api, "setWebhook", url=hook.url)
    assert await hook.received(1) == [1]
