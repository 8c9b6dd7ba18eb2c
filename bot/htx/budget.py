"""How many requests an account has left: 72 trade and 72 read in 3 s (HTX V5 docs), and what the headers say.

`Budget` decides and never waits: it is told the time. `Budgets` keeps one for each account and kind, and waits.

It is an estimate. HTX counts by UID: the desk's own trading bots, other keys of the same account and its web page
spend from the same budget, and only replies tell what is left. So it is used to make room, and never to hold the
cancel request back. That one is counted and not made to wait: a refusal for the rate is a sure "not executed"
that costs one round trip, while a wait for an estimate that is wrong costs the same in any case.

Room is made by a share that the less urgent may not touch, so that no queue is needed: whoever may use less simply
sees less.
"""

import math
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Final

from bot.htx.limits import quota
from bot.model import AccountName
from bot.ports import Clock

LIMIT: Final = 72
"""Requests of one kind in an interval, until a reply says otherwise (HTX V5 docs, rate limits)."""

INTERVAL: Final = 3.0
"""Seconds, likewise."""

MARGIN: Final = 0.2
"""Seconds added to the interval: requests may come closer together than they left."""


UNSAID: Final = 1.0
"""Seconds to wait after a refusal that does not say for how long."""

TICK: Final = 0.001
"""Seconds added to a wait: a sum of floats may fall short of what it should reach."""


class Kind(Enum):
    """HTX's two budgets."""

    TRADE = "trade"
    READ = "read"


class Urgency(Enum):
    """What a request that may wait is for. The cancel-all is none of them."""

    PROOF = auto()
    """A read that a verdict waits for."""
    CLEAN_UP = auto()
    """Cancelling by id what a cancel-all left."""
    LOOK = auto()
    """A read that only a warning waits for."""
    USUAL = auto()
    """Cards, lists, self-tests."""


LEAVES: Final[Mapping[Urgency, float]] = MappingProxyType(
    {Urgency.PROOF: 0.0, Urgency.CLEAN_UP: 0.1, Urgency.LOOK: 0.1, Urgency.USUAL: 0.25}
)
"""The part of a budget that is left to the more urgent, and to the desk's other programs."""

LEFT_TO_PROOF: Final = 0.7
"""The part of our requests that looks and cards leave to a proof under way: it takes several reads in a row."""

AGAIN: Final = 0.1
"""Seconds after which what gives way to a proof looks again whether it must."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """What was left when one request was answered."""

    sent_at: float
    remaining: int
    until: float
    """When it is renewed, and this knowledge is void."""


class Budget:
    """One account's requests of one kind. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._limit = LIMIT
        self._interval = INTERVAL
        self._sent: deque[float] = deque()
        self._heard: _Heard | None = None

    def wait(self, now: float, leave: float = 0.0, *, leave_own: float | None = None) -> float:
        """Seconds until one more request may be sent; 0 for now.

        Args:
            now: the time.
            leave: the part of the budget that is left to others, 0 to less than 1.
            leave_own: the same by our own count alone, where it is another part.
        """
        self._forget(now)
        own = self._floor(leave if leave_own is None else leave_own)
        return max(self._until_own(now, own), self._until_heard(now, self._floor(leave)))

    def _floor(self, leave: float) -> int:
        return min(math.ceil(self._limit * leave), self._limit - 1)

    def spend(self, now: float) -> None:
        """One request is being sent."""
        self._forget(now)
        self._sent.append(now)

    def unsent(self) -> None:
        """The request counted last did not leave after all: an outage must not use up what HTX never saw."""
        if self._sent:
            self._sent.pop()

    def learn(self, headers: Mapping[str, str], *, sent_at: float, now: float, exchange_now: float) -> None:
        """A request sent at `sent_at` was answered with these headers; `exchange_now` is HTX's Unix time."""
        said = quota(headers, now=exchange_now)
        if said.limit is not None and said.interval is not None:
            self._limit, self._interval = said.limit, said.interval
        if said.remaining is None or (self._heard is not None and sent_at < self._heard.sent_at):
            return
        until = now + min(self._interval if said.reset is None else said.reset, self._interval)
        self._heard = _Heard(sent_at=sent_at, remaining=said.remaining, until=until)

    def refused(self, *, sent_at: float, until: float) -> None:
        """HTX refused a request sent at `sent_at` for the rate: nothing is left until then."""
        self._heard = _Heard(sent_at=sent_at, remaining=0, until=until)

    def _until_own(self, now: float, floor: int) -> float:
        """By our own count: no interval may hold more than the limit."""
        over = len(self._sent) - (self._limit - floor) + 1
        if over <= 0:
            return 0.0
        return self._sent[over - 1] + self._interval + MARGIN + TICK - now

    def _until_heard(self, now: float, floor: int) -> float:
        """By HTX's count, which has the requests of others in it, less what we sent since."""
        heard = self._heard
        if heard is None or now >= heard.until:
            return 0.0
        since = sum(sent > heard.sent_at for sent in self._sent)
        return 0.0 if heard.remaining - since > floor else heard.until + TICK - now

    def _forget(self, now: float) -> None:
        while self._sent and self._sent[0] <= now - self._interval - MARGIN:
            self._sent.popleft()


class Budgets:
    """The budgets of every account.

    Args:
        clock: `monotonic` and `sleep`.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._of: dict[tuple[AccountName, Kind], Budget] = {}
        self._proving: Counter[AccountName] = Counter()

    def of(self, account: AccountName, kind: Kind) -> Budget:
        """One of them."""
        return self._of.setdefault((account, kind), Budget())

    def learn(
        self, account: AccountName, kind: Kind, headers: Mapping[str, str], *, sent_at: float, exchange_now: float
    ) -> None:
        """Take in the headers of a reply; see `Budget.learn`."""
        now = self._clock.monotonic()
        self.of(account, kind).learn(headers, sent_at=sent_at, now=now, exchange_now=exchange_now)

    def refused(self, account: AccountName, kind: Kind, *, sent_at: float, wait: float | None) -> None:
        """HTX refused a request for the rate, for `wait` seconds or for what it did not say."""
        wait = min(UNSAID if wait is None else wait, INTERVAL)
        self.of(account, kind).refused(sent_at=sent_at, until=self._clock.monotonic() + wait)

    @contextmanager
    def proof(self, account: AccountName) -> Iterator[None]:
        """A proof of this account is under way: looks and cards leave it more room."""
        self._proving[account] += 1
        try:
            yield
        finally:
            self._proving[account] -= 1

    async def spend(
        self, account: AccountName, kind: Kind, urgency: Urgency, *, not_after: float = math.inf
    ) -> bool:
        """Wait for room, then count one request; False at once where there is none until `not_after`.

        The cancel-all does not come here: it is only counted.
        """
        budget = self.of(account, kind)
        while True:
            now, gives_way = self._clock.monotonic(), self._gives_way(account, urgency)
            left = budget.wait(now, LEAVES[urgency], leave_own=LEFT_TO_PROOF if gives_way else None)
            if not left:
                break
            if now + left > not_after:
                return False
            await self._clock.sleep(min(left, AGAIN) if gives_way else left)  # a proof may end at any time
        budget.spend(self._clock.monotonic())
        return True

    def _gives_way(self, account: AccountName, urgency: Urgency) -> bool:
        """Whether a proof is under way that goes before this."""
        return urgency in (Urgency.LOOK, Urgency.USUAL) and self._proving[account] > 0
