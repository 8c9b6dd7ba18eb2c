"""The HTTP side: paths, encodings, the log of calls, and faults between the bot and the methods."""

import asyncio
import json
import time
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from simulator.telegram import params as parameters
from simulator.telegram.errors import ApiError
from simulator.telegram.faults import Fault, FaultBoard
from simulator.telegram.flood import FloodGate
from simulator.telegram.methods import METHODS
from simulator.telegram.params import Params
from simulator.telegram.polling import Poller
from simulator.telegram.world import World

LARGEST_UPLOAD = 50 * 1024 * 1024
"""Bytes. Bot API, sendDocument: "Bots can currently send files of any type of up to 50 MB"."""
HANG_CHECK_S = 3600.0
"""A black hole looks round this often; what ends it is a cleared fault, the client, or `stop`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request of the bot, without its token."""

    at: float
    """`time.monotonic()` when it arrived."""
    method: str
    """As the client spelled it."""
    params: dict[str, Any]
    """Form values are text; an uploaded file is its name."""
    status: int | None = None
    """HTTP status of the answer; None while in flight, or when the connection was cut."""
    answer: Any = None
    """The JSON answer, or the text of a body that is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reply:
    status: int
    answer: Any
    content_type: str = "application/json"

    def response(self) -> web.Response:
        """The HTTP reply; a flood limit stands in a header, too (Bot API, ResponseParameters)."""
        plain = isinstance(self.answer, str)
        text = self.answer if plain else json.dumps(self.answer, ensure_ascii=False)
        response = web.Response(status=self.status, text=text, content_type=self.content_type)
        if not plain and "retry_after" in self.answer.get("parameters", {}):
            response.headers["Retry-After"] = str(self.answer["parameters"]["retry_after"])
        return response


class Wire:
    """Turns requests into method calls; `calls` is its log."""

    def __init__(self, token: str, world: World, poller: Poller) -> None:
        self._token = token
        self._world = world
        self._poller = poller
        self.faults = FaultBoard(world.pulse.beat)
        self.flood = FloodGate(world.clock)
        self.calls: list[Call] = []

    def app(self) -> web.Application:
        """A fresh application; the state stays here."""
        app = web.Application(client_max_size=LARGEST_UPLOAD)
        app.router.add_get("/file/bot{token}/{folder}/{file_id}", self._download)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_route("*", "/{anything:.*}", _nothing_here)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        method, token = request.match_info["method"], request.match_info["token"]
        try:
            given = await parameters.read(request)
        except ApiError as error:
            return _Reply(status=error.code, answer=error.body()).response()
        index = self._log(method, given)
        reply = await self._meet(method, given, token)
        if reply is None:
            return _cut(request)
        self.calls[index] = replace(self.calls[index], status=reply.status, answer=reply.answer)
        self._world.pulse.beat()
        return reply.response()

    def _log(self, method: str, given: Params) -> int:
        told = {**given.values, **{name: f.file_name for name, f in given.files.items()}}
        self.calls.append(Call(at=time.monotonic(), method=method, params=told))
        self._world.pulse.beat()
        return len(self.calls) - 1

    async def _meet(self, method: str, given: Params, token: str) -> _Reply | None:
        """Act, with whatever fault is armed; None is a connection to be cut."""
        fault = self.faults.take(method, given.text("chat_id") if given.has("chat_id") else None)
        if fault is not None and fault.kind in {"refuse", "raw", "hang", "cut_before"}:
            return await self._instead(fault)
        reply = await self._act(method.lower(), given, token)
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.kind == "odd":
            result = reply.answer.get("result") if isinstance(reply.answer, dict) else None
            id_ = result.get("message_id") if isinstance(result, dict) else None
            body = fault.body.replace("{id}", str(id_))
            return _Reply(status=fault.status, answer=body, content_type=fault.content_type)
        return None if fault is not None and fault.kind == "cut_after" else reply

    async def _instead(self, fault: Fault) -> _Reply | None:
        if fault.error is not None:
            return _Reply(status=fault.error.code, answer=fault.error.body())
        if fault.kind == "raw":
            return _Reply(status=fault.status, answer=fault.body, content_type=fault.content_type)
        if fault.kind == "hang":
            before = self.faults.generation
            await self._world.pulse.until(lambda: self.faults.generation != before or None, HANG_CHECK_S)
        return None

    async def _act(self, method: str, given: Params, token: str) -> _Reply:
        try:
            result = await self._result(method, given, token)
        except ApiError as error:
            return _Reply(status=error.code, answer=error.body())
        return _Reply(status=200, answer={"ok": True, "result": result})

    async def _result(self, method: str, given: Params, token: str) -> object:
        if token != self._token:
            raise ApiError(code=401)
        if method == "getupdates":
            return await self._poller.poll(given)
        if method not in METHODS:
            raise ApiError(code=404)
        if given.has("chat_id"):
            self.flood.check(method, given.integer("chat_id"))
        return METHODS[method](self._world, given)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        document = self._world.files.get(request.match_info["file_id"])
        if request.match_info["token"] != self._token or document is None:
            return await _nothing_here(request)
        return web.Response(body=document.content, content_type="application/octet-stream")


async def _nothing_here(_: web.Request) -> web.StreamResponse:
    return _Reply(status=404, answer=ApiError(code=404).body()).response()


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
