"""The HTTP side: paths, encodings, the log of calls, and faults between the bot and the methods."""

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from simulator.slack import params as parameters
from simulator.slack.errors import SlackError
from simulator.slack.faults import Fault, FaultBoard
from simulator.slack.limits import RateGate
from simulator.slack.methods import METHODS
from simulator.slack.methods_files import UPLOAD_PATH
from simulator.slack.params import Params
from simulator.slack.responses import RESPONSE_PATH, Responses
from simulator.slack.sockets import SOCKET_PATH, Sockets
from simulator.slack.world import World

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes taken in one request; a simulator needs no gigabyte."""
HANG_CHECK_S = 3600.0
"""A black hole looks round this often; what ends it is a cleared fault, the client, or `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the bot, without its token."""

    at: float
    """`time.monotonic()` when it arrived."""
    method: str
    """The Web API method; or `response_url`, `upload`, `socket`."""
    params: dict[str, Any]
    """Form values are text; an upload is its length."""
    status: int | None = None
    """HTTP status of the answer; None while in flight, or when the connection was cut."""
    answer: Any = None
    """The JSON answer, or the text of a body that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    status: int = 200
    answer: Any
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self) -> web.Response:
        plain = isinstance(self.answer, str)
        text = self.answer if plain else json.dumps(self.answer, ensure_ascii=False)
        headers = dict(self.headers)
        return web.Response(status=self.status, text=text, content_type=self.content_type, headers=headers)


Deed = Callable[[], _Reply]
"""Acts and answers, or raises `SlackError`."""


class Wire:
    """Turns requests into method calls; `calls` is its log."""

    def __init__(self, world: World, sockets: Sockets, responses: Responses) -> None:
        self._world = world
        self._sockets = sockets
        self._responses = responses
        self.faults = FaultBoard(world.pulse.beat)
        self.gate = RateGate(world.clock)
        self.calls: list[Call] = []

    def app(self) -> web.Application:
        """A fresh application; the state stays here."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_get(SOCKET_PATH, self._socket)
        app.router.add_post(UPLOAD_PATH + "{file_id}", self._upload)
        app.router.add_post(RESPONSE_PATH + "{secret}", self._response)
        app.router.add_route("*", "/api/{method}", self._method)
        return app

    async def _method(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            given = await parameters.read(request)
        except SlackError as error:
            return _refusal(error).response()
        base = f"{request.scheme}://{request.host}"
        return await self._meet(
            request, method, dict(given.values), lambda: _Reply(answer=self._result(method, given, base))
        )

    async def _response(self, request: web.Request) -> web.StreamResponse:
        try:
            body = json.loads(await request.text())
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return _refusal(SlackError(error="invalid_payload", status=400)).response()

        def act() -> _Reply:
            self._responses.post(request.match_info["secret"], body)
            return _Reply(answer="ok", content_type="text/plain")

        return await self._meet(request, "response_url", body, act)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        content = await _uploaded(request)

        def act() -> _Reply:
            file = self._world.uploads.get(request.match_info["file_id"])
            if file is None or str(len(content)) != request.query.get("length"):
                raise SlackError(error="invalid_upload", status=400)
            self._world.uploads[file.id] = replace(file, content=content)
            return _Reply(answer=f"OK - {len(content)}", content_type="text/plain")

        return await self._meet(request, "upload", {"length": len(content)}, act)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        index = self._log("socket", {})
        fault = self.faults.take("socket")
        if fault is not None and fault.kind != "slow":
            reply = await self._instead(fault)
            return _cut(request) if reply is None else self._answered(index, reply)
        await asyncio.sleep(0 if fault is None else fault.delay_s)
        return await self._sockets.serve(request)

    async def _meet(
        self, request: web.Request, method: str, told: dict[str, Any], deed: Deed
    ) -> web.StreamResponse:
        """Log, act with whatever fault is armed, and answer."""
        index = self._log(method, told)
        fault = self.faults.take(method, told.get("channel"))
        if fault is not None and fault.kind in {"refuse", "raw", "hang", "cut_before"}:
            reply = await self._instead(fault)
        else:
            reply = _acted(deed)
            if fault is not None and fault.kind == "slow":
                await asyncio.sleep(fault.delay_s)
            if fault is not None and fault.kind == "odd":
                ts = reply.answer.get("ts") if isinstance(reply.answer, dict) else None
                body = fault.body.replace("{id}", str(ts))
                reply = _Reply(status=fault.status, answer=body, content_type=fault.content_type)
        if reply is None or (fault is not None and fault.kind == "cut_after"):
            return _cut(request)
        return self._answered(index, reply)

    def _log(self, method: str, told: dict[str, Any]) -> int:
        self.calls.append(Call(at=time.monotonic(), method=method, params=told))
        self._world.pulse.beat()
        return len(self.calls) - 1

    def _answered(self, index: int, reply: _Reply) -> web.Response:
        self.calls[index] = replace(self.calls[index], status=reply.status, answer=reply.answer)
        self._world.pulse.beat()
        return reply.response()

    async def _instead(self, fault: Fault) -> _Reply | None:
        if fault.error is not None:
            return _refusal(fault.error)
        if fault.kind == "raw":
            return _Reply(status=fault.status, answer=fault.body, content_type=fault.content_type)
        if fault.kind == "hang":
            before = self.faults.generation
            await self._world.pulse.until(lambda: self.faults.generation != before or None, HANG_CHECK_S)
        return None

    def _result(self, method: str, given: Params, base: str) -> dict[str, Any]:
        if method == "apps.connections.open":
            found = self._sockets.open(given)
            return {"ok": True, "url": base.replace("http", "ws", 1) + found["url"]}
        self._world.check(given.token, self._world.secrets.bot_token)
        if method not in METHODS:
            raise SlackError(error="unknown_method", fields={"req_method": method})
        self.gate.check(method, given.text("channel"))
        result = METHODS[method](self._world, given)
        if "upload_url" in result:
            result["upload_url"] = base + result["upload_url"]
        return {"ok": True, **result}


def _acted(deed: Deed) -> _Reply:
    try:
        return deed()
    except SlackError as error:
        return _refusal(error)


def _refusal(error: SlackError) -> _Reply:
    return _Reply(status=error.status, answer=error.body(), headers=error.headers())


async def _uploaded(request: web.Request) -> bytes:
    """The bytes, bare or as the first file of a form."""
    if not request.content_type.startswith("multipart/"):
        return await request.read()
    for value in (await request.post()).values():
        if isinstance(value, web.FileField):
            return value.file.read()
    return b""


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
