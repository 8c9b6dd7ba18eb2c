"""Where the synchronous work runs: on a thread that is passed in, or right here."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol, TypeVar

T = TypeVar("T")


class Run(Protocol):
    """Does a piece of work and awaits its result."""

    async def __call__(self, work: Callable[[], T], /) -> T:
        """Do it. Raises what the work raises."""
        ...


async def directly(work: Callable[[], T], /) -> T:
    """Do it here and now, blocking the loop: for simulation, where every step has its place."""
    return work()


def on_executor(executor: Executor) -> Run:
    """Do it on an executor, which should have one thread.

    A caller that is cancelled no longer waits: work not yet begun is dropped, work begun still ends. A transaction
    is never half done, but its caller does not learn whether it was done; `GroupCommit` takes a write back if it
    can.
    """

    async def run(work: Callable[[], T], /) -> T:
        return await asyncio.get_running_loop().run_in_executor(executor, work)

    return run
