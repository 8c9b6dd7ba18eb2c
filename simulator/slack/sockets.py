"""Socket Mode: up to ten WebSockets, envelopes out, acknowledgements in."""

import asyncio
import contextlib
import json
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import WSMsgType, web

from simulator.slack.delivery import Attempt, Delivery
from simulator.slack.errors import refused
from simulator.slack.params import Params
from simulator.slack.world import World

MOST_CONNECTIONS = 10
"""Slack docs, using Socket Mode: up to 10 open connections at a time."""
CONNECTION_LIFE_S = 18060
"""Seconds, told as `approximate_connection_time`; then Slack asks to refresh."""
TICKET_LIFE_S = 30.0
"""Seconds. Slack promises only that the URL is temporary; 30 is what it said of its older sockets."""
SOCKET_PATH = "/link/"
"""Where WebSockets connect; the ticket is in the query."""

Reason = Literal["warning", "refresh_requested", "too_many_websockets", "link_disabled"]
"""Slack docs, using Socket Mode: why a `disconnect` message comes."""
Spread = Literal["one", "all", "all_new_ids"]
"""Who gets a payload: one socket, as Slack promises; or every socket, in envelopes of one id or of an id each."""


@dataclass(slots=True, kw_only=True)
class Connection:
    """One open WebSocket."""

    number: int
    """Counts from 1 over all times."""
    socket: web.WebSocketResponse = field(repr=False)
    transport: asyncio.Transport = field(repr=False)
    opened_at: float
    """`time.monotonic()`."""
    pings: int = 0
    """From the bot."""
    pongs: int = 0
    """From the bot, in answer to `Sockets.ping`."""
    _held: list[str] = field(default_factory=list)

    async def say(self, body: dict[str, Any], *, frozen: bool) -> None:
        """Send a message; a frozen server keeps it until it thaws."""
        self._held.append(json.dumps(body, ensure_ascii=False))
        if not frozen:
            await self.flush()

    async def flush(self) -> None:
        """Send what was held back."""
        held, self._held = self._held, []
        with contextlib.suppress(ConnectionResetError):
            for text in held:
                await self.socket.send_str(text)


class Sockets:
    """All sockets of the app, and what can be wrong with them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._sent: dict[str, tuple[Delivery, Attempt]] = {}
        self._opened = 0
        self._turn = 0
        self._lost = 0
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.spread: Spread = "one"
        """Switch it for double delivery."""
        self.oddities: list[str] = []
        """What the bot sent and Slack would not understand: no JSON, no or unknown `envelope_id`."""

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Open ones, oldest first."""
        return tuple(each for each in self._connections if not each.socket.closed)

    @property
    def opened(self) -> int:
        """How many connections there have been, closed ones included."""
        return self._opened

    @property
    def frozen(self) -> bool:
        """Whether the server takes connections and does nothing with them."""
        return not self._thawed.is_set()

    def freeze(self) -> None:
        """From now on connections are accepted, and nothing is sent, read or answered, pings included."""
        self._thawed.clear()

    def thaw(self) -> None:
        """Go on where it stopped: held-back envelopes are sent, however old."""
        self._thawed.set()
        for each in self.connections:
            self._soon(each.flush())

    def lose_acks(self, count: int = 1) -> None:
        """Let the next acknowledgements vanish on their way."""
        self._lost += count

    def cut(self) -> None:
        """Break all connections without a close frame, as a killed server does."""
        for each in self._connections:
            each.transport.abort()
        self._connections.clear()

    async def ping(self) -> None:
        """Ping every connection; see `Connection.pongs`."""
        for each in self.connections:
            with contextlib.suppress(ConnectionResetError):
                await each.socket.ping(b"slack")

    async def disconnect(self, reason: Reason, *, close: bool | None = None, count: int | None = None) -> None:
        """Tell the oldest `count` connections, or all, to go away.

        They are closed too, unless the reason is `warning`, which comes some seconds ahead.
        """
        for each in self.connections[:count]:
            await each.say(_goodbye(reason), frozen=self.frozen)
            if reason != "warning" if close is None else close:
                self._soon(_close(each))

    def open(self, params: Params) -> dict[str, Any]:
        """`apps.connections.open`: a URL for one WebSocket, good once and for half a minute.

        Raises:
            SlackError: the app token is wrong.
        """
        self._world.check(params.token, self._world.secrets.app_token)
        ticket = f"t{self._world.serial():08}"
        self._tickets[ticket] = self._world.clock()
        return {"url": f"{SOCKET_PATH}?ticket={ticket}&app_id={self._world.app}"}

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One WebSocket from handshake to end."""
        made_at = self._tickets.pop(request.query.get("ticket", ""), None)
        if made_at is None or self._world.clock() - made_at > TICKET_LIFE_S:
            return web.json_response(refused("invalid_auth").body(), status=401)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        self._opened += 1
        here = _connection(self._opened, socket, request)
        if len(self.connections) >= MOST_CONNECTIONS:
            await here.say(_goodbye("too_many_websockets"), frozen=False)
            await socket.close()
            return socket
        self._connections.append(here)
        try:
            await here.say(self._hello(), frozen=self.frozen)
            self._world.pulse.beat()
            await self._listen(here)
        finally:
            self._connections = [each for each in self._connections if each is not here]
            self._world.pulse.beat()
        return socket

    async def send(self, delivery: Delivery, retry: int, reason: str) -> list[Attempt]:
        """Put a payload into envelopes; none when nobody is connected."""
        attempts: list[Attempt] = []
        envelope = f"e{self._world.serial():08}"
        for each in self._takers():
            if self.spread == "all_new_ids":
                envelope = f"e{self._world.serial():08}"
            attempt = Attempt(
                id=envelope,
                connection=each.number,
                sent_at=time.monotonic(),
                retry=retry,
                retry_reason=reason,
            )
            self._sent.setdefault(envelope, (delivery, attempt))
            delivery.attempts.append(attempt)
            attempts.append(attempt)
            await each.say(_envelope(delivery, attempt), frozen=self.frozen)
        return attempts

    def _takers(self) -> tuple[Connection, ...]:
        able = self.connections
        if self.spread != "one" or not able:
            return able
        self._turn += 1
        return (able[self._turn % len(able)],)

    def _hello(self) -> dict[str, Any]:
        return {
            "type": "hello",
            "num_connections": len(self.connections),
            "debug_info": {
                "host": "applink-1",
                "build_number": 1,
                "approximate_connection_time": CONNECTION_LIFE_S,
            },
            "connection_info": {"app_id": self._world.app},
        }

    async def _listen(self, here: Connection) -> None:
        while True:
            frame = await here.socket.receive()
            await self._thawed.wait()
            match frame.type:
                case WSMsgType.TEXT:
                    self._take(frame.data)
                case WSMsgType.PING:
                    here.pings += 1
                    with contextlib.suppress(ConnectionResetError):
                        await here.socket.pong(frame.data)
                case WSMsgType.PONG:
                    here.pongs += 1
                    self._world.pulse.beat()
                case WSMsgType.CLOSE | WSMsgType.CLOSING | WSMsgType.CLOSED | WSMsgType.ERROR:
                    return
                case _:
                    self.oddities.append(f"a frame of type {frame.type.name}")

    def _take(self, text: str) -> None:
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        name = body.get("envelope_id") if isinstance(body, dict) else None
        if not isinstance(name, str) or name not in self._sent:
            self.oddities.append(text)
            return
        if self._lost:
            self._lost -= 1
            return
        delivery, attempt = self._sent[name]
        attempt.acks += 1
        if attempt.acks == 1:
            attempt.acked_at = time.monotonic()
            attempt.payload = body.get("payload")
            delivery.acknowledged()
        self._world.pulse.beat()

    def _soon(self, work: Any) -> None:  # noqa: ANN401 - a coroutine
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _connection(number: int, socket: web.WebSocketResponse, request: web.Request) -> Connection:
    if request.transport is None:
        raise ConnectionResetError("gone during the handshake")
    return Connection(number=number, socket=socket, transport=request.transport, opened_at=time.monotonic())


async def _close(connection: Connection) -> None:
    await connection.socket.close()


def _goodbye(reason: Reason) -> dict[str, Any]:
    return {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-1"}}


def _envelope(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    body: dict[str, Any] = {
        "envelope_id": attempt.id,
        "type": delivery.kind,
        "payload": delivery.payload,
        "accepts_response_payload": delivery.kind == "slash_commands",
    }
    if delivery.kind == "events_api":
        body |= {"retry_attempt": attempt.retry, "retry_reason": attempt.retry_reason}
    return body
