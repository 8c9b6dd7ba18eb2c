"""How long a start takes: the real command as a process, from its birth to the log line that it is ready."""

import asyncio
import signal
import sys
import time
from dataclasses import dataclass

from benchmarks.memory import Memory, memory
from bot.cli.demo.stage import BotFailedError, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start."""

    seconds: float
    memory: Memory | None
    """When it was ready."""


async def starts(stage: Stage, times: int) -> list[Start]:
    """Start the bot so many times on one data directory; the stage's own bot must not run."""
    return [await _start(stage) for _ in range(times)]


async def _start(stage: Stage) -> Start:
    began = time.perf_counter()
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "run"),
        env=stage.environ,
        cwd=stage.folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    if child.stderr is None:
        raise RuntimeError("no pipe")
    said = b""
    try:
        async with asyncio.timeout(30):
            while b'"ready"' not in (line := await child.stderr.readline()):
                said += line
                if not line:
                    raise BotFailedError(said.decode())
        return Start(seconds=time.perf_counter() - began, memory=memory(child.pid))
    finally:
        child.send_signal(signal.SIGTERM)
        await child.communicate()
