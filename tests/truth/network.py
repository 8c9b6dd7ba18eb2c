"""The network between bot and exchange: what can happen to a connection and to a request, and what did.

What really happened to each request is kept in `traffic`: that, not the bot's word, says which attempt was
ambiguous. The connections themselves are in `connection`.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Iterable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Literal

from simulator.htx import Exchange

Connecting = Literal["refused", "dns", "tls", "hang", "tls hang", "slow"]
Asking = Literal["write error", "write hang", "lost", "late", "stale close", "stale reset"]
Answering = Literal["close", "reset", "silence", "drip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that goes wrong on the way, for some requests."""

    connect: Connecting | None = None
    """While connecting."""
    ask: Asking | None = None
    """On the way there, after `at` bytes of the request."""
    answer: Answering | None = None
    """On the way back, after `at` bytes of the reply."""
    at: float = 0.0
    """A share of the request's or the reply's bytes, 0 to 1."""
    seconds: float = 0.0
    """With `slow`, `late` and between the drops of `drip`."""
    host: str | None = None
    """Only on this host."""
    path: str | None = None
    """Only for this path; connections are made for any."""
    times: int = 1
    skip: int = 0


@dataclass(slots=True, kw_only=True)
class Armed:
    """A trouble that is switched on."""

    trouble: Trouble
    left: int
    skip: int

    def strikes(self) -> bool:
        """Count one chance; whether it is taken."""
        if self.left <= 0:
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.left -= 1
        return True


@dataclass(slots=True, kw_only=True)
class Traffic:
    """What really happened to one request, or to an attempt to connect for one."""

    begun: float
    host: str
    method: str = ""
    path: str = ""
    target: str = ""
    wrote: bytearray = field(default_factory=bytearray)
    """What the bot wants to be carried, or began to."""
    accepted: int = 0
    """Bytes that the network took from the bot."""
    delivered: int = 0
    """Bytes that reached the exchange."""
    handled: float | None = None
    """When the exchange had it whole."""
    record: int | None = None
    """Its number in the exchange's log."""
    reply: bytes | None = None
    """What the exchange answered."""
    returned: int = 0
    """Bytes of that which the bot has read."""
    ended: float | None = None
    """When the last of them was read, or the connection was given up."""
    troubles: list[str] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether the bot has the whole reply."""
        return self.reply is not None and self.returned == len(self.reply)


class Network:
    """All connections of all the bot's processes to one exchange.

    Args:
        exchange: who answers.
        chance: for delays.
        pace: seconds a packet takes, about.
        zipped: whether replies are compressed.
    """

    def __init__(self, exchange: Exchange, chance: random.Random, *, pace: float, zipped: bool) -> None:
        self.exchange = exchange
        self.traffic: list[Traffic] = []
        self.zipped = zipped
        self.on_event: Callable[[str], None] = lambda _what: None
        """Told of each thing that happens: for the story, and to kill the bot in the middle of it."""
        self._chance = chance
        self._pace = pace
        self._armed: list[Armed] = []
        self._context = copy_context()
        self._tasks: set[asyncio.Task[None]] = set()
        self._numbers = 0

    def arm(self, troubles: Iterable[Trouble]) -> None:
        """Switch troubles on."""
        self._armed += [Armed(trouble=each, left=each.times, skip=each.skip) for each in troubles]

    def calm(self) -> None:
        """Switch all troubles off."""
        self._armed.clear()

    def number(self) -> int:
        """A name for a new connection."""
        self._numbers += 1
        return self._numbers

    def delay(self) -> float:
        """How long the next packet takes, seconds."""
        return self._pace * self._chance.uniform(0.5, 1.5)

    def strike(self, host: str, fits: Callable[[Trouble], bool]) -> Trouble | None:
        """The trouble that comes over a connection or a request on this host."""
        for armed in self._armed:
            trouble = armed.trouble
            if trouble.host in (None, host) and fits(trouble) and armed.strikes():
                return trouble
        return None

    def spawn(self, work: Awaitable[None]) -> None:
        """Do something that goes on whatever becomes of the bot."""

        async def done() -> None:
            await work

        task = asyncio.get_running_loop().create_task(done(), context=self._context)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def busy(self) -> bool:
        """Whether something is still under way."""
        return bool(self._tasks)

    async def end(self) -> None:
        """Stop everything."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
