"""Connections kept open for the cancel request, and one more pool for everything else.

A lane is a pool of its own, with one warm connection an address. Only the heartbeat and the cancel request use
lanes, and the heartbeat goes over one lane and then over the other: whenever a tap comes, another lane is free,
warm, and was heard from less than a heartbeat ago. Reads, however many, cannot take it away.
"""

import asyncio
import ssl
from collections import Counter
from dataclasses import replace
from typing import Final

import httpcore
import httpx

from bot.htx.answers import Trouble, read_answer
from bot.htx.hosts import Sample
from bot.htx.line import SURPLUS, Call, Line, Lost, Outcome, Reply, Unsent
from bot.htx.strict import WireError
from bot.htx.wire import server_time
from bot.ports import Clock

LANES: Final = 2
"""One for the heartbeat to hold, one for the request."""

READS_WARM: Final = 3
"""Connections of the other pool kept warm: a complete read begins with three pages at once."""

BEAT: Final = 2.0
"""Seconds a heartbeat waits for an answer: a connection that needs longer is thrown away."""


class Lanes:
    """All connections there are.

    Args:
        clock: `monotonic` only.
        ssl_context: whom to trust; None: the certifi roots.
        network: what carries the bytes; None: sockets.

    Raises:
        ValueError: an SSL context that does not verify.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        ssl_context: ssl.SSLContext | None,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        context = ssl_context or httpx.create_ssl_context(trust_env=False)  # made once: it takes tens of ms
        self._clock = clock
        self.others = Line(clock=clock, ssl_context=context, network=network)
        """For all but the cancel request."""
        self._lanes = tuple(Line(clock=clock, ssl_context=context, network=network) for _ in range(LANES))
        self._busy: Counter[tuple[int, str]] = Counter()
        self._heard: dict[tuple[int, str], float] = {}

    async def fire(self, call: Call, *, not_after: float) -> Outcome:
        """One attempt, on the free lane that was heard from last; with none free, among the others."""
        free = [lane for lane in range(LANES) if not self._busy[lane, call.address.host]]
        if not free:
            return await self.others.send(call, not_after=not_after)
        return await self._over(max(free, key=lambda lane: self._last(lane, call)), call, not_after)

    async def beat(self, call: Call) -> list[Outcome]:
        """Use every connection to one address once: one lane first, then all the rest at once.

        A lane that breaks is used again at once, on a new connection: what broke was closed by it. The new one is
        then what `fire` takes. An address that does not answer at all is not asked further.
        """
        call = replace(call, patience=BEAT)
        first = await self._revived(0, call)
        if not isinstance(first, Reply):
            return [first]
        lanes = (self._revived(lane, call) for lane in range(1, LANES))
        return [first, *await asyncio.gather(*lanes, *(self.others.send(call) for _ in range(READS_WARM)))]

    async def aclose(self) -> None:
        """Close all connections."""
        for line in (*self._lanes, self.others):
            await line.aclose()

    async def _revived(self, lane: int, call: Call) -> Outcome:
        outcome = await self._over(lane, call, None)
        broke = isinstance(outcome, Lost) or (isinstance(outcome, Unsent) and outcome.why == SURPLUS)
        return await self._over(lane, call, None) if broke else outcome

    async def _over(self, lane: int, call: Call, not_after: float | None) -> Outcome:
        place = lane, call.address.host
        self._busy[place] += 1
        try:
            line = self._lanes[lane]
            outcome = await (line.send(call) if not_after is None else line.send(call, not_after=not_after))
        finally:
            self._busy[place] -= 1
        if isinstance(outcome, Reply):
            self._heard[place] = self._clock.monotonic()
        elif not (isinstance(outcome, Unsent) and outcome.why == "deadline"):
            self._heard.pop(place, None)
        return outcome

    def _last(self, lane: int, call: Call) -> float:
        return self._heard.get((lane, call.address.host), float("-inf"))


def sample_of(outcome: Outcome, *, shift: float) -> Sample | str:
    """What one answer of the public clock measures, half the round trip taken off; or why it measures nothing.

    Args:
        outcome: of a call to `wire.TIMESTAMP`.
        shift: this machine's Unix time less its monotonic time.
    """
    if not isinstance(outcome, Reply):
        return outcome.why
    said = read_answer(status=outcome.status, body=outcome.body, wait=None, code=None)
    if isinstance(said, Trouble):
        return Sample(took=outcome.took, offset=None) if said.busy else said.why
    try:
        told = server_time(said)
    except WireError as error:
        return error.why
    return Sample(took=outcome.took, offset=told - (outcome.ended + shift - outcome.took / 2))
