"""Other processes for the tests of the store: real ones, and none of them can hang a test."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from typing import Any

PATIENCE = 20.0
"""Seconds to wait for a word."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """One other process, and the pipe it talks through."""

    process: ForkServerProcess
    pipe: Connection

    def hear(self) -> Any:  # noqa: ANN401 whatever it has to say
        """Its next word; an error where it is silent for long, or dead."""
        assert self.pipe.poll(PATIENCE), "silent"
        return self.pipe.recv()

    def end(self) -> int | None:
        """Let it come to its end by itself; its exit code."""
        with suppress(OSError):  # it may have ended already
            self.pipe.send("enough")
        self.process.join(PATIENCE)
        return self.process.exitcode

    def kill(self) -> None:
        """End it at once, by SIGKILL. Harmless when repeated."""
        self.process.kill()
        self.process.join()


Spawn = Callable[..., Child]
"""From a function of `store_child` and its arguments, all but the pipe at the end, to the process doing it."""


def spawned(context: ForkServerContext, target: Callable[..., None], *arguments: object) -> Child:
    """Start a process."""
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*arguments, theirs), daemon=True)
    process.start()
    theirs.close()  # or we would never see that the process is dead
    return Child(process=process, pipe=ours)
