"""Waiting, on a sleep that tests can replace, and never beyond the simulator's own end."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

Sleep = Callable[[float], Awaitable[None]]
"""Waits that many seconds, real or virtual."""


class Pacer:
    """Every wait of one simulator; `stop` ends them all."""

    def __init__(self, sleep: Sleep) -> None:
        self._sleep = sleep
        self._stopped = asyncio.Event()
        self._background: set[asyncio.Task[None]] = set()

    async def pause(self, seconds: float | None, until: asyncio.Event | None = None) -> None:
        """Waits `seconds` (None: for ever), or until the event is set, or until `stop`."""
        waits: list[asyncio.Task[bool]] = [asyncio.create_task(self._stopped.wait())]
        if until is not None:
            waits.append(asyncio.create_task(until.wait()))
        if seconds is not None:
            waits.append(asyncio.create_task(self._slept(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def pause_for(self, durations: Iterable[float]) -> None:
        """Waits the sum of `durations`; not at all, not even one turn of the loop, for zero."""
        total = sum(durations)
        if total > 0:
            await self.pause(total)

    async def _slept(self, seconds: float) -> bool:
        await self._sleep(seconds)
        return True

    def later(self, seconds: float, act: Callable[[], None]) -> None:
        """Runs `act` in `seconds`, unless the simulator stops before."""
        task = asyncio.create_task(self._act_later(seconds, act))
        # asyncio keeps only weak references to its tasks.
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _act_later(self, seconds: float, act: Callable[[], None]) -> None:
        await self._sleep(seconds)
        act()

    async def stop(self) -> None:
        """Ends every pause now and forgets what was meant for later."""
        self._stopped.set()
        tasks = tuple(self._background)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
