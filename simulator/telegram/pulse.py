"""One broadcast: "something changed, look again"."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Pulse:
    """Wakes everybody who waits now; people's calls are synchronous, so `beat` is too."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        """Wake all current waiters. Call it on the event loop's own thread."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T | None], timeout_s: float) -> T | None:
        """Return what `look` finds, looking again after each beat; None after `timeout_s` seconds."""
        found = look()
        try:
            async with asyncio.timeout(timeout_s):
                while found is None:
                    await self._event.wait()
                    found = look()
        except TimeoutError:
            return look()
        return found
