"""Connections as the bot sees them: bytes in memory, below httpcore, where sockets would be.

They are refused or hang, names are not found, TLS fails, requests stop at any byte, get lost or come late, replies
are cut, dripped or never come, as the troubles of `network` have it.
"""

import asyncio
import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final, Literal

import httpcore

from tests.truth.network import Connecting, Network, Traffic, Trouble
from tests.truth.wire import Ear, spoken

MTU: Final = 1400
"""Bytes that a dripped reply is cut into, at most."""


class Access(httpcore.AsyncNetworkBackend):
    """One process's way into the network; it ends with the process."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.dead = False
        self._streams: list[Stream] = []

    def die(self) -> None:
        """The process is gone: its connections end; what it has written is under way all the same."""
        self.dead = True
        for stream in self._streams:
            stream.drop()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 httpcore's own
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """As a socket would."""
        del port, local_address, socket_options
        trouble = self.network.strike(host, lambda one: one.connect is not None)
        kind = trouble.connect if trouble else None
        tried = Traffic(begun=_now(), host=host)
        if kind is not None:
            tried.troubles.append(kind)
            self.network.traffic.append(tried)
            self.network.on_event(f"connect {host} {kind}")
        try:
            await self._connecting(kind, trouble.seconds if trouble else 0.0, timeout)
        finally:
            tried.ended = _now()
        if self.dead:
            raise asyncio.CancelledError
        self._streams.append(Stream(self, host, tried))
        return self._streams[-1]

    async def _connecting(self, kind: Connecting | None, seconds: float, limit: float | None) -> None:
        match kind:
            case "hang":
                await asyncio.sleep(limit if limit is not None else 3600.0)
                raise httpcore.ConnectTimeout
            case "refused":
                await asyncio.sleep(self.network.delay())
                raise httpcore.ConnectError("refused") from ConnectionRefusedError()
            case "dns":
                await asyncio.sleep(self.network.delay())
                raise httpcore.ConnectError("dns") from socket.gaierror()
            case "slow":
                if limit is not None and seconds >= limit:
                    await asyncio.sleep(limit)
                    raise httpcore.ConnectTimeout
                await asyncio.sleep(seconds)
            case _:
                await asyncio.sleep(self.network.delay())


class Stream(httpcore.AsyncNetworkStream):
    """One connection."""

    def __init__(self, access: Access, host: str, tried: Traffic) -> None:
        self._access = access
        network = self._network = access.network
        self._host = host
        self._tried = tried
        self._number = network.number()
        self._ear = Ear()
        self._now: Traffic | None = None
        self._trouble: Trouble | None = None
        self._used = 0
        self._inbox = bytearray()
        self._end: Literal["close", "reset"] | None = None
        self._woken = asyncio.Event()
        self._closed = False

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 httpcore's own
    ) -> httpcore.AsyncNetworkStream:
        """Shake hands, without the mathematics."""
        del ssl_context, server_hostname
        try:
            if "tls hang" in self._tried.troubles:
                await asyncio.sleep(timeout if timeout is not None else 3600.0)
                raise httpcore.ConnectTimeout
            await asyncio.sleep(2 * self._network.delay())
            if "tls" in self._tried.troubles:
                raise httpcore.ConnectError("tls") from ssl.SSLError()
        finally:
            self._tried.ended = _now()
        return self

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 httpcore's own
        """What httpcore asks before it takes an idle connection again."""
        if info == "is_readable":
            return self._end is not None or bool(self._inbox)
        return None

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 httpcore's own
        """Take bytes from the bot."""
        if self._access.dead:
            raise asyncio.CancelledError
        if not buffer:
            return
        now = self._request(buffer)
        now.wrote += buffer
        if self._closed or self._end is not None:
            raise httpcore.WriteError("closed")
        trouble = self._trouble
        part = buffer if trouble is None else buffer[: _accepted(trouble, buffer)]
        now.accepted += len(part)
        self._carry(now, part)
        if len(part) == len(buffer):
            return
        if trouble is not None and trouble.ask == "write hang":
            await asyncio.sleep(timeout if timeout is not None else 3600.0)
            raise httpcore.WriteTimeout
        self._hang_up("reset")
        raise httpcore.WriteError("reset")

    def _request(self, buffer: bytes) -> Traffic:
        """The request that these bytes belong to: its head comes in one piece, its body in another."""
        if self._now is not None and not _is_head(buffer):
            return self._now
        method, target, _rest = buffer.split(b" ", 2)
        path = target.partition(b"?")[0].decode()
        self._used += 1
        made = Traffic(begun=_now(), host=self._host, method=method.decode(), path=path, target=target.decode())
        self._now = made
        self._network.traffic.append(made)
        self._trouble = self._network.strike(self._host, lambda one: self._fits(one, path))
        if self._trouble:
            made.troubles.append(f"{self._trouble.ask or self._trouble.answer} at {self._trouble.at:.2f}")
        self._network.on_event(f"write {method.decode()} {path} {' '.join(made.troubles)}")
        return made

    def _fits(self, trouble: Trouble, path: str) -> bool:
        if trouble.connect is not None or trouble.path not in (None, path):
            return False
        return self._used > 1 or trouble.ask not in ("stale close", "stale reset")

    def _carry(self, now: Traffic, part: bytes) -> None:
        """Bytes are on their way to the exchange."""
        trouble, extra = self._trouble, 0.0
        match trouble.ask if trouble else None:
            case "lost":
                return
            case "stale close" | "stale reset":
                how: Literal["close", "reset"] = "close" if trouble and trouble.ask == "stale close" else "reset"
                self._network.spawn(self._hang_up_later(how))
                return
            case "late":
                extra = trouble.seconds if trouble else 0.0
        now.delivered += len(part)
        incoming = self._ear.feed(part, self._number)
        if incoming is not None:
            self._network.spawn(self._serve(now, incoming, extra))

    async def _hang_up_later(self, how: Literal["close", "reset"]) -> None:
        await asyncio.sleep(self._network.delay())
        self._hang_up(how)

    def _hang_up(self, how: Literal["close", "reset"]) -> None:
        self._end = self._end or how
        self._woken.set()

    async def _serve(self, now: Traffic, incoming: Any, extra: float) -> None:  # noqa: ANN401 a request
        trouble, network = self._trouble, self._network
        await asyncio.sleep(network.delay() + extra)
        now.handled = _now()
        now.record = network.exchange.log.next_number()
        network.on_event(f"handled {incoming.method} {incoming.path} #{now.record}")
        outgoing = await network.exchange.handle(incoming)
        if outgoing.reply is None:
            self._hang_up("reset" if outgoing.reset else "close")
            return
        whole = spoken(outgoing.reply, zipped=self._network.zipped)
        now.reply = whole
        size = len(whole)
        if outgoing.cut is not None:
            size = whole.index(b"\r\n\r\n") + 4 + outgoing.cut
        await asyncio.sleep(network.delay())
        if trouble is not None and trouble.answer is not None:
            await self._answer(whole[:size], trouble)
        else:
            self._feed(whole[:size])
        if size < len(whole):
            self._hang_up("close")

    async def _answer(self, whole: bytes, trouble: Trouble) -> None:
        first = int(len(whole) * trouble.at)
        self._feed(whole[:first])
        if trouble.answer == "drip":
            for begin in range(first, len(whole), max(1, (len(whole) - first) // 8 + 1)):
                await asyncio.sleep(trouble.seconds)
                self._feed(whole[begin : begin + max(1, (len(whole) - first) // 8 + 1)])
        elif trouble.answer in ("close", "reset"):
            self._hang_up(trouble.answer)

    def _feed(self, data: bytes) -> None:
        if data and not self._closed:
            self._inbox += data
            self._woken.set()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 httpcore's own
        """Give bytes to the bot."""
        if self._access.dead:
            raise asyncio.CancelledError
        try:
            async with asyncio.timeout(timeout):
                while not self._inbox and self._end is None and not self._closed:
                    self._woken.clear()
                    await self._woken.wait()
        except TimeoutError:
            raise httpcore.ReadTimeout from None
        if self._inbox:
            data = bytes(self._inbox[:max_bytes])
            del self._inbox[:max_bytes]
            if self._now is not None:
                self._now.returned += len(data)
                self._now.ended = _now()
            return data
        if self._now is not None and self._now.ended is None:
            self._now.ended = _now()
        if self._end == "close":
            return b""
        raise httpcore.ReadError("reset")

    def drop(self) -> None:
        """Nobody is behind it any more."""
        if not self._closed and self._now is not None and not self._now.whole:
            self._now.ended = _now()
        self._closed = True
        self._woken.set()

    async def aclose(self) -> None:
        """The bot lets go."""
        self.drop()


def _is_head(buffer: bytes) -> bool:
    return buffer.startswith((b"GET ", b"POST "))


def _accepted(trouble: Trouble, buffer: bytes) -> int:
    """How many bytes of a piece the network takes before it fails: below one half it fails in the head."""
    share = 2 * trouble.at if _is_head(buffer) else 2 * trouble.at - 1
    fails = trouble.ask in ("write error", "write hang") and share < 1
    return int(len(buffer) * max(share, 0.0)) if fails else len(buffer)


def _now() -> float:
    return asyncio.get_running_loop().time()
