"""Work of our own that outlives the update that started it: tracked, and awaited at shutdown."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog


class Tasks:
    """A set of running tasks. An exception in one is logged, and hurts no other."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._idle: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str, *, idle: bool = False) -> None:
        """Run something beside everything else.

        Args:
            work: what to do.
            name: for the log.
            idle: it mostly waits and loses nothing when it is cut off: a stop does not wait for it.
        """
        task = asyncio.get_running_loop().create_task(work, name=name)
        (self._idle if idle else self._running).add(task)
        task.add_done_callback(self._done)

    async def drain(self, seconds: float) -> bool:
        """Wait until all are done, at most so long; then cancel what is left. False if something was left."""
        for task in self._idle:
            task.cancel()
        end = asyncio.get_running_loop().time() + seconds
        while self._running and (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.wait(set(self._running), timeout=left)  # what ends may have started something
        cut_off = set(self._running)
        for task in cut_off:
            task.cancel()
        await asyncio.gather(*cut_off, *self._idle, return_exceptions=True)
        return not cut_off

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        self._idle.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            structlog.get_logger().error("task failed", task=task.get_name(), exc_info=error)
