"""Reads: repeated at will, on whichever address answers, and paced so that HTX need not refuse them."""

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Final, TypeVar

from bot.errors import ReadFailed
from bot.htx.answers import Trouble, read_answer
from bot.htx.budget import UNSAID, Budgets, Kind, Urgency
from bot.htx.codes import OF_WHAT_IS_ASKED, of_the_exchange
from bot.htx.hosts import Hosts
from bot.htx.limits import seconds_to_reset
from bot.htx.line import Line, Reply, Unsent
from bot.htx.notes import Notes
from bot.htx.race import Entry, Race
from bot.htx.signer import Signer
from bot.htx.strict import WireError
from bot.htx.wire import Envelope
from bot.model import AccountName
from bot.ports import Clock

T = TypeVar("T")
Decode = Callable[[Envelope], T]
"""What an answer says. Raises WireError where it does not have a shape we know: then another address is asked."""

LATE: Final = 1.2
"""Seconds after which a read for a proof is made on another address besides."""
ROUNDS: Final = 2
"""How often a read goes round all addresses."""
WAITS: Final = 3
"""How often a read waits for the rate limit on one address."""
SILENT: Final = 2.0
"""Seconds without an answer after which an address counts as failing, though its read was given up."""
AT_ONCE: Final = MappingProxyType({Urgency.PROOF: 16, Urgency.LOOK: 8, Urgency.USUAL: 16})
"""Connections to one address that reads of one urgency may hold, of 100: a proof does not queue behind cards."""


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads from the address that is best now, then from the others."""

    hosts: Hosts
    line: Line
    signer: Signer
    budgets: Budgets
    clock: Clock
    """`monotonic`, and `sleep` for the public calls."""
    notes: Notes
    _rooms: dict[tuple[Urgency, int], asyncio.Semaphore] = field(default_factory=dict)

    async def read(
        self,
        path: str,
        params: Mapping[str, str],
        account: AccountName,
        decode: Decode[T],
        urgency: Urgency = Urgency.USUAL,
    ) -> T:
        """One signed read, decoded.

        Raises:
            ReadFailed: no address answered in a shape we know, or HTX refused it.
            KeyUnusable: the account's key does not open.
        """
        return await self._read(_Ask(path=path, params=params, account=account, urgency=urgency), decode)

    async def read_public(self, path: str, params: Mapping[str, str], decode: Decode[T]) -> T:
        """One unsigned read, which answers `"status": "ok"`. Raises ReadFailed."""
        return await self._read(_Ask(path=path, params=params, account=None, urgency=Urgency.USUAL), decode)

    async def _read(self, ask: "_Ask", decode: Decode[T]) -> T:
        host, told = await self._race(ask, decode)
        self.hosts.worked(host)  # whatever became of its other connections
        return told

    async def _race(self, ask: "_Ask", decode: Decode[T]) -> tuple[int, T]:
        """Which address answered, and what. Raises ReadFailed."""
        turns = iter(self.hosts.ranking * ROUNDS)
        troubles: dict[int, Trouble] = {}
        async with Race[tuple[T] | Trouble](LATE if ask.urgency is Urgency.PROOF else math.inf) as race:
            while True:
                if race.has_room() and (host := next(turns, None)) is not None:
                    race.enter(host, partial(self._try, host, ask, decode))
                elif not race.goes_on():
                    break
                for entry, found in await race.news():
                    if not isinstance(found, Trouble):
                        self._outrun(race.outrun_by(entry))
                        return entry.host, found[0]
                    troubles[entry.turn] = found
                    if not found.elsewhere:
                        turns = iter(())  # nobody else is asked; who was asked before may still answer
                        race.end_in(0.0 if of_the_exchange(found.code) else LATE)
            # What was asked after the one that refused does not matter.
            unheard = [turn for turn in race.unheard() if turn < min(troubles)]
        troubles |= {turn: Trouble(why="no answer in time", elsewhere=True) for turn in unheard}
        trouble = _telling([troubles[turn] for turn in sorted(troubles)])
        raise ReadFailed(why=trouble.why, code=trouble.code)

    def _outrun(self, hosts: Iterable[int]) -> None:
        for host in hosts:
            self.hosts.failed(host, "no answer in time")

    async def _try(self, host: int, ask: "_Ask", decode: Decode[T], entry: Entry) -> tuple[T] | Trouble:
        """What one address says, decoded, in a tuple of one; or its trouble."""
        found = await self._read_at(host, ask, entry)
        if isinstance(found, Envelope):
            try:
                return (decode(found),)
            except WireError as error:
                found = Trouble(why=error.why, elsewhere=True, odd=True)
                self.notes.odd(self.signer.addresses[host], ask.path, error.why)
        if found.elsewhere and not found.odd:
            self.hosts.failed(host, found.why)
        return found

    async def _read_at(self, host: int, ask: "_Ask", entry: Entry) -> Envelope | Trouble:
        """One read on one address, again after the reset where the rate limit is hit."""
        found: Envelope | Trouble = Trouble(why="unreachable")
        for _ in range(WAITS + 1):
            if ask.account is not None:
                await self.budgets.spend(ask.account, Kind.READ, ask.urgency)
            room = self._rooms.setdefault((ask.urgency, host), asyncio.Semaphore(AT_ONCE[ask.urgency]))
            async with room:
                with entry.under_way():
                    found = await self._read_once(host, ask)
            if isinstance(found, Envelope) or not found.busy:
                break
            if ask.account is None:
                await self.clock.sleep(UNSAID)
        return found

    async def _read_once(self, host: int, ask: "_Ask") -> Envelope | Trouble:
        began = self.clock.monotonic()
        if ask.account is None:
            call = self.signer.public(host, ask.path, ask.params)
        else:
            call = self.signer.get(ask.account, host, ask.path, ask.params)
        try:
            outcome = await self.line.send(call)
        except asyncio.CancelledError:  # nobody waits so long for it: the next read begins elsewhere
            if self.clock.monotonic() - began > SILENT:
                self.hosts.failed(host, "no answer in time")
            raise
        if isinstance(outcome, Reply):
            found = self._taken_in(host, ask, outcome, began)
        else:
            found = Trouble(why=outcome.why, elsewhere=True)
            if isinstance(outcome, Unsent) and ask.account is not None:
                self.budgets.of(ask.account, Kind.READ).unsent()
        self.notes.request(call.address, ask.path, found, began)
        return found

    def _taken_in(self, host: int, ask: "_Ask", reply: Reply, began: float) -> Envelope | Trouble:
        now = self.signer.now(host)
        wait = seconds_to_reset(reply.headers, now=now)
        if ask.account is None:
            return read_answer(status=reply.status, body=reply.body, wait=wait, code=None)
        found = read_answer(status=reply.status, body=reply.body, wait=wait)
        self.budgets.learn(ask.account, Kind.READ, reply.headers, sent_at=began, exchange_now=now)
        if isinstance(found, Trouble) and found.busy:
            self.budgets.refused(ask.account, Kind.READ, sent_at=began, wait=wait)
        return found


def _telling(troubles: Sequence[Trouble]) -> Trouble:
    """Which of the troubles of one read, in their order, is told.

    A refusal, unless it is one of what was asked: whoever asked takes that for "there is none", and an address
    that was lost, or said something odd, may have had some.
    """
    others = [each for each in troubles if each.elsewhere]
    refused = next((each for each in troubles if not each.elsewhere), None)
    if refused is not None and (not others or refused.code not in OF_WHAT_IS_ASKED):
        return refused
    return others[0] if others else Trouble(why="unreachable")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ask:
    """What is to be read."""

    path: str
    params: Mapping[str, str]
    account: AccountName | None
    """Whose key signs it; None for the public calls."""
    urgency: Urgency
