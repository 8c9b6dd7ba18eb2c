"""A network with a round trip: every byte is late by half of it, and a new connection by one more whole one.

On loopback `connect()` is over at once, where TCP's handshake takes a round trip on a real network. So the first
bytes of a connection are held for one round trip more; TLS then pays for its own by itself.
"""

import asyncio
from collections import deque
from functools import partial


class _Late:
    """One direction: what comes at t goes on at t + delay, in order, not before `opens`."""

    def __init__(self, delay: float, opens: float) -> None:
        self._delay = delay
        self._opens = opens
        self._waiting: deque[bytes | None] = deque()
        self._onward: asyncio.WriteTransport | None = None

    def take(self, data: bytes | None) -> None:
        """Bytes, or None for the end."""
        loop = asyncio.get_running_loop()
        self._waiting.append(data)
        loop.call_at(max(loop.time(), self._opens) + self._delay, self._pass_on)

    def lead_to(self, onward: asyncio.WriteTransport) -> None:
        """The other side is there."""
        self._onward = onward

    def _pass_on(self) -> None:
        data = self._waiting.popleft()
        if self._onward is None or self._onward.is_closing():
            return
        if data is None:
            self._onward.close()
        else:
            self._onward.write(data)


class _Far(asyncio.Protocol):
    """The connection to the server behind."""

    def __init__(self, back: _Late) -> None:
        self._back = back

    def data_received(self, data: bytes) -> None:
        """The answer starts its way back."""
        self._back.take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """So does the end."""
        del exc
        self._back.take(None)


class Relay(asyncio.Protocol):
    """One client's connection, led to a port of this machine and back.

    Args:
        port: where the server listens on loopback.
        round_trip: seconds.
    """

    def __init__(self, port: int, round_trip: float) -> None:
        opens = asyncio.get_running_loop().time() + round_trip
        self._port = port
        self._there = _Late(round_trip / 2, opens)
        self._back = _Late(round_trip / 2, opens)
        self._connecting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Connect to the server; that is long done when the first byte may pass."""
        if isinstance(transport, asyncio.WriteTransport):
            self._back.lead_to(transport)
        self._connecting = asyncio.ensure_future(self._connect())

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        onward, _ = await loop.create_connection(partial(_Far, self._back), "127.0.0.1", self._port)
        self._there.lead_to(onward)

    def data_received(self, data: bytes) -> None:
        """Bytes start their way there."""
        self._there.take(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """So does the end."""
        del exc
        self._there.take(None)
