"""One question to several addresses: the next is asked when the last one failed, or takes too long to answer."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Final, Generic, Self, TypeVar

T = TypeVar("T")

SIDE_BY_SIDE: Final = 2
"""Entries that run at once: an exchange that hangs altogether must not take up all connections."""

TICK: Final = 0.001
"""Seconds waited at least: what is left by rounding is too short for a clock to move."""


class Entry:
    """One address that is being asked."""

    def __init__(self, host: int, turn: int) -> None:
        self.host = host
        self.turn = turn
        """How many were asked before it."""
        self.since = math.inf
        """When its request went out, in the loop's seconds; waiting for the rate limit does not count."""
        self.late = False
        """Whether it was seen to take too long."""

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """From now on it is the address that takes its time."""
        self.since = asyncio.get_running_loop().time()
        try:
            yield
        finally:
            self.since = math.inf


class Race(Generic[T]):
    """The entries that run; those left when the `async with` ends are cancelled.

    Args:
        late: seconds under way after which an entry no longer keeps the next one back.
    """

    def __init__(self, late: float) -> None:
        self._late = late
        self._turns = 0
        self._end = math.inf
        self.entries: dict[asyncio.Task[T], Entry] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self.entries:
            task.cancel()
        await asyncio.gather(*self.entries, return_exceptions=True)

    def has_room(self) -> bool:
        """Whether the next address may be asked: none is, or what is asked is late."""
        return len(self.entries) < SIDE_BY_SIDE and all(entry.late for entry in self.entries.values())

    def outrun_by(self, winner: Entry) -> set[int]:
        """The addresses that were asked before the winner and are still silent; not its own."""
        silent = [entry for entry in self.entries.values() if entry.late and entry.turn < winner.turn]
        return {entry.host for entry in silent} - {winner.host}

    def goes_on(self) -> bool:
        """Whether somebody runs, and is waited for."""
        return bool(self.entries) and asyncio.get_running_loop().time() < self._end

    def end_in(self, seconds: float) -> None:
        """Wait for those that run, but no longer than that."""
        self._end = min(self._end, asyncio.get_running_loop().time() + seconds)

    def unheard(self) -> list[int]:
        """The turns of those that still run."""
        return [entry.turn for entry in self.entries.values()]

    def enter(self, host: int, ask: Callable[[Entry], Awaitable[T]]) -> None:
        """Ask one more."""
        entry = Entry(host, self._turns)
        self._turns += 1
        self.entries[asyncio.ensure_future(ask(entry))] = entry

    async def news(self) -> list[tuple[Entry, T]]:
        """What the entries that have ended came to, in turn; nothing where one has only become late.

        Raises:
            Exception: what the first of them raised.
        """
        done, _ = await asyncio.wait(self.entries, timeout=self._until_late(), return_when=asyncio.FIRST_COMPLETED)
        ended = sorted(((self.entries.pop(task), task) for task in done), key=lambda pair: pair[0].turn)
        await asyncio.gather(*done, return_exceptions=True)  # none of them is left unheard
        now = asyncio.get_running_loop().time()
        for entry in self.entries.values():
            entry.late = now - entry.since >= self._late
        return [(entry, task.result()) for entry, task in ended]

    def _until_late(self) -> float | None:
        """Seconds until the next entry may be late, or all must have ended; None: there is no hurry."""
        now = asyncio.get_running_loop().time()
        left = [self._late - max(now - each.since, 0.0) for each in self.entries.values() if not each.late]
        wait = min([self._end - now, *left])
        return None if wait == math.inf else max(wait, TICK)
