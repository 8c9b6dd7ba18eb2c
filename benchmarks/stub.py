"""The exchange of the measurements: as little work as possible, the same for all. `python -m benchmarks.stub`.

It checks nothing and waits for nothing; replies are made once for each number of orders. It says where it listens
in one line of JSON and ends when its standard input does, so that it never outlives who started it.
"""

import argparse
import asyncio
import json
import re
import ssl
import sys
import time
from functools import partial
from typing import Final

from benchmarks.relay import Relay
from benchmarks.wire import framed, reply

_LENGTH: Final = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_ORDERS: Final = re.compile(rb'"N([0-9]{1,5})-USDT"')


class Stub(asyncio.Protocol):
    """One connection: whole requests in, ready replies out."""

    def __init__(self, replies: dict[int, bytes]) -> None:
        self._replies = replies
        self._transport: asyncio.WriteTransport | None = None
        self._come = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        self._transport = transport if isinstance(transport, asyncio.WriteTransport) else None

    def data_received(self, data: bytes) -> None:
        """Answer each request that is whole."""
        self._come += data
        while (end := self._end()) is not None:
            request, self._come = self._come[:end], self._come[end:]
            if self._transport is not None:
                self._transport.write(self.answer(request))

    def _end(self) -> int | None:
        """Where the first request ends, None while it is not all there."""
        head = self._come.find(b"\r\n\r\n")
        if head < 0:
            return None
        length = _LENGTH.search(self._come, 0, head)
        end = head + 4 + (int(length[1]) if length else 0)
        return end if len(self._come) >= end else None

    def answer(self, request: bytes) -> bytes:
        """The reply to one request: so many orders as the contract's name says, or the time."""
        found = _ORDERS.search(request)
        if found is None:
            return framed(b'{"status":"ok","ts":%d}' % (time.time() * 1000))
        orders = int(found[1])
        if orders not in self._replies:
            self._replies[orders] = reply(orders)
        return self._replies[orders]


async def serve(certificate: str, key: str, round_trip: float) -> None:
    """Listen plainly, with TLS, and with TLS at the far end of a slow network; until standard input ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    replies: dict[int, bytes] = {}
    loop = asyncio.get_running_loop()
    plain = await loop.create_server(partial(Stub, replies), "127.0.0.1", 0)
    tls = await loop.create_server(partial(Stub, replies), "127.0.0.1", 0, ssl=context)
    there = tls.sockets[0].getsockname()[1]
    far = await loop.create_server(partial(Relay, there, round_trip), "127.0.0.1", 0)
    ports = {
        name: server.sockets[0].getsockname()[1] for name, server in (("plain", plain), ("tls", tls), ("far", far))
    }
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def main() -> None:
    """Take the options, and serve."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.stub")
    options.add_argument("--certificate", required=True)
    options.add_argument("--key", required=True)
    options.add_argument("--round-trip", type=float, default=0.05, help="seconds there and back, to the far port")
    given = options.parse_args()
    asyncio.run(serve(given.certificate, given.key, given.round_trip))


if __name__ == "__main__":
    main()
