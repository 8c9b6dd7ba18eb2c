"""A loop whose time is made up: when nothing is ready, the clock jumps to whatever comes next."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

T = TypeVar("T")

START: Final = 1_000.0
"""Where every loop's time begins, seconds."""


class StuckError(Exception):
    """Everybody waits, and nothing will ever come."""


class _Leaps(selectors.DefaultSelector):
    """Waits for no file: it tells the loop how long it would have slept, and returns at once."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StuckError
        self.now += max(timeout, 0.0)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on that selector: an hour passes in no time, and in the same order each time."""

    def __init__(self) -> None:
        self._leaps = _Leaps()
        super().__init__(self._leaps)

    def time(self) -> float:
        """Seconds, made up."""
        return self._leaps.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine on a loop of its own that waits for nothing."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
