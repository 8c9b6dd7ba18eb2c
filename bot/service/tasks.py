"""Work of our own that outlives the update that started it: tracked, and awaited at shutdown."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final, TypeVar

import structlog

_AGAIN: Final = 0.5

T = TypeVar("T")


async def end(tasks: Iterable[asyncio.Future[Any]]) -> None:
    """Cancel tasks until all have ended.

    Once is not enough: a cancellation that comes in the very moment in which what is awaited ends may be lost, in
    Python's own `wait_for` before 3.12 and in libraries; a loop that missed it would go on for ever.
    """
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=_AGAIN)
        for task in done:
            if not task.cancelled():
                task.exception()  # known to whoever waits for this task; nobody else need be told


class Tasks:
    """A set of running tasks. An exception in one is logged, and hurts no other."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._idle: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str, *, idle: bool = False) -> "asyncio.Task[T]":
        """Run something beside everything else.

        Args:
            work: what to do.
            name: for the log.
            idle: it mostly waits and loses nothing when it is cut off: a stop does not wait for it.

        Returns:
            The task; nobody need wait for it.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        (self._idle if idle else self._running).add(task)
        task.add_done_callback(self._done)
        return task

    async def drain(self, seconds: float) -> bool:
        """Wait until all are done, at most so long; then cancel what is left. False if something was left."""
        await end(self._idle)
        deadline = asyncio.get_running_loop().time() + seconds
        while self._running and (left := deadline - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(set(self._running), timeout=left)  # what ends may have started something
        cut_off = set(self._running)
        await end(cut_off | self._idle)
        return not cut_off

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        self._idle.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            structlog.get_logger().error("task failed", task=task.get_name(), exc_info=error)
