"""What the tests of the simulated Slack share: a card, a Web API client, a bare Socket Mode client."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import httpx

from simulator.slack import SlackSimulator


def section(text: str = "Cancel 14?") -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def button(label: str = "Cancel 14 orders", value: str = "c:1", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"type": "button", "text": {"type": "plain_text", "text": label}, "value": value, **more}


def card(*buttons: dict[str, Any]) -> list[dict[str, Any]]:
    return [section(), {"type": "actions", "elements": list(buttons or [button(style="danger", action_id="go")])}]


@dataclass(frozen=True, kw_only=True)
class Api:
    """The Web API as a careful client would call it."""

    http: httpx.AsyncClient

    async def call(self, method: str, **params: object) -> dict[str, Any]:
        answer = await self.http.post(method, json=params)
        body: dict[str, Any] = answer.json()
        return body

    async def error(self, method: str, **params: object) -> str:
        body = await self.call(method, **params)
        assert not body["ok"]
        return str(body["error"])

    async def post(self, text: str = "hi", channel: str = "C1", **more: object) -> str:
        body = await self.call("chat.postMessage", channel=channel, text=text, **more)
        assert body["ok"], body
        return str(body["ts"])


@asynccontextmanager
async def web_api(sim: SlackSimulator, token: str | None = None) -> AsyncIterator[Api]:
    headers = {"Authorization": f"Bearer {token or sim.secrets.bot_token}"}
    async with httpx.AsyncClient(base_url=sim.api_url, headers=headers) as http:
        yield Api(http=http)


@dataclass(frozen=True, kw_only=True)
class Socket:
    """A Socket Mode client that does nothing by itself."""

    ws: aiohttp.ClientWebSocketResponse
    hello: dict[str, Any]

    async def take(self) -> dict[str, Any]:
        body: dict[str, Any] = await self.ws.receive_json(timeout=3)
        return body

    async def ack(self, envelope: dict[str, Any], payload: Any = None) -> None:  # noqa: ANN401
        body = {"envelope_id": envelope["envelope_id"]}
        await self.ws.send_str(json.dumps(body if payload is None else {**body, "payload": payload}))

    async def serve(self, payload: Any = None) -> dict[str, Any]:  # noqa: ANN401
        envelope = await self.take()
        await self.ack(envelope, payload)
        return envelope


@asynccontextmanager
async def socket(sim: SlackSimulator, *, hello: bool = True) -> AsyncIterator[Socket]:
    async with aiohttp.ClientSession() as http, http.ws_connect(await ticket(sim), autoping=False) as ws:
        yield Socket(ws=ws, hello=await ws.receive_json(timeout=3) if hello else {})


async def ticket(sim: SlackSimulator) -> str:
    async with web_api(sim, sim.secrets.app_token) as api:
        return str((await api.call("apps.connections.open"))["url"])
