"""Time as tests in this process count it: while the machine runs something else, it stands still.

A bound such as "within half a second" is a promise about what we wait for, not about how many other programs the
machine has. Linux keeps, for each thread, the time for which it was ready to run and was not run
(`/proc/…/schedstat`); that time is taken off. What our code computes, sleeps, or blocks counts in full. Where a
system does not keep it, this is the plain clock.

The loops of all tests run on it (`tests/conftest.py`), so that `asyncio.timeout` in the program means the same.
"""

import asyncio
import os
import time
from functools import cache
from pathlib import Path
from typing import Final

_KEPT: Final = Path("/proc/self/schedstat")
"""Of the main thread, whichever thread reads it: seconds run, seconds waited for a processor, turns."""


@cache
def _open() -> int | None:
    return os.open(_KEPT, os.O_RDONLY) if _KEPT.exists() else None


def withheld() -> float:
    """Seconds for which the main thread has been ready and the machine has run something else."""
    kept = _open()
    return 0.0 if kept is None else _second(os.pread(kept, 100, 0).decode())


def _second(text: str) -> float:
    return int(text.split()[1]) / 1e9


def withheld_from(pid: int) -> float:
    """The same of another process, over all its threads; 0 where there is no such process."""
    try:
        return sum(_second(file.read_text()) for file in Path(f"/proc/{pid}/task").glob("*/schedstat"))
    except OSError:
        return 0.0


def now() -> float:
    """Unix seconds, as far behind the true ones as was withheld from this process so far."""
    return time.time() - withheld()


def monotonic() -> float:
    """Seconds that never run backwards for the main thread."""
    return time.monotonic() - withheld()


class FairLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop on that clock."""

    def time(self) -> float:
        return monotonic()
