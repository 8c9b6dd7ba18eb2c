"""What may surround a process: streams that are closed, full, narrow, gone, or never read."""

import asyncio
import fcntl
import os
import pty
import sys
import termios
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from tests.crash.ground import Ground

BASH: Final = "/bin/bash"
PATIENCE: Final = 40.0
"""Real seconds within which a process ends by itself, on a slow machine."""


async def in_a_shell(here: Ground, tail: str, words: Sequence[str], env: Mapping[str, str]) -> tuple[int, bytes]:
    """Run `cancelall WORDS… TAIL` in a shell, for redirections; its own exit code and what was printed."""
    line = f'"$@" {tail}; exit "${{PIPESTATUS[0]}}"'
    child = await asyncio.create_subprocess_exec(
        *(BASH, "-c", line, "bash", sys.executable, "-m", "bot", *words),
        env={**here.environ, **env},
        cwd=here.folder,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            said, _ = await child.communicate()
    finally:
        if child.returncode is None:
            os.killpg(child.pid, 9)
    return child.returncode or 0, said


def a_full_pipe() -> tuple[int, int]:
    """A pipe that is full: whoever writes into it waits for ever. Its two ends."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while os.write(writer, b"x" * 4096):
            pass
    except BlockingIOError:
        os.set_blocking(writer, True)
    return reader, writer


def a_pipe_without_a_reader() -> tuple[int, int]:
    """A pipe whose reader is gone: writes are refused."""
    reader, writer = os.pipe()
    os.close(reader)
    return -1, writer


def a_stopped_terminal() -> tuple[int, int]:
    """A terminal after Ctrl-S: writes wait for Ctrl-Q. Our side and its."""
    ours, its = pty.openpty()
    termios.tcflow(its, termios.TCOOFF)
    return ours, its


def a_gone_terminal() -> tuple[int, int]:
    """A terminal that was hung up: reads are at their end, writes are refused."""
    ours, its = pty.openpty()
    os.close(ours)
    return -1, its


Ends = Callable[[], tuple[int, int]]


async def start(
    here: Ground,
    *words: str,
    stdin: int | None = None,
    stdout: int | None = None,
    stderr: int | None = None,
    terminal: int | None = None,
) -> asyncio.subprocess.Process:
    """Run `cancelall …` with these descriptors, on a terminal of its own where one is given."""

    def belong() -> None:
        if terminal is not None:
            fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)

    pipe = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *words),
        env=here.environ,
        cwd=here.folder,
        stdin=asyncio.subprocess.DEVNULL if stdin is None else stdin,
        stdout=pipe if stdout is None else stdout,
        stderr=pipe if stderr is None else stderr,
        start_new_session=True,
        preexec_fn=belong,
        pass_fds=() if terminal is None else (terminal,),
    )


async def ended(child: asyncio.subprocess.Process) -> int:
    """Its exit code, in bounded time."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await child.wait()
    finally:
        if child.returncode is None:
            child.kill()
