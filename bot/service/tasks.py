"""Work of our own that outlives the update that started it: tracked, and awaited at shutdown."""

import asyncio
from collections.abc import Coroutine
from typing import Any

import structlog


class Tasks:
    """A set of running tasks. An exception in one is logged, and hurts no other."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any], name: str) -> None:
        """Run something beside everything else."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)

    async def drain(self, seconds: float) -> bool:
        """Wait until all are done, at most so long; then cancel what is left. False if something was left."""
        ours = {task for task in self._running if task is not asyncio.current_task()}
        if not ours:
            return True
        _, left = await asyncio.wait(ours, timeout=seconds)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        return not left

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            structlog.get_logger().error("task failed", task=task.get_name(), exc_info=error)
